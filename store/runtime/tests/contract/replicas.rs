//! Several stores on one database, as replicas have them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use runtime::{OutboxRow, Settlement, StateStore, StoreError, Turnstile};

use crate::engines::Engine;
use crate::make::{self, ANNA, NOON, SLUG, message, turn};

const REPLICAS: usize = 4;
const PATIENCE: Duration = Duration::from_secs(120);
const LEASE: i64 = 3_600_000;

/// What all replicas did.
#[derive(Default)]
struct Deeds {
    claims: BTreeSet<(String, i64)>,
    /// Answered message ids of each committed turn, by conversation.
    answered: BTreeMap<String, Vec<BTreeSet<String>>>,
    /// Replies in the order in which they left, by jid.
    sent: BTreeMap<String, Vec<String>>,
}

struct Race {
    now_ms: AtomicI64,
    deeds: Mutex<Deeds>,
    wanted: usize,
    deadline: Instant,
}

impl Race {
    fn of(wanted: usize) -> Self {
        let deadline = Instant::now() + PATIENCE;
        Self { now_ms: AtomicI64::new(NOON), deeds: Mutex::default(), wanted, deadline }
    }

    fn now(&self) -> i64 {
        self.now_ms.fetch_add(1, Ordering::SeqCst)
    }

    fn deeds(&self) -> MutexGuard<'_, Deeds> {
        self.deeds.lock().unwrap()
    }

    fn is_over(&self) -> bool {
        let deeds = self.deeds();
        let answered: usize = deeds.answered.values().flatten().map(BTreeSet::len).sum();
        let replies: usize = deeds.answered.values().map(Vec::len).sum();
        let sent: usize = deeds.sent.values().map(Vec::len).sum();
        assert!(
            Instant::now() < self.deadline,
            "{answered} of {} answered, {sent} of {replies} sent",
            self.wanted
        );
        answered >= self.wanted && sent == replies
    }

    /// Works as a replica does until everything is answered.
    fn work(&self, replica: usize, state: &dyn StateStore) {
        let mut turns = 0;
        while !self.is_over() {
            for claim in state.claim_due(self.now(), LEASE, &Turnstile::open(3)).unwrap() {
                let first = self.deeds().claims.insert((claim.conversation_id.clone(), claim.lease));
                assert!(first, "nobody else has this claim");
                turns += 1;
                let outbox_id = format!("out-{replica}-{turns}");
                let mut turn = turn(&claim, Some(&outbox_id), &outbox_id, self.now());
                turn.send_until_ms = (turns % 2 == 0).then(|| self.now() + LEASE);
                match state.commit_turn(&turn) {
                    Ok(begun) => {
                        if let Some(row) = begun {
                            self.send(state, row);
                        }
                        let ids = claim.burst.into_iter().map(|it| it.message_id).collect();
                        self.deeds().answered.entry(claim.conversation_id).or_default().push(ids);
                    }
                    Err(StoreError::Stale) => {}
                    Err(error) => panic!("{error}"),
                }
            }
            for row in state.begin_sends(self.now(), LEASE, &Turnstile::open(3)).unwrap() {
                self.send(state, row);
            }
        }
    }

    fn send(&self, state: &dyn StateStore, row: OutboxRow) {
        self.deeds().sent.entry(row.jid).or_default().push(row.id.clone());
        state.settle_send(&row.id, row.attempts, &Settlement::Sent, self.now()).unwrap();
    }

    fn check(&self, state: &dyn StateStore) {
        let deeds = self.deeds();
        for turns in deeds.answered.values() {
            let all: BTreeSet<&String> = turns.iter().flatten().collect();
            assert_eq!(all.len(), turns.iter().map(BTreeSet::len).sum::<usize>(), "one reply for a burst");
        }
        for (jid, sent) in &deeds.sent {
            let messages = state.messages(SLUG, jid).unwrap();
            let said: Vec<String> =
                messages.into_iter().filter(|it| it.role == "assistant").map(|it| it.id).collect();
            assert_eq!(&said, sent, "each left once, in the order in which they were decided");
        }
        assert_eq!(state.queues(i64::MAX - 1).unwrap(), runtime::Queues::default());
        let counted = state.usage(Some(SLUG)).unwrap()[0].messages_in;
        assert_eq!(counted, self.wanted as u64);
    }
}

/// Runs a race of replicas beside `write`.
fn race(engine: &dyn Engine, race: &Race, write: impl FnOnce(&dyn StateStore) + Send) {
    let states: Vec<_> = (0..REPLICAS).map(|_| engine.state()).collect();
    let writer = engine.state();
    std::thread::scope(|scope| {
        scope.spawn(|| write(&*writer));
        for (replica, state) in states.iter().enumerate() {
            scope.spawn(move || race.work(replica, &**state));
        }
    });
    race.check(&*writer);
}

pub(crate) fn replicas_share_many_conversations(engine: &dyn Engine) {
    const CUSTOMERS: usize = 25;
    let all = Race::of(CUSTOMERS * 3);
    race(engine, &all, |state| {
        for round in 0..3 {
            for n in 0..CUSTOMERS {
                let jid = format!("7704{n:07}@s.whatsapp.net");
                make::store(state, &message(&jid, &format!("{n}-{round}"), "hello", all.now()));
            }
        }
    });
}

pub(crate) fn replicas_race_for_one_conversation(engine: &dyn Engine) {
    let all = Race::of(40);
    race(engine, &all, |state| {
        for n in 0..40 {
            make::store(state, &message(ANNA, &format!("m{n}"), "hello", all.now()));
        }
    });
}

pub(crate) fn the_same_messages_delivered_to_all_replicas_are_stored_once(engine: &dyn Engine) {
    let states: Vec<_> = (0..REPLICAS).map(|_| engine.state()).collect();
    let stored: usize = std::thread::scope(|scope| {
        let replicas: Vec<_> = states
            .iter()
            .map(|state| {
                scope.spawn(move || {
                    let mut stored = 0;
                    for n in 0..60 {
                        let jid = format!("7704{:07}@s.whatsapp.net", n % 7);
                        let receipt = make::store(&**state, &message(&jid, &format!("m{n}"), "hello", NOON));
                        stored += usize::from(matches!(receipt, runtime::Receipt::Stored { .. }));
                    }
                    stored
                })
            })
            .collect();
        replicas.into_iter().map(|it| it.join().unwrap()).sum()
    });
    assert_eq!(stored, 60);
    assert_eq!(states[0].usage(None).unwrap()[0].messages_in, 60);
    assert_eq!(engine.state_rows("SELECT count(*) FROM conversations"), ["7"]);
    assert_eq!(engine.state_rows("SELECT count(*) FROM messages"), ["60"]);
}

pub(crate) fn a_frozen_replica_is_fenced(engine: &dyn Engine) {
    let (frozen, other) = (engine.state(), engine.state());
    let claim = make::claimed(&*frozen, "m1", NOON);
    assert!(other.claim_due(NOON + 59_999, 60_000, &Turnstile::open(10)).unwrap().is_empty());
    let again = other.claim_due(NOON + 60_000, 60_000, &Turnstile::open(10)).unwrap().remove(0);
    other.commit_turn(&turn(&again, Some("7 000."), "out-1", NOON + 60_001)).unwrap();
    let row = other.begin_sends(NOON + 60_002, 60_000, &Turnstile::open(10)).unwrap().remove(0);
    let late = frozen.commit_turn(&turn(&claim, Some("7 000."), "out-2", NOON + 60_003));
    assert!(matches!(late, Err(StoreError::Stale)));

    // And the one that sends is frozen in turn.
    assert_eq!(frozen.recover_sends(true, false, NOON + 120_001).unwrap(), 0, "its lease still runs");
    assert_eq!(frozen.recover_sends(true, false, NOON + 120_002).unwrap(), 1);
    let taken_up = frozen.begin_sends(NOON + 120_003, 60_000, &Turnstile::open(10)).unwrap().remove(0);
    assert_eq!((taken_up.id.as_str(), taken_up.attempts), (row.id.as_str(), 2));
    let late = Settlement::Retry { at_ms: NOON + 130_000, error: "http 503".to_owned() };
    assert!(matches!(other.settle_send(&row.id, 1, &late, NOON + 120_004), Err(StoreError::Stale)));
    other.settle_send(&row.id, 1, &Settlement::Sent, NOON + 120_005).unwrap();
    frozen.settle_send(&row.id, 2, &Settlement::Sent, NOON + 120_006).unwrap();
    assert_eq!(engine.state_rows("SELECT status, attempts FROM outbox"), ["sent|2"]);
}

pub(crate) fn a_replica_that_starts_leaves_the_others_at_work(engine: &dyn Engine) {
    let state = engine.state();
    make::sending(&*state, "m1", "7 000.", NOON);
    assert_eq!(engine.state().recover_sends(true, false, NOON + 100).unwrap(), 0, "the lease runs");
    let later = engine.taken_up(NOON);
    assert_eq!(engine.state().recover_sends(true, true, later).unwrap(), 1);
    assert_eq!(engine.state_rows("SELECT status, error FROM outbox"), ["pending|interrupted"]);
}
