//! From the runtime store's live pointers to the snapshot that is served.
//!
//! Only what changed is looked at again; what cannot be read leaves the last good release serving.
//! Where a few releases are new, each is read and indexed before it is served. Where many are, as at
//! the start of a large house, their heads are served at once and the rest is read one after the
//! other, or when somebody writes.

mod embedding;
mod filling;
mod lessons;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use format::Head;
use index::Library;
use runtime::{LiveRow, ReleaseStore, StoreError, StoredHead};
use tokio::sync::Mutex;

use crate::awake::{Awake, Wits};
use crate::engine::Engine;
use crate::erasure;
use crate::load::LoadError;
use crate::resolve;
use crate::snapshot::Snapshot;
use crate::tenant::{Prepared, Readiness, Tenant};

use self::filling::Filling;
use self::lessons::Taught;

/// How often secrets are resolved again and the index is swept, although nothing was published.
const RECHECK: Duration = Duration::from_secs(5);

/// A store that failed is left alone for this long.
const AFTER_FAILURE: Duration = Duration::from_secs(1);

/// So many new releases are read before they are served.
const READ_FIRST: usize = 16;

/// So many tenants stay awake although nobody writes to them.
const KEPT_AWAKE: usize = 64;

/// More than these fall asleep after [`SLEEPY`].
const SLEEPY: Duration = Duration::from_secs(15 * 60);

/// However many are written to, no more than these are awake.
const MOST_AWAKE: usize = 256;

/// The loader; one per responder.
pub(crate) struct Reloader {
    engine: Arc<Engine>,
    releases: Arc<dyn ReleaseStore>,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    /// Revision loaded last; `None` before the first load and after one that must be repeated.
    revision: Option<u64>,
    rows: BTreeMap<String, LiveRow>,
    prepared: BTreeMap<String, Loaded>,
    /// Tenants of whose release only the head was read.
    unread: BTreeSet<String>,
    /// What the index should hold of tenants where it may hold more.
    unswept: BTreeMap<String, Library>,
    /// Tenants that are not published any more and whose index is not cleared yet.
    removed: Vec<Arc<Head>>,
    checked: Option<Instant>,
    /// What people taught, as far as it was followed.
    taught: Taught,
    /// What a server may lack.
    filling: Filling,
}

/// A tenant's release, or the last good one and why the live one cannot be read.
#[derive(Clone, Default)]
struct Loaded {
    good: Option<Prepared>,
    /// The good one before it, until this one was read whole.
    before: Option<Prepared>,
    problem: Option<Problem>,
    /// Some of its passages have no embedding: it is read again when something is published.
    lacking: bool,
}

/// A release that was read whole.
struct Read {
    awake: Arc<Awake>,
    /// The index holds all of its passages.
    indexed: bool,
    /// What of the lessons it has was written down.
    retired: bool,
}

impl Loaded {
    /// Id of the release it tells of.
    fn release_id(&self) -> Option<&str> {
        match (&self.problem, &self.good) {
            (Some(problem), _) => Some(&problem.release_id),
            (None, good) => good.as_ref().map(|it| it.wits.release_id()),
        }
    }
}

#[derive(Clone)]
struct Problem {
    release_id: String,
    word: &'static str,
}

impl Reloader {
    pub(crate) fn new(engine: Arc<Engine>, releases: Arc<dyn ReleaseStore>) -> Self {
        Self { engine, releases, kept: Mutex::default() }
    }

    /// Follows the runtime store until the responder stops.
    pub(crate) async fn follow(self: Arc<Self>) {
        let mut stopping = self.engine.stopping();
        loop {
            tokio::select! {
                biased;
                () = stopping.wait() => return,
                () = self.engine.learned.notified() => {}
                () = self.engine.clock.sleep(self.engine.config.poll_interval) => self.read_on().await,
            }
            if let Err(error) = self.refresh().await {
                self.engine.store_failed("releases", &error);
                tokio::select! {
                    biased;
                    () = stopping.wait() => return,
                    () = self.engine.clock.sleep(AFTER_FAILURE) => {}
                }
            }
        }
    }

    /// Loads what is new, if anything is.
    pub(crate) async fn refresh(&self) -> Result<(), StoreError> {
        let mut kept = self.kept.lock().await;
        // Before the releases: what is read after this knows at least as much.
        self.follow_lessons(&mut kept).await;
        let releases = Arc::clone(&self.releases);
        let revision = blocking(move || releases.revision()).await?;
        let recheck = kept.checked.is_none_or(|at| at.elapsed() >= RECHECK);
        let published = kept.revision != Some(revision);
        if !published && !recheck {
            self.relearn(&mut kept).await;
            self.fill_on(&mut kept);
            return Ok(());
        }
        let mut failure = None;
        if published {
            let releases = Arc::clone(&self.releases);
            kept.rows = blocking(move || releases.live()).await?;
            failure = self.prepare(&mut kept).await;
            kept.revision = failure.is_none().then_some(revision);
        }
        if recheck {
            kept.checked = Some(Instant::now());
            self.refill(&mut kept).await;
            self.recheck_lessons(&mut kept).await;
        }
        self.relearn(&mut kept).await;
        self.fill_on(&mut kept);
        self.serve(&kept).await?;
        if recheck {
            self.sweep(&mut kept).await;
            kept.put_to_sleep();
            self.engine.telemetry.upkeep();
        }
        failure.map_or(Ok(()), Err)
    }

    /// Prepares every release that is not prepared yet; returns the store's failure, if it failed.
    async fn prepare(&self, kept: &mut Kept) -> Option<StoreError> {
        let rows = std::mem::take(&mut kept.rows);
        for (slug, gone) in kept.prepared.extract_if(.., |slug, _| !rows.contains_key(slug)) {
            tracing::info!(tenant.slug = %slug, "tenant is not served any more");
            kept.removed.extend(gone.good.map(|it| it.head));
            kept.unread.remove(&slug);
            kept.unswept.remove(&slug);
        }
        let is_new = |(slug, row): &(&String, &LiveRow)| {
            let loaded = kept.prepared.get(*slug);
            // The same release again when embeddings that it lacked may have come since.
            loaded.is_none_or(|it| {
                it.release_id() != Some(&row.release_id) || it.lacking && it.problem.is_none()
            })
        };
        let new: Vec<(&String, &LiveRow)> = rows.iter().filter(is_new).collect();
        let mut failure = None;
        let mut heads = BTreeMap::new();
        if new.len() > READ_FIRST {
            let releases = Arc::clone(&self.releases);
            match blocking(move || releases.heads()).await {
                Ok(stored) => heads = stored,
                Err(error) => {
                    kept.rows = rows;
                    return Some(error);
                }
            }
        }
        for (slug, row) in new {
            let old = kept.prepared.get(slug).cloned().unwrap_or_default();
            let wits = self.wits(slug, &row.release_id);
            if let Some(head) = heads.remove(slug).and_then(|it| head_of(slug, row, &it)) {
                kept.unread.insert(slug.clone());
                let good = Prepared { head: Arc::new(head), wits, indexed: true };
                let loaded = Loaded { good: Some(good), before: old.good, ..Loaded::default() };
                kept.prepared.insert(slug.clone(), loaded);
                continue;
            }
            match self.read(&wits, kept.taught.ever(slug)).await {
                Ok(read) => self.take(kept, slug, wits, &read),
                Err(LoadError::Store(error)) => failure = Some(error),
                Err(LoadError::Unusable(word)) => self.refuse(kept, slug, &row.release_id, (old.good, word)),
            }
        }
        kept.rows = rows;
        failure
    }

    fn wits(&self, slug: &str, release_id: &str) -> Arc<Wits> {
        let stores = (&self.releases, &self.engine.state);
        Arc::new(Wits::asleep(slug, release_id, stores, &self.engine.shelf))
    }

    /// Reads a release and fills an index of ours, away from the threads that serve.
    async fn read(&self, wits: &Arc<Wits>, teaches: bool) -> Result<Read, LoadError> {
        let (engine, wits) = (Arc::clone(&self.engine), Arc::clone(wits));
        let work = tokio::task::spawn_blocking(move || {
            let awake = wits.wake()?;
            let indexed = wits.is_indexed(&awake);
            let retired = !teaches || lessons::retire(&engine, &wits, &awake);
            Ok(Read { awake, indexed, retired })
        });
        // A panic is a bug of ours that this tenant's release found; the others are served on.
        work.await.unwrap_or(Err(LoadError::Unusable("release_panicked")))
    }

    /// A release that was read whole is served.
    fn take(&self, kept: &mut Kept, slug: &str, wits: Arc<Wits>, Read { awake, indexed, retired }: &Read) {
        tracing::info!(tenant.slug = %slug, release.id = %wits.release_id(), "release is served");
        self.engine.telemetry.count("tenantry_reloads_total", &[("outcome", "served")]);
        kept.unread.remove(slug);
        kept.unswept.insert(slug.to_owned(), awake.library().clone());
        kept.taught.read(slug, *retired);
        let was_awake = kept.prepared.get(slug).is_some_and(|it| {
            it.good.as_ref().is_some_and(|it| !Arc::ptr_eq(&it.wits, &wits) && it.wits.idle().is_some())
        });
        if !was_awake && kept.awake().count() >= KEPT_AWAKE {
            wits.sleep();
        }
        let mut indexed = *indexed;
        if self.engine.shelf.fills_later() {
            // Until the server was asked, what was known of the release before.
            let before = kept.prepared.get(slug).and_then(|it| it.good.as_ref());
            indexed = before.is_none_or(|it| it.indexed);
            kept.filling.wants(slug, Arc::clone(&wits));
        }
        let lacking = awake.library().catalogue().unembedded() > 0;
        let good = Prepared { head: Arc::new(Head::of(awake.release())), wits, indexed };
        kept.prepared.insert(slug.to_owned(), Loaded { good: Some(good), lacking, ..Loaded::default() });
    }

    /// A release that cannot be read is not served; the good one before it is.
    fn refuse(
        &self,
        kept: &mut Kept,
        slug: &str,
        release_id: &str,
        (good, word): (Option<Prepared>, &'static str),
    ) {
        tracing::error!(
            tenant.slug = %slug, release.id = %release_id, reason = word,
            "release cannot be served; the last good one stays"
        );
        self.engine.telemetry.count("tenantry_reloads_total", &[("outcome", word)]);
        kept.unread.remove(slug);
        let problem = Some(Problem { release_id: release_id.to_owned(), word });
        kept.prepared.insert(slug.to_owned(), Loaded { good, problem, ..Loaded::default() });
    }

    /// Reads on in what is served by its head alone, until the next look at the store is due.
    async fn read_on(&self) {
        let began = Instant::now();
        let mut worse = false;
        while began.elapsed() < self.engine.config.poll_interval && !self.engine.is_stopping() {
            let mut kept = self.kept.lock().await;
            let Some(slug) = kept.unread.pop_first() else { break };
            let Some(loaded) = kept.prepared.get(&slug).cloned() else { continue };
            let Some(good) = &loaded.good else { continue };
            let was_awake = good.wits.idle().is_some();
            match self.read(&good.wits, kept.taught.ever(&slug)).await {
                Ok(read) => {
                    worse |= !read.indexed;
                    self.take(&mut kept, &slug, Arc::clone(&good.wits), &read);
                    if was_awake {
                        // Put to sleep above, although somebody had written.
                        self.read(&good.wits, false).await.ok();
                    }
                }
                Err(LoadError::Store(error)) => {
                    self.engine.store_failed("release", &error);
                    kept.unread.insert(slug);
                    break;
                }
                Err(LoadError::Unusable(word)) => {
                    worse = true;
                    let release_id = good.wits.release_id().to_owned();
                    self.refuse(&mut kept, &slug, &release_id, (loaded.before, word));
                }
            }
            self.sweep(&mut kept).await;
        }
        if worse {
            let kept = self.kept.lock().await;
            if let Err(error) = self.serve(&kept).await {
                self.engine.store_failed("releases", &error);
            }
        }
    }

    /// Tries again to index what could not be indexed, in an index of ours.
    async fn refill(&self, kept: &mut Kept) {
        if self.engine.shelf.fills_later() {
            return;
        }
        for good in kept.prepared.values_mut().filter_map(|it| it.good.as_mut()).filter(|it| !it.indexed) {
            let wits = Arc::clone(&good.wits);
            let filled = tokio::task::spawn_blocking(move || {
                let awake = wits.wake().ok()?;
                wits.fill(&awake).ok()
            });
            good.indexed = matches!(filled.await, Ok(Some(_)));
        }
    }

    /// Swaps in what is prepared, with secrets and numbers resolved now.
    async fn serve(&self, kept: &Kept) -> Result<(), StoreError> {
        let (rows, prepared) = (kept.rows.clone(), kept.prepared.clone());
        let engine = Arc::clone(&self.engine);
        let snapshot = blocking(move || Ok(assemble(&engine, &rows, &prepared))).await?;
        self.report(&snapshot);
        self.engine.live.store(Arc::new(snapshot));
        Ok(())
    }

    /// Says what changed for the worse or the better since the last snapshot.
    fn report(&self, snapshot: &Snapshot) {
        let before = self.engine.live.load();
        let (mut ready, mut degraded, mut unready) = (0.0, 0.0, snapshot.unreadable.len() as f64);
        for (slug, tenant) in &snapshot.tenants {
            match tenant.readiness() {
                Readiness::Ready => ready += 1.0,
                Readiness::Degraded(_) => degraded += 1.0,
                Readiness::Unready(_) => unready += 1.0,
            }
            let changed = before.tenants.get(slug).is_none_or(|it| it.readiness() != tenant.readiness());
            if changed && let Readiness::Degraded(reasons) | Readiness::Unready(reasons) = tenant.readiness()
            {
                tracing::warn!(tenant.slug = %slug, reasons = %reasons.join(","), "tenant is not ready");
            }
        }
        for (word, value) in [("ready", ready), ("degraded", degraded), ("unready", unready)] {
            self.engine.telemetry.gauge("tenantry_tenants", &[("readiness", word)], value);
        }
    }

    /// Sweeps the index of what no release served names any more.
    async fn sweep(&self, kept: &mut Kept) {
        let shelf = self.engine.shelf.clone();
        let unswept = std::mem::take(&mut kept.unswept);
        let (libraries, removed) = (unswept.clone(), kept.removed.clone());
        let data = self.engine.config.data.clone();
        let swept = tokio::task::spawn_blocking(move || {
            for Head { client, .. } in removed.iter().map(AsRef::as_ref) {
                let points = shelf.clear(client)?;
                if let Err(error) = erasure::dropped(&data, &client.slug, points) {
                    tracing::warn!(tenant.slug = %client.slug, %error, "nobody is told that its passages were dropped");
                }
            }
            libraries.values().map(|it| shelf.sweep(it)).collect::<Result<Vec<_>, _>>()
        });
        match swept.await {
            Ok(Ok(_)) => kept.removed.clear(),
            Ok(Err(error)) => {
                tracing::warn!(%error, "index was not swept");
                kept.unswept = unswept;
            }
            // A panic was reported when it happened.
            Err(_) => {}
        }
        let foreign = self.engine.shelf.foreign_hits();
        self.engine.telemetry.gauge("tenantry_index_foreign_hits", &[], foreign as f64);
    }
}

impl Kept {
    /// What is awake, and for how long nobody has needed it.
    fn awake(&self) -> impl Iterator<Item = (Duration, &Arc<Wits>)> {
        let good = self.prepared.values().filter_map(|it| it.good.as_ref());
        good.filter_map(|it| Some((it.wits.idle()?, &it.wits)))
    }

    /// Puts to sleep whom nobody writes to, the longest idle first.
    fn put_to_sleep(&self) {
        let mut awake: Vec<_> = self.awake().collect();
        awake.sort_by_key(|(idle, _)| *idle);
        for (nth, (idle, wits)) in awake.into_iter().enumerate() {
            if nth >= MOST_AWAKE || nth >= KEPT_AWAKE && idle >= SLEEPY {
                wits.sleep();
            }
        }
    }
}

/// The head of the release that is live, if it is that.
pub(crate) fn head_of(slug: &str, row: &LiveRow, stored: &StoredHead) -> Option<Head> {
    let head = Head::decode(&stored.bytes).ok()?;
    (stored.release_id == row.release_id && head.client.slug == slug).then_some(head)
}

/// The snapshot of what is prepared.
fn assemble(
    engine: &Engine,
    rows: &BTreeMap<String, LiveRow>,
    prepared: &BTreeMap<String, Loaded>,
) -> Snapshot {
    let mut taken = BTreeMap::new();
    let mut snapshot = Snapshot { loaded: true, ..Snapshot::default() };
    for (slug, row) in rows {
        let Some(loaded) = prepared.get(slug) else { continue };
        let Some(good) = &loaded.good else {
            let word = loaded.problem.as_ref().map_or("release_missing", |it| it.word);
            snapshot.unreadable.insert(slug.clone(), word.to_owned());
            continue;
        };
        let (resolved, mut findings) = resolve::resolve(&good.head, &engine.config);
        if good.head.client.status != format::Status::Deleted {
            findings.claim_numbers(slug, &resolved.numbers, &mut taken);
        }
        findings.degrading.extend(loaded.problem.as_ref().map(|it| it.word.to_owned()));
        if !good.indexed {
            findings.degrading.push("index_failed".to_owned());
        }
        let readiness = findings.readiness();
        let tenant = Tenant::new(slug.clone(), row.standing.clone(), good.clone(), resolved, readiness);
        snapshot.tenants.insert(slug.clone(), Arc::new(tenant));
    }
    snapshot
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    let panicked = |_| StoreError::Unavailable("the call panicked".to_owned());
    tokio::task::spawn_blocking(work).await.map_err(panicked).flatten()
}
