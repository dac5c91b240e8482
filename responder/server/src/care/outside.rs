//! Every neighbour that is cared for.

use std::sync::Arc;

use super::Care;
use crate::ports::Clock;
use crate::telemetry::Telemetry;

/// One neighbour gets this share of the workers at once, and as many may wait for a place: while all
/// of them hang, and one tenant has as much as it may have, workers are left for turns that need none.
const SHARE: usize = 8;

/// The neighbours of one responder.
pub(crate) struct Outside {
    clock: Arc<dyn Clock>,
    telemetry: Telemetry,
    places: usize,
    cares: Vec<Arc<Care>>,
}

impl Outside {
    /// None yet, for so many workers.
    pub(crate) fn new(workers: usize, clock: Arc<dyn Clock>, telemetry: Telemetry) -> Self {
        Self { clock, telemetry, places: (workers / SHARE).max(1), cares: Vec::new() }
    }

    /// Takes care of another one.
    pub(crate) fn care_for(&mut self, what: &'static str) -> Arc<Care> {
        let care = Care::new(what, self.places, Arc::clone(&self.clock), self.telemetry.clone());
        self.cares.push(Arc::clone(&care));
        care
    }

    /// The care for `what`, if there is any.
    pub(crate) fn care_of(&self, what: &str) -> Option<&Arc<Care>> {
        self.cares.iter().find(|it| it.what() == what)
    }

    /// Those that are left alone now.
    pub(crate) fn open(&self) -> impl Iterator<Item = &'static str> {
        self.cares.iter().filter(|it| it.is_open()).map(|it| it.what())
    }
}
