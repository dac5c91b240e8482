//! A hand: a thread with a runtime and a connection of its own that does one piece of work after the
//! other, and does it again where that is safe.

use std::hash::{BuildHasher, RandomState};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Runtime};

use super::connection::{Connection, Failed, Failure, Target};
use super::queue::Queue;
use super::transaction::{BROAD, LIGHT, READ, Transaction, WRITE};
use crate::StoreError;
use crate::crash;
use crate::sql::Sql;
use crate::state::Ring;
use crate::ticket::{Answer, Ticket, ticket};

/// How often work is run that the server gives up for the sake of another.
const TRIES: u32 = 6;
/// How long after it was asked for work is still begun anew on another connection: a server that is
/// restarted is waited for, one that is gone is told of.
const PATIENCE: Duration = Duration::from_secs(5);
/// The pause before the second try, doubled with each; half of it is left to chance.
const PAUSE: Duration = Duration::from_millis(10);
/// The longest pause.
const PAUSES: Duration = Duration::from_millis(400);

/// How a piece of work is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// One statement.
    Peek,
    /// Over one snapshot, with plans of its own.
    Read,
    /// As a transaction that changes something.
    Write,
    /// As one whose commit does not wait for the disk.
    Light,
    /// As one that may touch much of what there is: with plans of its own.
    Broad,
    /// As one after which something is due.
    Wake,
}

/// A thread's runtime and connection.
pub(super) struct Hand {
    runtime: Runtime,
    target: Arc<Target>,
    connection: Option<Connection>,
}

impl Hand {
    /// Starts a thread that does `work` with a hand.
    pub(super) fn start(
        name: &str,
        target: &Arc<Target>,
        work: impl FnOnce(Self) + Send + 'static,
    ) -> Result<JoinHandle<()>, StoreError> {
        let odd = |err: std::io::Error| StoreError::Unavailable(format!("{name} thread: {err}"));
        let runtime = Builder::new_current_thread().enable_all().build().map_err(odd)?;
        let hand = Self { runtime, target: Arc::clone(target), connection: None };
        std::thread::Builder::new().name(format!("postgres {name}")).spawn(move || work(hand)).map_err(odd)
    }

    /// Runs `work` in a transaction until it is committed or there is no point in trying again.
    pub(super) fn run<T>(
        &mut self,
        mode: Mode,
        since: Instant,
        mut work: impl FnMut(&mut Transaction<'_>) -> Result<T, StoreError>,
    ) -> Result<T, Failed> {
        let (mut tries, mut pause) = (0, PAUSE);
        loop {
            tries += 1;
            let is_kept = self.connection.is_some();
            let failed = match self.attempt(mode, &mut work) {
                Ok(done) => return Ok(done),
                Err(failed) => failed,
            };
            let again = match failed.kind {
                Failure::Again => tries < TRIES,
                // That a kept connection broke does not say that the server is gone.
                Failure::Lost => (tries == 1 && is_kept) || since.elapsed() < PATIENCE,
                Failure::Unknown | Failure::Refused => false,
            };
            if !again {
                return Err(Failed { why: self.target.placed(failed.why), ..failed });
            }
            std::thread::sleep(jittered(pause));
            pause = (pause * 2).min(PAUSES);
        }
    }

    fn attempt<T>(
        &mut self,
        mode: Mode,
        work: &mut impl FnMut(&mut Transaction<'_>) -> Result<T, StoreError>,
    ) -> Result<T, Failed> {
        self.connection.take_if(|it| it.is_closed());
        let connection = match &mut self.connection {
            Some(connection) => connection,
            none => none.insert(Connection::open(&self.runtime, &self.target).map_err(Failed::lost)?),
        };
        let begin = match mode {
            Mode::Peek => None,
            Mode::Read => Some(READ),
            Mode::Write | Mode::Wake => Some(WRITE),
            Mode::Light => Some(LIGHT),
            Mode::Broad => Some(BROAD),
        };
        let mut transaction = Transaction::new(&self.runtime, &self.target, connection, begin);
        let outcome = catch_unwind(AssertUnwindSafe(|| work(&mut transaction)));
        let failure = transaction.failure();
        if let (Ok(Ok(_)), None) = (&outcome, failure) {
            crash::point("before_sync");
            let committed = transaction.commit((mode == Mode::Wake).then_some(Ring::Due));
            if committed.as_ref().is_err_and(|err| matches!(err.kind, Failure::Lost | Failure::Unknown)) {
                self.connection = None;
            }
            committed?;
            crash::point("synced");
        } else if !transaction.roll_back() {
            self.connection = None;
        }
        match outcome {
            Ok(Ok(done)) if failure.is_none() => Ok(done),
            Ok(Ok(_)) => {
                let why = StoreError::Unavailable("a statement of the transaction failed".to_owned());
                Err(Failed { kind: failure.unwrap_or(Failure::Refused), why })
            }
            Ok(Err(why)) => Err(Failed { kind: failure.unwrap_or(Failure::Refused), why }),
            Err(panic) => resume_unwind(panic),
        }
    }
}

/// Half of the pause and a part of the other half.
fn jittered(pause: Duration) -> Duration {
    // A hasher of the standard library is seeded at random.
    let dice = u32::try_from(RandomState::new().hash_one(0) % 1000).unwrap_or(0);
    pause / 2 + pause / 2000 * dice
}

/// A piece of work that waits for a hand.
pub(super) trait Job: Send {
    /// Runs and answers it.
    fn run(self: Box<Self>, hand: &mut Hand);
    /// Answers that too much waits.
    fn refuse(self: Box<Self>);
}

struct Asked<T, W> {
    mode: Mode,
    since: Instant,
    work: W,
    answer: Answer<T>,
}

impl<T, W> Job for Asked<T, W>
where
    T: Send,
    W: Fn(&mut dyn Sql) -> Result<T, StoreError> + Send,
{
    fn run(self: Box<Self>, hand: &mut Hand) {
        let outcome = hand.run(self.mode, self.since, |transaction| (self.work)(transaction));
        self.answer.send(outcome.map_err(|it| it.why));
    }

    fn refuse(self: Box<Self>) {
        self.answer.send(Err(busy()));
    }
}

/// Queues `work` for any hand that takes from there.
pub(super) fn ask<T: Send + 'static>(
    queue: &Queue<Box<dyn Job>>,
    mode: Mode,
    work: impl Fn(&mut dyn Sql) -> Result<T, StoreError> + Send + 'static,
) -> Ticket<T> {
    let (answer, answered) = ticket();
    pass_on(queue, mode, Instant::now(), work, answer);
    answered
}

/// As [`ask`], of what somebody waits for already.
pub(super) fn pass_on<T: Send + 'static>(
    queue: &Queue<Box<dyn Job>>,
    mode: Mode,
    since: Instant,
    work: impl Fn(&mut dyn Sql) -> Result<T, StoreError> + Send + 'static,
    answer: Answer<T>,
) {
    if let Err(refused) = queue.put(Box::new(Asked { mode, since, work, answer })) {
        refused.refuse();
    }
}

/// What is told where too much waits.
pub(super) fn busy() -> StoreError {
    StoreError::Unavailable("too many requests wait".to_owned())
}

/// Does what is queued until the queue is closed.
pub(super) fn serve(mut hand: Hand, queue: &Queue<Box<dyn Job>>) {
    while let Some(jobs) = queue.take(1, |_| 1) {
        for job in jobs {
            // A panic is a bug in one piece of work: its ticket says so, the others go on.
            drop(catch_unwind(AssertUnwindSafe(|| job.run(&mut hand))));
        }
    }
}
