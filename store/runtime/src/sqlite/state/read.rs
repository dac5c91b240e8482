//! What readers ask for; each call sees one snapshot.

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ValueRef};
use rusqlite::{Connection, OptionalExtension, Row};

use crate::{ConversationState, HandoverRow, MessageRow, StoreError, UsageRow};

/// When something may next be claimed or begun. What waits behind a claim counts from the end of
/// its lease; what waits behind another reply does not count.
pub(super) fn next_due(connection: &Connection) -> Result<Option<i64>, StoreError> {
    const NEXT: [&str; 3] = [
        "SELECT due_at_ms FROM conversations
         WHERE due_at_ms IS NOT NULL AND lease_until_ms IS NULL AND state <> 'manager_active'
         ORDER BY due_at_ms LIMIT 1",
        "SELECT max(due_at_ms, lease_until_ms) FROM conversations
         WHERE due_at_ms IS NOT NULL AND lease_until_ms IS NOT NULL AND state <> 'manager_active'
         ORDER BY 1 LIMIT 1",
        "SELECT o.not_before_ms FROM outbox o
         WHERE o.status = 'pending' AND NOT EXISTS (
             SELECT 1 FROM outbox e WHERE e.conversation_id = o.conversation_id AND e.seq < o.seq
             AND e.status IN ('pending', 'sending'))
         ORDER BY o.not_before_ms LIMIT 1",
    ];
    let mut next = None;
    for sql in NEXT {
        let at: Option<i64> = connection.prepare_cached(sql)?.query_row([], |row| row.get(0)).optional()?;
        next = next.into_iter().chain(at).min();
    }
    Ok(next)
}

/// Open requests, newest first.
pub(super) fn handovers(connection: &Connection, slug: Option<&str>) -> Result<Vec<HandoverRow>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT h.id, h.client_slug, h.conversation_id, c.jid, h.branch, h.reason, h.summary, h.status,
                h.created_at_ms
         FROM handovers h JOIN conversations c ON c.id = h.conversation_id
         WHERE h.status IN ('pending', 'active') AND (?1 IS NULL OR h.client_slug = ?1)
         ORDER BY h.seq DESC",
    )?;
    let rows = statement.query_map([slug], |row| {
        Ok(HandoverRow {
            id: row.get(0)?,
            slug: row.get(1)?,
            conversation_id: row.get(2)?,
            jid: row.get(3)?,
            branch: row.get(4)?,
            reason: row.get(5)?,
            summary: row.get(6)?,
            status: row.get(7)?,
            created_at_ms: row.get(8)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Messages of a customer in the order of arrival.
pub(super) fn messages(
    connection: &Connection,
    slug: &str,
    jid: &str,
) -> Result<Vec<MessageRow>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT m.id, m.message_id, m.role, m.text, m.media, m.at_ms, m.trace
         FROM messages m JOIN conversations c ON c.id = m.conversation_id
         WHERE c.user_id = (SELECT id FROM users WHERE client_slug = ?1 AND jid = ?2)
         ORDER BY m.seq",
    )?;
    let rows = statement.query_map([slug, jid], message_row)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Messages that wait for a turn: by the sender's clock, then in the order of arrival.
pub(super) fn waiting(connection: &Connection, conversation_id: &str) -> Result<Vec<MessageRow>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT id, message_id, role, text, media, at_ms, trace FROM messages
         WHERE conversation_id = ?1 AND role = 'user' AND settled IS NULL
         ORDER BY sent_at, seq",
    )?;
    let rows = statement.query_map([conversation_id], message_row)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// One message by row id, else by the gateway's id (the newest, should two tenants have the same).
/// A customer's message shows the trace of the turn that answered it.
pub(super) fn message(connection: &Connection, id: &str) -> Result<Option<MessageRow>, StoreError> {
    const BY: [&str; 2] = [
        "messages m LEFT JOIN messages a ON a.id = m.answer_id WHERE m.id = ?1",
        "seen s JOIN messages m ON m.conversation_id = s.conversation_id AND m.message_id = s.message_id
             LEFT JOIN messages a ON a.id = m.answer_id
         WHERE s.message_id = ?1 ORDER BY m.seq DESC LIMIT 1",
    ];
    for by in BY {
        let sql = format!(
            "SELECT m.id, m.message_id, m.role, m.text, m.media, m.at_ms, coalesce(m.trace, a.trace) FROM {by}"
        );
        let found = connection.prepare_cached(&sql)?.query_row([id], message_row).optional()?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

fn message_row(row: &Row<'_>) -> rusqlite::Result<MessageRow> {
    Ok(MessageRow {
        id: row.get(0)?,
        message_id: row.get(1)?,
        role: row.get(2)?,
        text: row.get(3)?,
        media: row.get(4)?,
        at_ms: row.get(5)?,
        trace: row.get(6)?,
    })
}

/// Counters by tenant and month.
pub(super) fn usage(connection: &Connection, slug: Option<&str>) -> Result<Vec<UsageRow>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT client_slug, month, messages_in FROM usage WHERE ?1 IS NULL OR client_slug = ?1
         ORDER BY client_slug, month",
    )?;
    let rows = statement.query_map([slug], |row| {
        Ok(UsageRow {
            slug: row.get(0)?,
            month: row.get(1)?,
            messages_in: row.get::<_, i64>(2)?.unsigned_abs(),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

impl FromSql for ConversationState {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        match value.as_str()? {
            "bot_active" => Ok(Self::BotActive),
            "pending" => Ok(Self::Pending),
            "manager_active" => Ok(Self::ManagerActive),
            _ => Err(FromSqlError::InvalidType),
        }
    }
}
