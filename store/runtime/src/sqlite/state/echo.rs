//! Echoes: messages from the business's own number. Ours are recognised; any other was written by
//! a person on the phone, who thereby takes the conversation over.

use rusqlite::{Connection, OptionalExtension};

use super::inbox::{self, Kind};
use super::{handover, outbox};
use crate::{Inbound, StoreError};

/// The same text within this time is ours, milliseconds.
const SAME_TEXT: i64 = 120_000;

/// True when the echo is ours.
pub(super) fn record(connection: &Connection, echo: &Inbound) -> Result<bool, StoreError> {
    // Delivered again: it must not take over a conversation that was given back meanwhile.
    if let Some((_, kind)) = inbox::seen(connection, echo)? {
        return Ok(kind == Kind::OwnEcho);
    }
    if let Some(reply) = ours(connection, echo)? {
        inbox::mark_seen(connection, echo, &reply.conversation_id, Kind::OwnEcho)?;
        arrived(connection, &reply, echo)?;
        return Ok(true);
    }
    // The name that comes with an echo is the business's.
    let conversation = inbox::conversation(connection, echo, None)?;
    inbox::insert_message(connection, &conversation.id, echo, "manager", None)?;
    inbox::mark_seen(connection, echo, &conversation.id, Kind::PersonEcho)?;
    handover::take(connection, &conversation.id, echo.received_at_ms)?;
    Ok(false)
}

/// A reply of ours that an echo shows.
struct Reply {
    id: String,
    conversation_id: String,
    status: String,
}

fn ours(connection: &Connection, echo: &Inbound) -> Result<Option<Reply>, StoreError> {
    let by_id = connection
        .prepare_cached(
            "SELECT id, conversation_id, status FROM outbox WHERE client_slug = ?1 AND id = ?2 AND attempts > 0",
        )?
        .query_row([&echo.slug, &echo.message_id], |row| {
            Ok(Reply { id: row.get(0)?, conversation_id: row.get(1)?, status: row.get(2)? })
        })
        .optional()?;
    if by_id.is_some() {
        return Ok(by_id);
    }
    let text = comparable(&echo.text);
    if text.is_empty() {
        return Ok(None);
    }
    // One whose echo has not come yet goes first, so that equal replies find an echo each.
    let mut statement = connection.prepare_cached(
        "SELECT id, conversation_id, status, text FROM outbox
         WHERE client_slug = ?1 AND jid = ?2 AND begun_at_ms IS NOT NULL
           AND max(begun_at_ms, coalesce(settled_at_ms, 0)) >= ?3
         ORDER BY echo_id IS NOT NULL, seq",
    )?;
    let mut rows = statement.query((&echo.slug, &echo.jid, echo.received_at_ms - SAME_TEXT))?;
    while let Some(row) = rows.next()? {
        if comparable(row.get_ref(3)?.as_str().unwrap_or_default()) == text {
            return Ok(Some(Reply { id: row.get(0)?, conversation_id: row.get(1)?, status: row.get(2)? }));
        }
    }
    Ok(None)
}

/// Gateways trim messages and change their line ends.
fn comparable(text: &str) -> String {
    text.replace("\r\n", "\n").trim().to_owned()
}

/// An echo proves that the reply went out, whatever the gateway answered.
fn arrived(connection: &Connection, reply: &Reply, echo: &Inbound) -> Result<(), StoreError> {
    connection
        .prepare_cached("UPDATE outbox SET echo_id = coalesce(echo_id, ?2) WHERE id = ?1")?
        .execute((&reply.id, &echo.message_id))?;
    if reply.status != "sent" {
        outbox::set(connection, &reply.id, "sent", None, echo.received_at_ms)?;
        handover::clear(connection, &reply.id, echo.received_at_ms)?;
    }
    Ok(())
}
