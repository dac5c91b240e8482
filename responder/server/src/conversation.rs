//! One turn: the step machine driven by what the outside can do, then one commit.
//!
//! No transaction is open while the outside is asked. What goes wrong on the way is an outcome for
//! the machine to decide about; what retries cannot cure becomes a hand-over.

use std::sync::Arc;
use std::time::{Duration, Instant};

use decide::{Action, Decision, Memory, Step};
use format::Reason;
use runtime::{Claim, ConversationState, StoreError, TurnCommit, crash};
use tracing::Instrument as _;

use crate::effects::{Asker, Effects};
use crate::engine::Engine;
use crate::leases::{Lease, Term};
use crate::limits::{self, Allowance};
use crate::load::LoadError;
use crate::outbox::most_age_ms;
use crate::shift::Place;
use crate::tenant::Tenant;
use crate::trace::{Seen, StoredTrace};
use crate::{fallback, media, outbox, stages, timers, turn};

/// A turn that was cut short this often is handed over instead of tried again: it may be what kills the
/// process. At least its last two times no other suspect was at work, see [`Claim::doubt`].
const MOST_ATTEMPTS: u32 = 4;
/// Why people are asked instead of a turn that comes too late.
const TOO_OLD: &str = "too_old";
/// A machine that needs more than this from outside does not end.
const MOST_EFFECTS: usize = 8;
/// A commit is tried this often before the lease is left to lapse.
const COMMIT_ATTEMPTS: u32 = 4;

/// Performs the turn of a claimed conversation and commits it, for as long as the claim holds.
pub(crate) async fn perform(engine: Arc<Engine>, claim: Claim, lease: Lease) {
    let lease = Arc::new(lease);
    let began = engine.clock.elapsed();
    stages::claimed(&engine, &claim);
    let snapshot = engine.live.load_full();
    let Some(tenant) = snapshot.tenants.get(&claim.slug) else {
        // Its release cannot be read; the lease lapses and somebody comes back to it.
        tracing::warn!(tenant.slug = %claim.slug, conversation.id = %claim.conversation_id, "no release to answer from");
        return leave(&engine, claim).await;
    };
    let outcome = decide(&engine, tenant, (&claim, &lease), began).await;
    crash::point("decided");
    let commit = match outcome {
        Outcome::Decided(decision, seen, heard) => {
            tell(&engine, tenant, &decision).await;
            let commit = commit_of(&engine, tenant, claim, &decision, seen, began);
            TurnCommit { heard, ..commit }
        }
        Outcome::Silent(why) => fallback::silence(&engine, tenant, claim, why),
        Outcome::TooOld => {
            tracing::warn!(
                tenant.slug = %claim.slug, conversation.id = %claim.conversation_id,
                "messages are too old to be answered, a person is asked"
            );
            count_failure(&engine, &claim.slug, TOO_OLD);
            fallback::leave_to_people(&engine, tenant, claim, TOO_OLD)
        }
        // The lease lapses and somebody comes back to it.
        Outcome::Left => return leave(&engine, claim).await,
        Outcome::Lost => return stale(&engine, &claim.slug, &claim.conversation_id),
        Outcome::Failed(why) => {
            tracing::error!(
                tenant.slug = %claim.slug, conversation.id = %claim.conversation_id, cause = why,
                "turn failed, a person is asked"
            );
            count_failure(&engine, &claim.slug, why);
            fallback::hand_over(&engine, tenant, claim, why).await
        }
    };
    stages::decided(&engine, began);
    finish(&engine, commit, began).await;
}

/// Nothing killed this turn, so nobody is to suspect it of killing.
async fn leave(engine: &Engine, claim: Claim) {
    if let Err(error) = engine.with_state(move |state| state.leave_turn(&claim)).await {
        engine.store_failed("leave_turn", &error);
    }
}

enum Outcome {
    Decided(Box<Decision>, Seen, Vec<runtime::Heard>),
    /// Nothing is to be said, for this reason.
    Silent(&'static str),
    /// It will fail again, for this reason.
    Failed(&'static str),
    /// It waited for longer than the tenant wants anything answered.
    TooOld,
    /// Nothing can be said about it now.
    Left,
    /// Somebody else has the claim.
    Lost,
}

async fn decide(
    engine: &Arc<Engine>,
    tenant: &Arc<Tenant>,
    (claim, lease): (&Claim, &Arc<Lease>),
    began: Duration,
) -> Outcome {
    if tenant.is_deleted() {
        return Outcome::Silent("client.deleted");
    }
    if tenant.is_suspended() {
        return Outcome::Silent("client.suspended");
    }
    // By our clock alone: a sender's may be years behind and the message new all the same.
    if engine.now_ms() - claim.received_at_ms > most_age_ms(tenant.settings()) {
        return Outcome::TooOld;
    }
    if claim.attempts >= MOST_ATTEMPTS {
        return Outcome::Failed("attempts");
    }
    let allowance = limits::allowance(engine, tenant).await;
    if allowance == Allowance::Nothing {
        return Outcome::Silent("limit");
    }
    let deadline = began + engine.config.turn_deadline;
    let with_model = allowance == Allowance::Full;
    let held = (claim.clone(), Arc::clone(lease));
    let work = drive(Arc::clone(engine), Arc::clone(tenant), held, with_model, deadline);
    // On its own task, so that a bug of ours in one turn is a hand-over and not the end of all.
    match tokio::spawn(work.in_current_span()).await {
        Ok(outcome) => outcome,
        Err(_) => Outcome::Failed("panic"),
    }
}

/// Steps until the machine has decided.
async fn drive(
    engine: Arc<Engine>,
    tenant: Arc<Tenant>,
    (claim, lease): (Claim, Arc<Lease>),
    with_model: bool,
    deadline: Duration,
) -> Outcome {
    let now = tenant.local(engine.now_ms());
    let left = deadline.saturating_sub(engine.clock.elapsed());
    let heard = media::hear_claimed(&engine, &tenant, &claim, with_model, Instant::now() + left).await;
    let left = deadline.saturating_sub(engine.clock.elapsed());
    let awake = match engine.within(left, engine.wake(&tenant)).await {
        Some(Ok(awake)) => awake,
        Some(Err(LoadError::Unusable(word))) => return Outcome::Failed(word),
        Some(Err(LoadError::Store(error))) => {
            engine.store_failed("release", &error);
            return Outcome::Left;
        }
        None => return Outcome::Left,
    };
    let turn = turn::of(&tenant, &claim, &heard);
    let memory = memory(&claim);
    let asker = Asker::of(&tenant, &turn, &memory, &claim.jid, with_model);
    let mut effects = Effects::new(&engine, (&tenant, &awake), asker, &now, deadline);
    let mut step = decide::begin(awake.mind(), memory, &turn, &now);
    for _ in 0..=MOST_EFFECTS {
        match step {
            Step::Done(decision) => {
                let asks = |it: &Action| matches!(it, Action::Handover { .. } | Action::AddToRequest { .. });
                let asks_people = decision.actions.iter().any(asks);
                let heard = media::rows(&engine, &tenant, &claim, heard, asks_people).await;
                return Outcome::Decided(decision, effects.into_seen(), heard);
            }
            // What it would come to would be refused: nobody is asked for nothing.
            Step::Need(..) if lease.is_lost() => return Outcome::Lost,
            Step::Need(progress, effect) => {
                let outcome = effects.perform(effect).await;
                step = decide::resume(awake.mind(), progress, outcome);
            }
        }
    }
    Outcome::Failed("endless")
}

/// Memory as stored, with who speaks as the store knows it. Unreadable memory is a new start:
/// better to greet twice than to be silent.
pub(crate) fn memory(claim: &Claim) -> Memory {
    let mut memory = remembered(&claim.memory, &claim.conversation_id);
    memory.manager_active = claim.state == ConversationState::ManagerActive;
    memory.pending = claim.state == ConversationState::Pending;
    memory
}

/// Memory as stored.
pub(crate) fn remembered(stored: &str, conversation_id: &str) -> Memory {
    if stored.is_empty() {
        return Memory::default();
    }
    serde_json::from_str(stored).unwrap_or_else(|_| {
        tracing::warn!(conversation.id = %conversation_id, "memory cannot be read, it starts anew");
        Memory::default()
    })
}

async fn tell(engine: &Engine, tenant: &Tenant, decision: &Decision) {
    for action in &decision.actions {
        if let Action::NotifyOwner(what) = action {
            let key = format!("{what}:{}:{}", tenant.slug(), tenant.month(engine.now_ms()));
            engine.tell_owner(tenant.slug(), what, key).await;
        }
    }
}

fn commit_of(
    engine: &Engine,
    tenant: &Tenant,
    claim: Claim,
    decision: &Decision,
    seen: Seen,
    began: Duration,
) -> TurnCommit {
    let took_ms = u64::try_from((engine.clock.elapsed() - began).as_millis()).unwrap_or(u64::MAX);
    let denied = seen.was_denied();
    let trace = StoredTrace::of(tenant, decision, seen, took_ms);
    let handover = decision.actions.iter().find_map(|it| match it {
        Action::Handover { reason, summary } => {
            Some((asked_for(*reason, denied).code().to_owned(), summary.clone()))
        }
        // The store adds to a request that is open; one that was closed meanwhile is opened again.
        Action::AddToRequest { summary } => Some((Reason::UnknownFact.code().to_owned(), summary.clone())),
        _ => None,
    });
    engine
        .telemetry
        .count("tenantry_turns_total", &[("tenant", &claim.slug), ("action", decision.kind.code())]);
    let now_ms = engine.now_ms();
    let timers = if handover.is_some() { timers::of_turn(tenant, &claim, now_ms) } else { Vec::new() };
    TurnCommit {
        memory: serde_json::to_string(&decision.memory)
            .expect("string keys and plain values always serialise"),
        reply: decision.reply().filter(|it| !it.trim().is_empty()).map(str::to_owned),
        instance_id: tenant.numbers().answering(decision.branch.as_deref(), &claim.instance_id),
        branch: decision.branch.clone(),
        handover,
        cancel_handover: decision.actions.contains(&Action::CancelHandover),
        heard: Vec::new(),
        timers,
        trace: trace.to_json(),
        now_ms,
        outbox_id: (engine.ids)().to_string(),
        send_until_ms: None,
        claim,
    }
}

/// What a person is asked for. Where only the plan kept the model from answering, that is the reason.
fn asked_for(reason: Reason, denied: bool) -> Reason {
    match reason {
        Reason::LowConfidence | Reason::UnknownFact | Reason::ClarifyLimit if denied => Reason::Limit,
        other => other,
    }
}

/// Commits; a claim that passed on is left to whoever has it now.
async fn finish(engine: &Engine, commit: TurnCommit, began: Duration) {
    let slug = commit.claim.slug.clone();
    let conversation_id = commit.claim.conversation_id.clone();
    crash::point("before_commit");
    let committing = engine.clock.elapsed();
    // Where a place is free, the commit that stores a reply also begins its send.
    // Not while stopping: whoever is cut off there must leave what the next process may send.
    let may_begin = commit.reply.is_some() && !engine.is_stopping();
    let place = if may_begin { engine.sends.enter(&slug, engine.places()) } else { None };
    let mut commit = commit;
    let term = Term::from_now(engine.clock.as_ref());
    commit.send_until_ms = place.as_ref().map(|_| term.until_ms);
    for attempt in 1..=COMMIT_ATTEMPTS {
        match engine.commit(commit.clone()).await {
            Ok(begun) => {
                crash::point("committed");
                match begun.zip(place) {
                    Some((row, place)) => outbox::hand_on(engine, row, place, term),
                    None if commit.reply.is_some() => engine.committed.notify_one(),
                    None => {}
                }
                if commit.handover.is_some() || commit.cancel_handover {
                    engine.asked.notify_one();
                }
                stages::committed(engine, committing);
                tracing::info!(
                    tenant.slug = %slug, conversation.id = %conversation_id,
                    replied = commit.reply.is_some(), handed_over = commit.handover.is_some(),
                    duration_ms = (engine.clock.elapsed() - began).as_millis(), "turn committed"
                );
                return;
            }
            Err(StoreError::Stale) => {
                // Perhaps by what was committed when nobody heard of it.
                if attempt > 1 {
                    hand_on_after_all(engine, &commit.outbox_id, place).await;
                }
                return stale(engine, &slug, &conversation_id);
            }
            Err(error) => engine.store_failed("commit_turn", &error),
        }
        engine.clock.sleep(Duration::from_millis(50) * 4_u32.pow(attempt - 1)).await;
    }
    hand_on_after_all(engine, &commit.outbox_id, place).await;
}

fn count_failure(engine: &Engine, slug: &str, cause: &'static str) {
    engine.telemetry.count("tenantry_turn_failures_total", &[("tenant", slug), ("cause", cause)]);
}

/// A newer message came, or somebody else has the claim.
fn stale(engine: &Engine, slug: &str, conversation_id: &str) {
    tracing::info!(tenant.slug = %slug, conversation.id = %conversation_id, "turn starts over");
    count_failure(engine, slug, "stale");
    engine.arrived.notify_one();
}

/// Has a reply sent whose commit began its send and was lost on the way back. Nobody else does until its
/// lease runs out.
async fn hand_on_after_all(engine: &Engine, outbox_id: &str, place: Option<Place>) {
    let Some(place) = place else { return };
    let (id, now_ms) = (outbox_id.to_owned(), engine.now_ms());
    let term = Term::from_now(engine.clock.as_ref());
    match engine.with_state(move |state| state.begun_send(&id, term.until_ms, now_ms)).await {
        Ok(Some(row)) => {
            outbox::hand_on(engine, row, place, term);
            engine.asked.notify_one();
        }
        Ok(None) => {}
        Err(error) => engine.store_failed("begun_send", &error),
    }
}
