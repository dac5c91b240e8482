//! What happens to requests, as it is shown: the posts and events of each act, written in the
//! transaction of the act itself.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::posts::{New, put};
use super::{Person, PostKind, card, events};
use crate::StoreError;
use crate::sql::{Sql, values};

/// The open request of a conversation.
pub(in crate::state) fn open(
    sql: &mut dyn Sql,
    conversation_id: &str,
) -> Result<Option<(String, String)>, StoreError> {
    let row = sql.row(
        "SELECT id, status FROM handovers WHERE conversation_id = ?1 AND status IN ('pending', 'active')",
        values![conversation_id],
    )?;
    row.map(|row| Ok((row.get(0)?, row.get(1)?))).transpose()
}

/// A request was made: shown with the files that led to it.
pub(in crate::state) fn requested(
    sql: &mut dyn Sql,
    handover_id: &str,
    reason: &str,
    now_ms: i64,
) -> Result<(), StoreError> {
    put(sql, handover_id, &New::of(PostKind::Card, now_ms))?;
    for message_id in card::files(sql, handover_id)? {
        put(sql, handover_id, &New { message_id: Some(&message_id), ..New::of(PostKind::Forward, now_ms) })?;
    }
    events::write(sql, handover_id, &events::New { kind: "requested", role: None, detail: reason, now_ms })
}

/// It was asked for again.
pub(in crate::state) fn more(
    sql: &mut dyn Sql,
    handover_id: &str,
    line: &str,
    now_ms: i64,
) -> Result<(), StoreError> {
    note(sql, handover_id, &json!({"what": "more", "text": line}), now_ms)
}

/// The customer wrote: shown to those who have the request, if one is open.
pub(in crate::state) fn wrote(
    sql: &mut dyn Sql,
    conversation_id: &str,
    message_id: &str,
    now_ms: i64,
) -> Result<(), StoreError> {
    show(sql, conversation_id, PostKind::Forward, message_id, now_ms)
}

/// The customer was told something, not through the topic.
pub(in crate::state) fn told(
    sql: &mut dyn Sql,
    conversation_id: &str,
    message_id: &str,
    now_ms: i64,
) -> Result<(), StoreError> {
    show(sql, conversation_id, PostKind::Said, message_id, now_ms)
}

fn show(
    sql: &mut dyn Sql,
    conversation_id: &str,
    kind: PostKind,
    message_id: &str,
    now_ms: i64,
) -> Result<(), StoreError> {
    let Some((handover_id, _)) = open(sql, conversation_id)? else { return Ok(()) };
    put(sql, &handover_id, &New { message_id: Some(message_id), ..New::of(kind, now_ms) })
}

/// A person has it: `by` presses or writes in Telegram, nobody known writes on the phone.
pub(in crate::state) fn taken(
    sql: &mut dyn Sql,
    handover_id: &str,
    by: Option<&Person>,
    now_ms: i64,
) -> Result<(), StoreError> {
    change(sql, handover_id, now_ms)?;
    let way = way(by);
    note(sql, handover_id, &json!({"what": "taken", "by": by.map(|it| &it.name), "way": way}), now_ms)?;
    let role = by.and_then(|it| it.role.as_deref());
    events::write(sql, handover_id, &events::New { kind: "taken", role, detail: way, now_ms })
}

/// A person on the phone has it from its beginning on, as its card says.
pub(in crate::state) fn begun(sql: &mut dyn Sql, handover_id: &str, now_ms: i64) -> Result<(), StoreError> {
    events::write(sql, handover_id, &events::New { kind: "taken", role: None, detail: way(None), now_ms })
}

/// A person answered the customer.
pub(in crate::state) fn answered(
    sql: &mut dyn Sql,
    handover_id: &str,
    by: Option<&Person>,
    now_ms: i64,
) -> Result<(), StoreError> {
    let first = sql.run(
        "UPDATE handovers SET first_answer_at_ms = ?2 WHERE id = ?1 AND first_answer_at_ms IS NULL",
        values![handover_id, now_ms],
    )?;
    if first == 1 {
        let role = by.and_then(|it| it.role.as_deref());
        events::write(sql, handover_id, &events::New { kind: "answered", role, detail: way(by), now_ms })?;
    }
    Ok(())
}

/// How a request came to its end.
#[derive(Clone, Copy)]
pub(in crate::state) struct Closing<'a> {
    /// `resolved`, `returned` or `cancelled`.
    pub(in crate::state) status: &'a str,
    /// `customer`, `person` or `system`.
    pub(in crate::state) actor: &'static str,
    /// Who, where it is known.
    pub(in crate::state) by: Option<&'a Person>,
}

/// It is closed.
pub(in crate::state) fn closed(
    sql: &mut dyn Sql,
    handover_id: &str,
    closing: &Closing<'_>,
    now_ms: i64,
) -> Result<(), StoreError> {
    change(sql, handover_id, now_ms)?;
    put(sql, handover_id, &New::of(PostKind::Unpin, now_ms))?;
    let Closing { status, actor, by } = *closing;
    let payload = json!({"what": status, "by": by.map(|it| &it.name), "actor": actor});
    note(sql, handover_id, &payload, now_ms)?;
    let role = by.and_then(|it| it.role.as_deref());
    events::write(sql, handover_id, &events::New { kind: status, role, detail: actor, now_ms })
}

/// Somebody cannot take it.
pub(super) fn skipped(
    sql: &mut dyn Sql,
    handover_id: &str,
    by: &Person,
    now_ms: i64,
) -> Result<(), StoreError> {
    note(sql, handover_id, &json!({"what": "skipped", "by": by.name, "id": by.telegram_id}), now_ms)?;
    let role = by.role.as_deref();
    events::write(sql, handover_id, &events::New { kind: "skipped", role, detail: "telegram", now_ms })
}

/// What became of a person's words.
#[derive(Clone, Copy)]
pub(in crate::state) enum Delivery<'a> {
    /// They went out.
    Whole,
    /// They went out without their file, for this reason.
    WordsAlone(&'a str),
    /// They did not, for this reason.
    Failed(&'a str),
    /// Nobody knows, for this reason.
    Unsure(&'a str),
}

/// Numeric ids of those who cannot take it.
pub(super) fn skippers(sql: &mut dyn Sql, handover_id: &str) -> Result<BTreeSet<i64>, StoreError> {
    let rows = sql.rows(
        "SELECT payload FROM posts WHERE handover_id = ?1 AND kind = 'note' ORDER BY seq",
        values![handover_id],
    )?;
    let mut skippers = BTreeSet::new();
    for row in &rows {
        let payload: serde_json::Value = serde_json::from_str(&row.get::<String>(0)?).unwrap_or_default();
        if payload["what"] == "skipped" {
            skippers.extend(payload["id"].as_i64());
        }
    }
    Ok(skippers)
}

/// Shows it: a mark on them, or a note that they did not arrive, not whole, or perhaps not.
pub(in crate::state) fn delivered(
    sql: &mut dyn Sql,
    handover_id: &str,
    origin: &str,
    fate: Delivery<'_>,
    now_ms: i64,
) -> Result<(), StoreError> {
    let message_id = serde_json::from_str::<serde_json::Value>(origin)
        .ok()
        .and_then(|it| it.get("message_id").and_then(serde_json::Value::as_i64));
    let failure = match fate {
        Delivery::Whole => None,
        Delivery::WordsAlone(error) => Some(("partly", error)),
        Delivery::Failed(error) => Some(("undelivered", error)),
        Delivery::Unsure(error) => Some(("unsure", error)),
    };
    if let Some((what, error)) = failure {
        let payload = json!({"what": what, "message_id": message_id, "error": error});
        return note(sql, handover_id, &payload, now_ms);
    }
    let Some(message_id) = message_id else { return Ok(()) };
    let payload = written(&json!({"message_id": message_id, "mark": "sent"}));
    put(sql, handover_id, &New { payload: &payload, ..New::of(PostKind::React, now_ms) })
}

fn way(by: Option<&Person>) -> &'static str {
    if by.is_some() { "telegram" } else { "phone" }
}

/// Card and title show another state.
fn change(sql: &mut dyn Sql, handover_id: &str, now_ms: i64) -> Result<(), StoreError> {
    put(sql, handover_id, &New::of(PostKind::Buttons, now_ms))?;
    put(sql, handover_id, &New::of(PostKind::Title, now_ms))
}

fn note(
    sql: &mut dyn Sql,
    handover_id: &str,
    payload: &serde_json::Value,
    now_ms: i64,
) -> Result<(), StoreError> {
    put(sql, handover_id, &New { payload: &written(payload), ..New::of(PostKind::Note, now_ms) })
}

/// A payload as it is stored: its keys in their order, whatever order they are kept in.
fn written(payload: &serde_json::Value) -> String {
    let keys: BTreeMap<_, _> = payload.as_object().into_iter().flatten().collect();
    serde_json::to_string(&keys).expect("string keys and plain values always serialise")
}
