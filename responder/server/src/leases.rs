//! What this process holds: claims of turns and rows that are being sent. Leases are short, so that
//! another replica soon has what a dead one held; those of work that takes longer are moved on together.
//! Whoever was stopped for longer than a lease finds out here, before it speaks to anybody.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use runtime::{Claim, Held, OutboxRow};

use crate::engine::Engine;
use crate::ports::Clock;

/// How long a claim or a send is its process's, unless that says that it is still at it.
const LEASE: Duration = Duration::from_secs(8);
/// How often that is said, …
const TICK: Duration = Duration::from_secs(1);
/// … of what has less than this left.
const SOON: Duration = Duration::from_secs(6);
/// Whoever has less than this left speaks to nobody any more.
const MARGIN: Duration = Duration::from_secs(2);
/// No turn is held longer than this: it ends within its deadline and a few tries of its commit.
const LONGEST_TURN: Duration = Duration::from_secs(45);

/// When a lease ends, by the clock that stores go by and by the one that nobody sets.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Term {
    pub(crate) until_ms: i64,
    until: Duration,
}

impl Term {
    /// A lease that begins now.
    pub(crate) fn from_now(clock: &dyn Clock) -> Self {
        Self::lasting(LEASE, clock)
    }

    /// A lease that begins now and is moved on by nobody.
    pub(crate) fn lasting(lease: Duration, clock: &dyn Clock) -> Self {
        let lease_ms = i64::try_from(lease.as_millis()).unwrap_or(i64::MAX);
        Self { until_ms: clock.now_ms().saturating_add(lease_ms), until: clock.elapsed() + lease }
    }

    /// Whether nobody else may find it ended in the next moment.
    pub(crate) fn holds(&self, clock: &dyn Clock) -> bool {
        self.has(MARGIN, clock)
    }

    fn has(&self, left: Duration, clock: &dyn Clock) -> bool {
        let left_ms = i64::try_from(left.as_millis()).unwrap_or(i64::MAX);
        clock.elapsed() + left < self.until && clock.now_ms().saturating_add(left_ms) < self.until_ms
    }
}

/// How long a lease is, milliseconds.
pub(crate) fn lease_ms() -> i64 {
    i64::try_from(LEASE.as_millis()).unwrap_or(i64::MAX)
}

/// A conversation and its fencing token, or an outbox row and the attempt at it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Work {
    Turn(String, i64),
    Send(String, u32),
}

struct Entry {
    term: Term,
    /// It is not moved on beyond this.
    most: Duration,
    is_lost: bool,
}

/// All that is held.
pub(crate) struct Leases {
    clock: Arc<dyn Clock>,
    held: Mutex<BTreeMap<Work, Entry>>,
}

impl Leases {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Arc<Self> {
        Arc::new(Self { clock, held: Mutex::default() })
    }

    /// Holds a turn whose claim ends then.
    pub(crate) fn turn(self: &Arc<Self>, claim: &Claim, term: Term) -> Lease {
        self.hold(Work::Turn(claim.conversation_id.clone(), claim.lease), term, LONGEST_TURN)
    }

    /// Holds a send whose lease ends then, for as long as it may take.
    pub(crate) fn send(self: &Arc<Self>, row: &OutboxRow, term: Term, longest: Duration) -> Lease {
        self.hold(Work::Send(row.id.clone(), row.attempts), term, longest)
    }

    fn hold(self: &Arc<Self>, work: Work, term: Term, longest: Duration) -> Lease {
        let entry = Entry { term, most: self.clock.elapsed() + longest, is_lost: false };
        lock(&self.held).insert(work.clone(), entry);
        Lease { leases: Arc::clone(self), work }
    }

    /// What is to be moved on now.
    fn ending(&self) -> Held {
        let mut ending = Held::default();
        let now = self.clock.elapsed();
        for (work, entry) in lock(&self.held).iter() {
            if entry.is_lost || entry.most < now || entry.term.has(SOON, self.clock.as_ref()) {
                continue;
            }
            match work {
                Work::Turn(id, lease) => ending.turns.push((id.clone(), *lease)),
                Work::Send(id, attempt) => ending.sends.push((id.clone(), *attempt)),
            }
        }
        ending
    }

    /// These were moved on to `term`, but for those that are gone.
    fn renewed(&self, asked: Held, gone: &Held, term: Term) {
        let turns = asked.turns.into_iter().map(|it| (gone.turns.contains(&it), Work::Turn(it.0, it.1)));
        let sends = asked.sends.into_iter().map(|it| (gone.sends.contains(&it), Work::Send(it.0, it.1)));
        let mut held = lock(&self.held);
        for (is_gone, work) in turns.chain(sends) {
            if let Some(entry) = held.get_mut(&work) {
                entry.is_lost = is_gone;
                entry.term = term;
            }
        }
    }
}

/// Something held, until it is dropped.
pub(crate) struct Lease {
    leases: Arc<Leases>,
    work: Work,
}

impl Lease {
    /// Whether nobody else has found it lost, nor may do so in the next moment.
    pub(crate) fn holds(&self) -> bool {
        let held = lock(&self.leases.held);
        held.get(&self.work).is_some_and(|it| !it.is_lost && it.term.holds(self.leases.clock.as_ref()))
    }

    /// Whether somebody else has it.
    pub(crate) fn is_lost(&self) -> bool {
        lock(&self.leases.held).get(&self.work).is_some_and(|it| it.is_lost)
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        lock(&self.leases.held).remove(&self.work);
    }
}

/// The lock holds plain rows, which no panic leaves half changed.
fn lock(held: &Mutex<BTreeMap<Work, Entry>>) -> MutexGuard<'_, BTreeMap<Work, Entry>> {
    held.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Moves leases on, also of what ends while the responder stops; ends when it is aborted.
pub(crate) async fn run(engine: Arc<Engine>) {
    loop {
        engine.clock.sleep(TICK).await;
        let ending = engine.leases.ending();
        if ending.is_empty() {
            continue;
        }
        let term = Term::from_now(engine.clock.as_ref());
        let asked = ending.clone();
        match engine.with_state(move |state| state.renew(&asked, term.until_ms)).await {
            Ok(gone) => {
                let turns = gone.turns.iter().map(|it| ("turn", &it.0));
                for (what, id) in turns.chain(gone.sends.iter().map(|it| ("send", &it.0))) {
                    tracing::warn!(what, id, "its lease has passed to somebody else");
                    engine.telemetry.count("tenantry_leases_lost_total", &[("what", what)]);
                }
                engine.leases.renewed(ending, &gone, term);
            }
            Err(error) => engine.store_failed("renew", &error),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    /// A clock that goes when it is told to; the wall's may be set besides.
    #[derive(Default)]
    struct Hand {
        elapsed_ms: AtomicU64,
        set_ms: AtomicU64,
    }

    impl Clock for Hand {
        fn now_ms(&self) -> i64 {
            i64::try_from(self.elapsed_ms.load(Ordering::SeqCst) + self.set_ms.load(Ordering::SeqCst))
                .unwrap()
        }
        fn elapsed(&self) -> Duration {
            Duration::from_millis(self.elapsed_ms.load(Ordering::SeqCst))
        }
    }

    fn row() -> OutboxRow {
        OutboxRow {
            id: "out-1".to_owned(),
            conversation_id: String::new(),
            slug: String::new(),
            instance_id: String::new(),
            jid: String::new(),
            text: String::new(),
            attempts: 1,
            created_at_ms: 0,
            received_at_ms: 0,
            request_id: String::new(),
            author: runtime::Author::Bot,
            media: None,
            file: None,
            origin: None,
            branch: None,
            slot_ms: None,
        }
    }

    fn held() -> (Arc<Hand>, Arc<Leases>, Lease) {
        let clock = Arc::new(Hand::default());
        let leases = Leases::new(Arc::clone(&clock) as Arc<dyn Clock>);
        let term = Term::from_now(clock.as_ref());
        let lease = leases.send(&row(), term, Duration::from_secs(30));
        (clock, leases, lease)
    }

    #[test]
    fn whoever_wakes_late_holds_nothing_whatever_the_wall_clock_says() {
        for wall_ms in [0, 3_600_000] {
            let (clock, _leases, lease) = held();
            assert!(lease.holds());
            clock.elapsed_ms.store(if wall_ms == 0 { 6_000 } else { 0 }, Ordering::SeqCst);
            clock.set_ms.store(wall_ms, Ordering::SeqCst);
            assert!(!lease.holds(), "{wall_ms}");
        }
    }

    #[test]
    fn what_takes_longer_is_moved_on_and_what_takes_too_long_is_not() {
        let (clock, leases, lease) = held();
        assert!(leases.ending().is_empty(), "it has just begun");
        clock.elapsed_ms.store(3_000, Ordering::SeqCst);
        let ending = leases.ending();
        assert_eq!(ending.sends, [("out-1".to_owned(), 1)]);
        leases.renewed(ending, &Held::default(), Term::from_now(clock.as_ref()));
        assert!(leases.ending().is_empty());
        clock.elapsed_ms.store(8_000, Ordering::SeqCst);
        assert!(lease.holds());
        clock.elapsed_ms.store(31_000, Ordering::SeqCst);
        assert!(leases.ending().is_empty(), "nothing takes that long");
        drop(lease);
        assert!(lock(&leases.held).is_empty());
    }

    #[test]
    fn what_somebody_else_has_is_lost_for_good() {
        let (clock, leases, lease) = held();
        clock.elapsed_ms.store(3_000, Ordering::SeqCst);
        let ending = leases.ending();
        leases.renewed(ending.clone(), &ending, Term::from_now(clock.as_ref()));
        assert!(lease.is_lost() && !lease.holds());
        assert!(leases.ending().is_empty());
    }
}
