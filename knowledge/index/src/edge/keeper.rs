//! Upkeep of a shard between writes: flushing it, and having its segments optimised.

use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use qdrant_edge::EdgeShard;

use super::owner::{Upkeep, guarded};
use super::{convert, shard};
use crate::IndexError;

/// Upkeep waits until no order came for so long, so a burst of batches is flushed once.
const QUIET: Duration = Duration::from_millis(200);
/// …but not longer than for this many orders.
const ORDERS: usize = 64;
/// Segments are looked at after so many new points. What is written goes into a segment whose postings
/// lie in memory, and there a point costs time in proportion to the points that share its terms.
const FRESH: usize = 500;
/// With so many, writes wait for the optimiser at work, or memory would grow with the speed of writing.
const MOST_FRESH: usize = 2 * FRESH;

/// How many optimisers were started, in all indexes of this process.
#[cfg(test)]
pub(super) static BEGUN: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);

/// What the owner's thread does between orders.
pub(super) struct Keeper {
    shard: Arc<EdgeShard>,
    upkeep: Upkeep,
    /// Orders since the last flush.
    unflushed: usize,
    /// Segments may have grown since they were last looked at.
    grown: bool,
    /// Points added since then.
    fresh: usize,
    /// A flush failed: what was written may be lost.
    failed: bool,
    /// Optimises; nothing is flushed until it is done.
    optimiser: Option<JoinHandle<Result<bool, IndexError>>>,
}

impl Keeper {
    pub(super) fn new(shard: Arc<EdgeShard>, upkeep: Upkeep) -> Self {
        // What the last owner left undone is looked at first.
        let grown = upkeep == Upkeep::WhenQuiet;
        Self { shard, upkeep, unflushed: 0, grown, fresh: 0, failed: false, optimiser: None }
    }

    /// How long to wait for the next order; `None` when there is nothing else to do.
    pub(super) fn patience(&self) -> Option<Duration> {
        match (&self.optimiser, self.unflushed) {
            (Some(_), _) => Some(QUIET),
            (None, 0) if !self.grown => None,
            (None, ORDERS..) => Some(Duration::ZERO),
            (None, _) => Some(QUIET),
        }
    }

    /// A write was carried out that added so many points.
    pub(super) fn written(&mut self, points: usize) {
        if self.upkeep == Upkeep::Never {
            return;
        }
        self.unflushed += 1;
        self.grown = true;
        self.fresh += points;
        if self.fresh >= MOST_FRESH || self.fresh >= FRESH && !self.is_optimising() {
            self.settle();
            if self.unflushed >= ORDERS {
                self.flush();
            }
            self.optimise();
        }
    }

    /// No order came: flushes, and lets segments be optimised.
    pub(super) fn quiet(&mut self) {
        if self.is_optimising() {
            return;
        }
        self.settle();
        if self.unflushed > 0 {
            self.flush();
        }
        self.optimise();
    }

    fn is_optimising(&self) -> bool {
        self.optimiser.as_ref().is_some_and(|it| !it.is_finished())
    }

    fn optimise(&mut self) {
        self.fresh = 0;
        if std::mem::take(&mut self.grown) {
            let shard = Arc::clone(&self.shard);
            let optimise = move || guarded(|| shard.optimize().map_err(convert::engine_error));
            match thread::Builder::new().name("index-optimiser".to_owned()).spawn(optimise) {
                Ok(thread) => {
                    #[cfg(test)]
                    BEGUN.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                    self.optimiser = Some(thread);
                }
                Err(error) => tracing::warn!(%error, "the index is not optimised: no thread"),
            }
        }
    }

    /// Takes in what the optimiser did: the engine forgets the indexed keys of segments it made.
    fn settle(&mut self) {
        let Some(thread) = self.optimiser.take() else { return };
        let outcome = thread.join().unwrap_or_else(|_| Err(IndexError::Engine("it panicked".to_owned())));
        let indexed = outcome.and_then(|optimised| {
            if optimised {
                self.unflushed += 1;
                return guarded(|| shard::index_payload(&self.shard).map_err(convert::engine_error));
            }
            Ok(())
        });
        if let Err(error) = indexed {
            tracing::error!(%error, "the index could not be optimised; searches are slower");
        }
    }

    fn flush(&mut self) {
        self.unflushed = 0;
        let flushed = guarded(|| {
            self.shard.flush();
            Ok(())
        });
        if let Err(error) = flushed {
            self.failed = true;
            tracing::error!(%error, "the index could not be flushed; it is synced again at the next start");
        }
    }

    /// The last owner of the folder leaves it whole: nobody else may open it while segments move.
    /// Returns whether all that was written is on disk.
    pub(super) fn end(mut self) -> bool {
        self.settle();
        if self.unflushed > 0 {
            self.flush();
        }
        self.upkeep == Upkeep::WhenQuiet && !self.failed
    }
}
