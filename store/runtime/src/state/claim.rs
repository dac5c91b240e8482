//! Claiming what is due: the tenants in turn, of each the longest waiting first.

use super::read;
use crate::sql::{Row, Sql, values};
use crate::{Claim, StoreError, Turnstile};

/// Claims conversations whose burst is due.
pub(super) fn claim(
    sql: &mut dyn Sql,
    now_ms: i64,
    lease_ms: i64,
    pass: &Turnstile,
) -> Result<Vec<Claim>, StoreError> {
    let tenants = in_turn(sql, due_tenants, now_ms, pass)?;
    let mut claims = Vec::new();
    for (slug, share) in tenants {
        let mut claimed = claim_of(sql, &slug, (now_ms, lease_ms), share)?;
        claimed.sort_by_key(|it| it.due_at_ms);
        for mut claim in claimed {
            claim.burst = read::waiting(sql, &claim.conversation_id)?;
            if claim.burst.is_empty() {
                // A claim without a burst would be nobody's to settle.
                settle(sql, &claim.conversation_id)?;
            } else {
                claims.push(claim);
            }
        }
    }
    Ok(claims)
}

fn claim_of(
    sql: &mut dyn Sql,
    slug: &str,
    (now_ms, lease_ms): (i64, i64),
    share: usize,
) -> Result<Vec<Claim>, StoreError> {
    let rows = sql.rows(
        // Picked before anything is changed: a limit that is looked at again while rows are locked and
        // changed lets more through.
        "WITH picked AS MATERIALIZED (
             SELECT id FROM conversations
             WHERE client_slug = ?1 AND due_at_ms <= ?2 AND state <> 'manager_active'
               AND (lease_until_ms IS NULL OR lease_until_ms <= ?2)
             ORDER BY due_at_ms LIMIT ?4 /*+ FOR UPDATE SKIP LOCKED */)
         UPDATE conversations SET lease = lease + 1, lease_until_ms = ?3, attempts = attempts + 1
         WHERE id IN (SELECT id FROM picked)
         RETURNING id, client_slug, jid, (SELECT name FROM users WHERE users.id = conversations.user_id),
             instance_id, state, memory, lease, epoch, attempts - 1, due_at_ms",
        values![slug, now_ms, now_ms.saturating_add(lease_ms), sql_limit(share)],
    )?;
    rows.iter().map(claimed).collect()
}

fn claimed(row: &Row) -> Result<Claim, StoreError> {
    Ok(Claim {
        conversation_id: row.get(0)?,
        slug: row.get(1)?,
        jid: row.get(2)?,
        sender: row.get(3)?,
        instance_id: row.get(4)?,
        state: row.get(5)?,
        memory: row.get(6)?,
        burst: Vec::new(),
        lease: row.get(7)?,
        epoch: row.get(8)?,
        attempts: row.get(9)?,
        due_at_ms: row.get(10)?,
    })
}

/// Tenants behind `after` and up to `until`, in the order of their slugs.
type Tenants = fn(&mut dyn Sql, (&str, &str), i64, usize) -> Result<Vec<String>, StoreError>;

/// The last slug there could be, and more.
const LAST: &str = "~";

/// Whose turn it is, and how many each of them may have now.
pub(super) fn in_turn(
    sql: &mut dyn Sql,
    tenants: Tenants,
    now_ms: i64,
    pass: &Turnstile,
) -> Result<Vec<(String, usize)>, StoreError> {
    // Those that are full are passed over below, so as many more are asked for.
    let most = pass.limit.saturating_add(pass.at_work.len());
    let mut found = tenants(sql, (&pass.after, LAST), now_ms, most)?;
    if found.len() < most && !pass.after.is_empty() {
        found.extend(tenants(sql, ("", &pass.after), now_ms, most - found.len())?);
    }
    found.retain(|slug| pass.room(slug) > 0);
    found.truncate(pass.limit);
    let share = pass.limit / found.len().max(1);
    Ok(found.into_iter().map(|slug| (pass.room(&slug).min(share), slug)).map(|(n, slug)| (slug, n)).collect())
}

/// Tenants with a burst that may be claimed. Steps from slug to slug in an index, so a tenant with
/// ten thousand of them costs no more than one with one.
fn due_tenants(
    sql: &mut dyn Sql,
    (after, until): (&str, &str),
    now_ms: i64,
    most: usize,
) -> Result<Vec<String>, StoreError> {
    let rows = sql.rows(
        "WITH RECURSIVE tenants (slug) AS (
             SELECT (SELECT min(client_slug) FROM conversations
                     WHERE due_at_ms IS NOT NULL AND client_slug > ?1)
             UNION ALL
             SELECT (SELECT min(c.client_slug) FROM conversations c
                     WHERE c.due_at_ms IS NOT NULL AND c.client_slug > t.slug)
             FROM tenants t WHERE t.slug IS NOT NULL AND t.slug <= ?2)
         SELECT slug FROM tenants WHERE slug IS NOT NULL AND slug <= ?2 AND EXISTS (
             SELECT 1 FROM conversations c
             WHERE c.client_slug = slug AND c.due_at_ms <= ?3 AND c.state <> 'manager_active'
               AND (c.lease_until_ms IS NULL OR c.lease_until_ms <= ?3))
         LIMIT ?4",
        values![after, until, now_ms, sql_limit(most)],
    )?;
    rows.iter().map(|row| row.get(0)).collect()
}

/// Nothing waits any more and nobody holds the conversation.
pub(super) fn settle(sql: &mut dyn Sql, conversation_id: &str) -> Result<(), StoreError> {
    sql.run(
        "UPDATE conversations SET due_at_ms = NULL, lease_until_ms = NULL, attempts = 0 WHERE id = ?1",
        values![conversation_id],
    )?;
    Ok(())
}

/// Gives back the claims of a process that is gone, so that its bursts need not wait for the
/// leases to run out. Should it still live after all, the fence rejects what it commits.
pub(super) fn release_leases(sql: &mut dyn Sql) -> Result<(), StoreError> {
    sql.run("UPDATE conversations SET lease_until_ms = NULL WHERE lease_until_ms IS NOT NULL", &[])?;
    sql.run("UPDATE timers SET lease_until_ms = NULL WHERE lease_until_ms IS NOT NULL", &[])?;
    Ok(())
}

/// A limit as SQL takes it.
pub(super) fn sql_limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
