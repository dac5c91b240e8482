//! Messages: sent, edited, pinned, reacted to.

use serde_json::{Value, json};

use super::super::args::Args;
use super::super::html::{self, units};
use super::super::shape;
use super::super::world::{Answered, Button, File, Message, World};
use super::{Asked, Refusal, bad};

/// UTF-16 units of a text and of a caption.
const LONGEST_TEXT: usize = 4096;
const LONGEST_CAPTION: usize = 1024;
/// Bytes of a button's data.
const LONGEST_DATA: usize = 64;
/// UTF-16 units of an answer to a pressed button.
const LONGEST_ANSWER: usize = 200;
/// A pressed button can be answered for so long, milliseconds.
const ANSWER_IN: u64 = 15 * 60_000;
/// Bytes of a file that a bot may send; of a photo.
const LARGEST: usize = 50 * 1024 * 1024;
const LARGEST_PHOTO: usize = 10 * 1024 * 1024;

/// The emoji that Telegram lets bots react with.
const REACTIONS: &[&str] = &[
    "👍",
    "👎",
    "❤",
    "🔥",
    "🥰",
    "👏",
    "😁",
    "🤔",
    "🤯",
    "😱",
    "🤬",
    "😢",
    "🎉",
    "🤩",
    "🤮",
    "💩",
    "🙏",
    "👌",
    "🕊",
    "🤡",
    "🥱",
    "🥴",
    "😍",
    "🐳",
    "❤‍🔥",
    "🌚",
    "🌭",
    "💯",
    "🤣",
    "⚡",
    "🍌",
    "🏆",
    "💔",
    "🤨",
    "😐",
    "🍓",
    "🍾",
    "💋",
    "🖕",
    "😈",
    "😴",
    "😭",
    "🤓",
    "👻",
    "👨‍💻",
    "👀",
    "🎃",
    "🙈",
    "😇",
    "😨",
    "🤝",
    "✍",
    "🤗",
    "🫡",
    "🎅",
    "🎄",
    "☃",
    "💅",
    "🤪",
    "🗿",
    "🆒",
    "💘",
    "🙉",
    "🦄",
    "😘",
    "💊",
    "🙊",
    "😎",
    "👾",
    "🤷‍♂",
    "🤷",
    "🤷‍♀",
    "😡",
];

impl World {
    pub(super) fn send(&mut self, asked: &Asked<'_>, kind: Option<&str>) -> Result<Value, Refusal> {
        let args = asked.args;
        self.room(asked)?;
        let thread_id = self.thread(asked)?;
        let (text, source) = match kind {
            None => words(args, "text", LONGEST_TEXT)?,
            Some(_) => words(args, "caption", LONGEST_CAPTION)?,
        };
        if kind.is_none() && text.trim().is_empty() {
            return Err(bad("message text is empty"));
        }
        let buttons = buttons(args)?;
        let file = kind.map(|kind| self.file_of(asked, kind)).transpose()?;
        let reply_to = self.reply(asked)?;
        let bot = asked.bot;
        let room = self.room_mut(asked)?;
        let message = Message {
            chat_id: room.id,
            message_id: room.next_id(),
            thread_id,
            from: bot,
            anonymous: false,
            at_ms: asked.now_ms,
            edited_at_ms: None,
            text,
            source,
            file,
            buttons,
            reply_to,
            reactions: std::collections::BTreeMap::new(),
            pinned: false,
            other: Value::Null,
        };
        room.messages.insert(message.message_id, message.clone());
        let room = self.room(asked)?;
        Ok(shape::message(self, room, &message, bot))
    }

    /// The topic a message goes to, when it can.
    fn thread(&self, asked: &Asked<'_>) -> Result<Option<i32>, Refusal> {
        let Some(id) = asked.args.id("message_thread_id") else { return Ok(None) };
        let room = self.room(asked)?;
        let topic = room.topics.get(&id).filter(|it| room.is_forum && !it.deleted);
        let topic = topic.ok_or_else(|| bad("message thread not found"))?;
        if topic.closed && !room.standing(asked.bot).has_topics() {
            return Err(bad("TOPIC_CLOSED"));
        }
        Ok(Some(id))
    }

    fn reply(&self, asked: &Asked<'_>) -> Result<Option<i32>, Refusal> {
        let Some(to) = asked.args.json("reply_parameters") else { return Ok(None) };
        let id = to["message_id"].as_i64().and_then(|it| i32::try_from(it).ok());
        let id = id.ok_or_else(|| bad("message identifier is not specified"))?;
        let is_there = self.room(asked)?.messages.contains_key(&id);
        match (is_there, to["allow_sending_without_reply"].as_bool()) {
            (true, _) => Ok(Some(id)),
            (false, Some(true)) => Ok(None),
            (false, _) => Err(bad("message to be replied not found")),
        }
    }

    fn file_of(&mut self, asked: &Asked<'_>, kind: &str) -> Result<File, Refusal> {
        let named = asked.args.text(kind).unwrap_or_default();
        let name = named.strip_prefix("attach://").unwrap_or(kind);
        let Some(part) = asked.args.files.get(name) else {
            let seen = self.seen(&named, asked.bot).cloned();
            let seen = seen.ok_or_else(|| bad("wrong file identifier/HTTP URL specified"))?;
            return Ok(File { kind: kind.to_owned(), ..seen });
        };
        let most = if kind == "photo" { LARGEST_PHOTO } else { LARGEST };
        if part.bytes.len() > most {
            let description = "Request Entity Too Large".to_owned();
            return Err(Refusal { code: 413, description, retry_after: None, moved_to: None });
        }
        if part.bytes.is_empty() {
            return Err(bad("file must be non-empty"));
        }
        let (name, mime, bytes) = (part.name.clone(), part.mime.clone(), part.bytes.clone());
        Ok(self.keep(kind, name, mime, bytes))
    }

    /// Keeps a file for as long as the stand-in lives.
    pub(in super::super) fn keep(
        &mut self,
        kind: &str,
        name: String,
        mime: String,
        bytes: bytes::Bytes,
    ) -> File {
        let number = self.files.len() as u64 + 1;
        let file = File { kind: kind.to_owned(), name, mime, bytes, number };
        self.files.push(file.clone());
        file
    }

    /// The message of a call; `what` is to be done with it.
    fn message(&mut self, asked: &Asked<'_>, what: &str) -> Result<&mut Message, Refusal> {
        let id = asked.args.id("message_id").ok_or_else(|| bad("message identifier is not specified"))?;
        let missing = || bad(&format!("message to {what} not found"));
        self.room_mut(asked)?.messages.get_mut(&id).ok_or_else(missing)
    }

    /// The message of a call, when it is the bot's own.
    fn own(&mut self, asked: &Asked<'_>) -> Result<&mut Message, Refusal> {
        let message = self.message(asked, "edit")?;
        if message.from == asked.bot { Ok(message) } else { Err(bad("message can't be edited")) }
    }

    fn edited(&mut self, asked: &Asked<'_>, text: Option<(String, String)>) -> Result<Value, Refusal> {
        let buttons = buttons(asked.args)?;
        let message = self.own(asked)?;
        let same_text = text.as_ref().is_none_or(|(_, source)| *source == message.source);
        if same_text && buttons == message.buttons {
            return Err(bad(
                "message is not modified: specified new message content and reply markup are exactly the \
                 same as a current content and reply markup of the message",
            ));
        }
        if let Some((text, source)) = text {
            message.text = text;
            message.source = source;
        }
        message.buttons = buttons;
        message.edited_at_ms = Some(asked.now_ms);
        let message = message.clone();
        Ok(shape::message(self, self.room(asked)?, &message, asked.bot))
    }

    pub(super) fn edit_text(&mut self, asked: &Asked<'_>) -> Result<Value, Refusal> {
        let words = words(asked.args, "text", LONGEST_TEXT)?;
        if words.0.trim().is_empty() {
            return Err(bad("message text is empty"));
        }
        if self.own(asked)?.file.is_some() {
            return Err(bad("there is no text in the message to edit"));
        }
        self.edited(asked, Some(words))
    }

    pub(super) fn edit_buttons(&mut self, asked: &Asked<'_>) -> Result<Value, Refusal> {
        self.edited(asked, None)
    }

    pub(super) fn delete(&mut self, asked: &Asked<'_>) -> Result<Value, Refusal> {
        let id = self.message(asked, "delete")?.message_id;
        self.room_mut(asked)?.messages.remove(&id);
        Ok(json!(true))
    }

    pub(super) fn pin(&mut self, asked: &Asked<'_>, pinned: bool) -> Result<Value, Refusal> {
        let room = self.room(asked)?;
        if room.id < 0 && !room.standing(asked.bot).has_pins() {
            return Err(bad("not enough rights to manage pinned messages in the chat"));
        }
        self.message(asked, if pinned { "pin" } else { "unpin" })?.pinned = pinned;
        Ok(json!(true))
    }

    pub(super) fn react(&mut self, asked: &Asked<'_>) -> Result<Value, Refusal> {
        let wanted = asked.args.json("reaction").unwrap_or_default();
        let emoji = wanted[0]["emoji"].as_str().map(str::to_owned);
        if emoji.as_deref().is_some_and(|it| self.forbidden.contains(it) || !REACTIONS.contains(&it)) {
            return Err(bad("REACTION_INVALID"));
        }
        let message = self.message(asked, "react")?;
        match emoji {
            Some(emoji) => drop(message.reactions.insert(asked.bot, emoji)),
            None => drop(message.reactions.remove(&asked.bot)),
        }
        Ok(json!(true))
    }

    pub(super) fn answer(&mut self, asked: &Asked<'_>) -> Result<Value, Refusal> {
        let id = asked.args.text("callback_query_id").unwrap_or_default();
        let text = asked.args.text("text").unwrap_or_default();
        let alert = asked.args.is("show_alert");
        let too_old = || bad("query is too old and response timeout expired or query ID is invalid");
        let query = self.pressed.iter_mut().find(|it| it.id == id && it.bot == asked.bot);
        let query = query.ok_or_else(too_old)?;
        if query.answer.is_some() || asked.now_ms > query.at_ms + ANSWER_IN {
            return Err(too_old());
        }
        if units(&text) > LONGEST_ANSWER {
            return Err(bad("MESSAGE_TOO_LONG"));
        }
        query.answer = Some(Answered { at_ms: asked.now_ms, text, alert });
        Ok(json!(true))
    }
}

/// What a text shows and how it was written.
fn words(args: &Args, key: &str, most: usize) -> Result<(String, String), Refusal> {
    let source = args.text(key).unwrap_or_default();
    let text = match args.text("parse_mode").as_deref() {
        None | Some("") => source.clone(),
        Some("HTML" | "html") => {
            html::read(&source).map_err(|it| bad(&format!("can't parse entities: {it}")))?.text
        }
        Some(_) => return Err(bad("unsupported parse_mode")),
    };
    if units(&text) > most {
        return Err(bad(if key == "text" { "message is too long" } else { "message caption is too long" }));
    }
    Ok((text, source))
}

fn buttons(args: &Args) -> Result<Vec<Vec<Button>>, Refusal> {
    if !args.has("reply_markup") {
        return Ok(Vec::new());
    }
    let broken = || bad("can't parse inline keyboard");
    let markup = args.json("reply_markup").ok_or_else(broken)?;
    let rows = markup["inline_keyboard"].as_array().ok_or_else(broken)?;
    let button = |it: &Value| {
        let text = it["text"].as_str().filter(|it| !it.trim().is_empty());
        let text = text.ok_or_else(|| bad("can't parse inline keyboard button: field \"text\" is empty"))?;
        let data = it["callback_data"].as_str().ok_or_else(|| {
            bad("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
        })?;
        if data.is_empty() || data.len() > LONGEST_DATA {
            return Err(bad("BUTTON_DATA_INVALID"));
        }
        Ok(Button { text: text.to_owned(), data: data.to_owned() })
    };
    let row = |it: &Value| it.as_array().ok_or_else(broken)?.iter().map(button).collect();
    rows.iter().map(row).collect()
}
