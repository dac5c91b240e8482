//! The responder as a whole: start, doors, shutdown.

use std::path::PathBuf;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use arc_swap::ArcSwap;
use index::{
    EdgeIndex, Embedder, IndexError, Layout, OpenAiEmbedder, ServerAddress, ServerIndex, VectorIndex,
    dense_encoder, dense_from_bytes,
};
use runtime::{ReleaseStore, Ring, StateStore, StoreError, crash};
use thiserror::Error;
use tokio::sync::{Notify, Semaphore, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;
use uuid::Uuid;

use crate::adapters::chatflow::ChatFlow;
use crate::adapters::host::SystemResolver;
use crate::adapters::openai::OpenAi;
use crate::adapters::transcriber::OpenAiTranscriber;
use crate::care::{self, Careful, Outside};
use crate::desk::{self, Bots};
use crate::engine::{Engine, FETCHED_AT_ONCE};
use crate::http::{self, Routes};
use crate::leases::{self, Leases};
use crate::media::{Ears, MediaFolder};
use crate::passages::Shelf;
use crate::ports::{Clock, Generator, StandIns, Transcriber};
use crate::reload::Reloader;
use crate::shift::Places;
use crate::snapshot::Snapshot;
use crate::telemetry::Telemetry;
use crate::{Config, outbox, queues, timers, upkeep, worker};

/// The folder of the embedded index, below the data folder.
pub(crate) const INDEX: &str = "index";

/// How long a start waits for a server with the index before it goes on without.
const INDEX_OPENS: Duration = Duration::from_secs(5);

/// How long the embedder may take to say how long its embeddings are.
const PROBE: Duration = Duration::from_secs(10);

/// Why the responder did not start.
#[derive(Debug, Error)]
pub enum StartError {
    /// Every mistake of the configuration, at once.
    #[error("configuration: {}", .0.join("; "))]
    Config(Vec<String>),
    /// The runtime store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The index cannot be opened.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// Something of the process could not be set up.
    #[error("{0}")]
    Process(String),
}

/// A running responder; [`Responder::shutdown`] ends it in order, dropping it cuts work short.
pub struct Responder {
    engine: Arc<Engine>,
    reloader: Arc<Reloader>,
    /// When the end was announced.
    draining: OnceLock<Instant>,
    worker: JoinHandle<()>,
    sender: JoinHandle<()>,
    follower: JoinHandle<()>,
    timers: JoinHandle<()>,
    upkeep: JoinHandle<()>,
    queues: JoinHandle<()>,
    leases: JoinHandle<()>,
    desk: Vec<JoinHandle<()>>,
}

impl Responder {
    /// Checks the configuration, loads the live releases and starts the work in the background.
    /// Must be called within a tokio runtime; returns when the first snapshot is served.
    ///
    /// # Errors
    /// All mistakes of the configuration at once, or the failure of store or index.
    pub async fn start(
        config: Config,
        releases: Arc<dyn ReleaseStore>,
        state: Arc<dyn StateStore>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, StartError> {
        let problems = config.problems();
        if !problems.is_empty() {
            return Err(StartError::Config(problems));
        }
        let embedder = embedder(&config)?;
        let layout = layout(embedder.as_ref(), &releases).await?;
        let opening = (config.data.join(INDEX), config.qdrant.clone(), layout.clone());
        let index = tokio::task::spawn_blocking(move || open(opening));
        let index =
            index.await.map_err(|_| StartError::Process("opening the index panicked".to_owned()))??;
        let shelf = Shelf::new(index, layout, config.qdrant.is_none());
        Self::with(config, releases, state, clock, (shelf, embedder)).await
    }

    /// As [`Responder::start`], over a lexical index of the caller's; one that others share where the
    /// configuration names a server.
    ///
    /// # Errors
    /// As for [`Responder::start`].
    pub async fn over(
        config: Config,
        releases: Arc<dyn ReleaseStore>,
        state: Arc<dyn StateStore>,
        clock: Arc<dyn Clock>,
        index: Arc<dyn VectorIndex>,
    ) -> Result<Self, StartError> {
        let problems = config.problems();
        if !problems.is_empty() {
            return Err(StartError::Config(problems));
        }
        let shelf = Shelf::new(index, Layout::default(), config.qdrant.is_none());
        Self::with(config, releases, state, clock, (shelf, None)).await
    }

    /// As [`Responder::over`], speaking to `outside` instead of the services that the configuration
    /// names. Everything runs on the thread that polls: with a runtime of one thread and a paused
    /// clock the same beginning has the same end.
    ///
    /// # Errors
    /// As for [`Responder::start`].
    pub async fn simulated(
        config: Config,
        (releases, state): (Arc<dyn ReleaseStore>, Arc<dyn StateStore>),
        clock: Arc<dyn Clock>,
        index: Arc<dyn VectorIndex>,
        outside: StandIns,
    ) -> Result<Self, StartError> {
        let shelf = Shelf::new(index, Layout::default(), true);
        let mut engine = engine(config, state, clock, (shelf, None))?;
        engine.messenger = outside.messenger;
        engine.generator = outside.generator;
        engine.ids = outside.ids;
        engine.on_this_thread = true;
        Self::run(engine, releases).await
    }

    async fn with(
        config: Config,
        releases: Arc<dyn ReleaseStore>,
        state: Arc<dyn StateStore>,
        clock: Arc<dyn Clock>,
        search: (Shelf, Option<OpenAiEmbedder>),
    ) -> Result<Self, StartError> {
        Self::run(engine(config, state, clock, search)?, releases).await
    }

    async fn run(engine: Engine, releases: Arc<dyn ReleaseStore>) -> Result<Self, StartError> {
        let engine = Arc::new(engine);
        let (idempotent, now_ms) = (engine.config.chatflow_idempotent, engine.now_ms());
        let recovered = engine.with_state(move |state| state.recover_sends(idempotent, true, now_ms)).await?;
        crash::point("recovered");
        if recovered > 0 {
            tracing::warn!(rows = recovered, "replies that a crash left half sent were taken up again");
        }
        let woken = Arc::downgrade(&engine);
        engine.state.on_wake(Arc::new(move |ring| {
            let Some(engine) = woken.upgrade() else { return };
            engine.arrived.notify_one();
            engine.committed.notify_one();
            if ring == Ring::Desk {
                engine.ring_desk();
            }
        }));
        let reloader = Arc::new(Reloader::new(Arc::clone(&engine), releases));
        reloader.refresh().await?;
        crash::point("loaded");
        Ok(Self {
            worker: tokio::spawn(worker::run(Arc::clone(&engine))),
            sender: tokio::spawn(outbox::run(Arc::clone(&engine))),
            follower: tokio::spawn(Arc::clone(&reloader).follow()),
            timers: tokio::spawn(timers::run(Arc::clone(&engine))),
            upkeep: tokio::spawn(upkeep::run(Arc::clone(&engine))),
            queues: tokio::spawn(queues::run(Arc::clone(&engine))),
            leases: tokio::spawn(leases::run(Arc::clone(&engine))),
            desk: desk::run(&engine),
            draining: OnceLock::new(),
            engine,
            reloader,
        })
    }

    /// The doors: webhooks, health, metrics. Other paths are rejected, so that the routes can be
    /// combined with others by `or`.
    #[must_use]
    pub fn routes(&self) -> Routes {
        http::routes(&self.engine)
    }

    /// Tenants and releases as served right now.
    #[must_use]
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.engine.live.load_full()
    }

    /// Asks the runtime store for new releases now instead of at the next poll; returns when they
    /// are served.
    ///
    /// # Errors
    /// The store's failure; what was served before is still served.
    pub async fn reload(&self) -> Result<(), StoreError> {
        self.reloader.refresh().await
    }

    /// The state store behind it.
    #[must_use]
    pub fn state(&self) -> &Arc<dyn StateStore> {
        &self.engine.state
    }

    /// Announces the end: no turn is begun any more and `/readyz` says 503, while messages are still
    /// stored. The time of [`Responder::shutdown`] counts from here.
    pub fn drain(&self) {
        self.draining.get_or_init(Instant::now);
        self.engine.stop.send_replace(true);
        crash::point("stopping");
    }

    /// Stops claiming, finishes turns and sends in flight within [`Config::drain`] and returns.
    /// What did not end by then is taken up at the next start.
    pub async fn shutdown(self) {
        self.drain();
        let Self { engine, draining, worker, sender, follower, timers, upkeep, queues, leases, desk, .. } =
            self;
        let began = draining.get().copied().unwrap_or_else(Instant::now);
        let all = [&worker, &sender, &follower, &timers, &upkeep, &queues, &leases].into_iter().chain(&desk);
        let stops: Vec<_> = all.map(JoinHandle::abort_handle).collect();
        let drained = async {
            // A panic was reported when it happened.
            drop(worker.await);
            drop(timers.await);
            drop(upkeep.await);
            drop(queues.await);
            drop(follower.await);
            for task in desk {
                drop(task.await);
            }
            crash::point("turns_ended");
            engine.seal.send_replace(true);
            drop(sender.await);
            crash::point("sends_ended");
        };
        if tokio::time::timeout_at(began + engine.config.drain, drained).await.is_err() {
            tracing::warn!("turns or sends under way did not end in time");
        }
        stops.iter().for_each(tokio::task::AbortHandle::abort);
    }
}

fn embedder(config: &Config) -> Result<Option<OpenAiEmbedder>, StartError> {
    let Some(settings) = &config.embeddings else { return Ok(None) };
    let embedder = OpenAiEmbedder::new(settings).map_err(|it| StartError::Process(it.to_string()))?;
    Ok(Some(embedder))
}

/// What the index holds: the size of embeddings is that of the published ones, else the endpoint is
/// asked. Where neither can say, search stays lexical until the next start rather than not starting.
async fn layout(
    embedder: Option<&OpenAiEmbedder>,
    releases: &Arc<dyn ReleaseStore>,
) -> Result<Layout, StartError> {
    let Some(embedder) = embedder else { return Ok(Layout::default()) };
    let (store, model) = (Arc::clone(releases), embedder.model().to_owned());
    let kept = tokio::task::spawn_blocking(move || kept_layout(store.as_ref(), &model));
    let kept = kept.await.map_err(|_| StartError::Process("reading a vector panicked".to_owned()))??;
    if let Some(layout) = kept {
        return Ok(layout);
    }
    match embedder.embed(&["?".to_owned()], PROBE).await {
        Ok(it) => Ok(Layout::dense(embedder.model(), it.vectors.first().map_or(0, Vec::len))),
        Err(error) => {
            tracing::warn!(model = embedder.model(), %error, "nothing is embedded and the embedder does not answer: search is lexical until the next start");
            Ok(Layout::default())
        }
    }
}

/// The layout of an index with this model's embeddings, as the published ones tell; blocks.
pub(crate) fn kept_layout(store: &dyn ReleaseStore, model: &str) -> Result<Option<Layout>, StoreError> {
    let kept = store.any_vector(&dense_encoder(model))?.and_then(|it| dense_from_bytes(&it));
    Ok(kept.map(|it| Layout::dense(model, it.len())))
}

fn open(
    (folder, qdrant, layout): (PathBuf, Option<ServerAddress>, Layout),
) -> Result<Arc<dyn VectorIndex>, IndexError> {
    let Some(address) = qdrant else { return Ok(Arc::new(EdgeIndex::open(&folder, layout)?)) };
    if address.shows_its_key() {
        tracing::warn!(qdrant = %address, "the API key travels unencrypted; use https");
    }
    Ok(Arc::new(ServerIndex::open_within(&address, layout, INDEX_OPENS)?))
}

fn engine(
    config: Config,
    state: Arc<dyn StateStore>,
    clock: Arc<dyn Clock>,
    (shelf, embedder): (Shelf, Option<OpenAiEmbedder>),
) -> Result<Engine, StartError> {
    let failed = |it: reqwest::Error| StartError::Process(format!("HTTP client: {}", it.without_url()));
    let messenger = ChatFlow::new(&config.chatflow_api_url, config.send_timeout, config.chatflow_idempotent);
    let generator = config.openai_api_key.as_ref().map(|key| OpenAi::new(&config.openai_base_url, key));
    let generator = generator.transpose().map_err(failed)?;
    let transcriber = config.transcription_model.as_ref().zip(config.openai_api_key.as_ref());
    let transcriber =
        transcriber.map(|(model, key)| OpenAiTranscriber::new(&config.openai_base_url, key, model));
    let transcriber = transcriber.transpose().map_err(failed)?;
    let telemetry = Telemetry::new();
    let mut outside = Outside::new(config.workers, Arc::clone(&clock), telemetry.clone());
    let generator =
        generator.map(|it| Careful::new(it, &outside.care_for(care::MODEL)) as Arc<dyn Generator>);
    let embedder =
        embedder.map(|it| Careful::new(it.once(), &outside.care_for(care::EMBEDDER)) as Arc<dyn Embedder>);
    let transcriber =
        transcriber.map(|it| Careful::new(it, &outside.care_for(care::TRANSCRIBER)) as Arc<dyn Transcriber>);
    if config.qdrant.is_some() {
        outside.care_for(care::INDEX);
    }
    let leases = Leases::new(Arc::clone(&clock));
    Ok(Engine {
        rate: outbox::Rate::default(),
        leases,
        messenger: Arc::new(messenger.map_err(failed)?),
        generator,
        transcriber,
        ears: Ears::new(MediaFolder::of(&config.data), SystemResolver),
        state,
        clock,
        live: ArcSwap::default(),
        telemetry,
        outside,
        shelf,
        embedder,
        ids: Box::new(Uuid::now_v7),
        on_this_thread: false,
        told: Mutex::default(),
        arriving: AtomicUsize::new(0),
        bots: Bots::new(&config.telegram_api_url),
        preparing: Semaphore::new(half_of_the_processors()),
        enclosures: Arc::new(Semaphore::new(FETCHED_AT_ONCE)),
        asked: Notify::new(),
        posted: Notify::new(),
        presses: AtomicUsize::new(0),
        closed: Notify::new(),
        learned: Notify::new(),
        announced: Notify::new(),
        arrived: Notify::new(),
        committed: Notify::new(),
        sends: Places::of_sends(config.senders),
        begun: Mutex::default(),
        handed: Notify::new(),
        stop: watch::Sender::new(false),
        seal: watch::Sender::new(false),
        config,
    })
}

/// Half of the processors there are, one at least.
fn half_of_the_processors() -> usize {
    std::thread::available_parallelism().map_or(1, |it| (it.get() / 2).max(1))
}
