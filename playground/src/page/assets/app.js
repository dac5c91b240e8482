// Holds the choice (tenant, number, customer) and lets the parts show what the server pushes.

import { $, toast } from "./dom.js";
import { showBench } from "./bench.js";
import { clearChat, markChosen, post, showConversation, showSamples, wireComposer } from "./chat.js";
import { takeClock, wireClock } from "./clock.js";
import { resetDesk, showDesk, takeDesk, wireDesk } from "./desk.js";
import { name, showQueue } from "./queue.js";
import { showWhy } from "./why.js";

const SENDER = "Гость";
const choice = { tenant: null, number: null, jid: null };
let bench = null;
let lines = [];
let chosenLine = null;
let requests = [];
let source = null;
let samplesOf = null;
let deskOf = null;

/** What is remembered for this tab, so that reloading the page keeps the conversation. */
const tab = {
  get: (key) => sessionStorage.getItem(`tenantry.${key}`),
  set: (key, value) => sessionStorage.setItem(`tenantry.${key}`, value),
};

function newJid() {
  const digits = crypto.getRandomValues(new Uint8Array(7));
  return `7700${Array.from(digits, (it) => it % 10).join("")}@s.whatsapp.net`;
}

function choose({ tenant, number }) {
  if (tenant && tenant.slug !== choice.tenant?.slug) {
    choice.tenant = tenant;
    choice.number = null;
    choice.jid = tab.get(`jid.${tenant.slug}`);
    tab.set("tenant", tenant.slug);
    if (!choice.jid) return newCustomer();
    connect();
  }
  if (number) choice.number = number;
  settle();
}

function newCustomer() {
  choice.jid = newJid();
  tab.set(`jid.${choice.tenant.slug}`, choice.jid);
  connect();
  settle();
}

/** Brings everything that depends on the choice up to date. */
function settle() {
  const fresh = bench?.tenants.find((it) => it.slug === choice.tenant?.slug);
  if (fresh) choice.tenant = fresh;
  const numbers = choice.tenant?.numbers ?? [];
  if (!numbers.some((it) => it.instance_id === choice.number)) choice.number = numbers[0]?.instance_id ?? null;
  if (bench) showBench(bench, choice, choose);
  if (!choice.tenant) return;
  const { tenant } = choice;
  $("peer").textContent = tenant.name;
  $("avatar").textContent = [...tenant.name.replace(/[^\p{L}\p{N} ]/gu, "").trim()][0]?.toUpperCase() ?? "?";
  $("release").title = tenant.release_id ?? "";
  $("release").textContent = tenant.release_id ? tenant.release_id.slice(0, 8) : "нет выпуска";
  $("me").textContent = name(choice.jid);
  const samples = JSON.stringify(tenant.samples);
  if (samplesOf !== samples) showSamples(tenant.samples, send);
  samplesOf = samples;
}

/** Listens for the chosen customer. */
function connect() {
  source?.close();
  lines = [];
  chosenLine = null;
  clearChat();
  showWhy(null);
  resetDesk(choice.jid, deskOf === choice.tenant?.slug);
  deskOf = choice.tenant?.slug ?? null;
  const query = new URLSearchParams({ tenant: choice.tenant?.slug ?? "", jid: choice.jid ?? "" });
  source = new EventSource(`/play/events?${query}`);
  source.onopen = () => showLink("open", "на связи");
  source.onerror = () => showLink("lost", "нет связи");
  const on = (event, show) => source.addEventListener(event, (it) => show(JSON.parse(it.data)));
  on("bench", takeBench);
  on("conversation", takeConversation);
  on("requests", (found) => showQueue((requests = found), choice.jid));
  on("desk", takeDesk);
  on("clock", takeClock);
  on("trouble", (text) => toast(text, "bad"));
}

function showLink(state, text) {
  $("link").dataset.state = state;
  $("link").textContent = text;
}

function takeBench(found) {
  bench = found;
  if (choice.tenant || !bench.tenants.length) return settle();
  const wanted = new URLSearchParams(location.search).get("tenant") ?? tab.get("tenant");
  choose({ tenant: bench.tenants.find((it) => it.slug === wanted) ?? bench.tenants[0] });
}

function takeConversation(found) {
  const newest = found.lines.findLast((it) => it.trace);
  const isNews = newest && !lines.some((it) => it.id === newest.id && it.trace);
  lines = found.lines;
  showConversation(found, why);
  if (isNews) why(newest.id, false);
}

/** Shows why; on a small screen only a tap turns the page. */
function why(id, isAsked) {
  chosenLine = id;
  markChosen(chosenLine);
  showWhy(lines.find((it) => it.id === chosenLine));
  if (isAsked) show("why");
}

function show(view) {
  document.body.dataset.view = view;
  for (const button of document.querySelectorAll("[data-show]")) {
    // Beside the phone there are but two sides: whatever is not Telegram is the other one.
    const isSide = button.closest(".sides") && button.dataset.show === "why" && view !== "telegram";
    button.setAttribute("aria-pressed", String(button.dataset.show === view || Boolean(isSide)));
  }
  showDesk();
}

/** Wide screens show everything at once. */
const isDeskWatched = () => document.body.dataset.view === "telegram" || matchMedia("(min-width: 1700px)").matches;

function send(text) {
  if (!choice.tenant) return Promise.resolve(false);
  return post({ tenant: choice.tenant.slug, jid: choice.jid, instance_id: choice.number, sender: SENDER, text });
}

wireComposer(send);
wireDesk(isDeskWatched);
wireClock();
$("fresh").addEventListener("click", () => {
  if (!choice.tenant) return;
  newCustomer();
  $("text").focus();
});
for (const button of document.querySelectorAll("[data-show]")) {
  button.addEventListener("click", () => show(button.dataset.show));
}
// "5 мин" grows by itself.
setInterval(() => showQueue(requests, choice.jid), 30000);
connect();
