//! What only SQLite promises.

use std::path::Path;

use runtime::{DeskStore as _, ReleaseStore, SqliteReleases, SqliteState, StateStore, StoreError};
use rusqlite::Connection;
use tempfile::TempDir;

use crate::engines::rows;
use crate::make::{self, ANNA, NOON, SLUG, message, publication, release};

fn plain(dir: &Path, file: &str) -> Connection {
    Connection::open(dir.join(file)).unwrap()
}

#[test]
fn a_reader_opens_and_reads_while_another_process_writes() {
    let dir = TempDir::new().unwrap();
    let store = SqliteReleases::open(dir.path()).unwrap();
    let one = publication(&release(SLUG, "one", &["one"]), None, "t1");
    store.publish(&one).unwrap();
    let other = plain(dir.path(), "releases.sqlite");
    other.execute_batch("BEGIN IMMEDIATE; UPDATE revision SET number = 1000").unwrap();

    let begun = std::time::Instant::now();
    let reader = SqliteReleases::open(dir.path()).unwrap();
    assert_eq!(reader.live().unwrap()[SLUG].release_id, one.release_id);
    assert_eq!(reader.revision().unwrap(), 1);
    assert!(begun.elapsed().as_secs() < 4, "it did not wait for the writer");
    other.execute_batch("COMMIT").unwrap();
    assert_eq!(reader.revision().unwrap(), 1000);
}

#[test]
fn an_acknowledged_message_is_in_the_file() {
    let dir = TempDir::new().unwrap();
    let state = SqliteState::open(dir.path()).unwrap();
    let tickets: Vec<_> =
        (0..100).map(|n| state.take_in(message(ANNA, &format!("m{n}"), "hello", NOON))).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    for ticket in tickets {
        runtime.block_on(ticket).unwrap();
    }
    // The store is still open: another process must see the rows all the same.
    let sql = plain(dir.path(), "state.sqlite");
    assert_eq!(rows(&sql, "SELECT count(*) FROM messages"), ["100"]);
    assert_eq!(rows(&sql, "PRAGMA integrity_check"), ["ok"]);
    assert!(rows(&sql, "PRAGMA foreign_key_check").is_empty());
}

#[test]
fn erased_words_are_overwritten() {
    let dir = TempDir::new().unwrap();
    let state = SqliteState::open(dir.path()).unwrap();
    make::store(&state, &message(ANNA, "m1", "a very private sentence", NOON));
    let log = dir.path().join("state.sqlite-wal");
    assert!(log.metadata().unwrap().len() > 0);
    state.forget(SLUG, ANNA, "").unwrap();
    assert_eq!(log.metadata().unwrap().len(), 0, "nor are they in the log");
    drop(state);
    for file in std::fs::read_dir(dir.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains("a very private") && !text.contains("77010000001"));
    }
}

#[test]
fn files_of_a_newer_build_are_refused_by_name() {
    let dir = TempDir::new().unwrap();
    drop(SqliteReleases::open(dir.path()).unwrap());
    drop(SqliteState::open(dir.path()).unwrap());
    for file in ["releases.sqlite", "state.sqlite"] {
        plain(dir.path(), file).execute("INSERT INTO schema_version VALUES (99, 't')", []).unwrap();
    }
    let errors = [SqliteReleases::open(dir.path()).unwrap_err(), SqliteState::open(dir.path()).unwrap_err()];
    for (error, file) in errors.iter().zip(["releases.sqlite", "state.sqlite"]) {
        assert!(matches!(error, StoreError::Unreadable(why) if why.contains(file) && why.contains("99")));
    }
}

/// What version 1 wrote: its tables, filled with the rows of today's that it had.
fn file_of_version_1(dir: &Path, from: &Path) {
    let old = plain(dir, "releases.sqlite");
    old.pragma_update(None, "journal_mode", "WAL").unwrap();
    old.execute_batch(include_str!("../../src/sqlite/migrations/releases_001.sql")).unwrap();
    old.execute_batch(
        "CREATE TABLE schema_version (version INTEGER NOT NULL, applied_at TEXT NOT NULL) STRICT;
         INSERT INTO schema_version VALUES (1, '2025-01-15T12:00:00Z');
         DELETE FROM revision",
    )
    .unwrap();
    old.execute("ATTACH ?1 AS filled", [from.join("releases.sqlite").to_str().unwrap()]).unwrap();
    let tables = [
        "revision",
        "releases",
        "live",
        "vectors",
        "release_passages",
        "companies",
        "clients",
        "client_settings",
        "branches",
        "prompts",
    ];
    for table in tables {
        old.execute(&format!("INSERT INTO main.{table} SELECT * FROM filled.{table}"), []).unwrap();
    }
}

#[test]
fn a_file_of_version_1_is_brought_up_to_date_with_its_data() {
    let (today, dir) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let filled = SqliteReleases::open(today.path()).unwrap();
    let one = publication(&release(SLUG, "one", &["one"]), None, "t1");
    filled.publish(&one).unwrap();
    let two = publication(&release(SLUG, "two", &["two"]), Some(&one.release_id), "t2");
    filled.publish(&two).unwrap();
    file_of_version_1(dir.path(), today.path());

    let store = SqliteReleases::open(dir.path()).unwrap();
    assert_eq!(store.live().unwrap()[SLUG].release_id, two.release_id);
    assert_eq!(store.release(SLUG, &one.release_id).unwrap().unwrap().bytes, one.bytes);
    assert_eq!(store.history(SLUG).unwrap(), filled.history(SLUG).unwrap());
    assert_eq!(store.revision().unwrap(), 2);
    assert!(store.audit(None, 10).unwrap().is_empty(), "nobody wrote it down then");
    assert_eq!(store.rollback(SLUG, None, Some("A Keeper"), "t3").unwrap(), one.release_id);
    assert_eq!(store.audit(None, 10).unwrap().len(), 1);
    let sql = plain(dir.path(), "releases.sqlite");
    assert_eq!(rows(&sql, "SELECT version FROM schema_version ORDER BY version"), ["1", "2", "3"]);
    assert!(rows(&sql, "PRAGMA foreign_key_check").is_empty());
}

#[test]
fn requests_of_before_teach_nothing() {
    let dir = TempDir::new().unwrap();
    let old = plain(dir.path(), SqliteState::FILE);
    old.pragma_update(None, "journal_mode", "WAL").unwrap();
    old.pragma_update(None, "foreign_keys", false).unwrap();
    for sql in [
        include_str!("../../src/sqlite/migrations/state_001.sql"),
        include_str!("../../src/sqlite/migrations/state_002.sql"),
        include_str!("../../src/sqlite/migrations/state_003.sql"),
        include_str!("../../src/sqlite/migrations/state_004.sql"),
        "CREATE TABLE schema_version (version INTEGER NOT NULL, applied_at TEXT NOT NULL) STRICT;
         INSERT INTO schema_version VALUES (1, 't'), (2, 't'), (3, 't'), (4, 't');
         INSERT INTO handovers (id, client_slug, conversation_id, reason, summary, status, created_at_ms)
         VALUES ('h1', 'wheel', 'c1', 'unknown', '', 'resolved', 1),
                ('h2', 'wheel', 'c2', 'unknown', '', 'pending', 2)",
    ] {
        old.execute_batch(sql).unwrap();
    }
    let state = SqliteState::open(dir.path()).unwrap();
    assert!(state.unconsidered("", 10).unwrap().is_empty());
    old.execute("UPDATE handovers SET status = 'resolved' WHERE id = 'h2'", []).unwrap();
    let now: Vec<String> = state.unconsidered("", 10).unwrap().into_iter().map(|it| it.handover_id).collect();
    assert_eq!(now, ["h2"], "what is resolved from now on is considered");
}
