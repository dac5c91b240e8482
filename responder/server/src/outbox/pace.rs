//! Numbers that speak at a rate which an operator has set: everything that is to leave from one is given
//! a place in time by the store, so that all replicas keep to it together.

use std::num::NonZeroU32;

use runtime::{Author, OutboxRow, Pace, Settlement, StoreError};

use super::fate;
use crate::engine::Engine;
use crate::tenant::Tenant;

/// No place is taken further ahead, milliseconds: what waits for longer asks again half of it before its
/// turn would come.
const HORIZON_MS: i64 = 10 * 60_000;
/// A reply that is about to be sent so close to its place has not missed it, milliseconds.
const CLOSE_MS: i64 = 1_000;

/// Takes a place for a reply, which may leave now; else what becomes of it. What people write goes at
/// once and takes one place all the same: who talks with a customer does not queue behind the bot.
pub(super) async fn take(
    engine: &Engine,
    (row, tenant): (&OutboxRow, &Tenant),
    number: &str,
) -> Result<(), Settlement> {
    let Some(gap_ms) = gap_ms(engine) else { return Ok(()) };
    let now_ms = engine.now_ms();
    if row.slot_ms.is_some_and(|it| (it - now_ms).abs() <= gap_ms.max(CLOSE_MS)) {
        return Ok(());
    }
    if row.author == Author::Person {
        go_first(engine, &row.slug, number).await;
        return Ok(());
    }
    let last_ms = fate::last_ms(row, Some(tenant));
    let latest_ms = last_ms.min(now_ms.saturating_add(HORIZON_MS));
    let slot_ms = ask(engine, &row.slug, number, Pace { now_ms, gap_ms, latest_ms }).await;
    let slot_ms = slot_ms.map_err(|error| {
        engine.store_failed("pace", &error);
        fate::again(engine, row, Some(tenant), "the number's rate is not known".to_owned())
    })?;
    if slot_ms <= now_ms {
        Ok(())
    } else if slot_ms <= latest_ms {
        Err(Settlement::Waits { at_ms: slot_ms, is_slot: true })
    } else if slot_ms > last_ms {
        Err(Settlement::Dead { error: "the number may not speak in time".to_owned() })
    } else {
        Err(Settlement::Waits { at_ms: slot_ms - HORIZON_MS / 2, is_slot: false })
    }
}

/// Counts what goes at once, whoever waits; where all places are taken there is none to count it by.
pub(super) async fn go_first(engine: &Engine, slug: &str, number: &str) {
    let Some(gap_ms) = gap_ms(engine) else { return };
    let now_ms = engine.now_ms();
    let pace = Pace { now_ms, gap_ms, latest_ms: now_ms.saturating_add(HORIZON_MS) };
    if let Err(error) = ask(engine, slug, number, pace).await {
        engine.store_failed("pace", &error);
    }
}

async fn ask(engine: &Engine, slug: &str, number: &str, pace: Pace) -> Result<i64, StoreError> {
    let (slug, number) = (slug.to_owned(), number.to_owned());
    engine.with_state(move |state| state.pace(&slug, &number, pace)).await
}

/// Time between two calls from one number, milliseconds, rounded up; absent where none is set.
fn gap_ms(engine: &Engine) -> Option<i64> {
    engine.config.sends_per_minute.map(|it| i64::from(60_000_u32.div_ceil(NonZeroU32::get(it))))
}
