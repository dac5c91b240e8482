//! Sends what turns have committed: in order within a conversation, several conversations at once and
//! the tenants in turn, again with growing pauses when the gateway fails, and never later than the
//! tenant wants.

mod file;

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use runtime::{Author, NextSend, OutboxRow, Settlement, StoreError, Turnstile, crash};
use secrecy::SecretString;
use tracing::Instrument as _;

use crate::engine::Engine;
use crate::ports::{Outgoing, SendError};
use crate::shift::Shift;
use crate::tenant::Tenant;
use crate::worker::pause;
use crate::{spans, stages};

/// After this many calls of the gateway a person is asked instead.
const MOST_ATTEMPTS: u32 = 10;
/// The pause after the first failure; doubled after each further one.
const FIRST_PAUSE_MS: i64 = 1_000;
const IDLE: Duration = Duration::from_millis(500);
const BUSY: Duration = Duration::from_millis(25);
/// A settlement is tried this often: without it the row would look as if a crash had left it.
const SETTLE_ATTEMPTS: u32 = 5;
/// What an adapter may need beyond the gateway's own deadline.
const MARGIN: Duration = Duration::from_secs(5);
/// What settling may need after that: a row whose lease has run out is taken up again.
const SETTLING: Duration = Duration::from_secs(10);

/// Sends until the responder is sealed, then lets what is due and what is under way go out.
pub(crate) async fn run(engine: Arc<Engine>) {
    let mut sealed = engine.sealed();
    let mut sends = Shift::new(engine.sends.clone());
    loop {
        let asked = ask(&engine, &mut sends).await.unwrap_or_else(|error| {
            engine.store_failed("begin_sends", &error);
            Asked { begun: Vec::new(), wait: IDLE, more: true }
        });
        if !asked.begun.is_empty() {
            crash::point("sends_begun");
            for row in asked.begun {
                let slug = row.slug.clone();
                let span = spans::send(&row);
                sends.begin((&slug, 0), send(Arc::clone(&engine), row).instrument(span));
            }
            continue;
        }
        begin_handed(&engine, &mut sends);
        if engine.is_sealed() && sends.is_empty() {
            return;
        }
        let mut waited = pin!(engine.clock.sleep(asked.wait));
        loop {
            tokio::select! {
                biased;
                () = sealed.wait(), if !engine.is_sealed() => break,
                () = engine.handed.notified() => begin_handed(&engine, &mut sends),
                () = engine.committed.notified() => break,
                // What ended has nothing behind it, unless something waits.
                () = sends.one_ended(), if !sends.is_empty() => if asked.more || engine.is_sealed() { break },
                () = &mut waited => break,
            }
        }
    }
}

/// What the store has to send.
struct Asked {
    begun: Vec<OutboxRow>,
    /// How long nothing will be due.
    wait: Duration,
    /// Something waits for a place, or behind something else.
    more: bool,
}

/// Asks the store, and begins what is handed on meanwhile.
async fn ask(engine: &Arc<Engine>, sends: &mut Shift) -> Result<Asked, StoreError> {
    let pass = sends.pass(&BTreeMap::new(), engine.places());
    let mut asked = pin!(begin(engine, pass));
    loop {
        tokio::select! {
            biased;
            () = engine.handed.notified() => begin_handed(engine, sends),
            asked = &mut asked => return asked,
        }
    }
}

/// Begins what commits of turns have handed on.
fn begin_handed(engine: &Arc<Engine>, sends: &mut Shift) {
    let handed = engine.handed_on();
    if !handed.is_empty() {
        crash::point("sends_begun");
    }
    for (row, place) in handed {
        let span = spans::send(&row);
        sends.begin_on(place, send(Arc::clone(engine), row).instrument(span));
    }
}

async fn begin(engine: &Engine, pass: Turnstile) -> Result<Asked, StoreError> {
    if pass.limit == 0 {
        let wait = if engine.is_crowded() { BUSY } else { IDLE };
        return Ok(Asked { begun: Vec::new(), wait, more: true });
    }
    let now_ms = engine.now_ms();
    let lease_ms = lease_ms(engine);
    engine
        .with_state(move |state| {
            let NextSend { at_ms, behind } = state.next_send()?;
            if at_ms.is_none_or(|at| at > now_ms) {
                return Ok(Asked { begun: Vec::new(), wait: pause(at_ms, now_ms), more: behind });
            }
            Ok(Asked { begun: state.begin_sends(now_ms, lease_ms, &pass)?, wait: BUSY, more: true })
        })
        .await
}

/// How long a row is a sender's: as long as a send may take, and a little more. The store knows that
/// files take longer.
pub(crate) fn lease_ms(engine: &Engine) -> i64 {
    let longest = engine.config.send_timeout + MARGIN + SETTLING;
    i64::try_from(longest.as_millis()).unwrap_or(i64::MAX)
}

async fn send(engine: Arc<Engine>, row: OutboxRow) {
    crash::point("before_send");
    let began = engine.clock.elapsed();
    let settlement = match reason_to_keep(&engine, &row) {
        Some(error) => Settlement::Dead { error },
        None => attempt(&engine, &row).await,
    };
    let (outcome, error) = match &settlement {
        Settlement::Sent => ("sent", ""),
        Settlement::SentWithout { error } => ("partly", error.as_str()),
        Settlement::Retry { error, .. } => ("retry", error.as_str()),
        Settlement::Unknown { error } => ("unknown", error.as_str()),
        Settlement::Dead { error } => ("dead", error.as_str()),
    };
    tracing::info!(
        tenant.slug = %row.slug, conversation.id = %row.conversation_id, outbox.id = %row.id,
        attempt = row.attempts, error, "reply: {outcome}"
    );
    engine.telemetry.count("tenantry_sends_total", &[("tenant", &row.slug), ("outcome", outcome)]);
    stages::sent(&engine, &row, &settlement, began);
    crash::point("sent");
    settle(&engine, &row, settlement).await;
    crash::point("settled");
}

/// Why this row must not go out any more.
fn reason_to_keep(engine: &Engine, row: &OutboxRow) -> Option<String> {
    let snapshot = engine.live.load();
    // A tenant whose release cannot be read is not gone: its replies wait for it.
    let tenant = snapshot.tenants.get(&row.slug)?;
    if tenant.is_deleted() || tenant.is_suspended() {
        return Some("the client is not served any more".to_owned());
    }
    (engine.now_ms() - row.created_at_ms > most_age_ms(tenant)).then(|| "the reply is too old".to_owned())
}

fn most_age_ms(tenant: &Tenant) -> i64 {
    i64::from(tenant.settings().max_reply_age_minutes) * 60_000
}

async fn attempt(engine: &Engine, row: &OutboxRow) -> Settlement {
    let snapshot = engine.live.load_full();
    let tenant = snapshot.tenants.get(&row.slug).map(AsRef::as_ref);
    let Some((tenant, token)) = tenant.and_then(|it| Some((it, token(engine, it)?))) else {
        return again(engine, row, tenant, "the gateway's token cannot be resolved".to_owned());
    };
    let message = Outgoing {
        msg_id: row.id.clone(),
        instance_id: number(tenant, row),
        jid: row.jid.clone(),
        text: row.text.clone(),
        token,
    };
    if row.media.is_some() {
        return file::attempt(engine, tenant, row, message).await;
    }
    let sent = send_text(engine, &message).await;
    settled(engine, tenant, row, sent)
}

/// The number to send from. What people write comes from Telegram, where nobody knows numbers.
fn number(tenant: &Tenant, row: &OutboxRow) -> String {
    match row.author {
        Author::Bot => row.instance_id.clone(),
        Author::Person => tenant.numbers().answering(row.branch.as_deref(), &row.instance_id),
    }
}

/// Hands a text over, within the gateway's deadline.
pub(crate) async fn send_text(engine: &Engine, message: &Outgoing) -> Result<(), SendError> {
    in_time(engine, engine.config.send_timeout, engine.messenger.send_text(message)).await
}

/// The gateway's own deadline comes first; this one holds whatever an adapter forgets.
async fn in_time(
    engine: &Engine,
    time: Duration,
    sent: impl Future<Output = Result<(), SendError>>,
) -> Result<(), SendError> {
    let sent = engine.within(time + MARGIN, sent).await;
    sent.unwrap_or_else(|| Err(SendError::Ambiguous("no answer in time".to_owned())))
}

/// What an answer of the gateway's means for the row.
fn settled(engine: &Engine, tenant: &Tenant, row: &OutboxRow, sent: Result<(), SendError>) -> Settlement {
    match sent {
        Ok(()) => Settlement::Sent,
        Err(SendError::Ambiguous(error)) if !engine.config.chatflow_idempotent => {
            Settlement::Unknown { error }
        }
        Err(SendError::Refused(error) | SendError::Ambiguous(error)) => {
            again(engine, row, Some(tenant), error)
        }
    }
}

/// The tenant's own token, else the default one; `None` when it names one that is not there.
pub(crate) fn token(engine: &Engine, tenant: &Tenant) -> Option<SecretString> {
    match tenant.token() {
        Some(own) => own.clone(),
        None => Some(engine.config.chatflow_token.clone().unwrap_or_else(|| SecretString::from(""))),
    }
}

/// Another attempt later, or a person when there were enough or it would come too late.
fn again(engine: &Engine, row: &OutboxRow, tenant: Option<&Tenant>, error: String) -> Settlement {
    let at_ms = engine.now_ms().saturating_add(backoff_ms(&row.id, row.attempts));
    let too_late = tenant.is_some_and(|it| at_ms - row.created_at_ms > most_age_ms(it));
    if row.attempts >= MOST_ATTEMPTS || too_late {
        Settlement::Dead { error }
    } else {
        Settlement::Retry { at_ms, error }
    }
}

/// 1 s, 2 s, 4 s … ± 20 %, so that rows that failed together do not come back together.
fn backoff_ms(id: &str, attempts: u32) -> i64 {
    let base = FIRST_PAUSE_MS << attempts.saturating_sub(1).min(MOST_ATTEMPTS);
    let mut hasher = blake3::Hasher::new();
    hasher.update(id.as_bytes()).update(&attempts.to_le_bytes());
    let spread = i64::from(hasher.finalize().as_bytes()[0]);
    base * (800 + spread * 400 / 255) / 1000
}

async fn settle(engine: &Engine, row: &OutboxRow, settlement: Settlement) {
    for attempt in 1..=SETTLE_ATTEMPTS {
        match engine.settle(row, &settlement).await {
            Ok(()) => return,
            Err(StoreError::Missing(_) | StoreError::Stale) => return,
            Err(error) => engine.store_failed("settle_send", &error),
        }
        engine.clock.sleep(Duration::from_millis(100) * attempt * attempt).await;
    }
}

#[cfg(test)]
mod tests {
    use super::backoff_ms;

    #[test]
    fn pauses_double_within_their_jitter() {
        for (attempts, base) in [(1, 1_000), (2, 2_000), (5, 16_000), (9, 256_000)] {
            for id in ["a", "b", "c", "d"] {
                let pause = backoff_ms(id, attempts);
                assert!((base * 8 / 10..=base * 12 / 10).contains(&pause), "{attempts} {id}: {pause}");
            }
        }
        assert_ne!(backoff_ms("a", 1), backoff_ms("b", 1));
    }
}
