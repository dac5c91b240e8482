//! What people do.

use runtime::{
    Author, Bound, Button, ConversationState, Edit, EditOutcome, Inbound, PostKind, Press, PressOutcome,
    Route, SayOutcome, Saying, Settlement, StoreError, Turnstile, UpdateKey,
};

use crate::desk::{BOT, GROUP, LEASE, all_done, asked, asked_of, begun, person, routed, shown, taken};
use crate::engines::{Desk, Engine};
use crate::make::{ANNA, BOLAT, NOON, SLUG, claimed, message, store, turn};

fn update(update_id: i64) -> UpdateKey {
    UpdateKey { bot_id: BOT, update_id }
}

fn slugs() -> Vec<String> {
    vec!["bells".to_owned(), SLUG.to_owned()]
}

/// Dina writes in a topic.
pub(crate) fn saying(update_id: i64, thread_id: i64, text: &str, now_ms: i64) -> Saying {
    Saying {
        update: update(update_id),
        slugs: slugs(),
        chat_id: GROUP,
        thread_id: Some(thread_id),
        message_id: update_id,
        reply_to: None,
        who: person(1, "Dina"),
        text: text.to_owned(),
        media: None,
        file: None,
        now_ms,
    }
}

fn edit(update_id: i64, message_id: i64, text: &str, now_ms: i64) -> Edit {
    Edit {
        update: update(update_id),
        slugs: slugs(),
        chat_id: GROUP,
        message_id,
        who: person(1, "Dina"),
        text: text.to_owned(),
        correction: format!("Correction: {text}"),
        now_ms,
    }
}

/// Somebody presses a button of a request.
pub(crate) fn press(
    update_id: i64,
    handover_id: &str,
    button: Button,
    who: (i64, &str),
    now_ms: i64,
) -> Press {
    Press {
        update: update(update_id),
        slugs: slugs(),
        chat_id: GROUP,
        handover_id: handover_id.to_owned(),
        button,
        who: person(who.0, who.1),
        timers: Vec::new(),
        now_ms,
    }
}

fn said(outcome: SayOutcome) -> (String, bool) {
    match outcome {
        SayOutcome::Said { outbox_id, took, .. } => (outbox_id, took),
        other => panic!("{other:?}"),
    }
}

/// What leaves now, by id.
fn leaving(desk: &dyn Desk, now_ms: i64) -> Vec<String> {
    let rows = desk.begin_sends(now_ms, LEASE, &Turnstile::open(10)).unwrap();
    rows.into_iter().map(|it| it.id).collect()
}

fn sent(desk: &dyn Desk, now_ms: i64) -> Vec<String> {
    let mut sent = Vec::new();
    loop {
        let rows = desk.begin_sends(now_ms, LEASE, &Turnstile::open(10)).unwrap();
        if rows.is_empty() {
            return sent;
        }
        for row in rows {
            desk.settle_send(&row.id, row.attempts, &Settlement::Sent, now_ms).unwrap();
            sent.push(row.text);
        }
    }
}

/// Notes that were posted, and marks.
fn shown_since(desk: &dyn Desk, from_ms: i64, kind: PostKind) -> Vec<String> {
    let posts = all_done(desk, from_ms).into_iter().filter(|it| it.kind == kind);
    posts.map(|it| it.payload).collect()
}

pub(crate) fn writing_takes_the_request(engine: &dyn Engine) {
    let desk = engine.desk();
    let (handover_id, thread_id) = shown(&*desk);
    assert_eq!(sent(&*desk, NOON + 1), ["I ask a colleague."]);
    let mut first = saying(1, thread_id, "Bring it in.", NOON + 10);
    (first.media, first.file) = (Some("photo".to_owned()), Some(r#"{"file_id":"F"}"#.to_owned()));
    let (outbox_id, took) = said(desk.say(&first).unwrap());
    assert!(took);
    assert!(!said(desk.say(&saying(2, thread_id, "Before six.", NOON + 11)).unwrap()).1, "it is hers");

    let card = desk.card(&handover_id).unwrap().unwrap();
    assert_eq!((card.handover.status.as_str(), card.taken_by), ("active", Some(1)));
    assert_eq!(
        (card.taken_by_name.as_deref(), card.taken_by_role.as_deref()),
        (Some("Dina"), Some("manager"))
    );
    assert_eq!(
        (card.taken_at_ms, card.first_answer_at_ms, card.human_at_ms),
        (Some(NOON + 10), Some(NOON + 10), Some(NOON + 11))
    );
    let messages = desk.messages(SLUG, ANNA).unwrap();
    let last: Vec<(&str, &str)> =
        messages[2..].iter().map(|it| (it.role.as_str(), it.text.as_str())).collect();
    assert_eq!(last, [("manager", "Bring it in."), ("manager", "Before six.")]);
    assert_eq!(messages[2].media.as_deref(), Some("photo"));

    let row = desk.begin_sends(NOON + 12, LEASE, &Turnstile::open(10)).unwrap().remove(0);
    assert_eq!((row.id.as_str(), row.author, row.jid.as_str()), (outbox_id.as_str(), Author::Person, ANNA));
    assert_eq!((row.media.as_deref(), row.file.as_deref()), (Some("photo"), Some(r#"{"file_id":"F"}"#)));
    assert_eq!(row.origin, Some(format!(r#"{{"chat_id":{GROUP},"message_id":1}}"#)));
    assert_eq!(row.instance_id, "number-1");
    desk.settle_send(&row.id, row.attempts, &Settlement::Sent, NOON + 13).unwrap();
    assert_eq!(sent(&*desk, NOON + 14), ["Before six."], "in their order");

    assert_eq!(desk.say(&saying(3, thread_id + 1, "who is here?", NOON)).unwrap(), SayOutcome::UnknownTopic);
    desk.press(&press(4, &handover_id, Button::Done, (1, "Dina"), NOON + 20)).unwrap();
    assert_eq!(desk.say(&saying(5, thread_id, "one more thing", NOON + 21)).unwrap(), SayOutcome::NoRequest);
    assert!(sent(&*desk, NOON + 22).is_empty());
    let talk = desk.talk(&slugs(), BOT, GROUP, Some(thread_id), None).unwrap().unwrap();
    assert_eq!((talk.handover_id, talk.conversation_id), (None, card.handover.conversation_id));
}

pub(crate) fn nothing_of_the_bots_leaves_behind_a_person(engine: &dyn Engine) {
    let desk = engine.desk();
    let (handover_id, thread_id) = shown(&*desk);
    assert_eq!(leaving(&*desk, NOON + 1), ["out-m1"]);
    let claim = claimed(&*desk, "m2", NOON + 2);
    let (outbox_id, _) = said(desk.say(&saying(1, thread_id, "Bring it in.", NOON + 3)).unwrap());
    let late = desk.commit_turn(&turn(&claim, Some("One moment."), "out-2", NOON + 4));
    assert!(matches!(late, Err(StoreError::Stale)));
    assert!(leaving(&*desk, NOON + 5).is_empty(), "the bot's last word is still under way");
    let retry = Settlement::Retry { at_ms: NOON + 60_000, error: "http 503".to_owned() };
    desk.settle_send("out-m1", 1, &retry, NOON + 6).unwrap();
    assert_eq!(leaving(&*desk, NOON + 7), [outbox_id.as_str()], "and is not tried again");
    desk.settle_send(&outbox_id, 1, &Settlement::Sent, NOON + 8).unwrap();

    // What a person wrote leaves although the bot has the conversation again.
    let (outbox_id, _) = said(desk.say(&saying(2, thread_id, "See you.", NOON + 9)).unwrap());
    desk.press(&press(3, &handover_id, Button::Back, (1, "Dina"), NOON + 10)).unwrap();
    assert_eq!(claimed(&*desk, "m3", NOON + 11).state, ConversationState::BotActive);
    assert_eq!(leaving(&*desk, NOON + 12), [outbox_id]);
}

pub(crate) fn what_became_of_a_persons_words_is_shown(engine: &dyn Engine) {
    let desk = engine.desk();
    let (_, thread_id) = shown(&*desk);
    sent(&*desk, NOON + 1);
    for n in 1..=3 {
        said(desk.say(&saying(n, thread_id, &format!("word {n}"), NOON + n)).unwrap());
    }
    for settlement in [
        Settlement::Sent,
        Settlement::Dead { error: "http 400".to_owned() },
        Settlement::Unknown { error: "no answer".to_owned() },
    ] {
        let row = desk.begin_sends(NOON + 10, LEASE, &Turnstile::open(1)).unwrap().remove(0);
        desk.settle_send(&row.id, row.attempts, &settlement, NOON + 10).unwrap();
        desk.settle_send(&row.id, row.attempts, &Settlement::Sent, NOON + 10).ok();
    }
    // The echo of the last one shows that it arrived.
    assert!(desk.record_echo(&message(ANNA, "WA-1", "word 3", NOON + 20)).unwrap());
    let posts = all_done(&*desk, NOON + 1_000_000);
    let of =
        |kind| posts.iter().filter(|it| it.kind == kind).map(|it| it.payload.as_str()).collect::<Vec<_>>();
    assert_eq!(
        of(PostKind::React),
        [r#"{"mark":"sent","message_id":1}"#, r#"{"mark":"sent","message_id":3}"#]
    );
    assert_eq!(
        of(PostKind::Note)[1..],
        [
            r#"{"error":"http 400","message_id":2,"what":"undelivered"}"#,
            r#"{"error":"no answer","message_id":3,"what":"unsure"}"#
        ]
    );
    assert_eq!(desk.handovers(None).unwrap()[0].reason, "unknown", "no request of its own");
}

pub(crate) fn of_two_who_take_one_wins(engine: &dyn Engine) {
    let (here, there) = (engine.desk(), engine.desk());
    for round in 0..8 {
        let jid = format!("7707{round:07}@s.whatsapp.net");
        let handover_id = asked(&*here, &jid, &format!("n{round}"), NOON + round);
        routed(&*here, GROUP);
        let presses = [
            press(round * 10, &handover_id, Button::Take, (1, "Dina"), NOON + 100),
            press(round * 10 + 1, &handover_id, Button::Take, (2, "Yerlan"), NOON + 100),
        ];
        let outcomes: Vec<PressOutcome> = std::thread::scope(|scope| {
            let racing: Vec<_> = [&here, &there]
                .into_iter()
                .zip(&presses)
                .map(|(desk, press)| scope.spawn(move || desk.press(press).unwrap()))
                .collect();
            racing.into_iter().map(|it| it.join().unwrap()).collect()
        });
        let winner = here.card(&handover_id).unwrap().unwrap().taken_by_name.unwrap();
        let lost = PressOutcome::TakenBy { name: winner.clone() };
        let expected = if winner == "Dina" { [PressOutcome::Done, lost] } else { [lost, PressOutcome::Done] };
        assert_eq!(outcomes, expected);
        let notes = "SELECT count(*) FROM posts WHERE kind = 'note'";
        assert_eq!(here.handovers(None).unwrap().len() as i64, round + 1);
        assert_eq!(engine.state_rows(notes), [(round + 1).to_string()], "it is told once");
    }
}

pub(crate) fn an_update_is_done_once(engine: &dyn Engine) {
    let (desk, other) = (engine.desk(), engine.desk());
    let (handover_id, thread_id) = shown(&*desk);
    let saying = saying(1, thread_id, "Bring it in.", NOON + 1);
    let outcomes: Vec<SayOutcome> = std::thread::scope(|scope| {
        let racing: Vec<_> = [&desk, &other, &desk, &other]
            .into_iter()
            .map(|desk| scope.spawn(|| desk.say(&saying).unwrap()))
            .collect();
        racing.into_iter().map(|it| it.join().unwrap()).collect()
    });
    assert_eq!(outcomes.iter().filter(|it| matches!(it, SayOutcome::Said { .. })).count(), 1);
    assert_eq!(outcomes.iter().filter(|it| **it == SayOutcome::Seen).count(), 3);
    assert_eq!(engine.state_rows("SELECT count(*) FROM outbox WHERE author = 'person'"), ["1"]);

    let done = press(2, &handover_id, Button::Done, (1, "Dina"), NOON + 2);
    assert_eq!(desk.press(&done).unwrap(), PressOutcome::Done);
    assert_eq!(desk.press(&done).unwrap(), PressOutcome::Seen);
    assert_eq!(desk.edit(&edit(2, 1, "no", NOON + 3)).unwrap(), EditOutcome::Seen);
    assert!(!desk.first_seen(update(2), NOON + 4).unwrap());
    assert!(desk.first_seen(update(3), NOON + 4).unwrap());
    assert!(desk.first_seen(UpdateKey { bot_id: BOT + 1, update_id: 3 }, NOON + 4).unwrap());
    assert_eq!(desk.tidy_desk(NOON + 3 * 86_400_000).unwrap(), 0, "kept for three days");
    assert!(desk.tidy_desk(NOON + 3 * 86_400_000 + 10_000).unwrap() >= 4);
    assert!(desk.first_seen(update(3), NOON + 4).unwrap());
}

pub(crate) fn what_is_foreign_is_refused(engine: &dyn Engine) {
    let desk = engine.desk();
    let (handover_id, thread_id) = shown(&*desk);
    let mut other = saying(1, thread_id, "hello", NOON + 1);
    other.slugs = vec!["bells".to_owned()];
    assert_eq!(desk.say(&other).unwrap(), SayOutcome::UnknownTopic, "another tenant's");
    let mut other = saying(2, thread_id, "hello", NOON + 1);
    other.chat_id = GROUP - 1;
    assert_eq!(desk.say(&other).unwrap(), SayOutcome::UnknownTopic, "another chat's");
    for button in [Button::Take, Button::Back, Button::Skip, Button::Done] {
        let mut forged = press(10 + button as i64, &handover_id, button, (9, "Mallory"), NOON + 2);
        forged.slugs = vec!["bells".to_owned()];
        assert_eq!(desk.press(&forged).unwrap(), PressOutcome::Foreign);
        let mut forged = press(20 + button as i64, &handover_id, button, (9, "Mallory"), NOON + 2);
        forged.chat_id = GROUP - 1;
        assert_eq!(desk.press(&forged).unwrap(), PressOutcome::Foreign);
        let forged = press(30 + button as i64, "no such", button, (9, "Mallory"), NOON + 2);
        assert_eq!(desk.press(&forged).unwrap(), PressOutcome::Foreign);
    }
    said(desk.say(&saying(40, thread_id, "Bring it in.", NOON + 3)).unwrap());
    let mut forged = edit(41, 40, "Never come.", NOON + 4);
    forged.slugs = vec!["bells".to_owned()];
    assert_eq!(desk.edit(&forged).unwrap(), EditOutcome::Unknown);
    assert!(desk.talk(&["bells".to_owned()], BOT, GROUP, Some(thread_id), None).unwrap().is_none());
    assert_eq!(sent(&*desk, NOON + 5), ["Bring it in."], "the bot's reply was cancelled by it");

    // A request that is shown nowhere yet can be taken nowhere.
    let hidden = asked(&*desk, BOLAT, "b1", NOON + 6);
    assert_eq!(
        desk.press(&press(50, &hidden, Button::Take, (1, "Dina"), NOON + 7)).unwrap(),
        PressOutcome::Foreign
    );
}

pub(crate) fn a_change_mends_or_corrects(engine: &dyn Engine) {
    let desk = engine.desk();
    let (handover_id, thread_id) = shown(&*desk);
    said(desk.say(&saying(1, thread_id, "At fife.", NOON + 1)).unwrap());
    assert_eq!(desk.edit(&edit(2, 1, "At five.", NOON + 2)).unwrap(), EditOutcome::Changed);
    assert_eq!(desk.edit(&edit(3, 1, "At five.", NOON + 2)).unwrap(), EditOutcome::Same);
    assert_eq!(sent(&*desk, NOON + 3), ["At five."]);
    let corrected = desk.edit(&edit(4, 1, "At six.", NOON + 4)).unwrap();
    assert!(matches!(corrected, EditOutcome::Corrected { .. }), "{corrected:?}");
    assert_eq!(desk.edit(&edit(5, 1, "At seven.", NOON + 5)).unwrap(), EditOutcome::Changed);
    assert_eq!(sent(&*desk, NOON + 6), ["At seven."]);
    let texts: Vec<String> = desk.messages(SLUG, ANNA).unwrap().into_iter().map(|it| it.text).collect();
    assert_eq!(texts[2..], ["At five.", "At seven."]);
    assert_eq!(desk.edit(&edit(6, 99, "?", NOON + 7)).unwrap(), EditOutcome::Unknown);

    desk.press(&press(7, &handover_id, Button::Done, (1, "Dina"), NOON + 8)).unwrap();
    assert_eq!(desk.edit(&edit(8, 1, "At eight.", NOON + 9)).unwrap(), EditOutcome::NoRequest);
    let next = asked(&*desk, ANNA, "m2", NOON + 10);
    assert_eq!(desk.edit(&edit(9, 1, "At nine.", NOON + 11)).unwrap(), EditOutcome::NoRequest);
    assert_eq!(desk.card(&next).unwrap().unwrap().taken_by, None, "another request is not taken by it");
}

pub(crate) fn a_request_is_done_when_somebody_has_answered(engine: &dyn Engine) {
    let desk = engine.desk();
    let (handover_id, thread_id) = shown(&*desk);
    let does = |update_id, button, who, now_ms| {
        desk.press(&press(update_id, &handover_id, button, who, now_ms)).unwrap()
    };
    assert_eq!(does(1, Button::Done, (1, "Dina"), NOON + 1), PressOutcome::Unanswered);
    assert_eq!(does(2, Button::Skip, (2, "Yerlan"), NOON + 2), PressOutcome::Done);
    assert_eq!(desk.handovers(None).unwrap()[0].status, "pending", "somebody else may");
    assert_eq!(does(3, Button::Take, (1, "Dina"), NOON + 3), PressOutcome::Done);
    assert_eq!(does(4, Button::Take, (1, "Dina"), NOON + 4), PressOutcome::Done, "she has it");
    let taken = PressOutcome::TakenBy { name: "Dina".to_owned() };
    assert_eq!(does(5, Button::Take, (2, "Yerlan"), NOON + 5), taken);
    said(desk.say(&saying(6, thread_id, "Bring it in.", NOON + 6)).unwrap());
    assert_eq!(does(7, Button::Done, (2, "Yerlan"), NOON + 7), PressOutcome::Done);
    for (update_id, button) in [(8, Button::Take), (9, Button::Back), (10, Button::Skip), (11, Button::Done)]
    {
        assert_eq!(does(update_id, button, (1, "Dina"), NOON + 8), PressOutcome::Closed);
    }
    assert_eq!(
        shown_since(&*desk, NOON + 1_000_000, PostKind::Note),
        [
            r#"{"by":"Yerlan","id":2,"what":"skipped"}"#,
            r#"{"by":"Dina","way":"telegram","what":"taken"}"#,
            r#"{"actor":"person","by":"Yerlan","what":"resolved"}"#,
        ]
    );
    assert_eq!(claimed(&*desk, "m9", NOON + 9).state, ConversationState::BotActive);
}

pub(crate) fn a_group_without_topics_goes_by_replies(engine: &dyn Engine) {
    let desk = engine.desk();
    let mut cards = Vec::new();
    for (jid, id) in [(ANNA, "m1"), (BOLAT, "m2")] {
        asked(&*desk, jid, id, NOON);
        let post = desk.unrouted(1).unwrap().remove(0);
        let route = Route { bot_id: BOT, chat_id: GROUP, topic: false };
        desk.route(&post.post_id, route, NOON).unwrap();
    }
    for (n, post) in (1..).zip(begun(&*desk, NOON)) {
        assert!(!post.topic.as_ref().unwrap().threaded);
        taken(&*desk, &post, NOON + n);
        cards.push((NOON + n, post.handover_id.unwrap()));
    }
    let mut words = saying(1, 0, "Bring it in.", NOON + 10);
    words.thread_id = None;
    assert_eq!(desk.say(&words).unwrap(), SayOutcome::UnknownTopic, "to whom?");
    (words.update, words.reply_to) = (update(2), Some(cards[1].0));
    let outcome = desk.say(&words).unwrap();
    assert!(matches!(outcome, SayOutcome::Said { handover_id, .. } if handover_id == cards[1].1));
    let posts = all_done(&*desk, NOON + 1_000_000);
    assert!(!posts.iter().any(|it| it.kind == PostKind::Title), "there is nothing to rename");
}

pub(crate) fn replies_find_the_customer_where_topics_are_gone(engine: &dyn Engine) {
    let desk = engine.desk();
    let (handover_id, thread_id) = shown(&*desk);
    let card = desk.card(&handover_id).unwrap().unwrap();
    let (message_id, topic_id) = (card.card_message_id, card.topic.unwrap().id);
    assert_eq!(
        desk.press(&press(1, &handover_id, Button::Take, (1, "Dina"), NOON)).unwrap(),
        PressOutcome::Done
    );
    desk.topicless(&topic_id, NOON + 1).unwrap();
    let topic = desk.card(&handover_id).unwrap().unwrap().topic.unwrap();
    assert_eq!((topic.threaded, topic.thread_id), (false, None));
    let posts = all_done(&*desk, NOON + 100_000);
    assert!(!posts.iter().any(|it| it.kind == PostKind::Title), "there is nothing to rename");
    let talk = |slug: &str, thread_id, reply_to| {
        desk.talk(&[slug.to_owned()], BOT, GROUP, thread_id, reply_to).unwrap().and_then(|it| it.handover_id)
    };
    assert_eq!(talk(SLUG, Some(thread_id), None), None);
    assert_eq!(talk(SLUG, None, message_id), Some(handover_id.clone()));
    assert_eq!(talk(SLUG, None, Some(77)), None);
    desk.said_about(&topic_id, 77, NOON + 2).unwrap();
    assert_eq!(talk(SLUG, None, Some(77)), Some(handover_id.clone()), "a word that no post is");
    assert!(all_done(&*desk, NOON + 200_000).is_empty(), "it is said already");

    // Another bot has its own numbers in the same chat.
    let inbound = Inbound { slug: "bells".to_owned(), ..message(BOLAT, "b1", "hello", NOON + 3) };
    let other = asked_of(&*desk, &inbound);
    let post = desk.unrouted(1).unwrap().remove(0);
    let route = Route { bot_id: BOT + 1, chat_id: GROUP, topic: false };
    desk.route(&post.post_id, route, NOON + 3).unwrap();
    taken(&*desk, &begun(&*desk, NOON + 300_000)[0], message_id.unwrap());
    assert_eq!(talk(SLUG, None, message_id), Some(handover_id));
    assert_eq!(talk("bells", None, message_id), Some(other));
    assert_eq!(talk("chimes", None, message_id), None);

    desk.forget(SLUG, ANNA, "").unwrap();
    desk.said_about(&topic_id, 78, NOON + 4).unwrap();
    assert_eq!(talk(SLUG, None, Some(78)), None);
}

pub(crate) fn names_are_bound_to_their_first_id(engine: &dyn Engine) {
    let desk = engine.desk();
    assert_eq!(desk.bind(SLUG, "@Dina", 1, NOON).unwrap(), Bound::First);
    assert_eq!(desk.bind(SLUG, "dina", 1, NOON + 1).unwrap(), Bound::Same);
    assert_eq!(desk.bind(SLUG, "dina", 2, NOON + 2).unwrap(), Bound::Changed { before: 1 });
    assert_eq!(desk.bind(SLUG, "dina", 2, NOON + 3).unwrap(), Bound::Changed { before: 1 }, "it stays");
    assert_eq!(desk.bind("bells", "dina", 2, NOON).unwrap(), Bound::First, "each tenant for itself");
    let bound = desk.bindings(SLUG).unwrap();
    assert_eq!((bound.len(), bound[0].username.as_str(), bound[0].telegram_id), (1, "dina", 1));
    assert!(desk.unbind(SLUG, "@dina").unwrap());
    assert!(!desk.unbind(SLUG, "@dina").unwrap());
    assert_eq!(desk.bind(SLUG, "dina", 2, NOON).unwrap(), Bound::First);

    assert!(!desk.reachable(BOT, 1).unwrap());
    desk.set_reachable(BOT, 1, Some(NOON)).unwrap();
    desk.set_reachable(BOT, 1, Some(NOON + 1)).unwrap();
    assert!(desk.reachable(BOT, 1).unwrap());
    assert!(!desk.reachable(BOT + 1, 1).unwrap(), "another bot may not");
    desk.set_reachable(BOT, 1, None).unwrap();
    assert!(!desk.reachable(BOT, 1).unwrap());
}

pub(crate) fn one_of_all_holds(engine: &dyn Engine) {
    let (here, there) = (engine.desk(), engine.desk());
    let held: usize = std::thread::scope(|scope| {
        let racing: Vec<_> = [(&here, "here"), (&there, "there")]
            .into_iter()
            .map(|(desk, holder)| scope.spawn(move || desk.hold("poll 1", holder, NOON + 100, NOON).unwrap()))
            .collect();
        racing.into_iter().map(|it| usize::from(it.join().unwrap())).sum()
    });
    assert_eq!(held, 1);
    assert!(here.hold("poll 2", "here", NOON + 100, NOON).unwrap());
    assert!(!there.hold("poll 2", "there", NOON + 150, NOON + 99).unwrap());
    assert!(here.hold("poll 2", "here", NOON + 200, NOON + 99).unwrap(), "it goes on");
    assert!(there.hold("poll 2", "there", NOON + 300, NOON + 200).unwrap(), "its time is over");
    here.let_go("poll 2", "here").unwrap();
    assert!(!here.hold("poll 2", "here", NOON + 400, NOON + 201).unwrap(), "it was not its own to let go");
    there.let_go("poll 2", "there").unwrap();
    assert!(here.hold("poll 2", "here", NOON + 400, NOON + 202).unwrap());

    assert_eq!(here.cursor(BOT).unwrap(), None);
    here.set_cursor(BOT, 7).unwrap();
    here.set_cursor(BOT, 9).unwrap();
    assert_eq!((there.cursor(BOT).unwrap(), there.cursor(BOT + 1).unwrap()), (Some(9), None));
}

pub(crate) fn figures_tell_what_happened(engine: &dyn Engine) {
    let desk = engine.desk();
    let (handover_id, thread_id) = shown(&*desk);
    desk.remind(&handover_id, 1, NOON + 10).unwrap();
    desk.press(&press(1, &handover_id, Button::Skip, (2, "Yerlan"), NOON + 20)).unwrap();
    desk.say(&saying(2, thread_id, "Bring it in.", NOON + 30)).unwrap();
    desk.say(&saying(3, thread_id, "Before six.", NOON + 31)).unwrap();
    desk.press(&press(4, &handover_id, Button::Done, (1, "Dina"), NOON + 40)).unwrap();
    let other = Inbound { slug: "bells".to_owned(), ..message(BOLAT, "b1", "hello", NOON) };
    asked_of(&*desk, &other);
    store(&*desk, &message(ANNA, "m2", "thank you", NOON + 50));

    let events = desk.figures(SLUG, NOON, NOON + 100).unwrap();
    assert!(events.iter().all(|it| it.handover_id == handover_id));
    let told: Vec<(i64, &str, Option<&str>, &str)> = events
        .iter()
        .map(|it| (it.at_ms - NOON, it.kind.as_str(), it.role.as_deref(), it.detail.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            (0, "requested", None, "unknown"),
            (0, "shown", None, ""),
            (10, "reminded", None, "1"),
            (20, "skipped", Some("manager"), "telegram"),
            (30, "taken", Some("manager"), "telegram"),
            (30, "answered", Some("manager"), "telegram"),
            (40, "resolved", Some("manager"), "person"),
        ]
    );
    assert_eq!(desk.figures(SLUG, NOON + 30, NOON + 40).unwrap().len(), 2);
    assert_eq!(desk.figures("bells", NOON, NOON + 100).unwrap().len(), 1);
}
