// What people do in the pretended Telegram, and the clock: all of it is asked of the server.

import { toast } from "./dom.js";

const post = (path, body) => send(path, "application/json", JSON.stringify(body));

async function send(path, type, body) {
  try {
    const answer = await fetch(path, { method: "POST", headers: { "content-type": type }, body });
    if (answer.ok) return await answer.json();
    const told = await answer.json().catch(() => ({}));
    toast(told.message === undefined ? `Не получилось: ${answer.status}` : said(told.message), "bad");
  } catch {
    toast("Нет связи с площадкой. Запущен ли tenantry dev?", "bad");
  }
  return null;
}

/** The pretended Telegram speaks English; there is one thing it says. */
const said = (message) => (message.startsWith("there is no such") ? "Здесь этого уже нет: тема или сообщение удалены" : message);

const control = (what, body) => post(`/pretend/telegram/control/${what}`, body);

/** A room is a topic of a group, its general part, or a private chat of a person with the bot. */
export function write(room, from, text, replyTo) {
  const place = room.person ? { bot: room.bot } : { chat_id: room.chat, thread_id: room.thread };
  return control("write", { ...place, from: room.person ?? from, text, reply_to: replyTo });
}

export function edit(room, messageId, text) {
  return control("edit", { chat_id: room.chat, message_id: messageId, text });
}

/** Resolves to the id of the press, whose answer comes with the next state. */
export async function press(room, messageId, from, button) {
  const place = room.person ? { chat_id: room.person, bot: room.bot } : { chat_id: room.chat };
  const done = await control("press", { ...place, message_id: messageId, from: room.person ?? from, button });
  return done?.result ?? null;
}

/** A file for a topic; its media type decides how Telegram shows it. */
export function sendFile(room, from, file, caption) {
  const [family] = file.type.split("/");
  const kind = file.type === "audio/ogg" ? "voice" : { image: "photo", audio: "audio", video: "video" }[family] ?? "document";
  const query = new URLSearchParams({ chat_id: room.chat, from, kind, name: file.name, mime: file.type, caption });
  if (room.thread !== null) query.set("thread_id", room.thread);
  return send(`/pretend/telegram/control/file?${query}`, "application/octet-stream", file);
}

export function moveClock(ms) {
  return post("/play/clock", { ms });
}
