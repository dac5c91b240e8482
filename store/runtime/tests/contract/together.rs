//! Ends of turns and sends that wait together share a commit: what is wrong with one must not reach the
//! others.

use std::collections::BTreeSet;

use runtime::{Claim, Settlement, Soon, StateStore, StoreError, Turnstile};

use crate::make::{NOON, SLUG, message, sending, store, turn};

const MANY: usize = 100;

fn jid(nth: usize) -> String {
    format!("7702000{nth:04}@s.whatsapp.net")
}

/// So many customers have written, and their turns are under way.
fn many(state: &dyn StateStore) -> Vec<Claim> {
    for nth in 0..MANY {
        store(state, &message(&jid(nth), &format!("m{nth}"), "hello", NOON));
    }
    let claims = state.claim_due(NOON, 60_000, &Turnstile::open(MANY)).unwrap();
    assert_eq!(claims.len(), MANY);
    claims
}

/// What all of them came to, asked for at once.
fn all<T>(asked: Vec<Soon<T>>) -> Vec<Result<T, StoreError>> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let mut outcomes = Vec::new();
        for it in asked {
            outcomes.push(it.await);
        }
        outcomes
    })
}

pub(crate) fn a_turn_that_is_refused_spoils_no_other(state: &dyn StateStore) {
    let taken = sending(state, "first", "7 000.", NOON);
    state.settle_send(&taken, 1, &Settlement::Sent, NOON).unwrap();
    let claims = many(state);
    let mut stale = claims[7].clone();
    stale.lease -= 1;
    let turns = claims.iter().enumerate().map(|(nth, claim)| match nth {
        // No two replies have one id.
        3 => turn(claim, Some("8 000."), &taken, NOON + 1),
        7 => turn(&stale, Some("8 000."), "out-7", NOON + 1),
        _ => turn(claim, Some("8 000."), &format!("out-{nth}"), NOON + 1),
    });
    let outcomes = all(turns.map(|it| state.commit_turn_soon(it)).collect());
    for (nth, outcome) in outcomes.iter().enumerate() {
        match nth {
            3 => assert!(matches!(outcome, Err(StoreError::Unavailable(_))), "{nth}"),
            7 => assert!(matches!(outcome, Err(StoreError::Stale)), "{nth}"),
            _ => assert!(matches!(outcome, Ok(None)), "{nth}"),
        }
        let said = state.messages(SLUG, &claims[nth].jid).unwrap().len();
        assert_eq!(said, if [3, 7].contains(&nth) { 1 } else { 2 }, "{nth}");
    }
}

pub(crate) fn of_a_conversation_one_turn_is_committed_however_many_try(state: &dyn StateStore) {
    let claims = many(state);
    let turns = claims.iter().take(10).flat_map(|claim| {
        (0..10).map(move |nth| turn(claim, Some("7 000."), &format!("out-{}-{nth}", claim.jid), NOON + 1))
    });
    let outcomes = all(turns.map(|it| state.commit_turn_soon(it)).collect());
    let committed = outcomes.iter().filter(|it| it.is_ok()).count();
    let stale = outcomes.iter().filter(|it| matches!(it, Err(StoreError::Stale))).count();
    assert_eq!((committed, stale), (10, 90));
    assert!(claims.iter().take(10).all(|it| state.messages(SLUG, &it.jid).unwrap().len() == 2));
}

pub(crate) fn sends_are_settled_whatever_is_settled_beside_them(state: &dyn StateStore) {
    let begun = many(state).into_iter().enumerate().map(|(nth, claim)| {
        let mut turn = turn(&claim, Some("7 000."), &format!("out-{nth}"), NOON + 1);
        turn.send_until_ms = Some(NOON + 60_000);
        state.commit_turn_soon(turn)
    });
    let begun: Vec<_> = all(begun.collect()).into_iter().map(|it| it.unwrap().unwrap()).collect();
    // The first was settled before, the second is told of by an attempt that never was, the third is
    // unknown.
    state.settle_send(&begun[0].id, 1, &Settlement::Sent, NOON + 2).unwrap();
    let settled = begun.iter().enumerate().map(|(nth, row)| match nth {
        1 => state.settle_send_soon(&row.id, 9, Settlement::Sent, NOON + 3),
        2 => state.settle_send_soon("nothing", 1, Settlement::Sent, NOON + 3),
        _ => state.settle_send_soon(&row.id, 1, Settlement::Sent, NOON + 3),
    });
    let outcomes = all(settled.collect());
    let failed: BTreeSet<usize> =
        outcomes.iter().enumerate().filter(|(_, it)| it.is_err()).map(|(nth, _)| nth).collect();
    assert_eq!(failed, BTreeSet::from([1, 2]));
    assert!(
        matches!(outcomes[1], Err(StoreError::Stale)) && matches!(outcomes[2], Err(StoreError::Missing(_)))
    );
    assert_eq!(state.queues(NOON + 4).unwrap().sending, 2);
}
