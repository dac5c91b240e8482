//! Finds the chat of posts that have none.

use std::sync::Arc;
use std::time::Duration;

use runtime::{StoreError, Unrouted};

use super::place;
use crate::engine::Engine;

/// The store is asked at least this often: a post may be another process's.
const TICK: Duration = Duration::from_millis(250);
/// Posts looked at at once.
const MOST: usize = 64;
/// A request of a tenant that is not served waits this long for it to come back, milliseconds.
const PATIENCE_MS: i64 = 10 * 60_000;

/// Works until the responder stops.
pub(super) async fn run(engine: Arc<Engine>) {
    let mut stopping = engine.stopping();
    loop {
        tokio::select! {
            biased;
            () = stopping.wait() => return,
            () = engine.asked.notified() => {}
            () = engine.clock.sleep(TICK) => {}
        }
        if let Err(error) = look(&engine).await {
            engine.store_failed("unrouted", &error);
        }
    }
}

async fn look(engine: &Engine) -> Result<(), StoreError> {
    let posts = engine.with_state(|state| state.unrouted(MOST)).await?;
    for post in posts {
        route(engine, post).await?;
    }
    Ok(())
}

async fn route(engine: &Engine, post: Unrouted) -> Result<(), StoreError> {
    let now_ms = engine.now_ms();
    let snapshot = engine.live.load_full();
    let place = match snapshot.tenants.get(&post.slug) {
        Some(tenant) => place::of(tenant, post.branch.as_deref()),
        None if now_ms - post.created_at_ms < PATIENCE_MS => return Ok(()),
        None => Err("not_served"),
    };
    let id = post.post_id;
    match place {
        Ok(place) => {
            engine.with_state(move |state| state.route(&id, place, now_ms)).await?;
            engine.posted.notify_one();
        }
        Err(why) => {
            engine.with_state(move |state| state.refuse(&id, why, now_ms)).await?;
            engine.telemetry.count("tenantry_posts_total", &[("tenant", &post.slug), ("outcome", why)]);
            tracing::warn!(tenant.slug = %post.slug, reason = why, "a request is shown to nobody in Telegram");
        }
    }
    Ok(())
}
