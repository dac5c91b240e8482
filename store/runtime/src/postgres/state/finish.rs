//! Group commit at the other end: what turns have decided and what the gateway has taken. While a hand is
//! on its way to the server, the next of it waits together.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use super::connection::{Failed, Failure};
use super::hand::{Hand, Job, Mode, pass_on};
use super::queue::Queue;
use super::turns;
use crate::sql::Sql;
use crate::state::{Sent, Verdict, commit_turn, settle};
use crate::ticket::Answer;
use crate::{OutboxRow, Settlement, TurnCommit};

/// Pieces in one transaction: bounds how long the first of them waits.
const BATCH: usize = 64;

/// The end of a turn, or of a send.
pub(super) struct Finish {
    pub(super) since: Instant,
    pub(super) what: What,
}

pub(super) enum What {
    Turn(Box<TurnCommit>, Answer<Verdict<Option<OutboxRow>>>),
    Sent(Sent, Answer<()>),
}

type Turns = Vec<(Instant, Box<TurnCommit>, Answer<Verdict<Option<OutboxRow>>>)>;
type Sends = Vec<(Instant, Sent, Answer<()>)>;

/// Commits what is queued until the queue is closed; what has to wait for somebody does so among other
/// writes.
pub(super) fn serve(mut hand: Hand, queue: &Queue<Finish>, writes: &Queue<Box<dyn Job>>) {
    while let Some(finishes) = queue.take(BATCH, |_| 1) {
        // Tickets that are dropped by a panic say that the writer stopped.
        drop(catch_unwind(AssertUnwindSafe(|| finish(&mut hand, finishes, writes))));
    }
}

fn finish(hand: &mut Hand, finishes: Vec<Finish>, writes: &Queue<Box<dyn Job>>) {
    let (mut turns, mut sends) = (Turns::new(), Sends::new());
    let mut conversations = BTreeSet::new();
    for Finish { since, what } in finishes {
        match what {
            What::Turn(turn, answer) if conversations.insert(turn.claim.conversation_id.clone()) => {
                turns.push((since, turn, answer));
            }
            // A conversation is looked at once in a transaction.
            What::Turn(turn, answer) => commit_apart(writes, since, turn, answer),
            What::Sent(sent, answer) => sends.push((since, sent, answer)),
        }
    }
    together(hand, turns, sends, writes);
}

/// All of them in one transaction, in which none waits for a row; where that is refused, each in one of its
/// own.
fn together(hand: &mut Hand, ends: Turns, sends: Sends, writes: &Queue<Box<dyn Job>>) {
    let (decided, taken): (Vec<_>, Vec<_>) =
        (ends.iter().map(|it| it.1.as_ref()).collect(), sends.iter().map(|it| &it.1).collect());
    let since = ends.iter().map(|it| it.0).chain(sends.iter().map(|it| it.0));
    let newest = since.max().unwrap_or_else(Instant::now);
    let outcome = hand.run(Mode::Write, newest, |transaction| {
        let verdicts = turns::commit(transaction, &decided)?;
        Ok((verdicts, turns::settle_sent(transaction, &taken)?))
    });
    let refused = matches!(&outcome, Err(Failed { kind: Failure::Again | Failure::Refused, .. }));
    let (verdicts, settled) = match outcome {
        Ok(done) => done,
        Err(_) if refused && ends.len() + sends.len() > 1 => {
            (ends.iter().map(|_| None).collect(), vec![false; sends.len()])
        }
        Err(failed) => {
            ends.into_iter().for_each(|(_, _, answer)| answer.send(Err(failed.why.clone())));
            sends.into_iter().for_each(|(_, _, answer)| answer.send(Err(failed.why.clone())));
            return;
        }
    };
    for ((since, turn, answer), verdict) in ends.into_iter().zip(verdicts) {
        match verdict {
            Some(verdict) => answer.send(Ok(verdict)),
            None => commit_apart(writes, since, turn, answer),
        }
    }
    for ((since, sent, answer), settled) in sends.into_iter().zip(settled) {
        match settled {
            true => answer.send(Ok(())),
            false => {
                let work = move |sql: &mut dyn Sql| settle(sql, &sent, &Settlement::Sent);
                pass_on(writes, Mode::Write, since, work, answer);
            }
        }
    }
}

/// Commits a turn by itself.
fn commit_apart(
    writes: &Queue<Box<dyn Job>>,
    since: Instant,
    turn: Box<TurnCommit>,
    answer: Answer<Verdict<Option<OutboxRow>>>,
) {
    pass_on(writes, Mode::Write, since, move |sql: &mut dyn Sql| commit_turn(sql, &turn), answer);
}
