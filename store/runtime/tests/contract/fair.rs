//! Tenants take turns.

use std::collections::BTreeMap;

use runtime::{Inbound, StateStore, Turnstile};

use crate::make::{NOON, message, turn};

fn of(slug: &str, n: usize, at_ms: i64) -> Inbound {
    let jid = format!("7702{n:07}@s.whatsapp.net");
    Inbound { slug: slug.to_owned(), ..message(&jid, &format!("{slug}-{n}"), "hello", at_ms) }
}

fn count<'a>(slugs: impl Iterator<Item = &'a String>) -> BTreeMap<&'a str, usize> {
    slugs.fold(BTreeMap::new(), |mut all, slug| {
        *all.entry(slug.as_str()).or_default() += 1;
        all
    })
}

pub(crate) fn a_tenant_with_a_thousand_keeps_nobody_waiting(state: &dyn StateStore) {
    let many: Vec<Inbound> = (0..1000).map(|n| of("busy", n, NOON)).collect();
    state.store_inbound(&many).unwrap();
    state.store_inbound(&[of("aside", 1, NOON + 500), of("quiet", 1, NOON + 500)]).unwrap();

    let pass = Turnstile { limit: 9, each: 8, ..Turnstile::default() };
    let claims = state.claim_due(NOON + 1000, 60_000, &pass).unwrap();
    let claimed = count(claims.iter().map(|it| &it.slug));
    assert_eq!(claimed, BTreeMap::from([("aside", 1), ("busy", 3), ("quiet", 1)]), "a third for each");
    for (nth, claim) in claims.iter().enumerate() {
        state.commit_turn(&turn(claim, Some("hello"), &format!("out-{nth}"), NOON + 1000)).unwrap();
    }
    let sends = state.begin_sends(NOON + 1000, 60_000, &pass).unwrap();
    assert_eq!(count(sends.iter().map(|it| &it.slug)), claimed, "replies leave in turn too");

    // Alone it may have everything, up to its limit.
    let claims = state.claim_due(NOON + 1000, 60_000, &Turnstile::open(20)).unwrap();
    assert_eq!(count(claims.iter().map(|it| &it.slug)), BTreeMap::from([("busy", 20)]));
}

pub(crate) fn a_tenant_has_no_more_at_work_than_it_may(state: &dyn StateStore) {
    let batch: Vec<Inbound> = (0..10).flat_map(|n| [of("busy", n, NOON), of("other", n, NOON)]).collect();
    state.store_inbound(&batch).unwrap();
    let mut pass = Turnstile { limit: 20, each: 4, ..Turnstile::default() };
    pass.at_work = BTreeMap::from([("busy".to_owned(), 3), ("other".to_owned(), 4)]);
    let claims = state.claim_due(NOON, 60_000, &pass).unwrap();
    assert_eq!(count(claims.iter().map(|it| &it.slug)), BTreeMap::from([("busy", 1)]));
    pass.at_work.clear();
    let claims = state.claim_due(NOON, 60_000, &pass).unwrap();
    assert_eq!(count(claims.iter().map(|it| &it.slug)), BTreeMap::from([("busy", 4), ("other", 4)]));
}

pub(crate) fn whoever_comes_next_is_asked_first(state: &dyn StateStore) {
    let batch: Vec<Inbound> =
        ["a", "b", "c"].iter().flat_map(|it| [of(it, 1, NOON), of(it, 2, NOON)]).collect();
    state.store_inbound(&batch).unwrap();
    let mut pass = Turnstile { limit: 1, each: 8, ..Turnstile::default() };
    let mut order = Vec::new();
    for _ in 0..6 {
        let claim = state.claim_due(NOON, 60_000, &pass).unwrap().remove(0);
        pass.after.clone_from(&claim.slug);
        order.push(claim.slug);
    }
    assert_eq!(order, ["a", "b", "c", "a", "b", "c"]);
    assert!(state.claim_due(NOON, 60_000, &pass).unwrap().is_empty());
}
