//! [`StateStore`] on SQLite.

mod ticket;
mod writer;

use std::path::Path;

pub use ticket::Ticket;
use writer::Writer;

use super::open::{Database, Schema};
use crate::{
    Claim, HandoverRow, Inbound, MessageRow, OutboxRow, Receipt, Settlement, StateStore, StoreError, TurnCommit,
    UsageRow,
};

const SCHEMA: Schema =
    Schema { file: "state.sqlite", migrations: &[include_str!("../migrations/state_001.sql")] };

/// Conversations, queues and counters in `state.sqlite`.
///
/// One thread writes; what callers ask for at the same time is committed together with one sync.
/// Share it in an `Arc`; dropping the last one waits for what was queued.
#[derive(Debug)]
pub struct SqliteState {
    writer: Writer,
    database: Database,
}

impl SqliteState {
    /// Opens `state.sqlite` in `data_dir`; creates folder, file and tables where they are missing.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] when the file was written by a newer build,
    /// [`StoreError::Unavailable`] when it cannot be opened.
    pub fn open(data_dir: &Path) -> Result<Self, StoreError> {
        let (database, connection) = Database::open(data_dir, &SCHEMA)?;
        Ok(Self { writer: Writer::start(connection, SCHEMA.file)?, database })
    }

    /// Queues one message; the ticket, awaited or waited for, resolves once it is durable.
    pub fn store_inbound_async(&self, message: Inbound) -> Ticket<Receipt> {
        self.writer.submit(move |_| Err(not_yet(&message.slug)))
    }
}

fn not_yet<T: std::fmt::Debug + ?Sized>(_: &T) -> StoreError {
    StoreError::Unavailable("not written yet".to_owned())
}

impl StateStore for SqliteState {
    fn store_inbound(&self, batch: &[Inbound]) -> Result<Vec<Receipt>, StoreError> {
        Err(not_yet(batch))
    }
    fn record_echo(&self, echo: &Inbound) -> Result<bool, StoreError> {
        Err(not_yet(echo))
    }
    fn claim_due(&self, now_ms: i64, _: i64, _: usize) -> Result<Vec<Claim>, StoreError> {
        Err(not_yet(&now_ms))
    }
    fn next_due(&self) -> Result<Option<i64>, StoreError> {
        self.database.read(|_| Err(not_yet(self.database.file())))
    }
    fn commit_turn(&self, turn: &TurnCommit) -> Result<(), StoreError> {
        Err(not_yet(turn))
    }
    fn begin_sends(&self, now_ms: i64, _: usize) -> Result<Vec<OutboxRow>, StoreError> {
        Err(not_yet(&now_ms))
    }
    fn settle_send(&self, id: &str, _: &Settlement, _: i64) -> Result<(), StoreError> {
        Err(not_yet(id))
    }
    fn recover_sends(&self, _: bool, now_ms: i64) -> Result<usize, StoreError> {
        Err(not_yet(&now_ms))
    }
    fn handovers(&self, slug: Option<&str>) -> Result<Vec<HandoverRow>, StoreError> {
        Err(not_yet(&slug))
    }
    fn messages(&self, slug: &str, _: &str) -> Result<Vec<MessageRow>, StoreError> {
        Err(not_yet(slug))
    }
    fn message(&self, id: &str) -> Result<Option<MessageRow>, StoreError> {
        Err(not_yet(id))
    }
    fn usage(&self, slug: Option<&str>) -> Result<Vec<UsageRow>, StoreError> {
        Err(not_yet(&slug))
    }
    fn forget(&self, slug: &str, _: &str) -> Result<usize, StoreError> {
        Err(not_yet(slug))
    }
    fn once(&self, key: &str, _: i64) -> Result<bool, StoreError> {
        Err(not_yet(key))
    }
}
