//! Sends what turns have committed: in order within a conversation, several conversations at once and
//! the tenants in turn, again with growing pauses when the gateway fails, and never later than the
//! tenant wants.

mod fate;
mod file;
mod pace;
mod rate;

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use runtime::{Author, NextSend, OutboxRow, Settlement, StoreError, Turnstile, crash};
use secrecy::SecretString;
use tracing::Instrument as _;

pub(crate) use self::fate::most_age_ms;
use self::fate::{again, settled};
pub(crate) use self::rate::Rate;
use crate::engine::Engine;
use crate::leases::{self, Lease, Term};
use crate::ports::{Outgoing, SendError};
use crate::shift::{Place, Shift};
use crate::tenant::Tenant;
use crate::worker::pause;
use crate::{spans, stages};

const IDLE: Duration = Duration::from_millis(500);
const BUSY: Duration = Duration::from_millis(25);
/// A settlement is tried this often: without it the row would look as if a crash had left it.
const SETTLE_ATTEMPTS: u32 = 5;
/// What an adapter may need beyond the gateway's own deadline.
const MARGIN: Duration = Duration::from_secs(5);
/// What settling may need after that.
const SETTLING: Duration = Duration::from_secs(10);
/// A gateway takes its time with a file: it fetches it before it answers. Its row is held so many times
/// as long.
const OF_A_FILE: u32 = 4;

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
            for (row, lease) in asked.begun {
                let slug = row.slug.clone();
                let span = spans::send(&row);
                sends.begin((&slug, 0), send(Arc::clone(&engine), row, lease).instrument(span));
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
    begun: Vec<(OutboxRow, Lease)>,
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
    for (row, place, lease) in handed {
        let span = spans::send(&row);
        sends.begin_on(place, send(Arc::clone(engine), row, lease).instrument(span));
    }
}

async fn begin(engine: &Engine, pass: Turnstile) -> Result<Asked, StoreError> {
    if pass.limit == 0 {
        let wait = if engine.is_crowded() { BUSY } else { IDLE };
        return Ok(Asked { begun: Vec::new(), wait, more: true });
    }
    rate::look(engine).await?;
    let now_ms = engine.now_ms();
    let term = Term::from_now(engine.clock.as_ref());
    let (begun, wait, more) = engine
        .with_state(move |state| {
            let NextSend { at_ms, behind } = state.next_send()?;
            if at_ms.is_none_or(|at| at > now_ms) {
                return Ok((Vec::new(), pause(at_ms, now_ms), behind));
            }
            Ok((state.begin_sends(now_ms, leases::lease_ms(), &pass)?, BUSY, true))
        })
        .await?;
    let held = |it: OutboxRow| (hold(engine, &it, term), it);
    Ok(Asked { begun: begun.into_iter().map(held).map(|(lease, it)| (it, lease)).collect(), wait, more })
}

/// Holds a row for as long as its send may take.
fn hold(engine: &Engine, row: &OutboxRow, term: Term) -> Lease {
    let times = if row.media.is_some() { OF_A_FILE } else { 1 };
    engine.leases.send(row, term, (engine.config.send_timeout + MARGIN + SETTLING) * times)
}

/// Has a reply sent whose send was begun with its commit, under a lease that ends then.
pub(crate) fn hand_on(engine: &Engine, row: OutboxRow, place: Place, term: Term) {
    let lease = hold(engine, &row, term);
    engine.hand_on(row, place, lease);
}

async fn send(engine: Arc<Engine>, row: OutboxRow, lease: Lease) {
    crash::point("before_send");
    let began = engine.clock.elapsed();
    let settlement = match reason_to_keep(&engine, &row) {
        Some(error) => Settlement::Dead { error },
        None => attempt(&engine, &row, &lease).await,
    };
    let outcome = match &settlement {
        Settlement::Sent => "sent",
        Settlement::SentWithout { .. } => "partly",
        Settlement::Retry { .. } => "retry",
        Settlement::Waits { .. } => "waits",
        Settlement::Unknown { .. } => "unknown",
        Settlement::Dead { .. } => "dead",
    };
    let error = settlement.error().unwrap_or_default();
    tracing::info!(
        tenant.slug = %row.slug, conversation.id = %row.conversation_id, outbox.id = %row.id,
        attempt = row.attempts, error, "reply: {outcome}"
    );
    engine.telemetry.count("tenantry_sends_total", &[("tenant", &row.slug), ("outcome", outcome)]);
    stages::sent(&engine, &row, &settlement, began);
    crash::point("sent");
    let waits = matches!(settlement, Settlement::Waits { .. });
    settle(&engine, &row, settlement).await;
    crash::point("settled");
    if waits {
        // Its turn may come sooner than the store would be asked again.
        engine.committed.notify_one();
    }
}

/// Why this row must not go out any more.
fn reason_to_keep(engine: &Engine, row: &OutboxRow) -> Option<String> {
    let snapshot = engine.live.load();
    // A tenant whose release cannot be read is not gone: its replies wait for it.
    let tenant = snapshot.tenants.get(&row.slug)?;
    if tenant.is_deleted() || tenant.is_suspended() {
        return Some("the client is not served any more".to_owned());
    }
    fate::is_too_old(row, tenant, engine.now_ms()).then(|| "the reply is too old".to_owned())
}

async fn attempt(engine: &Engine, row: &OutboxRow, lease: &Lease) -> Settlement {
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
    if let Err(settlement) = pace::take(engine, (row, tenant), &message.instance_id).await {
        return settlement;
    }
    if row.media.is_some() {
        return file::attempt(engine, tenant, (row, lease), message).await;
    }
    let sent = held(engine, (&row.slug, lease), &message, send_text(engine, &message)).await;
    settled(engine, tenant, row, sent)
}

/// The number to send from. What people write comes from Telegram, where nobody knows numbers.
fn number(tenant: &Tenant, row: &OutboxRow) -> String {
    match row.author {
        Author::Bot => row.instance_id.clone(),
        Author::Person => tenant.numbers().answering(row.branch.as_deref(), &row.instance_id),
    }
}

/// Tells an owner something, while the row of it is this process's and the number may speak.
pub(crate) async fn tell(
    engine: &Engine,
    slug: &str,
    is_ours: impl FnOnce() -> bool,
    message: &Outgoing,
) -> Result<(), SendError> {
    pace::go_first(engine, slug, &message.instance_id).await;
    spoken(engine, (slug, is_ours), message, send_text(engine, message)).await
}

/// Hands a text over, within the gateway's deadline.
async fn send_text(engine: &Engine, message: &Outgoing) -> Result<(), SendError> {
    in_time(engine, engine.config.send_timeout, engine.messenger.send_text(message)).await
}

/// Calls the gateway while the row is ours and the number may speak.
async fn held(
    engine: &Engine,
    (slug, lease): (&str, &Lease),
    message: &Outgoing,
    call: impl Future<Output = Result<(), SendError>>,
) -> Result<(), SendError> {
    spoken(engine, (slug, || lease.holds()), message, call).await
}

/// As [`held`]. Whoever was stopped for so long that another may have taken the row up, or shown it to a
/// person, says nothing.
async fn spoken(
    engine: &Engine,
    (slug, is_ours): (&str, impl FnOnce() -> bool),
    message: &Outgoing,
    call: impl Future<Output = Result<(), SendError>>,
) -> Result<(), SendError> {
    let rests = engine.rate.wait(slug, &message.instance_id, engine.now_ms());
    let sent = match rests {
        Some(wait) => Err(SendError::Busy { error: "the number has to wait".to_owned(), wait }),
        None if !is_ours() => Err(SendError::Refused("its lease ran out".to_owned())),
        None => call.await,
    };
    if let Err(SendError::Busy { wait, .. }) = &sent {
        rate::rest(engine, slug, &message.instance_id, *wait).await;
    }
    sent
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

/// The tenant's own token, else the default one; `None` when it names one that is not there.
pub(crate) fn token(engine: &Engine, tenant: &Tenant) -> Option<SecretString> {
    match tenant.token() {
        Some(own) => own.clone(),
        None => Some(engine.config.chatflow_token.clone().unwrap_or_else(|| SecretString::from(""))),
    }
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
