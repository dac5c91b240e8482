//! What goes in and comes out of the door for conversations.

use super::Later;
use crate::sql::{Cell, FromCell};

/// A customer's message, verified and parsed, to be stored before the gateway gets its 200.
#[derive(Clone, PartialEq, Eq)]
pub struct Inbound {
    /// Tenant.
    pub slug: String,
    /// Instance id the message came through, empty when unknown; part of the dedupe key.
    pub instance_id: String,
    /// The gateway's message id, or a derived one.
    pub message_id: String,
    /// The customer's jid.
    pub jid: String,
    /// Name shown by WhatsApp.
    pub sender: Option<String>,
    /// Text, maybe empty.
    pub text: String,
    /// Kind of file, if one came (`photo`, `audio`, `document`, `video`, `unknown`).
    pub media: Option<String>,
    /// What the gateway told of the file, JSON.
    pub file: Option<String>,
    /// Id of the request it came with, for logs.
    pub request_id: String,
    /// The sender's timestamp, Unix seconds.
    pub sent_at: i64,
    /// Now, Unix milliseconds.
    pub received_at_ms: i64,
    /// When the burst may be answered, Unix milliseconds; a later message moves it on. `i64::MAX` = never.
    pub due_at_ms: i64,
    /// The tenant's local month, `YYYY-MM`, for the usage counter.
    pub month: String,
}

/// What storing a message came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Receipt {
    /// Stored and durable.
    Stored {
        /// Conversation id.
        conversation_id: String,
        /// Unique messages in of the tenant in the message's month, this one included.
        messages_in: u64,
    },
    /// This id was stored before.
    Duplicate {
        /// Conversation id.
        conversation_id: String,
    },
}

/// Who speaks for the business in a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConversationState {
    /// The bot.
    BotActive,
    /// The bot, while a request waits.
    Pending,
    /// A person.
    ManagerActive,
}

/// A message as stored.
#[derive(Clone, PartialEq, Eq)]
pub struct MessageRow {
    /// Row id (UUID).
    pub id: String,
    /// The gateway's id.
    pub message_id: String,
    /// `user`, `assistant`, `manager` or `system`.
    pub role: String,
    /// Text.
    pub text: String,
    /// Kind of file.
    pub media: Option<String>,
    /// What is known of the file, JSON.
    pub file: Option<String>,
    /// Id of the request it came with, empty for what was not received.
    pub request_id: String,
    /// Unix milliseconds.
    pub at_ms: i64,
    /// JSON of the decision behind an `assistant` row (or a silent turn's `user` row).
    pub trace: Option<String>,
}

/// A message that a tenant need not keep any longer.
#[derive(Clone, PartialEq, Eq)]
pub struct AgedMessage {
    /// Order of arrival.
    pub seq: i64,
    /// Customer's jid.
    pub jid: String,
    /// Conversation id.
    pub conversation_id: String,
    /// The message.
    pub message: MessageRow,
}

/// A conversation claimed for one turn.
#[derive(Clone, PartialEq, Eq)]
pub struct Claim {
    /// Conversation id.
    pub conversation_id: String,
    /// Tenant.
    pub slug: String,
    /// Customer's jid.
    pub jid: String,
    /// Name shown by WhatsApp.
    pub sender: Option<String>,
    /// Instance the newest message came through.
    pub instance_id: String,
    /// Who speaks.
    pub state: ConversationState,
    /// JSON of `decide::Memory`, empty for a new conversation.
    pub memory: String,
    /// Unanswered messages in the sender's order; never empty.
    pub burst: Vec<MessageRow>,
    /// Fencing token: checked by [`StateStore::commit_turn`].
    pub lease: i64,
    /// Ownership epoch at the claim: a person's take raises it.
    pub epoch: i64,
    /// Turns tried before this one on the same burst and cut short: the process died, or what they
    /// came to could not be committed.
    pub attempts: u32,
    /// When its burst was due, Unix milliseconds.
    pub due_at_ms: i64,
    /// When the newest of the burst was received, Unix milliseconds.
    pub received_at_ms: i64,
}

/// How much doubt may be under way at once, in one process.
pub const MOST_DOUBT: usize = 16;

impl Claim {
    /// How much it is to be doubted that this turn leaves the process alive: not at all when none was
    /// cut short before, little when one was, because all that were under way then are suspected alike,
    /// and with all doubt there may be when it happened again. So one conversation that kills the
    /// process is found within a few kills, and those beside it are answered.
    #[must_use]
    pub fn doubt(&self) -> usize {
        doubt_of(self.attempts)
    }
}

/// The doubt about a turn of which so many were cut short.
pub(super) fn doubt_of(attempts: u32) -> usize {
    match attempts {
        0 => 0,
        1 => 1,
        _ => MOST_DOUBT,
    }
}

/// Work under way that is held on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Held {
    /// Conversations with the fencing tokens of their claims.
    pub turns: Vec<(String, i64)>,
    /// Outbox rows with the attempts at them.
    pub sends: Vec<(String, u32)>,
}

impl Held {
    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.turns.is_empty() && self.sends.is_empty()
    }
}

/// Who may be claimed or sent next, so that no tenant keeps the others waiting.
#[derive(Debug, Clone, Default)]
pub struct Turnstile {
    /// How many at most.
    pub limit: usize,
    /// The tenant served last: the next one in the order of slugs is asked first.
    pub after: String,
    /// How many of one tenant at most may be at work at once, those at work included.
    pub each: usize,
    /// What is at work already, by tenant.
    pub at_work: std::collections::BTreeMap<String, usize>,
    /// How much doubt may be let in, see [`Claim::doubt`]; at most [`MOST_DOUBT`]. Of no account to
    /// sends.
    pub doubt: usize,
}

impl Turnstile {
    /// Lets `limit` through, whoever they are.
    #[must_use]
    pub fn open(limit: usize) -> Self {
        Self { limit, each: usize::MAX, doubt: MOST_DOUBT, ..Self::default() }
    }

    /// How many more of this tenant may pass.
    pub(crate) fn room(&self, slug: &str) -> usize {
        self.each.saturating_sub(self.at_work.get(slug).copied().unwrap_or(0))
    }
}

/// Everything a turn changes; committed in one transaction.
#[derive(Clone)]
pub struct TurnCommit {
    /// The claim it answers.
    pub claim: Claim,
    /// New memory.
    pub memory: String,
    /// Text for the customer.
    pub reply: Option<String>,
    /// Instance the reply leaves through.
    pub instance_id: String,
    /// Branch slug, if known.
    pub branch: Option<String>,
    /// Hand-over: reason code and summary.
    pub handover: Option<(String, String)>,
    /// The customer cancelled the open request.
    pub cancel_handover: bool,
    /// What files turned out to say or be: row id of the message, its text, what is known of the file.
    pub heard: Vec<Heard>,
    /// What is to be done later in this conversation. One of each kind stands at a time: a new one
    /// replaces it.
    pub timers: Vec<Later>,
    /// JSON trace.
    pub trace: String,
    /// Now, Unix milliseconds.
    pub now_ms: i64,
    /// Id of the outbox row and of the assistant's message (UUID, also `msg_id`).
    pub outbox_id: String,
    /// The caller sends the reply itself, at once, and holds its row until this Unix millisecond; else
    /// whoever begins sends next.
    pub send_until_ms: Option<i64>,
}

/// What a file of a message turned out to be.
#[derive(Clone, PartialEq, Eq)]
pub struct Heard {
    /// Row id of the message.
    pub id: String,
    /// Its text: what was said in a voice note.
    pub text: String,
    /// What is known of the file, JSON.
    pub file: Option<String>,
}

/// Whose words leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Author {
    /// The bot's: nothing of it leaves while a person has the conversation.
    Bot,
    /// A person's, written in Telegram.
    Person,
}

impl Author {
    /// Its name in the table.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Bot => "bot",
            Self::Person => "person",
        }
    }
}

impl FromCell for Author {
    fn from_cell(cell: &Cell) -> Option<Self> {
        let word = String::from_cell(cell)?;
        [Self::Bot, Self::Person].into_iter().find(|it| it.word() == word)
    }
}

/// When replies may next be begun.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NextSend {
    /// The first of those that wait for nothing but the time, Unix milliseconds.
    pub at_ms: Option<i64>,
    /// More may be due when one has been settled.
    pub behind: bool,
}

/// A reply on its way out.
#[derive(Clone, PartialEq, Eq)]
pub struct OutboxRow {
    /// UUID; the gateway's `msg_id`.
    pub id: String,
    /// Conversation id.
    pub conversation_id: String,
    /// Tenant.
    pub slug: String,
    /// Instance to send through.
    pub instance_id: String,
    /// Customer's jid.
    pub jid: String,
    /// Text.
    pub text: String,
    /// Sends begun before, this one included.
    pub attempts: u32,
    /// When the reply was decided, Unix milliseconds.
    pub created_at_ms: i64,
    /// When the newest message it answers was received; `created_at_ms` where it answers none.
    pub received_at_ms: i64,
    /// Id of the request with that message, empty where it answers none.
    pub request_id: String,
    /// Whose words they are.
    pub author: Author,
    /// Kind of file, where a person sends one.
    pub media: Option<String>,
    /// What is known of the file, JSON.
    pub file: Option<String>,
    /// The message in Telegram it comes from, JSON: `chat_id`, `message_id`.
    pub origin: Option<String>,
    /// Branch slug of the conversation, now.
    pub branch: Option<String>,
    /// When it may leave from its number, Unix milliseconds, where it was given a place.
    pub slot_ms: Option<i64>,
}

/// A place for a call of the gateway, from a number with a rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Now, Unix milliseconds.
    pub now_ms: i64,
    /// Time between two calls, milliseconds.
    pub gap_ms: i64,
    /// A place that is later is not taken, Unix milliseconds.
    pub latest_ms: i64,
}

/// What waits, and for how long.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Queues {
    /// Conversations whose burst is due and that nobody works on.
    pub due: u64,
    /// When the longest waiting of them was due, Unix milliseconds.
    pub oldest_due_ms: Option<i64>,
    /// Replies that wait to be sent.
    pub pending_sends: u64,
    /// When the oldest of them was decided, Unix milliseconds.
    pub oldest_send_ms: Option<i64>,
    /// Replies being sent.
    pub sending: u64,
    /// Replies that will never go out.
    pub dead: u64,
    /// Replies of which nobody knows.
    pub unknown: u64,
    /// Requests that wait for a person or that one works on.
    pub open_handovers: u64,
}

/// What a send came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settlement {
    /// The gateway took it.
    Sent,
    /// The gateway took the words; the file that was to go with them will never go out.
    SentWithout {
        /// Why, without secrets.
        error: String,
    },
    /// Try again at this Unix millisecond.
    Retry {
        /// When.
        at_ms: i64,
        /// Why, without secrets.
        error: String,
    },
    /// Its number may not speak before this Unix millisecond; the gateway was not called.
    Waits {
        /// Until when.
        at_ms: i64,
        /// That is the place it was given; else it asks for one again.
        is_slot: bool,
    },
    /// It may or may not have gone out and the gateway is not idempotent: shown to a person.
    Unknown {
        /// Why.
        error: String,
    },
    /// It will never go out: the request is handed over.
    Dead {
        /// Why.
        error: String,
    },
}

impl Settlement {
    /// What went wrong, without secrets.
    #[must_use]
    pub fn error(&self) -> Option<&str> {
        match self {
            Self::Sent | Self::Waits { .. } => None,
            Self::SentWithout { error }
            | Self::Retry { error, .. }
            | Self::Unknown { error }
            | Self::Dead { error } => Some(error),
        }
    }
}

/// A request to people.
#[derive(Clone, PartialEq, Eq)]
pub struct HandoverRow {
    /// UUID.
    pub id: String,
    /// Tenant.
    pub slug: String,
    /// Conversation id.
    pub conversation_id: String,
    /// Customer's jid.
    pub jid: String,
    /// Branch slug.
    pub branch: Option<String>,
    /// Reason code.
    pub reason: String,
    /// Summary for the person.
    pub summary: String,
    /// `pending`, `active`, `resolved`, `returned`, `cancelled`.
    pub status: String,
    /// Unix milliseconds.
    pub created_at_ms: i64,
}

/// What erasing somebody, or a tenant, removed: rows by table.
pub type Erased = std::collections::BTreeMap<String, u64>;

/// Messages in of a tenant and month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageRow {
    /// Tenant.
    pub slug: String,
    /// `YYYY-MM` in the tenant's zone.
    pub month: String,
    /// Unique messages in.
    pub messages_in: u64,
}
