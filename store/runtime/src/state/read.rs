//! What readers ask for; each call sees one snapshot.

use super::claim::sql_limit;
use super::handover::PHONE;
use crate::sql::{Cell, FromCell, Row, Sql, Value, values};
use crate::{
    AgedMessage, ConversationState, HandoverRow, MessageRow, NextSend, Queues, StoreError, UsageRow,
};

/// When a conversation may next be claimed. What waits behind a claim counts from the end of its
/// lease. With a time: what that comes to for whoever asks whether to claim now. Then claims are not looked
/// at where something is free, or which are not yet due again, however many there are.
pub(super) fn next_turn(sql: &mut dyn Sql, now_ms: Option<i64>) -> Result<Option<i64>, StoreError> {
    let (held_until, free_until) = now_ms.map_or((i64::MAX, i64::MIN), |now| (now, now));
    let next = sql.rows(
        "SELECT due_at_ms FROM (
             SELECT due_at_ms FROM conversations
             WHERE due_at_ms IS NOT NULL AND lease_until_ms IS NULL AND state <> 'manager_active'
             ORDER BY due_at_ms LIMIT 1) AS free
         UNION ALL SELECT at FROM (
             SELECT CASE WHEN due_at_ms > lease_until_ms THEN due_at_ms ELSE lease_until_ms END AS at
             FROM conversations
             WHERE due_at_ms <= ?1 AND lease_until_ms IS NOT NULL AND state <> 'manager_active' AND (
                 SELECT 1 FROM conversations
                 WHERE due_at_ms <= ?2 AND lease_until_ms IS NULL AND state <> 'manager_active' LIMIT 1) IS NULL
             ORDER BY at LIMIT 1) AS held",
        values![held_until, free_until],
    )?;
    let times: Vec<i64> = next.iter().map(|row| row.get(0)).collect::<Result<_, _>>()?;
    Ok(times.into_iter().min())
}

/// When a reply may next be begun.
pub(super) fn next_send(sql: &mut dyn Sql) -> Result<NextSend, StoreError> {
    let next = sql.rows(
        "SELECT not_before_ms FROM (
             SELECT o.not_before_ms FROM outbox o
             WHERE o.status = 'pending' AND (
                 SELECT 1 FROM outbox e WHERE e.conversation_id = o.conversation_id AND e.seq < o.seq
                 AND e.status IN ('pending', 'sending') LIMIT 1) IS NULL
             ORDER BY o.not_before_ms LIMIT 1) AS first
         UNION ALL SELECT NULL FROM (SELECT 1 FROM outbox WHERE status = 'pending' LIMIT 1) AS pending",
        &[],
    )?;
    let times: Vec<Option<i64>> = next.iter().map(|row| row.get(0)).collect::<Result<_, _>>()?;
    Ok(NextSend { at_ms: times.iter().flatten().min().copied(), behind: !times.is_empty() })
}

/// When the next timer may be claimed.
pub(super) fn next_timer(sql: &mut dyn Sql) -> Result<Option<i64>, StoreError> {
    let next = sql.row(
        "SELECT CASE WHEN lease_until_ms > due_at_ms THEN lease_until_ms ELSE due_at_ms END AS at
         FROM timers ORDER BY at LIMIT 1",
        &[],
    )?;
    next.map(|row| row.get(0)).transpose()
}

/// Open requests, newest first; behind them talks that a person has without a request, as builds left them
/// where somebody had written on the phone, each under the id of its conversation.
pub(super) fn handovers(sql: &mut dyn Sql, slug: Option<&str>) -> Result<Vec<HandoverRow>, StoreError> {
    let open = sql.rows(
        "SELECT h.id, h.client_slug, h.conversation_id, c.jid, h.branch, h.reason, h.summary, h.status,
                h.created_at_ms
         FROM handovers h JOIN conversations c ON c.id = h.conversation_id
         WHERE h.status IN ('pending', 'active') AND (CAST(?1 AS text) IS NULL OR h.client_slug = ?1)
         ORDER BY h.seq DESC",
        values![slug],
    )?;
    let unasked = sql.rows(
        "SELECT c.id, c.client_slug, c.id, c.jid, c.branch, CAST(?2 AS text), '', 'active', c.last_message_at_ms
         FROM conversations c
         WHERE c.state = 'manager_active' AND (CAST(?1 AS text) IS NULL OR c.client_slug = ?1)
           AND NOT EXISTS (
               SELECT 1 FROM handovers h WHERE h.conversation_id = c.id AND h.status IN ('pending', 'active'))
         ORDER BY c.last_message_at_ms DESC, c.id",
        values![slug, PHONE],
    )?;
    open.iter().chain(&unasked).map(handover).collect()
}

/// A request, of the first nine columns as [`handovers`] asks for them.
pub(super) fn handover(row: &Row) -> Result<HandoverRow, StoreError> {
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
}

/// Messages of a customer in the order of arrival.
pub(super) fn messages(sql: &mut dyn Sql, slug: &str, jid: &str) -> Result<Vec<MessageRow>, StoreError> {
    let rows = sql.rows(
        "SELECT m.id, m.message_id, m.role, m.text, m.media, m.file, m.request_id, m.at_ms, m.trace
         FROM messages m JOIN conversations c ON c.id = m.conversation_id
         WHERE c.user_id = (SELECT id FROM users WHERE client_slug = ?1 AND jid = ?2)
         ORDER BY m.seq",
        values![slug, jid],
    )?;
    rows.iter().map(message_row).collect()
}

/// A tenant's messages of before a time that wait for nothing, in the order of arrival, after `seq`.
pub(super) fn aged(
    sql: &mut dyn Sql,
    slug: &str,
    (before_ms, seq): (i64, i64),
    limit: usize,
) -> Result<Vec<AgedMessage>, StoreError> {
    let rows = sql.rows(
        "SELECT m.id, m.message_id, m.role, m.text, m.media, m.file, m.request_id, m.at_ms, m.trace,
                m.seq, c.jid, c.id
         FROM users u JOIN conversations c ON c.user_id = u.id JOIN messages m ON m.conversation_id = c.id
         WHERE u.client_slug = ?1 AND m.at_ms < ?2 AND m.seq > ?3
         AND (m.role <> 'user' OR m.settled IS NOT NULL OR c.last_message_at_ms < ?2)
         ORDER BY m.seq LIMIT ?4",
        values![slug, before_ms, seq, sql_limit(limit)],
    )?;
    let aged = |row: &Row| {
        let message = message_row(row)?;
        Ok(AgedMessage { seq: row.get(9)?, jid: row.get(10)?, conversation_id: row.get(11)?, message })
    };
    rows.iter().map(aged).collect()
}

/// Messages that wait for a turn in each of these conversations: by the sender's clock, then in the order of
/// arrival.
pub(super) fn waiting(
    sql: &mut dyn Sql,
    conversation_ids: &[&str],
) -> Result<Vec<Vec<MessageRow>>, StoreError> {
    let ids: Vec<_> = conversation_ids.iter().map(|it| vec![Value::from(*it)]).collect();
    let found = sql.each(
        "SELECT id, message_id, role, text, media, file, request_id, at_ms, trace
         FROM messages WHERE conversation_id = ?1 AND role = 'user' AND settled IS NULL
         ORDER BY sent_at, seq",
        &ids,
    )?;
    found.iter().map(|rows| rows.iter().map(message_row).collect()).collect()
}

/// Row ids of the messages of a conversation that wait for a turn.
pub(super) const WAITING_IDS: &str =
    "SELECT id FROM messages WHERE conversation_id = ?1 AND role = 'user' AND settled IS NULL";

/// One message by row id, else by the gateway's id (the newest, should two tenants have the same).
/// A customer's message shows the trace of the turn that answered it.
pub(super) fn message(sql: &mut dyn Sql, id: &str) -> Result<Option<MessageRow>, StoreError> {
    const BY: [&str; 2] = [
        "SELECT m.id, m.message_id, m.role, m.text, m.media, m.file, m.request_id, m.at_ms,
                coalesce(m.trace, a.trace)
         FROM messages m LEFT JOIN messages a ON a.id = m.answer_id WHERE m.id = ?1",
        "SELECT m.id, m.message_id, m.role, m.text, m.media, m.file, m.request_id, m.at_ms,
                coalesce(m.trace, a.trace)
         FROM seen s JOIN messages m ON m.conversation_id = s.conversation_id AND m.message_id = s.message_id
              LEFT JOIN messages a ON a.id = m.answer_id
         WHERE s.message_id = ?1 ORDER BY m.seq DESC LIMIT 1",
    ];
    for by in BY {
        if let Some(row) = sql.row(by, values![id])? {
            return Ok(Some(message_row(&row)?));
        }
    }
    Ok(None)
}

pub(super) fn message_row(row: &Row) -> Result<MessageRow, StoreError> {
    Ok(MessageRow {
        id: row.get(0)?,
        message_id: row.get(1)?,
        role: row.get(2)?,
        text: row.get(3)?,
        media: row.get(4)?,
        file: row.get(5)?,
        request_id: row.get(6)?,
        at_ms: row.get(7)?,
        trace: row.get(8)?,
    })
}

/// Files that came in a conversation since then.
pub(super) fn files_since(
    sql: &mut dyn Sql,
    conversation_id: &str,
    since_ms: i64,
) -> Result<u32, StoreError> {
    let row = sql.row(
        "SELECT count(*) FROM messages
         WHERE conversation_id = ?1 AND role = 'user' AND media IS NOT NULL AND at_ms >= ?2",
        values![conversation_id, since_ms],
    )?;
    row.map_or(Ok(0), |row| row.get(0))
}

/// Counters by tenant and month.
pub(super) fn usage(sql: &mut dyn Sql, slug: Option<&str>) -> Result<Vec<UsageRow>, StoreError> {
    let rows = sql.rows(
        "SELECT client_slug, month, messages_in FROM usage
         WHERE CAST(?1 AS text) IS NULL OR client_slug = ?1 ORDER BY client_slug, month",
        values![slug],
    )?;
    let counter =
        |row: &Row| Ok(UsageRow { slug: row.get(0)?, month: row.get(1)?, messages_in: row.get(2)? });
    rows.iter().map(counter).collect()
}

/// Jids of customers whose jid or phone this is.
pub(super) fn customers(sql: &mut dyn Sql, slug: &str, who: &str) -> Result<Vec<String>, StoreError> {
    let digits: String = who.chars().filter(char::is_ascii_digit).collect();
    let rows = sql.rows(
        // An owner's phone may be a customer's, or would be once it writes.
        "SELECT jid FROM users WHERE client_slug = ?1
         AND (jid = ?2 OR id = ?2 OR (phone = ?3 AND ?3 <> ''))
         UNION SELECT jid FROM notices WHERE client_slug = ?1
         AND (jid = ?2 OR (jid = ?3 || '@s.whatsapp.net' AND ?3 <> '')) ORDER BY jid",
        values![slug, who, &digits],
    )?;
    rows.iter().map(|row| row.get(0)).collect()
}

/// What waits.
pub(super) fn queues(sql: &mut dyn Sql, now_ms: i64) -> Result<Queues, StoreError> {
    let mut queues = Queues::default();
    let due = sql.row(
        "SELECT count(*), min(due_at_ms) FROM conversations
         WHERE due_at_ms <= ?1 AND state <> 'manager_active'
           AND (lease_until_ms IS NULL OR lease_until_ms <= ?1)",
        values![now_ms],
    )?;
    if let Some(row) = due {
        (queues.due, queues.oldest_due_ms) = (row.get(0)?, row.get(1)?);
    }
    let by_status = sql.rows(
        "SELECT status, count(*), min(created_at_ms) FROM outbox
         WHERE status IN ('pending', 'sending', 'dead', 'unknown') GROUP BY status",
        &[],
    )?;
    for row in &by_status {
        let count: u64 = row.get(1)?;
        match row.get::<String>(0)?.as_str() {
            "pending" => (queues.pending_sends, queues.oldest_send_ms) = (count, row.get(2)?),
            "sending" => queues.sending = count,
            "dead" => queues.dead = count,
            _ => queues.unknown = count,
        }
    }
    let open = sql.row("SELECT count(*) FROM handovers WHERE status IN ('pending', 'active')", &[])?;
    queues.open_handovers = open.map_or(Ok(0), |row| row.get(0))?;
    Ok(queues)
}

impl FromCell for ConversationState {
    fn from_cell(cell: &Cell) -> Option<Self> {
        match cell {
            Cell::Text(it) if it == "bot_active" => Some(Self::BotActive),
            Cell::Text(it) if it == "pending" => Some(Self::Pending),
            Cell::Text(it) if it == "manager_active" => Some(Self::ManagerActive),
            _ => None,
        }
    }
}
