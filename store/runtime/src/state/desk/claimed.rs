//! Reading a post with all that doing it needs.

use super::{PostRow, TopicRow};
use crate::sql::{Row, Sql, values};
use crate::{MessageRow, StoreError};

/// The columns of a topic, from column `at` on; nothing where there is none.
pub(super) fn topic(row: &Row, at: usize) -> Result<Option<TopicRow>, StoreError> {
    let Some(id) = row.get::<Option<String>>(at)? else { return Ok(None) };
    Ok(Some(TopicRow {
        id,
        slug: row.get(at + 1)?,
        bot_id: row.get(at + 2)?,
        chat_id: row.get(at + 3)?,
        user_id: row.get(at + 4)?,
        threaded: row.get(at + 5)?,
        thread_id: row.get(at + 6)?,
        title: row.get(at + 7)?,
    }))
}

/// A post as it is done.
pub(super) fn claimed(sql: &mut dyn Sql, id: &str) -> Result<Option<PostRow>, StoreError> {
    let row = sql.row(
        "SELECT p.id, p.client_slug, p.bot_id, p.chat_id, p.kind, p.payload, p.attempts, p.unsure,
                p.created_at_ms, p.handover_id, p.conversation_id,
                CASE WHEN p.kind = 'buttons' AND p.payload <> '{}' THEN (
                    SELECT l.telegram_message_id FROM posts l
                    WHERE l.handover_id = p.handover_id AND l.kind = 'lesson' ORDER BY l.seq DESC LIMIT 1)
                ELSE h.card_message_id END,
                t.id, t.client_slug, t.bot_id, t.chat_id, t.user_id, t.threaded, t.thread_id, t.title,
                m.id, m.message_id, m.role, m.text, m.media, m.file, m.request_id, m.at_ms,
                coalesce(nullif(m.request_id, ''), h.request_id, '')
         FROM posts p LEFT JOIN handovers h ON h.id = p.handover_id
             LEFT JOIN topics t ON t.id = p.topic_id
             LEFT JOIN messages m ON m.id = p.message_id
         WHERE p.id = ?1",
        values![id],
    )?;
    row.map(|row| {
        Ok(PostRow {
            id: row.get(0)?,
            slug: row.get(1)?,
            bot_id: row.get(2)?,
            chat_id: row.get(3)?,
            kind: row.get(4)?,
            payload: row.get(5)?,
            attempts: row.get(6)?,
            unsure: row.get(7)?,
            created_at_ms: row.get(8)?,
            handover_id: row.get(9)?,
            conversation_id: row.get(10)?,
            card_message_id: row.get(11)?,
            request_id: row.get(28)?,
            topic: topic(&row, 12)?,
            message: message(&row)?,
        })
    })
    .transpose()
}

fn message(row: &Row) -> Result<Option<MessageRow>, StoreError> {
    let Some(id) = row.get::<Option<String>>(20)? else { return Ok(None) };
    Ok(Some(MessageRow {
        id,
        message_id: row.get(21)?,
        role: row.get(22)?,
        text: row.get(23)?,
        media: row.get(24)?,
        file: row.get(25)?,
        request_id: row.get(26)?,
        at_ms: row.get(27)?,
        trace: None,
    }))
}
