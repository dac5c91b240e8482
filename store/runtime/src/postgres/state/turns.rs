//! Turns and sends by many at once: calls of the server's functions of the same meaning as what
//! `state` does for one.

use tokio_postgres::types::ToSql;

use super::transaction::Transaction;
use crate::sql::{Row, Sql, Value};
use crate::state::{Ring, Sent, Verdict, commit_turns, queued};
use crate::{OutboxRow, StoreError, TurnCommit};

/// Commits turns of different conversations. What is more than a reply, or needs a decision, is left to the
/// code that decides; there is no verdict on those whose conversation is gone, or somebody else's just now.
pub(super) fn commit(
    sql: &mut Transaction<'_>,
    turns: &[&TurnCommit],
) -> Result<Vec<Option<Verdict<Option<OutboxRow>>>>, StoreError> {
    if turns.is_empty() {
        return Ok(Vec::new());
    }
    let begun: Vec<Option<OutboxRow>> = turns
        .iter()
        .map(|turn| Some(queued(turn, turn.reply.as_deref()?, turn.send_until_ms).begun(turn.branch.clone())))
        .collect();
    let outcomes = call(sql, turns, &begun)?;
    let is_left = |it: &(&&TurnCommit, &Option<String>)| it.1.as_deref() == Some("left");
    let left: Vec<&TurnCommit> = turns.iter().zip(&outcomes).filter(is_left).map(|it| *it.0).collect();
    let mut left = commit_turns(sql, &left)?.into_iter();
    let mut verdicts = Vec::with_capacity(turns.len());
    for (row, outcome) in begun.into_iter().zip(outcomes) {
        verdicts.push(match outcome.as_deref() {
            None => None,
            Some("left") => left.next(),
            Some("begun") => Some(Verdict::Committed(row)),
            Some(_) => {
                sql.ring(Ring::Due);
                Some(Verdict::Committed(None))
            }
        });
    }
    Ok(verdicts)
}

/// What became of each, in the function's words.
fn call(
    sql: &mut Transaction<'_>,
    turns: &[&TurnCommit],
    begun: &[Option<OutboxRow>],
) -> Result<Vec<Option<String>>, StoreError> {
    let (mut first, mut last, mut answered, mut turn_of) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (turn, number) in turns.iter().zip(1..) {
        let mut burst: Vec<&str> = turn.claim.burst.iter().map(|it| it.id.as_str()).collect();
        burst.sort_unstable();
        first.push(Value::Int(answered.len() as i64 + 1));
        turn_of.extend(burst.iter().map(|_| Value::Int(number)));
        answered.extend(burst.into_iter().map(Value::from));
        last.push(Value::Int(answered.len() as i64));
    }
    let of_turn =
        |column: fn(&TurnCommit) -> Value<'_>| turns.iter().map(|it| column(it)).collect::<Vec<_>>();
    let of_row = |column: fn(&OutboxRow) -> Value<'_>| {
        begun.iter().map(|it| it.as_ref().map_or(Value::Null, column)).collect::<Vec<_>>()
    };
    let columns = [
        of_turn(|it| Value::from(&it.claim.conversation_id)),
        of_turn(|it| Value::from(is_plain(it))),
        of_turn(|it| Value::from(it.claim.lease)),
        of_turn(|it| Value::from(it.claim.epoch)),
        of_turn(|it| Value::from(&it.memory)),
        of_turn(|it| Value::from(&it.branch)),
        of_turn(|it| Value::from(&it.reply)),
        of_turn(|it| Value::from(&it.trace)),
        of_turn(|it| Value::from(it.now_ms)),
        of_turn(|it| Value::from(&it.outbox_id)),
        of_turn(|it| Value::from(&it.claim.slug)),
        of_turn(|it| Value::from(&it.claim.jid)),
        of_turn(|it| Value::from(&it.instance_id)),
        of_row(|it| Value::from(it.received_at_ms)),
        of_row(|it| Value::from(&it.request_id)),
        of_turn(|it| Value::from(it.send_until_ms)),
        first,
        last,
        answered,
        turn_of,
    ];
    let params: Vec<&(dyn ToSql + Sync)> = columns.iter().map(|it| -> &(dyn ToSql + Sync) { it }).collect();
    let rows = sql.query(
        "SELECT outcome FROM commit_turns($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16,
                                          $17, $18, $19, $20)",
        &params,
    )?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

/// Whether a turn does nothing but reply.
fn is_plain(turn: &TurnCommit) -> bool {
    turn.reply.is_some()
        && turn.handover.is_none()
        && !turn.cancel_handover
        && turn.heard.is_empty()
        && turn.timers.is_empty()
}

/// Records what the gateway took; false for each of which that is not all there is to be done.
pub(super) fn settle_sent(sql: &mut Transaction<'_>, sent: &[&Sent]) -> Result<Vec<bool>, StoreError> {
    if sent.is_empty() {
        return Ok(Vec::new());
    }
    let all = |column: fn(&Sent) -> Value<'_>| sent.iter().map(|it| column(it)).collect::<Vec<_>>();
    let columns =
        [all(|it| Value::from(&it.id)), all(|it| Value::from(it.attempt)), all(|it| Value::from(it.now_ms))];
    let params: Vec<&(dyn ToSql + Sync)> = columns.iter().map(|it| -> &(dyn ToSql + Sync) { it }).collect();
    let rows = sql.query("SELECT is_all FROM settle_sent($1, $2, $3)", &params)?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

/// Claims those of these conversations that may still be claimed.
pub(super) fn claim(
    sql: &mut Transaction<'_>,
    ids: &[&str],
    (now_ms, until_ms): (i64, i64),
) -> Result<Vec<Row>, StoreError> {
    let ids: Vec<_> = ids.iter().map(|it| Value::from(*it)).collect();
    let rows = sql.query(
        "SELECT id, client_slug, jid, name, instance_id, state, memory, lease, epoch, attempts, due_at_ms
         FROM claim_conversations($1, $2, $3)",
        &[&ids, &now_ms, &until_ms],
    )?;
    rows.iter().map(super::text::row).collect()
}
