//! What people taught, followed: a lesson that was decided is used, or used no more, by every process.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use runtime::crash;

use super::{Kept, Reloader};
use crate::awake::{Awake, Wits};
use crate::engine::Engine;

/// Points on a server that others share may be swept by them: so often they are looked for.
const REFILL: Duration = Duration::from_secs(60);

/// Tenants whose lessons have embeddings that are not used yet.
pub(super) type Embedded = Arc<Mutex<BTreeSet<String>>>;

/// How far lessons were followed.
#[derive(Default)]
pub(super) struct Taught {
    /// The number of each tenant that was ever taught; nothing before the first look.
    revisions: Option<BTreeMap<String, i64>>,
    /// Something was read before the first look, which failed.
    missed: bool,
    /// Tenants that do not answer with what they have learned yet.
    stale: BTreeSet<String>,
    /// Tenants of which it is not written down which lessons their release has.
    unretired: BTreeSet<String>,
    embedded: Embedded,
    /// When points on a server, and embeddings, were looked for.
    refilled: Option<Instant>,
}

impl Taught {
    /// Whether the tenant was ever taught anything, as far as is known.
    pub(super) fn ever(&self, slug: &str) -> bool {
        self.revisions.as_ref().is_none_or(|it| it.contains_key(slug))
    }

    /// The tenant's release was read.
    pub(super) fn read(&mut self, slug: &str, retired: bool) {
        match retired {
            true => self.unretired.remove(slug),
            false => self.unretired.insert(slug.to_owned()),
        };
    }
}

/// Writes down which lessons a release has itself; whether that succeeded. Blocks.
pub(super) fn retire(engine: &Engine, wits: &Wits, awake: &Awake) -> bool {
    match wits.retire(awake, engine.now_ms()) {
        Ok(0) => true,
        Ok(changed) => {
            tracing::info!(release.id = %wits.release_id(), changed, "lessons retired, or came back");
            true
        }
        Err(error) => {
            engine.store_failed("retire_lessons", &error);
            false
        }
    }
}

impl Reloader {
    /// Finds out whose lessons have changed.
    pub(super) async fn follow_lessons(&self, kept: &mut Kept) {
        let taught = &mut kept.taught;
        taught.stale.append(&mut taught.embedded.lock().unwrap_or_else(PoisonError::into_inner));
        match self.engine.with_state(|state| state.learned_revisions()).await {
            Ok(now) => {
                // Before the first look nothing was read, so nothing is stale.
                let before = taught.revisions.get_or_insert_with(|| now.clone());
                let is_new = |(slug, number): &(&String, &i64)| before.get(*slug) != Some(*number);
                let changed = now.iter().filter(|it| taught.missed || is_new(it));
                taught.stale.extend(changed.map(|(slug, _)| slug.clone()));
                (taught.revisions, taught.missed) = (Some(now), false);
            }
            Err(error) => {
                taught.missed |= taught.revisions.is_none();
                self.engine.store_failed("learned_revisions", &error);
            }
        }
    }

    /// Has tenants whose lessons have changed answer with them.
    pub(super) async fn relearn(&self, kept: &mut Kept) {
        for slug in std::mem::take(&mut kept.taught.stale) {
            let good = kept.prepared.get(&slug).and_then(|it| it.good.as_ref());
            let Some(wits) = good.map(|it| Arc::clone(&it.wits)) else { continue };
            // What it names is not all that the tenant's points may be by now.
            kept.unswept.remove(&slug);
            let later = self.engine.shelf.fills_later();
            let relearned = Arc::clone(&wits);
            let work = tokio::task::spawn_blocking(move || {
                let awake =
                    if later { wits.wake().ok().map(|_| wits.relearn()) } else { Some(wits.relearn()) };
                let awake = awake.transpose()?.flatten();
                Ok(awake)
            });
            match work.await {
                Ok(Ok(None)) => {}
                Ok(Ok(Some(awake))) => {
                    crash::point("relearned");
                    tracing::info!(tenant.slug = %slug, "what people taught is used");
                    self.embed(&kept.taught.embedded, &slug, Arc::clone(&awake));
                    kept.filling.wants(&slug, relearned);
                    kept.unswept.insert(slug, awake.library().clone());
                }
                Ok(Err(error)) => {
                    self.engine.store_failed("approved", &error);
                    kept.taught.stale.insert(slug);
                }
                // A panic was reported when it happened.
                Err(_) => {}
            }
        }
    }

    /// Does again what a store or an index that failed left undone.
    pub(super) async fn recheck_lessons(&self, kept: &mut Kept) {
        let good = kept.prepared.iter().filter_map(|(slug, it)| Some((slug, it.good.as_ref()?)));
        let untaught = good.filter(|(_, it)| it.wits.is_untaught()).map(|(slug, _)| slug.clone());
        kept.taught.stale.extend(untaught.collect::<Vec<_>>());
        for slug in std::mem::take(&mut kept.taught.unretired) {
            let good = kept.prepared.get(&slug).and_then(|it| it.good.as_ref());
            let Some(wits) = good.map(|it| Arc::clone(&it.wits)) else { continue };
            let engine = Arc::clone(&self.engine);
            let work = tokio::task::spawn_blocking(move || {
                wits.wake().is_ok_and(|awake| retire(&engine, &wits, &awake))
            });
            if !work.await.unwrap_or(true) {
                kept.taught.unretired.insert(slug);
            }
        }
        self.refill_lessons(kept).await;
    }

    /// On a server `apply` and `gc` may sweep a lesson that was approved while they swept; an embedder
    /// may have been away.
    async fn refill_lessons(&self, kept: &mut Kept) {
        if kept.taught.refilled.is_some_and(|at| at.elapsed() < REFILL) {
            return;
        }
        kept.taught.refilled = Some(Instant::now());
        let good = kept.prepared.iter().filter_map(|(slug, it)| Some((slug, &it.good.as_ref()?.wits)));
        let taught: Vec<(&String, &Arc<Wits>)> = good.filter(|(_, it)| it.has_lessons()).collect();
        for (slug, wits) in taught {
            let Some(awake) = wits.peek() else { continue };
            self.embed(&kept.taught.embedded, slug, Arc::clone(&awake));
            kept.filling.wants(slug, Arc::clone(wits));
        }
    }
}
