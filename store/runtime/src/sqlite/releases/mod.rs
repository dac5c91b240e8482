//! [`ReleaseStore`] on SQLite.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Mutex;

use rusqlite::Connection;

use super::open::{Database, Schema};
use crate::{HistoryRow, LiveRow, Publication, ReleaseStore, StoreError, StoredRelease};

const SCHEMA: Schema =
    Schema { file: "releases.sqlite", migrations: &[include_str!("../migrations/releases_001.sql")] };

/// Releases, live pointers, vectors and the relational face in `releases.sqlite`.
///
/// Several processes may open it at once: readers see the last commit and never wait.
#[derive(Debug)]
pub struct SqliteReleases {
    database: Database,
    writer: Mutex<Connection>,
}

impl SqliteReleases {
    /// Opens `releases.sqlite` in `data_dir`; creates folder, file and tables where they are missing.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] when the file was written by a newer build,
    /// [`StoreError::Unavailable`] when it cannot be opened.
    pub fn open(data_dir: &Path) -> Result<Self, StoreError> {
        let (database, writer) = Database::open(data_dir, &SCHEMA)?;
        Ok(Self { database, writer: Mutex::new(writer) })
    }
}

fn not_yet<T>() -> Result<T, StoreError> {
    Err(StoreError::Unavailable("not written yet".to_owned()))
}

impl ReleaseStore for SqliteReleases {
    fn revision(&self) -> Result<u64, StoreError> {
        not_yet()
    }
    fn live(&self) -> Result<BTreeMap<String, LiveRow>, StoreError> {
        not_yet()
    }
    fn release(&self, _: &str, _: &str) -> Result<Option<StoredRelease>, StoreError> {
        self.database.read(|_| not_yet())
    }
    fn history(&self, _: &str) -> Result<Vec<HistoryRow>, StoreError> {
        not_yet()
    }
    fn known_vectors(&self, _: &str, _: &BTreeSet<String>) -> Result<BTreeSet<String>, StoreError> {
        not_yet()
    }
    fn vectors(&self, _: &str, _: &BTreeSet<String>) -> Result<BTreeMap<String, Vec<u8>>, StoreError> {
        not_yet()
    }
    fn publish(&self, _: &Publication) -> Result<(), StoreError> {
        drop(self.writer.lock());
        not_yet()
    }
    fn rollback(&self, _: &str, _: Option<&str>, _: &str) -> Result<String, StoreError> {
        not_yet()
    }
}
