// The rooms of a tenant's Telegram: topics of its groups, their general part, private chats.

/** Every room that can be opened, in the order of the list; each with its messages. */
export function roomsOf(desk, digits) {
  const rooms = [];
  for (const group of desk.groups) {
    const heading = group.title;
    const general = group.messages.filter((it) => it.thread_id === null && isShown(it));
    const topics = group.topics.map((topic) => {
      const messages = group.messages.filter((it) => it.thread_id === topic.thread_id && isShown(it));
      return {
        key: `${group.chat_id}/${topic.thread_id}`,
        heading,
        title: topic.name,
        colour: topic.colour,
        icon: iconOf(topic.icon),
        isClosed: topic.closed,
        isOurs: digits !== "" && topic.name.replace(/\D/gu, "").includes(digits),
        chat: group.chat_id,
        thread: topic.thread_id,
        messages,
      };
    });
    topics.sort((a, b) => latest(b) - latest(a));
    rooms.push(...topics);
    if (general.length) {
      rooms.push({ key: `${group.chat_id}/`, heading, title: "Общая тема", chat: group.chat_id, thread: null, messages: general });
    }
  }
  for (const { person, messages } of desk.private) {
    const who = desk.people.find((it) => it.id === person);
    // Strangers do not write to the bot.
    if (!who?.role && !messages.length) continue;
    rooms.push({ key: `private/${person}`, heading: "Личные чаты с ботом", title: who?.name ?? String(person), bot: desk.bot, person, messages: messages.filter(isShown) });
  }
  return rooms;
}

/** The emoji of an icon: the pretended Telegram's ids are 53 and its code. */
function iconOf(id) {
  const code = Number(/^53(\d{8})$/u.exec(id ?? "")?.[1] ?? 0);
  return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : null;
}

/** Service messages show nothing. */
const isShown = (message) => Boolean(message.text || message.file);

export const latest = (room) => room.messages.at(-1)?.at_ms ?? 0;

/** Messages of the bot that nobody has seen, by the last one that was. */
export function unseen(room, bot, seen) {
  const last = room.messages.at(-1)?.message_id ?? 0;
  // Ids begin anew when the workbench does.
  const from = seen.get(room.key) > last ? 0 : seen.get(room.key) ?? 0;
  return room.messages.filter((it) => it.from === bot && it.message_id > from).length;
}
