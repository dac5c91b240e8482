//! Who is at work: how much of the responder each tenant has right now, so that none has all of it.

use std::collections::{BTreeMap, HashMap};

use runtime::Turnstile;
use tokio::task::{Id, JoinSet};

/// Tasks at work, by tenant; several at once, and of one tenant never all.
pub(crate) struct Shift {
    places: usize,
    tasks: JoinSet<()>,
    whose: HashMap<Id, String>,
    at_work: BTreeMap<String, usize>,
    after: String,
}

impl Shift {
    /// A shift with so many places, of which one tenant has three quarters at most.
    pub(crate) fn new(places: usize) -> Self {
        Self {
            places,
            tasks: JoinSet::new(),
            whose: HashMap::new(),
            at_work: BTreeMap::new(),
            after: String::new(),
        }
    }

    /// Who may come in next when no more than `places` are to be had now. Those at work who only wait
    /// for others, by tenant, take no place.
    pub(crate) fn pass(&self, waiting: &BTreeMap<String, usize>, places: usize) -> Turnstile {
        let mut at_work = self.at_work.clone();
        for (slug, count) in &mut at_work {
            *count = count.saturating_sub(waiting.get(slug).copied().unwrap_or(0));
        }
        Turnstile {
            limit: self.places.min(places).saturating_sub(at_work.values().sum()),
            after: self.after.clone(),
            each: (self.places * 3 / 4).max(1),
            at_work,
        }
    }

    /// Begins a task of a tenant.
    pub(crate) fn begin(&mut self, slug: &str, task: impl Future<Output = ()> + Send + 'static) {
        let id = self.tasks.spawn(task).id();
        self.whose.insert(id, slug.to_owned());
        *self.at_work.entry(slug.to_owned()).or_default() += 1;
        slug.clone_into(&mut self.after);
    }

    /// Whether nobody is at work.
    pub(crate) fn is_empty(&self) -> bool {
        self.tasks.is_empty()
    }

    /// Waits until somebody has ended; returns at once when nobody is at work.
    pub(crate) async fn one_ended(&mut self) {
        if let Some(ended) = self.tasks.join_next_with_id().await {
            self.left(ended.map_or_else(|error| error.id(), |(id, ())| id));
            while let Some(ended) = self.tasks.try_join_next_with_id() {
                self.left(ended.map_or_else(|error| error.id(), |(id, ())| id));
            }
        }
    }

    fn left(&mut self, id: Id) {
        let Some(slug) = self.whose.remove(&id) else { return };
        if let Some(count) = self.at_work.get_mut(&slug) {
            *count -= 1;
            if *count == 0 {
                self.at_work.remove(&slug);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_tenant_never_has_every_place() {
        let mut shift = Shift::new(8);
        for _ in 0..6 {
            shift.begin("flood", std::future::pending());
        }
        let pass = shift.pass(&BTreeMap::new(), usize::MAX);
        assert_eq!((pass.limit, pass.each, pass.at_work["flood"], pass.after.as_str()), (2, 6, 6, "flood"));
    }

    #[tokio::test]
    async fn who_only_waits_takes_no_place() {
        let mut shift = Shift::new(4);
        for _ in 0..6 {
            shift.begin("wheel", std::future::pending());
        }
        let pass =
            shift.pass(&BTreeMap::from([("wheel".to_owned(), 5), ("other".to_owned(), 1)]), usize::MAX);
        assert_eq!((pass.limit, pass.at_work["wheel"]), (3, 1));
    }

    #[tokio::test]
    async fn fewer_places_are_to_be_had_while_messages_crowd_in() {
        let mut shift = Shift::new(8);
        for _ in 0..3 {
            shift.begin("wheel", std::future::pending());
        }
        assert_eq!(shift.pass(&BTreeMap::new(), 4).limit, 1);
        assert_eq!(shift.pass(&BTreeMap::new(), 2).limit, 0);
    }

    #[tokio::test]
    async fn places_are_given_back() {
        let mut shift = Shift::new(4);
        shift.begin("wheel", async {});
        shift.begin("wheel", async { panic!("a bug of one turn") });
        while !shift.is_empty() {
            shift.one_ended().await;
        }
        let pass = shift.pass(&BTreeMap::new(), usize::MAX);
        assert_eq!((pass.limit, pass.at_work.len()), (4, 0));
    }
}
