//! Claiming a burst and committing what was decided about it, guarded by the fence: the lease, the
//! ownership epoch, and no message newer than the burst.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension};

use super::{handover, outbox, read};
use crate::{Claim, StoreError, TurnCommit};

/// What a commit came to. Stale is no error inside the transaction: giving the claim back is
/// written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Committed,
    Stale,
}

/// Claims conversations whose burst is due, the longest waiting first.
pub(super) fn claim(
    connection: &Connection,
    now_ms: i64,
    lease_ms: i64,
    limit: usize,
) -> Result<Vec<Claim>, StoreError> {
    let mut due: Vec<Claim> = connection
        .prepare_cached(
            "SELECT c.id, c.client_slug, c.jid, u.name, c.instance_id, c.state, c.memory, c.lease + 1, c.epoch,
                    c.attempts
             FROM conversations c JOIN users u ON u.id = c.user_id
             WHERE c.due_at_ms <= ?1 AND coalesce(c.lease_until_ms, ?1) <= ?1 AND c.state <> 'manager_active'
             ORDER BY c.due_at_ms LIMIT ?2",
        )?
        .query_map((now_ms, sql_limit(limit)), |row| {
            Ok(Claim {
                conversation_id: row.get(0)?,
                slug: row.get(1)?,
                jid: row.get(2)?,
                sender: row.get(3)?,
                instance_id: row.get(4)?,
                state: row.get(5)?,
                memory: row.get(6)?,
                burst: Vec::new(),
                lease: row.get(7)?,
                epoch: row.get(8)?,
                attempts: row.get(9)?,
            })
        })?
        .collect::<Result<_, _>>()?;
    for claim in &mut due {
        claim.burst = read::waiting(connection, &claim.conversation_id)?;
        connection
            .prepare_cached(
                "UPDATE conversations SET lease = ?2, lease_until_ms = ?3, attempts = attempts + 1 WHERE id = ?1",
            )?
            .execute((&claim.conversation_id, claim.lease, now_ms.saturating_add(lease_ms)))?;
        if claim.burst.is_empty() {
            // A claim without a burst would be nobody's to settle.
            settle(connection, &claim.conversation_id)?;
        }
    }
    due.retain(|claim| !claim.burst.is_empty());
    Ok(due)
}

/// Writes everything a turn changes, if its claim still holds.
pub(super) fn commit(connection: &Connection, turn: &TurnCommit) -> Result<Verdict, StoreError> {
    let claim = &turn.claim;
    let fence: Option<(i64, bool, i64)> = connection
        .prepare_cached("SELECT lease, lease_until_ms IS NOT NULL, epoch FROM conversations WHERE id = ?1")?
        .query_row([&claim.conversation_id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    // A forgotten conversation, a later claim, or a claim that was settled.
    let Some((lease, true, epoch)) = fence else { return Ok(Verdict::Stale) };
    if lease != claim.lease {
        return Ok(Verdict::Stale);
    }
    let waiting = read::waiting(connection, &claim.conversation_id)?;
    let waiting: BTreeSet<&str> = waiting.iter().map(|it| it.id.as_str()).collect();
    let burst: BTreeSet<&str> = claim.burst.iter().map(|it| it.id.as_str()).collect();
    if epoch != claim.epoch || waiting != burst {
        // Given back at once: the newer burst need not wait for the lease to run out.
        connection
            .prepare_cached("UPDATE conversations SET lease_until_ms = NULL WHERE id = ?1")?
            .execute([&claim.conversation_id])?;
        return Ok(Verdict::Stale);
    }
    write(connection, turn)?;
    Ok(Verdict::Committed)
}

fn write(connection: &Connection, turn: &TurnCommit) -> Result<(), StoreError> {
    let TurnCommit { claim, now_ms, .. } = turn;
    let id = &claim.conversation_id;
    connection
        .prepare_cached(
            "UPDATE conversations SET memory = ?2, branch = coalesce(?3, branch),
                 last_message_at_ms = max(last_message_at_ms, ?4) WHERE id = ?1",
        )?
        .execute((id, &turn.memory, &turn.branch, now_ms))?;
    let answer_id = turn.reply.is_some().then_some(&turn.outbox_id);
    for message in &claim.burst {
        connection
            .prepare_cached("UPDATE messages SET settled = 'turn', answer_id = ?2 WHERE id = ?1")?
            .execute((&message.id, answer_id))?;
    }
    if let Some(text) = &turn.reply {
        say(connection, turn, text)?;
        outbox::queue(connection, turn, text)?;
    } else if let Some(last) = claim.burst.last() {
        connection
            .prepare_cached("UPDATE messages SET trace = ?2 WHERE id = ?1")?
            .execute((&last.id, &turn.trace))?;
    }
    if turn.cancel_handover {
        handover::cancel(connection, id, *now_ms)?;
    }
    if let Some((reason, summary)) = &turn.handover {
        handover::ask(connection, id, &handover::Request { reason, summary, outbox_id: None }, *now_ms)?;
    }
    settle(connection, id)
}

/// The assistant's message of a turn.
fn say(connection: &Connection, turn: &TurnCommit, text: &str) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO messages (id, conversation_id, message_id, role, text, sent_at, at_ms, trace)
             VALUES (?1, ?2, ?1, 'assistant', ?3, ?4 / 1000, ?4, ?5)",
        )?
        .execute((&turn.outbox_id, &turn.claim.conversation_id, text, turn.now_ms, &turn.trace))?;
    Ok(())
}

/// Nothing waits any more and nobody holds the conversation.
pub(super) fn settle(connection: &Connection, conversation_id: &str) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "UPDATE conversations SET due_at_ms = NULL, lease_until_ms = NULL, attempts = 0 WHERE id = ?1",
        )?
        .execute([conversation_id])?;
    Ok(())
}

/// Gives back the claims of a process that is gone, so that its bursts need not wait for the
/// leases to run out. Should it still live after all, the fence rejects what it commits.
pub(super) fn release_leases(connection: &Connection) -> Result<(), StoreError> {
    connection
        .execute("UPDATE conversations SET lease_until_ms = NULL WHERE lease_until_ms IS NOT NULL", [])?;
    Ok(())
}

/// A limit as SQL takes it.
pub(super) fn sql_limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
