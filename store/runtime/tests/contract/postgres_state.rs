//! What only PostgreSQL promises of conversations: connections that break, notices, many openers.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use runtime::{
    Button, PostgresReleases, PostgresState, PostgresUrl, Press, PressOutcome, Receipt, Ring, StoreError,
    Turnstile, UpdateKey,
};

use crate::desk::{BOT, GROUP, person, shown};
use crate::engines::{Engine, Postgres};
use crate::make::{ANNA, BOLAT, NOON, SLUG, message, store, turn};

const CUT: &str = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                   WHERE application_name = 'tenantry' AND datname = current_database()";

fn url(engine: &Postgres) -> PostgresUrl {
    PostgresUrl::parse(engine.0.url()).unwrap()
}

/// Polls until it is so.
fn until(what: &str, patience: Duration, is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + patience;
    while !is_so() {
        assert!(Instant::now() < deadline, "{what}");
        std::thread::yield_now();
    }
}

#[test]
fn tables_are_made_once_by_many_at_once() {
    let Some(engine) = Postgres::new() else { return };
    assert!(PostgresState::open_made(&url(&engine)).unwrap().is_none(), "nothing has been made");
    std::thread::scope(|scope| {
        for n in 0..6 {
            let url = url(&engine);
            scope.spawn(move || match n % 2 {
                0 => drop(PostgresState::open(&url).unwrap()),
                _ => drop(PostgresReleases::open(&url).unwrap()),
            });
        }
    });
    let made = engine.0.sql("SELECT part, version FROM tenantry_schema ORDER BY part, version");
    assert_eq!(
        made,
        [
            "releases|1",
            "releases|2",
            "state|1",
            "state|2",
            "state|3",
            "state|4",
            "state|5",
            "state|6",
            "state|7",
            "state|8",
            "state|9"
        ]
    );
    let state = PostgresState::open_made(&url(&engine)).unwrap().unwrap();
    assert!(!format!("{state:?}").contains("canary-of-a-password"), "{state:?}");
    engine.0.sql("INSERT INTO tenantry_schema (part, version) VALUES ('state', 99)");
    let error = PostgresState::open(&url(&engine)).unwrap_err();
    assert!(matches!(error, StoreError::Unreadable(ref why) if why.contains("99")), "{error}");
}

#[test]
fn no_acknowledged_message_is_lost_when_connections_break() {
    let Some(engine) = Postgres::new() else { return };
    let (state, stop) = (engine.state(), AtomicBool::new(false));
    let acknowledged: BTreeSet<String> = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..4)
            .map(|writer| {
                let (state, stop) = (&state, &stop);
                scope.spawn(move || {
                    let mut acknowledged = Vec::new();
                    for n in 0.. {
                        if stop.load(Ordering::SeqCst) {
                            break;
                        }
                        let jid = format!("7705{writer:07}@s.whatsapp.net");
                        let id = format!("{writer}-{n}");
                        match state.store_inbound(&[message(&jid, &id, "hello", NOON)]) {
                            Ok(_) => acknowledged.push(id.clone()),
                            Err(StoreError::Unavailable(_)) => {}
                            Err(error) => panic!("{error}"),
                        }
                        for claim in state.claim_due(NOON, 1, &Turnstile::open(1)).unwrap_or_default() {
                            drop(state.commit_turn(&turn(&claim, Some("hi"), &format!("out-{id}"), NOON)));
                        }
                    }
                    acknowledged
                })
            })
            .collect();
        for _ in 0..5 {
            let before = engine.0.sql("SELECT coalesce(max(seq), 0) FROM messages").remove(0);
            let more = format!("SELECT count(*) > 20 FROM messages WHERE seq > {before}");
            until("work goes on", Duration::from_secs(30), || engine.0.sql(&more) == ["t"]);
            engine.0.sql(CUT);
        }
        stop.store(true, Ordering::SeqCst);
        writers.into_iter().flat_map(|it| it.join().unwrap()).collect()
    });
    let begun = Instant::now();
    store(&*state, &message(ANNA, "last", "hello", NOON));
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    let stored = engine.0.sql("SELECT message_id FROM messages WHERE role = 'user'");
    let unique: BTreeSet<String> = stored.iter().cloned().collect();
    assert_eq!(stored.len(), unique.len(), "each once");
    assert!(acknowledged.len() > 50 && acknowledged.is_subset(&unique));
    let counted = engine.0.sql("SELECT messages_in FROM usage").remove(0);
    assert_eq!(counted, stored.len().to_string());
    let twice = "SELECT answer_id FROM messages WHERE answer_id IS NOT NULL AND answer_id NOT IN (SELECT id FROM outbox)";
    assert!(engine.0.sql(twice).is_empty(), "a turn is there as a whole or not at all");
}

#[test]
fn a_server_that_comes_back_is_waited_for() {
    let Some(engine) = Postgres::new() else { return };
    let Some(beside) = Postgres::new() else { return };
    let state = engine.state();
    store(&*state, &message(ANNA, "m1", "hello", NOON));
    let name = engine.0.sql("SELECT current_database()").remove(0);
    // As far as this database goes, the server is gone.
    beside.0.sql(&format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false"));
    let cut = CUT.replace("current_database()", &format!("'{name}'"));
    beside.0.sql(&cut);
    let (asked, answered) = std::sync::mpsc::channel();
    std::thread::scope(|scope| {
        scope.spawn(|| asked.send(state.store_inbound(&[message(ANNA, "m2", "hello", NOON)])).unwrap());
        assert!(answered.recv_timeout(Duration::from_millis(300)).is_err(), "it waits");
        beside.0.sql(&format!("ALTER DATABASE {name} ALLOW_CONNECTIONS true"));
        let receipts = answered.recv_timeout(Duration::from_secs(10)).unwrap().unwrap();
        assert!(matches!(receipts[0], Receipt::Stored { messages_in: 2, .. }));
    });

    beside.0.sql(&format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false"));
    beside.0.sql(&cut);
    let begun = Instant::now();
    let error = state.queues(NOON).unwrap_err();
    assert!(
        matches!(error, StoreError::Unavailable(ref why) if why.contains("PostgreSQL at 127.0.0.1")),
        "{error}"
    );
    assert!(begun.elapsed() < Duration::from_secs(10), "one that stays away is told of");
}

#[test]
fn another_store_hears_of_what_is_due() {
    let Some(engine) = Postgres::new() else { return };
    let (here, there) = (engine.state(), engine.state());
    let rings: [Arc<AtomicUsize>; 2] = Default::default();
    for (state, rings) in [&here, &there].into_iter().zip(&rings) {
        let rings = Arc::clone(rings);
        state.on_wake(Arc::new(move |_| {
            rings.fetch_add(1, Ordering::SeqCst);
        }));
    }
    let rung = |at: usize, times: usize| {
        until("the bell rings", Duration::from_secs(10), || rings[at].load(Ordering::SeqCst) >= times);
    };
    rung(0, 1);
    rung(1, 1);
    store(&*here, &message(ANNA, "m1", "hello", NOON));
    rung(1, 2);
    let claim = there.claim_due(NOON, 60_000, &Turnstile::open(1)).unwrap().remove(0);
    there.commit_turn(&turn(&claim, Some("hi"), "out-1", NOON)).unwrap();
    rung(0, 2);
    assert_eq!(rings[0].load(Ordering::SeqCst), 2, "its own message did not wake it");

    engine.0.sql(CUT);
    // Once for what it may have missed.
    rung(0, 3);
    rung(1, 3);
    store(&*there, &message(ANNA, "m2", "hello", NOON));
    rung(0, 4);
}

#[test]
fn desks_elsewhere_hear_at_once_of_presses_and_echoes() {
    let Some(engine) = Postgres::new() else { return };
    let (here, there) = (engine.desk(), engine.desk());
    let heard: Arc<Mutex<Vec<Ring>>> = Arc::default();
    let ear = Arc::clone(&heard);
    there.on_wake(Arc::new(move |ring| ear.lock().unwrap().push(ring)));
    let marks = AtomicUsize::new(0);
    // What was heard since the last time; notices come in the order of the commits.
    let since = |from: usize| {
        let mark = marks.fetch_add(1, Ordering::SeqCst);
        let before = heard.lock().unwrap().iter().filter(|it| **it == Ring::Due).count();
        store(&*here, &message(BOLAT, &format!("mark-{mark}"), "hello", NOON));
        let due = || heard.lock().unwrap().iter().filter(|it| **it == Ring::Due).count();
        until("the bell rings", Duration::from_secs(10), || due() > before);
        heard.lock().unwrap().get(from..).unwrap().to_vec()
    };
    until("the ear is there", Duration::from_secs(10), || !heard.lock().unwrap().is_empty());
    let (handover_id, _) = shown(&*here);
    until("the desk is told", Duration::from_secs(10), || heard.lock().unwrap().len() > 1);
    since(0);
    let from = since(0).len();
    let press = Press {
        update: UpdateKey { bot_id: BOT, update_id: 1 },
        slugs: vec![SLUG.to_owned()],
        chat_id: GROUP,
        handover_id,
        button: Button::Take,
        who: person(1, "Dina"),
        timers: Vec::new(),
        now_ms: NOON + 1,
    };
    assert!(here.press(&press).unwrap() == PressOutcome::Done);
    assert_eq!(since(from), [Ring::Desk, Ring::Due], "a button");
    let from = since(0).len();
    let echo = message("77010000009@s.whatsapp.net", "phone-1", "come by", NOON + 2);
    assert!(!here.record_echo(&echo).unwrap());
    assert_eq!(since(from), [Ring::Desk, Ring::Due], "a person's word on the phone");
    let from = since(0).len();
    assert!(!here.record_echo(&echo).unwrap());
    assert_eq!(since(from), [Ring::Due], "delivered again it changes nothing");
}

#[test]
fn a_message_that_is_refused_does_not_take_others_with_it() {
    let Some(engine) = Postgres::new() else { return };
    let state = engine.state();
    engine.0.sql(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$;
         CREATE TRIGGER refuse BEFORE INSERT ON messages FOR EACH ROW WHEN (new.text = 'refused')
         EXECUTE FUNCTION refuse()",
    );
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let text = |n| if n % 10 == 5 { "refused" } else { "hello" };
    let storing: Vec<_> =
        (0..40).map(|n| state.take_in(message(ANNA, &format!("m{n}"), text(n), NOON))).collect();
    let stored: Vec<bool> = storing.into_iter().map(|it| runtime.block_on(it).is_ok()).collect();
    assert_eq!(stored.iter().filter(|it| !**it).count(), 4);
    assert!(stored.iter().enumerate().all(|(n, is_ok)| *is_ok == (n % 10 != 5)));
    assert_eq!(state.messages(SLUG, ANNA).unwrap().len(), 36);
    let mut zero = message(ANNA, "with a zero", "one\0two", NOON);
    zero.sender = Some("\0".to_owned());
    store(&*state, &zero);
    assert_eq!(state.message("with a zero").unwrap().unwrap().text, "onetwo");
}
