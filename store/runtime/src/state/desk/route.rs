//! Saying in which chat a request is shown.

use super::posts::{self, New, line_up, put};
use super::{Place, PostKind, Route, Tell, Unrouted};
use crate::StoreError;
use crate::sql::{Row, Sql, values};
use crate::state::claim::sql_limit;
use crate::state::{Ring, handover, new_id};

/// Posts that nobody has said the chat of, the first of each request.
pub(super) fn unrouted(sql: &mut dyn Sql, limit: usize) -> Result<Vec<Unrouted>, StoreError> {
    let rows = sql.rows(
        "SELECT p.id, p.client_slug, h.branch, p.handover_id, p.conversation_id, c.user_id, p.kind,
                p.created_at_ms
         FROM posts p LEFT JOIN handovers h ON h.id = p.handover_id
             LEFT JOIN conversations c ON c.id = p.conversation_id
         WHERE p.status = 'unrouted' AND NOT EXISTS (
             SELECT 1 FROM posts e WHERE e.handover_id = p.handover_id AND e.status = 'unrouted'
             AND e.seq < p.seq)
         ORDER BY p.seq LIMIT ?1",
        values![sql_limit(limit)],
    )?;
    let unrouted = |row: &Row| {
        Ok(Unrouted {
            post_id: row.get(0)?,
            slug: row.get(1)?,
            branch: row.get(2)?,
            handover_id: row.get(3)?,
            conversation_id: row.get(4)?,
            user_id: row.get(5)?,
            kind: row.get(6)?,
            created_at_ms: row.get(7)?,
        })
    };
    rows.iter().map(unrouted).collect()
}

/// A post that waits for its chat, its conversation locked.
fn waiting(sql: &mut dyn Sql, post_id: &str) -> Result<Option<Row>, StoreError> {
    let conversation = sql.row("SELECT conversation_id FROM posts WHERE id = ?1", values![post_id])?;
    let Some(conversation) = conversation else { return Ok(None) };
    if let Some(id) = conversation.get::<Option<String>>(0)? {
        handover::lock(sql, &id)?;
    }
    sql.row(
        "SELECT p.handover_id, p.client_slug, c.user_id FROM posts p
             LEFT JOIN conversations c ON c.id = p.conversation_id
         WHERE p.id = ?1 AND p.status = 'unrouted' /*+ FOR UPDATE OF p */",
        values![post_id],
    )
}

/// Has a post, and all that waits of its request, shown there. False when it waits no more.
pub(super) fn route(sql: &mut dyn Sql, post_id: &str, route: Route, now_ms: i64) -> Result<bool, StoreError> {
    let Some(row) = waiting(sql, post_id)? else { return Ok(false) };
    let (handover_id, slug): (Option<String>, String) = (row.get(0)?, row.get(1)?);
    let user_id: Option<String> = row.get(2)?;
    let (Some(handover_id), Some(user_id)) = (handover_id, user_id) else {
        sql.run(
            "UPDATE posts SET status = 'pending', bot_id = ?2, chat_id = ?3 WHERE id = ?1",
            values![post_id, route.bot_id, route.chat_id],
        )?;
        return Ok(true);
    };
    let (topic_id, is_made) = topic(sql, (&slug, &user_id), route, now_ms)?;
    sql.run("UPDATE handovers SET topic_id = ?2 WHERE id = ?1", values![&handover_id, &topic_id])?;
    // What makes messages lines up below; nothing changes what is not shown.
    sql.run(
        "UPDATE posts SET status = 'queued', bot_id = ?2, chat_id = ?3, topic_id = ?4
         WHERE handover_id = ?1 AND status = 'unrouted'",
        values![&handover_id, route.bot_id, route.chat_id, &topic_id],
    )?;
    if is_made {
        // It still shows the state of the last request.
        put(sql, &handover_id, &New::of(PostKind::Title, now_ms))?;
    }
    line_up(sql, &topic_id)?;
    Ok(true)
}

/// The customer's place in the chat; whether its topic stands already.
fn topic(
    sql: &mut dyn Sql,
    (slug, user_id): (&str, &str),
    route: Route,
    now_ms: i64,
) -> Result<(String, bool), StoreError> {
    let row = sql.row(
        "INSERT INTO topics (id, client_slug, bot_id, chat_id, user_id, threaded, created_at_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (client_slug, chat_id, user_id)
             DO UPDATE SET bot_id = excluded.bot_id, threaded = excluded.threaded
         RETURNING id, thread_id",
        values![&new_id(), slug, route.bot_id, route.chat_id, user_id, i64::from(route.topic), now_ms],
    )?;
    let row = row.ok_or_else(|| StoreError::Missing("a topic's row".to_owned()))?;
    let id: String = row.get(0)?;
    // Another bot speaks there now.
    sql.run(
        "UPDATE posts SET bot_id = ?2
         WHERE topic_id = ?1 AND status IN ('queued', 'pending') AND bot_id <> ?2",
        values![&id, route.bot_id],
    )?;
    Ok((id, row.get::<Option<i64>>(1)?.is_some()))
}

/// The chat has no topics: the customer is spoken of in the chat itself.
pub(super) fn topicless(sql: &mut dyn Sql, topic_id: &str, now_ms: i64) -> Result<(), StoreError> {
    sql.run("UPDATE topics SET threaded = 0, thread_id = NULL, title = '' WHERE id = ?1", values![topic_id])?;
    sql.run(
        "UPDATE posts SET status = 'cancelled', settled_at_ms = ?2
         WHERE topic_id = ?1 AND makes = 0 AND status IN ('queued', 'pending') AND kind = 'title'",
        values![topic_id, now_ms],
    )?;
    Ok(())
}

/// Remembers a message that no post is, so that a reply to it finds the customer.
pub(super) fn said_about(
    sql: &mut dyn Sql,
    topic_id: &str,
    message_id: i64,
    now_ms: i64,
) -> Result<(), StoreError> {
    sql.run(
        "INSERT INTO posts (id, client_slug, bot_id, chat_id, topic_id, kind, makes, urgency, status,
                            not_before_ms, telegram_message_id, created_at_ms, settled_at_ms)
         SELECT CAST(?2 AS text), t.client_slug, t.bot_id, t.chat_id, t.id, CAST(?3 AS text), 1,
             CAST(?4 AS bigint), 'sent', CAST(?6 AS bigint), CAST(?5 AS bigint), CAST(?6 AS bigint),
             CAST(?6 AS bigint)
         FROM topics t WHERE t.id = ?1",
        values![topic_id, &new_id(), PostKind::Note, PostKind::Note.urgency(), message_id, now_ms,],
    )?;
    Ok(())
}

/// Gives a post up, and all that waits of its request. False when it waits no more.
pub(super) fn refuse(sql: &mut dyn Sql, post_id: &str, why: &str, now_ms: i64) -> Result<bool, StoreError> {
    let Some(row) = waiting(sql, post_id)? else { return Ok(false) };
    match row.get::<Option<String>>(0)? {
        Some(handover_id) => {
            sql.run(
                "UPDATE posts SET status = 'dead', error = ?2, settled_at_ms = ?3
                 WHERE handover_id = ?1 AND status = 'unrouted'",
                values![&handover_id, why, now_ms],
            )?;
        }
        None => posts::close(sql, post_id, "dead", Some(why), now_ms)?,
    }
    Ok(true)
}

/// Has an open request shown elsewhere: what was not posted waits for its chat again, with a card before
/// it. False when it is not open, or not routed.
pub(super) fn unroute(sql: &mut dyn Sql, handover_id: &str, now_ms: i64) -> Result<bool, StoreError> {
    let row = sql.row("SELECT conversation_id FROM handovers WHERE id = ?1", values![handover_id])?;
    let Some(row) = row else { return Ok(false) };
    handover::lock(sql, &row.get::<String>(0)?)?;
    let row = sql.row(
        "SELECT topic_id FROM handovers
         WHERE id = ?1 AND topic_id IS NOT NULL AND status IN ('pending', 'active')",
        values![handover_id],
    )?;
    let Some(row) = row else { return Ok(false) };
    sql.run(
        "UPDATE posts SET status = 'cancelled', settled_at_ms = ?2
         WHERE handover_id = ?1 AND makes = 0 AND status IN ('queued', 'pending')",
        values![handover_id, now_ms],
    )?;
    sql.run(
        "UPDATE posts SET status = 'unrouted', bot_id = NULL, chat_id = NULL, topic_id = NULL
         WHERE handover_id = ?1 AND status IN ('queued', 'pending')",
        values![handover_id],
    )?;
    sql.run(
        "UPDATE handovers SET topic_id = NULL, card_message_id = NULL WHERE id = ?1",
        values![handover_id],
    )?;
    let card = sql.row(
        "SELECT 1 FROM posts WHERE handover_id = ?1 AND kind = 'card' AND status = 'unrouted'",
        values![handover_id],
    )?;
    if card.is_none() {
        put(sql, handover_id, &New::of(PostKind::Card, now_ms))?;
    }
    line_up(sql, &row.get::<String>(0)?)?;
    Ok(true)
}

/// Writes a post that no act asks for.
pub(super) fn tell(sql: &mut dyn Sql, tell: &Tell) -> Result<(), StoreError> {
    match &tell.place {
        Place::Handover(id) => {
            let conversation = sql.row("SELECT conversation_id FROM handovers WHERE id = ?1", values![id])?;
            let conversation = conversation.ok_or_else(|| StoreError::Missing(format!("request {id}")))?;
            handover::lock(sql, &conversation.get::<String>(0)?)?;
            put(sql, id, &New { payload: &tell.payload, ..New::of(tell.kind, tell.now_ms) })
        }
        Place::Chat { bot_id, chat_id } => {
            sql.ring(Ring::Desk);
            sql.run(
                "INSERT INTO posts (id, client_slug, bot_id, chat_id, kind, makes, urgency, payload, status,
                                    not_before_ms, created_at_ms)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 'pending', ?9, ?9)",
                values![
                    &new_id(),
                    &tell.slug,
                    *bot_id,
                    *chat_id,
                    tell.kind,
                    i64::from(tell.kind.makes()),
                    tell.kind.urgency(),
                    &tell.payload,
                    tell.now_ms,
                ],
            )?;
            Ok(())
        }
    }
}
