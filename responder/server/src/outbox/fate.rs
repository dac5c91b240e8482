//! What an answer of the gateway's means for a row: another call, later and later within the time that a
//! reply is worth sending, or a person.

use format::Settings;
use runtime::{Author, OutboxRow, Settlement};

use crate::engine::Engine;
use crate::ports::SendError;
use crate::tenant::Tenant;

/// After this many calls the gateway will not take what it rejects, nor Telegram give a file.
pub(super) const MOST_ATTEMPTS: u32 = 10;
/// The pause after the first failure; doubled after each further one, …
const FIRST_PAUSE_MS: i64 = 1_000;
/// … up to this: a gateway that is back is soon found so.
const LONGEST_PAUSE_MS: i64 = 120_000;

/// What an answer of the gateway's means for the row.
pub(super) fn settled(
    engine: &Engine,
    tenant: &Tenant,
    row: &OutboxRow,
    sent: Result<(), SendError>,
) -> Settlement {
    match sent {
        Ok(()) => Settlement::Sent,
        Err(SendError::Ambiguous(error)) if !engine.config.chatflow_idempotent => {
            Settlement::Unknown { error }
        }
        Err(SendError::Rejected(error)) if row.attempts >= MOST_ATTEMPTS => Settlement::Dead { error },
        Err(SendError::Busy { error, wait }) => {
            let wait_ms = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX / 2);
            later(engine, (row, Some(tenant)), engine.now_ms().saturating_add(wait_ms), error)
        }
        Err(SendError::Refused(error) | SendError::Rejected(error) | SendError::Ambiguous(error)) => {
            again(engine, row, Some(tenant), error)
        }
    }
}

/// Another attempt after a pause.
pub(super) fn again(engine: &Engine, row: &OutboxRow, tenant: Option<&Tenant>, error: String) -> Settlement {
    let at_ms = engine.now_ms().saturating_add(backoff_ms(&row.id, row.attempts));
    later(engine, (row, tenant), at_ms, error)
}

/// Another attempt then, the last one when the reply is about to be too old, or a person.
fn later(
    engine: &Engine,
    (row, tenant): (&OutboxRow, Option<&Tenant>),
    at_ms: i64,
    error: String,
) -> Settlement {
    let last_ms = last_ms(row, tenant);
    if engine.now_ms() >= last_ms {
        Settlement::Dead { error }
    } else {
        Settlement::Retry { at_ms: at_ms.min(last_ms), error }
    }
}

/// Whether it is too late to send it.
pub(super) fn is_too_old(row: &OutboxRow, tenant: &Tenant, now_ms: i64) -> bool {
    now_ms > last_ms(row, Some(tenant))
}

/// Until when a reply may be sent. Of a tenant whose release cannot be read nobody knows what it wants.
pub(super) fn last_ms(row: &OutboxRow, tenant: Option<&Tenant>) -> i64 {
    let most = tenant.map_or_else(|| most_age_ms(&Settings::default()), |it| most_age_ms(it.settings()));
    since_ms(row).saturating_add(most)
}

/// For how long what a customer wrote may be answered, milliseconds.
pub(crate) fn most_age_ms(settings: &Settings) -> i64 {
    i64::from(settings.max_reply_age_minutes) * 60_000
}

/// Since when a customer waits for this; what a person writes is as old as itself.
fn since_ms(row: &OutboxRow) -> i64 {
    match row.author {
        Author::Bot if row.received_at_ms > 0 => row.received_at_ms.min(row.created_at_ms),
        _ => row.created_at_ms,
    }
}

/// 1 s, 2 s, 4 s … ± 20 %, so that rows that failed together do not come back together.
fn backoff_ms(id: &str, attempts: u32) -> i64 {
    let base = (FIRST_PAUSE_MS << attempts.saturating_sub(1).min(16)).min(LONGEST_PAUSE_MS);
    let mut hasher = blake3::Hasher::new();
    hasher.update(id.as_bytes()).update(&attempts.to_le_bytes());
    let spread = i64::from(hasher.finalize().as_bytes()[0]);
    base * (800 + spread * 400 / 255) / 1000
}

#[cfg(test)]
mod tests {
    use super::backoff_ms;

    #[test]
    fn pauses_double_within_their_jitter_up_to_two_minutes() {
        let bases = [(1, 1_000), (2, 2_000), (5, 16_000), (7, 64_000), (8, 120_000), (u32::MAX, 120_000)];
        for (attempts, base) in bases {
            for id in ["a", "b", "c", "d"] {
                let pause = backoff_ms(id, attempts);
                assert!((base * 8 / 10..=base * 12 / 10).contains(&pause), "{attempts} {id}: {pause}");
            }
        }
        assert_ne!(backoff_ms("a", 1), backoff_ms("b", 1));
    }
}
