//! What is forgotten leaves the desk.

use runtime::{Decided, Decision, NewLesson, Place, PostKind, PostOutcome, Route, Saying, Tell, UpdateKey};

use crate::desk::{BOT, GROUP, all_done, asked, begun, person, routed, shown, taken};
use crate::desk_lessons::lesson;
use crate::engines::{Desk, Engine};
use crate::make::{ANNA, BOLAT, NOON, SLUG, message, store};

const DAY: i64 = 86_400_000;

/// Tables of the state, of which the releases have none.
const TABLES: [&str; 13] = [
    "users",
    "conversations",
    "messages",
    "seen",
    "handovers",
    "outbox",
    "timers",
    "conversation_audit",
    "topics",
    "posts",
    "learned_responses",
    "knowledge_gaps",
    "desk_events",
];

/// A talk of Anna's with everything the desk can have of it; returns the request.
fn talk(desk: &dyn Desk) -> String {
    let (handover_id, thread_id) = shown(desk);
    store(desk, &message(ANNA, "m2", "the secret word is pedal", NOON + 1));
    let saying = Saying {
        update: UpdateKey { bot_id: BOT, update_id: 1 },
        slugs: vec![SLUG.to_owned()],
        chat_id: GROUP,
        thread_id: Some(thread_id),
        message_id: 1,
        reply_to: None,
        who: person(1, "Dina"),
        text: "a pedal, then".to_owned(),
        media: Some("photo".to_owned()),
        file: Some(r#"{"caption":"pedal"}"#.to_owned()),
        now_ms: NOON + 2,
    };
    desk.say(&saying).unwrap();
    let payload = r#"{"what":"more","text":"pedal"}"#.to_owned();
    let place = Place::Handover(handover_id.clone());
    desk.tell(&Tell { slug: SLUG.to_owned(), kind: PostKind::Note, payload, place, now_ms: NOON + 3 })
        .unwrap();
    for at_ms in (NOON + 1_000_000..).step_by(60_000) {
        let posts = begun(desk, at_ms);
        if posts.is_empty() {
            break;
        }
        for post in posts {
            match post.kind {
                PostKind::Title => {
                    let outcome = PostOutcome::Titled { title: "Anna, pedal".to_owned() };
                    desk.settle_post(&post.id, post.attempts, &outcome, at_ms).unwrap();
                }
                _ => taken(desk, &post, at_ms),
            }
        }
    }
    handover_id
}

pub(crate) fn a_forgotten_customer_is_nowhere_on_the_desk(engine: &dyn Engine) {
    let desk = engine.desk();
    let handover_id = talk(&*desk);
    let taught = NewLesson { digest: "d1".to_owned(), ..lesson(&handover_id, Some("Olga")) };
    let kept = desk.add_lesson(&taught).unwrap();
    let other = asked(&*desk, BOLAT, "b1", NOON + 1);
    desk.add_lesson(&lesson(&other, None)).unwrap();
    let card = desk.card(&handover_id).unwrap().unwrap();
    let ids = [
        ANNA.to_owned(),
        card.handover.conversation_id.clone(),
        card.topic.unwrap().user_id,
        "pedal".to_owned(),
        "says Anna".to_owned(),
    ];
    let traces = desk.traces_of(SLUG, "pedal").unwrap();
    for table in ["messages", "outbox", "posts", "topics"] {
        assert!(traces.contains_key(table), "{table} in {traces:?}");
    }
    assert!(desk.traces_of(SLUG, "says Anna").unwrap().contains_key("learned_responses"));

    let erased = desk.forget(SLUG, ANNA, "forget anna").unwrap();
    for table in ["posts", "topics", "handovers", "outbox", "messages", "users"] {
        assert!(erased.contains_key(table), "{table} in {erased:?}");
    }
    assert_eq!(desk.tallied("forget anna").unwrap(), erased);
    assert!(desk.traces_of(SLUG, ANNA).unwrap().is_empty());
    assert!(desk.traces_of(SLUG, "pedal").unwrap().is_empty());
    let row = desk.lesson(&kept).unwrap().unwrap();
    assert_eq!((row.status.as_str(), row.handover_id, row.evidence), ("approved", None, None));
    assert_eq!(desk.lessons(SLUG, Some("pending")).unwrap().len(), 1, "another's lesson waits on");
    assert!(desk.card(&handover_id).unwrap().is_none());
    // Every row of every table, whatever its columns are.
    for table in TABLES {
        for row in engine.state_rows(&format!("SELECT * FROM {table}")) {
            for id in ids.iter().take(4) {
                assert!(!row.contains(id.as_str()), "{id} in {table}");
            }
            assert!(!row.contains(&handover_id) || table == "desk_events", "the request in {table}");
        }
    }
    assert!(!desk.figures(SLUG, NOON, NOON + 10).unwrap().is_empty(), "figures name nobody");
    assert_eq!(engine.state_rows("SELECT count(*) FROM posts"), ["2"], "another's cards stay");
    let second = desk.lessons(SLUG, Some("pending")).unwrap().remove(0).id;
    desk.forget(SLUG, BOLAT, "").unwrap();
    let gone = desk.decide_lesson(&second, &Decision::Approve, "Olga", None, NOON).unwrap();
    assert_eq!(gone, Decided::Missing, "what nobody approved goes with its customer");
}

pub(crate) fn a_tenants_desk_goes_with_it(engine: &dyn Engine) {
    let desk = engine.desk();
    let handover_id = talk(&*desk);
    desk.add_lesson(&lesson(&handover_id, Some("Olga"))).unwrap();
    asked(&*desk, BOLAT, "b1", NOON + 4);
    routed(&*desk, GROUP);
    all_done(&*desk, NOON + DAY);
    desk.bind(SLUG, "dina", 1, NOON).unwrap();
    desk.bind("bells", "dina", 1, NOON).unwrap();
    let place = Place::Chat { bot_id: BOT, chat_id: 1 };
    for slug in [SLUG, "bells"] {
        let (slug, payload, place) = (slug.to_owned(), "{}".to_owned(), place.clone());
        desk.tell(&Tell { slug, kind: PostKind::Alert, payload, place, now_ms: NOON }).unwrap();
    }
    let topics = desk.topics(SLUG, None).unwrap();
    assert_eq!(topics.len(), 2);
    assert!(desk.topic_erased(&topics[0], "end").unwrap());
    assert!(!desk.topic_erased(&topics[0], "end").unwrap(), "counted once");
    let thread_id = topics[0].thread_id.unwrap();
    assert!(desk.shown_messages(&topics[0].id).unwrap().iter().all(|it| *it < thread_id), "gone with it");
    while !desk.offboard(SLUG, 2, "end").unwrap().is_empty() {}
    let tallied = desk.tallied("end").unwrap();
    assert_eq!((tallied["telegram_topics"], tallied["telegram_topics_left"]), (1, 1), "{tallied:?}");
    for table in ["posts", "topics", "desk_events", "bindings", "learned_responses", "learned_revisions"] {
        assert!(tallied.contains_key(table), "{table} in {tallied:?}");
    }
    for table in ["topics", "posts", "desk_events", "bindings", "learned_responses", "learned_revisions"] {
        let own = format!("SELECT count(*) FROM {table} WHERE client_slug = '{SLUG}'");
        assert_eq!(engine.state_rows(&own), ["0"], "{table}");
    }
    assert_eq!(all_done(&*desk, NOON).len(), 1, "the other tenant's alert");
    assert_eq!(desk.bindings("bells").unwrap().len(), 1);
}

pub(crate) fn what_is_old_leaves_the_desk(engine: &dyn Engine) {
    let desk = engine.desk();
    let (handover_id, _) = shown(&*desk);
    let lesson_id = desk.add_lesson(&lesson(&handover_id, Some("Olga"))).unwrap();
    let conversation_id = desk.card(&handover_id).unwrap().unwrap().handover.conversation_id;
    desk.release(&conversation_id, "resolved", NOON + 10).unwrap();
    store(&*desk, &message(ANNA, "m9", "hello again", NOON + 100 * DAY));
    let erased = desk.expire(SLUG, NOON + 50 * DAY, 100).unwrap();
    for table in ["posts", "desk_events", "handovers", "messages"] {
        assert!(erased.contains_key(table), "{table} in {erased:?}");
    }
    let rows = engine.state_rows("SELECT status FROM posts ORDER BY seq");
    assert!(rows.iter().all(|it| it == "pending" || it == "queued"), "what waits stays: {rows:?}");
    let row = desk.lesson(&lesson_id).unwrap().unwrap();
    assert_eq!((row.handover_id, row.evidence), (None, None));
    assert_eq!(desk.approved(SLUG).unwrap().len(), 1, "what was approved is used on");
    assert_eq!(desk.topics(SLUG, Some(ANNA)).unwrap().len(), 1, "the customer is still there");
    asked(&*desk, BOLAT, "b1", NOON + 100 * DAY);
    routed(&*desk, GROUP);
    assert!(desk.expire(SLUG, NOON + 50 * DAY, 100).unwrap().is_empty());
}

pub(crate) fn which_messages_show_a_customer_is_known_as_long_as_he_is(engine: &dyn Engine) {
    let desk = engine.desk();
    let handover_id = asked(&*desk, ANNA, "m1", NOON);
    let post = desk.unrouted(1).unwrap().remove(0);
    desk.route(&post.post_id, Route { bot_id: BOT, chat_id: GROUP, topic: false }, NOON).unwrap();
    store(&*desk, &message(ANNA, "m2", "a bent pedal", NOON + 1));
    let shown = |at_ms: i64, message_id: i64| {
        let (messages, others): (Vec<_>, Vec<_>) =
            begun(&*desk, at_ms).into_iter().partition(|it| it.kind.makes());
        others.iter().for_each(|it| taken(&*desk, it, at_ms));
        for (post, message_id) in messages.iter().zip(message_id..) {
            let outcome = PostOutcome::Sent { message_id: Some(message_id), thread_id: None };
            desk.settle_post(&post.id, post.attempts, &outcome, at_ms).unwrap();
        }
    };
    shown(NOON + 2, 10);
    shown(NOON + 3, 11);
    let card = desk.card(&handover_id).unwrap().unwrap();
    let topic = card.topic.unwrap();
    desk.said_about(&topic.id, 12, NOON + 4).unwrap();
    desk.release(&card.handover.conversation_id, "resolved", NOON + 10).unwrap();
    all_done(&*desk, NOON + 20);
    let all = desk.shown_messages(&topic.id).unwrap();
    assert_eq!(all[..3], [10, 11, 12]);
    assert_eq!(desk.shown_by_others(&topic.id).unwrap(), 0);

    store(&*desk, &message(ANNA, "m9", "hello again", NOON + 100 * DAY));
    assert!(desk.expire(SLUG, NOON + 50 * DAY, 100).unwrap()["posts"] >= 3);
    assert!(desk.expire(SLUG, NOON + 50 * DAY, 100).unwrap().is_empty(), "once");
    assert_eq!(desk.shown_messages(&topic.id).unwrap(), all);
    let words = "SELECT count(*) FROM posts WHERE payload <> '{}' OR message_id IS NOT NULL
                 OR handover_id IS NOT NULL OR error IS NOT NULL";
    assert_eq!(engine.state_rows(words), ["0"], "nothing but their numbers");
    assert!(!desk.traces_of(SLUG, "pedal").unwrap().contains_key("posts"));
    let talk = desk.talk(&[SLUG.to_owned()], BOT, GROUP, None, Some(11)).unwrap().unwrap();
    assert_eq!(talk.topic.user_id, topic.user_id, "a reply finds him still");

    // He has a topic by now: what is above its number stands in it.
    assert_eq!(desk.topic_made(&topic.id, 12, "Anna").unwrap(), runtime::TopicMade::Kept);
    let erased = desk.expire(SLUG, NOON + 50 * DAY, 100).unwrap();
    assert_eq!(erased["posts"], all.len() as u64 - 2);
    assert_eq!(desk.shown_messages(&topic.id).unwrap(), [10, 11]);
    let erased = desk.forget(SLUG, ANNA, "").unwrap();
    assert!(erased["posts"] >= 2, "{erased:?}");
    assert_eq!(engine.state_rows("SELECT count(*) FROM posts"), ["0"]);
}
