//! Committing what was decided about a burst, guarded by the fence: the lease, the ownership epoch,
//! and no message newer than the burst, unless the customer has been waiting for long.

use std::collections::BTreeSet;

use super::claim::settle;
use super::desk::acts;
use super::{handover, outbox, read, timers};
use crate::sql::{Sql, values};
use crate::{ConversationState, OutboxRow, StoreError, TurnCommit};

/// A customer who has waited this long, milliseconds, is answered although newer messages came: one
/// who never stops writing would never be answered otherwise. The newer ones are the next burst.
const PATIENCE_MS: i64 = 15_000;

/// What a commit came to. Stale is no error inside the transaction: giving the claim back is
/// written.
pub(super) enum Verdict<T> {
    Committed(T),
    Stale,
}

/// Writes everything a turn changes, if its claim still holds.
pub(super) fn commit(sql: &mut dyn Sql, turn: &TurnCommit) -> Result<Verdict<Option<OutboxRow>>, StoreError> {
    let claim = &turn.claim;
    let fence = sql.row(
        "SELECT lease, lease_until_ms, epoch, state FROM conversations WHERE id = ?1 /*+ FOR UPDATE */",
        values![&claim.conversation_id],
    )?;
    // A forgotten conversation, a later claim, or a claim that was settled.
    let Some(row) = fence else { return Ok(Verdict::Stale) };
    let (lease, until, epoch): (i64, Option<i64>, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
    if until.is_none() || lease != claim.lease {
        return Ok(Verdict::Stale);
    }
    let waiting = read::waiting_ids(sql, &claim.conversation_id)?;
    let burst: BTreeSet<String> = claim.burst.iter().map(|it| it.id.clone()).collect();
    let oldest = claim.burst.iter().map(|it| it.at_ms).min().unwrap_or(turn.now_ms);
    let has_newer = waiting.len() > burst.len();
    let starts_over = has_newer && turn.now_ms - oldest < PATIENCE_MS;
    if epoch != claim.epoch || !burst.is_subset(&waiting) || starts_over {
        // Given back at once: the newer burst need not wait for the lease to run out. A turn that came as
        // far as here was not cut short.
        sql.run(
            "UPDATE conversations SET lease_until_ms = NULL, attempts = 0 WHERE id = ?1",
            values![&claim.conversation_id],
        )?;
        return Ok(Verdict::Stale);
    }
    write(sql, turn, (has_newer, row.get(3)?)).map(Verdict::Committed)
}

fn write(
    sql: &mut dyn Sql,
    turn: &TurnCommit,
    (has_newer, state): (bool, ConversationState),
) -> Result<Option<OutboxRow>, StoreError> {
    let TurnCommit { claim, now_ms, .. } = turn;
    let id = &claim.conversation_id;
    let mut begun = None;
    sql.run(
        "UPDATE conversations SET memory = ?2, branch = coalesce(?3, branch),
             due_at_ms = CASE WHEN ?5 THEN due_at_ms END,
             lease_until_ms = NULL, attempts = 0,
             last_message_at_ms = CASE WHEN last_message_at_ms < ?4 THEN ?4 ELSE last_message_at_ms END
         WHERE id = ?1",
        values![id, &turn.memory, &turn.branch, *now_ms, has_newer],
    )?;
    let answer_id = turn.reply.is_some().then_some(turn.outbox_id.as_str());
    for message in &claim.burst {
        sql.run(
            "UPDATE messages SET settled = 'turn', answer_id = ?2 WHERE id = ?1",
            values![&message.id, answer_id],
        )?;
    }
    for heard in &turn.heard {
        sql.run(
            "UPDATE messages SET text = ?2, file = coalesce(?3, file) WHERE id = ?1",
            values![&heard.id, &heard.text, &heard.file],
        )?;
    }
    if let Some(text) = &turn.reply {
        say(sql, turn, text)?;
        begun = outbox::queue(sql, turn, text)?;
        if state != ConversationState::BotActive {
            // What opens a request stands on its card.
            acts::told(sql, id, &turn.outbox_id, *now_ms)?;
        }
    } else if let Some(last) = claim.burst.last() {
        sql.run("UPDATE messages SET trace = ?2 WHERE id = ?1", values![&last.id, &turn.trace])?;
    }
    if turn.cancel_handover {
        handover::cancel(sql, id, *now_ms)?;
    }
    if let Some((reason, summary)) = &turn.handover {
        handover::ask(sql, id, &handover::Request { reason, summary, outbox_id: None }, *now_ms)?;
    }
    for later in &turn.timers {
        timers::set(sql, claim, later)?;
    }
    Ok(begun)
}

/// The assistant's message of a turn.
fn say(sql: &mut dyn Sql, turn: &TurnCommit, text: &str) -> Result<(), StoreError> {
    sql.run(
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
    )?;
    Ok(())
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
