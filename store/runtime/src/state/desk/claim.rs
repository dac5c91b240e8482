//! Beginning posts: the most urgent of all chats first, the oldest of those, never more than Telegram
//! allows. Calls are counted where they are claimed, so that no window can be exceeded however many
//! replicas send.

use std::collections::{BTreeMap, BTreeSet};

use super::claimed::claimed;
use super::{PostLimits, PostRow, windows};
use crate::StoreError;
use crate::sql::{Row, Sql, values};
use crate::state::claim::sql_limit;

/// A post that may begin, as far as choosing needs it.
struct Candidate {
    id: String,
    seq: i64,
    urgency: u32,
    created_at_ms: i64,
    makes: bool,
    /// Calls it needs: two where its topic has to be made first.
    calls: u32,
    bot_id: i64,
    chat_id: i64,
}

impl Candidate {
    fn of(row: &Row, bot_id: i64, chat_id: i64) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.get(0)?,
            seq: row.get(1)?,
            urgency: row.get(2)?,
            created_at_ms: row.get(3)?,
            makes: row.get(4)?,
            calls: row.get(5)?,
            bot_id,
            chat_id,
        })
    }
}

/// Claims posts that may be done now.
pub(super) fn begin(
    sql: &mut dyn Sql,
    now_ms: i64,
    lease_ms: i64,
    limits: &PostLimits,
    at_most: usize,
) -> Result<Vec<PostRow>, StoreError> {
    let mut candidates = Vec::new();
    let mut free = BTreeMap::new();
    for bot_id in windows::bots(sql)? {
        windows::hold(sql, bot_id)?;
        windows::forget(sql, bot_id, now_ms, limits)?;
        let calls = windows::bot_free(sql, bot_id, now_ms, limits)?;
        if calls == 0 {
            continue;
        }
        free.insert(bot_id, calls);
        for (chat_id, used) in windows::chats(sql, bot_id, now_ms, limits)? {
            let most = at_most.min(calls as usize);
            candidates.extend(of_chat(sql, (bot_id, chat_id), (now_ms, most), used, limits)?);
        }
    }
    candidates.sort_by_key(|it| (it.urgency, it.created_at_ms, it.seq));
    let mut begun = Vec::new();
    for post in candidates {
        let free = free.entry(post.bot_id).or_default();
        if begun.len() == at_most || *free < post.calls {
            continue;
        }
        *free -= post.calls;
        mark(sql, &post, now_ms, lease_ms)?;
        begun.extend(claimed(sql, &post.id)?);
    }
    Ok(begun)
}

/// The best of a chat, as many as may go there.
fn of_chat(
    sql: &mut dyn Sql,
    (bot_id, chat_id): (i64, i64),
    (now_ms, most): (i64, usize),
    used: u32,
    limits: &PostLimits,
) -> Result<Vec<Candidate>, StoreError> {
    let urgent = limits.chat.saturating_sub(used);
    let others = urgent.saturating_sub(limits.chat_reserved);
    let mut found = Vec::new();
    if urgent > 0 {
        let least = if others > 0 { i64::MAX } else { 1 };
        let rows = sql.rows(
            // The sign keeps SQLite from looking the posts up by when they are due, and sorting them all.
            "SELECT p.id, p.seq, p.urgency, p.created_at_ms, p.makes,
                    CASE WHEN t.threaded = 1 AND t.thread_id IS NULL THEN 2 ELSE 1 END
             FROM posts p LEFT JOIN topics t ON t.id = p.topic_id
             WHERE p.status = 'pending' AND p.bot_id = ?1 AND p.chat_id = ?2 AND p.makes = 1
               AND p.urgency <= ?3 AND +p.not_before_ms <= ?4
             ORDER BY p.urgency, p.created_at_ms, p.seq LIMIT ?5 /*+ FOR UPDATE OF p SKIP LOCKED */",
            values![bot_id, chat_id, least, now_ms, sql_limit(most.min(urgent as usize))],
        )?;
        let mut taken = 0;
        for row in &rows {
            let post = Candidate::of(row, bot_id, chat_id)?;
            if taken < if post.urgency <= 1 { urgent } else { others } {
                taken += 1;
                found.push(post);
            }
        }
    }
    let rows = sql.rows(
        "SELECT p.id, p.seq, p.urgency, p.created_at_ms, p.makes, 1, p.topic_id FROM posts p
         WHERE p.status = 'pending' AND p.bot_id = ?1 AND p.chat_id = ?2 AND p.makes = 0
           AND +p.not_before_ms <= ?3 AND NOT EXISTS (
             SELECT 1 FROM posts s WHERE s.topic_id = p.topic_id AND s.status = 'sending' AND s.makes = 0)
         ORDER BY p.urgency, p.created_at_ms, p.seq LIMIT ?4 /*+ FOR UPDATE OF p SKIP LOCKED */",
        values![bot_id, chat_id, now_ms, sql_limit(most)],
    )?;
    let mut topics = BTreeSet::new();
    for row in &rows {
        // One of a topic at a time, so that the newest is what stands in the end.
        if row.get::<Option<String>>(6)?.is_none_or(|topic| topics.insert(topic)) {
            found.push(Candidate::of(row, bot_id, chat_id)?);
        }
    }
    Ok(found)
}

fn mark(sql: &mut dyn Sql, post: &Candidate, now_ms: i64, lease_ms: i64) -> Result<(), StoreError> {
    sql.run(
        "UPDATE posts SET status = 'sending', attempts = attempts + 1, begun_at_ms = ?2, lease_until_ms = ?3
         WHERE id = ?1",
        values![&post.id, now_ms, now_ms.saturating_add(lease_ms)],
    )?;
    sql.run(
        "INSERT INTO post_calls (bot_id, chat_id, at_ms, makes, calls) VALUES (?1, ?2, ?3, ?4, ?5)",
        values![post.bot_id, post.chat_id, now_ms, i64::from(post.makes), post.calls],
    )?;
    Ok(())
}

/// Whether a message is being made in a chat.
pub(super) fn is_posting(sql: &mut dyn Sql, bot_id: i64, chat_id: i64) -> Result<bool, StoreError> {
    let found = sql.row(
        "SELECT 1 FROM posts WHERE status = 'sending' AND bot_id = ?1 AND chat_id = ?2 AND makes = 1 LIMIT 1",
        values![bot_id, chat_id],
    )?;
    Ok(found.is_some())
}
