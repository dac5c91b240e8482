//! What of Telegram's limits is used up, and when more is free.

use super::PostLimits;
use crate::StoreError;
use crate::sql::{Sql, values};

/// Bots with something to do. The first statement of a transaction that chooses posts.
pub(super) fn bots(sql: &mut dyn Sql) -> Result<Vec<i64>, StoreError> {
    // PostgreSQL keeps plans that it made while the tables were small; they must suit big ones.
    sql.row(
        "SELECT 1 /*+ FROM set_config('enable_seqscan', 'off', true) AS a, set_config('enable_sort', 'off', true) AS b,
             set_config('enable_bitmapscan', 'off', true) AS c */",
        &[],
    )?;
    let rows = sql.rows(
        "WITH RECURSIVE bots (id) AS (
             SELECT (SELECT bot_id FROM posts WHERE status = 'pending' ORDER BY bot_id LIMIT 1)
             UNION ALL
             SELECT (SELECT p.bot_id FROM posts p WHERE p.status = 'pending' AND p.bot_id > b.id
                     ORDER BY p.bot_id LIMIT 1)
             FROM bots b WHERE b.id IS NOT NULL)
         SELECT id FROM bots WHERE id IS NOT NULL",
        &[],
    )?;
    rows.iter().map(|row| row.get(0)).collect()
}

/// Holds a bot's calls until the end of the transaction: replicas count and claim in turn.
pub(super) fn hold(sql: &mut dyn Sql, bot_id: i64) -> Result<(), StoreError> {
    sql.row(
        "SELECT CAST(?1 AS bigint) /*+ FROM pg_advisory_xact_lock(CAST(?1 AS bigint)) */",
        values![bot_id],
    )?;
    Ok(())
}

/// Drops calls that no window reaches back to; clocks of replicas may differ by a window.
pub(super) fn forget(
    sql: &mut dyn Sql,
    bot_id: i64,
    now_ms: i64,
    limits: &PostLimits,
) -> Result<(), StoreError> {
    let oldest = now_ms - 2 * limits.chat_window_ms.max(limits.bot_window_ms);
    sql.run("DELETE FROM post_calls WHERE bot_id = ?1 AND at_ms < ?2", values![bot_id, oldest])?;
    Ok(())
}

/// Calls that a bot may begin now. What another replica's faster clock has begun counts too.
pub(super) fn bot_free(
    sql: &mut dyn Sql,
    bot_id: i64,
    now_ms: i64,
    limits: &PostLimits,
) -> Result<u32, StoreError> {
    if blocked_until(sql, bot_id, 0, now_ms)?.is_some() {
        return Ok(0);
    }
    let row = sql.row(
        "SELECT CAST(coalesce(sum(calls), 0) AS bigint) FROM post_calls WHERE bot_id = ?1 AND at_ms > ?2",
        values![bot_id, now_ms - limits.bot_window_ms],
    )?;
    let used: u32 = row.map_or(Ok(0), |row| row.get(0))?;
    Ok(limits.bot.saturating_sub(used))
}

/// Until when a bot must be silent in a chat, or everywhere (chat 0).
fn blocked_until(
    sql: &mut dyn Sql,
    bot_id: i64,
    chat_id: i64,
    now_ms: i64,
) -> Result<Option<i64>, StoreError> {
    let row = sql.row(
        "SELECT until_ms FROM blocks WHERE bot_id = ?1 AND chat_id = ?2 AND until_ms > ?3",
        values![bot_id, chat_id, now_ms],
    )?;
    row.map(|row| row.get(0)).transpose()
}

/// Chats of a bot with something to do that it may write to, and how many messages it made in each
/// within the window. Steps from chat to chat in an index.
pub(super) fn chats(
    sql: &mut dyn Sql,
    bot_id: i64,
    now_ms: i64,
    limits: &PostLimits,
) -> Result<Vec<(i64, u32)>, StoreError> {
    let rows = sql.rows(
        "WITH RECURSIVE chats (id) AS (
             SELECT (SELECT chat_id FROM posts WHERE status = 'pending' AND bot_id = ?1
                     ORDER BY chat_id LIMIT 1)
             UNION ALL
             SELECT (SELECT p.chat_id FROM posts p
                     WHERE p.status = 'pending' AND p.bot_id = ?1 AND p.chat_id > c.id
                     ORDER BY p.chat_id LIMIT 1)
             FROM chats c WHERE c.id IS NOT NULL)
         SELECT id, (SELECT count(*) FROM post_calls k
                     WHERE k.bot_id = ?1 AND k.chat_id = chats.id AND k.makes = 1 AND k.at_ms > ?2)
         FROM chats WHERE id IS NOT NULL AND NOT EXISTS (
             SELECT 1 FROM blocks b WHERE b.bot_id = ?1 AND b.chat_id = chats.id AND b.until_ms > ?3)",
        values![bot_id, now_ms - limits.chat_window_ms, now_ms],
    )?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// When the next post may begin; never later than it may, perhaps a little earlier.
pub(super) fn next(sql: &mut dyn Sql, now_ms: i64, limits: &PostLimits) -> Result<Option<i64>, StoreError> {
    let mut next = None;
    for bot_id in bots(sql)? {
        let bot_at = match blocked_until(sql, bot_id, 0, now_ms)? {
            Some(until) => until,
            None => bot_frees(sql, bot_id, limits)?,
        };
        for chat_id in waiting_chats(sql, bot_id)? {
            let blocked = blocked_until(sql, bot_id, chat_id, now_ms)?.unwrap_or(i64::MIN);
            let at = of_chat(sql, bot_id, chat_id, limits)?.map(|at| at.max(blocked).max(bot_at));
            next = next.into_iter().chain(at).min();
        }
    }
    Ok(next)
}

/// All chats of a bot with something to do.
fn waiting_chats(sql: &mut dyn Sql, bot_id: i64) -> Result<Vec<i64>, StoreError> {
    let rows = sql.rows(
        "WITH RECURSIVE chats (id) AS (
             SELECT (SELECT chat_id FROM posts WHERE status = 'pending' AND bot_id = ?1
                     ORDER BY chat_id LIMIT 1)
             UNION ALL
             SELECT (SELECT p.chat_id FROM posts p
                     WHERE p.status = 'pending' AND p.bot_id = ?1 AND p.chat_id > c.id
                     ORDER BY p.chat_id LIMIT 1)
             FROM chats c WHERE c.id IS NOT NULL)
         SELECT id FROM chats WHERE id IS NOT NULL",
        values![bot_id],
    )?;
    rows.iter().map(|row| row.get(0)).collect()
}

/// When something may begin in a chat, as far as the chat goes.
fn of_chat(
    sql: &mut dyn Sql,
    bot_id: i64,
    chat_id: i64,
    limits: &PostLimits,
) -> Result<Option<i64>, StoreError> {
    let mut next = None;
    for makes in [0_i64, 1] {
        let due = sql.row(
            "SELECT (SELECT not_before_ms FROM posts
                     WHERE status = 'pending' AND bot_id = ?1 AND chat_id = ?2 AND makes = ?3
                     ORDER BY not_before_ms LIMIT 1),
                    (SELECT urgency FROM posts
                     WHERE status = 'pending' AND bot_id = ?1 AND chat_id = ?2 AND makes = ?3
                     ORDER BY urgency, created_at_ms, seq LIMIT 1)",
            values![bot_id, chat_id, makes],
        )?;
        let Some(row) = due else { continue };
        let Some(mut at) = row.get::<Option<i64>>(0)? else { continue };
        if makes == 1 {
            let is_urgent = row.get::<Option<u32>>(1)?.is_some_and(|it| it <= 1);
            let most = if is_urgent { limits.chat } else { limits.chat.saturating_sub(limits.chat_reserved) };
            at = at.max(chat_frees(sql, (bot_id, chat_id), most, limits)?);
        }
        next = next.into_iter().chain([at]).min();
    }
    Ok(next)
}

/// When fewer than `most` messages are in a chat's window.
fn chat_frees(
    sql: &mut dyn Sql,
    (bot_id, chat_id): (i64, i64),
    most: u32,
    limits: &PostLimits,
) -> Result<i64, StoreError> {
    let row = sql.row(
        "SELECT at_ms FROM post_calls WHERE bot_id = ?1 AND chat_id = ?2 AND makes = 1
         ORDER BY at_ms DESC LIMIT 1 OFFSET ?3",
        values![bot_id, chat_id, i64::from(most.saturating_sub(1))],
    )?;
    row.map_or(Ok(i64::MIN), |row| Ok(row.get::<i64>(0)? + limits.chat_window_ms))
}

/// When fewer calls than it may make are in a bot's window.
fn bot_frees(sql: &mut dyn Sql, bot_id: i64, limits: &PostLimits) -> Result<i64, StoreError> {
    let rows = sql.rows(
        "SELECT at_ms, calls FROM post_calls WHERE bot_id = ?1 ORDER BY at_ms DESC LIMIT ?2",
        values![bot_id, limits.bot],
    )?;
    let mut calls = 0;
    for row in &rows {
        calls += row.get::<u32>(1)?;
        if calls >= limits.bot {
            return Ok(row.get::<i64>(0)? + limits.bot_window_ms);
        }
    }
    Ok(i64::MIN)
}
