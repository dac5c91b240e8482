//! What posts came to.

use super::posts::{New, close, line_up, put};
use super::{PostKind, PostOutcome, TopicMade, events, judge, notices};
use crate::StoreError;
use crate::sql::{Row, Sql, values};
use crate::state::handover;

/// The pause after the first answer that was lost, milliseconds.
const FIRST_PAUSE_MS: i64 = 1_000;

/// A post as far as settling needs it.
struct Sending {
    id: String,
    status: String,
    attempts: u32,
    unsure: u32,
    kind: PostKind,
    topic_id: Option<String>,
    handover_id: Option<String>,
    begun_at_ms: i64,
}

/// The post, its conversation and itself locked.
fn locked(sql: &mut dyn Sql, id: &str) -> Result<Sending, StoreError> {
    let missing = || StoreError::Missing(format!("post {id}"));
    let found = sql.row("SELECT conversation_id FROM posts WHERE id = ?1", values![id])?;
    if let Some(conversation_id) = found.ok_or_else(missing)?.get::<Option<String>>(0)? {
        handover::lock(sql, &conversation_id)?;
    }
    let row: Row = sql
        .row(
            "SELECT id, status, attempts, unsure, kind, topic_id, handover_id, coalesce(begun_at_ms, 0)
             FROM posts WHERE id = ?1 /*+ FOR UPDATE */",
            values![id],
        )?
        .ok_or_else(missing)?;
    Ok(Sending {
        id: row.get(0)?,
        status: row.get(1)?,
        attempts: row.get(2)?,
        unsure: row.get(3)?,
        kind: row.get(4)?,
        topic_id: row.get(5)?,
        handover_id: row.get(6)?,
        begun_at_ms: row.get(7)?,
    })
}

/// Records what a post came to.
pub(super) fn settle(
    sql: &mut dyn Sql,
    id: &str,
    attempt: u32,
    outcome: &PostOutcome,
    now_ms: i64,
) -> Result<(), StoreError> {
    let post = locked(sql, id)?;
    let is_done = matches!(outcome, PostOutcome::Sent { .. } | PostOutcome::Titled { .. });
    match (post.status.as_str(), post.attempts) {
        ("sending", now) if now == attempt => {}
        ("sent", _) if is_done => return Ok(()),
        // Taken up again since: that it was done after all is good to know, anything else is the later
        // attempt's to tell.
        ("sending" | "pending" | "queued", now) if is_done && attempt > 0 && attempt <= now => {}
        _ => return Err(StoreError::Stale),
    }
    match outcome {
        PostOutcome::Sent { thread_id: Some(it), .. } if is_gone(sql, &post, *it)? => {
            if post.status == "sending" {
                lost(sql, &post, *it, now_ms)?;
            }
        }
        PostOutcome::Sent { message_id, .. } => sent(sql, &post, *message_id, now_ms)?,
        PostOutcome::Titled { title } => {
            close(sql, id, "sent", None, now_ms)?;
            sql.run("UPDATE topics SET title = ?2 WHERE id = ?1", values![&post.topic_id, title])?;
        }
        PostOutcome::Retry { at_ms, error } => wait(sql, id, *at_ms, error)?,
        PostOutcome::Unsure => unsure(sql, &post, now_ms)?,
        PostOutcome::TopicLost { thread_id } => lost(sql, &post, *thread_id, now_ms)?,
        PostOutcome::Dead { error } => dead(sql, &post, error, now_ms)?,
    }
    match &post.topic_id {
        Some(topic_id) => line_up(sql, topic_id),
        None => Ok(()),
    }
}

/// The post waits until then.
fn wait(sql: &mut dyn Sql, id: &str, at_ms: i64, error: &str) -> Result<(), StoreError> {
    sql.run(
        "UPDATE posts SET status = 'pending', not_before_ms = ?2, error = ?3, lease_until_ms = NULL WHERE id = ?1",
        values![id, at_ms, error],
    )?;
    Ok(())
}

/// Whether the topic that Telegram took a post into was found to be deleted before its answer was here:
/// what it took is gone with it, and is to be shown again.
fn is_gone(sql: &mut dyn Sql, post: &Sending, thread_id: i64) -> Result<bool, StoreError> {
    let row = sql.row("SELECT thread_id FROM topics WHERE id = ?1", values![&post.topic_id])?;
    let stands = row.map(|row| row.get::<Option<i64>>(0)).transpose()?;
    Ok(stands.is_some_and(|it| it != Some(thread_id)))
}

fn sent(sql: &mut dyn Sql, post: &Sending, message_id: Option<i64>, now_ms: i64) -> Result<(), StoreError> {
    close(sql, &post.id, "sent", None, now_ms)?;
    sql.run("UPDATE posts SET telegram_message_id = ?2 WHERE id = ?1", values![&post.id, message_id])?;
    if post.kind == PostKind::Alert {
        return notices::told(sql, &post.id);
    }
    let Some(handover_id) = &post.handover_id else { return Ok(()) };
    match post.kind {
        PostKind::Card => {}
        PostKind::Lesson => return judge::shown(sql, handover_id),
        PostKind::Forward | PostKind::Remind => return missed(sql, post, now_ms),
        _ => return Ok(()),
    }
    let stands = sql.run(
        "UPDATE handovers SET card_message_id = ?2 WHERE id = ?1 AND topic_id = ?3",
        values![handover_id, message_id, &post.topic_id],
    )?;
    if stands == 0 {
        // The request is shown elsewhere by now.
        return Ok(());
    }
    // The card shows what was true when it was sent, and it is not pinned yet.
    sql.run(
        "UPDATE posts
         SET status = CASE WHEN kind <> 'buttons' OR created_at_ms < ?2 THEN 'cancelled' ELSE 'pending' END
         WHERE handover_id = ?1 AND kind IN ('buttons', 'pin', 'unpin') AND status = 'queued' AND payload = '{}'",
        values![handover_id, post.begun_at_ms],
    )?;
    let open = sql.row(
        "SELECT 1 FROM handovers WHERE id = ?1 AND status IN ('pending', 'active')",
        values![handover_id],
    )?;
    if open.is_some() {
        put(sql, handover_id, &New::of(PostKind::Pin, now_ms))?;
    }
    if !events::stands(sql, handover_id, ("shown", None), 0)? {
        events::write(sql, handover_id, &events::New { kind: "shown", role: None, detail: "", now_ms })?;
    }
    Ok(())
}

/// Telegram takes messages again: the card that it never took is asked for once more.
fn missed(sql: &mut dyn Sql, post: &Sending, now_ms: i64) -> Result<(), StoreError> {
    let gone = sql.row(
        "SELECT 1 FROM handovers h
         WHERE h.id = ?1 AND h.topic_id = ?2 AND h.card_message_id IS NULL AND EXISTS (
             SELECT 1 FROM posts p WHERE p.handover_id = h.id AND p.kind = 'card' AND p.status = 'dead')",
        values![&post.handover_id, &post.topic_id],
    )?;
    match (gone, &post.topic_id) {
        (Some(_), Some(topic_id)) => show_again(sql, topic_id, now_ms),
        _ => Ok(()),
    }
}

fn unsure(sql: &mut dyn Sql, post: &Sending, now_ms: i64) -> Result<(), StoreError> {
    sql.run("UPDATE posts SET unsure = unsure + 1 WHERE id = ?1", values![&post.id])?;
    let unsure = post.unsure + 1;
    if post.kind.makes() && unsure >= post.kind.most_unsure() {
        return dead(sql, post, "no answer, again and again", now_ms);
    }
    wait(sql, &post.id, now_ms + pause_ms(unsure), "no answer")
}

/// The pause after so many tries that came to nothing: none, a second, and twice as long each time.
fn pause_ms(tries: u32) -> i64 {
    if tries == 0 { 0 } else { FIRST_PAUSE_MS << (tries - 1).min(6) }
}

fn dead(sql: &mut dyn Sql, post: &Sending, error: &str, now_ms: i64) -> Result<(), StoreError> {
    close(sql, &post.id, "dead", Some(error), now_ms)?;
    if post.kind == PostKind::Alert {
        return notices::instead_of(sql, &post.id, now_ms);
    }
    if let (PostKind::Card | PostKind::Lesson, Some(handover_id)) = (post.kind, &post.handover_id) {
        sql.run(
            "UPDATE posts SET status = 'cancelled', settled_at_ms = ?2
             WHERE handover_id = ?1 AND makes = 0 AND status = 'queued'",
            values![handover_id, now_ms],
        )?;
    }
    Ok(())
}

/// The topic was deleted: what was in it is gone, the cards of closed requests too. Lessons that wait
/// are asked about again.
fn lost(sql: &mut dyn Sql, post: &Sending, thread_id: i64, now_ms: i64) -> Result<(), StoreError> {
    wait(sql, &post.id, now_ms, "the topic was deleted")?;
    let Some(topic_id) = &post.topic_id else { return Ok(()) };
    let is_first = sql.run(
        "UPDATE topics SET thread_id = NULL, title = '' WHERE id = ?1 AND thread_id = ?2",
        values![topic_id, thread_id],
    )? == 1;
    if is_first {
        gone_with_topic(sql, topic_id, thread_id)?;
        sql.run("UPDATE handovers SET card_message_id = NULL WHERE topic_id = ?1", values![topic_id])?;
        sql.run(
            "UPDATE posts SET status = 'cancelled', settled_at_ms = ?2
             WHERE topic_id = ?1 AND makes = 0 AND status IN ('queued', 'pending')",
            values![topic_id, now_ms],
        )?;
    } else if !post.kind.makes() {
        // What it was to change is gone.
        close(sql, &post.id, "cancelled", None, now_ms)?;
    }
    let remade =
        sql.row("SELECT 1 FROM topics WHERE id = ?1 AND thread_id IS NOT NULL", values![topic_id])?;
    if remade.is_some() {
        return Ok(());
    }
    // Nobody needs a topic for the rest of a talk that is over, except to decide what it teaches.
    sql.run(
        "UPDATE posts SET status = 'cancelled', settled_at_ms = ?2
         WHERE topic_id = ?1 AND makes = 1 AND kind <> 'lesson' AND status IN ('queued', 'pending')
           AND handover_id IN (
             SELECT id FROM handovers WHERE topic_id = ?1 AND status NOT IN ('pending', 'active'))",
        values![topic_id, now_ms],
    )?;
    if !is_first {
        return Ok(());
    }
    show_again(sql, topic_id, now_ms)?;
    judge::show_again(sql, topic_id, now_ms)
}

/// What stood in a topic is gone with it. A topic has the number of its first message: those in it have
/// higher ones.
pub(in crate::state) fn gone_with_topic(
    sql: &mut dyn Sql,
    topic_id: &str,
    thread_id: i64,
) -> Result<(), StoreError> {
    sql.run(
        "UPDATE posts SET telegram_message_id = NULL WHERE topic_id = ?1 AND telegram_message_id >= ?2",
        values![topic_id, thread_id],
    )?;
    Ok(())
}

/// The open request of a topic that has to be made anew needs a card in it.
fn show_again(sql: &mut dyn Sql, topic_id: &str, now_ms: i64) -> Result<(), StoreError> {
    let without_card = sql.row(
        "SELECT h.id FROM handovers h
         WHERE h.topic_id = ?1 AND h.status IN ('pending', 'active') AND NOT EXISTS (
             SELECT 1 FROM posts p WHERE p.handover_id = h.id AND p.kind = 'card'
             AND p.status IN ('queued', 'pending', 'sending'))",
        values![topic_id],
    )?;
    match without_card {
        Some(row) => put(sql, &row.get::<String>(0)?, &New::of(PostKind::Card, now_ms)),
        None => Ok(()),
    }
}

/// Keeps a topic that was just made, unless another was faster.
pub(super) fn topic_made(
    sql: &mut dyn Sql,
    topic_id: &str,
    thread_id: i64,
    title: &str,
) -> Result<TopicMade, StoreError> {
    let kept = sql.run(
        "UPDATE topics SET thread_id = ?2, title = ?3 WHERE id = ?1 AND thread_id IS NULL",
        values![topic_id, thread_id, title],
    )?;
    if kept == 1 {
        // Asked for while the topic was being made.
        sql.run(
            "UPDATE posts SET status = 'pending'
             WHERE topic_id = ?1 AND makes = 0 AND status = 'queued' AND kind = 'title'",
            values![topic_id],
        )?;
        return Ok(TopicMade::Kept);
    }
    let row = sql.row("SELECT thread_id FROM topics WHERE id = ?1", values![topic_id])?;
    match row.map(|row| row.get::<Option<i64>>(0)).transpose()?.flatten() {
        Some(known) if known == thread_id => Ok(TopicMade::Kept),
        Some(thread_id) => Ok(TopicMade::Other { thread_id }),
        None => Ok(TopicMade::Gone),
    }
}

/// Takes up what a crash or a frozen process left under way; `all`: also where the lease still runs. That
/// is no answer that was lost and brings no post nearer to its end, but alerts: phones tell those sooner.
pub(super) fn recover(sql: &mut dyn Sql, all: bool, now_ms: i64) -> Result<usize, StoreError> {
    let left = sql.rows(
        "SELECT id, attempts, kind FROM posts
         WHERE status = 'sending' AND (?2 OR lease_until_ms IS NULL OR lease_until_ms <= ?1)
         ORDER BY seq LIMIT 1000",
        values![now_ms, all],
    )?;
    let mut recovered = 0;
    for row in &left {
        let attempts: u32 = row.get(1)?;
        let at_ms = now_ms + pause_ms(attempts.saturating_sub(1));
        let again = match row.get(2)? {
            PostKind::Alert => PostOutcome::Unsure,
            _ => PostOutcome::Retry { at_ms, error: "interrupted".to_owned() },
        };
        match settle(sql, &row.get::<String>(0)?, attempts, &again, now_ms) {
            Ok(()) => recovered += 1,
            // Settled in the moment before the lock.
            Err(StoreError::Stale | StoreError::Missing(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(recovered)
}
