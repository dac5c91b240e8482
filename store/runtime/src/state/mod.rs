//! The door for conversations, and what happens behind it, written once for every database.

mod claim;
mod desk;
mod echo;
mod erase;
mod handover;
mod inbox;
mod later;
mod leases;
mod outbox;
mod proof;
mod rate;
mod read;
mod rows;
mod store;
mod tally;
mod timers;
mod turn;

use std::pin::Pin;
use std::sync::Arc;

pub use desk::{
    Alarm, Announcement, Binding, Bound, Button, Card, Decided, Decision, DeskEvent, DeskStore, Edit,
    EditOutcome, Judgement, JudgementOutcome, LessonMaterial, LessonRow, NewLesson, NewNotice, NoticeRow,
    Notices, Person, Place, PostKind, PostLimits, PostOutcome, PostRow, Press, PressOutcome, Route,
    SayOutcome, Saying, Speaker, Talk, Tell, TopicMade, TopicRow, Unconsidered, Unrouted, UpdateKey,
};
pub(crate) use inbox::{new_id, phone};
pub use later::{Later, Timer, TimerCommit, TimerOutcome};
pub(crate) use outbox::{Sent, queued, settle};
pub use rows::{
    AgedMessage, Author, Claim, ConversationState, Erased, HandoverRow, Heard, Held, Inbound, MOST_DOUBT,
    MessageRow, NextSend, OutboxRow, Pace, Queues, Receipt, Settlement, TurnCommit, Turnstile, UsageRow,
};
pub use store::State;
pub(crate) use store::{Engine, Lane};
pub(crate) use turn::{Verdict, alone as commit_turn, commit as commit_turns};

use crate::StoreError;

/// A write on its way to the disk. Dropping it does not take it back.
pub type Soon<T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send>>;

/// A message on its way to the disk.
pub type Storing = Soon<Receipt>;

/// What another process has written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ring {
    /// A turn or a send is due.
    Due,
    /// That, and something for the desk: posts, presses, lessons, messages to owners. Also rung for what
    /// may have been missed.
    Desk,
}

/// Told what another process has made due.
pub type Bell = Arc<dyn Fn(Ring) + Send + Sync>;

/// Conversations, queues and counters. Every call is one transaction.
pub trait StateStore: DeskStore {
    /// Stores a batch of messages durably (one fsync) and answers each: id, body, usage counter and
    /// due time in the same transaction. In a conversation that a person owns, and with a due time
    /// of `i64::MAX`, the message is kept without asking for a turn.
    fn store_inbound(&self, batch: &[Inbound]) -> Result<Vec<Receipt>, StoreError>;
    /// Stores one message without blocking the caller's thread; resolves once it is durable. What
    /// arrives while the disk is busy shares the next sync.
    fn take_in(&self, message: Inbound) -> Storing;
    /// Whether this id was taken in since then, Unix milliseconds.
    fn has_seen(
        &self,
        slug: &str,
        instance_id: &str,
        message_id: &str,
        since_ms: i64,
    ) -> Result<bool, StoreError>;
    /// Records an echo (`fromMe`): true when it is ours (its id is one we sent, or the same text
    /// went to that jid within two minutes); otherwise a person has written and takes the
    /// conversation over (epoch raised, pending outbox rows cancelled). An echo of ours proves that
    /// the reply went out and settles it as sent; an echo delivered again changes nothing.
    fn record_echo(&self, echo: &Inbound) -> Result<bool, StoreError>;
    /// Claims conversations whose burst is due, each for `lease_ms`: one of each tenant in turn, of a
    /// tenant the longest waiting first. A claim whose lease ran out may be claimed again, with a
    /// higher token. Replicas never claim the same. Of those whose turns were cut short before no more
    /// are claimed than [`Turnstile::doubt`] has room for.
    fn claim_due(&self, now_ms: i64, lease_ms: i64, pass: &Turnstile) -> Result<Vec<Claim>, StoreError>;
    /// When the next conversation may be claimed, Unix milliseconds; of those that are claimed now only
    /// what is due by `now_ms` counts, and only where nothing else is.
    fn next_turn(&self, now_ms: i64) -> Result<Option<i64>, StoreError>;
    /// When the next outbox row becomes due; rows behind another of their conversation do not count.
    fn next_send(&self) -> Result<NextSend, StoreError>;
    /// When the next conversation or outbox row becomes due, Unix milliseconds.
    fn next_due(&self) -> Result<Option<i64>, StoreError>;
    /// Commits a turn: memory, reply (message and outbox row), hand-over, state, timers. A request
    /// that is open already is kept and its summary extended. Returns the reply where its send was to be
    /// begun ([`TurnCommit::send_until_ms`]) and nothing of the conversation has to leave before it.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when lease or epoch passed on or a newer message came: nothing was
    /// written, and the conversation is due again unless a person has it.
    fn commit_turn(&self, turn: &TurnCommit) -> Result<Option<OutboxRow>, StoreError>;
    /// As [`StateStore::commit_turn`], without blocking the caller's thread.
    fn commit_turn_soon(&self, turn: TurnCommit) -> Soon<Option<OutboxRow>>;
    /// The reply whose send was to be begun by a commit of which nobody heard what came of it. It was
    /// committed if there is one, and is the caller's to send until then; where a person has taken the
    /// conversation meanwhile it is cancelled instead.
    fn begun_send(
        &self,
        outbox_id: &str,
        until_ms: i64,
        now_ms: i64,
    ) -> Result<Option<OutboxRow>, StoreError>;
    /// Says that a claim came to nothing although nothing cut its turn short: it does not count as an
    /// attempt, and is due again when its lease has run out. Nothing happens when the claim has passed on.
    fn leave_turn(&self, claim: &Claim) -> Result<(), StoreError>;
    /// Moves due rows (in order, at most one of each conversation, tenants in turn) pending → sending
    /// and returns them; rows of conversations a person owns are cancelled instead. A row is held for
    /// `lease_ms`; a send that takes longer is held on by [`StateStore::renew`].
    fn begin_sends(&self, now_ms: i64, lease_ms: i64, pass: &Turnstile)
    -> Result<Vec<OutboxRow>, StoreError>;
    /// Holds turns and sends under way until then; returns those that are not the caller's any more,
    /// because they were settled, or taken up by another since their leases ran out.
    fn renew(&self, held: &Held, until_ms: i64) -> Result<Held, StoreError>;
    /// The number is left alone until then: up to a thousand of the replies that wait to leave from it wait
    /// until then, whichever process has them.
    fn rest(&self, slug: &str, instance_id: &str, until_ms: i64) -> Result<(), StoreError>;
    /// Numbers that are to be left alone now: tenant, number, until when.
    fn resting(&self, now_ms: i64) -> Result<Vec<(String, String, i64)>, StoreError>;
    /// When the number may speak next, Unix milliseconds: everyone who asks is given a later place,
    /// `gap_ms` behind the one before. Not taken where it is later than `latest_ms`.
    fn pace(&self, slug: &str, instance_id: &str, pace: Pace) -> Result<i64, StoreError>;
    /// Records what a send came to. [`Settlement::Dead`] and [`Settlement::Unknown`] also commit a
    /// hand-over with reason `error`. A row that its echo has settled already stays sent.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when the customer was forgotten meanwhile, [`StoreError::Stale`] when
    /// the row is not being sent any more, or not by the attempt that is told of.
    fn settle_send(
        &self,
        id: &str,
        attempt: u32,
        settlement: &Settlement,
        now_ms: i64,
    ) -> Result<(), StoreError>;
    /// As [`StateStore::settle_send`], without blocking the caller's thread.
    fn settle_send_soon(&self, id: &str, attempt: u32, settlement: Settlement, now_ms: i64) -> Soon<()>;
    /// Rows that a crash or a frozen process left `sending` go back to pending (`idempotent`) or to
    /// unknown; returns how many. `starting`: the caller has just started; where one process serves,
    /// nothing can be under way then, so leases are not waited for and claims are given back too.
    fn recover_sends(&self, idempotent: bool, starting: bool, now_ms: i64) -> Result<usize, StoreError>;
    /// Makes due what would be due later than `far_ms`, which nothing ever is: a clock was set back. How
    /// many rows there were.
    fn pull_in(&self, now_ms: i64, far_ms: i64) -> Result<u64, StoreError>;
    /// Nobody writes any more: a file is brought into a state in which a copy of it alone is whole.
    fn fold(&self) -> Result<(), StoreError>;
    /// Claims timers that are due, each for `lease_ms`.
    fn claim_timers(&self, now_ms: i64, lease_ms: i64, limit: usize) -> Result<Vec<Timer>, StoreError>;
    /// When the next timer becomes due, Unix milliseconds.
    fn next_timer(&self) -> Result<Option<i64>, StoreError>;
    /// Commits what a timer came to.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when the timer was claimed anew, replaced or dropped: nothing was written.
    fn commit_timer(&self, commit: &TimerCommit) -> Result<(), StoreError>;
    /// Gives the conversation back to the bot: its open request is closed with this status
    /// (`resolved` or `returned`). False when nobody had it.
    fn release(&self, conversation_id: &str, status: &str, now_ms: i64) -> Result<bool, StoreError>;
    /// Open requests, newest first, of all tenants without a slug. Talks that a person has without one,
    /// from before such talks were requests, come last, under the ids of their conversations.
    fn handovers(&self, slug: Option<&str>) -> Result<Vec<HandoverRow>, StoreError>;
    /// Messages of a customer's conversation, oldest first.
    fn messages(&self, slug: &str, jid: &str) -> Result<Vec<MessageRow>, StoreError>;
    /// The stored trace and text of one message by row id or gateway id; a customer's message shows
    /// the trace of the turn that answered it.
    fn message(&self, id: &str) -> Result<Option<MessageRow>, StoreError>;
    /// Files that came in a conversation since this Unix millisecond.
    fn files_since(&self, conversation_id: &str, since_ms: i64) -> Result<u32, StoreError>;
    /// Counters.
    fn usage(&self, slug: Option<&str>) -> Result<Vec<UsageRow>, StoreError>;
    /// What waits.
    fn queues(&self, now_ms: i64) -> Result<Queues, StoreError>;
    /// Jids of a tenant's customers whose jid or phone is this.
    fn customers(&self, slug: &str, who: &str) -> Result<Vec<String>, StoreError>;
    /// Ids of a tenant's conversations with a customer, or with everybody.
    fn conversations(&self, slug: &str, jid: Option<&str>) -> Result<Vec<String>, StoreError>;
    /// What is known of the files of a conversation, or of all of a tenant's, as messages and replies have it.
    fn files_of(&self, slug: &str, conversation_id: Option<&str>) -> Result<Vec<String>, StoreError>;
    /// Those of these ids that are of no conversation of the tenant: it was erased.
    fn strangers(&self, slug: &str, ids: &[String]) -> Result<Vec<String>, StoreError>;
    /// Forgets a customer; counters stay, they name nobody. What was erased is overwritten, and
    /// counted in the tally of this key in the same transaction, unless the key is empty. Ids of the
    /// gateway stay until they expire, without a way to anybody, counted as `kept.seen`: a message that is
    /// delivered again makes nobody anew.
    fn forget(&self, slug: &str, jid: &str, tally: &str) -> Result<Erased, StoreError>;
    /// Erases up to `limit` conversations of a tenant with all that hangs on them and, once none is
    /// left, everything else of it but the usage totals; empty when nothing is left. Counted likewise;
    /// topics that Telegram still has, and nobody will know of, as `telegram_topics_left`.
    fn offboard(&self, slug: &str, limit: usize, tally: &str) -> Result<Erased, StoreError>;
    /// What was counted under this key since it was closed last: an erasure that was interrupted is
    /// finished with the counts of its beginning.
    fn tallied(&self, key: &str) -> Result<Erased, StoreError>;
    /// Adds what was erased outside of this store.
    fn tally(&self, key: &str, more: &Erased) -> Result<(), StoreError>;
    /// Closes a tally: its receipt is written.
    fn close_tally(&self, key: &str) -> Result<(), StoreError>;
    /// Key, item and count of each line of the tallies whose keys begin with this.
    fn tallies(&self, prefix: &str) -> Result<Vec<(String, String, u64)>, StoreError>;
    /// Takes one line out of a tally.
    fn strike(&self, key: &str, item: &str) -> Result<(), StoreError>;
    /// Up to `limit` messages of a tenant that [`StateStore::expire`] would erase with the same time,
    /// in the order of arrival, after this place in it.
    fn aged(
        &self,
        slug: &str,
        before_ms: i64,
        after_seq: i64,
        limit: usize,
    ) -> Result<Vec<AgedMessage>, StoreError>;
    /// Erases up to `limit` messages of a tenant that are older than this, and customers who have
    /// not been active since; usage totals stay.
    fn expire(&self, slug: &str, before_ms: i64, limit: usize) -> Result<Erased, StoreError>;
    /// Drops up to `limit` ids of the gateway, of whichever tenant, that were taken in before this; how
    /// many were found. What is delivered again after that is a new message.
    fn expire_seen(&self, before_ms: i64, limit: usize) -> Result<u64, StoreError>;
    /// Rows in which this text stands anywhere, by table: the proof of an erasure.
    fn traces_of(&self, slug: &str, text: &str) -> Result<Erased, StoreError>;
    /// Rows that a tenant has, by table, without its usage totals: the proof of an offboarding.
    fn left_of(&self, slug: &str) -> Result<Erased, StoreError>;
    /// Whether one process serves from it, with one data folder: else others may keep customers' files.
    fn is_alone(&self) -> bool;
    /// Tells once: true the first time for this key.
    fn once(&self, key: &str, now_ms: i64) -> Result<bool, StoreError>;
    /// Takes one of `most` that a key may use in the window that began at `window_ms`; false when
    /// there is none left.
    fn spend(&self, key: &str, window_ms: i64, most: u32) -> Result<bool, StoreError>;
    /// Has the bell rung at once when another process has made something due. Where one process serves it
    /// is never rung.
    fn on_wake(&self, bell: Bell);
}
