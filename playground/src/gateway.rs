//! A pretend ChatFlow: `GET /api/v1/send-text?token&instance_id&jid&msg&msg_id` and its siblings
//! for media, answering as the real one does (HTTP 200 with `success` in the body, also for
//! refusals).
//!
//! A file is fetched from where the call says; one that cannot be fetched is refused.
//!
//! Every call is recorded in order with what came of it. A `msg_id` that was delivered before is
//! answered with success and not delivered again, unless [`Options::idempotent`] is off.

mod call;
mod control;
mod fetch;
mod wire;

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::reply::Response;

pub use call::{Call, Fetched, Kind, Mode, Outcome};

use crate::loopback::Loopback;

/// How this gateway differs from the default one.
#[derive(Clone)]
pub struct Options {
    /// The only token accepted; any non-empty one where absent.
    pub token: Option<String>,
    /// A repeated `msg_id` is not delivered twice.
    pub idempotent: bool,
}

/// The pretend gateway; clones share everything.
#[derive(Clone)]
pub struct Gateway {
    shared: Arc<Shared>,
}

struct Shared {
    options: Options,
    book: Mutex<Book>,
    /// Number of calls so far; readers wait on it.
    count: watch::Sender<u64>,
}

struct Book {
    mode: Mode,
    /// Calls the mode still applies to; `None` = all.
    left: Option<u32>,
    calls: Vec<Call>,
    delivered_ids: HashSet<String>,
}

impl Default for Gateway {
    fn default() -> Self {
        Self::new(Options { token: None, idempotent: true })
    }
}

impl Gateway {
    /// A gateway that has taken nothing yet.
    #[must_use]
    pub fn new(options: Options) -> Self {
        let book = Book { mode: Mode::Ok, left: None, calls: Vec::new(), delivered_ids: HashSet::new() };
        let count = watch::Sender::new(0);
        Self { shared: Arc::new(Shared { options, book: Mutex::new(book), count }) }
    }

    /// `api/v1/send-*` (the gateway) and `control/*` (its remote control, see [`Mode`]); mount it
    /// anywhere. `CHATFLOW_API_URL` is the place it is mounted at plus `/api/v1`.
    #[must_use]
    pub fn routes(&self) -> BoxedFilter<(Response,)> {
        wire::routes(self.clone()).or(control::routes(self.clone())).unify().boxed()
    }

    /// Serves it by itself; `CHATFLOW_API_URL` is the url plus `/api/v1`.
    ///
    /// # Errors
    /// When no port can be bound.
    pub async fn serve(&self) -> std::io::Result<Loopback> {
        Loopback::serve(self.routes()).await
    }

    /// From now on calls end like this: the next `times` ones, or all of them.
    pub fn set_mode(&self, mode: Mode, times: Option<u32>) {
        let mut book = self.book();
        book.mode = mode;
        book.left = times;
    }

    /// Whether a repeated `msg_id` is delivered once.
    #[must_use]
    pub fn is_idempotent(&self) -> bool {
        self.shared.options.idempotent
    }

    /// Every call so far, in order.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        self.book().calls.clone()
    }

    /// The calls that came after the first `seen` ones, in order.
    #[must_use]
    pub fn calls_after(&self, seen: usize) -> Vec<Call> {
        self.book().calls.iter().skip(seen).cloned().collect()
    }

    /// What reached the phone of `jid`, in order.
    #[must_use]
    pub fn delivered_to(&self, jid: &str) -> Vec<Call> {
        self.book().calls.iter().filter(|it| it.jid == jid && it.is_delivered()).cloned().collect()
    }

    /// The first message delivered to `jid` after the call number `after` (0 = from the start);
    /// `None` when none came within `patience`.
    pub async fn wait_for(&self, jid: &str, after: u64, patience: Duration) -> Option<Call> {
        let mut count = self.shared.count.subscribe();
        let found = async {
            loop {
                // Marked as seen before looking, so that a call in between wakes the next round.
                count.borrow_and_update();
                let hit = self.delivered_to(jid).into_iter().find(|it| it.seq > after);
                if hit.is_some() || count.changed().await.is_err() {
                    return hit;
                }
            }
        };
        tokio::time::timeout(patience, found).await.ok().flatten()
    }

    /// A number that changes with every call; for readers that wait for anything new.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.shared.count.subscribe()
    }

    /// Writes a call down and says what comes of it.
    fn take(&self, mut call: Call) -> Outcome {
        let mut book = self.book();
        let repeated = self.shared.options.idempotent
            && call.msg_id.as_ref().is_some_and(|id| book.delivered_ids.contains(id));
        call.outcome = match book.next_mode() {
            Mode::Ok | Mode::AcceptThenDrop if repeated => Outcome::Repeated,
            Mode::Ok | Mode::AcceptThenDrop if call.lacks_its_file() => Outcome::Refused,
            Mode::Ok => Outcome::Delivered,
            Mode::AcceptThenDrop => Outcome::Dropped,
            Mode::Fail { status } => Outcome::Failed { status },
            Mode::Refuse => Outcome::Refused,
            Mode::Hang => Outcome::Hung,
        };
        if call.is_delivered()
            && let Some(id) = &call.msg_id
        {
            book.delivered_ids.insert(id.clone());
        }
        let outcome = call.outcome;
        call.seq = book.calls.len() as u64 + 1;
        self.shared.count.send_replace(call.seq);
        book.calls.push(call);
        outcome
    }

    fn is_known_token(&self, token: &str) -> bool {
        match &self.shared.options.token {
            Some(expected) => expected == token,
            None => !token.is_empty(),
        }
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        // A panic while holding it leaves plain lists behind, which are as good as before.
        self.shared.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Book {
    fn next_mode(&mut self) -> Mode {
        match &mut self.left {
            None => self.mode,
            Some(0) => Mode::Ok,
            Some(left) => {
                *left -= 1;
                self.mode
            }
        }
    }
}
