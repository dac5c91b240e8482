//! Does in Telegram what the desk asks for: within its limits, new requests first, in order within a
//! topic.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use runtime::{PostKind, PostLimits, PostOutcome, PostRow, StoreError, crash};
use serde_json::Value;
use tokio::task::JoinSet;
use tracing::Instrument as _;

use super::pressed::AT_ONCE;
use super::{alerts, phone, show};
use crate::engine::Engine;
use crate::spans;

/// A post is somebody's for so long: longer than the calls it may take, with a file for one.
const LEASE_MS: i64 = 100_000;
/// Posts under way at once.
const PLACES: usize = 32;
const IDLE: Duration = Duration::from_millis(250);
const BUSY: Duration = Duration::from_millis(20);
/// How often posts that a crash left under way are looked for.
const RECOVERY: Duration = Duration::from_secs(5);
/// How often an outcome is told the store.
const SETTLE_ATTEMPTS: u32 = 5;
const HOUR_MS: i64 = 3_600_000;

/// Works until the responder stops, then lets what is under way end.
pub(super) async fn run(engine: Arc<Engine>) {
    let mut stopping = engine.stopping();
    let mut posts = JoinSet::new();
    let mut recovered: Option<Duration> = None;
    while !engine.is_stopping() {
        if recovered.is_none_or(|at| engine.clock.elapsed() - at >= RECOVERY) {
            recover(&engine, recovered.is_none()).await;
            recovered = Some(engine.clock.elapsed());
        }
        answered(&engine).await;
        let (begun, wait) = begin(&engine, PLACES - posts.len().min(PLACES)).await.unwrap_or_else(|error| {
            engine.store_failed("begin_posts", &error);
            (Vec::new(), IDLE)
        });
        if !begun.is_empty() {
            for post in begun {
                let span = spans::post(&post);
                posts.spawn(perform(Arc::clone(&engine), post).instrument(span));
            }
            continue;
        }
        tokio::select! {
            biased;
            () = stopping.wait() => {}
            () = engine.posted.notified() => {}
            Some(_) = posts.join_next(), if !posts.is_empty() => {}
            () = engine.clock.sleep(wait) => {}
        }
    }
    while posts.join_next().await.is_some() {}
}

/// Waits until whoever pressed a button is answered, and no longer than a second.
async fn answered(engine: &Engine) {
    let began = engine.clock.elapsed();
    while engine.presses.load(Ordering::SeqCst) > 0 && engine.clock.elapsed() - began < AT_ONCE {
        engine.clock.sleep(BUSY).await;
    }
}

async fn recover(engine: &Engine, starting: bool) {
    let now_ms = engine.now_ms();
    match engine.with_state(move |state| state.recover_posts(starting, now_ms)).await {
        Ok(0) => {}
        Ok(rows) => tracing::warn!(rows, "posts that a crash left half done were taken up again"),
        Err(error) => engine.store_failed("recover_posts", &error),
    }
}

async fn begin(engine: &Engine, places: usize) -> Result<(Vec<PostRow>, Duration), StoreError> {
    if places == 0 {
        return Ok((Vec::new(), IDLE));
    }
    let (now_ms, limits) = (engine.now_ms(), PostLimits::default());
    engine
        .with_state(move |state| {
            let wait = match state.next_post(now_ms, &limits)? {
                Some(at) if at <= now_ms => {
                    let begun = state.begin_posts(now_ms, LEASE_MS, &limits, places)?;
                    return Ok((begun, BUSY));
                }
                Some(at) => u64::try_from(at - now_ms).map_or(IDLE, Duration::from_millis),
                None => IDLE,
            };
            Ok((Vec::new(), wait.min(IDLE)))
        })
        .await
}

async fn perform(engine: Arc<Engine>, post: PostRow) {
    crash::point("before_post");
    let outcome = show::show(&engine, &post).await;
    crash::point("post_shown");
    let word = match &outcome {
        PostOutcome::Sent { .. } | PostOutcome::Titled { .. } => "sent",
        PostOutcome::Retry { .. } => "retry",
        PostOutcome::Unsure => "unsure",
        PostOutcome::TopicLost { .. } => "topic_lost",
        PostOutcome::Dead { .. } => "dead",
    };
    engine.telemetry.count("tenantry_posts_total", &[("tenant", &post.slug), ("outcome", word)]);
    if let PostOutcome::Dead { error } | PostOutcome::Retry { error, .. } = &outcome {
        tracing::warn!(kind = post.kind.word(), attempt = post.attempts, error, "post: {word}");
    } else {
        tracing::info!(kind = post.kind.word(), attempt = post.attempts, "post: {word}");
    }
    if is_given_up(&post, &outcome) {
        given_up(&engine, &post).await;
    }
    for attempt in 1..=SETTLE_ATTEMPTS {
        let (id, outcome, now_ms, nth) = (post.id.clone(), outcome.clone(), engine.now_ms(), post.attempts);
        match engine.with_state(move |state| state.settle_post(&id, nth, &outcome, now_ms)).await {
            Ok(()) | Err(StoreError::Missing(_) | StoreError::Stale) => break,
            Err(error) => engine.store_failed("settle_post", &error),
        }
        engine.clock.sleep(Duration::from_millis(100) * attempt * attempt).await;
    }
    crash::point("post_settled");
    engine.posted.notify_one();
}

/// Whether this is the end of a post.
fn is_given_up(post: &PostRow, outcome: &PostOutcome) -> bool {
    match outcome {
        PostOutcome::Dead { .. } => true,
        PostOutcome::Unsure => post.kind.makes() && post.unsure + 1 >= post.kind.most_unsure(),
        _ => false,
    }
}

/// The owner hears of what people were to see and never will, once an hour; before it is given up, so
/// that a crash in between tells of it too.
async fn given_up(engine: &Engine, post: &PostRow) {
    if post.kind.must_be_seen() {
        if is_forgotten(engine, post).await {
            return;
        }
        let key = format!("unshown:{}:{}", post.slug, engine.now_ms() / HOUR_MS);
        return alerts::tell(engine, &post.slug, ("unshown", ""), key).await;
    }
    let payload: Value = serde_json::from_str(&post.payload).unwrap_or_default();
    let has_phones = payload["otherwise"].as_array().is_some_and(|it| !it.is_empty());
    if post.kind == PostKind::Alert && !has_phones {
        phone::nobody(engine, &post.slug);
    }
}

/// Whether the customer was erased meanwhile: nobody misses the post.
async fn is_forgotten(engine: &Engine, post: &PostRow) -> bool {
    let Some(id) = post.handover_id.clone() else { return false };
    let card = engine.with_state(move |state| state.card(&id)).await;
    card.is_ok_and(|it| it.is_none())
}
