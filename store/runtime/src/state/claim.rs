//! Claiming what is due: the tenants in turn, of each the longest waiting first.

use std::collections::BTreeMap;

use super::read;
use super::rows::doubt_of;
use crate::sql::{Row, Sql, values};
use crate::{Claim, MOST_DOUBT, StoreError, Turnstile};

/// Claims conversations whose burst is due.
pub(super) fn claim(
    sql: &mut dyn Sql,
    now_ms: i64,
    lease_ms: i64,
    pass: &Turnstile,
) -> Result<Vec<Claim>, StoreError> {
    let mut doubt = pass.doubt;
    let claimed = match few_due(sql, now_ms, most_cut(doubt))? {
        Some(due) => claim_few(sql, due, (now_ms, lease_ms), pass)?,
        None => claim_many(sql, (now_ms, lease_ms), pass)?,
    };
    let mut claims = Vec::new();
    for claim in claimed {
        if claim.doubt() > doubt {
            give_back(sql, &claim.conversation_id)?;
        } else {
            doubt -= claim.doubt();
            claims.push(claim);
        }
    }
    let ids: Vec<_> = claims.iter().map(|it| it.conversation_id.as_str()).collect();
    let bursts = read::waiting(sql, &ids)?;
    for (claim, burst) in claims.iter_mut().zip(bursts) {
        claim.received_at_ms = burst.iter().map(|it| it.at_ms).max().unwrap_or_default();
        claim.burst = burst;
        if claim.burst.is_empty() {
            // A claim without a burst would be nobody's to settle.
            settle(sql, &claim.conversation_id)?;
        }
    }
    claims.retain(|it| !it.burst.is_empty());
    Ok(claims)
}

/// How often a turn may have been cut short that is claimed while there is room for so much doubt.
fn most_cut(doubt: usize) -> i64 {
    match doubt {
        0 => 0,
        MOST_DOUBT => i64::MAX,
        _ => 1,
    }
}

/// More due conversations than this are not looked at one by one.
const FEW: usize = 128;

/// A conversation that may be claimed.
struct Due {
    slug: String,
    id: String,
    attempts: u32,
}

/// All conversations that may be claimed, the longest waiting first, where they are few.
fn few_due(sql: &mut dyn Sql, now_ms: i64, most_cut: i64) -> Result<Option<Vec<Due>>, StoreError> {
    let rows = sql.rows(
        "SELECT client_slug, id, attempts FROM conversations
         WHERE due_at_ms <= ?1 AND state <> 'manager_active' AND (lease_until_ms IS NULL OR lease_until_ms <= ?1)
           AND attempts <= ?3
         ORDER BY due_at_ms LIMIT ?2",
        values![now_ms, sql_limit(FEW), most_cut],
    )?;
    if rows.len() == FEW {
        return Ok(None);
    }
    let due = |row: &Row| Ok(Due { slug: row.get(0)?, id: row.get(1)?, attempts: row.get(2)? });
    rows.iter().map(due).collect::<Result<_, _>>().map(Some)
}

/// Claims of these, of each tenant as many as the turnstile lets through.
fn claim_few(
    sql: &mut dyn Sql,
    mut due: Vec<Due>,
    (now_ms, lease_ms): (i64, i64),
    pass: &Turnstile,
) -> Result<Vec<Claim>, StoreError> {
    // Those that are doubted least go first: they leave nothing undone when another kills the process.
    due.sort_by_key(|it| it.attempts);
    let mut of_tenant: BTreeMap<&str, Vec<&Due>> = BTreeMap::new();
    for it in &due {
        of_tenant.entry(&it.slug).or_default().push(it);
    }
    let (behind, ahead): (Vec<_>, Vec<_>) = of_tenant.keys().partition(|it| **it <= pass.after.as_str());
    let in_turn = ahead.into_iter().chain(behind).map(str::to_owned).collect();
    let (mut picked, mut doubt) = (Vec::new(), pass.doubt);
    for (slug, share) in shares(in_turn, pass) {
        let mut left = share;
        for it in &of_tenant[slug.as_str()] {
            if left > 0 && doubt_of(it.attempts) <= doubt {
                (left, doubt) = (left - 1, doubt - doubt_of(it.attempts));
                picked.push(it.id.as_str());
            }
        }
    }
    claim_picked(sql, &picked, (now_ms, lease_ms))
}

/// Claims those that were found due in the same transaction.
fn claim_picked(
    sql: &mut dyn Sql,
    ids: &[&str],
    (now_ms, lease_ms): (i64, i64),
) -> Result<Vec<Claim>, StoreError> {
    let until_ms = now_ms.saturating_add(lease_ms);
    if let Some(rows) = sql.claim(ids, now_ms, until_ms)? {
        return rows.iter().map(claimed).collect();
    }
    let mut claims = Vec::new();
    for id in ids {
        claims.extend(claim_near(sql, id, until_ms)?);
    }
    Ok(claims)
}

fn claim_near(sql: &mut dyn Sql, id: &str, until_ms: i64) -> Result<Option<Claim>, StoreError> {
    sql.run(
        "UPDATE conversations SET lease = lease + 1, lease_until_ms = ?2, attempts = attempts + 1 WHERE id = ?1",
        values![id, until_ms],
    )?;
    let row = sql.row(
        "SELECT c.id, c.client_slug, c.jid, u.name, c.instance_id, c.state, c.memory, c.lease, c.epoch,
                c.attempts - 1, c.due_at_ms
         FROM conversations c JOIN users u ON u.id = c.user_id WHERE c.id = ?1",
        values![id],
    )?;
    row.as_ref().map(claimed).transpose()
}

/// Claims tenant by tenant, so that it does not matter how many conversations of one are due.
fn claim_many(
    sql: &mut dyn Sql,
    (now_ms, lease_ms): (i64, i64),
    pass: &Turnstile,
) -> Result<Vec<Claim>, StoreError> {
    let most_cut = most_cut(pass.doubt);
    let due = |sql: &mut dyn Sql, behind: (&str, &str), now_ms: i64, most: usize| {
        due_tenants(sql, behind, now_ms, (most, most_cut))
    };
    let in_turn = in_turn(sql, due, now_ms, pass)?;
    let each: Vec<_> = in_turn
        .iter()
        .map(|(slug, share)| values![slug, now_ms, sql_limit(*share), most_cut].to_vec())
        .collect();
    let picked = sql.each(
        "SELECT id, attempts FROM conversations
         WHERE client_slug = ?1 AND due_at_ms <= ?2 AND state <> 'manager_active'
           AND (lease_until_ms IS NULL OR lease_until_ms <= ?2) AND attempts <= ?4
         ORDER BY due_at_ms LIMIT ?3 /*+ FOR UPDATE SKIP LOCKED */",
        &each,
    )?;
    let (mut ids, mut doubt) = (Vec::new(), pass.doubt);
    for of_tenant in &picked {
        let of_tenant = of_tenant.iter().map(|row| Ok((row.get(1)?, row.get(0)?)));
        let mut of_tenant: Vec<(u32, String)> = of_tenant.collect::<Result<_, StoreError>>()?;
        of_tenant.sort_by_key(|it| it.0);
        for (attempts, id) in of_tenant {
            if doubt_of(attempts) <= doubt {
                doubt -= doubt_of(attempts);
                ids.push(id);
            }
        }
    }
    let ids: Vec<_> = ids.iter().map(String::as_str).collect();
    claim_picked(sql, &ids, (now_ms, lease_ms))
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
        received_at_ms: 0,
    })
}

/// The last slug there could be, and more.
const LAST: &str = "~";

/// Whose turn it is, and how many each of them may have now. `tenants` finds those behind one slug and
/// up to another, in the order of their slugs.
pub(super) fn in_turn(
    sql: &mut dyn Sql,
    tenants: impl Fn(&mut dyn Sql, (&str, &str), i64, usize) -> Result<Vec<String>, StoreError>,
    now_ms: i64,
    pass: &Turnstile,
) -> Result<Vec<(String, usize)>, StoreError> {
    // Those that are full are passed over below, so as many more are asked for.
    let most = pass.limit.saturating_add(pass.at_work.len());
    let mut found = tenants(sql, (&pass.after, LAST), now_ms, most)?;
    if found.len() < most && !pass.after.is_empty() {
        found.extend(tenants(sql, ("", &pass.after), now_ms, most - found.len())?);
    }
    Ok(shares(found, pass))
}

/// How many each of these tenants, whose turn it is in this order, may have now.
fn shares(mut in_turn: Vec<String>, pass: &Turnstile) -> Vec<(String, usize)> {
    in_turn.retain(|slug| pass.room(slug) > 0);
    in_turn.truncate(pass.limit);
    let share = pass.limit / in_turn.len().max(1);
    in_turn.into_iter().map(|slug| (pass.room(&slug).min(share), slug)).map(|(n, slug)| (slug, n)).collect()
}

/// Tenants with a burst that may be claimed. Steps from slug to slug in an index, so a tenant with
/// ten thousand of them costs no more than one with one. What is asked of each tenant is a value with a
/// limit, here and wherever a queue is looked into: `EXISTS` is a join to PostgreSQL, which it may plan
/// over whole tables while they are small and keep when they are big.
fn due_tenants(
    sql: &mut dyn Sql,
    (after, until): (&str, &str),
    now_ms: i64,
    (most, most_cut): (usize, i64),
) -> Result<Vec<String>, StoreError> {
    let rows = sql.rows(
        "WITH RECURSIVE tenants (slug) AS (
             SELECT (SELECT min(client_slug) FROM conversations
                     WHERE due_at_ms IS NOT NULL AND client_slug > ?1)
             UNION ALL
             SELECT (SELECT min(c.client_slug) FROM conversations c
                     WHERE c.due_at_ms IS NOT NULL AND c.client_slug > t.slug)
             FROM tenants t WHERE t.slug IS NOT NULL AND t.slug <= ?2)
         SELECT slug FROM tenants WHERE slug IS NOT NULL AND slug <= ?2 AND (
             SELECT 1 FROM conversations c
             WHERE c.client_slug = slug AND c.due_at_ms <= ?3 AND c.state <> 'manager_active'
               AND (c.lease_until_ms IS NULL OR c.lease_until_ms <= ?3) AND c.attempts <= ?5
             LIMIT 1) IS NOT NULL
         LIMIT ?4",
        values![after, until, now_ms, sql_limit(most), most_cut],
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

/// Takes a claim back that nobody has heard of.
fn give_back(sql: &mut dyn Sql, conversation_id: &str) -> Result<(), StoreError> {
    sql.run(
        "UPDATE conversations SET lease_until_ms = NULL, attempts = attempts - 1 WHERE id = ?1",
        values![conversation_id],
    )?;
    Ok(())
}

/// A turn came to nothing, and nothing cut it short: it is no attempt. Its lease is left to lapse, so
/// that it is not tried again at once.
pub(super) fn leave(sql: &mut dyn Sql, conversation_id: &str, lease: i64) -> Result<(), StoreError> {
    sql.run(
        "UPDATE conversations SET attempts = attempts - 1 WHERE id = ?1 AND lease = ?2 AND attempts > 0",
        values![conversation_id, lease],
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
