//! From a resolved request to a decided lesson.

use runtime::{
    Button, Decided, Decision, Inbound, Judgement, JudgementOutcome, NewLesson, PostKind, PostOutcome,
    PostRow, Press, Route, Saying, UpdateKey,
};

use crate::desk::{BOT, GROUP, all_done, asked, asked_of, begun, person, routed, shown, taken};
use crate::desk_lessons::{lesson, revoked};
use crate::engines::{Desk, Engine};
use crate::make::{ANNA, BOLAT, NOON, SLUG, message};

fn update(update_id: i64) -> UpdateKey {
    UpdateKey { bot_id: BOT, update_id }
}

/// Dina answers in the topic and presses that it is done.
fn resolved(desk: &dyn Desk, (handover_id, thread_id): (&str, i64), update_id: i64) {
    let saying = Saying {
        update: update(update_id),
        slugs: vec![SLUG.to_owned()],
        chat_id: GROUP,
        thread_id: Some(thread_id),
        message_id: update_id,
        reply_to: None,
        who: person(1, "Dina"),
        text: "Yes, in a day.".to_owned(),
        media: None,
        file: None,
        now_ms: NOON + 10,
    };
    desk.say(&saying).unwrap();
    close(desk, handover_id, update_id + 1, Button::Done);
}

fn close(desk: &dyn Desk, handover_id: &str, update_id: i64, button: Button) {
    let press = Press {
        update: update(update_id),
        slugs: vec![SLUG.to_owned()],
        chat_id: GROUP,
        handover_id: handover_id.to_owned(),
        button,
        who: person(1, "Dina"),
        timers: Vec::new(),
        now_ms: NOON + 20,
    };
    desk.press(&press).unwrap();
}

fn judgement(update_id: i64, lesson_id: &str, decision: Option<Decision>) -> Judgement {
    Judgement {
        update: update(update_id),
        slugs: vec![SLUG.to_owned()],
        chat_id: GROUP,
        message_id: 900,
        lesson_id: lesson_id.to_owned(),
        decision,
        who: person(2, "Olga"),
        now_ms: NOON + 300,
    }
}

fn open_ids(desk: &dyn Desk) -> Vec<String> {
    desk.unconsidered("", 100).unwrap().into_iter().map(|it| it.handover_id).collect()
}

fn of(posts: Vec<PostRow>, kind: PostKind) -> Vec<PostRow> {
    posts.into_iter().filter(|it| it.kind == kind).collect()
}

pub(crate) fn a_resolved_request_is_considered_once(engine: &dyn Engine) {
    let desk = engine.desk();
    let (first, thread_id) = shown(&*desk);
    assert!(open_ids(&*desk).is_empty(), "it is open");
    resolved(&*desk, (&first, thread_id), 1);
    let second = asked(&*desk, BOLAT, "b1", NOON + 1);
    routed(&*desk, GROUP);
    close(&*desk, &second, 3, Button::Back);
    assert_eq!(open_ids(&*desk), [first.as_str()], "given back is not resolved");
    let found = desk.unconsidered("", 1).unwrap().remove(0);
    assert_eq!(found.slug, SLUG);
    assert!(desk.unconsidered(&found.handover_id, 10).unwrap().is_empty(), "nothing behind it");

    let material = desk.lesson_material(&first).unwrap().unwrap();
    assert_eq!((material.reason.as_str(), material.requested_ms), ("unknown", NOON));
    let answer = material.messages.iter().find(|it| it.role == "manager").unwrap();
    let speaker = &material.speakers[&answer.id];
    assert_eq!((speaker.name.as_str(), speaker.role.as_deref()), ("Dina", Some("manager")));
    assert!(speaker.origin.as_ref().unwrap().contains(r#""message_id":1"#));

    desk.considered(&first, NOON + 30).unwrap();
    desk.considered(&first, NOON + 31).unwrap();
    assert!(open_ids(&*desk).is_empty());
    assert!(desk.lessons(SLUG, None).unwrap().is_empty());
}

pub(crate) fn a_lesson_that_waits_is_shown_and_decided_by_its_card(engine: &dyn Engine) {
    let desk = engine.desk();
    let (handover_id, thread_id) = shown(&*desk);
    resolved(&*desk, (&handover_id, thread_id), 1);
    all_done(&*desk, NOON + 1_000_000);
    let id = desk.add_lesson(&lesson(&handover_id, None)).unwrap();
    assert!(open_ids(&*desk).is_empty(), "considered with the lesson");
    assert_eq!(desk.add_lesson(&lesson(&handover_id, None)).unwrap(), id, "as after a crash in between");
    let cards = of(all_done(&*desk, NOON + 2_000_000), PostKind::Lesson);
    assert_eq!(cards.len(), 1, "one card");
    assert_eq!(cards[0].payload, format!(r#"{{"lesson":"{id}"}}"#));
    let card = NOON + 2_000_000;

    let slugs = vec![SLUG.to_owned()];
    assert_eq!(desk.lesson_at(&slugs, BOT, GROUP, card).unwrap().unwrap().id, id);
    assert!(desk.lesson_at(&slugs, BOT, GROUP + 1, card).unwrap().is_none());
    assert!(desk.lesson_at(&["bells".to_owned()], BOT, GROUP, card).unwrap().is_none());
    assert!(desk.lesson_at(&slugs, BOT, GROUP, card + 1).unwrap().is_none());

    let foreign = Judgement { chat_id: GROUP + 1, ..judgement(11, &id, Some(Decision::Approve)) };
    assert_eq!(desk.judge_lesson(&foreign).unwrap(), JudgementOutcome::Foreign);
    let foreign =
        Judgement { slugs: vec!["bells".to_owned()], ..judgement(12, &id, Some(Decision::Approve)) };
    assert_eq!(desk.judge_lesson(&foreign).unwrap(), JudgementOutcome::Foreign);
    let unknown = judgement(13, "no such", Some(Decision::Approve));
    assert_eq!(desk.judge_lesson(&unknown).unwrap(), JudgementOutcome::Foreign);

    let done = JudgementOutcome::Decided(Decided::Done);
    assert_eq!(desk.judge_lesson(&judgement(14, &id, None)).unwrap(), done, "other words may come");
    assert_eq!(desk.lesson(&id).unwrap().unwrap().status, "pending");
    let change = Decision::Change { answer: "Yes, in two days.".to_owned(), digest: "d2".to_owned() };
    assert_eq!(desk.judge_lesson(&judgement(15, &id, Some(change.clone()))).unwrap(), done);
    assert_eq!(desk.judge_lesson(&judgement(15, &id, Some(change))).unwrap(), JudgementOutcome::Seen);
    let late = desk.judge_lesson(&judgement(16, &id, Some(Decision::Reject))).unwrap();
    let already = Decided::Already { status: "approved".to_owned(), by: Some("Olga".to_owned()) };
    assert_eq!(late, JudgementOutcome::Decided(already.clone()));
    assert_eq!(desk.judge_lesson(&judgement(17, &id, None)).unwrap(), JudgementOutcome::Decided(already));
    assert_eq!(desk.approved(SLUG).unwrap()[0].answer, "Yes, in two days.");
    let redrawn = of(all_done(&*desk, NOON + 3_000_000), PostKind::Buttons);
    assert_eq!(redrawn.len(), 1);
    assert_eq!(redrawn[0].card_message_id, Some(card), "the lesson's card, not the request's");
    assert_eq!(revoked(&*desk, &id, NOON + 400), Decided::Done);
    assert_eq!(of(all_done(&*desk, NOON + 4_000_000), PostKind::Buttons).len(), 1, "taken back is shown too");
}

pub(crate) fn a_decision_while_the_card_is_on_its_way_is_shown_on_it(engine: &dyn Engine) {
    let desk = engine.desk();
    let (handover_id, thread_id) = shown(&*desk);
    resolved(&*desk, (&handover_id, thread_id), 1);
    all_done(&*desk, NOON + 1_000_000);
    let id = desk.add_lesson(&lesson(&handover_id, None)).unwrap();
    let card = of(begun(&*desk, NOON + 2_000_000), PostKind::Lesson).remove(0);
    desk.decide_lesson(&id, &Decision::Reject, "Olga", None, NOON + 200).unwrap();
    assert!(begun(&*desk, NOON + 2_000_001).is_empty(), "there is nothing to be changed yet");
    // The answer was lost: a press tells which message it is.
    desk.settle_post(&card.id, card.attempts, &PostOutcome::Unsure, NOON + 2_000_002).unwrap();
    let again = of(begun(&*desk, NOON + 2_100_000), PostKind::Lesson).remove(0);
    taken(&*desk, &again, NOON + 2_100_000);
    let redrawn = of(all_done(&*desk, NOON + 2_200_000), PostKind::Buttons);
    assert_eq!(redrawn.len(), 1);
    assert_eq!(redrawn[0].card_message_id, Some(NOON + 2_100_000));
}

pub(crate) fn a_lesson_is_shown_although_its_topic_was_deleted(engine: &dyn Engine) {
    let desk = engine.desk();
    let (handover_id, thread_id) = shown(&*desk);
    resolved(&*desk, (&handover_id, thread_id), 1);
    all_done(&*desk, NOON + 1_000_000);
    desk.add_lesson(&lesson(&handover_id, None)).unwrap();
    let card = of(begun(&*desk, NOON + 2_000_000), PostKind::Lesson).remove(0);
    let lost = PostOutcome::TopicLost { thread_id };
    desk.settle_post(&card.id, card.attempts, &lost, NOON + 2_000_000).unwrap();
    let again = of(begun(&*desk, NOON + 2_100_000), PostKind::Lesson).remove(0);
    let topic = again.topic.as_ref().unwrap();
    assert!(topic.threaded && topic.thread_id.is_none(), "the topic is made anew");
    taken(&*desk, &again, NOON + 2_100_000);
    let found = desk.lesson_at(&[SLUG.to_owned()], BOT, GROUP, NOON + 2_100_000).unwrap();
    assert_eq!(found.unwrap().handover_id, Some(handover_id));
}

pub(crate) fn lessons_that_wait_are_asked_about_again_where_their_topic_was_deleted(engine: &dyn Engine) {
    let desk = engine.desk();
    let (first, thread_id) = shown(&*desk);
    resolved(&*desk, (&first, thread_id), 1);
    all_done(&*desk, NOON + 1_000_000);
    let waits = desk.add_lesson(&lesson(&first, None)).unwrap();
    assert_eq!(of(all_done(&*desk, NOON + 2_000_000), PostKind::Lesson).len(), 1);
    let second = asked(&*desk, ANNA, "m2", NOON + 2_500_000);
    routed(&*desk, GROUP);
    let mut posts = begun(&*desk, NOON + 3_000_000);
    let (card, title) = (posts.remove(0), posts.remove(0));
    assert_eq!((card.kind, title.kind), (PostKind::Card, PostKind::Title));
    for post in [&title, &card] {
        let lost = PostOutcome::TopicLost { thread_id };
        desk.settle_post(&post.id, post.attempts, &lost, NOON + 3_000_001).unwrap();
    }
    let again = all_done(&*desk, NOON + 3_100_000);
    let shown: Vec<(PostKind, &str)> = again
        .iter()
        .filter(|it| it.kind.makes())
        .map(|it| (it.kind, it.handover_id.as_deref().unwrap()))
        .collect();
    assert_eq!(shown, [(PostKind::Card, second.as_str()), (PostKind::Lesson, first.as_str())]);
    let asked_again = of(again, PostKind::Lesson).remove(0);
    assert_eq!(asked_again.payload, format!(r#"{{"lesson":"{waits}"}}"#));

    // What is decided is asked about no more.
    desk.decide_lesson(&waits, &Decision::Reject, "Olga", None, NOON + 3_500_000).unwrap();
    close(&*desk, &second, 9, Button::Back);
    let topic = asked_again.topic.unwrap();
    let thread_id = crate::desk::thread_of(&topic.user_id);
    let post = begun(&*desk, NOON + 4_000_000).into_iter().find(|it| it.kind == PostKind::Note).unwrap();
    let lost = PostOutcome::TopicLost { thread_id };
    desk.settle_post(&post.id, post.attempts, &lost, NOON + 4_000_001).unwrap();
    assert!(of(all_done(&*desk, NOON + 4_100_000), PostKind::Lesson).is_empty());
}

pub(crate) fn a_lesson_approved_at_once_is_told_of_and_can_be_taken_back(engine: &dyn Engine) {
    let desk = engine.desk();
    let (handover_id, thread_id) = shown(&*desk);
    resolved(&*desk, (&handover_id, thread_id), 1);
    all_done(&*desk, NOON + 1_000_000);
    let id = desk.add_lesson(&lesson(&handover_id, Some("Olga"))).unwrap();
    assert_eq!(desk.add_lesson(&lesson(&handover_id, Some("Olga"))).unwrap(), id);
    let told = of(all_done(&*desk, NOON + 2_000_000), PostKind::Lesson);
    assert_eq!(told.len(), 1, "once");
    assert_eq!(told[0].payload, format!(r#"{{"at_once":true,"lesson":"{id}"}}"#));

    let revoke = |update_id| judgement(update_id, &id, Some(Decision::Revoke));
    let elsewhere = Judgement { chat_id: GROUP + 1, ..revoke(11) };
    assert_eq!(desk.judge_lesson(&elsewhere).unwrap(), JudgementOutcome::Foreign);
    let foreign = Judgement { slugs: vec!["bells".to_owned()], ..revoke(12) };
    assert_eq!(desk.judge_lesson(&foreign).unwrap(), JudgementOutcome::Foreign);
    assert_eq!(desk.approved(SLUG).unwrap().len(), 1);
    assert_eq!(desk.judge_lesson(&revoke(13)).unwrap(), JudgementOutcome::Decided(Decided::Done));
    assert_eq!(desk.judge_lesson(&revoke(13)).unwrap(), JudgementOutcome::Seen);
    let already = Decided::Already { status: "rejected".to_owned(), by: Some("Olga".to_owned()) };
    assert_eq!(desk.judge_lesson(&revoke(14)).unwrap(), JudgementOutcome::Decided(already));
    assert!(desk.approved(SLUG).unwrap().is_empty());
    let redrawn = of(all_done(&*desk, NOON + 3_000_000), PostKind::Buttons);
    assert_eq!(redrawn.len(), 1);
    assert_eq!((&redrawn[0].payload, redrawn[0].card_message_id), (&told[0].payload, Some(NOON + 2_000_000)));

    // What a release has is not taken back here.
    let other = asked(&*desk, BOLAT, "b1", NOON + 3_500_000);
    routed(&*desk, GROUP);
    all_done(&*desk, NOON + 4_000_000);
    let id = desk.add_lesson(&lesson(&other, Some("Olga"))).unwrap();
    desk.retire_lessons(SLUG, &[format!("digest of {other}")].into(), NOON + 4_500_000).unwrap();
    let late = desk.judge_lesson(&judgement(15, &id, Some(Decision::Revoke))).unwrap();
    let released = Decided::Already { status: "approved".to_owned(), by: Some("Olga".to_owned()) };
    assert_eq!(late, JudgementOutcome::Decided(released));
}

pub(crate) fn a_press_tells_which_message_the_card_is(engine: &dyn Engine) {
    let desk = engine.desk();
    let (handover_id, thread_id) = shown(&*desk);
    resolved(&*desk, (&handover_id, thread_id), 1);
    all_done(&*desk, NOON + 1_000_000);
    let id = desk.add_lesson(&lesson(&handover_id, None)).unwrap();
    for nth in 0..2 {
        let card = of(begun(&*desk, NOON + 2_000_000 + nth * 100_000), PostKind::Lesson).remove(0);
        desk.settle_post(&card.id, card.attempts, &PostOutcome::Unsure, NOON + 2_000_000).unwrap();
    }
    assert_eq!(
        desk.judge_lesson(&judgement(21, &id, None)).unwrap(),
        JudgementOutcome::Decided(Decided::Done)
    );
    let found = desk.lesson_at(&[SLUG.to_owned()], BOT, GROUP, 900).unwrap();
    assert_eq!(found.unwrap().id, id);
}

pub(crate) fn of_two_that_say_the_same_the_later_is_used(engine: &dyn Engine) {
    let desk = engine.desk();
    let (handover_id, _) = shown(&*desk);
    let first = desk.add_lesson(&lesson(&handover_id, Some("Olga"))).unwrap();
    let other = asked(&*desk, BOLAT, "b1", NOON + 1);
    let again = NewLesson { duplicates_of: Some(first.clone()), ..lesson(&other, None) };
    let second = desk.add_lesson(&again).unwrap();
    let used = || desk.approved(SLUG).unwrap().into_iter().map(|it| it.id).collect::<Vec<_>>();
    assert_eq!(used(), [first.as_str()]);
    desk.decide_lesson(&second, &Decision::Approve, "Olga", Some("owner"), NOON + 200).unwrap();
    assert_eq!(used(), [second.as_str()]);
    assert!(!desk.lesson(&first).unwrap().unwrap().is_active);
    let restored = revoked(&*desk, &second, NOON + 300);
    assert_eq!(restored, Decided::Restored { ids: vec![first.clone()] }, "what it replaced is used again");
    assert_eq!(used(), [first.as_str()]);
    assert_eq!(revoked(&*desk, &first, NOON + 301), Decided::Done, "nothing is used any more");
}

pub(crate) fn of_all_that_say_the_same_the_last_is_used(engine: &dyn Engine) {
    let desk = engine.desk();
    let jid = |n: i64| format!("7708000000{n}@s.whatsapp.net");
    let mut lessons: Vec<String> = Vec::new();
    // Each says the one before it again, and all wait.
    for n in 0..4 {
        let handover_id = asked(&*desk, &jid(n), &format!("m{n}"), NOON + n);
        let new = NewLesson { duplicates_of: lessons.last().cloned(), ..lesson(&handover_id, None) };
        lessons.push(desk.add_lesson(&new).unwrap());
    }
    let decide = |id: &str, decision: &Decision, at_ms| {
        assert_eq!(desk.decide_lesson(id, decision, "Olga", None, at_ms).unwrap(), Decided::Done);
    };
    let used = || desk.approved(SLUG).unwrap().into_iter().map(|it| it.id).collect::<Vec<_>>();
    decide(&lessons[0], &Decision::Approve, NOON + 200);
    decide(&lessons[1], &Decision::Reject, NOON + 201);
    decide(&lessons[3], &Decision::Approve, NOON + 202);
    assert_eq!(used(), [lessons[3].as_str()], "the one in between was rejected");
    decide(&lessons[2], &Decision::Approve, NOON + 203);
    assert_eq!(used(), [lessons[2].as_str()], "approved last");
    let restored = revoked(&*desk, &lessons[2], NOON + 300);
    assert_eq!(restored, Decided::Restored { ids: vec![lessons[3].clone()] });
    assert_eq!(used(), [lessons[3].as_str()]);
}

pub(crate) fn what_comes_back_from_a_release_can_be_taken_back_again(engine: &dyn Engine) {
    let desk = engine.desk();
    let (handover_id, thread_id) = shown(&*desk);
    resolved(&*desk, (&handover_id, thread_id), 1);
    let told = desk.add_lesson(&lesson(&handover_id, Some("Olga"))).unwrap();
    let other = asked(&*desk, BOLAT, "b1", NOON + 30);
    routed(&*desk, GROUP);
    let agreed = desk.add_lesson(&lesson(&other, None)).unwrap();
    desk.decide_lesson(&agreed, &Decision::Approve, "Olga", None, NOON + 40).unwrap();
    let cards = of(all_done(&*desk, NOON + 1_000_000), PostKind::Lesson);
    let card = cards.iter().find(|it| it.payload.contains(&told)).unwrap();
    let digests = [&handover_id, &other].map(|it| format!("digest of {it}")).into();
    let redrawn = |from_ms| {
        let posts = of(all_done(&*desk, from_ms), PostKind::Buttons).into_iter();
        posts.filter(|it| it.payload != "{}").map(|it| it.payload).collect::<Vec<_>>()
    };
    assert_eq!(desk.retire_lessons(SLUG, &digests, NOON + 2_000_000).unwrap(), 2);
    assert_eq!(redrawn(NOON + 2_000_000), [card.payload.as_str()], "its button is gone");
    assert_eq!(desk.retire_lessons(SLUG, &digests, NOON + 2_000_001).unwrap(), 0);
    assert_eq!(redrawn(NOON + 3_000_000), [""; 0]);
    // A rollback, told by two replicas at once.
    let changed: u64 = std::thread::scope(|scope| {
        let retire = || desk.retire_lessons(SLUG, &[].into(), NOON + 4_000_000).unwrap();
        let both = [scope.spawn(retire), scope.spawn(retire)];
        both.into_iter().map(|it| it.join().unwrap()).sum()
    });
    assert_eq!(changed, 2);
    assert_eq!(redrawn(NOON + 5_000_000), [card.payload.as_str()], "it is back");
}

pub(crate) fn a_card_is_a_message_of_its_bots(engine: &dyn Engine) {
    let desk = engine.desk();
    // The plain group of two tenants, each with a bot, which number the messages there alike.
    let group = -4_200;
    let (slugs, card) = (vec![SLUG.to_owned(), "bells".to_owned()], 7);
    let mut ids = Vec::new();
    for (nth, slug) in slugs.iter().enumerate() {
        let inbound = Inbound { slug: slug.clone(), ..message(ANNA, &format!("m{nth}"), "hello", NOON) };
        let handover_id = asked_of(&*desk, &inbound);
        let post = desk.unrouted(1).unwrap().remove(0);
        let bot_id = BOT + i64::try_from(nth).unwrap();
        desk.route(&post.post_id, Route { bot_id, chat_id: group, topic: false }, NOON).unwrap();
        all_done(&*desk, NOON);
        let new = NewLesson { slug: slug.clone(), ..lesson(&handover_id, None) };
        ids.push(desk.add_lesson(&new).unwrap());
        let post = of(begun(&*desk, NOON + 600_000), PostKind::Lesson).remove(0);
        let sent = PostOutcome::Sent { message_id: Some(card), thread_id: None };
        desk.settle_post(&post.id, post.attempts, &sent, NOON + 600_000).unwrap();
    }
    for (bot_id, id) in [(BOT, Some(&ids[0])), (BOT + 1, Some(&ids[1])), (BOT + 2, None)] {
        let found = desk.lesson_at(&slugs, bot_id, group, card).unwrap().map(|it| it.id);
        assert_eq!(found.as_ref(), id);
    }
}

pub(crate) fn a_forgotten_customers_lesson_has_no_card(engine: &dyn Engine) {
    let desk = engine.desk();
    let (handover_id, thread_id) = shown(&*desk);
    resolved(&*desk, (&handover_id, thread_id), 1);
    let id = desk.add_lesson(&lesson(&handover_id, None)).unwrap();
    desk.decide_lesson(&id, &Decision::Approve, "Olga", None, NOON + 200).unwrap();
    desk.forget(SLUG, ANNA, "").unwrap();
    assert!(all_done(&*desk, NOON + 1_000_000).is_empty());
    assert_eq!(desk.approved(SLUG).unwrap().len(), 1);
    assert_eq!(revoked(&*desk, &id, NOON + 300), Decided::Done);
    assert!(all_done(&*desk, NOON + 2_000_000).is_empty());
}
