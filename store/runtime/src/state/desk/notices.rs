//! What owners are told, once for each cause: the posts in Telegram and the messages to their phones
//! are written in the transaction that decides to tell. Messages leave one at a time of a tenant.

use super::route;
use super::rows::{Announcement, NewNotice, NoticeRow, Notices};
use crate::sql::{Row, Sql, values};
use crate::state::Ring;
use crate::state::claim::sql_limit;
use crate::{Inbound, Settlement, StoreError};

/// The pause between two messages of a tenant to its owners, milliseconds: the number that they come
/// from is the one that customers wait for.
const PACE_MS: i64 = 1_000;
/// The same text within this time is ours, milliseconds.
const SAME_TEXT_MS: i64 = 120_000;
/// How long settled ones are kept, milliseconds: longer than any gateway echoes again, and than any post
/// is tried.
const KEPT_MS: i64 = 30 * 86_400_000;

/// Tells once for a key; false when it was told before.
pub(super) fn announce(sql: &mut dyn Sql, it: &Announcement) -> Result<bool, StoreError> {
    let told = "INSERT INTO told (key, at_ms) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
    if sql.run(told, values![&it.key, it.now_ms])? == 0 {
        return Ok(false);
    }
    sql.ring(Ring::Desk);
    it.posts.iter().try_for_each(|post| route::tell(sql, post))?;
    let now = it.notices.iter().map(|it| (it, "pending"));
    for (NewNotice { id, jid, text }, status) in now.chain(it.otherwise.iter().map(|it| (it, "held"))) {
        sql.run(
            "INSERT INTO notices (id, client_slug, jid, text, status, not_before_ms, created_at_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)",
            values![id, &it.slug, jid, text, status, it.now_ms],
        )?;
    }
    Ok(true)
}

/// What a post in Telegram did not tell, phones do: a message of them that was not let go before has its
/// day from now on.
pub(super) fn instead_of(sql: &mut dyn Sql, post_id: &str, now_ms: i64) -> Result<(), StoreError> {
    for id in otherwise(sql, post_id)? {
        sql.run(
            "UPDATE notices SET status = 'pending', not_before_ms = ?2, created_at_ms = ?2
             WHERE id = ?1 AND status = 'held'",
            values![&id, now_ms],
        )?;
    }
    Ok(())
}

/// What a post in Telegram has told, phones need not: a message of them goes that no other post may
/// still need.
pub(super) fn told(sql: &mut dyn Sql, post_id: &str) -> Result<(), StoreError> {
    for id in otherwise(sql, post_id)? {
        sql.run(
            // What tells of one cause is made in one moment.
            "DELETE FROM notices WHERE id = ?1 AND status = 'held' AND NOT EXISTS (
                 SELECT 1 FROM posts p
                 WHERE p.client_slug = notices.client_slug AND p.created_at_ms = notices.created_at_ms
                   AND p.kind = 'alert' AND p.status IN ('queued', 'pending', 'sending')
                   AND p.payload <> replace(p.payload, notices.id, ''))",
            values![&id],
        )?;
    }
    Ok(())
}

/// The messages to phones that a post names.
fn otherwise(sql: &mut dyn Sql, post_id: &str) -> Result<Vec<String>, StoreError> {
    let Some(row) = sql.row("SELECT payload FROM posts WHERE id = ?1", values![post_id])? else {
        return Ok(Vec::new());
    };
    let payload: serde_json::Value = serde_json::from_str(&row.get::<String>(0)?).unwrap_or_default();
    let ids = payload["otherwise"].as_array().into_iter().flatten();
    Ok(ids.filter_map(|it| it.as_str()).map(str::to_owned).collect())
}

/// Begins what may leave now: of each tenant the oldest that is due, behind the one that is leaving.
pub(super) fn begin(
    sql: &mut dyn Sql,
    now_ms: i64,
    lease_ms: i64,
    at_most: usize,
) -> Result<Vec<NoticeRow>, StoreError> {
    let rows = sql.rows(
        "SELECT n.id, n.client_slug, n.jid, n.text, n.attempts + 1, n.created_at_ms FROM notices n
         WHERE n.status = 'pending' AND n.not_before_ms <= ?1 AND NOT EXISTS (
             SELECT 1 FROM notices e WHERE e.client_slug = n.client_slug AND e.status IN ('pending', 'sending')
             AND (e.status = 'sending' OR (e.not_before_ms <= ?1 AND e.seq < n.seq)))
           AND NOT EXISTS (
             SELECT 1 FROM notices e WHERE e.client_slug = n.client_slug
             AND e.begun_at_ms > ?2 AND e.begun_at_ms <= ?1)
         ORDER BY n.seq LIMIT ?3 /*+ FOR UPDATE OF n SKIP LOCKED */",
        values![now_ms, now_ms - PACE_MS, sql_limit(at_most)],
    )?;
    let begun: Vec<NoticeRow> = rows.iter().map(notice).collect::<Result<_, _>>()?;
    for it in &begun {
        sql.run(
            "UPDATE notices SET status = 'sending', attempts = ?2, begun_at_ms = ?3, lease_until_ms = ?4
             WHERE id = ?1",
            values![&it.id, it.attempts, now_ms, now_ms.saturating_add(lease_ms)],
        )?;
    }
    Ok(begun)
}

fn notice(row: &Row) -> Result<NoticeRow, StoreError> {
    Ok(NoticeRow {
        id: row.get(0)?,
        slug: row.get(1)?,
        jid: row.get(2)?,
        text: row.get(3)?,
        attempts: row.get(4)?,
        created_at_ms: row.get(5)?,
    })
}

/// Records what a send came to.
pub(super) fn settle(
    sql: &mut dyn Sql,
    id: &str,
    attempt: u32,
    settlement: &Settlement,
    now_ms: i64,
) -> Result<(), StoreError> {
    let row = sql.row("SELECT status, attempts FROM notices WHERE id = ?1 /*+ FOR UPDATE */", values![id])?;
    let row = row.ok_or_else(|| StoreError::Missing(format!("notice {id}")))?;
    let is_sent = matches!(settlement, Settlement::Sent | Settlement::SentWithout { .. });
    match (row.get::<String>(0)?.as_str(), row.get::<u32>(1)?) {
        ("sending", now) if now == attempt => {}
        // Its echo came before the gateway's answer, or the answer is told twice.
        ("sent", _) => return Ok(()),
        // Taken up again since: that it went out after all is good to know.
        ("sending" | "pending" | "unknown", now) if is_sent && (1..=now).contains(&attempt) => {}
        _ => return Err(StoreError::Stale),
    }
    match settlement {
        Settlement::Sent | Settlement::SentWithout { .. } => close(sql, id, "sent", None, now_ms),
        Settlement::Unknown { error } => close(sql, id, "unknown", Some(error), now_ms),
        Settlement::Dead { error } => close(sql, id, "dead", Some(error), now_ms),
        Settlement::Retry { at_ms, .. } | Settlement::Waits { at_ms, .. } => {
            sql.run(
                "UPDATE notices SET status = 'pending', not_before_ms = ?2, error = ?3, lease_until_ms = NULL
                 WHERE id = ?1",
                values![id, *at_ms, settlement.error()],
            )?;
            Ok(())
        }
    }
}

fn close(
    sql: &mut dyn Sql,
    id: &str,
    status: &str,
    error: Option<&str>,
    now_ms: i64,
) -> Result<(), StoreError> {
    sql.run(
        "UPDATE notices SET status = ?2, error = ?3, settled_at_ms = ?4, lease_until_ms = NULL WHERE id = ?1",
        values![id, status, error, now_ms],
    )?;
    Ok(())
}

/// Whether one is being sent.
pub(super) fn any_sending(sql: &mut dyn Sql) -> Result<bool, StoreError> {
    Ok(sql
        .row(
            "SELECT 1 FROM notices WHERE status IN ('pending', 'sending') AND status = 'sending' LIMIT 1",
            &[],
        )?
        .is_some())
}

/// Takes up what a crash left being sent; `all`: also what somebody's lease still holds.
pub(super) fn recover(
    sql: &mut dyn Sql,
    idempotent: bool,
    all: bool,
    now_ms: i64,
) -> Result<usize, StoreError> {
    let left = sql.run(
        "UPDATE notices SET error = 'interrupted', lease_until_ms = NULL, not_before_ms = ?1,
             status = CASE WHEN ?3 THEN 'pending' ELSE 'unknown' END,
             settled_at_ms = CASE WHEN ?3 THEN settled_at_ms ELSE CAST(?1 AS bigint) END
         WHERE status = 'sending' AND (?2 OR lease_until_ms IS NULL OR lease_until_ms <= ?1)",
        values![now_ms, all, idempotent],
    )?;
    Ok(usize::try_from(left).unwrap_or(usize::MAX))
}

/// Whether an echo shows one of these; then it went out, whatever the gateway answers.
pub(in crate::state) fn echoed(sql: &mut dyn Sql, echo: &Inbound) -> Result<bool, StoreError> {
    let rows = sql.rows(
        "SELECT id, status, text, CASE WHEN id = ?3 OR echo_id = ?3 THEN 1 ELSE 0 END FROM notices
         WHERE client_slug = ?1 AND begun_at_ms IS NOT NULL AND (id = ?3 OR echo_id = ?3
           OR (jid = ?2 AND (begun_at_ms >= ?4 OR settled_at_ms >= ?4)))
         ORDER BY 4 DESC, CASE WHEN echo_id IS NULL THEN 0 ELSE 1 END, seq",
        values![&echo.slug, &echo.jid, &echo.message_id, echo.received_at_ms - SAME_TEXT_MS],
    )?;
    let text = crate::state::echo::comparable(&echo.text);
    for row in &rows {
        let is_ours = row.get::<bool>(3)?
            || (!text.is_empty() && crate::state::echo::comparable(&row.get::<String>(2)?) == text);
        if !is_ours {
            continue;
        }
        let (id, status): (String, String) = (row.get(0)?, row.get(1)?);
        sql.run(
            "UPDATE notices SET echo_id = coalesce(echo_id, ?2) WHERE id = ?1",
            values![&id, &echo.message_id],
        )?;
        if status != "sent" {
            close(sql, &id, "sent", None, echo.received_at_ms)?;
        }
        return Ok(true);
    }
    Ok(false)
}

/// When the next may begin.
pub(super) fn next(sql: &mut dyn Sql) -> Result<Option<i64>, StoreError> {
    let row = sql.row(
        "SELECT min(n.not_before_ms) FROM notices n WHERE n.status = 'pending' AND NOT EXISTS (
             SELECT 1 FROM notices e WHERE e.client_slug = n.client_slug AND e.status = 'sending')",
        &[],
    )?;
    row.map_or(Ok(None), |it| it.get(0))
}

/// What waits, and what was given up since then.
pub(super) fn count(sql: &mut dyn Sql, slug: Option<&str>, since_ms: i64) -> Result<Notices, StoreError> {
    let row = sql.row(
        "SELECT coalesce(sum(CASE WHEN status IN ('pending', 'sending') THEN 1 ELSE 0 END), 0),
                coalesce(sum(CASE WHEN status = 'dead' AND settled_at_ms >= ?2 THEN 1 ELSE 0 END), 0),
                coalesce(sum(CASE WHEN status = 'unknown' AND settled_at_ms >= ?2 THEN 1 ELSE 0 END), 0)
         FROM notices WHERE CAST(?1 AS text) IS NULL OR client_slug = ?1",
        values![slug, since_ms],
    )?;
    let Some(row) = row else { return Ok(Notices::default()) };
    Ok(Notices { waiting: row.get(0)?, dead: row.get(1)?, unknown: row.get(2)? })
}

/// Drops what was kept long enough; says how many rows.
pub(super) fn tidy(sql: &mut dyn Sql, now_ms: i64) -> Result<u64, StoreError> {
    let before_ms = now_ms - KEPT_MS;
    let settled = sql.run(
        "DELETE FROM notices WHERE settled_at_ms < ?1 AND status IN ('sent', 'unknown', 'dead')",
        values![before_ms],
    )?;
    // Their posts were done, or given up, long ago.
    let held =
        sql.run("DELETE FROM notices WHERE status = 'held' AND created_at_ms < ?1", values![before_ms])?;
    Ok(settled + held)
}
