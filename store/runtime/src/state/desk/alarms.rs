//! What waits or failed at tenants, as far as their owners must know.

use std::collections::BTreeMap;

use super::Alarm;
use crate::StoreError;
use crate::sql::{Sql, values};

/// Tenants with something to be alarmed about, by slug.
pub(super) fn alarms(sql: &mut dyn Sql, since_ms: i64) -> Result<BTreeMap<String, Alarm>, StoreError> {
    let mut all: BTreeMap<String, Alarm> = BTreeMap::new();
    let unanswered = sql.rows(
        "SELECT client_slug, coalesce(taken_at_ms, created_at_ms) AS since_ms FROM handovers
         WHERE status IN ('pending', 'active') AND first_answer_at_ms IS NULL ORDER BY since_ms, seq",
        &[],
    )?;
    for row in &unanswered {
        all.entry(row.get(0)?).or_default().unanswered.push(row.get(1)?);
    }
    let dead = sql.rows(
        "SELECT client_slug, count(*), max(settled_at_ms) FROM outbox
         WHERE status = 'dead' AND settled_at_ms >= ?1 GROUP BY client_slug",
        values![since_ms],
    )?;
    for row in &dead {
        let alarm = all.entry(row.get(0)?).or_default();
        (alarm.dead, alarm.dead_at_ms) = (row.get(1)?, row.get(2)?);
    }
    let stuck = sql.rows(
        "SELECT client_slug, min(created_at_ms) FROM outbox
         WHERE status = 'pending' AND attempts > 0 AND error IS NOT NULL GROUP BY client_slug",
        &[],
    )?;
    for row in &stuck {
        all.entry(row.get(0)?).or_default().stuck_since_ms = row.get(1)?;
    }
    Ok(all)
}
