//! What goes wrong slowly: owners are told, seldom and once, by one replica.

use std::sync::Arc;
use std::time::Duration;

use format::Settings;
use runtime::{Alarm, StoreError};
use telegram::alert::Alert;
use uuid::Uuid;

use super::{alerts, people};
use crate::care;
use crate::engine::Engine;
use crate::quiet;
use crate::tenant::Tenant;

/// How often everything is looked at.
const EVERY: Duration = Duration::from_secs(5);
/// One process at a time looks, and is believed to live this long, milliseconds.
const HOLD_MS: i64 = 60_000;
const KEY: &str = "alarms";
/// Replies that did not go out are told of as long as this, milliseconds.
const DAY_MS: i64 = 86_400_000;
/// An owner hears of the same trouble again after this long, milliseconds.
const AGAIN_MS: i64 = 4 * 3_600_000;
/// A reply that was refused waits this long before the gateway counts as down, milliseconds.
const STUCK_MS: i64 = 3 * 60_000;
/// As long as this a model may be away without a word, milliseconds.
const AWAY_MS: i64 = 2 * 60_000;

/// Watches until the responder stops.
pub(super) async fn run(engine: Arc<Engine>) {
    let holder = Uuid::new_v4().to_string();
    let mut stopping = engine.stopping();
    let mut away_since: Option<i64> = None;
    loop {
        tokio::select! {
            biased;
            () = stopping.wait() => return,
            () = engine.clock.sleep(EVERY) => {}
        }
        let now_ms = engine.now_ms();
        let is_away = engine.outside.open().any(|it| it == care::MODEL);
        away_since = is_away.then(|| away_since.unwrap_or(now_ms));
        let model_down = away_since.is_some_and(|it| now_ms - it >= AWAY_MS);
        if let Err(error) = look(&engine, &holder, model_down).await {
            engine.store_failed("alarms", &error);
        }
    }
}

async fn look(engine: &Engine, holder: &str, model_down: bool) -> Result<(), StoreError> {
    let (who, now_ms) = (holder.to_owned(), engine.now_ms());
    let alarms = engine.with_state(move |state| {
        if state.hold(KEY, &who, now_ms + HOLD_MS, now_ms)? {
            return state.alarms(now_ms - DAY_MS).map(Some);
        }
        Ok(None)
    });
    let Some(alarms) = alarms.await? else { return Ok(()) };
    let snapshot = engine.live.load_full();
    let heard = |it: &&Arc<Tenant>| it.bot().is_some() || !people::owners_phones(it).is_empty();
    for tenant in snapshot.tenants.values().filter(|it| !it.is_suspended()).filter(heard) {
        let nothing = Alarm::default();
        let alarm = alarms.get(tenant.slug()).unwrap_or(&nothing);
        // Whoever sleeps has nobody who would miss it.
        let model_down = model_down && tenant.wits().idle().is_some();
        let settings = tenant.settings();
        let is_quiet = quiet::until(settings.quiet_hours.as_ref(), &tenant.local(now_ms)).is_some();
        for told in troubles(settings, alarm, (model_down, is_quiet), now_ms) {
            let key = format!("{}:{}:{}", told.what, tenant.slug(), told.when);
            alerts::post(engine, tenant, told.what, (key, Some(told.alert))).await?;
        }
    }
    Ok(())
}

/// Something an owner is told.
struct Told {
    what: &'static str,
    /// Told once for each of these.
    when: i64,
    alert: Alert,
}

/// What to tell, and how seldom.
fn troubles(
    settings: &Settings,
    alarm: &Alarm,
    (model_down, is_quiet): (bool, bool),
    now_ms: i64,
) -> Vec<Told> {
    let period = now_ms / AGAIN_MS;
    let mut all = Vec::new();
    let patience_ms = i64::from(settings.reminder_timeout_2) * 60_000;
    let late: Vec<i64> = alarm.unanswered.iter().copied().filter(|it| now_ms - it >= patience_ms).collect();
    if let (Some(oldest), true, false) = (late.first(), settings.enable_owner_escalation, is_quiet) {
        let oldest = Duration::from_millis(u64::try_from(now_ms - oldest).unwrap_or(0));
        let alert = Alert::Unanswered { count: late.len() as u64, oldest };
        all.push(Told { what: "unanswered", when: period, alert });
    }
    if let Some(at_ms) = alarm.dead_at_ms {
        // Once for each hour in which there were any.
        let alert = Alert::DeadLetters { count: alarm.dead };
        all.push(Told { what: "dead_letters", when: at_ms / 3_600_000, alert });
    }
    if alarm.stuck_since_ms.is_some_and(|it| now_ms - it >= STUCK_MS) {
        all.push(Told { what: "gateway_down", when: period, alert: Alert::GatewayDown });
    }
    if model_down {
        all.push(Told { what: "model_down", when: period, alert: Alert::ModelDown });
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: i64 = 1_736_942_400_000;
    const MINUTE: i64 = 60_000;

    fn told(alarm: &Alarm, flags: (bool, bool), now_ms: i64) -> Vec<(&'static str, i64)> {
        let all = troubles(&Settings::default(), alarm, flags, now_ms);
        all.into_iter().map(|it| (it.what, it.when)).collect()
    }

    #[test]
    fn owners_hear_of_trouble_that_lasts_and_seldom_again() {
        let alarm = Alarm { unanswered: vec![NOON, NOON + 50 * MINUTE], ..Alarm::default() };
        assert_eq!(told(&alarm, (false, false), NOON + 59 * MINUTE), []);
        let first = told(&alarm, (false, false), NOON + 60 * MINUTE);
        assert_eq!(first, told(&alarm, (false, false), NOON + 100 * MINUTE), "the same news");
        assert!(first.len() == 1 && first[0].0 == "unanswered");
        assert_ne!(first, told(&alarm, (false, false), NOON + 60 * MINUTE + AGAIN_MS));
        assert_eq!(told(&alarm, (false, true), NOON + 60 * MINUTE), [], "at night");

        let uncalled = Settings { enable_owner_escalation: false, ..Settings::default() };
        assert!(troubles(&uncalled, &alarm, (false, false), NOON + 60 * MINUTE).is_empty(), "not wanted");

        let alarm = Alarm { stuck_since_ms: Some(NOON), ..Alarm::default() };
        assert_eq!(told(&alarm, (false, false), NOON + STUCK_MS - 1), []);
        assert_eq!(told(&alarm, (false, true), NOON + STUCK_MS)[0].0, "gateway_down");
        assert_eq!(told(&Alarm::default(), (true, false), NOON)[0].0, "model_down");

        let dead = |at_ms| Alarm { dead: 2, dead_at_ms: Some(at_ms), ..Alarm::default() };
        let once = told(&dead(NOON), (false, false), NOON);
        assert_eq!(once, told(&dead(NOON + 20 * MINUTE), (false, false), NOON + AGAIN_MS), "the same hour");
        assert_ne!(once, told(&dead(NOON + 61 * MINUTE), (false, false), NOON + 61 * MINUTE), "new ones");
    }
}
