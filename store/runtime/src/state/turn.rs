//! Committing what was decided about a burst, guarded by the fence: the lease, the ownership epoch,
//! and no message newer than the burst, unless the customer has been waiting for long.

use std::collections::BTreeSet;

use super::Ring;
use super::claim::settle;
use super::desk::acts;
use super::{handover, outbox, read, timers};
use crate::sql::{Row, Sql, Value, values};
use crate::{ConversationState, OutboxRow, StoreError, TurnCommit};

/// A customer who has waited this long, milliseconds, is answered although newer messages came: one
/// who never stops writing would never be answered otherwise. The newer ones are the next burst.
const PATIENCE_MS: i64 = 15_000;

/// What a commit came to. Stale is no error inside the transaction: giving the claim back is
/// written.
pub(crate) enum Verdict<T> {
    Committed(T),
    Stale,
}

/// A turn, and what stands in the store when it is to be committed.
struct Fenced<'a> {
    turn: &'a TurnCommit,
    lease: i64,
    lease_until_ms: Option<i64>,
    epoch: i64,
    state: ConversationState,
    /// Row ids of the messages that wait.
    waiting: BTreeSet<String>,
    /// Nothing of the conversation has to leave before the reply.
    is_free: bool,
}

/// Writes everything that turns of different conversations change, of each whose claim still holds.
pub(crate) fn commit(
    sql: &mut dyn Sql,
    turns: &[&TurnCommit],
) -> Result<Vec<Verdict<Option<OutboxRow>>>, StoreError> {
    fenced(sql, turns)?
        .iter()
        .map(|fenced| match fenced {
            Some(fenced) => decide(sql, fenced),
            // Forgotten meanwhile.
            None => Ok(Verdict::Stale),
        })
        .collect()
}

/// [`commit`] of one.
pub(crate) fn alone(sql: &mut dyn Sql, turn: &TurnCommit) -> Result<Verdict<Option<OutboxRow>>, StoreError> {
    Ok(commit(sql, &[turn])?.pop().unwrap_or(Verdict::Stale))
}

/// Locks the conversations, then looks at what waits in them: nothing can come in between any more.
fn fenced<'a>(sql: &mut dyn Sql, turns: &[&'a TurnCommit]) -> Result<Vec<Option<Fenced<'a>>>, StoreError> {
    let of = |turn: &&'a TurnCommit| vec![Value::from(&turn.claim.conversation_id)];
    let ids: Vec<_> = turns.iter().map(of).collect();
    let locked = sql.each(
        "SELECT lease, lease_until_ms, epoch, state FROM conversations WHERE id = ?1 /*+ FOR UPDATE */",
        &ids,
    )?;
    let waiting = sql.each(read::WAITING_IDS, &ids)?;
    let begins: Vec<_> = turns.iter().filter(|it| it.send_until_ms.is_some()).map(of).collect();
    let mut unsent = sql.each(outbox::UNSENT, &begins)?.into_iter();
    let mut fenced = Vec::with_capacity(turns.len());
    for ((turn, locked), waiting) in turns.iter().zip(locked).zip(waiting) {
        let is_free = turn.send_until_ms.is_some() && unsent.next().is_some_and(|it| it.is_empty());
        let fence = |row: &Row| {
            Ok::<_, StoreError>(Fenced {
                turn,
                lease: row.get(0)?,
                lease_until_ms: row.get(1)?,
                epoch: row.get(2)?,
                state: row.get(3)?,
                waiting: waiting.iter().map(|it| it.get(0)).collect::<Result<_, _>>()?,
                is_free,
            })
        };
        fenced.push(locked.first().map(fence).transpose()?);
    }
    Ok(fenced)
}

/// Writes a turn, or gives its claim back.
fn decide(sql: &mut dyn Sql, fenced: &Fenced<'_>) -> Result<Verdict<Option<OutboxRow>>, StoreError> {
    let Fenced { turn, waiting, .. } = fenced;
    let claim = &turn.claim;
    // A later claim, or a claim that was settled.
    if fenced.lease_until_ms.is_none() || fenced.lease != claim.lease {
        return Ok(Verdict::Stale);
    }
    let burst: BTreeSet<String> = claim.burst.iter().map(|it| it.id.clone()).collect();
    let oldest = claim.burst.iter().map(|it| it.at_ms).min().unwrap_or(turn.now_ms);
    let has_newer = waiting.len() > burst.len();
    if has_newer {
        sql.ring(Ring::Due);
    }
    let starts_over = has_newer && turn.now_ms - oldest < PATIENCE_MS;
    if fenced.epoch != claim.epoch || !burst.is_subset(waiting) || starts_over {
        // Given back at once: the newer burst need not wait for the lease to run out. A turn that came as
        // far as here was not cut short.
        sql.later(
            "UPDATE conversations SET lease_until_ms = NULL, attempts = 0 WHERE id = ?1",
            values![&claim.conversation_id],
        )?;
        return Ok(Verdict::Stale);
    }
    write(sql, fenced, has_newer).map(Verdict::Committed)
}

fn write(sql: &mut dyn Sql, fenced: &Fenced<'_>, has_newer: bool) -> Result<Option<OutboxRow>, StoreError> {
    let Fenced { turn, state, is_free, .. } = *fenced;
    let TurnCommit { claim, now_ms, .. } = turn;
    let id = &claim.conversation_id;
    let mut begun = None;
    sql.later(
        "UPDATE conversations SET memory = ?2, branch = coalesce(?3, branch),
             due_at_ms = CASE WHEN ?5 THEN due_at_ms END,
             lease_until_ms = NULL, attempts = 0,
             last_message_at_ms = CASE WHEN last_message_at_ms < ?4 THEN ?4 ELSE last_message_at_ms END
         WHERE id = ?1",
        values![id, &turn.memory, &turn.branch, *now_ms, has_newer],
    )?;
    let answer_id = turn.reply.is_some().then_some(turn.outbox_id.as_str());
    for message in &claim.burst {
        sql.later(
            "UPDATE messages SET settled = 'turn', answer_id = ?2 WHERE id = ?1",
            values![&message.id, answer_id],
        )?;
    }
    for heard in &turn.heard {
        sql.later(
            "UPDATE messages SET text = ?2, file = coalesce(?3, file) WHERE id = ?1",
            values![&heard.id, &heard.text, &heard.file],
        )?;
    }
    if let Some(text) = &turn.reply {
        say(sql, turn, text)?;
        begun = outbox::queue(sql, turn, text, is_free)?;
        if state != ConversationState::BotActive {
            // What opens a request stands on its card.
            acts::told(sql, id, &turn.outbox_id, *now_ms)?;
        }
    } else if let Some(last) = claim.burst.last() {
        sql.later("UPDATE messages SET trace = ?2 WHERE id = ?1", values![&last.id, &turn.trace])?;
    }
    if turn.cancel_handover {
        handover::cancel(sql, id, *now_ms)?;
    }
    if let Some((reason, summary)) = &turn.handover {
        let waits = handover::ask(sql, id, &handover::Request { reason, summary, outbox_id: None }, *now_ms)?;
        if waits && turn.timers.is_empty() {
            // Decided while another was open that was closed meanwhile.
            timers::ask(sql, id, *now_ms)?;
        }
    }
    for later in &turn.timers {
        timers::set(sql, (&claim.slug, id), later)?;
    }
    Ok(begun)
}

/// The assistant's message of a turn.
fn say(sql: &mut dyn Sql, turn: &TurnCommit, text: &str) -> Result<(), StoreError> {
    sql.later(
        "INSERT INTO messages (id, conversation_id, message_id, role, text, sent_at, at_ms, trace)
         VALUES (?1, ?2, ?1, 'assistant', ?3, ?4, ?5, ?6)",
        values![
            &turn.outbox_id,
            &turn.claim.conversation_id,
            text,
            turn.now_ms / 1000,
            turn.now_ms,
            &turn.trace
        ],
    )
}

/// Whatever waits in a conversation that a person has taken is that person's.
pub(super) fn leave_to_person(sql: &mut dyn Sql, conversation_id: &str) -> Result<(), StoreError> {
    settle(sql, conversation_id)?;
    sql.run(
        "UPDATE messages SET settled = 'person' WHERE conversation_id = ?1 AND role = 'user' AND settled IS NULL",
        values![conversation_id],
    )?;
    Ok(())
}
