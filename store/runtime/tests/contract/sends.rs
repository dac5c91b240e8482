//! The outbox, echoes, and what a crash leaves.

use std::collections::BTreeSet;

use runtime::{Held, Inbound, NextSend, Pace, Settlement, StateStore, StoreError, Turnstile};

use crate::engines::Engine;
use crate::make::{ANNA, BOLAT, NOON, SLUG, claimed, message, sending, store, turn};

fn begun(state: &dyn StateStore, now_ms: i64) -> Vec<String> {
    state.begin_sends(now_ms, 60_000, &Turnstile::open(10)).unwrap().into_iter().map(|it| it.id).collect()
}

fn reply(state: &dyn StateStore, id: &str, at_ms: i64) -> String {
    let claim = claimed(state, id, at_ms);
    let outbox_id = format!("out-{id}");
    state.commit_turn(&turn(&claim, Some("7 000."), &outbox_id, at_ms)).unwrap();
    outbox_id
}

fn echo(id: &str, text: &str, at_ms: i64) -> Inbound {
    message(ANNA, id, text, at_ms)
}

fn retry(at_ms: i64) -> Settlement {
    Settlement::Retry { at_ms, error: "http 503".to_owned() }
}

pub(crate) fn replies_leave_in_order_one_at_a_time(state: &dyn StateStore) {
    let first = reply(state, "m1", NOON);
    let second = reply(state, "m2", NOON + 1);
    assert_eq!(state.next_due().unwrap(), Some(NOON));
    assert!(begun(state, NOON - 1).is_empty(), "not before it was decided");
    assert_eq!(begun(state, NOON + 10), [first.as_str()]);
    assert!(begun(state, NOON + 10).is_empty(), "the second waits while the first is being sent");
    assert_eq!(state.next_due().unwrap(), None, "what waits behind another is no reason to wake up");

    state.settle_send(&first, 1, &retry(NOON + 5000), NOON + 20).unwrap();
    assert!(begun(state, NOON + 4999).is_empty(), "the second does not overtake");
    assert_eq!(state.next_due().unwrap(), Some(NOON + 5000));
    let again = state.begin_sends(NOON + 5000, 60_000, &Turnstile::open(10)).unwrap();
    assert_eq!((again[0].id.as_str(), again[0].attempts), (first.as_str(), 2));
    state.settle_send(&first, 1, &Settlement::Sent, NOON + 5001).unwrap();
    assert_eq!(begun(state, NOON + 5001), [second]);
}

pub(crate) fn a_commit_begins_the_send_of_its_reply(state: &dyn StateStore) {
    let at_once = |id: &str, at_ms: i64| {
        let outbox_id = format!("out-{id}");
        let mut turn = turn(&claimed(state, id, at_ms), Some("7 000."), &outbox_id, at_ms);
        turn.branch = Some("east".to_owned());
        turn.send_until_ms = Some(at_ms + 60_000);
        state.commit_turn(&turn).unwrap()
    };
    let row = at_once("m1", NOON).unwrap();
    assert_eq!((row.id.as_str(), row.attempts, row.jid.as_str()), ("out-m1", 1, ANNA));
    assert_eq!((row.text.as_str(), row.created_at_ms, row.received_at_ms), ("7 000.", NOON, NOON));
    assert_eq!(row.branch.as_deref(), Some("east"));
    assert_eq!(begun(state, NOON + 1), [""; 0], "it is being sent");
    let lost = |id: &str| state.begun_send(id, NOON + 60_000, NOON + 1).unwrap();
    assert_eq!(lost("out-m1").as_ref(), Some(&row), "whoever lost the answer finds it");
    assert_eq!(state.next_send().unwrap(), NextSend::default());

    assert_eq!(at_once("m2", NOON + 2), None, "what is said later leaves later");
    assert_eq!(lost("out-m2"), None);
    assert_eq!(begun(state, NOON + 3), [""; 0]);
    assert_eq!(state.next_send().unwrap(), NextSend { at_ms: None, behind: true });
    state.settle_send(&row.id, 1, &Settlement::Sent, NOON + 4).unwrap();
    assert_eq!(begun(state, NOON + 5), ["out-m2"]);
    state.settle_send("out-m2", 1, &Settlement::Sent, NOON + 6).unwrap();
    assert_eq!(lost("out-m1"), None, "it has gone out");
    assert_eq!(state.queues(NOON + 7).unwrap(), runtime::Queues::default());
    assert!(state.record_echo(&echo("gateway-1", "7 000.", NOON + 8)).unwrap(), "ours by its text");

    at_once("m3", NOON + 10).unwrap();
    assert_eq!(state.recover_sends(true, false, NOON + 60_009).unwrap(), 0, "its sender may be at work");
    assert_eq!(state.recover_sends(true, false, NOON + 60_010).unwrap(), 1);
    assert_eq!(begun(state, NOON + 60_011), ["out-m3"], "whoever was to send it is gone");
    state.settle_send("out-m3", 2, &Settlement::Sent, NOON + 60_012).unwrap();

    at_once("m4", NOON + 70_000).unwrap();
    assert!(!state.record_echo(&echo("phone-1", "I will call you.", NOON + 70_001)).unwrap());
    assert_eq!(lost("out-m4"), None, "a person has taken over");
    assert_eq!(state.queues(NOON + 70_002).unwrap().sending, 0);
}

pub(crate) fn another_conversation_is_not_held_up(state: &dyn StateStore) {
    let blocked = sending(state, "m1", "one moment", NOON);
    store(state, &message(BOLAT, "m2", "hello", NOON + 1));
    let claim = state.claim_due(NOON + 1, 1000, &Turnstile::open(1)).unwrap().remove(0);
    state.commit_turn(&turn(&claim, Some("hello"), "out-m2", NOON + 1)).unwrap();
    assert_eq!(begun(state, NOON + 1), ["out-m2"]);
    state.settle_send(&blocked, 1, &Settlement::Sent, NOON + 2).unwrap();
}

pub(crate) fn a_send_is_settled_once(state: &dyn StateStore) {
    let id = sending(state, "m1", "7 000.", NOON);
    state.settle_send(&id, 1, &Settlement::Sent, NOON + 1).unwrap();
    state.settle_send(&id, 1, &Settlement::Sent, NOON + 2).unwrap();
    state.settle_send(&id, 1, &retry(NOON + 3), NOON + 3).unwrap();
    assert!(begun(state, NOON + 10).is_empty(), "what was sent is not sent again");
    assert!(matches!(state.settle_send("no such", 1, &Settlement::Sent, NOON), Err(StoreError::Missing(_))));
    let waiting = reply(state, "m2", NOON + 20);
    assert!(matches!(state.settle_send(&waiting, 1, &Settlement::Sent, NOON), Err(StoreError::Stale)));
}

pub(crate) fn what_will_not_go_out_is_handed_over(state: &dyn StateStore) {
    let dead = sending(state, "m1", "7 000.", NOON);
    let behind = reply(state, "m2", NOON + 1);
    state.settle_send(&dead, 1, &Settlement::Dead { error: "http 400".to_owned() }, NOON + 2).unwrap();
    let open = state.handovers(Some(SLUG)).unwrap();
    assert_eq!(open.len(), 1);
    assert_eq!((open[0].reason.as_str(), open[0].status.as_str()), ("error", "pending"));
    assert_eq!(open[0].summary, "http 400: 7 000.");
    assert_eq!(begun(state, NOON + 3), [behind.as_str()], "later replies go on");
    state.settle_send(&behind, 1, &Settlement::Unknown { error: "no answer".to_owned() }, NOON + 4).unwrap();
    let open = state.handovers(Some(SLUG)).unwrap();
    assert_eq!(open.len(), 1, "one open request");
    assert_eq!(open[0].summary, "http 400: 7 000.\nno answer: 7 000.");
}

pub(crate) fn owners_can_be_told_what_waits_and_failed(state: &dyn StateStore) {
    assert!(state.alarms(0).unwrap().is_empty());
    let dead = sending(state, "m1", "7 000.", NOON);
    state.settle_send(&dead, 1, &Settlement::Dead { error: "http 400".to_owned() }, NOON + 2).unwrap();
    let stuck = reply(state, "m2", NOON + 3);
    assert_eq!(state.alarms(0).unwrap()[SLUG].stuck_since_ms, None, "it was not tried");
    assert_eq!(begun(state, NOON + 4), [stuck.as_str()]);
    state.settle_send(&stuck, 1, &retry(NOON + 20), NOON + 5).unwrap();
    let alarm = state.alarms(NOON).unwrap().remove(SLUG).unwrap();
    assert_eq!((alarm.dead, alarm.dead_at_ms), (1, Some(NOON + 2)));
    assert_eq!(alarm.unanswered.len(), 1, "a reply that did not go out is handed over: {alarm:?}");
    assert!(alarm.stuck_since_ms.is_some());
    assert_eq!(state.alarms(NOON + 3).unwrap()[SLUG].dead, 0, "of before that time");
}

pub(crate) fn a_take_cancels_what_has_not_begun(state: &dyn StateStore) {
    let leaving = sending(state, "m1", "7 000.", NOON);
    reply(state, "m2", NOON + 1);
    assert!(!state.record_echo(&echo("phone-1", "it is me, the owner", NOON + 2)).unwrap());
    assert!(begun(state, NOON + 10).is_empty());
    state.settle_send(&leaving, 1, &retry(NOON + 20), NOON + 11).unwrap();
    assert!(begun(state, NOON + 20).is_empty(), "a retry would talk over the person");
    assert_eq!(state.next_due().unwrap(), None);
}

pub(crate) fn a_take_makes_the_open_request_active(state: &dyn StateStore) {
    let claim = claimed(state, "m1", NOON);
    let mut asked = turn(&claim, None, "out-1", NOON);
    asked.handover = Some(("payment".to_owned(), "asks about a receipt".to_owned()));
    state.commit_turn(&asked).unwrap();
    state.record_echo(&echo("phone-1", "here you are", NOON + 1)).unwrap();
    let open = state.handovers(None).unwrap();
    assert_eq!((open.len(), open[0].status.as_str()), (1, "active"));
}

pub(crate) fn an_echo_of_ours_is_known_by_id(state: &dyn StateStore) {
    let id = sending(state, "m1", "7 000.", NOON);
    assert!(state.record_echo(&echo(&id, "", NOON + 500_000)).unwrap());
    state.settle_send(&id, 1, &retry(NOON + 1), NOON + 500_001).unwrap();
    assert!(begun(state, NOON + 500_001).is_empty(), "the echo proved that it went out");
    claimed(state, "m2", NOON + 500_002);
}

pub(crate) fn an_echo_of_ours_is_known_by_its_text(state: &dyn StateStore) {
    let id = sending(state, "m1", "Line one.\nLine two.", NOON);
    state.settle_send(&id, 1, &Settlement::Sent, NOON + 100).unwrap();
    let heard = echo("WA-1", "Line one.\r\nLine two. ", NOON + 119_000);
    assert!(state.record_echo(&heard).unwrap());
    let mut late = heard.clone();
    late.received_at_ms = NOON + 900_000;
    assert!(state.record_echo(&late).unwrap(), "delivered again, it is still ours");
    claimed(state, "m2", NOON + 900_001);

    let mut other = echo("WA-2", "Line one.\nLine two.", NOON + 1000);
    other.jid = BOLAT.to_owned();
    assert!(!state.record_echo(&other).unwrap(), "to another customer it was a person");
    assert!(!state.record_echo(&echo("WA-3", "Line one.\nLine two.", NOON + 120_101)).unwrap(), "too late");
}

pub(crate) fn what_has_not_left_has_no_echo(state: &dyn StateStore) {
    let id = reply(state, "m1", NOON);
    assert!(!state.record_echo(&echo("WA-1", "7 000.", NOON + 1)).unwrap(), "a person said the same first");
    assert!(begun(state, NOON + 2).is_empty());
    assert!(matches!(state.settle_send(&id, 1, &Settlement::Sent, NOON), Err(StoreError::Stale)));
}

pub(crate) fn a_persons_echo_takes_over_once(state: &dyn StateStore) {
    let person = echo("phone-1", "good morning", NOON);
    assert!(!state.record_echo(&person).unwrap());
    assert!(!state.record_echo(&person).unwrap());
    let messages = state.messages(SLUG, ANNA).unwrap();
    assert_eq!(messages.len(), 1, "a person may write first");
    assert_eq!((messages[0].role.as_str(), messages[0].text.as_str()), ("manager", "good morning"));
    assert!(state.usage(None).unwrap().is_empty(), "nobody pays for it");
    let photo = Inbound { media: Some("photo".to_owned()), ..echo("phone-2", "", NOON + 1) };
    assert!(!state.record_echo(&photo).unwrap());
    assert_eq!(state.messages(SLUG, ANNA).unwrap()[1].media.as_deref(), Some("photo"));
}

pub(crate) fn an_echo_clears_what_was_unknown(state: &dyn StateStore) {
    let id = sending(state, "m1", "7 000.", NOON);
    state.settle_send(&id, 1, &Settlement::Unknown { error: "no answer".to_owned() }, NOON + 1).unwrap();
    assert_eq!(state.handovers(None).unwrap().len(), 1);
    assert!(state.record_echo(&echo("WA-1", "7 000.", NOON + 2)).unwrap());
    assert!(state.handovers(None).unwrap().is_empty(), "nobody needs to look");
    let claim = claimed(state, "m2", NOON + 3);
    assert_eq!(claim.state, runtime::ConversationState::BotActive);
}

pub(crate) fn a_crash_while_sending_is_sent_again(engine: &dyn Engine) {
    let state = engine.state();
    let id = sending(&*state, "m1", "7 000.", NOON);
    let behind = reply(&*state, "m2", NOON + 1);
    drop(state);
    let later = engine.taken_up(NOON);

    let state = engine.state();
    assert!(begun(&*state, later).is_empty(), "not before the recovery");
    assert_eq!(state.recover_sends(true, true, later).unwrap(), 1);
    assert_eq!(state.recover_sends(true, true, later).unwrap(), 0);
    let again = state.begin_sends(later, 60_000, &Turnstile::open(10)).unwrap();
    assert_eq!((again[0].id.as_str(), again[0].attempts), (id.as_str(), 2), "with the same id");
    state.settle_send(&id, 1, &Settlement::Sent, later + 1).unwrap();
    assert_eq!(begun(&*state, later + 1), [behind]);
    assert!(state.handovers(None).unwrap().is_empty());
}

pub(crate) fn a_crash_while_sending_is_shown_to_a_person(engine: &dyn Engine) {
    let state = engine.state();
    sending(&*state, "m1", "7 000.", NOON);
    drop(state);
    let later = engine.taken_up(NOON);

    let state = engine.state();
    assert_eq!(state.recover_sends(false, true, later).unwrap(), 1);
    assert!(begun(&*state, later).is_empty(), "never sent twice");
    let shown = state.handovers(None).unwrap();
    assert_eq!(shown.len(), 1);
    assert_eq!((shown[0].reason.as_str(), shown[0].summary.as_str()), ("error", "interrupted: 7 000."));
    assert_eq!(state.recover_sends(false, true, later + 1).unwrap(), 0);
}

pub(crate) fn a_crash_before_the_reply_is_answered_once(engine: &dyn Engine) {
    let state = engine.state();
    let lost = claimed(&*state, "m1", NOON);
    drop(state);
    let later = engine.taken_up(NOON);

    let state = engine.state();
    state.recover_sends(true, true, later).unwrap();
    let claim = state.claim_due(later, 60_000, &Turnstile::open(10)).unwrap().remove(0);
    assert_eq!((claim.burst.len(), claim.attempts), (1, 1), "at once where nobody else can be at work");
    state.commit_turn(&turn(&claim, Some("7 000."), "out-2", later + 1)).unwrap();
    let stale = state.commit_turn(&turn(&lost, Some("7 000."), "out-1", later + 2));
    assert!(matches!(stale, Err(StoreError::Stale)));
    assert_eq!(begun(&*state, later + 2), ["out-2"]);
}

pub(crate) fn what_takes_longer_is_held_on_and_what_passed_on_is_not(state: &dyn StateStore) {
    let sent = sending(state, "m1", "7 000.", NOON);
    store(state, &message(BOLAT, "m2", "hello", NOON + 1));
    let claim = state.claim_due(NOON + 1, 60_000, &Turnstile::open(10)).unwrap().remove(0);
    let held =
        Held { turns: vec![(claim.conversation_id.clone(), claim.lease)], sends: vec![(sent.clone(), 1)] };
    assert_eq!(state.renew(&held, NOON + 100_000).unwrap(), Held::default(), "nothing is lost");
    assert_eq!(state.recover_sends(true, false, NOON + 99_999).unwrap(), 0);
    let due = |at_ms: i64| state.claim_due(at_ms, 60_000, &Turnstile::open(10)).unwrap();
    assert!(due(NOON + 99_999).is_empty());

    // Nobody said anything any more, and others came.
    let later = NOON + 100_000;
    assert_eq!(state.recover_sends(true, false, later).unwrap(), 1);
    assert_eq!(
        state.renew(&Held { turns: Vec::new(), ..held.clone() }, later + 60_000).unwrap().sends,
        held.sends
    );
    assert_eq!(begun(state, later), [sent.as_str()]);
    let others = due(later).remove(0);
    assert_eq!(state.renew(&held, later + 300_000).unwrap(), held, "all of it is lost");
    assert_eq!(due(later + 60_000).remove(0).lease, others.lease + 1, "and no lease of theirs was touched");
    state.settle_send(&sent, 2, &Settlement::Sent, later + 1).unwrap();
    let settled = Held { turns: Vec::new(), sends: vec![(sent, 2)] };
    assert_eq!(state.renew(&settled, later + 60_000).unwrap(), settled, "there is nothing to hold");
}

pub(crate) fn what_a_clock_set_back_made_late_is_due_now(state: &dyn StateStore) {
    const HOUR: i64 = 3_600_000;
    let far = NOON + HOUR / 2;
    reply(state, "m1", NOON + HOUR);
    store(state, &message(BOLAT, "m2", "hello", NOON + HOUR));
    assert!(begun(state, NOON).is_empty());
    assert!(state.claim_due(NOON, 60_000, &Turnstile::open(10)).unwrap().is_empty());
    assert_eq!(state.pull_in(NOON, NOON + 2 * HOUR).unwrap(), 0, "that is not late");
    assert_eq!(state.pull_in(NOON, far).unwrap(), 2);
    assert_eq!(begun(state, NOON), ["out-m1"]);
    assert_eq!(state.claim_due(NOON, 60_000, &Turnstile::open(10)).unwrap().len(), 1);
    assert_eq!(state.pull_in(NOON, far).unwrap(), 0);

    // What was claimed and begun before is nobody's for an hour.
    assert_eq!(state.pull_in(NOON - HOUR, NOON - HOUR / 2).unwrap(), 3);
    assert_eq!(state.recover_sends(true, false, NOON - HOUR).unwrap(), 1);
    assert_eq!(state.claim_due(NOON - HOUR, 60_000, &Turnstile::open(10)).unwrap().len(), 1);
}

pub(crate) fn a_number_that_rests_rests_for_all_who_send(state: &dyn StateStore) {
    let first = sending(state, "m1", "7 000.", NOON);
    let second = reply(state, "m2", NOON + 1);
    state.rest(SLUG, "number-1", NOON + 30_000).unwrap();
    state.rest(SLUG, "number-1", NOON + 20_000).unwrap();
    let resting = vec![(SLUG.to_owned(), "number-1".to_owned(), NOON + 30_000)];
    assert_eq!(state.resting(NOON + 29_999).unwrap(), resting, "the longest rest holds");
    assert_eq!(state.resting(NOON + 30_000).unwrap(), []);
    state.rest("another", "number-1", NOON + 90_000).unwrap();
    state.settle_send(&first, 1, &Settlement::Sent, NOON + 2).unwrap();
    assert!(begun(state, NOON + 29_999).is_empty());
    assert_eq!(begun(state, NOON + 30_000), [second], "and no longer");
}

const GAP_MS: i64 = 3_000;

fn pace(now_ms: i64, latest_ms: i64) -> Pace {
    Pace { now_ms, gap_ms: GAP_MS, latest_ms }
}

pub(crate) fn a_number_with_a_rate_speaks_at_it(state: &dyn StateStore) {
    let ask =
        |number: &str, now_ms, latest_ms| state.pace(SLUG, number, pace(now_ms, latest_ms)).unwrap() - NOON;
    let far = NOON + 600_000;
    assert_eq!(ask("number-1", NOON, far), 0, "who comes first goes at once");
    assert_eq!(ask("number-1", NOON + 1, far), 3_000);
    assert_eq!(ask("number-2", NOON + 1, far), 1, "another number has a rate of its own");
    assert_eq!(state.pace("another", "number-1", pace(NOON, far)).unwrap(), NOON, "another tenant too");
    assert_eq!(ask("number-1", NOON + 2, NOON + 5_999), 6_000, "later than it may be");
    assert_eq!(ask("number-1", NOON + 2, NOON + 6_000), 6_000, "so it was not taken");
    assert_eq!(ask("number-1", NOON + 60_000, far), 60_000, "what nobody used is not saved up");
    assert_eq!(ask("number-1", NOON + 60_000, far), 63_000);
    let before = NOON - 3_600_000;
    assert_eq!(ask("number-1", before, NOON) + NOON, before, "a clock set back keeps nobody waiting");
    assert!(state.resting(NOON).unwrap().is_empty(), "a rate is no rest");
}

pub(crate) fn everyone_who_asks_is_given_a_place_of_his_own(state: &dyn StateStore) {
    let asks = || (0..25).map(|_| state.pace(SLUG, "number-1", pace(NOON, i64::MAX)).unwrap());
    let given: BTreeSet<i64> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| asks().collect::<Vec<_>>())).collect();
        threads.into_iter().flat_map(|it| it.join().unwrap()).collect()
    });
    assert_eq!(given, (0..100).map(|it| NOON + it * GAP_MS).collect());
}

pub(crate) fn a_reply_waits_for_its_place(state: &dyn StateStore) {
    let begin = |at_ms: i64| {
        let begun = state.begin_sends(at_ms, 60_000, &Turnstile::open(10)).unwrap();
        begun.into_iter().map(|it| (it.attempts, it.slot_ms)).collect::<Vec<_>>()
    };
    let waits = |at_ms: i64, is_slot: bool| Settlement::Waits { at_ms, is_slot };
    let id = sending(state, "m1", "7 000.", NOON);
    state.settle_send(&id, 1, &waits(NOON + 9_000, true), NOON + 1).unwrap();
    assert_eq!(state.alarms(0).unwrap().get(SLUG), None, "nothing failed");
    assert_eq!(begin(NOON + 8_999), []);
    assert_eq!(begin(NOON + 9_000), [(2, Some(NOON + 9_000))]);
    state.settle_send(&id, 2, &waits(NOON + 12_000, false), NOON + 9_001).unwrap();
    assert_eq!(begin(NOON + 12_000), [(3, None)], "it has to ask again");
    state.settle_send(&id, 3, &waits(NOON + 15_000, true), NOON + 12_001).unwrap();
    assert_eq!(begin(NOON + 15_000), [(4, Some(NOON + 15_000))]);
    state.settle_send(&id, 4, &retry(NOON + 18_000), NOON + 15_001).unwrap();
    assert_eq!(begin(NOON + 18_000), [(5, None)], "a call was made at that place");
    assert!(!state.record_echo(&echo("phone-1", "it is me, the owner", NOON + 18_001)).unwrap());
    state.settle_send(&id, 5, &waits(NOON + 20_000, true), NOON + 18_002).unwrap();
    assert_eq!(begin(NOON + 20_000), [], "it would talk over the person");
    assert_eq!(state.next_due().unwrap(), None);
}
