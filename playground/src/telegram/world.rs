//! What there is: bots, people, chats, topics, messages. The lists of a Telegram in memory.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use bytes::Bytes;
use serde::Serialize;
use serde_json::Value;

use super::fault::Rule;

/// What a bot or a person is in a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum Standing {
    /// Owns it.
    Creator,
    /// Administrates it.
    Administrator {
        /// May make, rename and close topics.
        topics: bool,
        /// May pin messages.
        pins: bool,
        /// May delete messages, and topics with theirs.
        deletes: bool,
    },
    /// Belongs to it.
    Member,
    /// Went.
    Left,
    /// Was thrown out.
    Kicked,
}

impl Standing {
    pub(super) fn has_topics(self) -> bool {
        matches!(self, Self::Creator | Self::Administrator { topics: true, .. })
    }

    pub(super) fn has_deletes(self) -> bool {
        matches!(self, Self::Creator | Self::Administrator { deletes: true, .. })
    }

    pub(super) fn has_pins(self) -> bool {
        matches!(self, Self::Creator | Self::Administrator { pins: true, .. })
    }
}

/// A person or a bot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Account {
    /// Numeric id.
    pub id: i64,
    /// The name others see.
    pub name: String,
    /// Without `@`.
    pub username: Option<String>,
    /// A bot.
    pub is_bot: bool,
}

/// A topic of a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Topic {
    /// Its id.
    pub thread_id: i32,
    /// Its name.
    pub name: String,
    /// RGB.
    pub colour: i64,
    /// Id of the icon; empty or absent for the coloured one.
    pub icon: Option<String>,
    /// Only administrators of topics may write.
    pub closed: bool,
    /// It is gone, with its messages.
    pub deleted: bool,
    /// Bot that made it.
    pub by: i64,
}

/// A button under a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Button {
    /// What it says.
    pub text: String,
    /// What it carries.
    pub data: String,
}

/// A file of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct File {
    /// `photo`, `voice`, `audio`, `document`, `video`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its media type.
    pub mime: String,
    /// Bytes.
    #[serde(skip)]
    pub bytes: Bytes,
    /// Place among all files.
    #[serde(skip)]
    pub(super) number: u64,
}

/// A message.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Message {
    /// The chat; the person's id for a private one.
    pub chat_id: i64,
    /// Its id in the chat.
    pub message_id: i32,
    /// Its topic.
    pub thread_id: Option<i32>,
    /// Who sent it.
    pub from: i64,
    /// It was sent as the group itself.
    pub anonymous: bool,
    /// When it was taken, Unix milliseconds of the stand-in's clock.
    pub at_ms: u64,
    /// When it was edited last.
    pub edited_at_ms: Option<u64>,
    /// Text or caption as shown.
    pub text: String,
    /// Text or caption as it was sent, with its markup.
    pub source: String,
    /// Its file.
    pub file: Option<File>,
    /// Its buttons, row by row.
    pub buttons: Vec<Vec<Button>>,
    /// The message it replies to.
    pub reply_to: Option<i32>,
    /// Emoji by account.
    pub reactions: BTreeMap<i64, String>,
    /// It is pinned.
    pub pinned: bool,
    /// Other fields of its wire form: a sticker, a poll, a service message.
    pub other: Value,
}

/// A chat and all that was said there.
#[derive(Debug)]
pub(super) struct Room {
    pub(super) id: i64,
    pub(super) title: String,
    pub(super) is_forum: bool,
    pub(super) members: BTreeMap<i64, Standing>,
    pub(super) topics: BTreeMap<i32, Topic>,
    pub(super) messages: BTreeMap<i32, Message>,
    pub(super) last_id: i32,
    pub(super) moved_to: Option<i64>,
    /// When messages of each bot were taken, for the limit.
    pub(super) taken: BTreeMap<i64, VecDeque<u64>>,
    /// Private chats: the person has blocked the bot.
    pub(super) blocked: bool,
}

impl Room {
    pub(super) fn new(id: i64, title: &str, is_forum: bool) -> Self {
        Self {
            id,
            title: title.to_owned(),
            is_forum,
            members: BTreeMap::new(),
            topics: BTreeMap::new(),
            messages: BTreeMap::new(),
            last_id: 1,
            moved_to: None,
            taken: BTreeMap::new(),
            blocked: false,
        }
    }

    pub(super) fn next_id(&mut self) -> i32 {
        self.last_id += 1;
        self.last_id
    }

    pub(super) fn standing(&self, id: i64) -> Standing {
        self.members.get(&id).copied().unwrap_or(Standing::Left)
    }
}

/// An update on its way to a bot.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) id: u32,
    pub(super) body: Value,
    /// Updates of one chat are posted one after the other.
    pub(super) lane: i64,
    /// How often it is handed over, also when it was taken.
    pub(super) copies: u32,
    pub(super) in_flight: bool,
    pub(super) not_before_ms: u64,
}

/// Where updates are posted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Hook {
    pub(super) url: String,
    pub(super) secret: Option<String>,
    pub(super) last_error: Option<(u64, String)>,
}

#[derive(Debug)]
pub(super) struct Bot {
    pub(super) token: String,
    pub(super) account: Account,
    pub(super) hook: Option<Hook>,
    pub(super) queue: VecDeque<Waiting>,
    pub(super) last_update: u32,
    pub(super) allowed: Option<Vec<String>>,
    /// Changes with every `getUpdates`: an older one ends.
    pub(super) poll: u64,
    /// When calls were taken, for the limit.
    pub(super) taken: VecDeque<u64>,
}

/// A pressed button.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Pressed {
    /// Id of the query.
    pub id: String,
    /// Bot that is asked.
    pub bot: i64,
    /// Who pressed.
    pub from: i64,
    /// Where.
    pub chat_id: i64,
    /// Under which message.
    pub message_id: i32,
    /// What the button carries.
    pub data: String,
    /// When, Unix milliseconds of the stand-in's clock.
    pub at_ms: u64,
    /// When it was answered, and with which words; alerts have to be closed.
    pub answer: Option<Answered>,
}

/// The answer to a pressed button.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Answered {
    /// When.
    pub at_ms: u64,
    /// The words.
    pub text: String,
    /// In a window that has to be closed.
    pub alert: bool,
}

/// A call of the Bot API. The token is not kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Call {
    /// 1 for the first call of all.
    pub seq: u64,
    /// Who called.
    pub bot: i64,
    /// Which method.
    pub method: String,
    /// The chat it was about.
    pub chat_id: Option<i64>,
    /// When, Unix milliseconds of the stand-in's clock.
    pub at_ms: u64,
    /// It took effect.
    pub done: bool,
    /// What the caller was told: 200 or an error code; 0 for nothing.
    pub code: u16,
}

#[derive(Debug, Default)]
pub(super) struct World {
    pub(super) bots: BTreeMap<i64, Bot>,
    pub(super) people: BTreeMap<i64, Account>,
    /// Groups under (0, id), private chats under (bot, person).
    pub(super) rooms: BTreeMap<(i64, i64), Room>,
    pub(super) files: Vec<File>,
    pub(super) pressed: Vec<Pressed>,
    pub(super) calls: Vec<Call>,
    pub(super) rules: Vec<Rule>,
    /// So many of the next updates are handed over twice.
    pub(super) doubles: u32,
    /// Reactions that groups forbid.
    pub(super) forbidden: BTreeSet<String>,
}

impl World {
    pub(super) fn key(bot: i64, chat: i64) -> (i64, i64) {
        if chat > 0 { (bot, chat) } else { (0, chat) }
    }

    pub(super) fn account(&self, id: i64) -> Account {
        let bot = self.bots.get(&id).map(|it| &it.account);
        let unknown = || Account { id, name: format!("Person {id}"), username: None, is_bot: false };
        bot.or_else(|| self.people.get(&id)).cloned().unwrap_or_else(unknown)
    }

    /// Puts an update before every bot it concerns.
    pub(super) fn push(&mut self, bot: i64, kind: &str, lane: i64, content: Value) {
        let copies = 1 + u32::from(self.doubles > 0);
        let Some(bot) = self.bots.get_mut(&bot) else { return };
        if bot.allowed.as_ref().is_some_and(|it| !it.is_empty() && !it.iter().any(|it| it == kind)) {
            return;
        }
        self.doubles = self.doubles.saturating_sub(1);
        bot.last_update += 1;
        let mut body = serde_json::json!({"update_id": bot.last_update});
        body[kind] = content;
        let id = bot.last_update;
        bot.queue.push_back(Waiting { id, body, lane, copies, in_flight: false, not_before_ms: 0 });
    }
}
