//! Updates of bots: done once each. And where a bot's polling stands.

use super::UpdateKey;
use crate::StoreError;
use crate::sql::{Sql, values};

/// How long updates are known, milliseconds: longer than Telegram delivers them again.
const KEPT_MS: i64 = 3 * 86_400_000;

/// Takes an update in; false when it was seen before.
pub(super) fn first(sql: &mut dyn Sql, key: UpdateKey, now_ms: i64) -> Result<bool, StoreError> {
    let new = sql.run(
        "INSERT INTO updates (bot_id, update_id, received_at_ms) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
        values![key.bot_id, key.update_id, now_ms],
    )?;
    Ok(new == 1)
}

/// Drops what was kept long enough; says how many rows.
pub(super) fn tidy(sql: &mut dyn Sql, now_ms: i64) -> Result<u64, StoreError> {
    let updates = sql.run("DELETE FROM updates WHERE received_at_ms < ?1", values![now_ms - KEPT_MS])?;
    let blocks = sql.run("DELETE FROM blocks WHERE until_ms < ?1", values![now_ms - KEPT_MS])?;
    let calls = sql.run("DELETE FROM post_calls WHERE at_ms < ?1", values![now_ms - KEPT_MS])?;
    let holds = sql.run("DELETE FROM holds WHERE until_ms < ?1", values![now_ms - KEPT_MS])?;
    Ok(updates + blocks + calls + holds)
}

/// The update a bot's polling asks for next.
pub(super) fn cursor(sql: &mut dyn Sql, bot_id: i64) -> Result<Option<i64>, StoreError> {
    let row = sql.row("SELECT next_update_id FROM cursors WHERE bot_id = ?1", values![bot_id])?;
    row.map(|row| row.get(0)).transpose()
}

/// Moves it.
pub(super) fn set_cursor(sql: &mut dyn Sql, bot_id: i64, next: i64) -> Result<(), StoreError> {
    sql.run(
        "INSERT INTO cursors (bot_id, next_update_id) VALUES (?1, ?2)
         ON CONFLICT (bot_id) DO UPDATE SET next_update_id = excluded.next_update_id",
        values![bot_id, next],
    )?;
    Ok(())
}

/// What one process of all may do until then; whoever holds it may go on holding it.
pub(super) fn hold(
    sql: &mut dyn Sql,
    key: &str,
    holder: &str,
    until_ms: i64,
    now_ms: i64,
) -> Result<bool, StoreError> {
    let held = sql.run(
        "INSERT INTO holds (key, holder, until_ms) VALUES (?1, ?2, ?3)
         ON CONFLICT (key) DO UPDATE SET holder = excluded.holder, until_ms = excluded.until_ms
         WHERE holds.until_ms <= ?4 OR holds.holder = excluded.holder",
        values![key, holder, until_ms, now_ms],
    )?;
    Ok(held == 1)
}

/// Lets it go.
pub(super) fn let_go(sql: &mut dyn Sql, key: &str, holder: &str) -> Result<(), StoreError> {
    sql.run("DELETE FROM holds WHERE key = ?1 AND holder = ?2", values![key, holder])?;
    Ok(())
}

/// Counts a call that no post asks for.
pub(super) fn called(
    sql: &mut dyn Sql,
    (bot_id, chat_id): (i64, i64),
    makes: bool,
    now_ms: i64,
) -> Result<(), StoreError> {
    sql.run(
        "INSERT INTO post_calls (bot_id, chat_id, at_ms, makes, calls) VALUES (?1, ?2, ?3, ?4, 1)",
        values![bot_id, chat_id, now_ms, i64::from(makes)],
    )?;
    Ok(())
}

/// A bot is silent until then, in a chat or everywhere.
pub(super) fn block(
    sql: &mut dyn Sql,
    bot_id: i64,
    chat_id: Option<i64>,
    until_ms: i64,
) -> Result<(), StoreError> {
    sql.run(
        "INSERT INTO blocks (bot_id, chat_id, until_ms) VALUES (?1, ?2, ?3)
         ON CONFLICT (bot_id, chat_id) DO UPDATE SET until_ms = excluded.until_ms
         WHERE blocks.until_ms < excluded.until_ms",
        values![bot_id, chat_id.unwrap_or(0), until_ms],
    )?;
    Ok(())
}
