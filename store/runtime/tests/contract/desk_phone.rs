//! Talks that a person begins on the phone: requests that are open, until they are given back.

use runtime::{ConversationState, PostKind};

use crate::desk::{GROUP, all_done, begun, kinds, routed};
use crate::engines::Engine;
use crate::make::{ANNA, BOLAT, NOON, SLUG, claimed, message, store, turn};

pub(crate) fn a_talk_that_begins_on_the_phone_is_an_open_request(engine: &dyn Engine) {
    let desk = engine.desk();
    let claim = claimed(&*desk, "m1", NOON);
    desk.commit_turn(&turn(&claim, Some("7 000."), "out-1", NOON)).unwrap();
    desk.record_echo(&message(ANNA, "phone-1", "for you 6 000", NOON + 1)).unwrap();
    desk.record_echo(&message(ANNA, "phone-2", "come by", NOON + 2)).unwrap();
    store(&*desk, &message(ANNA, "m2", "thank you", NOON + 3));

    let open = desk.handovers(Some(SLUG)).unwrap();
    assert_eq!(open.len(), 1, "one request, however much is written");
    assert_eq!((open[0].reason.as_str(), open[0].status.as_str()), ("phone", "active"));
    routed(&*desk, GROUP);
    let posts: Vec<_> = all_done(&*desk, NOON + 10).into_iter().filter(|it| it.kind.makes()).collect();
    assert_eq!(kinds(&posts), [PostKind::Card, PostKind::Said, PostKind::Said, PostKind::Forward]);
    assert_eq!(posts[3].message.as_ref().unwrap().text, "thank you", "what follows is shown to people");
    let card = desk.card(&open[0].id).unwrap().unwrap();
    assert_eq!((card.taken_at_ms, card.first_answer_at_ms), (Some(NOON + 1), Some(NOON + 1)));
    assert_eq!((card.taken_by, card.human_at_ms), (None, Some(NOON + 2)));
    assert!(desk.alarms(0).unwrap().is_empty(), "a person answers");
    assert!(!desk.remind(&open[0].id, 1, NOON + 4).unwrap(), "of what is answered nobody is reminded");

    assert!(desk.release(&open[0].conversation_id, "resolved", NOON + 1_000_000).unwrap());
    assert!(desk.handovers(Some(SLUG)).unwrap().is_empty());
    assert_eq!(claimed(&*desk, "m3", NOON + 1_000_001).state, ConversationState::BotActive);
    let told = desk.figures(SLUG, NOON, NOON + 2_000_000).unwrap();
    let told: Vec<(&str, &str)> = told.iter().map(|it| (it.kind.as_str(), it.detail.as_str())).collect();
    let all = [
        ("requested", "phone"),
        ("taken", "phone"),
        ("answered", "phone"),
        ("shown", ""),
        ("resolved", "person"),
    ];
    assert_eq!(told, all);
}

pub(crate) fn who_is_written_to_first_is_a_persons_customer(engine: &dyn Engine) {
    let desk = engine.desk();
    let first = message(BOLAT, "phone-1", "your bicycle is ready", NOON);
    desk.record_echo(&first).unwrap();
    desk.record_echo(&first).unwrap();
    let open = desk.handovers(Some(SLUG)).unwrap();
    assert_eq!((open.len(), open[0].jid.as_str(), open[0].status.as_str()), (1, BOLAT, "active"));
    store(&*desk, &message(BOLAT, "m1", "I am on my way", NOON + 1));
    assert_eq!(desk.next_due().unwrap(), None, "the bot is silent");
    assert!(desk.alarms(0).unwrap().is_empty());

    // Given back, it is not taken by an echo that is delivered again.
    assert!(desk.release(&open[0].conversation_id, "returned", NOON + 2).unwrap());
    desk.record_echo(&first).unwrap();
    assert!(desk.handovers(Some(SLUG)).unwrap().is_empty());
    desk.record_echo(&message(BOLAT, "phone-2", "take your time", NOON + 3)).unwrap();
    assert_eq!(desk.handovers(Some(SLUG)).unwrap().len(), 1, "a new one");
}

pub(crate) fn a_talk_of_before_without_a_request_is_listed_and_given_back(engine: &dyn Engine) {
    let desk = engine.desk();
    let claim = claimed(&*desk, "m1", NOON);
    desk.commit_turn(&turn(&claim, Some("7 000."), "out-1", NOON)).unwrap();
    desk.record_echo(&message(BOLAT, "phone-1", "come by", NOON + 5)).unwrap();
    // As older builds left it.
    engine.state_rows("UPDATE conversations SET state = 'manager_active' WHERE jid LIKE '77010000001%'");
    let open = desk.handovers(Some(SLUG)).unwrap();
    let listed: Vec<(&str, &str, &str)> =
        open.iter().map(|it| (it.jid.as_str(), it.reason.as_str(), it.status.as_str())).collect();
    assert_eq!(listed, [(BOLAT, "phone", "active"), (ANNA, "phone", "active")]);
    assert_eq!((&open[1].id, open[1].created_at_ms), (&claim.conversation_id, NOON));
    assert!(desk.handovers(Some("bells")).unwrap().is_empty());
    assert_eq!(desk.handovers(None).unwrap().len(), 2);

    assert!(desk.release(&open[1].conversation_id, "returned", NOON + 10).unwrap());
    assert_eq!(desk.handovers(None).unwrap().len(), 1);
    assert_eq!(claimed(&*desk, "m2", NOON + 11).state, ConversationState::BotActive);
    assert!(begun(&*desk, NOON + 12).is_empty());
}
