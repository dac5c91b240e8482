//! What Telegram cannot tell an owner goes to his phone: rows of the store, sent until the gateway takes
//! them or they are of yesterday.

use std::sync::Arc;
use std::time::Duration;

use runtime::{NewNotice, NoticeRow, Settlement, StoreError, crash};
use telegram::{alert, html};
use tokio::task::JoinSet;
use tracing::Instrument as _;

use super::people;
use crate::engine::Engine;
use crate::leases::Term;
use crate::outbox;
use crate::ports::{Outgoing, SendError};
use crate::tenant::Tenant;

/// Under way at once, of all tenants.
const PLACES: usize = 8;
const IDLE: Duration = Duration::from_millis(500);
/// How often messages that a crash left under way are looked for.
const RECOVERY: Duration = Duration::from_secs(5);
/// The pause after the first failure; four times as long after each further one, up to [`LONGEST_MS`].
const FIRST_PAUSE_MS: i64 = 5_000;
const LONGEST_MS: i64 = 3_600_000;
/// Nobody is told of trouble that is older, milliseconds.
const MOST_AGE_MS: i64 = 86_400_000;
/// What an adapter may need beyond the gateway's deadline, and settling after it.
const MARGIN: Duration = Duration::from_secs(15);
/// How often an outcome is told the store.
const SETTLE_ATTEMPTS: u32 = 5;

/// Messages to the owners' phones; none where the tenant has no number, or the bundle names no phone.
pub(super) fn notices(engine: &Engine, tenant: &Tenant, html: &str) -> Vec<NewNotice> {
    written(engine, tenant, &html::for_whatsapp(html))
}

/// Says that phones were to tell an owner of something and there was none.
pub(super) fn nobody(engine: &Engine, slug: &str) {
    tracing::warn!(tenant.slug = %slug, "there is no phone to tell an owner on, or no number to write from");
    let labels = [("tenant", slug), ("outcome", "nobody")];
    engine.telemetry.count("tenantry_owner_messages_total", &labels);
}

/// As [`notices`], of what Telegram is to tell and may not: it says since when it is so.
pub(super) fn otherwise(engine: &Engine, tenant: &Tenant, html: &str) -> Vec<NewNotice> {
    let at = tenant.local(engine.now_ms()).strftime("%d.%m, %H:%M").to_string();
    written(engine, tenant, &alert::undelivered(&html::for_whatsapp(html), &at))
}

fn written(engine: &Engine, tenant: &Tenant, text: &str) -> Vec<NewNotice> {
    if number(tenant).is_none() {
        return Vec::new();
    }
    let notice =
        |phone: String| NewNotice { id: (engine.ids)().to_string(), jid: jid(&phone), text: text.to_owned() };
    people::owners_phones(tenant).into_iter().map(notice).collect()
}

/// Where a phone is written to.
pub(super) fn jid(phone: &str) -> String {
    format!("{phone}@s.whatsapp.net")
}

/// The number that they come from.
fn number(tenant: &Tenant) -> Option<String> {
    tenant.numbers().all().next().map(str::to_owned)
}

/// Works until the responder stops, then lets what is under way end.
pub(super) async fn run(engine: Arc<Engine>) {
    let mut stopping = engine.stopping();
    let mut sends = JoinSet::new();
    let mut recovered: Option<Duration> = None;
    while !engine.is_stopping() {
        if recovered.is_none_or(|at| engine.clock.elapsed() - at >= RECOVERY) {
            recover(&engine, recovered.is_none()).await;
            recovered = Some(engine.clock.elapsed());
        }
        let term = Term::lasting(engine.config.send_timeout + MARGIN, engine.clock.as_ref());
        let places = PLACES - sends.len().min(PLACES);
        let (begun, wait) = begin(&engine, places, term).await.unwrap_or_else(|error| {
            engine.store_failed("begin_notices", &error);
            (Vec::new(), IDLE)
        });
        for row in begun {
            let span = tracing::error_span!("notice", tenant.slug = %row.slug, notice.id = %row.id);
            sends.spawn(send(Arc::clone(&engine), row, term).instrument(span));
        }
        tokio::select! {
            biased;
            () = stopping.wait() => {}
            () = engine.announced.notified() => {}
            Some(_) = sends.join_next(), if !sends.is_empty() => {}
            () = engine.clock.sleep(wait) => {}
        }
    }
    while sends.join_next().await.is_some() {}
}

async fn recover(engine: &Engine, starting: bool) {
    let (idempotent, now_ms) = (engine.config.chatflow_idempotent, engine.now_ms());
    let recovered = engine.with_state(move |state| state.recover_notices(idempotent, starting, now_ms));
    match recovered.await {
        Ok(0) => {}
        Ok(rows) => {
            tracing::warn!(rows, "messages to owners that a crash left half sent were taken up again")
        }
        Err(error) => engine.store_failed("recover_notices", &error),
    }
}

async fn begin(engine: &Engine, places: usize, term: Term) -> Result<(Vec<NoticeRow>, Duration), StoreError> {
    if places == 0 {
        return Ok((Vec::new(), IDLE));
    }
    let now_ms = engine.now_ms();
    let lease_ms = term.until_ms - now_ms;
    engine
        .with_state(move |state| {
            Ok(match state.next_notice()? {
                Some(at) if at <= now_ms => (state.begin_notices(now_ms, lease_ms, places)?, IDLE),
                Some(at) => (Vec::new(), IDLE.min(Duration::from_millis((at - now_ms).unsigned_abs()))),
                None => (Vec::new(), IDLE),
            })
        })
        .await
}

async fn send(engine: Arc<Engine>, row: NoticeRow, term: Term) {
    crash::point("before_notice");
    let settlement = attempt(&engine, &row, term).await;
    crash::point("notice_sent");
    let outcome = match &settlement {
        Settlement::Sent | Settlement::SentWithout { .. } => "sent",
        Settlement::Retry { .. } | Settlement::Waits { .. } => "retry",
        Settlement::Unknown { .. } => "unknown",
        Settlement::Dead { .. } => "dead",
    };
    let labels = [("tenant", row.slug.as_str()), ("outcome", outcome)];
    engine.telemetry.count("tenantry_owner_messages_total", &labels);
    match &settlement {
        Settlement::Dead { error } | Settlement::Unknown { error } => {
            tracing::error!(
                attempt = row.attempts,
                error,
                "an owner could not be told by WhatsApp: {outcome}"
            );
        }
        Settlement::Retry { error, .. } => {
            tracing::warn!(attempt = row.attempts, error, "message to an owner: {outcome}");
        }
        _ => tracing::info!(attempt = row.attempts, "message to an owner: {outcome}"),
    }
    for nth in 1..=SETTLE_ATTEMPTS {
        let (id, attempt, settlement, now_ms) =
            (row.id.clone(), row.attempts, settlement.clone(), engine.now_ms());
        let settled = engine.with_state(move |state| state.settle_notice(&id, attempt, &settlement, now_ms));
        match settled.await {
            Ok(()) | Err(StoreError::Missing(_) | StoreError::Stale) => break,
            Err(error) => engine.store_failed("settle_notice", &error),
        }
        engine.clock.sleep(Duration::from_millis(100) * nth * nth).await;
    }
    crash::point("notice_settled");
}

async fn attempt(engine: &Engine, row: &NoticeRow, term: Term) -> Settlement {
    let snapshot = engine.live.load_full();
    // A tenant whose release cannot be read is not gone.
    let tenant = snapshot.tenants.get(&row.slug);
    if tenant.is_some_and(|it| it.is_deleted()) {
        return Settlement::Dead { error: "the client is not served any more".to_owned() };
    }
    let from = tenant.and_then(|it| Some((number(it)?, outbox::token(engine, it)?)));
    let Some((instance_id, token)) = from else {
        return again(
            engine,
            row,
            "there is no number to write from, or no token".to_owned(),
            Duration::ZERO,
        );
    };
    let message =
        Outgoing { msg_id: row.id.clone(), instance_id, jid: row.jid.clone(), text: row.text.clone(), token };
    let is_ours = || term.holds(engine.clock.as_ref());
    match outbox::tell(engine, &row.slug, is_ours, &message).await {
        Ok(()) => Settlement::Sent,
        Err(SendError::Ambiguous(error)) if !engine.config.chatflow_idempotent => {
            Settlement::Unknown { error }
        }
        Err(SendError::Busy { error, wait }) => again(engine, row, error, wait),
        Err(SendError::Refused(error) | SendError::Rejected(error) | SendError::Ambiguous(error)) => {
            again(engine, row, error, Duration::ZERO)
        }
    }
}

/// Another attempt later and after `wait`, or none when what it tells would be of yesterday.
fn again(engine: &Engine, row: &NoticeRow, error: String, wait: Duration) -> Settlement {
    let at_ms = engine.now_ms().saturating_add(pause_ms(row.attempts).max(millis(wait)));
    if at_ms - row.created_at_ms > MOST_AGE_MS {
        Settlement::Dead { error }
    } else {
        Settlement::Retry { at_ms, error }
    }
}

fn pause_ms(attempts: u32) -> i64 {
    (FIRST_PAUSE_MS << (2 * attempts.saturating_sub(1)).min(20)).min(LONGEST_MS)
}

fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX / 2)
}

#[cfg(test)]
mod tests {
    use super::pause_ms;

    #[test]
    fn pauses_grow_up_to_an_hour() {
        let pauses: Vec<i64> = (1..8).map(|it| pause_ms(it) / 1000).collect();
        assert_eq!(pauses, [5, 20, 80, 320, 1280, 3600, 3600]);
        assert_eq!(pause_ms(u32::MAX / 4), 3_600_000);
    }
}
