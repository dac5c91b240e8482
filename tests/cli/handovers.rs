//! `handovers`: who waits for a person, whom a person has, and the way back to the bot.

use runtime::{Inbound, SqliteState, StateStore as _};
use serde_json::{Value, json};

use crate::bundle::Tree;
use crate::tool::run;

const NOON: i64 = 1_772_323_200_000;

/// Somebody wrote from the phone to customers of a workshop without a desk.
fn phoned(customers: usize) -> (Tree, SqliteState) {
    let tree = Tree::of_two();
    run(tree.path(), &["apply"]).exits(0);
    let state = SqliteState::open(&tree.path().join("var")).unwrap();
    for number in 1..=customers {
        let echo = inbound(&format!("phone-{number}"), number, NOON);
        assert!(!state.record_echo(&echo).unwrap());
    }
    (tree, state)
}

fn inbound(id: &str, customer: usize, at_ms: i64) -> Inbound {
    Inbound {
        slug: "spoke".to_owned(),
        instance_id: "spoke-hill".to_owned(),
        message_id: id.to_owned(),
        jid: format!("7701000{customer:04}@s.whatsapp.net"),
        sender: None,
        text: "Ваш велосипед готов".to_owned(),
        media: None,
        file: None,
        request_id: String::new(),
        sent_at: at_ms / 1000,
        received_at_ms: at_ms,
        due_at_ms: at_ms,
        month: "2026-03".to_owned(),
    }
}

fn listed(tree: &Tree) -> Vec<Value> {
    let json = run(tree.path(), &["handovers", "spoke", "--format", "json"]).exits(0).json();
    json["handovers"].as_array().unwrap().clone()
}

#[test]
fn a_talk_that_somebody_has_on_the_phone_is_given_back_to_the_bot() {
    let (tree, state) = phoned(2);
    let open = listed(&tree);
    assert_eq!(open.len(), 2, "{open:?}");
    assert_eq!((&open[0]["reason"], &open[0]["status"]), (&json!("phone"), &json!("active")));
    let ids: Vec<&str> = open.iter().map(|it| it["id"].as_str().unwrap()).collect();
    assert!(run(tree.path(), &["handovers"]).exits(0).out.contains(ids[0]), "the id is shown");

    let closed = run(tree.path(), &["handovers", "spoke", "--return", ids[0], "--format", "json"]);
    assert_eq!(closed.exits(0).json(), json!({"id": ids[0], "status": "returned", "changed": true}));
    let closed = run(tree.path(), &["handovers", "--resolve", ids[1]]).exits(0);
    assert!(closed.out.contains("is resolved, the bot has the talk"), "{}", closed.out);
    assert!(listed(&tree).is_empty());

    // The bot answers again.
    let message = inbound("m1", 1, NOON + 1);
    state.store_inbound(&[message]).unwrap();
    assert_eq!(state.next_due().unwrap(), Some(NOON + 1));
}

#[test]
fn an_id_that_names_nothing_closes_nothing() {
    let (tree, _state) = phoned(2);
    let common = "0";
    let refused = run(tree.path(), &["handovers", "spoke", "--return", common]).exits(2);
    assert!(refused.err.contains("begins several requests"), "{}", refused.err);
    let refused = run(tree.path(), &["handovers", "spoke", "--resolve", "no-such"]).exits(1);
    assert!(refused.err.contains("no request `no-such` is open"), "{}", refused.err);
    run(tree.path(), &["handovers", "crumb", "--return", listed(&tree)[0]["id"].as_str().unwrap()]).exits(1);
    run(tree.path(), &["handovers", "spoke", "--return", ""]).exits(2);
    run(tree.path(), &["handovers", "--return", "a", "--resolve", "b"]).exits(2);
    assert_eq!(listed(&tree).len(), 2);
}
