//! Storing messages, counters, reading back.

use runtime::{Inbound, Receipt, StateStore, Turnstile};

use crate::make::{ANNA, BOLAT, NOON, SLUG, message, store};

fn conversation(receipt: &Receipt) -> &str {
    match receipt {
        Receipt::Stored { conversation_id, .. } | Receipt::Duplicate { conversation_id } => conversation_id,
    }
}

fn is_stored(receipt: &Receipt) -> bool {
    matches!(receipt, Receipt::Stored { .. })
}

pub(crate) fn a_message_is_stored_once(state: &dyn StateStore) {
    let first = store(state, &message(ANNA, "m1", "hello", NOON));
    assert!(is_stored(&first));
    let again = store(state, &message(ANNA, "m1", "hello", NOON + 5));
    assert!(!is_stored(&again));
    assert_eq!(conversation(&first), conversation(&again));

    let messages = state.messages(SLUG, ANNA).unwrap();
    assert_eq!(messages.len(), 1);
    assert_eq!((messages[0].role.as_str(), messages[0].text.as_str()), ("user", "hello"));
    assert_eq!((messages[0].message_id.as_str(), messages[0].at_ms), ("m1", NOON));
    assert_eq!(state.usage(Some(SLUG)).unwrap()[0].messages_in, 1);
}

pub(crate) fn a_batch_may_repeat_itself(state: &dyn StateStore) {
    let batch = [
        message(ANNA, "m1", "hello", NOON),
        message(BOLAT, "m2", "hi", NOON),
        message(ANNA, "m1", "hello", NOON),
        message(ANNA, "m3", "are you there?", NOON + 1),
    ];
    let receipts = state.store_inbound(&batch).unwrap();
    let stored: Vec<bool> = receipts.iter().map(is_stored).collect();
    assert_eq!(stored, [true, true, false, true]);
    assert_eq!(conversation(&receipts[0]), conversation(&receipts[3]), "one open conversation");
    assert_ne!(conversation(&receipts[0]), conversation(&receipts[1]));
    assert_eq!(state.store_inbound(&[]).unwrap(), []);
}

pub(crate) fn the_same_id_from_ten_callers_is_stored_once(state: &dyn StateStore) {
    for round in 0..20 {
        let id = format!("m{round}");
        let receipts: Vec<Receipt> = std::thread::scope(|scope| {
            let callers: Vec<_> =
                (0..10).map(|_| scope.spawn(|| store(state, &message(ANNA, &id, "hello", NOON)))).collect();
            callers.into_iter().map(|it| it.join().unwrap()).collect()
        });
        assert_eq!(receipts.iter().filter(|it| is_stored(it)).count(), 1);
        assert!(receipts.iter().all(|it| conversation(it) == conversation(&receipts[0])));
    }
    assert_eq!(state.messages(SLUG, ANNA).unwrap().len(), 20);
    assert_eq!(state.usage(None).unwrap()[0].messages_in, 20);
}

pub(crate) fn an_id_is_one_tenants_and_one_numbers(state: &dyn StateStore) {
    let here = message(ANNA, "m1", "hello", NOON);
    let mut elsewhere = here.clone();
    elsewhere.slug = "pedals".to_owned();
    let mut other_number = here.clone();
    other_number.instance_id = "number-2".to_owned();
    let receipts = state.store_inbound(&[here, elsewhere, other_number]).unwrap();
    assert!(receipts.iter().all(is_stored));
    assert_eq!(conversation(&receipts[0]), conversation(&receipts[2]));
    assert_ne!(conversation(&receipts[0]), conversation(&receipts[1]), "tenants share no conversation");
    assert_eq!(state.messages("pedals", ANNA).unwrap().len(), 1);
    assert_eq!(state.usage(Some("pedals")).unwrap().len(), 1);
    assert_eq!(state.usage(None).unwrap().len(), 2);
}

pub(crate) fn usage_counts_by_month(state: &dyn StateStore) {
    let mut later = message(ANNA, "m2", "hello", NOON);
    later.month = "2025-02".to_owned();
    let more = Inbound { message_id: "m3".to_owned(), ..later.clone() };
    state.store_inbound(&[message(ANNA, "m1", "hello", NOON), later.clone(), later, more]).unwrap();
    let usage: Vec<_> =
        state.usage(Some(SLUG)).unwrap().into_iter().map(|it| (it.month, it.messages_in)).collect();
    assert_eq!(usage, [("2025-01".to_owned(), 1), ("2025-02".to_owned(), 2)]);
}

pub(crate) fn a_message_is_found_by_either_id(state: &dyn StateStore) {
    store(state, &message(ANNA, "m1", "hello", NOON));
    let row = state.messages(SLUG, ANNA).unwrap().remove(0);
    assert_eq!(state.message(&row.id).unwrap().as_ref(), Some(&row));
    assert_eq!(state.message("m1").unwrap(), Some(row));
    assert_eq!(state.message("m2").unwrap(), None);
}

pub(crate) fn a_forgotten_customer_leaves_nothing(state: &dyn StateStore) {
    store(state, &message(ANNA, "m1", "hello", NOON));
    store(state, &message(BOLAT, "m2", "hello", NOON));
    let erased = state.forget(SLUG, ANNA, "").unwrap();
    assert_eq!(erased["messages"] + erased["users"] + erased["conversations"], 3, "{erased:?}");
    assert!(state.messages(SLUG, ANNA).unwrap().is_empty());
    assert_eq!(state.message("m1").unwrap(), None);
    assert_eq!(state.messages(SLUG, BOLAT).unwrap().len(), 1);
    assert_eq!(state.usage(Some(SLUG)).unwrap()[0].messages_in, 2, "counters stay");
    assert!(state.forget(SLUG, ANNA, "").unwrap().is_empty());
    assert!(state.forget("pedals", BOLAT, "").unwrap().is_empty(), "another tenant's customer");
    assert_eq!(
        state.claim_due(NOON, 1000, &Turnstile::open(10)).unwrap().len(),
        1,
        "nothing is due for Anna"
    );
    assert!(is_stored(&store(state, &message(ANNA, "m3", "hello", NOON))), "a new beginning");
}

pub(crate) fn once_is_once(state: &dyn StateStore) {
    let told: Vec<bool> = std::thread::scope(|scope| {
        let callers: Vec<_> =
            (0..8).map(|_| scope.spawn(|| state.once("suspended spokes", NOON).unwrap())).collect();
        callers.into_iter().map(|it| it.join().unwrap()).collect()
    });
    assert_eq!(told.iter().filter(|it| **it).count(), 1);
    assert!(state.once("suspended pedals", NOON).unwrap());
}
