//! The runtime store: what the compiler publishes and what the responder keeps.
//!
//! Two doors, both with SQLite behind them today and PostgreSQL tomorrow:
//! [`ReleaseStore`] (releases, live pointers, vectors, the relational face) and
//! [`StateStore`] (users, conversations, messages, hand-overs, outbox, usage).
//! Calls block; async callers wrap them (`spawn_blocking`) or use the state store's own writer.

mod error;
mod redact;
mod releases;
mod sqlite;
mod state;

pub use error::StoreError;
pub use releases::{HistoryRow, LiveRow, Publication, ReleaseStore, StoredRelease, VectorRow};
pub use sqlite::{SqliteReleases, SqliteState, Ticket};
pub use state::{
    Claim, ConversationState, HandoverRow, Inbound, MessageRow, OutboxRow, Receipt, Settlement, StateStore,
    Storing, TurnCommit, UsageRow,
};
