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
    /// Optimises; nothing is flushed until it is done.
    optimiser: Option<JoinHandle<Result<bool, IndexError>>>,
}

impl Keeper {
    pub(super) fn new(shard: Arc<EdgeShard>, upkeep: Upkeep) -> Self {
        // What the last owner left undone is looked at first.
        Self { shard, upkeep, unflushed: 0, grown: upkeep == Upkeep::WhenQuiet, optimiser: None }
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

    /// An order was carried out.
    pub(super) fn written(&mut self) {
        if self.upkeep == Upkeep::WhenQuiet {
            self.unflushed += 1;
            self.grown = true;
        }
    }

    /// No order came: flushes, and lets segments be optimised.
    pub(super) fn quiet(&mut self) {
        if self.optimiser.as_ref().is_some_and(|it| !it.is_finished()) {
            return;
        }
        self.settle();
        if self.unflushed > 0 {
            self.flush();
        }
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
            tracing::error!(%error, "the index could not be flushed; it is synced again at the next start");
        }
    }

    /// The last owner of the folder leaves it whole: nobody else may open it while segments move.
    pub(super) fn end(mut self) {
        self.settle();
        if self.unflushed > 0 {
            self.flush();
        }
    }
}
