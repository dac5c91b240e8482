//! The runtime store: what the compiler publishes and what the responder keeps.
//!
//! Two doors: [`ReleaseStore`] (releases, live pointers, vectors, the relational face, the audit) with
//! SQLite or PostgreSQL behind it, and [`StateStore`] (users, conversations, messages, hand-overs,
//! outbox, usage) with SQLite behind it, PostgreSQL later.
//! Calls block; async callers wrap them (`spawn_blocking`) or use the state store's own writer.

mod error;
mod face;
mod postgres;
#[cfg(test)]
#[path = "../tests/postgres/mod.rs"]
mod private_postgres;
mod publication;
mod redact;
mod releases;
mod sqlite;
mod state;

pub use error::StoreError;
pub use postgres::{PostgresReleases, PostgresUrl, UrlError};
pub use releases::{
    AuditRow, HistoryRow, LiveRow, Publication, ReleaseStore, StoredRelease, Swept, VectorRow,
};
pub use sqlite::{SqliteReleases, SqliteState, Ticket};
pub use state::{
    Claim, ConversationState, HandoverRow, Inbound, MessageRow, OutboxRow, Receipt, Settlement, StateStore,
    Storing, TurnCommit, UsageRow,
};
