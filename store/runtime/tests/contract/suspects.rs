//! One conversation that kills the process whenever it is decided, among others: it is found, and they
//! are answered.

use std::collections::BTreeSet;

use runtime::{Claim, Inbound, MOST_DOUBT, StateStore, Turnstile};

use crate::make::{ANNA, BOLAT, NOON, SLUG, claimed, message, store, turn};

/// A claim lives as long as its process here.
const LEASE_MS: i64 = 60_000;

fn jid(nth: usize) -> String {
    format!("7701000{nth:04}@s.whatsapp.net")
}

fn of(slug: &str, nth: usize) -> Inbound {
    Inbound { slug: slug.to_owned(), ..message(&jid(nth), &format!("{slug}-{nth}"), "hello", NOON) }
}

fn pass(doubt: usize) -> Turnstile {
    Turnstile { doubt, ..Turnstile::open(100) }
}

fn attempts(claims: &[Claim]) -> Vec<u32> {
    claims.iter().map(|it| it.attempts).collect()
}

fn answer(state: &dyn StateStore, claim: &Claim, at_ms: i64) {
    let reply = format!("out-{}-{}", claim.slug, claim.jid);
    state.commit_turn(&turn(claim, Some("7 000."), &reply, at_ms)).unwrap();
}

pub(crate) fn whose_turn_was_cut_short_waits_until_there_is_room_for_doubt(state: &dyn StateStore) {
    let cut = claimed(state, "m1", NOON);
    let later = NOON + LEASE_MS;
    store(state, &message(BOLAT, "m2", "hello", later));
    let claims = state.claim_due(later, LEASE_MS, &pass(0)).unwrap();
    assert_eq!(claims.iter().map(|it| it.jid.as_str()).collect::<Vec<_>>(), [BOLAT], "new ones do not wait");
    assert_eq!(state.claim_due(later, LEASE_MS, &pass(0)).unwrap(), []);
    let again = state.claim_due(later, LEASE_MS, &pass(1)).unwrap();
    assert_eq!((again[0].jid.as_str(), again[0].attempts, again[0].doubt()), (ANNA, 1, 1));
    assert!(again[0].lease > cut.lease);

    let later = later + LEASE_MS;
    assert_eq!(attempts(&state.claim_due(later, LEASE_MS, &pass(MOST_DOUBT - 1)).unwrap()), [1], "Bolat's");
    let alone = state.claim_due(later, LEASE_MS, &pass(MOST_DOUBT)).unwrap();
    assert_eq!((alone[0].jid.as_str(), alone[0].attempts, alone[0].doubt()), (ANNA, 2, MOST_DOUBT));
    answer(state, &alone[0], later);
    assert_eq!(claimed(state, "m3", later + 1).attempts, 0, "answered is trusted");
}

pub(crate) fn who_writes_again_is_doubted_as_before(state: &dyn StateStore) {
    claimed(state, "m1", NOON);
    let later = NOON + LEASE_MS;
    store(state, &message(ANNA, "m2", "hello?", later));
    let again = state.claim_due(later, LEASE_MS, &pass(MOST_DOUBT)).unwrap();
    assert_eq!((again[0].burst.len(), again[0].attempts), (2, 1));
}

pub(crate) fn no_more_doubt_is_claimed_at_once_than_there_is_room_for(state: &dyn StateStore) {
    let batch: Vec<Inbound> = (0..30).flat_map(|n| [of("hub", n), of("rim", n)]).collect();
    state.store_inbound(&batch).unwrap();
    assert_eq!(state.claim_due(NOON, LEASE_MS, &pass(MOST_DOUBT)).unwrap().len(), 60);

    let later = NOON + LEASE_MS;
    let group = state.claim_due(later, LEASE_MS, &pass(MOST_DOUBT)).unwrap();
    assert_eq!(attempts(&group), [1; MOST_DOUBT], "of all tenants together");
    let rest = state.claim_due(later, LEASE_MS, &pass(7)).unwrap();
    assert_eq!(attempts(&rest), [1; 7], "what was not let in had not been tried");

    // Cut short again: whoever was cut short twice is alone, and everybody has a turn.
    let later = later + LEASE_MS;
    let mut sizes = Vec::new();
    loop {
        let claims = state.claim_due(later, LEASE_MS, &pass(MOST_DOUBT)).unwrap();
        if claims.is_empty() {
            break;
        }
        assert!(claims.iter().map(Claim::doubt).sum::<usize>() <= MOST_DOUBT);
        claims.iter().for_each(|it| answer(state, it, later));
        sizes.push(claims.len());
    }
    assert_eq!(sizes.iter().sum::<usize>(), 60);
    assert_eq!(sizes.iter().filter(|it| **it == 1).count(), MOST_DOUBT + 7);
}

/// Twenty conversations, all of them under way at the first kill.
pub(crate) fn the_one_that_kills_is_found_and_the_others_are_answered(state: &dyn StateStore) {
    let poisonous = jid(7);
    let batch: Vec<Inbound> = (0..20).map(|n| of(SLUG, n)).collect();
    state.store_inbound(&batch).unwrap();
    let mut now_ms = NOON;
    let mut answered = BTreeSet::new();
    let mut kills = 0;
    'lives: loop {
        let mut first = true;
        loop {
            // As a worker does that claims again once those at work are done.
            let claims = state.claim_due(now_ms, LEASE_MS, &pass(MOST_DOUBT)).unwrap();
            let deadly = claims.iter().find(|it| it.jid == poisonous);
            if let Some(deadly) = deadly {
                if deadly.attempts == 4 {
                    assert_eq!(claims.len(), 1);
                    break 'lives;
                }
                assert!(deadly.attempts < 2 || (claims.len() == 1 && !first) || answered.len() == 19);
                kills += 1;
                now_ms += LEASE_MS;
                continue 'lives;
            }
            assert!(claims.iter().all(|it| it.attempts <= 2), "{:?}", attempts(&claims));
            for claim in &claims {
                answer(state, claim, now_ms);
                assert!(answered.insert(claim.jid.clone()));
            }
            first = false;
        }
    }
    assert_eq!((kills, answered.len()), (4, 19));
}

pub(crate) fn a_turn_that_was_left_is_no_attempt(state: &dyn StateStore) {
    let left = claimed(state, "m1", NOON);
    state.leave_turn(&left).unwrap();
    assert_eq!(state.claim_due(NOON + LEASE_MS - 1, LEASE_MS, &pass(0)).unwrap(), [], "not at once");
    let again = state.claim_due(NOON + LEASE_MS, LEASE_MS, &pass(0)).unwrap();
    assert_eq!(attempts(&again), [0]);
    // Whose claim has passed on changes nothing.
    state.leave_turn(&left).unwrap();
    let later = NOON + 2 * LEASE_MS;
    let cut = state.claim_due(later, LEASE_MS, &pass(MOST_DOUBT)).unwrap();
    assert_eq!(attempts(&cut), [1]);
    answer(state, &cut[0], later);
    state.leave_turn(&cut[0]).unwrap();
    assert_eq!(claimed(state, "m2", later + 1).attempts, 0, "never below nothing");
}

pub(crate) fn a_tenant_with_nobody_but_suspects_keeps_nobody_waiting(state: &dyn StateStore) {
    state.store_inbound(&[of("hub", 1), of("hub", 2)]).unwrap();
    assert_eq!(state.claim_due(NOON, LEASE_MS, &pass(0)).unwrap().len(), 2);
    let later = NOON + LEASE_MS;
    store(state, &of("rim", 1));
    let one = Turnstile { limit: 1, ..pass(0) };
    let claims = state.claim_due(later, LEASE_MS, &one).unwrap();
    assert_eq!(claims.iter().map(|it| it.slug.as_str()).collect::<Vec<_>>(), ["rim"]);
}
