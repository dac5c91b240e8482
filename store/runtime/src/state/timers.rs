//! What is to be done later in a conversation: at most one of each kind, done once.

use super::claim::sql_limit;
use super::desk::acts::{self, Closing};
use super::inbox::new_id;
use super::outbox::{self, Queued};
use super::{handover, turn};
use crate::sql::{Row, Sql, values};
use crate::{ConversationState, Later, StoreError, Timer, TimerCommit, TimerOutcome};

/// Has whoever does timers say which a new request is to have.
pub(super) fn ask(sql: &mut dyn Sql, conversation_id: &str, now_ms: i64) -> Result<(), StoreError> {
    let row = sql.row("SELECT client_slug FROM conversations WHERE id = ?1", values![conversation_id])?;
    let Some(row) = row else { return Ok(()) };
    let later = Later { kind: Timer::REQUEST.to_owned(), due_at_ms: now_ms, payload: "{}".to_owned() };
    set(sql, (&row.get::<String>(0)?, conversation_id), &later)
}

/// Puts a timer in the place of the one of its kind.
pub(super) fn set(
    sql: &mut dyn Sql,
    (slug, conversation_id): (&str, &str),
    later: &Later,
) -> Result<(), StoreError> {
    sql.later(
        "INSERT INTO timers (id, client_slug, conversation_id, kind, payload, due_at_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (conversation_id, kind) DO UPDATE SET id = excluded.id, payload = excluded.payload,
             due_at_ms = excluded.due_at_ms, lease_until_ms = NULL",
        values![&new_id(), slug, conversation_id, &later.kind, &later.payload, later.due_at_ms],
    )
}

/// Claims timers that are due, the longest due first; of those due at once, the one that was set first.
pub(super) fn claim(
    sql: &mut dyn Sql,
    now_ms: i64,
    lease_ms: i64,
    limit: usize,
) -> Result<Vec<Timer>, StoreError> {
    let claimed = sql.rows(
        "WITH picked AS MATERIALIZED (
             SELECT id FROM timers
             WHERE due_at_ms <= ?1 AND (lease_until_ms IS NULL OR lease_until_ms <= ?1)
             ORDER BY due_at_ms, id LIMIT ?3 /*+ FOR UPDATE SKIP LOCKED */)
         UPDATE timers SET lease = lease + 1, lease_until_ms = ?2 WHERE id IN (SELECT id FROM picked)
         RETURNING id",
        values![now_ms, now_ms.saturating_add(lease_ms), sql_limit(limit)],
    )?;
    let mut timers = Vec::with_capacity(claimed.len());
    for row in &claimed {
        let found = sql.row(
            "SELECT t.id, t.client_slug, t.conversation_id, c.jid, c.state, c.memory, c.branch, c.instance_id,
                    c.last_message_at_ms, h.created_at_ms, h.human_at_ms, t.kind, t.payload, t.due_at_ms, t.lease,
                    h.id, h.first_answer_at_ms, coalesce(h.request_id, '')
             FROM timers t JOIN conversations c ON c.id = t.conversation_id
                  LEFT JOIN handovers h ON h.conversation_id = c.id AND h.status IN ('pending', 'active')
             WHERE t.id = ?1",
            values![&row.get::<String>(0)?],
        )?;
        timers.extend(found.as_ref().map(timer).transpose()?);
    }
    timers.sort_by(|a, b| (a.due_at_ms, &a.id).cmp(&(b.due_at_ms, &b.id)));
    Ok(timers)
}

fn timer(row: &Row) -> Result<Timer, StoreError> {
    Ok(Timer {
        id: row.get(0)?,
        slug: row.get(1)?,
        conversation_id: row.get(2)?,
        jid: row.get(3)?,
        state: row.get(4)?,
        memory: row.get(5)?,
        branch: row.get(6)?,
        instance_id: row.get(7)?,
        last_message_at_ms: row.get(8)?,
        requested_at_ms: row.get(9)?,
        human_at_ms: row.get(10)?,
        kind: row.get(11)?,
        payload: row.get(12)?,
        due_at_ms: row.get(13)?,
        lease: row.get(14)?,
        handover_id: row.get(15)?,
        answered_at_ms: row.get(16)?,
        request_id: row.get(17)?,
    })
}

/// Commits what a timer came to, if its claim still holds.
pub(super) fn commit(sql: &mut dyn Sql, commit: &TimerCommit) -> Result<turn::Verdict<()>, StoreError> {
    let TimerCommit { timer, outcome, now_ms } = commit;
    handover::lock(sql, &timer.conversation_id)?;
    let stands = sql.row(
        "SELECT c.state FROM timers t JOIN conversations c ON c.id = t.conversation_id
         WHERE t.id = ?1 AND t.lease = ?2 AND t.lease_until_ms IS NOT NULL",
        values![&timer.id, timer.lease],
    )?;
    let Some(row) = stands else { return Ok(turn::Verdict::Stale) };
    let state: ConversationState = row.get(0)?;
    if let TimerOutcome::Again { due_at_ms } = outcome {
        sql.run(
            "UPDATE timers SET due_at_ms = ?2, lease_until_ms = NULL WHERE id = ?1",
            values![&timer.id, *due_at_ms],
        )?;
        return Ok(turn::Verdict::Committed(()));
    }
    sql.run("DELETE FROM timers WHERE id = ?1", values![&timer.id])?;
    // The request it was claimed with may be closed by now, and another one open.
    let open = acts::open(sql, &timer.conversation_id)?.map(|(id, _)| id);
    let waits = state == ConversationState::Pending && open == timer.handover_id;
    match outcome {
        TimerOutcome::Say { text, outbox_id, instance_id, postpones }
            if waits || is_unasked(timer, state) =>
        {
            say(sql, timer, (text, outbox_id, instance_id), *now_ms)?;
            if waits {
                acts::told(sql, &timer.conversation_id, outbox_id, *now_ms)?;
            }
            if let Some((kind, until_ms)) = postpones {
                postpone(sql, &timer.conversation_id, kind, *until_ms)?;
            }
        }
        TimerOutcome::Set { timers } if waits => {
            for later in timers {
                set(sql, (&timer.slug, &timer.conversation_id), later)?;
            }
        }
        TimerOutcome::Return if waits => {
            let closing = Closing { status: "returned", actor: "system", by: None };
            handover::close(sql, &timer.conversation_id, &closing, *now_ms)?;
            handover::note(sql, &timer.conversation_id, "system", "given back", "returned", *now_ms)?;
        }
        _ => {}
    }
    Ok(turn::Verdict::Committed(()))
}

/// Whether it is about no request, and nobody but the bot has the conversation.
fn is_unasked(timer: &Timer, state: ConversationState) -> bool {
    timer.handover_id.is_none() && state == ConversationState::BotActive
}

/// A timer is not due before this; whoever has claimed it has it no more.
fn postpone(sql: &mut dyn Sql, conversation_id: &str, kind: &str, until_ms: i64) -> Result<(), StoreError> {
    sql.run(
        "UPDATE timers SET due_at_ms = ?3, lease = lease + 1, lease_until_ms = NULL
         WHERE conversation_id = ?1 AND kind = ?2 AND due_at_ms < ?3",
        values![conversation_id, kind, until_ms],
    )?;
    Ok(())
}

fn say(
    sql: &mut dyn Sql,
    timer: &Timer,
    (text, outbox_id, instance_id): (&str, &str, &str),
    now_ms: i64,
) -> Result<(), StoreError> {
    sql.run(
        "INSERT INTO messages (id, conversation_id, message_id, role, text, sent_at, at_ms)
         VALUES (?1, ?2, ?1, 'assistant', ?3, ?4, ?5)",
        values![outbox_id, &timer.conversation_id, text, now_ms / 1000, now_ms],
    )?;
    let row = Queued {
        id: outbox_id,
        conversation_id: &timer.conversation_id,
        slug: &timer.slug,
        jid: &timer.jid,
        instance_id,
        text,
        now_ms,
        received_at_ms: now_ms,
        ..Queued::of_bot()
    };
    outbox::put(sql, &row)
}
