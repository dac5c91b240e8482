//! Buttons: one winner.

use super::acts::{self, Closing};
use super::posts::{New, put};
use super::{Button, PostKind, Press, PressOutcome, events, talk, update};
use crate::StoreError;
use crate::sql::{Sql, values};
use crate::state::{handover, timers};

/// Does what a button says, once, where it may be pressed.
pub(super) fn press(sql: &mut dyn Sql, press: &Press) -> Result<PressOutcome, StoreError> {
    let Press { update, slugs, chat_id, handover_id, now_ms, .. } = press;
    if !update::first(sql, *update, *now_ms)? {
        return Ok(PressOutcome::Seen);
    }
    let row = sql.row(
        "SELECT h.client_slug, h.conversation_id FROM handovers h JOIN topics t ON t.id = h.topic_id
         WHERE h.id = ?1 AND t.chat_id = ?2",
        values![handover_id, *chat_id],
    )?;
    let Some(row) = row else { return Ok(PressOutcome::Foreign) };
    let (slug, conversation_id): (String, String) = (row.get(0)?, row.get(1)?);
    if !slugs.contains(&slug) {
        return Ok(PressOutcome::Foreign);
    }
    handover::lock(sql, &conversation_id)?;
    let row = sql.row(
        "SELECT status, coalesce(first_answer_at_ms, 0) FROM handovers WHERE id = ?1",
        values![handover_id],
    )?;
    let Some(row) = row else { return Ok(PressOutcome::Foreign) };
    let (status, answered_at): (String, i64) = (row.get(0)?, row.get(1)?);
    if !matches!(status.as_str(), "pending" | "active") {
        return Ok(PressOutcome::Closed);
    }
    match press.button {
        Button::Take => return take(sql, press, (&slug, &conversation_id), answered_at > 0),
        Button::Skip => {
            acts::skipped(sql, handover_id, &press.who, *now_ms)?;
        }
        Button::Back => close(sql, press, &conversation_id, "returned")?,
        Button::Done if status == "pending" && answered_at == 0 => return Ok(PressOutcome::Unanswered),
        Button::Done => close(sql, press, &conversation_id, "resolved")?,
    }
    Ok(PressOutcome::Done)
}

fn take(
    sql: &mut dyn Sql,
    press: &Press,
    (slug, conversation_id): (&str, &str),
    is_answered: bool,
) -> Result<PressOutcome, StoreError> {
    if let Some((telegram_id, name)) = talk::owner(sql, &press.handover_id)? {
        return Ok(match telegram_id == press.who.telegram_id {
            true => PressOutcome::Done,
            false => PressOutcome::TakenBy { name },
        });
    }
    handover::take(sql, conversation_id, Some(&press.who), press.now_ms)?;
    if !is_answered {
        for later in &press.timers {
            timers::set(sql, (slug, conversation_id), later)?;
        }
    }
    Ok(PressOutcome::Done)
}

fn close(sql: &mut dyn Sql, press: &Press, conversation_id: &str, status: &str) -> Result<(), StoreError> {
    let closing = Closing { status, actor: "person", by: Some(&press.who) };
    handover::close(sql, conversation_id, &closing, press.now_ms)?;
    handover::note(sql, conversation_id, "person", "given back", status, press.now_ms)
}

/// Reminds of a request that nobody has answered, once for each number, and once more after somebody has
/// taken it; false when it was, or when none is open.
pub(super) fn remind(
    sql: &mut dyn Sql,
    handover_id: &str,
    nth: u32,
    now_ms: i64,
) -> Result<bool, StoreError> {
    let row = sql.row("SELECT conversation_id FROM handovers WHERE id = ?1", values![handover_id])?;
    let Some(row) = row else { return Ok(false) };
    handover::lock(sql, &row.get::<String>(0)?)?;
    let open = sql.row(
        "SELECT coalesce(taken_at_ms, 0) FROM handovers
         WHERE id = ?1 AND status IN ('pending', 'active') AND first_answer_at_ms IS NULL",
        values![handover_id],
    )?;
    let Some(open) = open else { return Ok(false) };
    let detail = nth.to_string();
    if events::stands(sql, handover_id, ("reminded", Some(&detail)), open.get(0)?)? {
        return Ok(false);
    }
    let payload = serde_json::json!({"nth": nth}).to_string();
    put(sql, handover_id, &New { payload: &payload, ..New::of(PostKind::Remind, now_ms) })?;
    events::write(sql, handover_id, &events::New { kind: "reminded", role: None, detail: &detail, now_ms })?;
    Ok(true)
}
