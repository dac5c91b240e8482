//! What is forgotten, and what is used up.

use runtime::{Erased, Inbound, Later, Receipt, StateStore};

use crate::make::{ANNA, BOLAT, NOON, SLUG, claimed, message, store, turn};

const DAY: i64 = 86_400_000;

fn total(erased: &Erased) -> u64 {
    erased.values().sum()
}

/// A conversation with everything that can hang on one.
fn talk(state: &dyn StateStore, id: &str, at_ms: i64) {
    let claim = claimed(state, id, at_ms);
    let mut turn = turn(&claim, Some("the secret word is pedal"), &format!("out-{id}"), at_ms);
    turn.handover = Some(("booking".to_owned(), "a 100% secret_word".to_owned()));
    turn.timers = vec![Later { kind: "remind".to_owned(), due_at_ms: at_ms + 1, payload: "{}".to_owned() }];
    state.commit_turn(&turn).unwrap();
    state.spend(&format!("customer:{SLUG}:{ANNA}"), at_ms, 10).unwrap();
}

pub(crate) fn a_budget_is_spent_once_however_many_ask(state: &dyn StateStore) {
    let granted = |window_ms: i64| -> usize {
        std::thread::scope(|scope| {
            let callers: Vec<_> = (0..12)
                .map(|_| scope.spawn(move || state.spend("tenant:spokes", window_ms, 5).unwrap()))
                .collect();
            callers.into_iter().map(|it| usize::from(it.join().unwrap())).sum()
        })
    };
    assert_eq!(granted(NOON), 5);
    assert_eq!(granted(NOON), 0);
    assert_eq!(granted(NOON + 1000), 5, "a new window");
    assert!(!state.spend("tenant:spokes", NOON, 1).unwrap(), "an old window does not come back");
    assert!(!state.spend("tenant:pedals", NOON, 0).unwrap());
}

pub(crate) fn traces_are_found_and_gone_once_forgotten(state: &dyn StateStore) {
    talk(state, "m1", NOON);
    store(state, &message(BOLAT, "m2", "about a pedal", NOON));
    let traces = state.traces_of(SLUG, "pedal").unwrap();
    assert_eq!((traces["messages"], traces["outbox"]), (2, 1), "{traces:?}");
    assert_eq!(state.traces_of(SLUG, "100% secret_word").unwrap()["handovers"], 1);
    assert!(state.traces_of(SLUG, "100_ secret%word").unwrap().is_empty(), "the text, not a pattern");
    let traces = state.traces_of(SLUG, ANNA).unwrap();
    for table in ["users", "conversations", "messages", "outbox", "budgets"] {
        assert!(traces.contains_key(table), "{table} in {traces:?}");
    }
    assert!(state.traces_of("pedals", ANNA).unwrap().is_empty());

    let erased = state.forget(SLUG, ANNA, "forget anna").unwrap();
    assert_eq!(state.tallied("forget anna").unwrap(), erased, "a receipt can tell of it");
    for table in ["users", "conversations", "messages", "outbox", "handovers", "timers", "budgets"] {
        assert!(erased.contains_key(table), "{table} in {erased:?}");
    }
    assert_eq!((erased.get("seen"), erased["kept.seen"]), (None, 1), "{erased:?}");
    assert!(state.traces_of(SLUG, ANNA).unwrap().is_empty());
    assert_eq!(state.traces_of(SLUG, "pedal").unwrap(), Erased::from([("messages".to_owned(), 1)]));
}

pub(crate) fn what_is_delivered_again_makes_nobody_anew_whom_one_forgot(state: &dyn StateStore) {
    let number = ANNA.split('@').next().unwrap();
    let telling = format!("false_{number}@c.us_3EB0");
    for id in ["m1", &telling] {
        store(state, &message(ANNA, id, "hello", NOON));
    }
    let conversation = state.conversations(SLUG, Some(ANNA)).unwrap().remove(0);
    let erased = state.forget(SLUG, ANNA, "").unwrap();
    assert_eq!((erased["seen"], erased["kept.seen"]), (1, 1), "an id with the number in it goes: {erased:?}");

    let again = |id: &str| state.store_inbound(&[message(ANNA, id, "hello", NOON + DAY)]).unwrap().remove(0);
    assert!(matches!(again("m1"), Receipt::Duplicate { conversation_id } if conversation_id.is_empty()));
    assert!(state.customers(SLUG, ANNA).unwrap().is_empty());
    assert_eq!(state.usage(Some(SLUG)).unwrap()[0].messages_in, 2);
    for canary in [ANNA, number, &conversation] {
        assert!(state.traces_of(SLUG, canary).unwrap().is_empty(), "{canary}");
    }
    assert!(matches!(again("m2"), Receipt::Stored { .. }), "whoever writes again is a customer again");
    assert!(matches!(again("m1"), Receipt::Duplicate { .. }), "also then");
    assert_eq!(state.expire_seen(NOON + 1, 100).unwrap(), 1, "for its days");
}

pub(crate) fn files_and_conversations_that_are_no_more_can_be_told(state: &dyn StateStore) {
    let mut photo = message(ANNA, "m1", "", NOON);
    photo.file = Some(r#"{"kept":"media/spokes/c/1.jpg"}"#.to_owned());
    store(state, &photo);
    store(state, &message(ANNA, "m2", "hello", NOON));
    let conversation = state.conversations(SLUG, Some(ANNA)).unwrap().remove(0);
    let file = [photo.file.unwrap()];
    assert_eq!(state.files_of(SLUG, Some(&conversation)).unwrap(), file);
    assert_eq!(state.files_of(SLUG, None).unwrap(), file);
    assert!(state.files_of("pedals", None).unwrap().is_empty());
    let ids = [conversation.clone(), "nobody's".to_owned()];
    assert_eq!(state.strangers(SLUG, &ids).unwrap(), ["nobody's"]);
    assert_eq!(state.strangers("pedals", &ids).unwrap(), ids, "of another tenant");

    let key = "elsewhere:100%_";
    state.tally(key, &Erased::from([("a".to_owned(), 1), ("b".to_owned(), 2)])).unwrap();
    state.tally("elsewhere:100 x", &Erased::from([("a".to_owned(), 1)])).unwrap();
    let lines = [(key.to_owned(), "a".to_owned(), 1), (key.to_owned(), "b".to_owned(), 2)];
    assert_eq!(state.tallies(key).unwrap(), lines);
    state.strike(key, "a").unwrap();
    assert_eq!(state.tallies(key).unwrap(), lines[1..]);
    assert_eq!(state.tallies("elsewhere:").unwrap().len(), 2);
}

pub(crate) fn a_tenant_leaves_nothing_but_its_totals(state: &dyn StateStore) {
    talk(state, "m1", NOON);
    for n in 0..5 {
        store(state, &message(&format!("7703000000{n}@s.whatsapp.net"), &format!("n{n}"), "hi", NOON));
    }
    state.once("limit:spokes:2025-01", NOON).unwrap();
    state.once("limit:sp_kes:2025-01", NOON).unwrap();
    let other = Inbound { slug: "pedals".to_owned(), ..message(ANNA, "m1", "hello", NOON) };
    store(state, &other);

    let left = state.left_of(SLUG).unwrap();
    for table in
        ["users", "conversations", "messages", "outbox", "handovers", "timers", "seen", "told", "budgets"]
    {
        assert!(left.contains_key(table), "{table} in {left:?}");
    }
    let mut rounds = 0;
    while total(&state.offboard(SLUG, 2, "end").unwrap()) > 0 {
        rounds += 1;
        assert!(rounds < 20, "it comes to an end");
    }
    assert!(state.left_of(SLUG).unwrap().is_empty() && !state.left_of("pedals").unwrap().is_empty());
    assert_eq!(rounds, 4, "two conversations at a time, then the rest");
    state.tally("end", &Erased::from([("users".to_owned(), 4), ("files".to_owned(), 1)])).unwrap();
    let tallied = state.tallied("end").unwrap();
    assert_eq!((tallied["conversations"], tallied["users"], tallied["files"]), (6, 10, 1), "{tallied:?}");
    state.close_tally("end").unwrap();
    assert!(state.tallied("end").unwrap().is_empty());
    assert!(state.conversations(SLUG, None).unwrap().is_empty());
    assert!(state.once("limit:spokes:2025-01", NOON).unwrap(), "what it was told is forgotten");
    assert!(!state.once("limit:sp_kes:2025-01", NOON).unwrap(), "of it alone");
    assert_eq!(state.usage(Some(SLUG)).unwrap()[0].messages_in, 6);
    assert_eq!(state.messages("pedals", ANNA).unwrap().len(), 1);
}

pub(crate) fn what_is_old_expires_and_what_waits_stays(state: &dyn StateStore) {
    talk(state, "m1", NOON);
    store(state, &message(BOLAT, "m2", "hello", NOON));
    store(state, &message(BOLAT, "m3", "hello?", NOON + 100 * DAY));
    let aged = |after, limit| {
        let page = state.aged(SLUG, NOON + 50 * DAY, after, limit).unwrap();
        page.into_iter().map(|it| (it.jid, it.message.message_id, it.seq)).collect::<Vec<_>>()
    };
    let old = aged(0, 100);
    assert_eq!(old.len(), 2, "what was said with Anna, and nothing that waits: {old:?}");
    assert!(old.iter().all(|it| it.0 == ANNA) && old[0].1 == "m1");
    assert_eq!((aged(0, 1).len(), aged(old[0].2, 100)), (1, old[1..].to_vec()), "page by page");
    assert!(state.aged("pedals", NOON + 50 * DAY, 0, 100).unwrap().is_empty(), "of this tenant alone");
    let erased = state.expire(SLUG, NOON + 50 * DAY, 100).unwrap();
    assert_eq!((erased["conversations"], erased["users"]), (1, 1), "Anna was silent: {erased:?}");
    assert!(state.messages(SLUG, ANNA).unwrap().is_empty());
    assert_eq!(state.messages(SLUG, BOLAT).unwrap().len(), 2, "nobody has answered them");
    assert_eq!(state.usage(None).unwrap()[0].messages_in, 3);

    let claim = state.claim_due(NOON + 100 * DAY, 1000, &runtime::Turnstile::open(1)).unwrap().remove(0);
    assert_eq!(claim.burst.len(), 2);
    state.commit_turn(&turn(&claim, Some("7 000."), "out-2", NOON + 100 * DAY)).unwrap();
    let erased = state.expire(SLUG, NOON + 50 * DAY, 100).unwrap();
    assert_eq!(erased, Erased::from([("messages".to_owned(), 1)]));
    let left: Vec<String> =
        state.messages(SLUG, BOLAT).unwrap().into_iter().map(|it| it.message_id).collect();
    assert_eq!(left, ["m3", "out-2"]);
    assert!(state.expire(SLUG, NOON + 50 * DAY, 100).unwrap().is_empty());
}

pub(crate) fn old_ids_are_dropped_whoever_they_are_of(state: &dyn StateStore) {
    let mut elsewhere = message(ANNA, "m2", "hello", NOON);
    elsewhere.slug = "pedals".to_owned();
    for it in [&message(ANNA, "m1", "hello", NOON), &elsewhere, &message(ANNA, "m3", "hello", NOON + 9 * DAY)]
    {
        store(state, it);
    }
    assert_eq!(state.expire_seen(NOON, 100).unwrap(), 0);
    assert_eq!(state.expire_seen(NOON + DAY, 1).unwrap(), 1, "so many at once");
    assert_eq!(state.expire_seen(NOON + DAY, 100).unwrap(), 1);
    assert_eq!(state.expire_seen(NOON + DAY, 100).unwrap(), 0);
    let again = |id| state.store_inbound(&[message(ANNA, id, "hello", NOON + 10 * DAY)]).unwrap().remove(0);
    assert!(matches!(again("m3"), Receipt::Duplicate { .. }), "it is young");
    assert!(matches!(again("m1"), Receipt::Stored { .. }));
}
