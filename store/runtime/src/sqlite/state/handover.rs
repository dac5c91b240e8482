//! Requests to people, and who speaks in a conversation.

use rusqlite::{Connection, OptionalExtension};

use super::inbox::new_id;
use super::turn;
use crate::StoreError;

/// A summary that grew to this many characters grows no further: one card shows it.
const SUMMARY: usize = 8_000;

/// What is asked of people.
pub(super) struct Request<'a> {
    /// Reason code.
    pub(super) reason: &'a str,
    /// What they should know.
    pub(super) summary: &'a str,
    /// The reply whose fate is all it is about.
    pub(super) outbox_id: Option<&'a str>,
}

/// Passes a request to people; one that is open already is kept and its summary extended.
pub(super) fn ask(
    connection: &Connection,
    conversation_id: &str,
    request: &Request<'_>,
    now_ms: i64,
) -> Result<(), StoreError> {
    let Request { reason, summary, outbox_id } = *request;
    let open: Option<(String, String)> = connection
        .prepare_cached(
            "SELECT id, summary FROM handovers WHERE conversation_id = ?1 AND status IN ('pending', 'active')",
        )?
        .query_row([conversation_id], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    match open {
        Some((id, mut known)) => {
            if !known.lines().any(|line| line == summary) && known.len() < SUMMARY {
                known.push('\n');
                known.push_str(summary);
            }
            connection
                .prepare_cached("UPDATE handovers SET summary = ?2, outbox_id = NULL WHERE id = ?1")?
                .execute((id, known))?;
        }
        None => {
            connection
                .prepare_cached(
                    "INSERT INTO handovers (id, client_slug, conversation_id, branch, reason, summary, status,
                                            outbox_id, created_at_ms)
                     SELECT ?2, client_slug, id, branch, ?3, ?4,
                            CASE state WHEN 'manager_active' THEN 'active' ELSE 'pending' END, ?5, ?6
                     FROM conversations WHERE id = ?1",
                )?
                .execute((conversation_id, new_id(), reason, summary, outbox_id, now_ms))?;
            note(connection, conversation_id, "bot", "handover", reason, now_ms)?;
        }
    }
    connection
        .prepare_cached("UPDATE conversations SET state = 'pending' WHERE id = ?1 AND state = 'bot_active'")?
        .execute([conversation_id])?;
    Ok(())
}

/// The customer needs nobody any more.
pub(super) fn cancel(connection: &Connection, conversation_id: &str, now_ms: i64) -> Result<(), StoreError> {
    close(connection, conversation_id, now_ms)?;
    note(connection, conversation_id, "customer", "handover cancelled", "", now_ms)
}

/// The reply whose fate was unknown went out after all: if the open request is about nothing else
/// and nobody has taken it, it is closed again.
pub(super) fn clear(connection: &Connection, outbox_id: &str, now_ms: i64) -> Result<(), StoreError> {
    let conversation_id: Option<String> = connection
        .prepare_cached("SELECT conversation_id FROM handovers WHERE outbox_id = ?1 AND status = 'pending'")?
        .query_row([outbox_id], |row| row.get(0))
        .optional()?;
    let Some(conversation_id) = conversation_id else { return Ok(()) };
    close(connection, &conversation_id, now_ms)?;
    note(connection, &conversation_id, "system", "handover cleared", "", now_ms)
}

fn close(connection: &Connection, conversation_id: &str, now_ms: i64) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "UPDATE handovers SET status = 'cancelled', closed_at_ms = ?2
             WHERE conversation_id = ?1 AND status IN ('pending', 'active')",
        )?
        .execute((conversation_id, now_ms))?;
    connection
        .prepare_cached("UPDATE conversations SET state = 'bot_active' WHERE id = ?1")?
        .execute([conversation_id])?;
    Ok(())
}

/// A person takes the conversation over: the epoch rises, so that a turn in work cannot commit;
/// nothing is due and what has not begun to leave stays.
pub(super) fn take(connection: &Connection, conversation_id: &str, now_ms: i64) -> Result<(), StoreError> {
    let taken = connection
        .prepare_cached(
            "UPDATE conversations SET state = 'manager_active' WHERE id = ?1 AND state <> 'manager_active'",
        )?
        .execute([conversation_id])?;
    connection
        .prepare_cached("UPDATE conversations SET epoch = epoch + 1 WHERE id = ?1")?
        .execute([conversation_id])?;
    turn::settle(connection, conversation_id)?;
    connection
        .prepare_cached(
            "UPDATE messages SET settled = 'person' WHERE conversation_id = ?1 AND role = 'user' AND settled IS NULL",
        )?
        .execute([conversation_id])?;
    connection
        .prepare_cached(
            "UPDATE outbox SET status = 'cancelled', settled_at_ms = ?2
             WHERE conversation_id = ?1 AND status = 'pending'",
        )?
        .execute((conversation_id, now_ms))?;
    connection
        .prepare_cached(
            "UPDATE handovers SET status = 'active', taken_at_ms = ?2
             WHERE conversation_id = ?1 AND status = 'pending'",
        )?
        .execute((conversation_id, now_ms))?;
    if taken > 0 {
        note(connection, conversation_id, "person", "taken over", "", now_ms)?;
    }
    Ok(())
}

/// Writes a line of the audit.
pub(super) fn note(
    connection: &Connection,
    conversation_id: &str,
    actor: &str,
    action: &str,
    detail: &str,
    now_ms: i64,
) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO audit (at_ms, client_slug, conversation_id, actor, action, detail)
             SELECT ?2, client_slug, id, ?3, ?4, ?5 FROM conversations WHERE id = ?1",
        )?
        .execute((conversation_id, now_ms, actor, action, detail))?;
    Ok(())
}
