// Messages of the pretended Telegram, as its people see them.

import { el, exactTime, time } from "./dom.js";
import { markup } from "./markup.js";
import * as words from "./words.js";

/** What one message shows. `on` has what can be done with it: press, reply, edit. */
export function letter(message, { who, quoted, canEdit, on }) {
  const isBot = who.isBot;
  const side = isBot ? "letter--bot" : who.isMe ? "letter--me" : "letter--other";
  const node = el("li", { class: `letter ${side}`, "data-message": message.message_id },
    el("p", { class: "letter__head" },
      el("strong", {}, who.name),
      who.role ? el("span", { class: "letter__role" }, words.role(who.role)) : null,
      message.pinned ? el("span", { class: "letter__pin", title: "Закреплено" }, "📌 закреплено") : null),
    quoted ? el("p", { class: "letter__quote" }, quoted) : null,
    message.file ? el("p", { class: "letter__file" }, words.file(message.file.kind), message.file.name ? ` ${message.file.name}` : "") : null,
    body(message),
    foot(message, { canEdit, on }));
  if (message.buttons.length) node.append(keyboard(message, on.press));
  return node;
}

/** Only what was sent as HTML differs from its text: everything else is text as it stands. */
function body(message) {
  if (!message.text) return null;
  const isMarkup = message.source !== message.text;
  return el("div", { class: "letter__text", dir: "auto" }, isMarkup ? markup(message.source) : message.text);
}

function foot(message, { canEdit, on }) {
  const reactions = Object.values(message.reactions);
  return el("p", { class: "letter__foot" },
    ...reactions.map((it) => el("span", { class: "letter__reaction" }, it)),
    el("button", { type: "button", class: "letter__do", onclick: () => on.reply(message) }, "ответить"),
    canEdit ? el("button", { type: "button", class: "letter__do", onclick: () => on.edit(message) }, "изменить") : null,
    message.edited_at_ms ? el("span", { class: "letter__edited" }, "изменено") : null,
    el("time", { datetime: new Date(message.at_ms).toISOString(), title: exactTime(message.at_ms) }, time(message.at_ms)));
}

function keyboard(message, press) {
  const rows = message.buttons.map((row) =>
    el("div", { class: "keys__row" }, ...row.map((it) =>
      el("button", { type: "button", class: "keys__key", onclick: (event) => press(message, it, event.currentTarget) }, it.text))));
  return el("div", { class: "keys", role: "group", "aria-label": "Кнопки сообщения" }, ...rows);
}
