//! Who is at work: how much of the responder each tenant has right now, so that none has all of it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use runtime::{MOST_DOUBT, Turnstile};
use tokio::task::JoinSet;

/// So many turns of one tenant are at work at most, however many places there are. They go from stage to
/// stage in the order in which they came, so whoever comes in waits for all of them: the time that this
/// many take is what a flood of one tenant may cost the others.
const MOST_OF_ONE: usize = 16;

/// Places for work of one kind. Clones share them.
#[derive(Clone)]
pub(crate) struct Places {
    count: usize,
    most_of_one: usize,
    taken: Arc<Mutex<Taken>>,
}

/// What of them is taken.
#[derive(Default)]
struct Taken {
    by_tenant: BTreeMap<String, usize>,
    /// Of all that are at work, see [`runtime::Claim::doubt`].
    doubt: usize,
}

impl Places {
    /// So many for turns, which take a processor: of one tenant no more than [`MOST_OF_ONE`] are at work.
    pub(crate) fn of_turns(count: usize) -> Self {
        Self { count, most_of_one: MOST_OF_ONE, taken: Arc::default() }
    }

    /// So many for sends, which wait for a gateway: one tenant has three quarters at most.
    pub(crate) fn of_sends(count: usize) -> Self {
        Self { count, most_of_one: usize::MAX, taken: Arc::default() }
    }

    /// A place for a tenant, if one is free when no more than `places` are to be had now.
    pub(crate) fn enter(&self, slug: &str, places: usize) -> Option<Place> {
        let mut taken = lock(&self.taken);
        let own = taken.by_tenant.get(slug).copied().unwrap_or(0);
        let at_work = taken.by_tenant.values().sum::<usize>();
        let free = at_work < self.count.min(places) && own < self.each(places);
        free.then(|| self.sit(&mut taken, (slug, 0)))
    }

    /// A place, free or not: the store has let it through.
    fn occupy(&self, who: (&str, usize)) -> Place {
        self.sit(&mut lock(&self.taken), who)
    }

    fn sit(&self, taken: &mut Taken, (slug, doubt): (&str, usize)) -> Place {
        *taken.by_tenant.entry(slug.to_owned()).or_default() += 1;
        taken.doubt += doubt;
        Place { taken: Arc::clone(&self.taken), slug: slug.to_owned(), doubt }
    }

    /// How many of one tenant may be at work while no more than `places` are to be had.
    fn each(&self, places: usize) -> usize {
        (self.count.min(places) * 3 / 4).clamp(1, self.most_of_one)
    }
}

/// One of [`Places`], until it is dropped.
pub(crate) struct Place {
    taken: Arc<Mutex<Taken>>,
    slug: String,
    doubt: usize,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = lock(&self.taken);
        taken.doubt -= self.doubt;
        if let Some(count) = taken.by_tenant.get_mut(&self.slug) {
            *count -= 1;
            if *count == 0 {
                taken.by_tenant.remove(&self.slug);
            }
        }
    }
}

fn lock(taken: &Mutex<Taken>) -> MutexGuard<'_, Taken> {
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
        let taken = lock(&self.places.taken);
        let (mut at_work, doubt) = (taken.by_tenant.clone(), taken.doubt);
        drop(taken);
        for (slug, count) in &mut at_work {
            *count = count.saturating_sub(waiting.get(slug).copied().unwrap_or(0));
        }
        Turnstile {
            limit: self.places.count.min(places).saturating_sub(at_work.values().sum()),
            after: self.after.clone(),
            each: self.places.each(places),
            at_work,
            doubt: MOST_DOUBT.saturating_sub(doubt),
        }
    }

    /// Begins a task, that the store has let through, of a tenant that is doubted so much.
    pub(crate) fn begin(&mut self, who: (&str, usize), task: impl Future<Output = ()> + Send + 'static) {
        who.0.clone_into(&mut self.after);
        let place = self.places.occupy(who);
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
        Shift::new(Places::of_turns(count))
    }

    #[tokio::test]
    async fn one_tenant_never_has_every_place() {
        let mut shift = shift(8);
        for _ in 0..6 {
            shift.begin(("flood", 0), std::future::pending());
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
    async fn a_flood_is_at_work_no_more_than_the_others_can_wait_for() {
        let mut shift = shift(256);
        for _ in 0..MOST_OF_ONE {
            shift.begin(("flood", 0), std::future::pending());
        }
        let pass = shift.pass(&BTreeMap::new(), usize::MAX);
        assert_eq!((pass.limit, pass.each), (256 - MOST_OF_ONE, MOST_OF_ONE));
        assert!(shift.places.enter("flood", usize::MAX).is_none());
        assert_eq!(shift.pass(&BTreeMap::new(), 8).each, 6, "in a crowd it has not every place either");
        let waiting = BTreeMap::from([("flood".to_owned(), 10)]);
        assert_eq!(shift.pass(&waiting, usize::MAX).at_work["flood"], MOST_OF_ONE - 10);
    }

    #[tokio::test]
    async fn sends_that_hang_leave_their_tenant_most_of_the_places() {
        let mut sends = Shift::new(Places::of_sends(64));
        for _ in 0..MOST_OF_ONE {
            sends.begin(("slow", 0), std::future::pending());
        }
        let pass = sends.pass(&BTreeMap::new(), usize::MAX);
        assert_eq!((pass.limit, pass.each), (64 - MOST_OF_ONE, 48));
    }

    #[tokio::test]
    async fn who_only_waits_takes_no_place() {
        let mut shift = shift(4);
        for _ in 0..6 {
            shift.begin(("wheel", 0), std::future::pending());
        }
        let pass =
            shift.pass(&BTreeMap::from([("wheel".to_owned(), 5), ("other".to_owned(), 1)]), usize::MAX);
        assert_eq!((pass.limit, pass.at_work["wheel"]), (3, 1));
    }

    #[tokio::test]
    async fn fewer_places_are_to_be_had_while_messages_crowd_in() {
        let mut shift = shift(8);
        for _ in 0..3 {
            shift.begin(("wheel", 0), std::future::pending());
        }
        assert_eq!(shift.pass(&BTreeMap::new(), 4).limit, 1);
        assert_eq!(shift.pass(&BTreeMap::new(), 2).limit, 0);
    }

    #[tokio::test]
    async fn doubt_is_let_in_as_far_as_there_is_room() {
        let mut shift = shift(64);
        assert_eq!(shift.pass(&BTreeMap::new(), usize::MAX).doubt, MOST_DOUBT);
        shift.begin(("wheel", 1), std::future::pending());
        shift.begin(("wheel", 1), async {});
        assert_eq!(shift.pass(&BTreeMap::new(), usize::MAX).doubt, MOST_DOUBT - 2);
        shift.one_ended().await;
        assert_eq!(shift.pass(&BTreeMap::new(), usize::MAX).doubt, MOST_DOUBT - 1);
        shift.begin(("gear", MOST_DOUBT), std::future::pending());
        assert_eq!(shift.pass(&BTreeMap::new(), usize::MAX).doubt, 0);
    }

    #[tokio::test]
    async fn places_are_given_back() {
        let mut shift = shift(4);
        shift.begin(("wheel", 0), async {});
        shift.begin(("wheel", 0), async { panic!("a bug of one turn") });
        let place = shift.places.enter("wheel", usize::MAX).unwrap();
        shift.begin_on(place, async {});
        while !shift.is_empty() {
            shift.one_ended().await;
        }
        let pass = shift.pass(&BTreeMap::new(), usize::MAX);
        assert_eq!((pass.limit, pass.at_work.len()), (4, 0));
    }
}
