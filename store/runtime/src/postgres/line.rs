//! The line to the server: one thread with a runtime and a pool of connections of its own.
//!
//! Callers hand a piece of work over and wait for its answer, so a call works from any thread: no
//! runtime of the caller's is entered, and none is needed.

use std::sync::mpsc::sync_channel;
use std::thread::JoinHandle;
use std::time::Duration;

use deadpool_postgres::{Hook, HookError, Manager, ManagerConfig, Object, Pool, RecyclingMethod, Runtime};
use tokio::runtime::Builder;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::{LocalSet, spawn_local};

use super::url::PostgresUrl;
use super::{migrate, tls};
use crate::StoreError;

/// Connections to the server at most.
const CONNECTIONS: usize = 8;
/// How long a caller waits for a free connection.
const WAIT: Duration = Duration::from_secs(10);
/// How long a new connection may take with TLS and password, unless the URL says otherwise.
const CREATE: Duration = Duration::from_secs(10);
/// How long a kept connection may take to show that it is alive.
const RECYCLE: Duration = Duration::from_secs(5);
/// How long one piece of work may take in all. Longer than each of its parts, so that the part is
/// named that took too long.
const WORK: Duration = Duration::from_secs(60);
/// The same limits as the server keeps them: it must not go on with what nobody waits for.
const LIMITS: &str = "SET statement_timeout = '30s'; SET lock_timeout = '10s';
                      SET idle_in_transaction_session_timeout = '60s'";

type Job = Box<dyn FnOnce(&Pool) + Send>;

/// A line to one database.
pub(super) struct Line {
    url: PostgresUrl,
    /// Taken when the line is closed.
    jobs: Option<UnboundedSender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Line {
    /// Starts the thread; connects with the first work.
    pub(super) fn open(url: &PostgresUrl) -> Result<Self, StoreError> {
        let pool = pool(url)?;
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|err| StoreError::Unavailable(err.to_string()))?;
        let (jobs, asked) = unbounded_channel();
        let thread = std::thread::Builder::new()
            .name("postgres".to_owned())
            .spawn(move || LocalSet::new().block_on(&runtime, answer(pool, asked)))
            .map_err(|err| StoreError::Unavailable(err.to_string()))?;
        Ok(Self { url: url.clone(), jobs: Some(jobs), thread: Some(thread) })
    }

    /// Brings the schema up to date.
    pub(super) fn migrate(&self, schema: &'static migrate::Schema) -> Result<(), StoreError> {
        self.call(async move |mut client| migrate::migrate(&mut client, schema).await)
    }

    /// Whether the schema has been made, in whatever version.
    pub(super) fn is_made(&self, schema: &'static migrate::Schema) -> Result<bool, StoreError> {
        self.call(async move |client| Ok(migrate::version(&client, schema).await? > 0))
    }

    /// Runs `work` on a connection of its own and waits for it.
    ///
    /// # Errors
    /// Those of `work`, with the server's address; [`StoreError::Unavailable`] when the server cannot
    /// be reached or the deadline passed.
    pub(super) fn call<T, W>(&self, work: W) -> Result<T, StoreError>
    where
        T: Send + 'static,
        W: AsyncFnOnce(Object) -> Result<T, StoreError> + Send + 'static,
    {
        let (tell, told) = sync_channel(1);
        let job: Job = Box::new(move |pool| {
            let pool = pool.clone();
            spawn_local(async move {
                let done = async { work(pool.get().await?).await };
                let late = || Err(StoreError::Unavailable(format!("no answer in {} s", WORK.as_secs())));
                let outcome = tokio::time::timeout(WORK, done).await.unwrap_or_else(|_| late());
                // The caller waits below; it is gone only if its thread is.
                drop(tell.send(outcome));
            });
        });
        let gone = || StoreError::Unavailable("the connection has been closed".to_owned());
        let outcome = match &self.jobs {
            Some(jobs) if jobs.send(job).is_ok() => told.recv().unwrap_or_else(|_| Err(gone())),
            _ => Err(gone()),
        };
        outcome.map_err(|err| match err {
            StoreError::Unavailable(why) => StoreError::Unavailable(format!("{}: {why}", self.url)),
            other => other,
        })
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has been reported where it happened.
            drop(thread.join());
        }
    }
}

impl std::fmt::Debug for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Line({})", self.url)
    }
}

/// Starts work as it comes, until nobody can ask any more.
async fn answer(pool: Pool, mut asked: UnboundedReceiver<Job>) {
    while let Some(job) = asked.recv().await {
        job(&pool);
    }
    pool.close();
}

fn pool(url: &PostgresUrl) -> Result<Pool, StoreError> {
    // Verified: a server that was restarted in between is noticed before work is sent to it.
    let kept = ManagerConfig { recycling_method: RecyclingMethod::Verified };
    let manager = Manager::from_config(url.config.clone(), tls::connector(&url.trust)?, kept);
    let limits = Hook::async_fn(|client, _| {
        Box::pin(async move { client.batch_execute(LIMITS).await.map_err(HookError::Backend) })
    });
    // Every host of the URL is tried in turn, each for so long.
    let hosts = u32::try_from(url.config.get_hosts().len().max(1)).unwrap_or(u32::MAX);
    let create = url.connect_timeout.unwrap_or(CREATE).saturating_mul(hosts);
    Pool::builder(manager)
        .max_size(CONNECTIONS)
        .runtime(Runtime::Tokio1)
        .wait_timeout(Some(WAIT))
        .create_timeout(Some(create))
        .recycle_timeout(Some(RECYCLE))
        .post_create(limits)
        .build()
        .map_err(|err| StoreError::Unavailable(err.to_string()))
}
