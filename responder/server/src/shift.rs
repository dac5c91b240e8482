//! Who is at work: how much of the responder each tenant has right now, so that none has all of it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use runtime::Turnstile;
use tokio::task::JoinSet;

/// Places for work of one kind. Clones share them.
#[derive(Clone)]
pub(crate) struct Places {
    count: usize,
    taken: Arc<Mutex<BTreeMap<String, usize>>>,
}

impl Places {
    /// So many, of which one tenant has three quarters at most.
    pub(crate) fn new(count: usize) -> Self {
        Self { count, taken: Arc::default() }
    }

    /// A place for a tenant, if one is free when no more than `places` are to be had now.
    pub(crate) fn enter(&self, slug: &str, places: usize) -> Option<Place> {
        let mut taken = lock(&self.taken);
        let own = taken.get(slug).copied().unwrap_or(0);
        let free = taken.values().sum::<usize>() < self.count.min(places) && own < self.each();
        free.then(|| self.sit(&mut taken, slug))
    }

    /// A place, free or not: the store has let it through.
    fn occupy(&self, slug: &str) -> Place {
        self.sit(&mut lock(&self.taken), slug)
    }

    fn sit(&self, taken: &mut BTreeMap<String, usize>, slug: &str) -> Place {
        *taken.entry(slug.to_owned()).or_default() += 1;
        Place { taken: Arc::clone(&self.taken), slug: slug.to_owned() }
    }

    fn each(&self) -> usize {
        (self.count * 3 / 4).max(1)
    }
}

/// One of [`Places`], until it is dropped.
pub(crate) struct Place {
    taken: Arc<Mutex<BTreeMap<String, usize>>>,
    slug: String,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = lock(&self.taken);
        if let Some(count) = taken.get_mut(&self.slug) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&self.slug);
            }
        }
    }
}

fn lock(taken: &Mutex<BTreeMap<String, usize>>) -> MutexGuard<'_, BTreeMap<String, usize>> {
    taken.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Tasks at work, each on a place.
pub(crate) struct Shift {
    places: Places,
    tasks: JoinSet<()>,
    after: String,
}

impl Shift {
    /// A shift on these places.
    pub(crate) fn new(places: Places) -> Self {
        Self { places, tasks: JoinSet::new(), after: String::new() }
    }

    /// Who may come in next when no more than `places` are to be had now. Those at work who only wait
    /// for others, by tenant, take no place.
    pub(crate) fn pass(&self, waiting: &BTreeMap<String, usize>, places: usize) -> Turnstile {
        let mut at_work = lock(&self.places.taken).clone();
        for (slug, count) in &mut at_work {
            *count = count.saturating_sub(waiting.get(slug).copied().unwrap_or(0));
        }
        Turnstile {
            limit: self.places.count.min(places).saturating_sub(at_work.values().sum()),
            after: self.after.clone(),
            each: self.places.each(),
            at_work,
        }
    }

    /// Begins a task of a tenant that the store has let through.
    pub(crate) fn begin(&mut self, slug: &str, task: impl Future<Output = ()> + Send + 'static) {
        slug.clone_into(&mut self.after);
        let place = self.places.occupy(slug);
        self.begin_on(place, task);
    }

    /// Begins a task on a place that was taken for it.
    pub(crate) fn begin_on(&mut self, place: Place, task: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(async move {
            let _place = place;
            task.await;
        });
    }

    /// Whether nobody is at work.
    pub(crate) fn is_empty(&self) -> bool {
        self.tasks.is_empty()
    }

    /// Waits until somebody has ended; returns at once when nobody is at work.
    pub(crate) async fn one_ended(&mut self) {
        // What a panic has ended, has ended; its place is free.
        drop(self.tasks.join_next().await);
        while self.tasks.try_join_next().is_some() {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shift(count: usize) -> Shift {
        Shift::new(Places::new(count))
    }

    #[tokio::test]
    async fn one_tenant_never_has_every_place() {
        let mut shift = shift(8);
        for _ in 0..6 {
            shift.begin("flood", std::future::pending());
        }
        let pass = shift.pass(&BTreeMap::new(), usize::MAX);
        assert_eq!((pass.limit, pass.each, pass.at_work["flood"], pass.after.as_str()), (2, 6, 6, "flood"));
        assert!(shift.places.enter("flood", usize::MAX).is_none());
        assert!(shift.places.enter("other", 6).is_none(), "no more than six are to be had");
        let taken = shift.places.enter("other", usize::MAX);
        assert_eq!(shift.pass(&BTreeMap::new(), usize::MAX).limit, 1);
        drop(taken);
        assert_eq!(shift.pass(&BTreeMap::new(), usize::MAX).limit, 2);
    }

    #[tokio::test]
    async fn who_only_waits_takes_no_place() {
        let mut shift = shift(4);
        for _ in 0..6 {
            shift.begin("wheel", std::future::pending());
        }
        let pass =
            shift.pass(&BTreeMap::from([("wheel".to_owned(), 5), ("other".to_owned(), 1)]), usize::MAX);
        assert_eq!((pass.limit, pass.at_work["wheel"]), (3, 1));
    }

    #[tokio::test]
    async fn fewer_places_are_to_be_had_while_messages_crowd_in() {
        let mut shift = shift(8);
        for _ in 0..3 {
            shift.begin("wheel", std::future::pending());
        }
        assert_eq!(shift.pass(&BTreeMap::new(), 4).limit, 1);
        assert_eq!(shift.pass(&BTreeMap::new(), 2).limit, 0);
    }

    #[tokio::test]
    async fn places_are_given_back() {
        let mut shift = shift(4);
        shift.begin("wheel", async {});
        shift.begin("wheel", async { panic!("a bug of one turn") });
        let place = shift.places.enter("wheel", usize::MAX).unwrap();
        shift.begin_on(place, async {});
        while !shift.is_empty() {
            shift.one_ended().await;
        }
        let pass = shift.pass(&BTreeMap::new(), usize::MAX);
        assert_eq!((pass.limit, pass.at_work.len()), (4, 0));
    }
}
