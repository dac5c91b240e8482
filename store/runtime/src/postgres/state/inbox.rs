//! Group commit: one hand takes in what customers wrote. While a commit waits for the disk, messages
//! queue up; the next transaction takes all of them in with one call of the server's function.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use tokio_postgres::types::ToSql;

use super::connection::{Failed, Failure};
use super::hand::{Hand, Mode};
use super::queue::Queue;
use super::transaction::Transaction;
use crate::sql::Value;
use crate::state::{new_id, phone};
use crate::ticket::Answer;
use crate::{Inbound, Receipt, StoreError};

/// Messages in one transaction: bounds how long the first of them waits.
const BATCH: usize = 256;

/// Messages of one caller.
pub(super) struct Arrival {
    pub(super) messages: Vec<Inbound>,
    pub(super) since: Instant,
    pub(super) answer: Answer<Vec<Receipt>>,
}

/// Takes in what is queued until the queue is closed.
pub(super) fn serve(mut hand: Hand, queue: &Queue<Arrival>) {
    while let Some(arrivals) = queue.take(BATCH, |it| it.messages.len()) {
        // Tickets that are dropped by a panic say that the writer stopped.
        drop(catch_unwind(AssertUnwindSafe(|| together(&mut hand, arrivals))));
    }
}

/// All of them in one transaction; where that is refused, each in one of its own.
fn together(hand: &mut Hand, arrivals: Vec<Arrival>) {
    let messages: Vec<&Inbound> = arrivals.iter().flat_map(|it| &it.messages).collect();
    let newest = arrivals.iter().map(|it| it.since).max().unwrap_or_else(Instant::now);
    match hand.run(Mode::Wake, newest, |transaction| take_in(transaction, &messages)) {
        Ok(receipts) => {
            let mut receipts = receipts.into_iter();
            for Arrival { messages, answer, .. } in arrivals {
                answer.send(Ok(receipts.by_ref().take(messages.len()).collect()));
            }
        }
        Err(Failed { kind: Failure::Again | Failure::Refused, .. }) if arrivals.len() > 1 => {
            for Arrival { messages, since, answer } in arrivals {
                let messages: Vec<&Inbound> = messages.iter().collect();
                let outcome = hand.run(Mode::Wake, since, |transaction| take_in(transaction, &messages));
                answer.send(outcome.map_err(|it| it.why));
            }
        }
        Err(failed) => {
            for Arrival { answer, .. } in arrivals {
                answer.send(Err(failed.why.clone()));
            }
        }
    }
}

/// Calls the function of the same meaning as `state::inbox::store`.
fn take_in(sql: &mut Transaction<'_>, messages: &[&Inbound]) -> Result<Vec<Receipt>, StoreError> {
    let published = sql.client_ids(&messages.iter().map(|it| it.slug.as_str()).collect());
    let new_ids = || messages.iter().map(|_| new_id()).collect::<Vec<_>>();
    let (user_ids, conversation_ids, row_ids) = (new_ids(), new_ids(), new_ids());
    let all = |column: fn(&Inbound) -> Value<'_>| messages.iter().map(|it| column(it)).collect::<Vec<_>>();
    let columns = [
        all(|it| Value::from(&it.slug)),
        all(|it| Value::from(&it.instance_id)),
        all(|it| Value::from(&it.message_id)),
        all(|it| Value::from(&it.jid)),
        all(|it| Value::from(phone(&it.jid))),
        all(|it| Value::from(&it.sender)),
        all(|it| Value::from(&it.text)),
        all(|it| Value::from(&it.media)),
        all(|it| Value::from(&it.file)),
        all(|it| Value::from(&it.request_id)),
        all(|it| Value::from(it.sent_at)),
        all(|it| Value::from(it.received_at_ms)),
        all(|it| Value::from(it.due_at_ms)),
        all(|it| Value::from(&it.month)),
        messages.iter().map(|it| Value::from(published.get(&it.slug).unwrap_or(&it.slug))).collect(),
        user_ids.iter().map(Value::from).collect(),
        conversation_ids.iter().map(Value::from).collect(),
        row_ids.iter().map(Value::from).collect(),
    ];
    let params: Vec<&(dyn ToSql + Sync)> = columns.iter().map(|it| -> &(dyn ToSql + Sync) { it }).collect();
    let rows = sql.query(
        "SELECT in_conversation, nth FROM take_messages_in($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12,
                                                           $13, $14, $15, $16, $17, $18)",
        &params,
    )?;
    let receipt = |row: &tokio_postgres::Row| {
        let (conversation_id, nth): (String, Option<i64>) = (row.try_get(0)?, row.try_get(1)?);
        Ok(match nth {
            Some(nth) => Receipt::Stored { conversation_id, messages_in: nth.unsigned_abs() },
            None => Receipt::Duplicate { conversation_id },
        })
    };
    rows.iter().map(receipt).collect()
}
