//! Every neighbour that is cared for, and the turns that wait for one.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use tokio::sync::Notify;

use super::{Care, lock};
use crate::ports::Clock;
use crate::telemetry::Telemetry;

/// The neighbours of one responder.
pub(crate) struct Outside {
    clock: Arc<dyn Clock>,
    telemetry: Telemetry,
    places: usize,
    cares: Vec<Arc<Care>>,
    parked: Mutex<BTreeMap<String, usize>>,
}

impl Outside {
    /// None yet; each of them gets so many calls at once.
    pub(crate) fn new(places: usize, clock: Arc<dyn Clock>, telemetry: Telemetry) -> Self {
        Self { clock, telemetry, places, cares: Vec::new(), parked: Mutex::default() }
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

    /// A turn of this tenant waits for a neighbour until the guard is dropped: meanwhile its worker
    /// takes another one, which `bell` tells. Bounded by the places and queues of the neighbours.
    pub(crate) fn park(&self, slug: &str, bell: &Notify) -> Parked<'_> {
        *lock(&self.parked).entry(slug.to_owned()).or_default() += 1;
        bell.notify_one();
        Parked { all: &self.parked, slug: slug.to_owned() }
    }

    /// How many turns wait for a neighbour right now, by tenant.
    pub(crate) fn parked(&self) -> BTreeMap<String, usize> {
        lock(&self.parked).clone()
    }
}

/// A turn that waits.
pub(crate) struct Parked<'a> {
    all: &'a Mutex<BTreeMap<String, usize>>,
    slug: String,
}

impl Drop for Parked<'_> {
    fn drop(&mut self) {
        let mut all = lock(self.all);
        if let Some(count) = all.get_mut(&self.slug) {
            *count -= 1;
            if *count == 0 {
                all.remove(&self.slug);
            }
        }
    }
}
