//! Things done later: a word to a customer who waits, a request nobody took that returns to the bot.
//!
//! Timers stand in the store, so they outlive the process; each is done once. They are due by the
//! wall clock, but a clock that jumps ahead makes none due early.

use std::sync::Arc;
use std::time::Duration;

use decide::Memory;
use format::{Release, Settings};
use runtime::{Claim, ConversationState, Later, StoreError, Timer, TimerCommit, TimerOutcome, crash};

use crate::engine::Engine;
use crate::tenant::Tenant;
use crate::{conversation, quiet};

/// A word to the customer whose request nobody has taken.
const REMIND_CUSTOMER: &str = "remind_customer";
/// The request goes back to the bot.
const RETURN_TO_BOT: &str = "return_to_bot";
/// People are reminded of a request nobody has taken, the second time with the owner.
const REMIND_PEOPLE: [&str; 2] = ["remind_people_1", "remind_people_2"];
/// The pack's words for the first.
const REMINDER: &str = "pending.reminder";

/// A claimed timer is somebody's for so long.
const LEASE_MS: i64 = 30_000;
/// Timers done at once.
const MOST: usize = 64;
/// The store is asked this often.
const TICK: Duration = Duration::from_millis(500);

/// What a new request brings with it.
pub(crate) fn of_request(settings: &Settings, claim: &Claim, now_ms: i64) -> Vec<Later> {
    if claim.state != ConversationState::BotActive {
        return Vec::new();
    }
    let people = |minutes| if settings.enable_reminders { minutes } else { 0 };
    let timers = [
        (REMIND_PEOPLE[0], people(settings.reminder_timeout_1)),
        (REMIND_PEOPLE[1], people(settings.reminder_timeout_2)),
        (REMIND_CUSTOMER, settings.customer_reminder_minutes),
        (RETURN_TO_BOT, settings.auto_return_minutes),
    ];
    let later = |(kind, minutes): (&str, u32)| Later {
        kind: kind.to_owned(),
        due_at_ms: now_ms + i64::from(minutes) * 60_000,
        payload: "{}".to_owned(),
    };
    timers.into_iter().filter(|(_, minutes)| *minutes > 0).map(later).collect()
}

/// Does what is due until the responder stops.
pub(crate) async fn run(engine: Arc<Engine>) {
    let mut stopping = engine.stopping();
    loop {
        tokio::select! {
            biased;
            () = stopping.wait() => return,
            () = engine.clock.sleep(TICK) => {}
        }
        let now_ms = engine.clock.steady_ms();
        match claim(&engine, now_ms).await {
            Ok(timers) => {
                for timer in timers {
                    perform(&engine, timer, now_ms).await;
                }
            }
            Err(error) => engine.store_failed("claim_timers", &error),
        }
    }
}

async fn claim(engine: &Engine, now_ms: i64) -> Result<Vec<Timer>, StoreError> {
    engine
        .with_state(move |state| {
            if state.next_timer()?.is_none_or(|at| at > now_ms) {
                return Ok(Vec::new());
            }
            state.claim_timers(now_ms, LEASE_MS, MOST)
        })
        .await
}

async fn perform(engine: &Engine, timer: Timer, now_ms: i64) {
    let snapshot = engine.live.load_full();
    // Without a release nothing can be said; the lease lapses and somebody comes back to it.
    let Some(tenant) = snapshot.tenants.get(&timer.slug) else { return };
    let Some(outcome) = outcome(engine, tenant, &timer, now_ms).await else { return };
    let (slug, kind) = (timer.slug.clone(), timer.kind.clone());
    let commit = TimerCommit { timer, outcome, now_ms };
    crash::point("timer_claimed");
    match engine.with_state(move |state| state.commit_timer(&commit)).await {
        Ok(()) => {
            crash::point("timer_committed");
            engine.telemetry.count("tenantry_timers_total", &[("tenant", &slug), ("kind", &kind)]);
            engine.committed.notify_one();
        }
        Err(StoreError::Stale) => {}
        Err(error) => engine.store_failed("commit_timer", &error),
    }
}

/// What becomes of a timer that is due; nothing while its tenant's release cannot be read.
async fn outcome(engine: &Engine, tenant: &Tenant, timer: &Timer, now_ms: i64) -> Option<TimerOutcome> {
    let settings = tenant.settings();
    let Some(requested_at_ms) = timer.requested_at_ms else { return Some(TimerOutcome::Done) };
    if timer.state != ConversationState::Pending || tenant.is_suspended() || tenant.is_deleted() {
        return Some(TimerOutcome::Done);
    }
    Some(match timer.kind.as_str() {
        REMIND_CUSTOMER => match quiet::until(settings.quiet_hours.as_ref(), &tenant.local(now_ms)) {
            Some(morning) => TimerOutcome::Again { due_at_ms: morning.timestamp().as_millisecond() },
            None => {
                let awake = engine.wake(tenant).await.ok()?;
                remind(engine, tenant, awake.release(), timer)
            }
        },
        kind if REMIND_PEOPLE.contains(&kind) && settings.enable_reminders => {
            match quiet::until(settings.quiet_hours.as_ref(), &tenant.local(now_ms)) {
                Some(morning) => TimerOutcome::Again { due_at_ms: morning.timestamp().as_millisecond() },
                None => remind_people(engine, timer, now_ms).await?,
            }
        }
        RETURN_TO_BOT if settings.auto_return_minutes > 0 => {
            let touched = timer.human_at_ms.unwrap_or(requested_at_ms).max(requested_at_ms);
            let due_at_ms = touched + i64::from(settings.auto_return_minutes) * 60_000;
            if due_at_ms > now_ms { TimerOutcome::Again { due_at_ms } } else { TimerOutcome::Return }
        }
        _ => TimerOutcome::Done,
    })
}

/// Reminds people, once; nothing while the store fails.
async fn remind_people(engine: &Engine, timer: &Timer, now_ms: i64) -> Option<TimerOutcome> {
    let nth = if timer.kind == REMIND_PEOPLE[0] { 1 } else { 2 };
    let Some(handover) = timer.handover_id.clone() else { return Some(TimerOutcome::Done) };
    match engine.with_state(move |state| state.remind(&handover, nth, now_ms)).await {
        Ok(_) => {
            engine.posted.notify_one();
            Some(TimerOutcome::Done)
        }
        Err(error) => {
            engine.store_failed("remind", &error);
            None
        }
    }
}

fn remind(engine: &Engine, tenant: &Tenant, release: &Release, timer: &Timer) -> TimerOutcome {
    let memory: Memory = conversation::remembered(&timer.memory, &timer.conversation_id);
    let lang = memory.lang.or_else(|| release.client.languages.first().copied()).unwrap_or_default();
    let text = release.pack.templates.get(REMINDER).map(|it| it.get(lang).trim());
    match text.filter(|it| !it.is_empty() && !it.contains('{')) {
        Some(text) => TimerOutcome::Say {
            text: text.to_owned(),
            outbox_id: (engine.ids)().to_string(),
            instance_id: tenant.numbers().answering(timer.branch.as_deref(), &timer.instance_id),
        },
        None => TimerOutcome::Done,
    }
}
