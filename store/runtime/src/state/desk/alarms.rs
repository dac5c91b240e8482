//! What waits or failed at tenants, as far as their owners must know.

use std::collections::BTreeMap;

use super::Alarm;
use crate::StoreError;
use crate::sql::{Sql, values};

/// Tenants with something to be alarmed about, by slug.
pub(super) fn alarms(sql: &mut dyn Sql, since_ms: i64) -> Result<BTreeMap<String, Alarm>, StoreError> {
    let mut all: BTreeMap<String, Alarm> = BTreeMap::new();
    let unanswered = sql.rows(
        "SELECT client_slug, created_at_ms FROM handovers WHERE status = 'pending' ORDER BY created_at_ms, seq",
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
         WHERE status = 'pending' AND attempts > 0 GROUP BY client_slug",
        &[],
    )?;
    for row in &stuck {
        all.entry(row.get(0)?).or_default().stuck_since_ms = row.get(1)?;
    }
    Ok(all)
}
