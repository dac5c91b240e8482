//! What a person answered → a lesson: used at once, or put before those who decide.

use std::sync::Arc;
use std::time::Duration;

use runtime::{NewLesson, StateStore, StoreError, Unconsidered, crash};
use uuid::Uuid;

use super::lesson;
use crate::engine::Engine;
use crate::load::LoadError;

/// Requests are looked for at least this often: one may have been closed by another process.
const TICK: Duration = Duration::from_secs(5);
/// Requests looked at at once.
const MOST: usize = 64;
/// One process at a time considers them, and is believed to live this long, milliseconds.
const HOLD_MS: i64 = 60_000;
const KEY: &str = "lessons";

/// Works until the responder stops.
pub(super) async fn run(engine: Arc<Engine>) {
    let holder = Uuid::new_v4().to_string();
    let mut stopping = engine.stopping();
    loop {
        if let Err(error) = look(&engine, &holder).await {
            engine.store_failed("unconsidered", &error);
        }
        tokio::select! {
            biased;
            () = stopping.wait() => return,
            () = engine.closed.notified() => {}
            () = engine.clock.sleep(TICK) => {}
        }
    }
}

/// Considers everything that nobody has considered, unless another process does.
async fn look(engine: &Engine, holder: &str) -> Result<(), StoreError> {
    let mut held = false;
    let outcome = all(engine, holder, &mut held).await;
    if held {
        let who = holder.to_owned();
        engine.with_state(move |state| state.let_go(KEY, &who)).await?;
    }
    outcome
}

async fn all(engine: &Engine, holder: &str, held: &mut bool) -> Result<(), StoreError> {
    let mut after = String::new();
    while !engine.is_stopping() {
        let from = after.clone();
        let requests = engine.with_state(move |state| state.unconsidered(&from, MOST)).await?;
        let Some(last) = requests.last() else { break };
        after.clone_from(&last.handover_id);
        for request in requests {
            let (who, now_ms) = (holder.to_owned(), engine.now_ms());
            *held = engine.with_state(move |state| state.hold(KEY, &who, now_ms + HOLD_MS, now_ms)).await?;
            if !*held || engine.is_stopping() {
                return Ok(());
            }
            consider(engine, request).await?;
        }
    }
    Ok(())
}

/// Finds out what a request teaches. Done again after a crash it comes to the same.
async fn consider(engine: &Engine, request: Unconsidered) -> Result<(), StoreError> {
    let Unconsidered { handover_id, slug } = request;
    let snapshot = engine.live.load_full();
    // It waits for its tenant to be served.
    let Some(tenant) = snapshot.tenants.get(&slug) else { return Ok(()) };
    let (id, of) = (handover_id.clone(), slug.clone());
    let standing = move |state: &dyn StateStore| {
        // What waits may be approved later: of two that ask the same one is to be used in the end.
        let mut lessons = state.approved(&of)?;
        lessons.extend(state.lessons(&of, Some("pending"))?);
        Ok((state.lesson_material(&id)?, lessons))
    };
    let found = engine.with_state(standing).await?;
    let mut new: Option<NewLesson> = None;
    if let (Some(material), lessons) = found {
        let awake = match engine.wake(tenant).await {
            Ok(awake) => awake,
            Err(LoadError::Store(error)) => return Err(error),
            Err(LoadError::Unusable(_)) => return Ok(()),
        };
        let (id, now_ms) = (handover_id.clone(), engine.now_ms());
        let work = move || lesson::of(awake.release(), &id, &material, &lessons, now_ms);
        // A panic is a bug of ours that this request found; the others are considered.
        new = engine.away(work).await.flatten();
    }
    let now_ms = engine.now_ms();
    let outcome = match new {
        None => {
            engine.with_state(move |state| state.considered(&handover_id, now_ms)).await?;
            "dropped"
        }
        Some(new) => {
            crash::point("before_lesson");
            let outcome = if new.approved_by.is_some() { "approved" } else { "pending" };
            match engine.with_state(move |state| state.add_lesson(&new)).await {
                // The customer was forgotten meanwhile.
                Ok(_) | Err(StoreError::Missing(_)) => {}
                Err(error) => return Err(error),
            }
            crash::point("lesson_added");
            outcome
        }
    };
    engine.telemetry.count("tenantry_lessons_total", &[("tenant", &slug), ("outcome", outcome)]);
    if outcome == "approved" {
        engine.learned.notify_one();
    }
    if outcome != "dropped" {
        engine.asked.notify_one();
        engine.posted.notify_one();
    }
    Ok(())
}
