//! Numbers that the gateway wants to be left alone for a while.

use crate::StoreError;
use crate::sql::{Sql, values};

/// Who holds a number back, among those who hold something.
const GATEWAY: &str = "gateway";

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

/// The key of a number; slugs have no colon.
fn key(slug: &str, instance_id: &str) -> String {
    format!("number:{slug}:{instance_id}")
}
