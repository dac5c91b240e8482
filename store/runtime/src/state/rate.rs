//! Numbers that the gateway wants to be left alone for a while, or that speak at a rate.

use super::rows::Pace;
use crate::StoreError;
use crate::sql::{Sql, values};

/// Who holds a number back, among those who hold something.
const GATEWAY: &str = "gateway";
/// Who says when a number may speak next.
const RATE: &str = "rate";
/// No place is given this far ahead, milliseconds: a clock was set back since it was.
const FAR_MS: i64 = 20 * 60_000;

/// The number is left alone until then, and a thousand of what waits to leave from it waits until then:
/// however much waits, other writers do not. What is beyond that is put off when its turn comes.
pub(super) fn rest(
    sql: &mut dyn Sql,
    slug: &str,
    instance_id: &str,
    until_ms: i64,
) -> Result<(), StoreError> {
    sql.run(
        "INSERT INTO holds (key, holder, until_ms) VALUES (?1, ?2, ?3)
         ON CONFLICT (key) DO UPDATE SET until_ms = excluded.until_ms
         WHERE holds.until_ms < excluded.until_ms",
        values![&key(slug, instance_id), GATEWAY, until_ms],
    )?;
    sql.run(
        "UPDATE outbox SET not_before_ms = ?3 WHERE id IN (
             SELECT id FROM outbox
             WHERE client_slug = ?1 AND status = 'pending' AND not_before_ms < ?3 AND instance_id = ?2
             ORDER BY not_before_ms, seq LIMIT 1000 /*+ FOR UPDATE SKIP LOCKED */)",
        values![slug, instance_id, until_ms],
    )?;
    Ok(())
}

/// Numbers that are to be left alone now.
pub(super) fn resting(sql: &mut dyn Sql, now_ms: i64) -> Result<Vec<(String, String, i64)>, StoreError> {
    let rows = sql.rows(
        "SELECT key, until_ms FROM holds WHERE holder = ?1 AND until_ms > ?2",
        values![GATEWAY, now_ms],
    )?;
    let mut resting = Vec::new();
    for row in &rows {
        let key: String = row.get(0)?;
        if let Some((slug, instance_id)) = key.strip_prefix("number:").and_then(|it| it.split_once(':')) {
            resting.push((slug.to_owned(), instance_id.to_owned(), row.get(1)?));
        }
    }
    Ok(resting)
}

/// When the number may speak next, Unix milliseconds; taken where that is no later than it may be.
/// Whoever asks waits for those who asked before.
pub(super) fn pace(sql: &mut dyn Sql, slug: &str, instance_id: &str, pace: &Pace) -> Result<i64, StoreError> {
    let Pace { now_ms, gap_ms, latest_ms } = *pace;
    let key = format!("rate:{slug}:{instance_id}");
    let held = sql.row(
        "INSERT INTO holds (key, holder, until_ms) VALUES (?1, ?2, ?3)
         ON CONFLICT (key) DO UPDATE SET holder = excluded.holder RETURNING until_ms",
        values![&key, RATE, now_ms],
    )?;
    let next_ms = held.map_or(Ok(now_ms), |it| it.get(0))?;
    let slot_ms = if next_ms > now_ms.saturating_add(FAR_MS) { now_ms } else { next_ms.max(now_ms) };
    if slot_ms <= latest_ms {
        sql.run(
            "UPDATE holds SET until_ms = ?2 WHERE key = ?1",
            values![&key, slot_ms.saturating_add(gap_ms)],
        )?;
    }
    Ok(slot_ms)
}

/// Puts a reply off until its number may speak. What went wrong before stays said.
pub(super) fn waits(sql: &mut dyn Sql, id: &str, at_ms: i64, is_slot: bool) -> Result<(), StoreError> {
    sql.run(
        "UPDATE outbox SET status = 'pending', not_before_ms = ?2, slot_ms = ?3, lease_until_ms = NULL
         WHERE id = ?1",
        values![id, at_ms, is_slot.then_some(at_ms)],
    )?;
    Ok(())
}

/// The key of a number; slugs have no colon.
fn key(slug: &str, instance_id: &str) -> String {
    format!("number:{slug}:{instance_id}")
}
