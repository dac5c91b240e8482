//! What comes in from Telegram, reduced to what can happen at a desk.
//!
//! Teloxide reads the update. Before it does, what nests without end and is not needed (the message
//! replied to, the one pinned, the one a button hangs under) is reduced to its id: a forged update
//! cannot make the reading long, and a new kind of message of a later Bot API cannot make a press or a
//! reply unreadable. A message that teloxide cannot read at all still becomes [`Said`], with nothing
//! but its place and author, so that somebody is told instead of being ignored.

mod read;
mod strip;
#[cfg(test)]
mod tests;

use std::fmt;
use std::time::Duration;

use serde_json::Value;
use thiserror::Error;

use crate::Press;

/// Telegram's account behind people who write as the group itself.
pub const ANONYMOUS: i64 = 1_087_968_824;
/// The kinds of updates that [`parse`] understands, for `setWebhook` and `getUpdates`.
pub const KINDS: [&str; 4] = ["message", "edited_message", "callback_query", "my_chat_member"];

/// Hours that `/mute` takes: a month of them.
const MOST_HOURS: u64 = 720;

/// The body is no update at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Malformed {
    /// Not JSON, or nested deeper than any update.
    #[error("the body is not JSON")]
    Json,
    /// No `update_id`.
    #[error("the body has no update_id")]
    NoId,
}

/// One update.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Update {
    /// Telegram's number of it, to take each once; ascending for one bot.
    pub id: u32,
    /// What happened.
    pub incoming: Incoming,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Incoming {
    /// A person wrote or sent something in a topic, or as a reply.
    Said(Said),
    /// A person gave a command in a topic, or as a reply.
    Command(Command),
    /// A person pressed a button.
    Pressed(Pressed),
    /// The bot came, went or has other rights now.
    Standing(Standing),
    /// A group became a supergroup: it has another id from now on.
    Migrated {
        /// The old id.
        from: i64,
        /// The new one.
        to: i64,
    },
    /// A person wrote to the bot itself, no reply: from now on it can write to them.
    Private(Private),
    /// Nothing for a desk.
    Ignored(Reason),
}

/// Why an update is nothing for a desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// A kind of update nobody asked for.
    Kind,
    /// Outside of any topic, and no reply: people talk among themselves.
    General,
    /// Written by a bot.
    Bot,
    /// Written by a channel.
    Channel,
    /// «Somebody joined», «a message was pinned» and the like.
    Service,
    /// A button under a message that no chat holds.
    Inline,
    /// Neither a group nor a private chat.
    Chat,
    /// Teloxide cannot read it and nothing of use stands in it.
    Unreadable,
}

/// A message in a topic, or in a chat without topics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Place {
    /// The group; a person's numeric id for a private chat.
    pub chat_id: i64,
    /// The topic; nothing outside of any.
    pub thread_id: Option<i32>,
    /// The message.
    pub message_id: i32,
}

/// A person of Telegram.
#[derive(Clone, PartialEq, Eq)]
pub struct Person {
    /// Numeric id, which never changes; [`ANONYMOUS`] for whoever writes as the group.
    pub id: i64,
    /// Without `@`; can be given to somebody else.
    pub username: Option<String>,
    /// First and last name, as they call themselves: never to be trusted as an identity.
    pub name: String,
    /// The group when an administrator writes as the group.
    pub sender_chat: Option<i64>,
    /// An administrator's title, the only thing known of an anonymous one.
    pub signature: Option<String>,
}

impl Person {
    /// Writes as the group: who it is, is not known.
    #[must_use]
    pub fn is_anonymous(&self) -> bool {
        self.id == ANONYMOUS
    }
}

/// The message that another one replies to, beyond its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Replied {
    /// Numeric id of whoever wrote it.
    pub from: Option<i64>,
    /// What its first button carries, unchecked: which request it is about, where a bot wrote it.
    pub press: Option<Press>,
    /// The chat has topics: outside of them people talk among themselves.
    pub in_forum: bool,
}

/// Something said in a topic, or as a reply.
#[derive(Clone, PartialEq, Eq)]
pub struct Said {
    /// Where.
    pub place: Place,
    /// By whom.
    pub from: Person,
    /// When it was written, Unix seconds.
    pub at: i64,
    /// The text or the caption; a link behind words follows them in brackets.
    pub text: Option<String>,
    /// The file.
    pub file: Option<File>,
    /// The message replied to, unless it is the topic itself; always there outside of topics.
    pub reply_to: Option<i32>,
    /// More of that message.
    pub replied: Replied,
    /// The message was there before and says this now.
    pub edited: bool,
    /// Several files sent together have the same.
    pub group: Option<String>,
}

impl Said {
    /// Neither text nor a file: a sticker, a poll, a place.
    #[must_use]
    pub fn is_of_another_kind(&self) -> bool {
        self.text.is_none() && self.file.is_none()
    }
}

/// Kinds of files that can be passed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileKind {
    /// A picture; of its sizes the largest.
    Photo,
    /// A voice note.
    Voice,
    /// Music, or a recording sent as a file.
    Audio,
    /// Any file; also an animation.
    Document,
    /// A video, also a round one.
    Video,
}

impl FileKind {
    /// `photo`, `voice`, `audio`, `document`, `video`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Photo => "photo",
            Self::Voice => "voice",
            Self::Audio => "audio",
            Self::Document => "document",
            Self::Video => "video",
        }
    }
}

/// A file that lies at Telegram.
#[derive(Clone, PartialEq, Eq)]
pub struct File {
    /// What it is.
    pub kind: FileKind,
    /// To fetch or send it again, by the bot that saw it.
    pub id: String,
    /// Bytes, as announced.
    pub size: Option<u64>,
    /// Media type, as announced.
    pub mime: Option<String>,
    /// File name, as announced.
    pub name: Option<String>,
}

/// A command's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CommandName {
    /// `/status`
    Status,
    /// `/history`
    History,
    /// `/mute`
    Mute,
    /// `/return`
    Return,
    /// `/help`, and `/start`
    Help,
    /// Another one: perhaps another bot's, never for the customer.
    Unknown,
}

/// A command given in a topic, or as a reply.
#[derive(Clone, PartialEq, Eq)]
pub struct Command {
    /// Where.
    pub place: Place,
    /// By whom.
    pub from: Person,
    /// Which.
    pub name: CommandName,
    /// The message replied to, as for [`Said::reply_to`].
    pub reply_to: Option<i32>,
    /// More of that message.
    pub replied: Replied,
    /// The bot it is addressed to, without `@`, where it names one.
    pub bot: Option<String>,
    /// The rest of the line.
    pub argument: String,
}

impl Command {
    /// The whole hours that its argument says, from one to a month of them; `None` without an argument.
    ///
    /// # Errors
    /// [`NoTime`] when it says something else.
    pub fn hours(&self) -> Result<Option<Duration>, NoTime> {
        if self.argument.is_empty() {
            return Ok(None);
        }
        let hours: u64 = self.argument.parse().map_err(|_| NoTime)?;
        if (1..=MOST_HOURS).contains(&hours) {
            Ok(Some(Duration::from_secs(hours * 3_600)))
        } else {
            Err(NoTime)
        }
    }
}

/// A command's argument is no time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("no number of hours")]
pub struct NoTime;

/// A pressed button.
#[derive(Clone, PartialEq, Eq)]
pub struct Pressed {
    /// To be answered with `answerCallbackQuery`.
    pub query_id: String,
    /// By whom.
    pub from: Person,
    /// The chat of the message.
    pub chat_id: i64,
    /// Its topic, where Telegram tells it.
    pub thread_id: Option<i32>,
    /// The message the button hangs under.
    pub message_id: i32,
    /// What the button carries, unchecked: see [`crate::Press::decode`].
    pub data: Option<String>,
}

/// What the bot is in a chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Membership {
    /// It owns the chat.
    Owner,
    /// It administrates it.
    Administrator(Rights),
    /// It belongs to it; in a private chat: it may write.
    Member,
    /// It belongs to it with fewer rights, or not at all.
    Restricted {
        /// It may write.
        can_write: bool,
    },
    /// It went, or never came.
    Left,
    /// It was thrown out; in a private chat: blocked.
    Kicked,
}

/// Rights that a desk needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rights {
    /// Make, rename, close topics.
    pub topics: bool,
    /// Pin messages.
    pub pins: bool,
    /// Delete messages, and topics with theirs.
    pub deletes: bool,
}

/// The bot came, went or has other rights.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Where.
    pub chat_id: i64,
    /// It is the private chat of a person with that id.
    pub private: bool,
    /// Who did it.
    pub by: Person,
    /// What the bot is there now.
    pub now: Membership,
}

/// A message to the bot itself that replies to nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct Private {
    /// By whom; also the id of the chat.
    pub from: Person,
    /// The message.
    pub message_id: i32,
    /// Its text.
    pub text: Option<String>,
    /// What stood behind `/start`; empty for a bare one, `None` for any other message.
    pub start: Option<String>,
}

/// Prints what is nobody's words and nobody's name.
macro_rules! quiet {
    ($($kind:ident: $($field:ident),+;)+) => {$(
        impl fmt::Debug for $kind {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                let mut shown = out.debug_struct(stringify!($kind));
                $(shown.field(stringify!($field), &self.$field);)+
                shown.finish_non_exhaustive()
            }
        }
    )+};
}

quiet! {
    Person: id;
    Said: place, at, edited;
    File: kind, size;
    Command: place, name;
    Pressed: query_id, chat_id, message_id;
    Private: message_id;
}

/// Reads the body of a webhook.
///
/// # Errors
/// [`Malformed`] when it is no update; what is strange but has an id is [`Incoming::Ignored`].
pub fn parse(body: &[u8]) -> Result<Update, Malformed> {
    parse_value(serde_json::from_slice(body).map_err(|_| Malformed::Json)?)
}

/// Reads one element of what `getUpdates` answers.
///
/// # Errors
/// As [`parse`].
pub fn parse_value(mut value: Value) -> Result<Update, Malformed> {
    let id = value.get("update_id").and_then(Value::as_u64).and_then(|it| u32::try_from(it).ok());
    let id = id.ok_or(Malformed::NoId)?;
    let kept = strip::strip(&mut value);
    Ok(Update { id, incoming: read::incoming(&value, &kept) })
}
