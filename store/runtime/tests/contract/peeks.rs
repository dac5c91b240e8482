//! What the state store writes where only SQL can see it.

use runtime::{StoreError, Turnstile};

use crate::engines::Engine;
use crate::make::{self, ANNA, NOON, SLUG, message, publication, release};

pub(crate) fn usage_names_the_client_of_the_releases(engine: &dyn Engine) {
    let state = engine.state();
    let usage = "SELECT client_id, month, messages_in FROM usage";
    make::store(&*state, &message(ANNA, "m1", "hello", NOON));
    assert_eq!(engine.state_rows(usage), ["spokes|2025-01|1"]);

    let release = release(SLUG, "one", &[]);
    engine.open().publish(&publication(&release, None, "t1")).unwrap();
    make::store(&*state, &message(ANNA, "m2", "hello", NOON));
    assert_eq!(engine.state_rows(usage), [format!("{}|2025-01|2", release.client.id)]);
    make::store(&*state, &message(ANNA, "m3", "hello", NOON));
    assert_eq!(engine.state_rows(usage), [format!("{}|2025-01|3", release.client.id)]);
}

pub(crate) fn a_take_outlives_giving_the_conversation_back(engine: &dyn Engine) {
    let state = engine.state();
    let claim = make::claimed(&*state, "m1", NOON);
    state.commit_turn(&make::turn(&claim, Some("7 000."), "out-1", NOON)).unwrap();
    let in_work = make::claimed(&*state, "m2", NOON + 1);
    state.record_echo(&message(ANNA, "phone-1", "it is me", NOON + 2)).unwrap();
    assert_eq!(
        engine.state_rows("SELECT state, epoch, due_at_ms FROM conversations"),
        ["manager_active|1|-"]
    );
    assert_eq!(engine.state_rows("SELECT status FROM outbox"), ["cancelled"]);
    assert_eq!(
        engine.state_rows("SELECT settled FROM messages WHERE role = 'user' ORDER BY seq"),
        ["turn", "person"]
    );

    assert!(state.release(&claim.conversation_id, "returned", NOON + 3).unwrap());
    assert!(!state.release(&claim.conversation_id, "returned", NOON + 3).unwrap(), "it is the bot's already");
    assert!(state.begin_sends(NOON + 3, 60_000, &Turnstile::open(10)).unwrap().is_empty());
    let late = state.commit_turn(&make::turn(&in_work, Some("late"), "out-2", NOON + 3));
    assert!(matches!(late, Err(StoreError::Stale)));
    let next = make::claimed(&*state, "m3", NOON + 4);
    assert_eq!((next.epoch, next.burst.len()), (1, 1), "what the person answered is not answered again");
    assert_eq!(
        engine.state_rows("SELECT actor, action FROM conversation_audit ORDER BY seq"),
        ["person|taken over", "person|given back"]
    );
}

pub(crate) fn users_carry_phone_and_name(engine: &dyn Engine) {
    let state = engine.state();
    let hidden = message("120363@lid", "m1", "hello", NOON);
    let mut renamed = message(ANNA, "m2", "hello", NOON);
    renamed.sender = Some("Anna".to_owned());
    let mut nameless = message(ANNA, "m3", "hello", NOON);
    nameless.sender = None;
    state.store_inbound(&[hidden, message(ANNA, "m1", "hello", NOON), renamed, nameless]).unwrap();
    assert_eq!(
        engine.state_rows("SELECT phone, name FROM users ORDER BY jid"),
        ["-|A customer", "77010000001|Anna"]
    );
    assert_eq!(state.customers(SLUG, "+7 701 000-00-01").unwrap(), [ANNA]);
    assert_eq!(state.customers(SLUG, "120363@lid").unwrap(), ["120363@lid"]);
    assert!(state.customers("pedals", ANNA).unwrap().is_empty());
}

pub(crate) fn an_acknowledged_message_is_there_for_others(engine: &dyn Engine) {
    let state = engine.state();
    let tickets: Vec<_> =
        (0..100).map(|n| state.take_in(message(ANNA, &format!("m{n}"), "hello", NOON))).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    for ticket in tickets {
        runtime.block_on(ticket).unwrap();
    }
    // The store is still open: another process must see the rows all the same.
    assert_eq!(engine.state_rows("SELECT count(*) FROM messages"), ["100"]);
    assert_eq!(engine.state_rows("SELECT message_id FROM messages ORDER BY seq LIMIT 2"), ["m0", "m1"]);
    assert_eq!(engine.state_rows("SELECT messages_in FROM usage"), ["100"]);
}
