//! Leases of work that takes its time: whoever is at it says so now and then, so that nobody waits for
//! long for what a dead process held.

use super::rows::Held;
use crate::StoreError;
use crate::sql::{Sql, Value, values};

/// Moves the ends of these leases on; returns those that are not the caller's any more.
pub(super) fn renew(sql: &mut dyn Sql, held: &Held, until_ms: i64) -> Result<Held, StoreError> {
    let turns: Vec<_> = held
        .turns
        .iter()
        .map(|(id, lease)| vec![Value::from(id), Value::from(*lease), Value::from(until_ms)])
        .collect();
    // Nobody is waited for: whoever has a row locked is about to end the lease, or to leave it as it is.
    let renewed = sql.runs(
        "UPDATE conversations SET lease_until_ms = ?3 WHERE id = (
             SELECT id FROM conversations WHERE id = ?1 AND lease = ?2 AND lease_until_ms IS NOT NULL
             /*+ FOR UPDATE SKIP LOCKED */)",
        &turns,
    )?;
    let mut gone = Held::default();
    for (turn, renewed) in held.turns.iter().zip(renewed) {
        if renewed == 0 && !holds_turn(sql, turn)? {
            gone.turns.push(turn.clone());
        }
    }
    let sends: Vec<_> = held
        .sends
        .iter()
        .map(|(id, attempt)| vec![Value::from(id), Value::from(*attempt), Value::from(until_ms)])
        .collect();
    let renewed = sql.runs(
        "UPDATE outbox SET lease_until_ms = ?3 WHERE id = (
             SELECT id FROM outbox WHERE id = ?1 AND status = 'sending' AND attempts = ?2
             /*+ FOR UPDATE SKIP LOCKED */)",
        &sends,
    )?;
    for (send, renewed) in held.sends.iter().zip(renewed) {
        if renewed == 0 && !holds_send(sql, send)? {
            gone.sends.push(send.clone());
        }
    }
    Ok(gone)
}

/// Whether a claim stands, locked or not.
fn holds_turn(sql: &mut dyn Sql, (id, lease): &(String, i64)) -> Result<bool, StoreError> {
    let row = sql.row(
        "SELECT 1 FROM conversations WHERE id = ?1 AND lease = ?2 AND lease_until_ms IS NOT NULL",
        values![id, *lease],
    )?;
    Ok(row.is_some())
}

/// Whether a send stands, locked or not.
fn holds_send(sql: &mut dyn Sql, (id, attempt): &(String, u32)) -> Result<bool, StoreError> {
    let row = sql.row(
        "SELECT 1 FROM outbox WHERE id = ?1 AND status = 'sending' AND attempts = ?2",
        values![id, *attempt],
    )?;
    Ok(row.is_some())
}

/// Whether anything is due, or held, later than anything can be.
pub(super) fn any_far(sql: &mut dyn Sql, far_ms: i64) -> Result<bool, StoreError> {
    let far = sql.row(
        "SELECT 1 FROM (SELECT 1 FROM conversations WHERE due_at_ms > ?1 LIMIT 1) AS burst
         UNION ALL SELECT 1 FROM (
             SELECT 1 FROM conversations WHERE due_at_ms IS NOT NULL AND lease_until_ms > ?1 LIMIT 1) AS turn
         UNION ALL SELECT 1 FROM (
             SELECT 1 FROM outbox WHERE status = 'pending' AND not_before_ms > ?1 LIMIT 1) AS reply
         UNION ALL SELECT 1 FROM (
             SELECT 1 FROM outbox WHERE status = 'sending' AND lease_until_ms > ?1 LIMIT 1) AS send",
        values![far_ms],
    )?;
    Ok(far.is_some())
}

/// Makes it due, and its leases end, now.
pub(super) fn pull_in(sql: &mut dyn Sql, now_ms: i64, far_ms: i64) -> Result<u64, StoreError> {
    let mut pulled = 0;
    for statement in [
        "UPDATE conversations SET due_at_ms = ?1 WHERE due_at_ms > ?2",
        "UPDATE conversations SET lease_until_ms = ?1 WHERE due_at_ms IS NOT NULL AND lease_until_ms > ?2",
        "UPDATE outbox SET not_before_ms = ?1 WHERE status = 'pending' AND not_before_ms > ?2",
        "UPDATE outbox SET lease_until_ms = ?1 WHERE status = 'sending' AND lease_until_ms > ?2",
    ] {
        pulled += sql.run(statement, values![now_ms, far_ms])?;
    }
    Ok(pulled)
}
