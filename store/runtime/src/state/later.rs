//! What is done later in a conversation, as it goes in and comes out of the door.

use super::ConversationState;

/// Something to be done later in a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Later {
    /// What, a word of the caller's.
    pub kind: String,
    /// When, Unix milliseconds.
    pub due_at_ms: i64,
    /// What it needs to know, JSON.
    pub payload: String,
}

/// Something that is due, claimed.
#[derive(Clone, PartialEq, Eq)]
pub struct Timer {
    /// Id.
    pub id: String,
    /// Tenant.
    pub slug: String,
    /// Conversation.
    pub conversation_id: String,
    /// Customer's jid.
    pub jid: String,
    /// Who speaks.
    pub state: ConversationState,
    /// JSON of `decide::Memory`.
    pub memory: String,
    /// Branch slug.
    pub branch: Option<String>,
    /// Instance the newest message came through.
    pub instance_id: String,
    /// When the last message of a person on either side came, Unix milliseconds.
    pub last_message_at_ms: i64,
    /// The open request, if one is open.
    pub handover_id: Option<String>,
    /// When it was made.
    pub requested_at_ms: Option<i64>,
    /// When a person last did something about it.
    pub human_at_ms: Option<i64>,
    /// What.
    pub kind: String,
    /// JSON.
    pub payload: String,
    /// When it was due, Unix milliseconds.
    pub due_at_ms: i64,
    /// Fencing token.
    pub lease: i64,
    /// When a person first answered the customer about the request.
    pub answered_at_ms: Option<i64>,
    /// The webhook call that brought what it was asked for; empty where there was none.
    pub request_id: String,
}

impl Timer {
    /// The kind of a timer that the store sets itself, due at once: a request was made by whoever does not
    /// know which timers its tenant wants. [`TimerOutcome::Set`] sets them.
    pub const REQUEST: &str = "request";
}

/// What a timer came to; committed in one transaction, once.
#[derive(Clone)]
pub struct TimerCommit {
    /// The claim it answers.
    pub timer: Timer,
    /// What happens.
    pub outcome: TimerOutcome,
    /// Now, Unix milliseconds.
    pub now_ms: i64,
}

/// What becomes of a timer that was due.
#[derive(Clone)]
pub enum TimerOutcome {
    /// Nothing any more.
    Done,
    /// Not yet: due again at this Unix millisecond.
    Again {
        /// When.
        due_at_ms: i64,
    },
    /// The customer is told something, unless a person has the conversation or the request that it was
    /// about is open no more.
    Say {
        /// Text.
        text: String,
        /// Id of the outbox row and of the message (UUID).
        outbox_id: String,
        /// Instance it leaves through.
        instance_id: String,
        /// The conversation's timer of this kind is not due before this Unix millisecond.
        postpones: Option<(String, i64)>,
    },
    /// These in its place, as long as its request waits.
    Set {
        /// What is to be done later.
        timers: Vec<Later>,
    },
    /// The open request that nobody took returns to the bot.
    Return,
}
