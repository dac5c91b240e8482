//! Opening a database file: folder, pragmas, schema version, readers.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};

use crate::StoreError;

/// How long a statement waits for another process's write before it gives up.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Statements kept prepared on each connection.
const STATEMENTS: usize = 128;

/// A database of ours: its file and every schema it ever had.
#[derive(Debug)]
pub(super) struct Schema {
    /// File name in the data folder.
    pub(super) file: &'static str,
    /// Forward-only steps; step `n` leads to version `n + 1`.
    pub(super) migrations: &'static [&'static str],
}

/// A migrated database file: hands out connections.
#[derive(Debug)]
pub(super) struct Database {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl Database {
    /// Creates the folder and the file where they are missing, brings the schema up to date and
    /// returns the connection for writing beside the database.
    pub(super) fn open(data_dir: &Path, schema: &Schema) -> Result<(Self, Connection), StoreError> {
        let unavailable = |err: std::io::Error| StoreError::Unavailable(format!("{}: {err}", schema.file));
        fs::create_dir_all(data_dir).map_err(unavailable)?;
        let path = data_dir.join(schema.file);
        create_private(&path).map_err(unavailable)?;
        let mut writer = Connection::open_with_flags(&path, OpenFlags::SQLITE_OPEN_READ_WRITE | NO_MUTEX)?;
        configure(&writer)?;
        enter_wal(&writer)?;
        // FULL: the write-ahead log is synced before a commit returns.
        writer.pragma_update(None, "synchronous", "FULL")?;
        // What is erased is overwritten, not only unlinked.
        writer.pragma_update(None, "secure_delete", "ON")?;
        migrate(&mut writer, schema)?;
        Ok((Self { path, idle: Mutex::default() }, writer))
    }

    /// Runs `read` in one snapshot; as many as there are callers may run at once.
    pub(super) fn read<T>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut reader = match idle {
            Some(reader) => reader,
            None => open_reader(&self.path)?,
        };
        let snapshot = reader.transaction()?;
        let result = read(&snapshot);
        snapshot.finish()?;
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(reader);
        result
    }
}

/// Connections stay on one thread at a time, so SQLite's own mutexes are not needed.
const NO_MUTEX: OpenFlags = OpenFlags::SQLITE_OPEN_NO_MUTEX;

/// A connection that cannot write.
pub(super) fn open_reader(path: &Path) -> Result<Connection, StoreError> {
    let reader = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | NO_MUTEX)?;
    configure(&reader)?;
    Ok(reader)
}

fn configure(connection: &Connection) -> Result<(), StoreError> {
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "foreign_keys", "ON")?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(())
}

/// The files hold customers' words: only their owner may read them. SQLite gives the log beside
/// a database the database's own permissions.
fn create_private(path: &Path) -> std::io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

/// Entering WAL mode needs the file for a moment alone, and SQLite's busy timeout does not cover
/// that step when two processes open a new file at once.
fn enter_wal(connection: &Connection) -> Result<(), StoreError> {
    let deadline = Instant::now() + BUSY_TIMEOUT;
    loop {
        match connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get::<_, String>(0)) {
            Ok(mode) if mode == "wal" => return Ok(()),
            Ok(mode) => {
                return Err(StoreError::Unavailable(format!("journal mode is {mode}, WAL is needed")));
            }
            Err(err)
                if err.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) && Instant::now() < deadline =>
            {
                std::thread::sleep(Duration::from_millis(5));
            }
            Err(err) => return Err(err.into()),
        }
    }
}

/// Runs the steps that are missing, all in one transaction.
fn migrate(connection: &mut Connection, schema: &Schema) -> Result<(), StoreError> {
    let known = u32::try_from(schema.migrations.len()).expect("schemas are written by hand");
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.execute_batch(
        "CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL, applied_at TEXT NOT NULL) STRICT",
    )?;
    let found: u32 =
        transaction
            .query_row("SELECT coalesce(max(version), 0) FROM schema_version", [], |row| row.get(0))?;
    if found > known {
        return Err(StoreError::Unreadable(format!(
            "{} has schema version {found}, this build knows {known}: use a newer tenantry",
            schema.file
        )));
    }
    for (version, sql) in (1..=known).zip(schema.migrations).filter(|(version, _)| *version > found) {
        transaction.execute_batch(sql)?;
        transaction.execute(
            "INSERT INTO schema_version VALUES (?1, strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))",
            [version],
        )?;
    }
    Ok(transaction.commit()?)
}

impl From<rusqlite::Error> for StoreError {
    fn from(err: rusqlite::Error) -> Self {
        // SQLite's messages name tables and columns, never values.
        match err.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Unreadable(err.to_string()),
            _ => Self::Unavailable(err.to_string()),
        }
    }
}
