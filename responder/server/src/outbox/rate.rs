//! Numbers that the gateway wants to be left alone for a while: it said so to one sender, and all of all
//! replicas keep to it.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use runtime::StoreError;

use crate::engine::Engine;

/// What other replicas were told is looked for this often at most.
const LOOK: Duration = Duration::from_millis(250);

/// A tenant's number.
type Number = (String, String);

/// Until when numbers are left alone, as far as this process knows.
#[derive(Default)]
pub(crate) struct Rate {
    until_ms: Mutex<BTreeMap<Number, i64>>,
    looked: Mutex<Option<Duration>>,
}

impl Rate {
    /// For how long the number is still to be left alone.
    pub(super) fn wait(&self, slug: &str, instance_id: &str, now_ms: i64) -> Option<Duration> {
        let until = lock(&self.until_ms).get(&(slug.to_owned(), instance_id.to_owned())).copied()?;
        u64::try_from(until.saturating_sub(now_ms)).ok().filter(|it| *it > 0).map(Duration::from_millis)
    }

    fn learn(&self, (slug, instance_id): (&str, &str), until_ms: i64, now_ms: i64) {
        let mut known = lock(&self.until_ms);
        known.retain(|_, until| *until > now_ms);
        let until = known.entry((slug.to_owned(), instance_id.to_owned())).or_default();
        *until = (*until).max(until_ms);
    }

    /// Whether it is time to look again.
    fn is_due(&self, elapsed: Duration) -> bool {
        let mut looked = lock(&self.looked);
        let is_due = looked.is_none_or(|at| elapsed >= at + LOOK);
        if is_due {
            *looked = Some(elapsed);
        }
        is_due
    }
}

/// Learns what other replicas were told.
pub(super) async fn look(engine: &Engine) -> Result<(), StoreError> {
    if !engine.rate.is_due(engine.clock.elapsed()) {
        return Ok(());
    }
    let now_ms = engine.now_ms();
    for (slug, instance_id, until_ms) in engine.with_state(move |state| state.resting(now_ms)).await? {
        engine.rate.learn((&slug, &instance_id), until_ms, now_ms);
    }
    Ok(())
}

/// The number is left alone for so long: what waits to leave from it waits on, here and elsewhere.
pub(super) async fn rest(engine: &Engine, slug: &str, instance_id: &str, wait: Duration) {
    let now_ms = engine.now_ms();
    let until_ms = now_ms.saturating_add(i64::try_from(wait.as_millis()).unwrap_or(i64::MAX / 2));
    engine.rate.learn((slug, instance_id), until_ms, now_ms);
    let (slug, instance_id) = (slug.to_owned(), instance_id.to_owned());
    if let Err(error) = engine.with_state(move |state| state.rest(&slug, &instance_id, until_ms)).await {
        engine.store_failed("rest", &error);
    }
}

/// The locks hold plain values, which no panic leaves half changed.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
