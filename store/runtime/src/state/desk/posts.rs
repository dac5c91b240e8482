//! Writing posts, and their order within a topic.

use super::PostKind;
use crate::StoreError;
use crate::sql::{Sql, values};
use crate::state::{Ring, new_id};

/// A post about a request.
pub(super) struct New<'a> {
    pub(super) kind: PostKind,
    pub(super) payload: &'a str,
    /// The message that it shows.
    pub(super) message_id: Option<&'a str>,
    pub(super) now_ms: i64,
}

impl New<'_> {
    pub(super) fn of(kind: PostKind, now_ms: i64) -> Self {
        Self { kind, payload: "{}", message_id: None, now_ms }
    }
}

/// Writes a post where its request is shown. Changes to what is not shown yet are not written: what
/// is shown later shows what is true then.
pub(super) fn put(sql: &mut dyn Sql, handover_id: &str, new: &New<'_>) -> Result<(), StoreError> {
    sql.ring(Ring::Desk);
    if !new.kind.makes() {
        replace(sql, handover_id, new)?;
    }
    let id = new_id();
    // One post for each message that is shown, under the message's id as PostgreSQL's function has it.
    let id = if new.kind == PostKind::Forward { new.message_id.unwrap_or(&id) } else { &id };
    sql.run(
        "INSERT INTO posts (id, client_slug, bot_id, chat_id, topic_id, conversation_id, handover_id, message_id,
                            kind, makes, urgency, payload, status, not_before_ms, created_at_ms)
         SELECT CAST(?2 AS text), h.client_slug, t.bot_id, t.chat_id, t.id, h.conversation_id, h.id,
             CAST(?3 AS text), CAST(?4 AS text), CAST(?5 AS bigint), CAST(?6 AS bigint), CAST(?7 AS text),
             CASE WHEN t.id IS NULL THEN 'unrouted'
                  WHEN ?5 = 1 AND EXISTS (
                      SELECT 1 FROM posts p WHERE p.topic_id = t.id AND p.makes = 1
                      AND p.status IN ('queued', 'pending', 'sending')) THEN 'queued'
                  WHEN ?4 IN ('buttons', 'pin', 'unpin') AND h.card_message_id IS NULL THEN 'queued'
                  WHEN ?4 = 'title' AND t.thread_id IS NULL THEN 'queued'
                  ELSE 'pending' END,
             CAST(?8 AS bigint), CAST(?8 AS bigint)
         FROM handovers h LEFT JOIN topics t ON t.id = h.topic_id
         WHERE h.id = ?1 AND (?5 = 1 OR (t.id IS NOT NULL AND (?4 <> 'title' OR t.threaded = 1)))",
        values![
            handover_id,
            id,
            new.message_id,
            new.kind,
            i64::from(new.kind.makes()),
            new.kind.urgency(),
            new.payload,
            new.now_ms,
        ],
    )?;
    Ok(())
}

/// The newest change of a kind is the only one that is worth a call. Marks are each on a message of
/// its own.
fn replace(sql: &mut dyn Sql, handover_id: &str, new: &New<'_>) -> Result<(), StoreError> {
    const OF_REQUEST: &str = "UPDATE posts SET status = 'cancelled', settled_at_ms = ?3
         WHERE handover_id = ?1 AND kind = ?2 AND status IN ('queued', 'pending')";
    match new.kind {
        PostKind::Title => {
            sql.run(
                "UPDATE posts SET status = 'cancelled', settled_at_ms = ?2
                 WHERE topic_id = (SELECT topic_id FROM handovers WHERE id = ?1) AND makes = 0
                   AND status IN ('queued', 'pending') AND kind = 'title'",
                values![handover_id, new.now_ms],
            )?;
        }
        PostKind::Buttons | PostKind::Pin => {
            sql.run(OF_REQUEST, values![handover_id, new.kind, new.now_ms])?;
        }
        PostKind::Unpin => {
            for kind in [PostKind::Pin, PostKind::Unpin] {
                sql.run(OF_REQUEST, values![handover_id, kind, new.now_ms])?;
            }
        }
        _ => {}
    }
    Ok(())
}

/// Lets the next message of a topic go: a card before all others, then in the order in which they were
/// asked for. Nothing while one is being sent.
pub(super) fn line_up(sql: &mut dyn Sql, topic_id: &str) -> Result<(), StoreError> {
    let card = sql.row(
        "SELECT seq, status FROM posts WHERE topic_id = ?1 AND kind = 'card'
             AND status IN ('queued', 'pending', 'sending') ORDER BY seq LIMIT 1",
        values![topic_id],
    )?;
    let next = match card {
        Some(card) => Some(card),
        None => sql.row(
            "SELECT seq, status FROM posts WHERE topic_id = ?1 AND makes = 1
                 AND status IN ('queued', 'pending', 'sending') ORDER BY seq LIMIT 1",
            values![topic_id],
        )?,
    };
    let Some(next) = next else { return Ok(()) };
    let busy = sql.row(
        "SELECT 1 FROM posts WHERE topic_id = ?1 AND status = 'sending' AND makes = 1 LIMIT 1",
        values![topic_id],
    )?;
    let seq: i64 = next.get(0)?;
    sql.run(
        "UPDATE posts SET status = 'queued'
         WHERE topic_id = ?1 AND makes = 1 AND status = 'pending' AND seq <> ?2",
        values![topic_id, seq],
    )?;
    if busy.is_none() && next.get::<String>(1)? == "queued" {
        sql.run("UPDATE posts SET status = 'pending' WHERE seq = ?1 AND status = 'queued'", values![seq])?;
    }
    Ok(())
}

/// Settles a post for good.
pub(super) fn close(
    sql: &mut dyn Sql,
    id: &str,
    status: &str,
    error: Option<&str>,
    now_ms: i64,
) -> Result<(), StoreError> {
    sql.run(
        "UPDATE posts SET status = ?2, error = ?3, settled_at_ms = ?4, lease_until_ms = NULL WHERE id = ?1",
        values![id, status, error, now_ms],
    )?;
    Ok(())
}
