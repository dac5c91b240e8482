//! Requests to people, and who speaks in a conversation.

use super::desk::acts::{self, Closing};
use super::desk::{Person, talk};
use super::inbox::new_id;
use super::turn;
use crate::StoreError;
use crate::sql::{Sql, values};

/// A summary that grew to this many characters grows no further: one card shows it.
const SUMMARY: usize = 8_000;

/// The reason of a request that a person opened by writing on the phone.
pub(super) const PHONE: &str = "phone";

/// What is asked of people.
pub(super) struct Request<'a> {
    /// Reason code.
    pub(super) reason: &'a str,
    /// What they should know.
    pub(super) summary: &'a str,
    /// The reply whose fate is all it is about.
    pub(super) outbox_id: Option<&'a str>,
}

/// Holds the conversation until the end of the transaction. Whoever changes a reply or a request
/// after this does it in one order with the others, so that none waits for the other.
pub(super) fn lock(sql: &mut dyn Sql, conversation_id: &str) -> Result<(), StoreError> {
    sql.row("SELECT 1 FROM conversations WHERE id = ?1 /*+ FOR UPDATE */", values![conversation_id])?;
    Ok(())
}

/// Passes a request to people; one that is open already is kept and its summary extended. True when a
/// new one waits, which has no timers yet.
pub(super) fn ask(
    sql: &mut dyn Sql,
    conversation_id: &str,
    request: &Request<'_>,
    now_ms: i64,
) -> Result<bool, StoreError> {
    let Request { reason, summary, .. } = *request;
    let open = sql.row(
        "SELECT id, summary FROM handovers WHERE conversation_id = ?1 AND status IN ('pending', 'active')",
        values![conversation_id],
    )?;
    match open {
        Some(row) => {
            let (id, mut known): (String, String) = (row.get(0)?, row.get(1)?);
            if !known.lines().any(|line| line == summary) && known.len() < SUMMARY {
                known.push('\n');
                known.push_str(summary);
                acts::more(sql, &id, summary, now_ms)?;
            }
            sql.run(
                "UPDATE handovers SET summary = ?2, outbox_id = NULL WHERE id = ?1",
                values![&id, &known],
            )?;
        }
        None => {
            begin(sql, conversation_id, request, now_ms)?;
            note(sql, conversation_id, "bot", "handover", reason, now_ms)?;
        }
    }
    let waits = sql.run(
        "UPDATE conversations SET state = 'pending' WHERE id = ?1 AND state = 'bot_active'",
        values![conversation_id],
    )?;
    Ok(waits == 1)
}

/// Opens a request and shows it; returns its id. Where a person has the conversation, it is that person's.
fn begin(
    sql: &mut dyn Sql,
    conversation_id: &str,
    request: &Request<'_>,
    now_ms: i64,
) -> Result<String, StoreError> {
    let Request { reason, summary, outbox_id } = *request;
    let id = new_id();
    sql.run(
        "INSERT INTO handovers (id, client_slug, conversation_id, branch, reason, summary, status,
                                outbox_id, created_at_ms, request_id)
         SELECT CAST(?2 AS text), client_slug, id, branch, CAST(?3 AS text), CAST(?4 AS text),
                CASE state WHEN 'manager_active' THEN 'active' ELSE 'pending' END,
                CAST(?5 AS text), CAST(?6 AS bigint),
                coalesce((SELECT m.request_id FROM messages m
                          WHERE m.conversation_id = ?1 AND m.role = 'user' ORDER BY m.seq DESC LIMIT 1), '')
         FROM conversations WHERE id = ?1",
        values![conversation_id, &id, reason, summary, outbox_id, now_ms],
    )?;
    acts::requested(sql, &id, reason, now_ms)?;
    Ok(id)
}

/// The customer needs nobody any more.
pub(super) fn cancel(sql: &mut dyn Sql, conversation_id: &str, now_ms: i64) -> Result<(), StoreError> {
    let closing = Closing { status: "cancelled", actor: "customer", by: None };
    close(sql, conversation_id, &closing, now_ms)?;
    note(sql, conversation_id, "customer", "handover cancelled", "", now_ms)
}

/// The reply whose fate was unknown went out after all: if the open request is about nothing else
/// and nobody has taken it, it is closed again.
pub(super) fn clear(sql: &mut dyn Sql, outbox_id: &str, now_ms: i64) -> Result<(), StoreError> {
    let row = sql.row(
        "SELECT conversation_id FROM handovers WHERE outbox_id = ?1 AND status = 'pending'",
        values![outbox_id],
    )?;
    let Some(row) = row else { return Ok(()) };
    let conversation_id: String = row.get(0)?;
    let closing = Closing { status: "cancelled", actor: "system", by: None };
    close(sql, &conversation_id, &closing, now_ms)?;
    note(sql, &conversation_id, "system", "handover cleared", "", now_ms)
}

/// The conversation is the bot's again; false when no person had it and nothing was asked.
pub(super) fn release(
    sql: &mut dyn Sql,
    conversation_id: &str,
    status: &str,
    now_ms: i64,
) -> Result<bool, StoreError> {
    lock(sql, conversation_id)?;
    let held = sql.row(
        "SELECT 1 FROM conversations WHERE id = ?1 AND state <> 'bot_active'",
        values![conversation_id],
    )?;
    if held.is_none() {
        return Ok(false);
    }
    close(sql, conversation_id, &Closing { status, actor: "person", by: None }, now_ms)?;
    note(sql, conversation_id, "person", "given back", status, now_ms)?;
    Ok(true)
}

/// Closes the open request; the conversation is the bot's.
pub(super) fn close(
    sql: &mut dyn Sql,
    conversation_id: &str,
    closing: &Closing<'_>,
    now_ms: i64,
) -> Result<(), StoreError> {
    if let Some((id, _)) = acts::open(sql, conversation_id)? {
        sql.run(
            "UPDATE handovers SET status = ?3, closed_at_ms = ?2 WHERE id = ?1",
            values![&id, now_ms, closing.status],
        )?;
        acts::closed(sql, &id, closing, now_ms)?;
    }
    sql.run("UPDATE conversations SET state = 'bot_active' WHERE id = ?1", values![conversation_id])?;
    Ok(())
}

/// A person takes the conversation over: the epoch rises, so that a turn in work cannot commit;
/// nothing is due and what the bot has not begun to send stays. `by` is unknown on the phone.
pub(super) fn take(
    sql: &mut dyn Sql,
    conversation_id: &str,
    by: Option<&Person>,
    now_ms: i64,
) -> Result<(), StoreError> {
    let taken = sql.run(
        "UPDATE conversations SET state = 'manager_active' WHERE id = ?1 AND state <> 'manager_active'",
        values![conversation_id],
    )?;
    sql.run("UPDATE conversations SET epoch = epoch + 1 WHERE id = ?1", values![conversation_id])?;
    turn::leave_to_person(sql, conversation_id)?;
    sql.run(
        "UPDATE outbox SET status = 'cancelled', settled_at_ms = ?2
         WHERE conversation_id = ?1 AND status = 'pending' AND author = 'bot'",
        values![conversation_id, now_ms],
    )?;
    if let Some((id, status)) = acts::open(sql, conversation_id)? {
        sql.run(
            "UPDATE handovers SET status = 'active', taken_at_ms = coalesce(taken_at_ms, ?2), human_at_ms = ?2
             WHERE id = ?1",
            values![&id, now_ms],
        )?;
        let is_new = match by {
            Some(person) => talk::own(sql, &id, person)?,
            None => status == "pending",
        };
        if is_new {
            acts::taken(sql, &id, by, now_ms)?;
        }
    }
    if taken > 0 {
        note(sql, conversation_id, "person", "taken over", "", now_ms)?;
    }
    Ok(())
}

/// A person writes on the phone. What nobody had asked people for is a request all the same, answered as
/// it opens: whoever has a conversation can give it back.
pub(super) fn take_on_phone(sql: &mut dyn Sql, conversation_id: &str, now_ms: i64) -> Result<(), StoreError> {
    take(sql, conversation_id, None, now_ms)?;
    if acts::open(sql, conversation_id)?.is_some() {
        return Ok(());
    }
    let request = Request { reason: PHONE, summary: "", outbox_id: None };
    let id = begin(sql, conversation_id, &request, now_ms)?;
    sql.run("UPDATE handovers SET taken_at_ms = ?2, human_at_ms = ?2 WHERE id = ?1", values![&id, now_ms])?;
    acts::begun(sql, &id, now_ms)
}

/// Writes a line of the audit.
pub(super) fn note(
    sql: &mut dyn Sql,
    conversation_id: &str,
    actor: &str,
    action: &str,
    detail: &str,
    now_ms: i64,
) -> Result<(), StoreError> {
    sql.run(
        "INSERT INTO conversation_audit (at_ms, client_slug, conversation_id, actor, action, detail)
         SELECT CAST(?2 AS bigint), client_slug, id, CAST(?3 AS text), CAST(?4 AS text), CAST(?5 AS text)
         FROM conversations WHERE id = ?1",
        values![conversation_id, now_ms, actor, action, detail],
    )?;
    Ok(())
}
