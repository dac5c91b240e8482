//! Requests that somebody has taken and nobody has answered, and those that the store opens itself.

use runtime::{Button, Later, Settlement, TimerCommit, TimerOutcome};

use crate::desk::{LEASE, shown};
use crate::desk_people::{press, saying};
use crate::engines::Engine;
use crate::make::{NOON, SLUG, sending};

fn later(kind: &str, due_at_ms: i64) -> Later {
    Later { kind: kind.to_owned(), due_at_ms, payload: "{}".to_owned() }
}

pub(crate) fn who_takes_and_does_not_answer_is_reminded(engine: &dyn Engine) {
    let desk = engine.desk();
    let (handover_id, thread_id) = shown(&*desk);
    let unanswered = || desk.alarms(0).unwrap().remove(SLUG).map(|it| it.unanswered).unwrap_or_default();
    assert!(desk.remind(&handover_id, 1, NOON + 10).unwrap());
    assert_eq!(unanswered(), [NOON]);

    let mut takes = press(1, &handover_id, Button::Take, (1, "Dina"), NOON + 20);
    takes.timers = vec![later("again", NOON + 50)];
    desk.press(&takes).unwrap();
    assert_eq!(unanswered(), [NOON + 20], "to press is not to answer");
    let due =
        |now_ms| desk.claim_timers(now_ms, LEASE, 10).unwrap().into_iter().find(|it| it.kind == "again");
    assert!(due(NOON + 49).is_none());
    let timer = due(NOON + 50).unwrap();
    assert_eq!((timer.handover_id.as_deref(), timer.answered_at_ms), (Some(&*handover_id), None));
    assert!(desk.remind(&handover_id, 1, NOON + 50).unwrap(), "once more, of what was taken");
    assert!(!desk.remind(&handover_id, 1, NOON + 51).unwrap());

    desk.say(&saying(2, thread_id, "Bring it in.", NOON + 60)).unwrap();
    assert!(!desk.remind(&handover_id, 2, NOON + 61).unwrap(), "the customer has an answer");
    assert!(unanswered().is_empty());
    let timer = due(NOON + 50 + LEASE).unwrap();
    assert_eq!(timer.answered_at_ms, Some(NOON + 60));
}

pub(crate) fn who_has_answered_takes_no_timers(engine: &dyn Engine) {
    let desk = engine.desk();
    let (handover_id, _) = shown(&*desk);
    desk.record_echo(&crate::make::message(crate::make::ANNA, "phone-1", "come by", NOON + 1)).unwrap();
    let mut takes = press(1, &handover_id, Button::Take, (1, "Dina"), NOON + 2);
    takes.timers = vec![later("again", NOON + 3)];
    desk.press(&takes).unwrap();
    assert!(!desk.claim_timers(NOON + 100, LEASE, 10).unwrap().iter().any(|it| it.kind == "again"));
}

pub(crate) fn a_request_of_the_stores_own_asks_for_its_timers(engine: &dyn Engine) {
    let desk = engine.desk();
    let error = || "no answer".to_owned();
    let id = sending(&*desk, "m1", "7 000.", NOON);
    desk.settle_send(&id, 1, &Settlement::Dead { error: error() }, NOON + 5).unwrap();
    let timer = desk.claim_timers(NOON + 5, LEASE, 10).unwrap().remove(0);
    assert_eq!((timer.kind.as_str(), timer.requested_at_ms), (runtime::Timer::REQUEST, Some(NOON + 5)));
    let outcome = TimerOutcome::Set { timers: vec![later("b", NOON + 7), later("a", NOON + 7)] };
    desk.commit_timer(&TimerCommit { timer, outcome, now_ms: NOON + 6 }).unwrap();
    let kinds = |now_ms| {
        let timers = desk.claim_timers(now_ms, LEASE, 10).unwrap();
        timers.into_iter().map(|it| it.kind).collect::<Vec<_>>()
    };
    assert_eq!(kinds(NOON + 6), Vec::<String>::new());
    assert_eq!(kinds(NOON + 7), ["b", "a"], "of those due at once the one that was set first");

    // It is asked for once, while the request is open.
    let id = sending(&*desk, "m2", "8 000.", NOON + 10);
    desk.settle_send(&id, 1, &Settlement::Unknown { error: error() }, NOON + 11).unwrap();
    assert_eq!(kinds(NOON + 11), Vec::<String>::new());
    let conversation_id = desk.handovers(None).unwrap().remove(0).conversation_id;
    desk.release(&conversation_id, "resolved", NOON + 12).unwrap();

    // Closed before anybody said which: none are set.
    let id = sending(&*desk, "m3", "9 000.", NOON + 20);
    desk.settle_send(&id, 1, &Settlement::Dead { error: error() }, NOON + 21).unwrap();
    let timer = desk.claim_timers(NOON + 21, LEASE, 10).unwrap().remove(0);
    desk.release(&conversation_id, "resolved", NOON + 22).unwrap();
    let outcome = TimerOutcome::Set { timers: vec![later("c", NOON + 23)] };
    desk.commit_timer(&TimerCommit { timer, outcome, now_ms: NOON + 22 }).unwrap();
    assert!(!kinds(NOON + 24 + LEASE).contains(&"c".to_owned()));
}
