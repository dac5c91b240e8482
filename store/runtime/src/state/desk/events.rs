//! What happened to requests, for figures.

use super::DeskEvent;
use crate::StoreError;
use crate::sql::{Row, Sql, values};

/// A line to be written.
pub(super) struct New<'a> {
    pub(super) kind: &'a str,
    pub(super) role: Option<&'a str>,
    pub(super) detail: &'a str,
    pub(super) now_ms: i64,
}

/// Writes a line about a request.
pub(super) fn write(sql: &mut dyn Sql, handover_id: &str, new: &New<'_>) -> Result<(), StoreError> {
    sql.run(
        "INSERT INTO desk_events (at_ms, client_slug, branch, handover_id, kind, role, detail)
         SELECT CAST(?2 AS bigint), client_slug, branch, id, CAST(?3 AS text), CAST(?4 AS text), CAST(?5 AS text)
         FROM handovers WHERE id = ?1",
        values![handover_id, new.now_ms, new.kind, new.role, new.detail],
    )?;
    Ok(())
}

/// Whether such a line of this time or later stands already.
pub(super) fn stands(
    sql: &mut dyn Sql,
    handover_id: &str,
    (kind, detail): (&str, Option<&str>),
    since_ms: i64,
) -> Result<bool, StoreError> {
    let found = sql.row(
        "SELECT 1 FROM desk_events WHERE handover_id = ?1 AND kind = ?2
         AND (CAST(?3 AS text) IS NULL OR detail = ?3) AND at_ms >= ?4 LIMIT 1",
        values![handover_id, kind, detail, since_ms],
    )?;
    Ok(found.is_some())
}

/// Lines of a tenant in this time, in order.
pub(super) fn figures(
    sql: &mut dyn Sql,
    slug: &str,
    from_ms: i64,
    to_ms: i64,
) -> Result<Vec<DeskEvent>, StoreError> {
    let rows = sql.rows(
        "SELECT at_ms, branch, handover_id, kind, role, detail FROM desk_events
         WHERE client_slug = ?1 AND at_ms >= ?2 AND at_ms < ?3 ORDER BY at_ms, seq",
        values![slug, from_ms, to_ms],
    )?;
    let event = |row: &Row| {
        Ok(DeskEvent {
            at_ms: row.get(0)?,
            branch: row.get(1)?,
            handover_id: row.get(2)?,
            kind: row.get(3)?,
            role: row.get(4)?,
            detail: row.get(5)?,
        })
    };
    rows.iter().map(event).collect()
}
