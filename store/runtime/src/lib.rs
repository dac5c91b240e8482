//! The runtime store: what the compiler publishes and what the responder keeps.
//!
//! Two doors: [`ReleaseStore`] (releases, live pointers, vectors, the relational face, the audit) with
//! SQLite or PostgreSQL behind it, and [`StateStore`] (users, conversations, messages, hand-overs,
//! outbox, timers, usage), each with SQLite or PostgreSQL behind it.
//! Calls block; async callers wrap them (`spawn_blocking`) or use the state store's own writer.

pub mod crash;
mod error;
mod face;
mod postgres;
#[cfg(test)]
#[path = "../tests/postgres/mod.rs"]
mod private_postgres;
mod publication;
mod redact;
mod releases;
mod removal;
mod sql;
mod sqlite;
mod state;
mod ticket;

pub use error::StoreError;
pub use postgres::{PostgresEngine, PostgresReleases, PostgresState, PostgresUrl, UrlError};
pub use releases::{
    AuditRow, HistoryRow, LiveRow, Publication, ReleaseStore, StoredHead, StoredRelease, Swept, VectorRow,
};
pub use sqlite::{SqliteEngine, SqliteReleases, SqliteState};
pub use state::{
    Bell, Claim, ConversationState, Erased, HandoverRow, Heard, Inbound, Later, MessageRow, OutboxRow,
    Queues, Receipt, Settlement, Soon, State, StateStore, Storing, Timer, TimerCommit, TimerOutcome,
    TurnCommit, Turnstile, UsageRow,
};
pub use ticket::Ticket;
