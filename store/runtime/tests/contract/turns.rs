//! Claims, the fence, and what a turn commits.

use runtime::{ConversationState, StateStore, StoreError, TurnCommit, Turnstile};

use crate::make::{ANNA, BOLAT, NOON, SLUG, claimed, message, store, turn};

fn is_stale<T>(result: &Result<T, StoreError>) -> bool {
    matches!(result, Err(StoreError::Stale))
}

fn handing_over(mut turn: TurnCommit, reason: &str, summary: &str) -> TurnCommit {
    turn.handover = Some((reason.to_owned(), summary.to_owned()));
    turn
}

pub(crate) fn a_burst_is_claimed_when_it_is_due(state: &dyn StateStore) {
    assert_eq!(state.next_due().unwrap(), None);
    let mut early = message(ANNA, "m1", "hello", NOON);
    early.due_at_ms = NOON + 700;
    store(state, &early);
    let mut later = message(ANNA, "m2", "how much is a chain?", NOON + 500);
    later.due_at_ms = NOON + 1200;
    store(state, &later);
    let mut sooner = message(ANNA, "m3", "and a bell?", NOON + 600);
    sooner.due_at_ms = NOON + 900;
    store(state, &sooner);

    assert_eq!(state.next_due().unwrap(), Some(NOON + 1200), "a later message moves it on, never back");
    assert_eq!(state.claim_due(NOON + 1199, 1000, &Turnstile::open(10)).unwrap(), []);
    let claims = state.claim_due(NOON + 1200, 1000, &Turnstile::open(10)).unwrap();
    assert_eq!(claims.len(), 1);
    let claim = &claims[0];
    assert_eq!((claim.slug.as_str(), claim.jid.as_str(), claim.memory.as_str()), (SLUG, ANNA, ""));
    assert_eq!(claim.sender.as_deref(), Some("A customer"));
    assert_eq!((claim.state, claim.attempts), (ConversationState::BotActive, 0));
    assert_eq!(claim.instance_id, "number-1");
    let texts: Vec<&str> = claim.burst.iter().map(|it| it.text.as_str()).collect();
    assert_eq!(texts, ["hello", "how much is a chain?", "and a bell?"]);
    assert_eq!(state.next_due().unwrap(), Some(NOON + 2200), "when the lease runs out");
    assert_eq!(state.next_turn(NOON + 1200).unwrap(), Some(NOON + 2200));
    store(state, &message(BOLAT, "m4", "hello", NOON + 1300));
    assert_eq!(state.next_turn(NOON + 1300).unwrap(), Some(NOON + 1300));
}

pub(crate) fn a_burst_is_in_the_senders_order(state: &dyn StateStore) {
    for (id, sent_at) in [("third", 30), ("first", 10), ("second", 20), ("also second", 20)] {
        let mut it = message(ANNA, id, id, NOON);
        it.sent_at = sent_at;
        store(state, &it);
    }
    let claims = state.claim_due(NOON, 1000, &Turnstile::open(10)).unwrap();
    let ids: Vec<&str> = claims[0].burst.iter().map(|it| it.message_id.as_str()).collect();
    assert_eq!(ids, ["first", "second", "also second", "third"]);
    let arrived: Vec<String> =
        state.messages(SLUG, ANNA).unwrap().into_iter().map(|it| it.message_id).collect();
    assert_eq!(arrived, ["third", "first", "second", "also second"]);
}

pub(crate) fn the_longest_waiting_are_claimed_first(state: &dyn StateStore) {
    for n in 0..5 {
        store(state, &message(&format!("7701000001{n}@s.whatsapp.net"), &format!("m{n}"), "hi", NOON - n));
    }
    let claims = state.claim_due(NOON, 1000, &Turnstile::open(2)).unwrap();
    let ids: Vec<&str> = claims.iter().map(|it| it.burst[0].message_id.as_str()).collect();
    assert_eq!(ids, ["m4", "m3"]);
    assert_eq!(
        state.claim_due(NOON, 1000, &Turnstile::open(10)).unwrap().len(),
        3,
        "the others are not held up"
    );
}

pub(crate) fn never_due_is_never_answered(state: &dyn StateStore) {
    let mut silent = message(ANNA, "m1", "hello", NOON);
    silent.due_at_ms = i64::MAX;
    store(state, &silent);
    assert_eq!(state.next_due().unwrap(), None);
    assert_eq!(state.claim_due(i64::MAX - 1, 1000, &Turnstile::open(10)).unwrap(), []);
    let claim = claimed(state, "m2", NOON + 1000);
    assert_eq!(claim.burst.len(), 1, "the silent message is history, not a question");
    store(state, &message(BOLAT, "m3", "hi", NOON));
    let mut silent = message(BOLAT, "m4", "hi", NOON + 1);
    silent.due_at_ms = i64::MAX;
    store(state, &silent);
    assert_eq!(state.next_due().unwrap(), Some(NOON), "what is due stays due");
}

pub(crate) fn a_turn_writes_everything_at_once(state: &dyn StateStore) {
    let claim = claimed(state, "m1", NOON);
    let mut reply = turn(&claim, Some("7 000."), "out-1", NOON + 50);
    reply.branch = Some("river".to_owned());
    state.commit_turn(&reply).unwrap();

    let messages = state.messages(SLUG, ANNA).unwrap();
    assert_eq!(messages.len(), 2);
    let said = &messages[1];
    assert_eq!((said.id.as_str(), said.role.as_str(), said.text.as_str()), ("out-1", "assistant", "7 000."));
    assert_eq!((said.at_ms, said.trace.as_deref()), (NOON + 50, Some(r#"{"of":"out-1"}"#)));
    assert_eq!(messages[0].trace, None);
    let asked = state.message("m1").unwrap().unwrap();
    assert_eq!(
        asked.trace.as_deref(),
        Some(r#"{"of":"out-1"}"#),
        "the question shows why it was answered so"
    );

    assert_eq!(state.claim_due(NOON + 100_000, 1000, &Turnstile::open(10)).unwrap(), [], "answered");
    let begun = state.begin_sends(NOON + 50, 60_000, &Turnstile::open(10)).unwrap();
    assert_eq!(begun.len(), 1);
    assert_eq!(
        (begun[0].id.as_str(), begun[0].jid.as_str(), begun[0].text.as_str()),
        ("out-1", ANNA, "7 000.")
    );
    assert_eq!((begun[0].attempts, begun[0].created_at_ms), (1, NOON + 50));

    let next = claimed(state, "m2", NOON + 1000);
    assert_eq!(next.memory, r#"{"after":"out-1"}"#);
    let mut hand = handing_over(turn(&next, None, "out-2", NOON + 1001), "booking", "a chain, tomorrow");
    hand.branch = None;
    state.commit_turn(&hand).unwrap();
    assert_eq!(
        state.handovers(None).unwrap()[0].branch.as_deref(),
        Some("river"),
        "the branch is remembered"
    );
}

pub(crate) fn a_silent_turn_leaves_its_trace(state: &dyn StateStore) {
    let batch = [message(ANNA, "m1", "ok", NOON), message(ANNA, "m2", "thanks", NOON + 1)];
    state.store_inbound(&batch).unwrap();
    let claim = state.claim_due(NOON + 1, 1000, &Turnstile::open(1)).unwrap().remove(0);
    state.commit_turn(&turn(&claim, None, "out-1", NOON + 2)).unwrap();
    let messages = state.messages(SLUG, ANNA).unwrap();
    assert_eq!(messages.len(), 2, "nothing is said");
    assert_eq!(messages[0].trace, None);
    assert_eq!(messages[1].trace.as_deref(), Some(r#"{"of":"out-1"}"#));
    assert!(state.begin_sends(NOON + 2, 60_000, &Turnstile::open(10)).unwrap().is_empty());
    assert_eq!(state.next_due().unwrap(), None);
}

pub(crate) fn a_lost_lease_cannot_commit(state: &dyn StateStore) {
    let slow = claimed(state, "m1", NOON);
    assert_eq!(state.claim_due(NOON + 59_999, 60_000, &Turnstile::open(10)).unwrap(), [], "held");
    let fast = state.claim_due(NOON + 60_000, 60_000, &Turnstile::open(10)).unwrap().remove(0);
    assert!(fast.lease > slow.lease);
    assert_eq!((fast.attempts, fast.burst.len()), (1, 1));
    assert!(is_stale(&state.commit_turn(&turn(&slow, Some("slow"), "out-slow", NOON + 60_001))));
    state.commit_turn(&turn(&fast, Some("fast"), "out-fast", NOON + 60_002)).unwrap();
    assert!(is_stale(&state.commit_turn(&turn(&slow, Some("slow"), "out-slow", NOON + 60_003))));
    let replies: Vec<String> = state
        .begin_sends(NOON + 70_000, 60_000, &Turnstile::open(10))
        .unwrap()
        .into_iter()
        .map(|it| it.id)
        .collect();
    assert_eq!(replies, ["out-fast"]);
}

pub(crate) fn an_expired_lease_that_nobody_took_commits(state: &dyn StateStore) {
    let claim = claimed(state, "m1", NOON);
    state.commit_turn(&turn(&claim, Some("late"), "out-1", NOON + 500_000)).unwrap();
    assert!(is_stale(&state.commit_turn(&turn(&claim, Some("twice"), "out-2", NOON + 500_001))));
    assert_eq!(state.messages(SLUG, ANNA).unwrap().len(), 2);
}

pub(crate) fn a_newer_message_makes_the_turn_start_over(state: &dyn StateStore) {
    let claim = claimed(state, "m1", NOON);
    let mut newer = message(ANNA, "m2", "no, two chains", NOON + 10);
    newer.due_at_ms = NOON + 710;
    store(state, &newer);
    assert!(is_stale(&state.commit_turn(&turn(&claim, Some("one"), "out-1", NOON + 20))));
    assert_eq!(state.messages(SLUG, ANNA).unwrap().len(), 2, "nothing of the turn was written");
    assert!(state.begin_sends(NOON + 20, 60_000, &Turnstile::open(10)).unwrap().is_empty());
    assert_eq!(state.next_due().unwrap(), Some(NOON + 710), "given back, not held until the lease ends");
    let again = state.claim_due(NOON + 710, 60_000, &Turnstile::open(10)).unwrap().remove(0);
    assert_eq!((again.burst.len(), again.attempts), (2, 0), "a new burst");
    assert_eq!(again.memory, "");
    state.commit_turn(&turn(&again, Some("two"), "out-2", NOON + 720)).unwrap();
}

pub(crate) fn a_customer_who_never_stops_is_answered_all_the_same(state: &dyn StateStore) {
    let claim = claimed(state, "m1", NOON);
    store(state, &message(ANNA, "m2", "and a bell?", NOON + 15_000));
    state.commit_turn(&turn(&claim, Some("7 000."), "out-1", NOON + 15_001)).unwrap();
    let next = state.claim_due(NOON + 15_002, 1000, &Turnstile::open(10)).unwrap().remove(0);
    let ids: Vec<&str> = next.burst.iter().map(|it| it.message_id.as_str()).collect();
    assert_eq!(ids, ["m2"], "what came meanwhile is the next burst, and what was answered is not in it");
    assert_eq!(next.memory, r#"{"after":"out-1"}"#);
}

pub(crate) fn a_take_during_a_turn_voids_it(state: &dyn StateStore) {
    let claim = claimed(state, "m1", NOON);
    let person = message(ANNA, "phone-1", "I will answer myself", NOON + 10);
    assert!(!state.record_echo(&person).unwrap());
    assert!(is_stale(&state.commit_turn(&turn(&claim, Some("7 000."), "out-1", NOON + 20))));
    assert!(
        state.begin_sends(NOON + 20, 60_000, &Turnstile::open(10)).unwrap().is_empty(),
        "nothing is sent"
    );
    assert_eq!(state.claim_due(NOON + 500_000, 1000, &Turnstile::open(10)).unwrap(), [], "nothing is due");
    store(state, &message(ANNA, "m2", "thank you", NOON + 30));
    assert_eq!(state.claim_due(NOON + 500_000, 1000, &Turnstile::open(10)).unwrap(), []);
    assert_eq!(state.next_due().unwrap(), None);
    let roles: Vec<String> = state.messages(SLUG, ANNA).unwrap().into_iter().map(|it| it.role).collect();
    assert_eq!(roles, ["user", "manager", "user"]);
}

pub(crate) fn a_forgotten_conversation_cannot_commit(state: &dyn StateStore) {
    let claim = claimed(state, "m1", NOON);
    state.forget(SLUG, ANNA, "").unwrap();
    assert!(is_stale(&state.commit_turn(&turn(&claim, Some("7 000."), "out-1", NOON + 20))));
    assert!(state.messages(SLUG, ANNA).unwrap().is_empty());
}

pub(crate) fn a_request_is_open_once_and_grows(state: &dyn StateStore) {
    let claim = claimed(state, "m1", NOON);
    let asked = handing_over(
        turn(&claim, Some("I passed it on."), "out-1", NOON + 1),
        "human_request",
        "wants a person",
    );
    state.commit_turn(&asked).unwrap();
    let open = state.handovers(Some(SLUG)).unwrap();
    assert_eq!(open.len(), 1);
    assert_eq!((open[0].reason.as_str(), open[0].status.as_str()), ("human_request", "pending"));
    assert_eq!((open[0].jid.as_str(), open[0].created_at_ms), (ANNA, NOON + 1));

    let claim = claimed(state, "m2", NOON + 1000);
    assert_eq!(claim.state, ConversationState::Pending, "the bot goes on while the request waits");
    let more = handing_over(
        turn(&claim, Some("I told them."), "out-2", NOON + 1001),
        "complaint",
        "the chain broke",
    );
    state.commit_turn(&more).unwrap();
    let grown = state.handovers(Some(SLUG)).unwrap();
    assert_eq!(grown.len(), 1);
    assert_eq!((&grown[0].id, grown[0].reason.as_str()), (&open[0].id, "human_request"));
    assert_eq!(grown[0].summary, "wants a person\nthe chain broke");
    assert!(state.handovers(Some("pedals")).unwrap().is_empty());
}

pub(crate) fn a_cancelled_request_is_closed(state: &dyn StateStore) {
    let claim = claimed(state, "m1", NOON);
    state.commit_turn(&handing_over(turn(&claim, None, "out-1", NOON + 1), "booking", "tomorrow")).unwrap();
    let claim = claimed(state, "m2", NOON + 1000);
    let mut cancel = turn(&claim, Some("Never mind then."), "out-2", NOON + 1001);
    cancel.cancel_handover = true;
    state.commit_turn(&cancel).unwrap();
    assert!(state.handovers(None).unwrap().is_empty());
    let claim = claimed(state, "m3", NOON + 2000);
    assert_eq!(claim.state, ConversationState::BotActive);
    state
        .commit_turn(&handing_over(turn(&claim, None, "out-3", NOON + 2001), "booking", "on Friday"))
        .unwrap();
    assert_eq!(state.handovers(None).unwrap()[0].summary, "on Friday", "a new request");
}

pub(crate) fn requests_are_listed_newest_first(state: &dyn StateStore) {
    for (jid, id) in [(ANNA, "m1"), (BOLAT, "m2")] {
        store(state, &message(jid, id, "a person, please", NOON));
        let claim = state.claim_due(NOON, 1000, &Turnstile::open(1)).unwrap().remove(0);
        let out = format!("out-{id}");
        state.commit_turn(&handing_over(turn(&claim, None, &out, NOON), "human_request", id)).unwrap();
    }
    let summaries: Vec<String> = state.handovers(None).unwrap().into_iter().map(|it| it.summary).collect();
    assert_eq!(summaries, ["m2", "m1"]);
}
