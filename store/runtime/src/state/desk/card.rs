//! What a card shows, and what a request may teach.

use super::claimed::topic;
use super::{Card, LessonMaterial, Speaker, TopicRow};
use crate::sql::{Row, Sql, values};
use crate::state::claim::sql_limit;
use crate::state::read::{self, message_row};
use crate::{HandoverRow, MessageRow, StoreError};

/// Messages that a card may show.
const SHOWN: i64 = 30;
/// Files that follow a card.
const FILES: i64 = 10;
/// Messages that a lesson may be made of.
const TAUGHT: i64 = 200;

/// Everything a card shows.
pub(super) fn card(sql: &mut dyn Sql, handover_id: &str) -> Result<Option<Card>, StoreError> {
    let row = sql.row(
        "SELECT h.id, h.client_slug, h.conversation_id, c.jid, h.branch, h.reason, h.summary, h.status,
                h.created_at_ms, h.taken_at_ms, h.taken_by, h.taken_by_name, h.taken_by_role,
                h.first_answer_at_ms, h.human_at_ms, h.closed_at_ms, h.card_message_id, u.name, u.phone, c.memory,
                t.id, t.client_slug, t.bot_id, t.chat_id, t.user_id, t.threaded, t.thread_id, t.title
         FROM handovers h JOIN conversations c ON c.id = h.conversation_id
             JOIN users u ON u.id = c.user_id LEFT JOIN topics t ON t.id = h.topic_id
         WHERE h.id = ?1",
        values![handover_id],
    )?;
    let Some(row) = row else { return Ok(None) };
    let handover = read::handover(&row)?;
    let messages = since_burst(sql, &handover, None, SHOWN)?;
    Ok(Some(Card {
        handover,
        taken_at_ms: row.get(9)?,
        taken_by: row.get(10)?,
        taken_by_name: row.get(11)?,
        taken_by_role: row.get(12)?,
        first_answer_at_ms: row.get(13)?,
        human_at_ms: row.get(14)?,
        closed_at_ms: row.get(15)?,
        card_message_id: row.get(16)?,
        name: row.get(17)?,
        phone: row.get(18)?,
        memory: row.get(19)?,
        messages,
        topic: topic(&row, 20)?,
    }))
}

/// What was said from the burst on that led to the request, oldest first: what the bot or a person said
/// before it ends where the burst begins. An answer that did not arrive ends nothing.
fn since_burst(
    sql: &mut dyn Sql,
    handover: &HandoverRow,
    until_ms: Option<i64>,
    most: i64,
) -> Result<Vec<MessageRow>, StoreError> {
    let rows = sql.rows(
        "SELECT id, message_id, role, text, media, file, request_id, at_ms, trace FROM messages
         WHERE conversation_id = ?1 AND at_ms <= ?3 AND seq > coalesce((
             SELECT max(seq) FROM messages
             WHERE conversation_id = ?1 AND role IN ('assistant', 'manager') AND at_ms < ?2
               AND id NOT IN (SELECT outbox_id FROM handovers WHERE id = ?5 AND outbox_id IS NOT NULL)), 0)
         ORDER BY seq LIMIT ?4",
        values![
            &handover.conversation_id,
            handover.created_at_ms,
            until_ms.unwrap_or(i64::MAX),
            most,
            &handover.id
        ],
    )?;
    rows.iter().map(message_row).collect()
}

/// Messages with files that a card shows in words and nothing else has shown yet, oldest first.
pub(super) fn files(sql: &mut dyn Sql, handover_id: &str) -> Result<Vec<String>, StoreError> {
    let rows = sql.rows(
        "SELECT m.id FROM handovers h JOIN messages m ON m.conversation_id = h.conversation_id
         WHERE h.id = ?1 AND m.role = 'user' AND m.media IS NOT NULL AND m.seq > coalesce((
             SELECT max(e.seq) FROM messages e
             WHERE e.conversation_id = h.conversation_id AND e.role IN ('assistant', 'manager')
               AND e.at_ms < h.created_at_ms), 0)
           AND NOT EXISTS (SELECT 1 FROM posts p WHERE p.id = m.id)
         ORDER BY m.seq LIMIT ?2",
        values![handover_id, FILES],
    )?;
    rows.iter().map(|row| row.get(0)).collect()
}

/// The last messages of a conversation, oldest first.
pub(super) fn history(
    sql: &mut dyn Sql,
    conversation_id: &str,
    limit: usize,
) -> Result<Vec<MessageRow>, StoreError> {
    let rows = sql.rows(
        "SELECT id, message_id, role, text, media, file, request_id, at_ms, trace FROM messages
         WHERE conversation_id = ?1 ORDER BY seq DESC LIMIT ?2",
        values![conversation_id, sql_limit(limit)],
    )?;
    rows.iter().rev().map(message_row).collect()
}

/// What a request may teach.
pub(super) fn lesson_material(
    sql: &mut dyn Sql,
    handover_id: &str,
) -> Result<Option<LessonMaterial>, StoreError> {
    let Some(card) = card(sql, handover_id)? else { return Ok(None) };
    let messages = since_burst(sql, &card.handover, card.closed_at_ms, TAUGHT)?;
    let rows = sql.rows(
        "SELECT m.id, m.said_by, m.said_role, o.origin FROM messages m LEFT JOIN outbox o ON o.id = m.id
         WHERE m.conversation_id = ?1 AND m.role = 'manager' AND m.at_ms >= ?2 AND m.said_by IS NOT NULL",
        values![&card.handover.conversation_id, card.handover.created_at_ms],
    )?;
    let speaker =
        |row: &Row| Ok((row.get(0)?, Speaker { name: row.get(1)?, role: row.get(2)?, origin: row.get(3)? }));
    let speakers = rows.iter().map(speaker).collect::<Result<_, StoreError>>()?;
    let HandoverRow { slug, branch, reason, status, created_at_ms: requested_ms, .. } = card.handover;
    let Card { name: customer, taken_by_name, taken_by_role, .. } = card;
    Ok(Some(LessonMaterial {
        slug,
        branch,
        reason,
        status,
        requested_ms,
        customer,
        taken_by_name,
        taken_by_role,
        speakers,
        messages,
    }))
}

/// A customer's topics, or all of a tenant's.
pub(super) fn topics(sql: &mut dyn Sql, slug: &str, jid: Option<&str>) -> Result<Vec<TopicRow>, StoreError> {
    let rows = sql.rows(
        "SELECT t.id, t.client_slug, t.bot_id, t.chat_id, t.user_id, t.threaded, t.thread_id, t.title
         FROM topics t JOIN users u ON u.id = t.user_id
         WHERE t.client_slug = ?1 AND (CAST(?2 AS text) IS NULL OR u.jid = ?2) ORDER BY t.id",
        values![slug, jid],
    )?;
    rows.iter().filter_map(|row: &Row| topic(row, 0).transpose()).collect()
}

/// Messages in Telegram that show a customer and that the bot of now cannot name: in small groups each
/// bot numbers them for itself.
pub(super) fn shown_by_others(sql: &mut dyn Sql, topic_id: &str) -> Result<u64, StoreError> {
    let row = sql.row(
        "SELECT count(*) FROM posts p JOIN topics t ON t.id = p.topic_id
         WHERE p.topic_id = ?1 AND p.makes = 1 AND p.telegram_message_id IS NOT NULL
           AND p.bot_id <> t.bot_id AND p.chat_id > -1000000000000",
        values![topic_id],
    )?;
    row.map_or(Ok(0), |it| it.get(0))
}

/// Messages in Telegram that show a customer.
pub(super) fn shown_messages(sql: &mut dyn Sql, topic_id: &str) -> Result<Vec<i64>, StoreError> {
    let rows = sql.rows(
        // Only in large groups does a number name the same message to every bot.
        "SELECT p.telegram_message_id FROM posts p JOIN topics t ON t.id = p.topic_id
         WHERE p.topic_id = ?1 AND p.makes = 1 AND p.telegram_message_id IS NOT NULL
           AND (p.bot_id = t.bot_id OR p.chat_id <= -1000000000000)
         ORDER BY p.seq",
        values![topic_id],
    )?;
    rows.iter().map(|row| row.get(0)).collect()
}
