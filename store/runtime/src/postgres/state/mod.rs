//! What runs the state store's SQL in PostgreSQL, for any number of replicas at once.
//!
//! Work is done by hands: threads with a connection each. One takes in what customers write, a few
//! do the rest, a few read. No transaction is open while anything but the database is waited for.

mod connection;
mod ear;
mod finish;
mod hand;
mod inbox;
mod queue;
mod text;
mod transaction;
mod turns;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Instant;

use self::connection::Target;
use self::ear::Ear;
use self::finish::{Finish, What};
use self::hand::{Hand, Job, Mode, ask, busy};
use self::inbox::Arrival;
use self::queue::Queue;
use super::line::Line;
use super::migrate::Schema;
use super::url::PostgresUrl;
use crate::sql::Sql;
use crate::state::{Bell, Engine, Lane, Sent, State, Verdict};
use crate::ticket::ticket;
use crate::{Inbound, OutboxRow, Receipt, StoreError, Ticket, TurnCommit};

const SCHEMA: Schema = Schema {
    part: "state",
    migrations: &[
        include_str!("../migrations/state_001.sql"),
        include_str!("../migrations/state_002.sql"),
        include_str!("../migrations/state_003.sql"),
        include_str!("../migrations/state_004.sql"),
        include_str!("../migrations/state_005.sql"),
        include_str!("../migrations/state_006.sql"),
        include_str!("../migrations/state_007.sql"),
        include_str!("../migrations/state_008.sql"),
        include_str!("../migrations/state_009.sql"),
    ],
    functions: &[include_str!("../functions/take_messages_in.sql"), include_str!("../functions/turns.sql")],
};

/// Hands that commit what turns have decided and what the gateway has taken.
const FINISHERS: usize = 2;
/// Hands that do all other writing. Each is a connection; they wait for the disk at the same time.
const WRITERS: usize = 4;
/// Hands that read.
const READERS: usize = 2;

/// Hands with a connection each: one for the inbox, two for the ends of turns and sends, four that write
/// whatever else there is, two that read, and an ear where somebody listens. They connect when they are first needed and again when a connection breaks.
pub struct PostgresEngine {
    target: Arc<Target>,
    arrivals: Arc<Queue<Arrival>>,
    finishes: Arc<Queue<Finish>>,
    writes: Arc<Queue<Box<dyn Job>>>,
    reads: Arc<Queue<Box<dyn Job>>>,
    hands: Vec<JoinHandle<()>>,
    ear: Mutex<Option<Ear>>,
}

/// Conversations, queues and counters in a PostgreSQL database.
///
/// Any number of processes may open it at once and work on the same conversations: what one has
/// claimed no other gets, until its lease runs out.
pub type PostgresState = State<PostgresEngine>;

impl PostgresState {
    /// Connects, and makes the tables where they are missing.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] when the tables are of a newer build, [`StoreError::Unavailable`]
    /// when the server cannot be reached or refuses.
    pub fn open(url: &PostgresUrl) -> Result<Self, StoreError> {
        Line::open(url)?.migrate(&SCHEMA)?;
        Ok(Self { engine: PostgresEngine::start(url)? })
    }

    /// Connects where the tables have been made; writes nothing where they have not.
    ///
    /// # Errors
    /// Those of [`Self::open`].
    pub fn open_made(url: &PostgresUrl) -> Result<Option<Self>, StoreError> {
        let line = Line::open(url)?;
        if !line.is_made(&SCHEMA)? {
            return Ok(None);
        }
        line.migrate(&SCHEMA)?;
        Ok(Some(Self { engine: PostgresEngine::start(url)? }))
    }
}

impl PostgresEngine {
    fn start(url: &PostgresUrl) -> Result<Self, StoreError> {
        let mut engine = Self {
            target: Arc::new(Target::of(url)?),
            arrivals: Arc::new(Queue::new()),
            finishes: Arc::new(Queue::new()),
            writes: Arc::new(Queue::new()),
            reads: Arc::new(Queue::new()),
            hands: Vec::new(),
            ear: Mutex::new(None),
        };
        let arrivals = Arc::clone(&engine.arrivals);
        engine.hands.push(Hand::start("inbox", &engine.target, move |hand| inbox::serve(hand, &arrivals))?);
        for _ in 0..FINISHERS {
            let (finishes, writes) = (Arc::clone(&engine.finishes), Arc::clone(&engine.writes));
            engine.hands.push(Hand::start("finisher", &engine.target, move |hand| {
                finish::serve(hand, &finishes, &writes)
            })?);
        }
        for (name, queue, count) in [("writer", &engine.writes, WRITERS), ("reader", &engine.reads, READERS)]
        {
            for _ in 0..count {
                let queue = Arc::clone(queue);
                engine.hands.push(Hand::start(name, &engine.target, move |hand| hand::serve(hand, &queue))?);
            }
        }
        Ok(engine)
    }

    fn finish<T>(&self, what: What, answered: Ticket<T>) -> Ticket<T> {
        match self.finishes.put(Finish { since: Instant::now(), what }) {
            Ok(()) => answered,
            Err(_) => Ticket::ready(Err(busy())),
        }
    }
}

impl Drop for PostgresEngine {
    fn drop(&mut self) {
        self.arrivals.close();
        self.finishes.close();
        self.writes.close();
        self.reads.close();
        for hand in self.hands.drain(..) {
            // A panic of the thread has been reported where it happened.
            drop(hand.join());
        }
    }
}

impl fmt::Debug for PostgresEngine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PostgresEngine({})", self.target.url)
    }
}

impl Engine for PostgresEngine {
    fn write<T: Send + 'static>(
        &self,
        lane: Lane,
        work: impl Fn(&mut dyn Sql) -> Result<T, StoreError> + Send + 'static,
    ) -> Ticket<T> {
        let mode = match lane {
            Lane::Plain => Mode::Write,
            Lane::Light => Mode::Light,
            Lane::Broad => Mode::Broad,
            Lane::Wakes => Mode::Wake,
        };
        ask(&self.writes, mode, work)
    }

    fn take_in(&self, messages: Vec<Inbound>) -> Ticket<Vec<Receipt>> {
        if messages.is_empty() {
            return Ticket::ready(Ok(Vec::new()));
        }
        let (answer, answered) = ticket();
        match self.arrivals.put(Arrival { messages, since: Instant::now(), answer }) {
            Ok(()) => answered,
            Err(_) => Ticket::ready(Err(busy())),
        }
    }

    fn commit(&self, turn: TurnCommit) -> Ticket<Verdict<Option<OutboxRow>>> {
        let (answer, answered) = ticket();
        self.finish(What::Turn(Box::new(turn), answer), answered)
    }

    fn sent(&self, sent: Sent) -> Ticket<()> {
        let (answer, answered) = ticket();
        self.finish(What::Sent(sent, answer), answered)
    }

    fn read<T: Send + 'static>(
        &self,
        work: impl Fn(&mut dyn Sql) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        ask(&self.reads, Mode::Read, work).wait()
    }

    fn peek<T: Send + 'static>(
        &self,
        work: impl Fn(&mut dyn Sql) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        ask(&self.reads, Mode::Peek, work).wait()
    }

    fn is_alone(&self) -> bool {
        false
    }

    /// The server overwrites what was erased in its own time: `VACUUM`, and the end of its log.
    fn scrub(&self) -> Result<(), StoreError> {
        Ok(())
    }

    fn on_wake(&self, bell: Bell) {
        let mut ear = self.ear.lock().unwrap_or_else(PoisonError::into_inner);
        *ear = None;
        // Without an ear replicas find what is due when they next look at the clock.
        *ear = Ear::open(Arc::clone(&self.target), bell).ok();
    }
}
