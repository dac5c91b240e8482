// The people's side: topics and private chats, what stands in them, and the line to answer on.

import { $, el, toast } from "./dom.js";
import * as acts from "./acts.js";
import { letter } from "./letters.js";
import { latest, roomsOf, unseen } from "./rooms.js";
import * as words from "./words.js";

const EMPTY = { bot: null, people: [], groups: [], private: [], pressed: [] };
/** Last seen message of each room. */
const seen = new Map();
/** Letters of the open room with what they were made of. */
const letters = new Map();
/** Presses whose answers were shown, and the buttons that wait for one. */
const heard = new Set();
const waiting = new Map();

let desk = EMPTY;
let rooms = [];
let open = null;
let isPicked = false;
/** Who writes in groups. */
let writer = null;
/** What is being written: { reply } or { edit }, each a message. */
let aim = null;
let digits = "";
let isWatched = () => false;
/** The newest message is kept in sight unless somebody reads above it. */
let sticks = true;

/** Another tenant or another customer; of the same tenant the desk stays as it is. */
export function resetDesk(jid, isSameTenant) {
  digits = jid ? jid.split("@")[0] : "";
  isPicked = false;
  if (isSameTenant) return;
  desk = EMPTY;
  open = null;
  seen.clear();
  heard.clear();
  takeAim(null);
}

export function takeDesk(found) {
  const isFirst = desk === EMPTY;
  desk = found;
  hear(isFirst);
  showDesk();
}

export function showDesk() {
  rooms = roomsOf(desk, digits);
  const ours = rooms.find((it) => it.isOurs);
  const newest = rooms.filter((it) => it.thread !== undefined).reduce((a, b) => (a && latest(a) >= latest(b) ? a : b), null);
  if (!rooms.some((it) => it.key === open)) isPicked = false;
  if (!isPicked) openRoom((ours ?? newest)?.key ?? null);
  showPeople();
  showRooms();
  showTalk();
}

/** The room that is open. */
const room = () => rooms.find((it) => it.key === open) ?? null;

function openRoom(key) {
  if (key === open) return;
  open = key;
  letters.clear();
  sticks = true;
  $("talk").replaceChildren();
  takeAim(null);
}

/** Who writes: in a private chat the one whose it is. */
const author = () => room()?.person ?? writer;

const person = (id) => desk.people.find((it) => it.id === id);

function showPeople() {
  const list = desk.people.map((it) => `${it.id} ${it.name} ${it.role}`).join("\n");
  if ($("as").dataset.list !== list) {
    const options = desk.people.map((it) => el("option", { value: it.id }, `${it.name} — ${words.role(it.role)}`));
    $("as").replaceChildren(...options);
    $("as").dataset.list = list;
    const usual = desk.people.find((it) => it.role && it.role !== "owner") ?? desk.people[0];
    if (!person(writer)) writer = usual?.id ?? null;
  }
  $("as").value = String(author() ?? "");
  $("as").disabled = Boolean(room()?.person) || desk.people.length === 0;
}

function showRooms() {
  if (isWatched() && open) seen.set(open, room()?.messages.at(-1)?.message_id ?? 0);
  let heading = null;
  const items = [];
  for (const it of rooms) {
    if (it.heading !== heading) items.push(el("li", { class: "rooms__heading" }, (heading = it.heading)));
    items.push(el("li", {}, roomButton(it)));
  }
  const focused = $("rooms").contains(document.activeElement) ? document.activeElement.dataset.room : null;
  $("rooms").replaceChildren(...items);
  if (focused) $("rooms").querySelector(`[data-room="${CSS.escape(focused)}"]`)?.focus();
  const all = rooms.reduce((sum, it) => sum + unseen(it, desk.bot, seen), 0);
  for (const badge of document.querySelectorAll("[data-unseen]")) {
    badge.hidden = all === 0;
    badge.textContent = String(all);
  }
}

function roomButton(it) {
  const isOpen = it.key === open;
  const news = isOpen && isWatched() ? 0 : unseen(it, desk.bot, seen);
  const last = it.messages.at(-1);
  const kind = it.icon ? "room__icon" : it.person ? "room__dot room__dot--person" : "room__dot";
  const dot = el("span", { class: kind, "aria-hidden": "true" }, it.icon);
  if (it.colour && !it.icon) dot.style.background = `#${it.colour.toString(16).padStart(6, "0")}`;
  return el("button", {
    type: "button", class: it.isOurs ? "room room--ours" : "room", "data-room": it.key,
    "aria-pressed": String(isOpen), title: it.isOurs ? "Клиент, за которого вы пишете слева" : null,
    onclick: () => {
      isPicked = true;
      openRoom(it.key);
      showDesk();
    },
  }, dot,
  el("span", { class: "room__title" }, it.title),
  news ? el("span", { class: "count" }, String(news)) : null,
  el("span", { class: "room__last" }, last ? (last.text || words.file(last.file?.kind)).split("\n")[0] : "пока пусто"));
}

function showTalk() {
  const here = room();
  $("talk-title").textContent = here ? here.title : "";
  $("tell").hidden = !here;
  $("tell-attach").hidden = Boolean(here?.person);
  $("talk-empty").hidden = Boolean(here?.messages.length);
  $("talk-empty").textContent = emptiness(here);
  const log = $("talk");
  const nodes = (here?.messages ?? []).map((message) => letterOf(message, here));
  const kept = new Set(nodes);
  for (const node of [...log.children]) if (!kept.has(node)) node.remove();
  nodes.forEach((node, index) => {
    if (log.children[index] !== node) log.insertBefore(node, log.children[index] ?? null);
  });
  if (sticks) log.scrollTop = log.scrollHeight;
  $("tell-text").placeholder = here?.person ? "Боту лично, например /start" : "Клиенту, или /help…";
}

function emptiness(here) {
  if (desk.bot === null) return "У этого бизнеса нет бота в Telegram: в client.yaml нужны telegram_bot_token и telegram_chat_id.";
  if (!here) return "Пока никто не ждёт. Спросите в чате то, чего бот не знает: здесь появится тема с карточкой запроса.";
  return here.person ? "Бот может писать человеку, когда тот написал ему /start." : "Здесь пока пусто.";
}

/** The letter of a message, the one that stands where nothing in it has changed. */
function letterOf(message, here) {
  const quoted = here.messages.find((it) => it.message_id === message.reply_to);
  const sender = person(message.from);
  const isBot = message.from === desk.bot;
  const made = JSON.stringify([message, quoted?.text, sender, author()]);
  const old = letters.get(message.message_id);
  if (old?.made === made) return old.node;
  const node = letter(message, {
    who: { isBot, isMe: message.from === author(), name: isBot ? "Бот" : sender?.name ?? "Кто-то", role: isBot || !sender ? null : sender.role ?? "unknown" },
    quoted: quoted ? quoted.text.split("\n")[0].slice(0, 80) : null,
    canEdit: message.from === author() && !here.person && !message.file,
    on: { press: pressKey, reply: (it) => takeAim({ reply: it }), edit: (it) => takeAim({ edit: it }) },
  });
  letters.set(message.message_id, { made, node });
  return node;
}

async function pressKey(message, button, key) {
  key.disabled = true;
  const id = await acts.press(room(), message.message_id, author(), button.data);
  if (id === null) key.disabled = false;
  else waiting.set(id, key);
  hear(false);
}

/** Says what pressed buttons were answered with. */
function hear(isFirst) {
  // Ids begin anew when the workbench does.
  const name = (it) => `${it.id} ${it.at_ms}`;
  for (const it of desk.pressed.filter((it) => it.answer && !heard.has(name(it)))) {
    heard.add(name(it));
    const key = waiting.get(it.id);
    if (key) key.disabled = false;
    waiting.delete(it.id);
    if (!isFirst && it.answer.text) toast(it.answer.text);
  }
}

function takeAim(what) {
  aim = what;
  const message = what?.reply ?? what?.edit;
  $("tell-aim").hidden = !message;
  $("tell-aim-text").textContent = message ? `${what.edit ? "Изменение" : "Ответ на"}: ${message.text.split("\n")[0].slice(0, 80)}` : "";
  if (what?.edit) $("tell-text").value = message.text;
  if (message) $("tell-text").focus();
}

async function attach() {
  const [file] = $("tell-file").files;
  $("tell-file").value = "";
  const here = room();
  if (!file || !here || here.person) return;
  const done = await acts.sendFile(here, author(), file, $("tell-text").value.trim());
  if (done) $("tell-text").value = "";
}

async function send() {
  const here = room();
  const text = $("tell-text").value.trim();
  if (!here || !text) return;
  $("tell-send").disabled = true;
  const done = aim?.edit
    ? await acts.edit(here, aim.edit.message_id, text)
    : await acts.write(here, author(), text, aim?.reply?.message_id);
  $("tell-send").disabled = false;
  if (done) {
    $("tell-text").value = "";
    takeAim(null);
  }
  $("tell-text").focus();
}

/** Wires the pane; `watched` tells whether somebody looks at it. */
export function wireDesk(watched) {
  isWatched = watched;
  $("as").addEventListener("change", () => {
    writer = Number($("as").value);
    showDesk();
  });
  $("talk").addEventListener("scroll", () => {
    const log = $("talk");
    sticks = log.scrollHeight - log.scrollTop - log.clientHeight < 60;
  });
  $("tell-drop").addEventListener("click", () => {
    $("tell-text").value = aim?.edit ? "" : $("tell-text").value;
    takeAim(null);
  });
  $("tell-attach").addEventListener("click", () => $("tell-file").click());
  $("tell-file").addEventListener("change", attach);
  $("tell").addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });
  $("tell-text").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      send();
    }
    if (event.key === "Escape") takeAim(null);
  });
}
