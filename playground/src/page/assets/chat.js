// The phone: bubbles, typing dots, samples and the line to write on.

import { $, el, time, toast } from "./dom.js";
import * as words from "./words.js";

const shown = new Map();
let dots = null;

/** Forgets everything shown: another customer or another tenant. */
export function clearChat() {
  shown.clear();
  dots = null;
  $("log").replaceChildren();
}

/** Adds what is new; what is there already stays, so that it is read out once. */
export function showConversation({ lines, waiting }, onWhy) {
  const log = $("log");
  const isAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 80;
  let next = log.firstElementChild;
  let grew = false;
  for (const line of lines) {
    const old = shown.get(line.id);
    // A silent turn leaves its reasons on the customer's own message, later than the message; a file
    // is known once the gateway has it.
    const isStale = old && ((line.trace && !old.querySelector(".bubble__why")) || (line.file && !old.querySelector(".bubble__file")));
    const bubble = old && !isStale ? old : bubbleOf(line, onWhy);
    shown.set(line.id, bubble);
    if (isStale) {
      if (next === old) next = bubble;
      old.replaceWith(bubble);
    }
    if (bubble === next) next = next.nextElementSibling;
    else {
      log.insertBefore(bubble, next);
      grew = true;
    }
  }
  if (waiting && !dots) {
    dots = el("li", { class: "dots", "aria-label": "печатает" }, el("span"), el("span"), el("span"));
  }
  if (waiting) log.append(dots);
  else if (dots) {
    dots.remove();
    dots = null;
  }
  if (grew || (waiting && isAtEnd)) log.scrollTop = log.scrollHeight;
}

/** Marks the bubble whose reasons are shown. */
export function markChosen(id) {
  for (const [key, bubble] of shown) bubble.classList.toggle("bubble--chosen", key === id);
}

const SIDES = { user: "mine", assistant: "theirs", manager: "theirs person", system: "note" };

function bubbleOf(line, onWhy) {
  const side = SIDES[line.role] ?? "note";
  const classes = side.split(" ").map((it) => `bubble--${it}`).join(" ");
  const text = el("p", { class: "bubble__text", dir: "auto" }, line.text);
  const foot = el("p", { class: "bubble__foot" });
  if (line.role === "manager") foot.append(el("span", { class: "bubble__who" }, "человек"));
  if (line.trace) {
    const button = el("button", { type: "button", class: "bubble__why", onclick: () => onWhy(line.id, true) }, "почему?");
    foot.append(button);
  }
  foot.append(el("time", { datetime: new Date(line.at_ms).toISOString() }, time(line.at_ms)));
  const file = line.file ? el("p", { class: "bubble__file" }, words.file(line.file)) : null;
  return el("li", { class: `bubble ${classes}`, "data-role": line.role }, file, line.text ? text : null, foot);
}

/** Chips with things to ask. */
export function showSamples(samples, onPick) {
  const chips = samples.map((it) =>
    el("button", { type: "button", class: "chip", lang: it.lang, onclick: () => onPick(it.text) },
      el("span", { class: "chip__lang", "aria-hidden": "true" }, it.lang === "kk" ? "қаз" : "рус"), it.text),
  );
  $("samples").replaceChildren(...chips);
  $("samples").hidden = chips.length === 0;
  $("samples").scrollLeft = 0;
}

/** Wires the line to write on; `send(text)` resolves to true when the text was taken. */
export function wireComposer(send) {
  const field = $("text");
  const submit = async () => {
    const text = field.value.trim();
    if (!text) return;
    $("send").disabled = true;
    const isTaken = await send(text);
    $("send").disabled = false;
    if (isTaken && field.value.trim() === text) field.value = "";
    fit(field);
    field.focus();
  };
  $("compose").addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  field.addEventListener("keydown", (event) => {
    // While an input method composes a word, Enter belongs to it.
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      submit();
    }
  });
  field.addEventListener("input", () => fit(field));
  addEventListener("resize", () => fit(field));
}

function fit(field) {
  field.style.height = "auto";
  field.style.height = `${field.scrollHeight + 2}px`;
}

/** Posts a message; says why when it was not taken. */
export async function post(message) {
  try {
    const answer = await fetch("/play/messages", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(message),
    });
    if (answer.ok) return true;
    const told = await answer.json().catch(() => ({}));
    toast(told.message ?? `Не отправлено: ${answer.status}`, "bad");
  } catch {
    toast("Нет связи с площадкой. Запущен ли tenantry dev?", "bad");
  }
  return false;
}
