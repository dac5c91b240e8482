//! The contract on SQLite, and what only SQLite promises.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use runtime::{ReleaseStore, SqliteReleases, SqliteState, StateStore, StoreError};
use rusqlite::Connection;
use tempfile::TempDir;

use crate::make::{self, ANNA, NOON, SLUG, branch, message, publication, release};
use crate::{history, inbox, releases, sends, turns};

macro_rules! on_releases {
    ($($test:ident)*) => {$(
        #[test]
        fn $test() {
            let dir = TempDir::new().unwrap();
            releases::$test(&SqliteReleases::open(dir.path()).unwrap());
        }
    )*};
}

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

on_releases! {
    a_published_release_is_live_and_whole
    publishing_what_stands_writes_nothing
    a_plan_on_another_base_is_refused
    bytes_that_are_not_the_release_are_refused
    a_rollback_flips_and_a_publish_goes_forward
    publishing_the_rolled_back_release_clears_the_mark
    the_last_five_releases_are_kept
    a_vector_that_another_tenant_names_stays
    thousands_of_vectors_are_found_by_digest
    two_tenants_cannot_have_one_id
    of_publishers_at_once_one_wins
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

/// All rows of a query, columns joined by `|`.
fn rows(connection: &Connection, sql: &str) -> Vec<String> {
    let mut statement = connection.prepare(sql).unwrap();
    let columns = statement.column_count();
    let rows = statement.query_map([], |row| {
        let cells: rusqlite::Result<Vec<String>> = (0..columns)
            .map(|at| {
                rusqlite::Result::Ok(match row.get_ref(at)? {
                    rusqlite::types::ValueRef::Null => "-".to_owned(),
                    rusqlite::types::ValueRef::Integer(it) => it.to_string(),
                    rusqlite::types::ValueRef::Real(it) => it.to_string(),
                    other => other.as_str()?.to_owned(),
                })
            })
            .collect();
        Ok(cells?.join("|"))
    });
    rows.unwrap().collect::<Result<_, rusqlite::Error>>().unwrap()
}

#[test]
fn the_relational_face_is_plain_sql() {
    let dir = TempDir::new().unwrap();
    let store = SqliteReleases::open(dir.path()).unwrap();
    store.publish(&publication(&release(SLUG, "one", &[]), None, "2025-01-15T12:00:00Z")).unwrap();
    let sql = plain(dir.path(), "releases.sqlite");
    assert_eq!(
        rows(&sql, "SELECT slug, name, billing FROM companies"),
        [r#"wheel_house|Wheel House LLP|{"bin":"000000000000"}"#]
    );
    assert_eq!(
        rows(
            &sql,
            "SELECT name, slug, status, config ->> 'plan', config ->> 'company', config ->> '$.secrets.webhook_secret',
                    created_at FROM clients"
        ),
        ["Spokes & Chains|spokes|active|starter|wheel_house|env:SPOKES_WEBHOOK_SECRET|2025-01-15T12:00:00Z"]
    );
    assert_eq!(
        rows(
            &sql,
            "SELECT telegram_chat_id, owner_telegram_id, reminder_timeout_1, reminder_timeout_2, enable_reminders,
                    enable_owner_escalation, mute_duration_first_minutes, mute_duration_second_hours,
                    branch_resolution_mode, manager_scope, telegram_bot_token, webhook_secret, chatflow_token
             FROM client_settings JOIN clients ON clients.id = client_id WHERE slug = 'spokes'"
        ),
        ["-|@owner, 42|30|60|1|1|30|24|hybrid|branch|file:secrets/telegram|env:SPOKES_WEBHOOK_SECRET|-"]
    );
    assert_eq!(
        rows(
            &sql,
            "SELECT b.slug, b.name, instance_id, phone, telegram_chat_id, knowledge_tag, is_active
             FROM branches b JOIN clients ON clients.id = client_id ORDER BY b.slug"
        ),
        ["hill|by the hill|env:SPOKES_HILL|-|-|hill|1", "river|by the river|env:SPOKES_RIVER|-|-|river|1"]
    );
    assert_eq!(
        rows(&sql, "SELECT p.name, text, model, temperature, is_active, p.created_at FROM prompts p"),
        ["system|Say one.|small|0.3|1|2025-01-15T12:00:00Z"]
    );
    assert_eq!(
        rows(&sql, "SELECT slug, rolled_back FROM live JOIN releases USING (slug, release_id)"),
        ["spokes|0"]
    );
}

#[test]
fn the_relational_face_follows_the_live_release() {
    let dir = TempDir::new().unwrap();
    let store = SqliteReleases::open(dir.path()).unwrap();
    let first = publication(&release(SLUG, "one", &[]), None, "t1");
    store.publish(&first).unwrap();
    let mut moved = release(SLUG, "two", &[]);
    moved.branches = vec![branch(moved.client.id, "river"), branch(moved.client.id, "lake")];
    moved.client.status = format::Status::Suspended;
    let second = publication(&moved, Some(&first.release_id), "t2");
    store.publish(&second).unwrap();

    let sql = plain(dir.path(), "releases.sqlite");
    let branches = "SELECT slug, is_active, instance_id FROM branches ORDER BY slug";
    let prompts = "SELECT text, is_active, created_at FROM prompts ORDER BY created_at";
    assert_eq!(rows(&sql, branches), ["hill|0|-", "lake|1|env:SPOKES_LAKE", "river|1|env:SPOKES_RIVER"]);
    assert_eq!(rows(&sql, prompts), ["Say one.|0|t1", "Say two.|1|t2"]);
    assert_eq!(rows(&sql, "SELECT status, created_at FROM clients"), ["suspended|t1"]);

    store.rollback(SLUG, None, "t3").unwrap();
    assert_eq!(rows(&sql, branches), ["hill|1|env:SPOKES_HILL", "lake|0|-", "river|1|env:SPOKES_RIVER"]);
    assert_eq!(rows(&sql, prompts), ["Say one.|1|t1", "Say two.|0|t2"], "no row for going back");
    assert_eq!(rows(&sql, "SELECT status FROM clients"), ["active"]);

    let mut renamed = release(SLUG, "one", &[]);
    renamed.client.id = uuid::Uuid::from_u128(7);
    renamed.branches = vec![branch(renamed.client.id, "river")];
    store.publish(&publication(&renamed, Some(&first.release_id), "t4")).unwrap();
    let joined = "SELECT count(*) FROM client_settings s JOIN clients c ON c.id = s.client_id
                  JOIN branches b ON b.client_id = c.id JOIN prompts p ON p.client_id = c.id";
    assert_eq!(rows(&sql, joined), ["6"], "an id of its own is followed by every table");
    assert!(rows(&sql, "PRAGMA foreign_key_check").is_empty());
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
fn a_reader_sees_the_old_or_the_new_never_a_mix() {
    let dir = TempDir::new().unwrap();
    let writer = SqliteReleases::open(dir.path()).unwrap();
    let reader = SqliteReleases::open(dir.path()).unwrap();
    let sql = plain(dir.path(), "releases.sqlite");
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut base = None;
            for n in 0..30 {
                let word = format!("w{n}");
                let next = publication(&release(SLUG, &word, &[&word]), base.as_deref(), "t");
                writer.publish(&next).unwrap();
                base = Some(next.release_id);
            }
            done.store(true, Ordering::Release);
        });
        let mut revision = 0;
        while !done.load(Ordering::Acquire) {
            let now = reader.revision().unwrap();
            assert!(now >= revision);
            revision = now;
            // One statement is one snapshot: the active prompt is the live release's.
            let mix = "SELECT count(*) FROM live JOIN releases r USING (slug, release_id) JOIN prompts p
                       WHERE p.is_active AND instr(CAST(r.bytes AS TEXT), p.text) = 0";
            assert_eq!(rows(&sql, mix), ["0"]);
        }
    });
    assert_eq!(reader.revision().unwrap(), 30);
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
    assert!(state.begin_sends(NOON + 3, 10).unwrap().is_empty());
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
        (0..100).map(|n| state.store_inbound_async(message(ANNA, &format!("m{n}"), "hello", NOON))).collect();
    for ticket in tickets {
        ticket.wait().unwrap();
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
    state.forget(SLUG, ANNA).unwrap();
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
