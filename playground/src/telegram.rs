//! A pretend Telegram: the Bot API over real HTTP, and the people on the other side of it.
//!
//! Several bots, groups with topics and rights, private chats, files, webhooks and `getUpdates`, in
//! the real wire format and with the real refusals: limits (429), markup that cannot be read, rights
//! that are missing, topics that are gone. [`Fault`]s make it worse on purpose. The clock runs with the
//! real one and can be moved on ([`Telegram::advance`]), so that a minute's limit takes no minute.
//!
//! The Bot API answers below the place it is mounted at: that is `TELEGRAM_API_URL`.

mod act;
mod api;
mod args;
mod control;
mod fault;
mod hook;
pub mod html;
mod limits;
mod look;
mod shape;
mod wire;
mod world;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tokio::sync::watch;
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::reply::Response;

pub use act::{NewFile, Nobody, Post, Where};
pub use fault::{Fault, Rule};
pub use limits::Limit;
pub use world::{Account, Answered, Button, Call, File, Message, Pressed, Standing, Topic};

use crate::loopback::Loopback;
use world::World;

/// How this Telegram differs from the real one.
#[derive(Debug, Clone)]
pub struct Options {
    /// Messages of one bot to one group.
    pub per_group: Limit,
    /// Calls of one bot that change anything.
    pub per_bot: Limit,
    /// A webhook that did not take an update gets it again after this, real time.
    pub redeliver_after: Duration,
    /// A webhook has this long to answer, real time.
    pub webhook_patience: Duration,
}

impl Default for Options {
    /// Telegram's limits, and less patience than it has.
    fn default() -> Self {
        Self {
            per_group: Limit { most: 20, window: Duration::from_secs(60) },
            per_bot: Limit { most: 30, window: Duration::from_secs(1) },
            redeliver_after: Duration::from_millis(200),
            webhook_patience: Duration::from_secs(10),
        }
    }
}

/// The pretend Telegram; clones share everything.
#[derive(Clone)]
pub struct Telegram {
    shared: Arc<Shared>,
}

struct Shared {
    options: Options,
    world: Mutex<World>,
    /// Changes with everything that happens; readers wait on it.
    changes: watch::Sender<u64>,
    started: Instant,
    /// Unix milliseconds at the start.
    epoch_ms: u64,
    /// What the clock was moved on by.
    ahead_ms: AtomicU64,
}

impl Default for Telegram {
    fn default() -> Self {
        Self::new(Options::default())
    }
}

impl Telegram {
    /// A Telegram in which nobody has written yet.
    #[must_use]
    pub fn new(options: Options) -> Self {
        let epoch_ms = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |it| it.as_millis() as u64);
        let (world, changes) = (Mutex::new(World::default()), watch::Sender::new(0));
        let (started, ahead_ms) = (Instant::now(), AtomicU64::new(0));
        Self { shared: Arc::new(Shared { options, world, changes, started, epoch_ms, ahead_ms }) }
    }

    /// `bot<token>/<method>`, `file/bot<token>/<path>` and `control/*` (its remote control). Webhooks
    /// are posted to from now on; must be called within a tokio runtime.
    #[must_use]
    pub fn routes(&self) -> BoxedFilter<(Response,)> {
        // Fails only when the process has chosen one already, which is as good.
        drop(rustls::crypto::ring::default_provider().install_default());
        let http = reqwest::Client::builder().no_proxy().build();
        let http = http.expect("a client with a TLS provider and no certificates of its own can be built");
        // Ends by itself with the last clone.
        drop(tokio::spawn(hook::run(Arc::downgrade(&self.shared), http)));
        control::routes(self.clone()).or(wire::routes(self.clone())).unify().boxed()
    }

    /// Serves it by itself.
    ///
    /// # Errors
    /// When no port can be bound.
    pub async fn serve(&self) -> std::io::Result<Loopback> {
        Loopback::serve(self.routes()).await
    }

    /// Unix milliseconds of its clock.
    #[must_use]
    pub fn now_ms(&self) -> u64 {
        self.shared.epoch_ms + self.started_ms() + self.shared.ahead_ms.load(Ordering::Relaxed)
    }

    /// Moves its clock on: limits and buttons age by so much.
    pub fn advance(&self, time: Duration) {
        let time_ms = u64::try_from(time.as_millis()).unwrap_or(0);
        self.shared.ahead_ms.fetch_add(time_ms, Ordering::Relaxed);
        self.changed();
    }

    /// A number that changes with everything that happens.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.shared.changes.subscribe()
    }

    /// Real milliseconds since it began.
    fn started_ms(&self) -> u64 {
        u64::try_from(self.shared.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn changed(&self) {
        self.shared.changes.send_modify(|it| *it += 1);
    }

    fn world(&self) -> MutexGuard<'_, World> {
        // A panic while holding it leaves plain lists behind, which are as good as before.
        self.shared.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
