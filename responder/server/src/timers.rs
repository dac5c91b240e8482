//! Things done later: people are reminded of a request, a customer who waits is told so, a request nobody
//! took returns to the bot.
//!
//! Timers stand in the store, so they outlive the process; each is done once. They are due by the
//! wall clock, but a clock that jumps ahead makes none due early.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use decide::Memory;
use format::{Release, Settings};
use runtime::{Claim, ConversationState, Later, StoreError, Timer, TimerCommit, TimerOutcome, crash};
use tokio::task::JoinSet;
use tracing::Instrument as _;

use crate::engine::Engine;
use crate::tenant::Tenant;
use crate::{conversation, quiet, spans};

/// A word to the customer whose request nobody has taken.
const REMIND_CUSTOMER: &str = "remind_customer";
/// The request goes back to the bot.
const RETURN_TO_BOT: &str = "return_to_bot";
/// People are reminded of a request nobody has answered, the second time with the owner.
const REMIND_PEOPLE: [&str; 2] = ["remind_people_1", "remind_people_2"];
/// The pack's words for the first.
const REMINDER: &str = "pending.reminder";

/// A customer who was told that people will answer is theirs for so long at least.
const KEPT_MINUTES: u32 = 30;
/// A claimed timer is somebody's for so long.
const LEASE_MS: i64 = 30_000;
/// Timers claimed at once.
const MOST: usize = 256;
/// Conversations whose timers are done at once: they share the store's syncs.
const AT_ONCE: usize = 64;
/// The store is asked this often.
const TICK: Duration = Duration::from_millis(500);

/// What the request of a turn brings with it, if it is new.
pub(crate) fn of_turn(tenant: &Tenant, claim: &Claim, now_ms: i64) -> Vec<Later> {
    match claim.state {
        ConversationState::BotActive => of_request(tenant, now_ms),
        _ => Vec::new(),
    }
}

/// What a request of this time brings with it. Of what is due at once the first is done first.
fn of_request(tenant: &Tenant, requested_at_ms: i64) -> Vec<Later> {
    let settings = tenant.settings();
    let mut timers = of_taking(settings, requested_at_ms);
    if settings.customer_reminder_minutes > 0 {
        timers.push(later(REMIND_CUSTOMER, plus(requested_at_ms, settings.customer_reminder_minutes)));
    }
    if settings.auto_return_minutes > 0 {
        timers.push(later(RETURN_TO_BOT, awake_after(tenant, requested_at_ms, settings.auto_return_minutes)));
    }
    timers
}

/// What comes of a request that somebody takes and does not answer.
pub(crate) fn of_taking(settings: &Settings, now_ms: i64) -> Vec<Later> {
    if !settings.enable_reminders {
        return Vec::new();
    }
    let minutes = [settings.reminder_timeout_1, settings.reminder_timeout_2];
    let timers = REMIND_PEOPLE.into_iter().zip(minutes).filter(|(_, minutes)| *minutes > 0);
    timers.map(|(kind, minutes)| later(kind, plus(now_ms, minutes))).collect()
}

fn later(kind: &str, due_at_ms: i64) -> Later {
    Later { kind: kind.to_owned(), due_at_ms, payload: "{}".to_owned() }
}

fn plus(from_ms: i64, minutes: u32) -> i64 {
    from_ms + i64::from(minutes) * 60_000
}

/// So many minutes later, quiet hours left out.
fn awake_after(tenant: &Tenant, from_ms: i64, minutes: u32) -> i64 {
    let quiet = tenant.settings().quiet_hours.as_ref();
    quiet::after(quiet, &tenant.local(from_ms), minutes).timestamp().as_millisecond()
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
        while !engine.is_stopping() && work(&engine).await {}
    }
}

/// Does what is due, of a conversation one after the other; whether there may be more.
async fn work(engine: &Arc<Engine>) -> bool {
    let now_ms = engine.clock.steady_ms();
    let timers = match claim(engine, now_ms).await {
        Ok(timers) => timers,
        Err(error) => {
            engine.store_failed("claim_timers", &error);
            return false;
        }
    };
    let is_full = timers.len() == MOST;
    let mut tasks = JoinSet::new();
    for talk in by_conversation(timers) {
        if tasks.len() >= AT_ONCE {
            tasks.join_next().await;
        }
        let engine = Arc::clone(engine);
        tasks.spawn(async move {
            for timer in talk {
                let span = spans::timer(&timer);
                perform(&engine, timer, now_ms).instrument(span).await;
            }
        });
    }
    while tasks.join_next().await.is_some() {}
    is_full
}

/// Timers by conversation, in the order in which they are due.
fn by_conversation(timers: Vec<Timer>) -> Vec<Vec<Timer>> {
    let mut talks: Vec<Vec<Timer>> = Vec::new();
    let mut places = BTreeMap::new();
    for timer in timers {
        let place = *places.entry(timer.conversation_id.clone()).or_insert(talks.len());
        match talks.get_mut(place) {
            Some(talk) => talk.push(timer),
            None => talks.push(vec![timer]),
        }
    }
    talks
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
    if tenant.is_suspended() || tenant.is_deleted() {
        return Some(TimerOutcome::Done);
    }
    let is_untaken = timer.state == ConversationState::Pending;
    if timer.kind == Timer::REQUEST && is_untaken {
        return Some(TimerOutcome::Set { timers: of_request(tenant, requested_at_ms) });
    }
    let is_wanted = match timer.kind.as_str() {
        REMIND_CUSTOMER => is_untaken && settings.customer_reminder_minutes > 0,
        RETURN_TO_BOT => is_untaken && settings.auto_return_minutes > 0,
        // Who has taken it is reminded too: the customer still waits.
        kind => REMIND_PEOPLE.contains(&kind) && settings.enable_reminders && timer.answered_at_ms.is_none(),
    };
    if !is_wanted {
        return Some(TimerOutcome::Done);
    }
    // Nobody is written to at night, and nothing returns before those who were to be reminded were.
    if let Some(morning) = quiet::until(settings.quiet_hours.as_ref(), &tenant.local(now_ms)) {
        return Some(TimerOutcome::Again { due_at_ms: morning.timestamp().as_millisecond() });
    }
    match timer.kind.as_str() {
        REMIND_CUSTOMER => {
            let awake = engine.wake(tenant).await.ok()?;
            Some(remind(engine, tenant, awake.release(), (timer, now_ms)))
        }
        RETURN_TO_BOT => {
            let touched = timer.human_at_ms.unwrap_or(requested_at_ms).max(requested_at_ms);
            let due_at_ms = awake_after(tenant, touched, settings.auto_return_minutes);
            Some(if due_at_ms > now_ms { TimerOutcome::Again { due_at_ms } } else { TimerOutcome::Return })
        }
        _ => remind_people(engine, timer, now_ms).await,
    }
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

/// Tells the customer that people will answer, who then have some time for that.
fn remind(
    engine: &Engine,
    tenant: &Tenant,
    release: &Release,
    (timer, now_ms): (&Timer, i64),
) -> TimerOutcome {
    let memory: Memory = conversation::remembered(&timer.memory, &timer.conversation_id);
    let lang = memory.lang.or_else(|| release.client.languages.first().copied()).unwrap_or_default();
    let text = release.pack.templates.get(REMINDER).map(|it| it.get(lang).trim());
    match text.filter(|it| !it.is_empty() && !it.contains('{')) {
        Some(text) => TimerOutcome::Say {
            text: text.to_owned(),
            outbox_id: (engine.ids)().to_string(),
            instance_id: tenant.numbers().answering(timer.branch.as_deref(), &timer.instance_id),
            postpones: Some((RETURN_TO_BOT.to_owned(), awake_after(tenant, now_ms, KEPT_MINUTES))),
        },
        None => TimerOutcome::Done,
    }
}
