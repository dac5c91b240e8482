//! What is to be shown, and where.

use super::PostKind;
use crate::MessageRow;

/// A post that nobody has said the chat of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unrouted {
    /// Post.
    pub post_id: String,
    /// Tenant.
    pub slug: String,
    /// Branch slug of the request.
    pub branch: Option<String>,
    /// Request; posts of it follow the one that is routed.
    pub handover_id: Option<String>,
    /// Conversation.
    pub conversation_id: Option<String>,
    /// Customer (row id of `users`).
    pub user_id: Option<String>,
    /// Kind.
    pub kind: PostKind,
    /// Unix milliseconds.
    pub created_at_ms: i64,
}

/// Where a request is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    /// The bot that speaks.
    pub bot_id: i64,
    /// The chat.
    pub chat_id: i64,
    /// Whether each customer has a topic there; else posts stand in the chat itself.
    pub topic: bool,
}

/// A customer's place in a group.
#[derive(Clone, PartialEq, Eq)]
pub struct TopicRow {
    /// UUID.
    pub id: String,
    /// Tenant.
    pub slug: String,
    /// The bot that speaks there.
    pub bot_id: i64,
    /// Chat.
    pub chat_id: i64,
    /// Customer (row id of `users`).
    pub user_id: String,
    /// Whether it is a topic of its own.
    pub threaded: bool,
    /// Its id in Telegram; nothing while it has to be made.
    pub thread_id: Option<i64>,
    /// Its title as it was set last, empty before.
    pub title: String,
}

/// What Telegram allows, and how much of it what is not urgent leaves alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PostLimits {
    /// Messages made in a chat within [`Self::chat_window_ms`].
    pub chat: u32,
    /// Of them, kept for new requests and what customers wrote.
    pub chat_reserved: u32,
    /// Milliseconds.
    pub chat_window_ms: i64,
    /// Calls of a bot within [`Self::bot_window_ms`].
    pub bot: u32,
    /// Milliseconds.
    pub bot_window_ms: i64,
}

impl Default for PostLimits {
    fn default() -> Self {
        Self { chat: 20, chat_reserved: 5, chat_window_ms: 60_000, bot: 30, bot_window_ms: 1000 }
    }
}

/// A post that is to be done now, with all that needs.
#[derive(Clone, PartialEq, Eq)]
pub struct PostRow {
    /// UUID.
    pub id: String,
    /// Tenant.
    pub slug: String,
    /// Bot.
    pub bot_id: i64,
    /// Chat.
    pub chat_id: i64,
    /// What.
    pub kind: PostKind,
    /// JSON.
    pub payload: String,
    /// Sends begun before, this one included: the fence of [`super::DeskStore::settle_post`].
    pub attempts: u32,
    /// Of the sends before, those whose answer was lost.
    pub unsure: u32,
    /// When it was asked for, Unix milliseconds.
    pub created_at_ms: i64,
    /// Request.
    pub handover_id: Option<String>,
    /// Conversation.
    pub conversation_id: Option<String>,
    /// The webhook call that brought what is shown, or what people are asked for; empty where there was none.
    pub request_id: String,
    /// The request's card in Telegram, once it is posted; for the buttons of a lesson the lesson's.
    pub card_message_id: Option<i64>,
    /// The customer's place. Where it has to be made (`threaded`, no `thread_id`), that is done first
    /// and told with [`super::DeskStore::topic_made`].
    pub topic: Option<TopicRow>,
    /// The message that is shown.
    pub message: Option<MessageRow>,
}

/// What a post came to.
#[derive(Clone, PartialEq, Eq)]
pub enum PostOutcome {
    /// Telegram took it.
    Sent {
        /// The message, where one was made.
        message_id: Option<i64>,
        /// The topic's id in Telegram that the message stands in.
        thread_id: Option<i64>,
    },
    /// The topic has this title now.
    Titled {
        /// Title.
        title: String,
    },
    /// Try again at this Unix millisecond.
    Retry {
        /// When.
        at_ms: i64,
        /// Why, without secrets.
        error: String,
    },
    /// The answer was lost. It is tried again after a pause that grows; what makes a message is dead after
    /// [`PostKind::most_unsure`] of these.
    Unsure,
    /// The topic is gone: it has to be made anew. The post waits again, and the open request's card is
    /// asked for once.
    TopicLost {
        /// The topic's id in Telegram that was written to.
        thread_id: i64,
    },
    /// It will never be done.
    Dead {
        /// Why.
        error: String,
    },
}

/// Who may keep a topic that was just made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TopicMade {
    /// It is the customer's topic.
    Kept,
    /// Another was faster: the caller deletes its own and writes there.
    Other {
        /// The topic's id in Telegram.
        thread_id: i64,
    },
    /// The customer was forgotten: the caller deletes its own.
    Gone,
}

/// What waits or failed at a tenant, as far as its owner must know.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Alarm {
    /// When requests were made that nobody has taken, or taken by people who have not answered since, Unix
    /// milliseconds, oldest first.
    pub unanswered: Vec<i64>,
    /// Replies given up on.
    pub dead: u64,
    /// When the last of them was, Unix milliseconds.
    pub dead_at_ms: Option<i64>,
    /// When the oldest reply was made that the gateway was asked to take and did not, Unix milliseconds.
    pub stuck_since_ms: Option<i64>,
}

/// A post that no request asks for.
#[derive(Clone, PartialEq, Eq)]
pub struct Tell {
    /// Tenant.
    pub slug: String,
    /// What: a lesson, an alert, a note.
    pub kind: PostKind,
    /// JSON.
    pub payload: String,
    /// Where.
    pub place: Place,
    /// Now, Unix milliseconds.
    pub now_ms: i64,
}

/// Where a post that no request asks for is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In a chat, perhaps a person's own.
    Chat {
        /// Bot.
        bot_id: i64,
        /// Chat.
        chat_id: i64,
    },
    /// Where this request is shown, in its order.
    Handover(String),
}

/// What an owner is told, once for its key.
#[derive(Clone, PartialEq, Eq)]
pub struct Announcement {
    /// Tenant.
    pub slug: String,
    /// It is told once for each; holds the slug between colons.
    pub key: String,
    /// In Telegram.
    pub posts: Vec<Tell>,
    /// By WhatsApp.
    pub notices: Vec<NewNotice>,
    /// By WhatsApp once a post is given up that names them in `payload.otherwise`; each once, however
    /// many posts name it.
    pub otherwise: Vec<NewNotice>,
    /// Now, Unix milliseconds.
    pub now_ms: i64,
}

/// A message to an owner's phone.
#[derive(Clone, PartialEq, Eq)]
pub struct NewNotice {
    /// UUID; the gateway's `msg_id`.
    pub id: String,
    /// The owner's jid.
    pub jid: String,
    /// Text.
    pub text: String,
}

/// A message to an owner's phone that is to be sent now.
#[derive(Clone, PartialEq, Eq)]
pub struct NoticeRow {
    /// UUID; the gateway's `msg_id`.
    pub id: String,
    /// Tenant.
    pub slug: String,
    /// The owner's jid.
    pub jid: String,
    /// Text.
    pub text: String,
    /// Sends begun before, this one included: the fence of [`super::DeskStore::settle_notice`].
    pub attempts: u32,
    /// When it was decided, Unix milliseconds.
    pub created_at_ms: i64,
}

/// How messages to owners' phones stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Notices {
    /// Not gone out yet.
    pub waiting: u64,
    /// Given up on.
    pub dead: u64,
    /// Nobody knows whether they went out.
    pub unknown: u64,
}
