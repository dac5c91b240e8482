//! The door for conversations.

use std::pin::Pin;

use crate::StoreError;

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
    /// Unix milliseconds.
    pub at_ms: i64,
    /// JSON of the decision behind an `assistant` row (or a silent turn's `user` row).
    pub trace: Option<String>,
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
    /// Turns tried before this one on the same burst.
    pub attempts: u32,
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
    /// JSON trace.
    pub trace: String,
    /// Now, Unix milliseconds.
    pub now_ms: i64,
    /// Id of the outbox row and of the assistant's message (UUID, also `msg_id`).
    pub outbox_id: String,
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
}

/// What a send came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settlement {
    /// The gateway took it.
    Sent,
    /// Try again at this Unix millisecond.
    Retry {
        /// When.
        at_ms: i64,
        /// Why, without secrets.
        error: String,
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

/// A message on its way to the disk. Dropping it does not take it back.
pub type Storing = Pin<Box<dyn Future<Output = Result<Receipt, StoreError>> + Send>>;

/// Conversations, queues and counters. Every call is one transaction.
pub trait StateStore: Send + Sync {
    /// Stores a batch of messages durably (one fsync) and answers each: id, body, usage counter and
    /// due time in the same transaction. In a conversation that a person owns, and with a due time
    /// of `i64::MAX`, the message is kept without asking for a turn.
    fn store_inbound(&self, batch: &[Inbound]) -> Result<Vec<Receipt>, StoreError>;
    /// Stores one message without blocking the caller's thread; resolves once it is durable. What
    /// arrives while the disk is busy shares the next sync.
    fn take_in(&self, message: Inbound) -> Storing;
    /// Records an echo (`fromMe`): true when it is ours (its id is one we sent, or the same text
    /// went to that jid within two minutes); otherwise a person has written and takes the
    /// conversation over (epoch raised, pending outbox rows cancelled). An echo of ours proves that
    /// the reply went out and settles it as sent; an echo delivered again changes nothing.
    fn record_echo(&self, echo: &Inbound) -> Result<bool, StoreError>;
    /// Claims up to `limit` conversations whose burst is due, each for `lease_ms`, the longest
    /// waiting first. A claim whose lease ran out may be claimed again, with a higher token.
    fn claim_due(&self, now_ms: i64, lease_ms: i64, limit: usize) -> Result<Vec<Claim>, StoreError>;
    /// When the next conversation or outbox row becomes due, Unix milliseconds.
    fn next_due(&self) -> Result<Option<i64>, StoreError>;
    /// Commits a turn: memory, reply (message and outbox row), hand-over, state. A request that is
    /// open already is kept and its summary extended.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when lease or epoch passed on or a newer message came: nothing was
    /// written, and the conversation is due again unless a person has it.
    fn commit_turn(&self, turn: &TurnCommit) -> Result<(), StoreError>;
    /// Moves due rows (in order, at most one of each conversation) pending → sending and returns
    /// them; rows of conversations a person owns are cancelled instead.
    fn begin_sends(&self, now_ms: i64, limit: usize) -> Result<Vec<OutboxRow>, StoreError>;
    /// Records what a send came to. [`Settlement::Dead`] and [`Settlement::Unknown`] also commit a
    /// hand-over with reason `error`. A row that its echo has settled already stays sent.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when the customer was forgotten meanwhile, [`StoreError::Stale`] when
    /// the row is not being sent any more.
    fn settle_send(&self, id: &str, settlement: &Settlement, now_ms: i64) -> Result<(), StoreError>;
    /// After a start: rows left `sending` by a crash go back to pending (`idempotent`) or to unknown;
    /// returns how many. Where one process serves, claims of the one before are given back too.
    fn recover_sends(&self, idempotent: bool, now_ms: i64) -> Result<usize, StoreError>;
    /// Open requests, newest first; of all tenants without a slug.
    fn handovers(&self, slug: Option<&str>) -> Result<Vec<HandoverRow>, StoreError>;
    /// Messages of a customer's conversation, oldest first.
    fn messages(&self, slug: &str, jid: &str) -> Result<Vec<MessageRow>, StoreError>;
    /// The stored trace and text of one message by row id or gateway id; a customer's message shows
    /// the trace of the turn that answered it.
    fn message(&self, id: &str) -> Result<Option<MessageRow>, StoreError>;
    /// Counters.
    fn usage(&self, slug: Option<&str>) -> Result<Vec<UsageRow>, StoreError>;
    /// Forgets a customer's conversation (used by "new customer" in the playground and by `forget`);
    /// returns how many rows went.
    fn forget(&self, slug: &str, jid: &str) -> Result<usize, StoreError>;
    /// Tells once: true the first time for this key.
    fn once(&self, key: &str, now_ms: i64) -> Result<bool, StoreError>;
}
