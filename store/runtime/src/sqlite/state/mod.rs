//! [`StateStore`] on SQLite.

mod clients;
mod echo;
mod forget;
mod handover;
mod inbox;
mod outbox;
mod read;
mod ticket;
mod turn;
mod writer;

use std::path::Path;
use std::sync::Arc;

pub use ticket::Ticket;

use self::clients::ClientIds;
use self::writer::Writer;
use super::open::{Database, Schema};
use super::releases;
use crate::{
    Claim, HandoverRow, Inbound, MessageRow, OutboxRow, Receipt, Settlement, StateStore, StoreError, Storing,
    TurnCommit, UsageRow,
};

const SCHEMA: Schema =
    Schema { file: "state.sqlite", migrations: &[include_str!("../migrations/state_001.sql")] };

/// Conversations, queues and counters in `state.sqlite`.
///
/// One thread writes; what callers ask for at the same time is committed together with one sync.
/// Share it in an `Arc`; dropping the last one waits for what was queued. One process serves from
/// the file; others may read it, and write through a `SqliteState` of their own.
#[derive(Debug)]
pub struct SqliteState {
    writer: Writer,
    database: Database,
    clients: Arc<ClientIds>,
}

impl SqliteState {
    /// Its file in the data folder: nobody has written yet where it is missing.
    pub const FILE: &str = SCHEMA.file;

    /// Opens `state.sqlite` in `data_dir`; creates folder, file and tables where they are missing.
    /// Ids of tenants for the usage table are looked up in the `releases.sqlite` beside it.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] when the file was written by a newer build,
    /// [`StoreError::Unavailable`] when it cannot be opened.
    pub fn open(data_dir: &Path) -> Result<Self, StoreError> {
        let (database, connection) = Database::open(data_dir, &SCHEMA)?;
        Ok(Self {
            writer: Writer::start(connection, SCHEMA.file)?,
            database,
            clients: Arc::new(ClientIds::of(data_dir.join(releases::FILE))),
        })
    }

    /// Queues one message; the ticket, awaited or waited for, resolves once it is durable. What
    /// arrives while the disk is busy shares the next sync.
    pub fn store_inbound_async(&self, message: Inbound) -> Ticket<Receipt> {
        let clients = Arc::clone(&self.clients);
        self.writer.submit(move |connection| inbox::store(connection, &clients, &message))
    }
}

impl StateStore for SqliteState {
    fn store_inbound(&self, batch: &[Inbound]) -> Result<Vec<Receipt>, StoreError> {
        let (batch, clients) = (batch.to_vec(), Arc::clone(&self.clients));
        self.writer
            .submit(move |connection| batch.iter().map(|it| inbox::store(connection, &clients, it)).collect())
            .wait()
    }

    fn take_in(&self, message: Inbound) -> Storing {
        Box::pin(self.store_inbound_async(message))
    }

    fn record_echo(&self, echo: &Inbound) -> Result<bool, StoreError> {
        let echo = echo.clone();
        self.writer.submit(move |connection| echo::record(connection, &echo)).wait()
    }

    fn claim_due(&self, now_ms: i64, lease_ms: i64, limit: usize) -> Result<Vec<Claim>, StoreError> {
        self.writer.submit(move |connection| turn::claim(connection, now_ms, lease_ms, limit)).wait()
    }

    fn next_due(&self) -> Result<Option<i64>, StoreError> {
        self.database.read(read::next_due)
    }

    fn commit_turn(&self, turn: &TurnCommit) -> Result<(), StoreError> {
        let turn = turn.clone();
        match self.writer.submit(move |connection| turn::commit(connection, &turn)).wait()? {
            turn::Verdict::Committed => Ok(()),
            turn::Verdict::Stale => Err(StoreError::Stale),
        }
    }

    fn begin_sends(&self, now_ms: i64, limit: usize) -> Result<Vec<OutboxRow>, StoreError> {
        self.writer.submit(move |connection| outbox::begin(connection, now_ms, limit)).wait()
    }

    fn settle_send(&self, id: &str, settlement: &Settlement, now_ms: i64) -> Result<(), StoreError> {
        let (id, settlement) = (id.to_owned(), settlement.clone());
        self.writer.submit(move |connection| outbox::settle(connection, &id, &settlement, now_ms)).wait()
    }

    fn recover_sends(&self, idempotent: bool, now_ms: i64) -> Result<usize, StoreError> {
        self.writer
            .submit(move |connection| {
                turn::release_leases(connection)?;
                outbox::recover(connection, idempotent, now_ms)
            })
            .wait()
    }

    fn handovers(&self, slug: Option<&str>) -> Result<Vec<HandoverRow>, StoreError> {
        self.database.read(|connection| read::handovers(connection, slug))
    }

    fn messages(&self, slug: &str, jid: &str) -> Result<Vec<MessageRow>, StoreError> {
        self.database.read(|connection| read::messages(connection, slug, jid))
    }

    fn message(&self, id: &str) -> Result<Option<MessageRow>, StoreError> {
        self.database.read(|connection| read::message(connection, id))
    }

    fn usage(&self, slug: Option<&str>) -> Result<Vec<UsageRow>, StoreError> {
        self.database.read(|connection| read::usage(connection, slug))
    }

    fn forget(&self, slug: &str, jid: &str) -> Result<usize, StoreError> {
        let (slug, jid) = (slug.to_owned(), jid.to_owned());
        let erased =
            self.writer.submit(move |connection| forget::customer(connection, &slug, &jid)).wait()?;
        self.database.empty_log()?;
        Ok(erased)
    }

    fn once(&self, key: &str, now_ms: i64) -> Result<bool, StoreError> {
        let key = key.to_owned();
        self.writer
            .submit(move |connection| {
                let told = connection
                    .prepare_cached("INSERT INTO told (key, at_ms) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?
                    .execute((key, now_ms))?;
                Ok(told == 1)
            })
            .wait()
    }
}
