//! Who is behind a name, and whom a bot may write to.

use super::{Binding, Bound};
use crate::StoreError;
use crate::sql::{Row, Sql, values};

/// A name as it is compared.
fn plain(username: &str) -> String {
    username.trim_start_matches('@').to_lowercase()
}

/// Binds a name to the first numeric id it is seen with.
pub(super) fn bind(
    sql: &mut dyn Sql,
    slug: &str,
    username: &str,
    telegram_id: i64,
    now_ms: i64,
) -> Result<Bound, StoreError> {
    let name = plain(username);
    let first = sql.run(
        "INSERT INTO bindings (client_slug, username, telegram_id, bound_at_ms) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT DO NOTHING",
        values![slug, &name, telegram_id, now_ms],
    )?;
    if first == 1 {
        return Ok(Bound::First);
    }
    let row = sql.row(
        "SELECT telegram_id FROM bindings WHERE client_slug = ?1 AND username = ?2",
        values![slug, &name],
    )?;
    let before: i64 = row.ok_or_else(|| StoreError::Missing("a binding".to_owned()))?.get(0)?;
    Ok(if before == telegram_id { Bound::Same } else { Bound::Changed { before } })
}

/// Forgets a binding, so that the name is bound anew; false when there was none.
pub(super) fn unbind(sql: &mut dyn Sql, slug: &str, username: &str) -> Result<bool, StoreError> {
    let gone = sql.run(
        "DELETE FROM bindings WHERE client_slug = ?1 AND username = ?2",
        values![slug, &plain(username)],
    )?;
    Ok(gone == 1)
}

/// Names of a tenant that are bound.
pub(super) fn bindings(sql: &mut dyn Sql, slug: &str) -> Result<Vec<Binding>, StoreError> {
    let rows = sql.rows(
        "SELECT username, telegram_id, bound_at_ms FROM bindings WHERE client_slug = ?1 ORDER BY username",
        values![slug],
    )?;
    let binding =
        |row: &Row| Ok(Binding { username: row.get(0)?, telegram_id: row.get(1)?, bound_at_ms: row.get(2)? });
    rows.iter().map(binding).collect()
}

/// Whether a bot may write to a person.
pub(super) fn reachable(sql: &mut dyn Sql, bot_id: i64, telegram_id: i64) -> Result<bool, StoreError> {
    let row = sql.row(
        "SELECT 1 FROM reachable WHERE bot_id = ?1 AND telegram_id = ?2",
        values![bot_id, telegram_id],
    )?;
    Ok(row.is_some())
}

/// Remembers that it may, or that it may no more.
pub(super) fn set_reachable(
    sql: &mut dyn Sql,
    bot_id: i64,
    telegram_id: i64,
    since_ms: Option<i64>,
) -> Result<(), StoreError> {
    match since_ms {
        Some(since_ms) => sql.run(
            "INSERT INTO reachable (bot_id, telegram_id, since_ms) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
            values![bot_id, telegram_id, since_ms],
        )?,
        None => sql.run(
            "DELETE FROM reachable WHERE bot_id = ?1 AND telegram_id = ?2",
            values![bot_id, telegram_id],
        )?,
    };
    Ok(())
}

/// Replaces what is remembered, unless it was replaced meanwhile. The lease of a turn under way is
/// passed on, so that it does not write back what it read before.
pub(super) fn amend_memory(
    sql: &mut dyn Sql,
    conversation_id: &str,
    before: &str,
    after: &str,
) -> Result<bool, StoreError> {
    let amended = sql.run(
        "UPDATE conversations SET memory = ?3, lease = lease + 1, lease_until_ms = NULL
         WHERE id = ?1 AND memory = ?2",
        values![conversation_id, before, after],
    )?;
    Ok(amended == 1)
}
