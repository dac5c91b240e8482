//! What is done later.

use runtime::{
    ConversationState, Later, StateStore, StoreError, Timer, TimerCommit, TimerOutcome, Turnstile,
};

use crate::make::{ANNA, NOON, SLUG, claimed, message, turn};

fn later(kind: &str, due_at_ms: i64) -> Later {
    Later { kind: kind.to_owned(), due_at_ms, payload: format!("{{\"at\":{due_at_ms}}}") }
}

/// Answers a message of Anna and sets timers.
fn set(state: &dyn StateStore, id: &str, at_ms: i64, timers: Vec<Later>, asks: bool) {
    let claim = claimed(state, id, at_ms);
    let mut turn = turn(&claim, Some("7 000."), &format!("out-{id}"), at_ms);
    turn.timers = timers;
    turn.handover = asks.then(|| ("booking".to_owned(), "a chain, tomorrow".to_owned()));
    state.commit_turn(&turn).unwrap();
}

fn due(state: &dyn StateStore, now_ms: i64) -> Vec<Timer> {
    state.claim_timers(now_ms, 60_000, 10).unwrap()
}

fn commit(state: &dyn StateStore, timer: &Timer, outcome: TimerOutcome) -> Result<(), StoreError> {
    state.commit_timer(&TimerCommit { timer: timer.clone(), outcome, now_ms: timer.due_at_ms })
}

fn say(id: &str) -> TimerOutcome {
    let text = "Are you still there?".to_owned();
    TimerOutcome::Say { text, outbox_id: id.to_owned(), instance_id: "number-1".to_owned(), postpones: None }
}

pub(crate) fn a_timer_is_done_once(state: &dyn StateStore) {
    set(state, "m1", NOON, vec![later("remind", NOON + 5000), later("return", NOON + 9000)], false);
    assert_eq!(state.next_timer().unwrap(), Some(NOON + 5000));
    assert!(due(state, NOON + 4999).is_empty());
    let claims = due(state, NOON + 5000);
    assert_eq!(claims.len(), 1);
    let timer = &claims[0];
    assert_eq!((timer.slug.as_str(), timer.jid.as_str(), timer.kind.as_str()), (SLUG, ANNA, "remind"));
    assert_eq!(
        (timer.payload.as_str(), timer.state),
        (r#"{"at":1736942405000}"#, ConversationState::BotActive)
    );
    assert_eq!((timer.last_message_at_ms, timer.requested_at_ms), (NOON, None));
    assert!(due(state, NOON + 5001).is_empty(), "somebody has it");
    assert_eq!(state.next_timer().unwrap(), Some(NOON + 9000), "the claim of the first ends later");
    commit(state, timer, TimerOutcome::Done).unwrap();
    assert!(matches!(commit(state, timer, TimerOutcome::Done), Err(StoreError::Stale)));
    let rest: Vec<String> = due(state, NOON + 100_000).into_iter().map(|it| it.kind).collect();
    assert_eq!(rest, ["return"]);
}

pub(crate) fn a_timer_replaces_the_one_of_its_kind(state: &dyn StateStore) {
    set(state, "m1", NOON, vec![later("remind", NOON + 5000)], false);
    let old = due(state, NOON + 5000).remove(0);
    set(state, "m2", NOON + 5001, vec![later("remind", NOON + 8000)], false);
    assert!(matches!(commit(state, &old, say("late")), Err(StoreError::Stale)), "it was replaced meanwhile");
    assert!(due(state, NOON + 7999).is_empty());
    let timer = due(state, NOON + 8000).remove(0);
    assert_eq!(timer.due_at_ms, NOON + 8000);
    commit(state, &timer, TimerOutcome::Again { due_at_ms: NOON + 9000 }).unwrap();
    assert!(due(state, NOON + 8999).is_empty());
    assert_eq!(due(state, NOON + 9000).len(), 1);
}

pub(crate) fn a_lost_timer_cannot_commit(state: &dyn StateStore) {
    set(state, "m1", NOON, vec![later("remind", NOON + 5000)], false);
    let slow = due(state, NOON + 5000).remove(0);
    let fast = due(state, NOON + 65_000).remove(0);
    assert!(fast.lease > slow.lease);
    assert!(matches!(commit(state, &slow, say("out-slow")), Err(StoreError::Stale)));
    commit(state, &fast, say("out-fast")).unwrap();
    assert!(matches!(commit(state, &slow, say("out-slow")), Err(StoreError::Stale)));
    assert_eq!(state.message("out-slow").unwrap(), None);
    assert!(state.message("out-fast").unwrap().is_some());
}

pub(crate) fn what_a_timer_says_leaves_behind_the_replies(state: &dyn StateStore) {
    set(state, "m1", NOON, vec![later("remind", NOON + 5000)], false);
    commit(state, &due(state, NOON + 5000)[0], say("out-later")).unwrap();
    let mut sent = Vec::new();
    for _ in 0..2 {
        let row = state.begin_sends(NOON + 6000, 60_000, &Turnstile::open(10)).unwrap().remove(0);
        state.settle_send(&row.id, row.attempts, &runtime::Settlement::Sent, NOON + 6000).unwrap();
        sent.push((row.id, row.received_at_ms));
    }
    assert_eq!(sent, [("out-m1".to_owned(), NOON), ("out-later".to_owned(), NOON + 5000)]);
}

pub(crate) fn a_return_closes_the_request_that_nobody_took(state: &dyn StateStore) {
    set(state, "m1", NOON, vec![later("return", NOON + 5000)], true);
    let timer = due(state, NOON + 5000).remove(0);
    assert_eq!((timer.state, timer.requested_at_ms), (ConversationState::Pending, Some(NOON)));
    commit(state, &timer, TimerOutcome::Return).unwrap();
    assert!(state.handovers(None).unwrap().is_empty());
    assert_eq!(claimed(state, "m2", NOON + 6000).state, ConversationState::BotActive);
}

pub(crate) fn a_timer_does_not_talk_over_a_person(state: &dyn StateStore) {
    set(state, "m1", NOON, vec![later("remind", NOON + 5000), later("return", NOON + 5000)], true);
    state.record_echo(&message(ANNA, "phone-1", "it is me", NOON + 1)).unwrap();
    let timers = due(state, NOON + 5000);
    assert_eq!(timers.len(), 2);
    for timer in &timers {
        assert_eq!((timer.state, timer.human_at_ms), (ConversationState::ManagerActive, Some(NOON + 1)));
        let outcome = if timer.kind == "remind" { say("out-later") } else { TimerOutcome::Return };
        commit(state, timer, outcome).unwrap();
    }
    assert!(state.begin_sends(NOON + 6000, 60_000, &Turnstile::open(10)).unwrap().is_empty());
    assert_eq!(state.message("out-later").unwrap(), None);
    assert_eq!(state.handovers(None).unwrap()[0].status, "active", "it is the person's");
}

pub(crate) fn of_timers_due_at_once_the_first_set_is_done_first(state: &dyn StateStore) {
    let kinds = ["people", "customer", "return", "a", "z"];
    set(state, "m1", NOON, kinds.iter().map(|it| later(it, NOON + 5000)).collect(), true);
    let claimed = due(state, NOON + 5000);
    assert!(claimed.iter().all(|it| it.request_id == "call-m1"), "of the call that the request came of");
    let claimed: Vec<String> = claimed.into_iter().map(|it| it.kind).collect();
    assert_eq!(claimed, kinds);
    for kind in kinds {
        let timer = state.claim_timers(NOON + 5000 + 60_000, 60_000, 1).unwrap().remove(0);
        assert_eq!(timer.kind, kind, "also one by one");
        commit(state, &timer, TimerOutcome::Done).unwrap();
    }
}

pub(crate) fn a_word_about_a_request_puts_off_its_return(state: &dyn StateStore) {
    set(state, "m1", NOON, vec![later("remind", NOON + 5000), later("return", NOON + 5000)], true);
    let timers = due(state, NOON + 5000);
    let kinds: Vec<&str> = timers.iter().map(|it| it.kind.as_str()).collect();
    assert_eq!(kinds, ["remind", "return"]);
    let outcome = TimerOutcome::Say {
        text: "A colleague will answer.".to_owned(),
        outbox_id: "out-later".to_owned(),
        instance_id: "number-1".to_owned(),
        postpones: Some(("return".to_owned(), NOON + 9000)),
    };
    commit(state, &timers[0], outcome).unwrap();
    assert!(matches!(commit(state, &timers[1], TimerOutcome::Return), Err(StoreError::Stale)), "not now");
    assert_eq!(state.handovers(None).unwrap()[0].status, "pending");
    assert!(due(state, NOON + 8999).is_empty());
    commit(state, &due(state, NOON + 9000)[0], TimerOutcome::Return).unwrap();
    assert!(state.handovers(None).unwrap().is_empty());
}

pub(crate) fn a_timer_of_a_request_that_is_closed_does_nothing_to_the_next(state: &dyn StateStore) {
    set(state, "m1", NOON, vec![later("remind", NOON + 5000), later("return", NOON + 5000)], true);
    let timers = due(state, NOON + 5000);
    let closed = state.handovers(None).unwrap().remove(0);
    state.release(&closed.conversation_id, "returned", NOON + 5001).unwrap();
    commit(state, &timers[0], say("out-closed")).unwrap();
    assert_eq!(state.message("out-closed").unwrap(), None, "nobody is asked any more");

    set(state, "m2", NOON + 5002, Vec::new(), true);
    commit(state, &timers[1], TimerOutcome::Return).unwrap();
    let open = state.handovers(None).unwrap();
    assert_eq!(open.len(), 1, "the next request is another");
    assert_ne!(open[0].id, closed.id);
}
