//! From a resolved request to a lesson's card, and what people decide by it.

use serde_json::json;

use super::posts::{New, put};
use super::{Decided, Judgement, JudgementOutcome, LessonRow, PostKind, Unconsidered, lessons, update};
use crate::StoreError;
use crate::sql::{Row, Sql, values};
use crate::state::claim::sql_limit;
use crate::state::{handover, new_id};

/// Resolved requests of which nobody has asked yet what they teach.
pub(super) fn unconsidered(
    sql: &mut dyn Sql,
    after: &str,
    limit: usize,
) -> Result<Vec<Unconsidered>, StoreError> {
    let rows = sql.rows(
        "SELECT id, client_slug FROM handovers
         WHERE status = 'resolved' AND considered_at_ms IS NULL AND id > ?1 ORDER BY id LIMIT ?2",
        values![after, sql_limit(limit)],
    )?;
    let unconsidered = |row: &Row| Ok(Unconsidered { handover_id: row.get(0)?, slug: row.get(1)? });
    rows.iter().map(unconsidered).collect()
}

/// What a request teaches was asked.
pub(super) fn considered(sql: &mut dyn Sql, handover_id: &str, now_ms: i64) -> Result<(), StoreError> {
    sql.run(
        "UPDATE handovers SET considered_at_ms = ?2 WHERE id = ?1 AND considered_at_ms IS NULL",
        values![handover_id, now_ms],
    )?;
    Ok(())
}

/// Asks people about a lesson where its request is shown; or tells them, where it was approved at once.
pub(super) fn show(
    sql: &mut dyn Sql,
    handover_id: &str,
    (lesson_id, at_once): (&str, bool),
    now_ms: i64,
) -> Result<(), StoreError> {
    let payload = match at_once {
        true => json!({"at_once": true, "lesson": lesson_id}),
        false => json!({"lesson": lesson_id}),
    };
    let payload = payload.to_string();
    put(sql, handover_id, &New { payload: &payload, ..New::of(PostKind::Lesson, now_ms) })
}

/// Asks again about the lessons that wait, if the topic that is gone asked about them.
pub(super) fn show_again(sql: &mut dyn Sql, topic_id: &str, now_ms: i64) -> Result<(), StoreError> {
    let lost = sql.rows(
        "SELECT l.id, h.id FROM learned_responses l JOIN handovers h ON h.id = l.handover_id
         WHERE h.topic_id = ?1 AND l.status = 'pending' AND NOT EXISTS (
             SELECT 1 FROM posts p WHERE p.handover_id = h.id AND p.kind = 'lesson'
             AND p.status IN ('queued', 'pending', 'sending'))
         ORDER BY l.created_at_ms, l.id",
        values![topic_id],
    )?;
    for row in &lost {
        let (lesson_id, handover_id): (String, String) = (row.get(0)?, row.get(1)?);
        show(sql, &handover_id, (&lesson_id, false), now_ms)?;
    }
    Ok(())
}

/// Holds the conversation that a lesson comes of, so that its card is not settled meanwhile.
pub(super) fn lock(sql: &mut dyn Sql, lesson_id: &str) -> Result<(), StoreError> {
    let row = sql.row("SELECT conversation_id FROM learned_responses WHERE id = ?1", values![lesson_id])?;
    let conversation = row.map(|row| row.get::<Option<String>>(0)).transpose()?.flatten();
    conversation.map_or(Ok(()), |id| handover::lock(sql, &id))
}

/// The card shows what was decided: at once, or when it has been posted.
pub(super) fn redraw(sql: &mut dyn Sql, lesson_id: &str, now_ms: i64) -> Result<(), StoreError> {
    sql.run(
        "UPDATE posts SET status = 'cancelled', settled_at_ms = ?1
         WHERE handover_id = (SELECT handover_id FROM learned_responses WHERE id = ?2)
           AND kind = 'buttons' AND payload <> '{}' AND status IN ('queued', 'pending')",
        values![now_ms, lesson_id],
    )?;
    sql.run(
        "INSERT INTO posts (id, client_slug, bot_id, chat_id, topic_id, conversation_id, handover_id,
                            kind, makes, urgency, payload, status, not_before_ms, created_at_ms)
         SELECT CAST(?2 AS text), p.client_slug, p.bot_id, p.chat_id, p.topic_id, p.conversation_id,
             p.handover_id, CAST(?3 AS text), 0, CAST(?4 AS bigint), p.payload,
             CASE WHEN p.status = 'sent' THEN 'pending' ELSE 'queued' END, CAST(?5 AS bigint), CAST(?5 AS bigint)
         FROM posts p JOIN learned_responses l ON l.handover_id = p.handover_id
         WHERE l.id = ?1 AND p.kind = 'lesson' AND p.status IN ('queued', 'pending', 'sending', 'sent')
         ORDER BY p.seq DESC LIMIT 1",
        values![lesson_id, &new_id(), PostKind::Buttons, PostKind::Buttons.urgency(), now_ms],
    )?;
    Ok(())
}

/// Whether its card is one that tells of it and has a button to take it back.
pub(super) fn is_told_of(sql: &mut dyn Sql, lesson_id: &str) -> Result<bool, StoreError> {
    let row = sql.row(
        "SELECT p.payload FROM posts p JOIN learned_responses l ON l.handover_id = p.handover_id
         WHERE l.id = ?1 AND p.kind = 'lesson' ORDER BY p.seq DESC LIMIT 1",
        values![lesson_id],
    )?;
    let Some(row) = row else { return Ok(false) };
    let payload: serde_json::Value = serde_json::from_str(&row.get::<String>(0)?).unwrap_or_default();
    Ok(payload["at_once"] == true)
}

/// The card is posted: what was decided meanwhile can be shown on it.
pub(super) fn shown(sql: &mut dyn Sql, handover_id: &str) -> Result<(), StoreError> {
    sql.run(
        "UPDATE posts SET status = 'pending'
         WHERE handover_id = ?1 AND kind = 'buttons' AND status = 'queued' AND payload <> '{}'",
        values![handover_id],
    )?;
    Ok(())
}

/// The lesson whose card this message is.
pub(super) fn at(
    sql: &mut dyn Sql,
    (slugs, bot_id): (&[String], i64),
    chat_id: i64,
    message_id: i64,
) -> Result<Option<LessonRow>, StoreError> {
    let rows = sql.rows(
        // Two bots number the messages of a chat each in its own way, unless it is a large group.
        "SELECT l.id FROM posts p JOIN learned_responses l ON l.handover_id = p.handover_id
         WHERE p.chat_id = ?1 AND p.telegram_message_id = ?2 AND p.kind = 'lesson'
           AND (p.bot_id = ?3 OR p.chat_id <= -1000000000000)
         ORDER BY p.seq DESC",
        values![chat_id, message_id, bot_id],
    )?;
    for row in &rows {
        let lesson = lessons::one(sql, &row.get::<String>(0)?)?;
        if let Some(lesson) = lesson.filter(|it| slugs.contains(&it.slug)) {
            return Ok(Some(lesson));
        }
    }
    Ok(None)
}

/// Decides by the card.
pub(super) fn judge(sql: &mut dyn Sql, it: &Judgement) -> Result<JudgementOutcome, StoreError> {
    if !update::first(sql, it.update, it.now_ms)? {
        return Ok(JudgementOutcome::Seen);
    }
    lock(sql, &it.lesson_id)?;
    let Some(lesson) = lessons::one(sql, &it.lesson_id)?.filter(|lesson| it.slugs.contains(&lesson.slug))
    else {
        return Ok(JudgementOutcome::Foreign);
    };
    let card = sql.row(
        "SELECT p.id FROM posts p WHERE p.handover_id = ?1 AND p.kind = 'lesson' AND p.chat_id = ?2
         ORDER BY p.seq DESC LIMIT 1",
        values![&lesson.handover_id, it.chat_id],
    )?;
    let Some(card) = card else { return Ok(JudgementOutcome::Foreign) };
    // Where Telegram's answer was lost it is only known now which message the card is.
    sql.run(
        "UPDATE posts SET telegram_message_id = ?2 WHERE id = ?1 AND telegram_message_id IS NULL",
        values![&card.get::<String>(0)?, it.message_id],
    )?;
    let decided = match &it.decision {
        Some(decision) => {
            let by = (it.who.name.as_str(), it.who.role.as_deref());
            lessons::decide(sql, &it.lesson_id, decision, by, it.now_ms)?
        }
        None if lesson.status == "pending" => Decided::Done,
        None => Decided::Already { status: lesson.status, by: lesson.decided_by },
    };
    Ok(JudgementOutcome::Decided(decided))
}
