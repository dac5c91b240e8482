//! [`ReleaseStore`] on SQLite.

mod audit;
mod face;
mod publish;
mod read;
mod remove;
mod sweep;
mod vectors;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::open::{Database, Schema};
use crate::VectorRow;
use crate::publication::verified;
use crate::{
    AuditRow, HistoryRow, LiveRow, Publication, ReleaseStore, StoreError, StoredHead, StoredRelease, Swept,
};

/// File name in the data folder.
pub(super) const FILE: &str = "releases.sqlite";

const SCHEMA: Schema = Schema {
    file: FILE,
    migrations: &[
        include_str!("../migrations/releases_001.sql"),
        include_str!("../migrations/releases_002.sql"),
        include_str!("../migrations/releases_003.sql"),
    ],
};

/// Releases, live pointers, vectors and the relational face in `releases.sqlite`.
///
/// Several processes may open it at once: readers see the last commit and never wait for a writer.
#[derive(Debug)]
pub struct SqliteReleases {
    database: Database,
    writer: Mutex<Connection>,
}

impl SqliteReleases {
    /// Its file in the data folder: there is nothing published where it is missing.
    pub const FILE: &str = FILE;

    /// Opens `releases.sqlite` in `data_dir`; creates folder, file and tables where they are missing.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] when the file was written by a newer build,
    /// [`StoreError::Unavailable`] when it cannot be opened.
    pub fn open(data_dir: &Path) -> Result<Self, StoreError> {
        let (database, writer) = Database::open(data_dir, &SCHEMA)?;
        Ok(Self { database, writer: Mutex::new(writer) })
    }

    /// One transaction that has the right to write from its start, so that what it reads cannot
    /// change before it commits. An error undoes it.
    fn write<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let transaction = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let result = work(&transaction)?;
        transaction.commit()?;
        Ok(result)
    }
}

impl ReleaseStore for SqliteReleases {
    fn revision(&self) -> Result<u64, StoreError> {
        self.database.read(read::revision)
    }

    fn live(&self) -> Result<BTreeMap<String, LiveRow>, StoreError> {
        self.database.read(read::live)
    }

    fn heads(&self) -> Result<BTreeMap<String, StoredHead>, StoreError> {
        self.database.read(read::heads)
    }

    fn release(&self, slug: &str, release_id: &str) -> Result<Option<StoredRelease>, StoreError> {
        self.database.read(|connection| read::release(connection, slug, release_id))
    }

    fn history(&self, slug: &str) -> Result<Vec<HistoryRow>, StoreError> {
        self.database.read(|connection| read::history(connection, slug))
    }

    fn known_vectors(
        &self,
        encoder: &str,
        digests: &BTreeSet<String>,
    ) -> Result<BTreeSet<String>, StoreError> {
        self.database.read(|connection| vectors::known(connection, encoder, digests))
    }

    fn vectors(
        &self,
        encoder: &str,
        digests: &BTreeSet<String>,
    ) -> Result<BTreeMap<String, Vec<u8>>, StoreError> {
        self.database.read(|connection| vectors::load(connection, encoder, digests))
    }

    fn keep_vectors(&self, vectors: &[VectorRow]) -> Result<(), StoreError> {
        self.write(|transaction| vectors::keep(transaction, vectors)).map(drop)
    }

    fn any_vector(&self, encoder: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.database.read(|connection| vectors::any(connection, encoder))
    }

    fn publish(&self, publication: &Publication) -> Result<(), StoreError> {
        // Decoded before the transaction: other processes wait for it.
        let release = verified(publication)?;
        self.write(|transaction| publish::publish(transaction, publication, &release))
    }

    fn rollback(
        &self,
        slug: &str,
        to: Option<&str>,
        actor: Option<&str>,
        at: &str,
    ) -> Result<String, StoreError> {
        self.write(|transaction| publish::rollback(transaction, slug, to, actor, at))
    }

    fn sweep(&self, taught: &BTreeSet<String>, actor: Option<&str>, at: &str) -> Result<Swept, StoreError> {
        self.write(|transaction| sweep::sweep(transaction, taught, actor, at))
    }

    fn remove(&self, slug: &str, actor: Option<&str>, at: &str) -> Result<BTreeMap<String, u64>, StoreError> {
        self.write(|transaction| remove::remove(transaction, slug, actor, at))
    }

    fn audit(&self, slug: Option<&str>, limit: u32) -> Result<Vec<AuditRow>, StoreError> {
        self.database.read(|connection| audit::read(connection, slug, limit))
    }
}
