//! Opening a database file: folder, pragmas, schema version, readers.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};

use crate::StoreError;

/// How long a statement waits for another process's write before it gives up.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Statements kept prepared on each connection.
const STATEMENTS: usize = 128;
/// Readers kept open between calls; more are opened while more callers read at once.
const IDLE: usize = 16;

/// Pages in the write-ahead log before they are copied into the database: 32 MiB. A busy inbox
/// changes the same pages over and over, and every copy costs two syncs that callers wait for.
const CHECKPOINT_PAGES: u32 = 8_192;

/// Pages that the writer remembers, in KiB and negative as SQLite wants it: a batch of a busy inbox
/// fits, and no page of it is written twice. Taken only as needed. Not more, because a commit that has
/// moved pages about walks over all that is remembered.
const CACHE_KIB: i32 = -16_384;

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
        let path = data_dir.join(schema.file);
        let writer = open_writer(data_dir, &path, schema).map_err(|err| match err {
            StoreError::Unavailable(why) => StoreError::Unavailable(format!("{}: {why}", schema.file)),
            other => other,
        })?;
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
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE {
            idle.push(reader);
        }
        result
    }

    /// Moves everything from the write-ahead log into the database and empties the log, so that
    /// what was erased is not found there either. Best effort: readers that are at work keep it.
    pub(super) fn empty_log(&self) -> Result<(), StoreError> {
        let connection =
            Connection::open_with_flags(&self.path, OpenFlags::SQLITE_OPEN_READ_WRITE | NO_MUTEX)?;
        configure(&connection)?;
        Ok(connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?)
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
    // Plans do not depend on what is bound: a kept statement is never parsed again.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(())
}

fn open_writer(data_dir: &Path, path: &Path, schema: &Schema) -> Result<Connection, StoreError> {
    let outside = |err: std::io::Error| StoreError::Unavailable(err.to_string());
    fs::create_dir_all(data_dir).map_err(outside)?;
    let is_new = !path.exists();
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | NO_MUTEX;
    let mut writer = Connection::open_with_flags(path, flags)?;
    if is_new {
        keep_private(path).map_err(outside)?;
    }
    configure(&writer)?;
    enter_wal(&writer)?;
    // FULL: the write-ahead log is synced before a commit returns.
    writer.pragma_update(None, "synchronous", "FULL")?;
    writer.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
    writer.pragma_update(None, "cache_size", CACHE_KIB)?;
    // What a statement may have to undo is kept in memory instead of in a file that is made each time.
    writer.pragma_update(None, "temp_store", "MEMORY")?;
    // What is erased is overwritten, not only unlinked.
    writer.pragma_update(None, "secure_delete", "ON")?;
    migrate(&mut writer, schema)?;
    Ok(writer)
}

/// The files hold customers' words: only their owner may read them. SQLite gives the log beside
/// a database the database's own permissions. By name, because a file of SQLite's must never be
/// opened by anybody else in its process: closing it again would drop the locks of all connections.
fn keep_private(path: &Path) -> std::io::Result<()> {
    #[cfg(unix)]
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    Ok(())
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

/// Runs the steps that are missing, all in one transaction. An up-to-date file is only read, so
/// that opening it does not wait for another process's write.
fn migrate(connection: &mut Connection, schema: &Schema) -> Result<(), StoreError> {
    let known = u32::try_from(schema.migrations.len()).expect("schemas are written by hand");
    if version(connection, schema, known)? == known {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Asked again: another process may have run them meanwhile.
    let found = version(&transaction, schema, known)?;
    if found == 0 {
        transaction.execute_batch(
            "CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL, applied_at TEXT NOT NULL) STRICT",
        )?;
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

/// The version of the file, 0 for a new one; a newer one than `known` is refused.
fn version(connection: &Connection, schema: &Schema, known: u32) -> Result<u32, StoreError> {
    // Not `table_exists`: it answers from what the connection remembers, and another process may
    // have made the table since.
    let exists = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'schema_version')";
    if !connection.query_row(exists, [], |row| row.get(0))? {
        return Ok(0);
    }
    let found: u32 =
        connection.query_row("SELECT coalesce(max(version), 0) FROM schema_version", [], |row| row.get(0))?;
    if found > known {
        return Err(StoreError::Unreadable(format!(
            "{} has schema version {found}, this build knows {known}: use a newer tenantry",
            schema.file
        )));
    }
    Ok(found)
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

#[cfg(test)]
mod tests {
    use super::*;

    const SCHEMA: Schema = Schema {
        file: "things.sqlite",
        migrations: &["CREATE TABLE things (name TEXT)", "ALTER TABLE things ADD COLUMN size INTEGER"],
    };

    fn pragma(connection: &Connection, name: &str) -> String {
        connection
            .pragma_query_value(None, name, |row| {
                Ok(match row.get_ref(0)? {
                    rusqlite::types::ValueRef::Integer(number) => number.to_string(),
                    other => other.as_str()?.to_owned(),
                })
            })
            .unwrap()
    }

    #[test]
    fn the_writer_is_durable_and_strict() {
        let dir = tempfile::tempdir().unwrap();
        let (database, writer) = Database::open(&dir.path().join("new/folder"), &SCHEMA).unwrap();
        let expected = [
            ("journal_mode", "wal"),
            ("synchronous", "2"),
            ("foreign_keys", "1"),
            ("busy_timeout", "5000"),
            ("secure_delete", "1"),
            ("wal_autocheckpoint", "8192"),
        ];
        for (name, value) in expected {
            assert_eq!(pragma(&writer, name), value, "{name}");
        }
        let written =
            database.read(|reader| Ok(reader.execute("INSERT INTO things (name) VALUES ('x')", [])?));
        assert!(matches!(written, Err(StoreError::Unavailable(_))), "a reader cannot write");
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_reads_the_files() {
        use std::os::unix::fs::PermissionsExt;

        let dir = tempfile::tempdir().unwrap();
        let (_database, writer) = Database::open(dir.path(), &SCHEMA).unwrap();
        writer.execute("INSERT INTO things (name) VALUES ('x')", []).unwrap();
        for file in fs::read_dir(dir.path()).unwrap() {
            let file = file.unwrap();
            let mode = file.metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o077, 0, "{:?}", file.file_name());
        }
    }

    #[test]
    fn missing_steps_are_run_and_newer_versions_refused() {
        let dir = tempfile::tempdir().unwrap();
        let old = Schema { file: SCHEMA.file, migrations: &SCHEMA.migrations[..1] };
        let (_, writer) = Database::open(dir.path(), &old).unwrap();
        writer.execute("INSERT INTO things (name) VALUES ('kept')", []).unwrap();
        drop(writer);
        let (_, writer) = Database::open(dir.path(), &SCHEMA).unwrap();
        let (name, size): (String, Option<i64>) = writer
            .query_row("SELECT name, size FROM things", [], |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap();
        assert_eq!((name.as_str(), size), ("kept", None));
        let error = Database::open(dir.path(), &old).unwrap_err().to_string();
        assert!(error.contains("things.sqlite has schema version 2, this build knows 1"), "{error}");
    }

    #[test]
    fn processes_that_open_a_new_file_at_once_all_succeed() {
        for _ in 0..10 {
            let dir = tempfile::tempdir().unwrap();
            std::thread::scope(|scope| {
                for _ in 0..4 {
                    scope.spawn(|| Database::open(dir.path(), &SCHEMA).map(drop).unwrap());
                }
            });
        }
    }

    #[test]
    fn a_file_that_is_no_database_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(SCHEMA.file), "x".repeat(4096)).unwrap();
        assert!(matches!(Database::open(dir.path(), &SCHEMA), Err(StoreError::Unreadable(_))));
    }
}
