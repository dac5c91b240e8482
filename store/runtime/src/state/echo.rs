//! Echoes: messages from the business's own number. Ours are recognised; any other was written by
//! a person on the phone, who thereby takes the conversation over: a request that is open, so that
//! there is a way back to the bot.

use super::desk::{acts, notices};
use super::inbox::{self, Kind};
use super::{handover, outbox};
use crate::sql::{Row, Sql, values};
use crate::state::Ring;
use crate::{Inbound, StoreError};

/// The same text within this time is ours, milliseconds.
const SAME_TEXT: i64 = 120_000;

/// True when the echo is ours.
pub(super) fn record(sql: &mut dyn Sql, echo: &Inbound) -> Result<bool, StoreError> {
    // Delivered again: it must not take over a conversation that was given back meanwhile.
    if let Some((_, kind)) = inbox::seen(sql, echo)? {
        return Ok(kind == Kind::OwnEcho);
    }
    if let Some(reply) = ours(sql, echo)? {
        inbox::mark_seen(sql, echo, &reply.conversation_id, Kind::OwnEcho)?;
        arrived(sql, &reply, echo)?;
        return Ok(true);
    }
    // What an owner is told is no word of a person to that number, who may be a customer too.
    if notices::echoed(sql, echo)? {
        return Ok(true);
    }
    // The name that comes with an echo is the business's.
    let conversation = inbox::conversation(sql, echo, None)?;
    if inbox::mark_seen(sql, echo, &conversation.id, Kind::PersonEcho)? {
        let row_id = inbox::insert_message(sql, &conversation.id, echo, "manager", None)?;
        let now_ms = echo.received_at_ms;
        handover::take_on_phone(sql, &conversation.id, now_ms)?;
        sql.ring(Ring::Desk);
        acts::told(sql, &conversation.id, &row_id, now_ms)?;
        if let Some((handover_id, _)) = acts::open(sql, &conversation.id)? {
            acts::answered(sql, &handover_id, None, now_ms)?;
        }
    }
    Ok(false)
}

/// A reply of ours that an echo shows.
struct Reply {
    id: String,
    conversation_id: String,
    status: String,
}

impl Reply {
    fn of(row: &Row) -> Result<Self, StoreError> {
        Ok(Self { id: row.get(0)?, conversation_id: row.get(1)?, status: row.get(2)? })
    }
}

fn ours(sql: &mut dyn Sql, echo: &Inbound) -> Result<Option<Reply>, StoreError> {
    let by_id = sql.row(
        "SELECT id, conversation_id, status FROM outbox WHERE client_slug = ?1 AND id = ?2 AND attempts > 0",
        values![&echo.slug, &echo.message_id],
    )?;
    if let Some(row) = by_id {
        return Ok(Some(Reply::of(&row)?));
    }
    let text = comparable(&echo.text);
    if text.is_empty() && echo.media.is_none() {
        return Ok(None);
    }
    // One whose echo has not come yet goes first, so that equal replies find an echo each.
    let rows = sql.rows(
        "SELECT o.id, o.conversation_id, o.status, o.text,
                CASE WHEN o.media IS NOT NULL AND o.echo_id IS NULL THEN 1 ELSE 0 END
         FROM conversations c JOIN outbox o ON o.conversation_id = c.id
         WHERE c.client_slug = ?1 AND c.jid = ?2 AND c.closed_at_ms IS NULL AND o.begun_at_ms IS NOT NULL
           AND (o.begun_at_ms >= ?3 OR o.settled_at_ms >= ?3)
         ORDER BY CASE WHEN o.echo_id IS NULL THEN 0 ELSE 1 END, o.seq",
        values![&echo.slug, &echo.jid, echo.received_at_ms - SAME_TEXT],
    )?;
    for row in &rows {
        // A file may come back without the words that went with it.
        let is_file = echo.media.is_some() && row.get::<bool>(4)?;
        let is_same = if text.is_empty() { is_file } else { comparable(&row.get::<String>(3)?) == text };
        if is_same {
            return Ok(Some(Reply::of(row)?));
        }
    }
    Ok(None)
}

/// Gateways trim messages and change their line ends.
pub(super) fn comparable(text: &str) -> String {
    text.replace("\r\n", "\n").trim().to_owned()
}

/// An echo proves that the reply went out, whatever the gateway answered.
fn arrived(sql: &mut dyn Sql, reply: &Reply, echo: &Inbound) -> Result<(), StoreError> {
    handover::lock(sql, &reply.conversation_id)?;
    sql.run(
        "UPDATE outbox SET echo_id = coalesce(echo_id, ?2) WHERE id = ?1",
        values![&reply.id, &echo.message_id],
    )?;
    if reply.status != "sent" {
        outbox::set(sql, &reply.id, "sent", None, echo.received_at_ms)?;
        handover::clear(sql, &reply.id, echo.received_at_ms)?;
        outbox::arrived(sql, &reply.id, echo.received_at_ms)?;
    }
    Ok(())
}
