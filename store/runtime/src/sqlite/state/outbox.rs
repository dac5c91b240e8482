//! Replies on their way out: `pending` → `sending` (committed before the gateway is called) →
//! `sent`, `unknown` or `dead`. In a conversation they leave in order, one at a time.

use rusqlite::{Connection, OptionalExtension};

use super::handover;
use super::turn::sql_limit;
use crate::{ConversationState, OutboxRow, Settlement, StoreError, TurnCommit};

/// Puts the reply of a turn at the end of its conversation's queue.
pub(super) fn queue(connection: &Connection, turn: &TurnCommit, text: &str) -> Result<(), StoreError> {
    let claim = &turn.claim;
    connection
        .prepare_cached(
            "INSERT INTO outbox (id, conversation_id, client_slug, instance_id, jid, text, not_before_ms,
                                 created_at_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7)",
        )?
        .execute((
            &turn.outbox_id,
            &claim.conversation_id,
            &claim.slug,
            &turn.instance_id,
            &claim.jid,
            text,
            turn.now_ms,
        ))?;
    Ok(())
}

/// Begins the sends that are due. A row waits while an earlier one of its conversation is being
/// sent or waits to be tried again. Looks at `limit` rows only, however many wait: a gateway that
/// was down for an hour must not slow down the inbox.
pub(super) fn begin(
    connection: &Connection,
    now_ms: i64,
    limit: usize,
) -> Result<Vec<OutboxRow>, StoreError> {
    let due: Vec<(OutboxRow, ConversationState)> = connection
        .prepare_cached(
            "SELECT o.id, o.conversation_id, o.client_slug, o.instance_id, o.jid, o.text, o.attempts + 1,
                    o.created_at_ms, c.state
             FROM outbox o JOIN conversations c ON c.id = o.conversation_id
             WHERE o.status = 'pending' AND o.not_before_ms <= ?1 AND NOT EXISTS (
                 SELECT 1 FROM outbox e WHERE e.conversation_id = o.conversation_id AND e.seq < o.seq
                 AND e.status IN ('pending', 'sending'))
             ORDER BY o.not_before_ms, o.seq LIMIT ?2",
        )?
        .query_map((now_ms, sql_limit(limit)), |row| {
            let waiting = OutboxRow {
                id: row.get(0)?,
                conversation_id: row.get(1)?,
                slug: row.get(2)?,
                instance_id: row.get(3)?,
                jid: row.get(4)?,
                text: row.get(5)?,
                attempts: row.get(6)?,
                created_at_ms: row.get(7)?,
            };
            Ok((waiting, row.get(8)?))
        })?
        .collect::<Result<_, _>>()?;
    let (owned, rows): (Vec<_>, Vec<_>) =
        due.into_iter().partition(|(_, state)| *state == ConversationState::ManagerActive);
    for (row, _) in &owned {
        set(connection, &row.id, "cancelled", None, now_ms)?;
    }
    for (row, _) in &rows {
        connection
            .prepare_cached(
                "UPDATE outbox SET status = 'sending', attempts = ?2, begun_at_ms = ?3 WHERE id = ?1",
            )?
            .execute((&row.id, row.attempts, now_ms))?;
    }
    Ok(rows.into_iter().map(|(row, _)| row).collect())
}

/// A reply as far as settling needs it.
struct Sending {
    id: String,
    conversation_id: String,
    text: String,
}

/// Records what a send came to.
pub(super) fn settle(
    connection: &Connection,
    id: &str,
    settlement: &Settlement,
    now_ms: i64,
) -> Result<(), StoreError> {
    let found: Option<(Sending, String)> = connection
        .prepare_cached("SELECT id, conversation_id, text, status FROM outbox WHERE id = ?1")?
        .query_row([id], |row| {
            Ok((Sending { id: row.get(0)?, conversation_id: row.get(1)?, text: row.get(2)? }, row.get(3)?))
        })
        .optional()?;
    let (row, status) = found.ok_or_else(|| StoreError::Missing(format!("outbox row {id}")))?;
    match status.as_str() {
        "sending" => {}
        // Its echo came before the gateway's answer, or the answer is told twice.
        "sent" => return Ok(()),
        _ => return Err(StoreError::Stale),
    }
    match settlement {
        Settlement::Sent => set(connection, id, "sent", None, now_ms),
        Settlement::Retry { at_ms, error } => {
            connection
                .prepare_cached(
                    "UPDATE outbox SET status = 'pending', not_before_ms = ?2, error = ?3 WHERE id = ?1",
                )?
                .execute((id, at_ms, error))?;
            Ok(())
        }
        Settlement::Unknown { error } => give_up(connection, &row, "unknown", error, now_ms),
        Settlement::Dead { error } => give_up(connection, &row, "dead", error, now_ms),
    }
}

/// Settles what a crash left in `sending`; returns how many rows there were.
pub(super) fn recover(connection: &Connection, idempotent: bool, now_ms: i64) -> Result<usize, StoreError> {
    if idempotent {
        let again = connection.execute(
            "UPDATE outbox SET status = 'pending', not_before_ms = ?1, error = 'interrupted' WHERE status = 'sending'",
            [now_ms],
        )?;
        return Ok(again);
    }
    let left: Vec<Sending> = connection
        .prepare_cached("SELECT id, conversation_id, text FROM outbox WHERE status = 'sending' ORDER BY seq")?
        .query_map([], |row| {
            Ok(Sending { id: row.get(0)?, conversation_id: row.get(1)?, text: row.get(2)? })
        })?
        .collect::<Result<_, _>>()?;
    for row in &left {
        give_up(connection, row, "unknown", "interrupted", now_ms)?;
    }
    Ok(left.len())
}

/// The reply is shown to a person instead.
fn give_up(
    connection: &Connection,
    row: &Sending,
    status: &str,
    error: &str,
    now_ms: i64,
) -> Result<(), StoreError> {
    set(connection, &row.id, status, Some(error), now_ms)?;
    handover::note(connection, &row.conversation_id, "system", "reply not sent", status, now_ms)?;
    let summary = format!("{error}: {}", row.text);
    let request = handover::Request { reason: "error", summary: &summary, outbox_id: Some(&row.id) };
    handover::ask(connection, &row.conversation_id, &request, now_ms)
}

/// Settles a row.
pub(super) fn set(
    connection: &Connection,
    id: &str,
    status: &str,
    error: Option<&str>,
    now_ms: i64,
) -> Result<(), StoreError> {
    connection
        .prepare_cached("UPDATE outbox SET status = ?2, error = ?3, settled_at_ms = ?4 WHERE id = ?1")?
        .execute((id, status, error, now_ms))?;
    Ok(())
}
