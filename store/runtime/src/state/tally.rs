//! What erasures under way have removed so far.

use crate::sql::{Sql, values};
use crate::{Erased, StoreError};

/// Adds to a tally; an empty key keeps none.
pub(super) fn add(sql: &mut dyn Sql, key: &str, erased: &Erased) -> Result<(), StoreError> {
    if key.is_empty() {
        return Ok(());
    }
    for (item, rows) in erased {
        let rows = i64::try_from(*rows).unwrap_or(i64::MAX);
        sql.run(
            "INSERT INTO tallies (key, item, rows) VALUES (?1, ?2, ?3)
             ON CONFLICT (key, item) DO UPDATE SET rows = tallies.rows + excluded.rows",
            values![key, item, rows],
        )?;
    }
    Ok(())
}

/// What is counted under a key.
pub(super) fn read(sql: &mut dyn Sql, key: &str) -> Result<Erased, StoreError> {
    let rows = sql.rows("SELECT item, rows FROM tallies WHERE key = ?1", values![key])?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// Forgets a tally.
pub(super) fn close(sql: &mut dyn Sql, key: &str) -> Result<(), StoreError> {
    sql.run("DELETE FROM tallies WHERE key = ?1", values![key])?;
    Ok(())
}

/// What of each tally whose key begins with this is counted.
pub(super) fn all(sql: &mut dyn Sql, prefix: &str) -> Result<Vec<(String, String, u64)>, StoreError> {
    let rows = sql.rows(
        "SELECT key, item, rows FROM tallies WHERE substr(key, 1, length(CAST(?1 AS text))) = ?1
         ORDER BY key, item",
        values![prefix],
    )?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).collect()
}

/// Forgets one line of a tally.
pub(super) fn strike(sql: &mut dyn Sql, key: &str, item: &str) -> Result<(), StoreError> {
    sql.run("DELETE FROM tallies WHERE key = ?1 AND item = ?2", values![key, item])?;
    Ok(())
}
