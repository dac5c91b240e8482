//! Claims conversations that are due and has their turns performed, several at once, the tenants in
//! turn.

use std::sync::Arc;
use std::time::Duration;

use runtime::{Claim, StoreError, Turnstile, crash};
use tracing::Instrument as _;

use crate::conversation;
use crate::engine::Engine;
use crate::leases::{self, Lease, Term};
use crate::shift::{Places, Shift};
use crate::spans;

/// The store is asked at least this often: another process may have written to it.
const IDLE: Duration = Duration::from_millis(500);
/// … and at most this often when something due is not to be had.
const BUSY: Duration = Duration::from_millis(25);

/// Works until the responder stops, then lets the turns under way end.
pub(crate) async fn run(engine: Arc<Engine>) {
    let mut stopping = engine.stopping();
    let mut turns = Shift::new(Places::of_turns(engine.config.workers));
    while !engine.is_stopping() {
        let wait = match claim(&engine, turns.pass(&engine.outside.parked(), engine.places())).await {
            Ok((claims, _)) if !claims.is_empty() => {
                crash::point("claimed");
                for (claim, lease) in claims {
                    let (slug, doubt, span) = (claim.slug.clone(), claim.doubt(), spans::turn(&claim));
                    let turn = conversation::perform(Arc::clone(&engine), claim, lease).instrument(span);
                    turns.begin((&slug, doubt), turn);
                }
                continue;
            }
            Ok((_, wait)) => wait,
            Err(error) => {
                engine.store_failed("claim", &error);
                IDLE
            }
        };
        tokio::select! {
            biased;
            () = stopping.wait() => {}
            () = engine.arrived.notified() => {}
            () = turns.one_ended(), if !turns.is_empty() => {}
            () = engine.clock.sleep(wait) => {}
        }
    }
    while !turns.is_empty() {
        turns.one_ended().await;
    }
}

/// What is due, and how long to wait when that is nothing.
async fn claim(engine: &Engine, pass: Turnstile) -> Result<(Vec<(Claim, Lease)>, Duration), StoreError> {
    if pass.limit == 0 {
        return Ok((Vec::new(), if engine.is_crowded() { BUSY } else { IDLE }));
    }
    let now_ms = engine.now_ms();
    let term = Term::from_now(engine.clock.as_ref());
    let (claims, wait) = engine
        .with_state(move |state| {
            // Claiming writes; reading first keeps idle times free of that.
            let next = state.next_turn(now_ms)?;
            if next.is_none_or(|at| at > now_ms) {
                return Ok((Vec::new(), pause(next, now_ms)));
            }
            Ok((state.claim_due(now_ms, leases::lease_ms(), &pass)?, BUSY))
        })
        .await?;
    let held = |it: Claim| (engine.leases.turn(&it, term), it);
    Ok((claims.into_iter().map(held).map(|(lease, it)| (it, lease)).collect(), wait))
}

/// Until the next due time, within reason.
pub(crate) fn pause(next: Option<i64>, now_ms: i64) -> Duration {
    let until = next.map_or(i64::MAX, |at| at.saturating_sub(now_ms));
    u64::try_from(until).map_or(BUSY, Duration::from_millis).clamp(Duration::from_millis(1), IDLE)
}
