//! Care for a neighbour that may hang or fail: how many calls at once, how often again, and when not
//! to call at all. A call that is not made is an unavailable outcome, and comes at once.

mod breaker;
mod budget;
mod doors;
mod outside;
#[cfg(test)]
mod tests;

use std::future::Future;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep, timeout};

use self::breaker::{Breaker, Change, Fate, Leave};
use self::budget::Budget;
use crate::ports::Clock;
use crate::telemetry::Telemetry;

pub(crate) use doors::{Careful, ill};
pub(crate) use outside::{Outside, Parked};

/// The language model.
pub(crate) const MODEL: &str = "model";
/// What turns voice notes into words.
pub(crate) const TRANSCRIBER: &str = "transcriber";
/// What embeds questions.
pub(crate) const EMBEDDER: &str = "embedder";
/// A Qdrant server; an index of our own needs no care.
pub(crate) const INDEX: &str = "index";

/// A call is made again so often at most.
const MOST_RETRIES: u32 = 2;
/// The pause before the first repeat; twice as long before the next, each ± a half.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// A repeat that would have less time than this is not worth its while.
const SHORTEST_CALL: Duration = Duration::from_millis(250);
/// A call that had less time than this and ran out of it says nothing about its neighbour.
const FAIR: Duration = Duration::from_millis(500);

/// How a call failed, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ill {
    /// It passes by itself: no connection, 408, 409, 429, 5xx.
    Passes,
    /// The same, and not before this long.
    Later(Duration),
    /// It took too long.
    Slow,
    /// It will not do it.
    Refuses,
    /// It answered, though nothing of use: it works.
    Answered,
    /// It does not have, or not for us, what this question names: it works for others.
    Unfit,
}

/// A failure of a neighbour.
pub(crate) trait Failing {
    /// Its kind.
    fn ill(&self) -> Ill;
    /// No answer in time.
    fn slow() -> Self;
    /// Nobody was asked.
    fn not_asked() -> Self;
}

/// The care for one neighbour, shared by everything that calls it.
pub(crate) struct Care {
    what: &'static str,
    clock: Arc<dyn Clock>,
    telemetry: Telemetry,
    breaker: Mutex<Breaker>,
    budget: Mutex<Budget>,
    places: Arc<Semaphore>,
    waiting: AtomicUsize,
    most_waiting: usize,
}

/// A place among the calls under way, and leave to make one.
pub(crate) struct Place<'a> {
    care: &'a Care,
    leave: Option<Leave>,
    permit: Option<OwnedSemaphorePermit>,
}

impl Care {
    /// Care for `what`: `places` calls at once, and a quarter of that waiting for a place.
    pub(crate) fn new(
        what: &'static str,
        places: usize,
        clock: Arc<dyn Clock>,
        telemetry: Telemetry,
    ) -> Arc<Self> {
        let care = Self {
            what,
            clock,
            telemetry,
            breaker: Mutex::default(),
            budget: Mutex::default(),
            places: Arc::new(Semaphore::new(places)),
            waiting: AtomicUsize::new(0),
            most_waiting: places.div_ceil(4),
        };
        care.show();
        Arc::new(care)
    }

    /// What it is the care for.
    pub(crate) fn what(&self) -> &'static str {
        self.what
    }

    /// Whether the neighbour is left alone.
    pub(crate) fn is_open(&self) -> bool {
        lock(&self.breaker).is_open()
    }

    /// Makes a call within `deadline`, again where that helps and there is time; `attempt` gets the
    /// time that is left.
    pub(crate) async fn call<T, E, W>(
        &self,
        deadline: Duration,
        attempt: impl Fn(Duration) -> W + Send,
    ) -> Result<T, E>
    where
        E: Failing,
        W: Future<Output = Result<T, E>> + Send,
    {
        let until = Instant::now() + deadline;
        let mut retries = 0;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let Some(place) = self.enter(left).await else { return Err(E::not_asked()) };
            if retries == 0 {
                lock(&self.budget).earn();
            }
            let left = until.saturating_duration_since(Instant::now());
            // Whoever calls keeps to the deadline; this holds whatever an adapter forgets.
            let outcome = timeout(left, attempt(left)).await.unwrap_or_else(|_| Err(E::slow()));
            let ill = outcome.as_ref().err().map(Failing::ill);
            place.settle(ill, left);
            let Some(pause) = ill.and_then(|it| pause(it, retries)) else { return outcome };
            let late = pause + SHORTEST_CALL > until.saturating_duration_since(Instant::now());
            if retries == MOST_RETRIES || late || !lock(&self.budget).spend() {
                return outcome;
            }
            retries += 1;
            self.telemetry.count("tenantry_retries_total", &[("what", self.what)]);
            sleep(pause).await;
        }
    }

    /// A place within `wait`, unless the neighbour is left alone or too many wait already.
    pub(crate) async fn enter(&self, wait: Duration) -> Option<Place<'_>> {
        if lock(&self.breaker).refuses(self.clock.now_ms()) {
            return self.reject("open");
        }
        let Some(permit) = self.permit(wait).await else { return self.reject("full") };
        // It may have been given up while we waited.
        match lock(&self.breaker).ask(self.clock.now_ms()) {
            Some(leave) => Some(Place { care: self, leave: Some(leave), permit: Some(permit) }),
            None => self.reject("open"),
        }
    }

    async fn permit(&self, wait: Duration) -> Option<OwnedSemaphorePermit> {
        if let Ok(permit) = Arc::clone(&self.places).try_acquire_owned() {
            return Some(permit);
        }
        let queue = Queue(&self.waiting);
        if queue.0.fetch_add(1, Ordering::Relaxed) >= self.most_waiting {
            return None;
        }
        timeout(wait, Arc::clone(&self.places).acquire_owned()).await.ok()?.ok()
    }

    fn reject<T>(&self, why: &'static str) -> Option<T> {
        self.telemetry.count("tenantry_rejected_total", &[("what", self.what), ("why", why)]);
        None
    }

    fn settle(&self, leave: Leave, fate: Fate) {
        let change = lock(&self.breaker).settle(leave, fate, self.clock.now_ms());
        match change {
            Some(Change::Opened(pause_ms)) => {
                tracing::warn!(what = self.what, pause_ms, "it keeps failing and is left alone");
            }
            Some(Change::Closed) => tracing::info!(what = self.what, "it is back"),
            None => return,
        }
        self.show();
    }

    fn show(&self) {
        let open = if self.is_open() { 1.0 } else { 0.0 };
        self.telemetry.gauge("tenantry_breaker_open", &[("what", self.what)], open);
    }
}

impl Place<'_> {
    /// The place itself, for work that goes on when nobody waits for it any more.
    pub(crate) fn permit(&mut self) -> Option<OwnedSemaphorePermit> {
        self.permit.take()
    }

    /// Gives the place back with what the call came to; it had `time`.
    pub(crate) fn settle(mut self, ill: Option<Ill>, time: Duration) {
        let fate = match ill {
            None | Some(Ill::Answered | Ill::Unfit) => Fate::Fine,
            Some(Ill::Slow) if time < FAIR => Fate::Untold,
            Some(Ill::Passes | Ill::Later(_) | Ill::Slow | Ill::Refuses) => Fate::Failed,
        };
        if let Some(leave) = self.leave.take() {
            self.care.settle(leave, fate);
        }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        // The turn was cut short: a probe that nobody ends would keep everybody out.
        if let Some(leave) = self.leave.take() {
            self.care.settle(leave, Fate::Untold);
        }
    }
}

/// A place in the queue; given back however the wait ends.
struct Queue<'a>(&'a AtomicUsize);

impl Drop for Queue<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// How long to wait before the next repeat, where one may help.
fn pause(ill: Ill, retries: u32) -> Option<Duration> {
    // Callers that failed together must not come back together.
    let spread = u32::from(uuid::Uuid::new_v4().as_bytes()[0]);
    let own = FIRST_PAUSE * 2_u32.pow(retries) * (128 + spread) / 256;
    match ill {
        Ill::Passes => Some(own),
        Ill::Later(after) => Some(after.max(own)),
        Ill::Slow | Ill::Refuses | Ill::Answered | Ill::Unfit => None,
    }
}

/// The lock holds plain counters, which no panic leaves half changed.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
