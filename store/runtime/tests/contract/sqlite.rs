//! The contract on SQLite, and what only SQLite promises.

use std::path::Path;

use runtime::{ReleaseStore, SqliteReleases, SqliteState, StateStore, StoreError, Turnstile};
use rusqlite::Connection;
use tempfile::TempDir;

use crate::engines::rows;
use crate::make::{self, ANNA, NOON, SLUG, message, publication, release};
use crate::{history, inbox, sends, turns};

macro_rules! on_state {
    ($($suite:ident: $($test:ident)*;)*) => {$($(
        #[test]
        fn $test() {
            let dir = TempDir::new().unwrap();
            $suite::$test(&SqliteState::open(dir.path()).unwrap());
        }
    )*)*};
}

macro_rules! on_reopened_state {
    ($($test:ident)*) => {$(
        #[test]
        fn $test() {
            let dir = TempDir::new().unwrap();
            sends::$test(&|| Box::new(SqliteState::open(dir.path()).unwrap()));
        }
    )*};
}

on_state! {
    inbox:
        a_message_is_stored_once
        a_batch_may_repeat_itself
        the_same_id_from_ten_callers_is_stored_once
        an_id_is_one_tenants_and_one_numbers
        usage_counts_by_month
        a_message_is_found_by_either_id
        a_forgotten_customer_leaves_nothing
        once_is_once;
    turns:
        a_burst_is_claimed_when_it_is_due
        a_burst_is_in_the_senders_order
        the_longest_waiting_are_claimed_first
        never_due_is_never_answered
        a_turn_writes_everything_at_once
        a_silent_turn_leaves_its_trace
        a_lost_lease_cannot_commit
        an_expired_lease_that_nobody_took_commits
        a_newer_message_makes_the_turn_start_over
        a_take_during_a_turn_voids_it
        a_forgotten_conversation_cannot_commit
        a_request_is_open_once_and_grows
        a_cancelled_request_is_closed
        requests_are_listed_newest_first;
    sends:
        replies_leave_in_order_one_at_a_time
        another_conversation_is_not_held_up
        a_send_is_settled_once
        what_will_not_go_out_is_handed_over
        a_take_cancels_what_has_not_begun
        a_take_makes_the_open_request_active
        an_echo_of_ours_is_known_by_id
        an_echo_of_ours_is_known_by_its_text
        what_has_not_left_has_no_echo
        a_persons_echo_takes_over_once
        an_echo_clears_what_was_unknown;
}

on_reopened_state! {
    a_crash_while_sending_is_sent_again
    a_crash_while_sending_is_shown_to_a_person
    a_crash_before_the_reply_is_answered_once
}

#[test]
fn invariants_hold_in_many_histories() {
    for seed in 1..=8 {
        let dir = TempDir::new().unwrap();
        history::invariants_hold(&SqliteState::open(dir.path()).unwrap(), seed);
    }
}

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
fn usage_names_the_client_of_the_releases() {
    let dir = TempDir::new().unwrap();
    let state = SqliteState::open(dir.path()).unwrap();
    make::store(&state, &message(ANNA, "m1", "hello", NOON));
    let sql = plain(dir.path(), "state.sqlite");
    assert_eq!(rows(&sql, "SELECT client_id, month, messages_in FROM usage"), ["spokes|2025-01|1"]);

    let release = release(SLUG, "one", &[]);
    SqliteReleases::open(dir.path()).unwrap().publish(&publication(&release, None, "t1")).unwrap();
    make::store(&state, &message(ANNA, "m2", "hello", NOON));
    let expected = format!("{}|2025-01|2", release.client.id);
    assert_eq!(rows(&sql, "SELECT client_id, month, messages_in FROM usage"), [expected]);
}

#[test]
fn a_take_outlives_giving_the_conversation_back() {
    let dir = TempDir::new().unwrap();
    let state = SqliteState::open(dir.path()).unwrap();
    let claim = make::claimed(&state, "m1", NOON);
    state.commit_turn(&make::turn(&claim, Some("7 000."), "out-1", NOON)).unwrap();
    let in_work = make::claimed(&state, "m2", NOON + 1);
    state.record_echo(&message(ANNA, "phone-1", "it is me", NOON + 2)).unwrap();
    let sql = plain(dir.path(), "state.sqlite");
    assert_eq!(rows(&sql, "SELECT state, epoch, due_at_ms FROM conversations"), ["manager_active|1|-"]);
    assert_eq!(rows(&sql, "SELECT status FROM outbox"), ["cancelled"]);
    assert_eq!(rows(&sql, "SELECT settled FROM messages WHERE role = 'user'"), ["turn", "person"]);

    // As «Вернуть боту» will do.
    sql.execute("UPDATE conversations SET state = 'bot_active'", []).unwrap();
    assert!(state.begin_sends(NOON + 3, 60_000, &Turnstile::open(10)).unwrap().is_empty());
    let late = state.commit_turn(&make::turn(&in_work, Some("late"), "out-2", NOON + 3));
    assert!(matches!(late, Err(StoreError::Stale)));
    let next = make::claimed(&state, "m3", NOON + 4);
    assert_eq!((next.epoch, next.burst.len()), (1, 1), "what the person answered is not answered again");
}

#[test]
fn users_carry_phone_and_name() {
    let dir = TempDir::new().unwrap();
    let state = SqliteState::open(dir.path()).unwrap();
    let hidden = message("120363@lid", "m1", "hello", NOON);
    let mut renamed = message(ANNA, "m2", "hello", NOON);
    renamed.sender = Some("Anna".to_owned());
    let mut nameless = message(ANNA, "m3", "hello", NOON);
    nameless.sender = None;
    state.store_inbound(&[hidden, message(ANNA, "m1", "hello", NOON), renamed, nameless]).unwrap();
    let sql = plain(dir.path(), "state.sqlite");
    assert_eq!(
        rows(&sql, "SELECT phone, name FROM users ORDER BY created_at_ms, rowid"),
        ["-|A customer", "77010000001|Anna"]
    );
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
    assert_eq!(rows(&sql, "SELECT version FROM schema_version ORDER BY version"), ["1", "2"]);
    assert!(rows(&sql, "PRAGMA foreign_key_check").is_empty());
}
