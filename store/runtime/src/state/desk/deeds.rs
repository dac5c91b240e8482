//! What people do, and what they are told of a request.

use super::TopicRow;
use crate::{HandoverRow, Later, MessageRow};

/// A person of the business, as Telegram shows him and the bundle knows him.
#[derive(Clone, PartialEq, Eq)]
pub struct Person {
    /// Numeric id in Telegram.
    pub telegram_id: i64,
    /// Name behind the `@`, without it.
    pub username: Option<String>,
    /// Name as shown.
    pub name: String,
    /// Role by the bundle; nothing for people it does not know.
    pub role: Option<String>,
}

/// An update of a bot's: nothing is done twice for the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UpdateKey {
    /// Bot.
    pub bot_id: i64,
    /// Its `update_id`.
    pub update_id: i64,
}

/// Everything a card shows.
#[derive(Clone, PartialEq, Eq)]
pub struct Card {
    /// The request.
    pub handover: HandoverRow,
    /// When a person took it, Unix milliseconds.
    pub taken_at_ms: Option<i64>,
    /// Who took it: numeric id in Telegram; nothing where it was taken on the phone.
    pub taken_by: Option<i64>,
    /// His name.
    pub taken_by_name: Option<String>,
    /// His role.
    pub taken_by_role: Option<String>,
    /// When a person first answered.
    pub first_answer_at_ms: Option<i64>,
    /// When a person last did something about it.
    pub human_at_ms: Option<i64>,
    /// When it was closed.
    pub closed_at_ms: Option<i64>,
    /// Its card in Telegram.
    pub card_message_id: Option<i64>,
    /// The customer's name as WhatsApp shows it.
    pub name: Option<String>,
    /// The customer's number, digits.
    pub phone: Option<String>,
    /// JSON of `decide::Memory`, empty for a new conversation.
    pub memory: String,
    /// What was said from the customer's burst on, oldest first: what the bot answered is among it.
    pub messages: Vec<MessageRow>,
    /// Where it is shown.
    pub topic: Option<TopicRow>,
}

/// A topic by its place in Telegram, with what is open there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Talk {
    /// The place.
    pub topic: TopicRow,
    /// Its conversation.
    pub conversation_id: String,
    /// Its open request.
    pub handover_id: Option<String>,
    /// Its newest request, open or not.
    pub latest_id: Option<String>,
    /// Slug of its branch, once known.
    pub branch: Option<String>,
}

/// What a person wrote in a topic, or as a reply.
#[derive(Clone, PartialEq, Eq)]
pub struct Saying {
    /// Update.
    pub update: UpdateKey,
    /// The tenants this bot speaks for.
    pub slugs: Vec<String>,
    /// Chat.
    pub chat_id: i64,
    /// Topic (of `is_topic_message` only); nothing in a group without topics.
    pub thread_id: Option<i64>,
    /// The message in Telegram.
    pub message_id: i64,
    /// The message it replies to: finds the customer outside of topics.
    pub reply_to: Option<i64>,
    /// Who.
    pub who: Person,
    /// Text, maybe empty beside a file.
    pub text: String,
    /// Kind of file.
    pub media: Option<String>,
    /// What is known of the file, JSON.
    pub file: Option<String>,
    /// Now, Unix milliseconds.
    pub now_ms: i64,
}

/// What became of what a person wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SayOutcome {
    /// It is on its way to the customer.
    Said {
        /// Row of the outbox, and of the message.
        outbox_id: String,
        /// The request.
        handover_id: String,
        /// Whether it took the request.
        took: bool,
    },
    /// Nothing is open there: it was not sent.
    NoRequest,
    /// No customer of these tenants has this topic, and no message about one is replied to.
    UnknownTopic,
    /// The update was seen before.
    Seen,
}

/// A message in a topic was changed.
#[derive(Clone, PartialEq, Eq)]
pub struct Edit {
    /// Update.
    pub update: UpdateKey,
    /// The tenants this bot speaks for.
    pub slugs: Vec<String>,
    /// Chat.
    pub chat_id: i64,
    /// The message in Telegram.
    pub message_id: i64,
    /// Who.
    pub who: Person,
    /// What it says now.
    pub text: String,
    /// What is sent when the first words have left: marked as a correction.
    pub correction: String,
    /// Now, Unix milliseconds.
    pub now_ms: i64,
}

/// What became of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EditOutcome {
    /// It had not left: it leaves with the new words.
    Changed,
    /// It had left: the correction is on its way.
    Corrected {
        /// Row of the outbox, and of the message.
        outbox_id: String,
    },
    /// It says what it said.
    Same,
    /// It had left, and the request is closed.
    NoRequest,
    /// No such message of these tenants'.
    Unknown,
    /// The update was seen before.
    Seen,
}

/// What a button does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Button {
    /// I take it.
    Take,
    /// Back to the bot.
    Back,
    /// I cannot.
    Skip,
    /// It is done.
    Done,
}

/// A button was pressed, or a command given that does the same.
#[derive(Clone, PartialEq, Eq)]
pub struct Press {
    /// Update.
    pub update: UpdateKey,
    /// The tenants this bot speaks for.
    pub slugs: Vec<String>,
    /// Chat.
    pub chat_id: i64,
    /// Request.
    pub handover_id: String,
    /// Which.
    pub button: Button,
    /// Who.
    pub who: Person,
    /// What is to be done later where this takes a request that nobody has answered.
    pub timers: Vec<Later>,
    /// Now, Unix milliseconds.
    pub now_ms: i64,
}

/// What a pressed button came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PressOutcome {
    /// It is so.
    Done,
    /// Another has it.
    TakenBy {
        /// Name.
        name: String,
    },
    /// Nobody has answered the customer yet: it cannot be done.
    Unanswered,
    /// The request is closed.
    Closed,
    /// The request is not of these tenants, or not shown in this chat.
    Foreign,
    /// The update was seen before.
    Seen,
}

/// What binding a name came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// Its first numeric id: it is bound.
    First,
    /// The id it is bound to.
    Same,
    /// It is bound to another id, and stays so.
    Changed {
        /// The id it is bound to.
        before: i64,
    },
}

/// A name and its numeric id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// Lower case, without `@`.
    pub username: String,
    /// Numeric id in Telegram.
    pub telegram_id: i64,
    /// Unix milliseconds.
    pub bound_at_ms: i64,
}

/// A line of the figures: nobody's name, nobody's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeskEvent {
    /// Unix milliseconds.
    pub at_ms: i64,
    /// Branch slug.
    pub branch: Option<String>,
    /// Request: lines of one belong together.
    pub handover_id: String,
    /// `requested`, `shown`, `taken`, `answered` (the first time), `skipped`, `reminded`, `resolved`,
    /// `returned`, `cancelled`.
    pub kind: String,
    /// Role of the person who did it.
    pub role: Option<String>,
    /// Reason code, number of the reminder, or the way (`telegram`, `phone`, `system`).
    pub detail: String,
}
