// Elements are built from parts; a text is only ever set as text, never as HTML.

export const $ = (id) => document.getElementById(id);

/** el("li", {class: "x", onclick: f}, "text", child, null) */
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (key === "class") node.className = value;
    else node.setAttribute(key, value === true ? "" : String(value));
  }
  node.append(...children.filter((it) => it !== null && it !== undefined).map(part));
  return node;
}

function part(child) {
  return child instanceof Node ? child : document.createTextNode(String(child));
}

let aheadMs = 0;

/** The time of the workbench, which can be moved on. */
export const now = () => Date.now() + aheadMs;
export const ahead = () => aheadMs;
export const setAhead = (ms) => (aheadMs = ms);

const clock = new Intl.DateTimeFormat("ru", { hour: "2-digit", minute: "2-digit" });
const clockWithSeconds = new Intl.DateTimeFormat("ru", { timeStyle: "medium" });

export const time = (ms) => clock.format(new Date(ms));
export const exactTime = (ms) => clockWithSeconds.format(new Date(ms));

/** "5 мин", for something that began then. */
export function since(ms) {
  const minutes = Math.max(0, Math.floor((now() - ms) / 60000));
  if (minutes < 1) return "только что";
  if (minutes < 60) return `${minutes} мин`;
  const hours = Math.floor(minutes / 60);
  return hours < 24 ? `${hours} ч ${minutes % 60} мин` : `${Math.floor(hours / 24)} дн`;
}

/** A note that goes by itself. */
export function toast(text, tone = "calm") {
  const note = el("p", { class: `toast toast--${tone}` }, text);
  $("toasts").append(note);
  setTimeout(() => note.remove(), tone === "bad" ? 9000 : 5000);
}
