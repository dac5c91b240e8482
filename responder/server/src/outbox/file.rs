//! Sending what a person has enclosed: the gateway is told where it is and fetches it. What cannot go
//! out is said to the person, and the words that came with it go out by themselves.

use std::time::Duration;

use runtime::{OutboxRow, Settlement};
use telegram::note::FileTrouble;
use uuid::Uuid;

use super::fate::{MOST_ATTEMPTS, again, settled};
use super::{held, in_time, send_text};
use crate::adapters::chatflow::FILE_DEADLINES;
use crate::desk::{self, Obstacle};
use crate::engine::Engine;
use crate::leases::Lease;
use crate::ports::{EnclosureKind, Outgoing, SendError};
use crate::tenant::Tenant;

/// Telegram is asked again after this, however long it wants to be left alone.
const LONGEST_WAIT: Duration = Duration::from_secs(15 * 60);

/// One attempt at a row with a file.
pub(super) async fn attempt(
    engine: &Engine,
    tenant: &Tenant,
    (row, lease): (&OutboxRow, &Lease),
    message: Outgoing,
) -> Settlement {
    let file = match desk::enclose(engine, tenant, row).await {
        Ok(file) => file,
        Err(Obstacle::Never(trouble)) => {
            return without(engine, tenant, (row, lease), &message, trouble).await;
        }
        Err(Obstacle::Later { error, wait }) => {
            let wait_ms = i64::try_from(wait.min(LONGEST_WAIT).as_millis()).unwrap_or(i64::MAX / 2);
            let asked_ms = engine.now_ms().saturating_add(wait_ms);
            return match again(engine, row, Some(tenant), error) {
                Settlement::Retry { at_ms, error } if row.attempts < MOST_ATTEMPTS => {
                    Settlement::Retry { at_ms: at_ms.max(asked_ms), error }
                }
                // What Telegram has not given until now, it will hardly give any more.
                _ => without(engine, tenant, (row, lease), &message, FileTrouble::Gone).await,
            };
        }
    };
    let time = engine.config.send_timeout * FILE_DEADLINES;
    let sent = in_time(engine, time, engine.messenger.send_file(&message, &file));
    let sent = held(engine, (&row.slug, lease), &message, sent).await;
    if sent.is_ok() && file.kind == EnclosureKind::Audio && !message.text.trim().is_empty() {
        return words_after(engine, tenant, (row, lease), &message).await;
    }
    settled(engine, tenant, row, sent)
}

/// What is listened to carries no words: they follow it, under an id of their own that is the same at
/// every attempt.
async fn words_after(
    engine: &Engine,
    tenant: &Tenant,
    (row, lease): (&OutboxRow, &Lease),
    message: &Outgoing,
) -> Settlement {
    let own = Uuid::parse_str(&row.id).unwrap_or_default();
    let words = Outgoing { msg_id: Uuid::new_v5(&own, b"words").to_string(), ..message.clone() };
    match held(engine, (&row.slug, lease), &words, send_text(engine, &words)).await {
        // Tried again, a gateway that is not idempotent would deliver the file twice.
        Err(SendError::Refused(error) | SendError::Rejected(error) | SendError::Busy { error, .. })
            if !engine.config.chatflow_idempotent =>
        {
            Settlement::Unknown { error }
        }
        sent => settled(engine, tenant, row, sent),
    }
}

/// The words alone, where there are any.
async fn without(
    engine: &Engine,
    tenant: &Tenant,
    (row, lease): (&OutboxRow, &Lease),
    message: &Outgoing,
    trouble: FileTrouble,
) -> Settlement {
    let error = desk::word(trouble).to_owned();
    if message.text.trim().is_empty() {
        return Settlement::Dead { error };
    }
    let sent = held(engine, (&row.slug, lease), message, send_text(engine, message)).await;
    match settled(engine, tenant, row, sent) {
        Settlement::Sent => Settlement::SentWithout { error },
        other => other,
    }
}
