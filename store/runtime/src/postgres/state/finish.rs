//! Group commit at the other end: what turns have decided and what the gateway has taken. While a hand is
//! on its way to the server, the next of it waits together.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use super::connection::{Failed, Failure};
use super::hand::{Hand, Mode};
use super::queue::Queue;
use super::turns;
use crate::state::{Sent, Verdict, settle};
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

/// Commits what is queued until the queue is closed.
pub(super) fn serve(mut hand: Hand, queue: &Queue<Finish>) {
    while let Some(finishes) = queue.take(BATCH, |_| 1) {
        // Tickets that are dropped by a panic say that the writer stopped.
        drop(catch_unwind(AssertUnwindSafe(|| finish(&mut hand, finishes))));
    }
}

fn finish(hand: &mut Hand, finishes: Vec<Finish>) {
    let (mut turns, mut sends, mut again): (Turns, Sends, Turns) = Default::default();
    let mut conversations = BTreeSet::new();
    for Finish { since, what } in finishes {
        match what {
            What::Turn(turn, answer) if conversations.insert(turn.claim.conversation_id.clone()) => {
                turns.push((since, turn, answer));
            }
            // A conversation is looked at once in a transaction.
            What::Turn(turn, answer) => again.push((since, turn, answer)),
            What::Sent(sent, answer) => sends.push((since, sent, answer)),
        }
    }
    // Conversations are locked in the order in which messages that come in lock them.
    turns.sort_by(|(_, a, _), (_, b, _)| (&a.claim.slug, &a.claim.jid).cmp(&(&b.claim.slug, &b.claim.jid)));
    together(hand, turns, sends);
    for turn in again {
        together(hand, vec![turn], Vec::new());
    }
}

/// All of them in one transaction; where that is refused, each in one of its own.
fn together(hand: &mut Hand, ends: Turns, sends: Sends) {
    let (decided, taken): (Vec<_>, Vec<_>) =
        (ends.iter().map(|it| it.1.as_ref()).collect(), sends.iter().map(|it| &it.1).collect());
    let since = ends.iter().map(|it| it.0).chain(sends.iter().map(|it| it.0));
    let newest = since.max().unwrap_or_else(Instant::now);
    let outcome = hand.run(Mode::Write, newest, |transaction| {
        let verdicts = turns::commit(transaction, &decided)?;
        Ok((verdicts, turns::settle_sent(transaction, &taken)?))
    });
    match outcome {
        Ok((verdicts, settled)) => {
            for ((_, _, answer), verdict) in ends.into_iter().zip(verdicts) {
                answer.send(Ok(verdict));
            }
            for ((since, sent, answer), settled) in sends.into_iter().zip(settled) {
                if settled { answer.send(Ok(())) } else { settle_alone(hand, since, &sent, answer) }
            }
        }
        Err(Failed { kind: Failure::Again | Failure::Refused, .. }) if ends.len() + sends.len() > 1 => {
            for end in ends {
                together(hand, vec![end], Vec::new());
            }
            for (since, sent, answer) in sends {
                settle_alone(hand, since, &sent, answer);
            }
        }
        Err(failed) => {
            ends.into_iter().for_each(|(_, _, answer)| answer.send(Err(failed.why.clone())));
            sends.into_iter().for_each(|(_, _, answer)| answer.send(Err(failed.why.clone())));
        }
    }
}

fn settle_alone(hand: &mut Hand, since: Instant, sent: &Sent, answer: Answer<()>) {
    let outcome = hand.run(Mode::Write, since, |transaction| settle(transaction, sent, &Settlement::Sent));
    answer.send(outcome.map_err(|it| it.why));
}
