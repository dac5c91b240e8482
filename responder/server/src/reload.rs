//! From the runtime store's live pointers to the snapshot that is served.
//!
//! Only what changed is built again; what cannot be built leaves the last good release serving.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use index::Library;
use runtime::{LiveRow, ReleaseStore, StoreError};
use tokio::sync::Mutex;

use crate::engine::Engine;
use crate::load::{LoadError, load};
use crate::resolve;
use crate::snapshot::Snapshot;
use crate::tenant::{Prepared, Readiness, Tenant};

/// How often secrets are resolved again and the index is swept, although nothing was published.
const RECHECK: Duration = Duration::from_secs(5);

/// A store that failed is left alone for this long.
const AFTER_FAILURE: Duration = Duration::from_secs(1);

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
    /// Tenants whose index may hold points that their release does not name.
    unswept: BTreeSet<String>,
    /// Indexes of tenants that are not published any more.
    removed: Vec<Library>,
    checked: Option<Instant>,
}

/// A tenant's release, or the last good one and why the live one cannot be read.
#[derive(Clone)]
struct Loaded {
    good: Option<Prepared>,
    problem: Option<Problem>,
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
                () = self.engine.clock.sleep(self.engine.config.poll_interval) => {}
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
        let releases = Arc::clone(&self.releases);
        let revision = blocking(move || releases.revision()).await?;
        let recheck = kept.checked.is_none_or(|at| at.elapsed() >= RECHECK);
        let published = kept.revision != Some(revision);
        if !published && !recheck {
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
        }
        self.serve(&kept).await?;
        if recheck {
            self.sweep(&mut kept).await;
            self.engine.telemetry.upkeep();
        }
        failure.map_or(Ok(()), Err)
    }

    /// Prepares every release that is not prepared yet; returns the store's failure, if it failed.
    async fn prepare(&self, kept: &mut Kept) -> Option<StoreError> {
        let rows = std::mem::take(&mut kept.rows);
        for (slug, gone) in kept.prepared.extract_if(.., |slug, _| !rows.contains_key(slug)) {
            tracing::info!(tenant.slug = %slug, "tenant is not served any more");
            kept.removed.extend(gone.good.map(|it| it.library));
        }
        let mut failure = None;
        for (slug, row) in &rows {
            let old = kept.prepared.get(slug).cloned().unwrap_or(Loaded { good: None, problem: None });
            let current = match (&old.problem, &old.good) {
                (Some(problem), _) => Some(&problem.release_id),
                (None, good) => good.as_ref().map(|it| &it.release_id),
            };
            // The same release again when embeddings that it lacked may have come since.
            let lacking = old.good.as_ref().is_some_and(|it| it.library.catalogue().unembedded() > 0);
            if current == Some(&row.release_id) && !(lacking && old.problem.is_none()) {
                continue;
            }
            let loaded = match load(&self.releases, &self.engine.shelf, slug, &row.release_id).await {
                Ok(good) => {
                    tracing::info!(tenant.slug = %slug, release.id = %row.release_id, "release is served");
                    self.engine.telemetry.count("tenantry_reloads_total", &[("outcome", "served")]);
                    kept.unswept.insert(slug.clone());
                    Loaded { good: Some(good), problem: None }
                }
                Err(LoadError::Store(error)) => {
                    failure = Some(error);
                    continue;
                }
                Err(LoadError::Unusable(word)) => {
                    tracing::error!(
                        tenant.slug = %slug, release.id = %row.release_id, reason = word,
                        "release cannot be served; the last good one stays"
                    );
                    self.engine.telemetry.count("tenantry_reloads_total", &[("outcome", word)]);
                    let problem = Problem { release_id: row.release_id.clone(), word };
                    Loaded { good: old.good, problem: Some(problem) }
                }
            };
            kept.prepared.insert(slug.clone(), loaded);
        }
        kept.rows = rows;
        failure
    }

    /// Tries again to index what could not be indexed.
    async fn refill(&self, kept: &mut Kept) {
        for good in kept.prepared.values_mut().filter_map(|it| it.good.as_mut()).filter(|it| !it.indexed) {
            let (shelf, releases) = (self.engine.shelf.clone(), Arc::clone(&self.releases));
            let (library, wits) = (good.library.clone(), Arc::clone(&good.wits));
            let filled =
                tokio::task::spawn_blocking(move || shelf.fill(&library, wits.release(), releases.as_ref()));
            good.indexed = matches!(filled.await, Ok(Ok(_)));
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
        let good = unswept.iter().filter_map(|slug| kept.prepared.get(slug)?.good.clone());
        let libraries: Vec<_> = good.map(|it| it.library).collect();
        let removed = kept.removed.clone();
        let swept = tokio::task::spawn_blocking(move || {
            for library in &removed {
                shelf.clear(library)?;
            }
            libraries.iter().map(|it| shelf.sweep(it)).collect::<Result<Vec<_>, _>>()
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
        let (resolved, mut findings) = resolve::resolve(good.wits.release(), &engine.config);
        if good.wits.release().client.status != format::Status::Deleted {
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
