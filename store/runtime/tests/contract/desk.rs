//! What is shown of requests, and the small things that tests of the desk share.

use runtime::{
    Inbound, Person, Place, PostKind, PostLimits, PostOutcome, PostRow, Route, Tell, TimerOutcome, Turnstile,
};

use crate::engines::{Desk, Engine};
use crate::make::{ANNA, BOLAT, NOON, SLUG, message, store, turn};

/// The bot of most tests.
pub(crate) const BOT: i64 = 4_200_000_001;
/// A group with topics.
pub(crate) const GROUP: i64 = -1_001_234_567_890;
/// Long enough for every test.
pub(crate) const LEASE: i64 = 60_000;

/// A person.
pub(crate) fn person(telegram_id: i64, name: &str) -> Person {
    Person {
        telegram_id,
        username: Some(name.to_lowercase()),
        name: name.to_owned(),
        role: Some("manager".to_owned()),
    }
}

/// `jid` writes and the bot asks people; returns the request.
pub(crate) fn asked(desk: &dyn Desk, jid: &str, id: &str, at_ms: i64) -> String {
    asked_of(desk, &message(jid, id, "can you mend a bent wheel?", at_ms))
}

/// As [`asked`], of any tenant.
pub(crate) fn asked_of(desk: &dyn Desk, inbound: &Inbound) -> String {
    let at_ms = inbound.received_at_ms;
    store(desk, inbound);
    let claims = desk.claim_due(at_ms, LEASE, &Turnstile::open(10)).unwrap();
    let claim = claims.iter().find(|it| it.jid == inbound.jid).unwrap();
    let mut turn = turn(claim, Some("I ask a colleague."), &format!("out-{}", inbound.message_id), at_ms);
    turn.handover = Some(("unknown".to_owned(), "wants a wheel mended".to_owned()));
    desk.commit_turn(&turn).unwrap();
    let open = desk.handovers(Some(&inbound.slug)).unwrap();
    open.into_iter().find(|it| it.conversation_id == claim.conversation_id).unwrap().id
}

/// Has everything that waits for its chat shown in a group.
pub(crate) fn routed(desk: &dyn Desk, chat_id: i64) {
    for post in desk.unrouted(1000).unwrap() {
        assert!(desk.route(&post.post_id, Route { bot_id: BOT, chat_id, topic: true }, NOON).unwrap());
    }
}

/// Posts that may be done now.
pub(crate) fn begun(desk: &dyn Desk, now_ms: i64) -> Vec<PostRow> {
    desk.begin_posts(now_ms, LEASE, &PostLimits::default(), 100).unwrap()
}

/// Kinds of posts, in order.
pub(crate) fn kinds(posts: &[PostRow]) -> Vec<PostKind> {
    posts.iter().map(|it| it.kind).collect()
}

/// Telegram takes a post; topics are made where they are missing. Message ids are those of the clock.
pub(crate) fn taken(desk: &dyn Desk, post: &PostRow, now_ms: i64) {
    if let Some(topic) = post.topic.as_ref().filter(|it| it.threaded && it.thread_id.is_none()) {
        desk.topic_made(&topic.id, thread_of(&topic.user_id), "a title").unwrap();
    }
    let outcome = match post.kind {
        PostKind::Title => PostOutcome::Titled { title: format!("title at {now_ms}") },
        _ => PostOutcome::Sent { message_id: post.kind.makes().then_some(now_ms), thread_id: None },
    };
    desk.settle_post(&post.id, post.attempts, &outcome, now_ms).unwrap();
}

/// A topic's id for a customer, the same each time.
pub(crate) fn thread_of(user_id: &str) -> i64 {
    user_id.bytes().fold(7, |sum, it| (sum * 31 + i64::from(it)) % 1_000_000_007)
}

/// Does everything that can be done, at a clock that is far enough on for all limits; returns it in order.
pub(crate) fn all_done(desk: &dyn Desk, from_ms: i64) -> Vec<PostRow> {
    let (mut now_ms, mut done) = (from_ms, Vec::new());
    loop {
        let posts = begun(desk, now_ms);
        if posts.is_empty() {
            return done;
        }
        for post in posts {
            taken(desk, &post, now_ms);
            now_ms += 1;
            done.push(post);
        }
        now_ms += 60_000;
    }
}

/// A request of Anna's with its card shown; returns it and the topic's id in Telegram.
pub(crate) fn shown(desk: &dyn Desk) -> (String, i64) {
    let handover_id = asked(desk, ANNA, "m1", NOON);
    routed(desk, GROUP);
    all_done(desk, NOON);
    let topic = desk.card(&handover_id).unwrap().unwrap().topic.unwrap();
    (handover_id, topic.thread_id.unwrap())
}

pub(crate) fn a_request_is_shown_in_its_topic(engine: &dyn Engine) {
    let desk = engine.desk();
    let handover_id = asked(&*desk, ANNA, "m1", NOON);
    let waiting = desk.unrouted(10).unwrap();
    assert_eq!(waiting.len(), 1);
    let post = &waiting[0];
    assert_eq!((post.slug.as_str(), post.kind), (SLUG, PostKind::Card));
    assert_eq!((post.branch.as_deref(), post.handover_id.as_ref()), (None, Some(&handover_id)));
    assert!(begun(&*desk, NOON).is_empty(), "nobody has said where");
    let route = Route { bot_id: BOT, chat_id: GROUP, topic: true };
    assert!(desk.route(&post.post_id, route, NOON).unwrap());
    assert!(!desk.route(&post.post_id, route, NOON).unwrap(), "once");
    assert!(desk.unrouted(10).unwrap().is_empty());

    let posts = begun(&*desk, NOON + 5);
    assert_eq!(kinds(&posts), [PostKind::Card]);
    let topic = posts[0].topic.as_ref().unwrap();
    assert_eq!((posts[0].bot_id, posts[0].chat_id, posts[0].attempts), (BOT, GROUP, 1));
    assert_eq!((topic.chat_id, topic.threaded, topic.thread_id), (GROUP, true, None), "to be made");
    assert_eq!(posts[0].request_id, "call-m1", "a card is of the call that the request came of");
    assert!(begun(&*desk, NOON + 6).is_empty(), "somebody has it");
    taken(&*desk, &posts[0], NOON + 7);

    let card = desk.card(&handover_id).unwrap().unwrap();
    assert_eq!(card.card_message_id, Some(NOON + 7));
    assert_eq!((card.handover.reason.as_str(), card.handover.status.as_str()), ("unknown", "pending"));
    assert_eq!((card.name.as_deref(), card.phone.as_deref()), (Some("A customer"), Some("77010000001")));
    assert_eq!(card.memory, r#"{"after":"out-m1"}"#);
    let said: Vec<(&str, &str)> =
        card.messages.iter().map(|it| (it.role.as_str(), it.text.as_str())).collect();
    assert_eq!(said, [("user", "can you mend a bent wheel?"), ("assistant", "I ask a colleague.")]);
    let topic = card.topic.unwrap();
    assert_eq!((topic.thread_id, topic.title.as_str()), (Some(thread_of(&topic.user_id)), "a title"));
    assert_eq!(kinds(&begun(&*desk, NOON + 8)), [PostKind::Pin]);
    assert_eq!(desk.topics(SLUG, Some(ANNA)).unwrap(), [topic]);
    assert!(desk.topics("pedals", None).unwrap().is_empty());
}

pub(crate) fn what_is_said_while_a_request_is_open_is_shown(engine: &dyn Engine) {
    let desk = engine.desk();
    let handover_id = asked(&*desk, ANNA, "m1", NOON);
    // In one batch: the function that takes many in lines them up too.
    let two = [message(ANNA, "m2", "it is the front one", NOON + 1), message(ANNA, "m3", "hello?", NOON + 2)];
    desk.store_inbound(&two).unwrap();
    routed(&*desk, GROUP);
    let more = [message(ANNA, "m4", "today", NOON + 3), message(ANNA, "m5", "or tomorrow", NOON + 4)];
    desk.store_inbound(&more).unwrap();
    let claim = desk.claim_due(NOON + 4, LEASE, &Turnstile::open(1)).unwrap().remove(0);
    desk.commit_turn(&turn(&claim, Some("One moment."), "out-2", NOON + 5)).unwrap();

    let shown: Vec<(PostKind, Option<String>)> = all_done(&*desk, NOON + 10)
        .into_iter()
        .filter(|it| it.kind.makes())
        .map(|it| (it.kind, it.message.map(|it| it.text)))
        .collect();
    let text = |it: &str| Some(it.to_owned());
    assert_eq!(
        shown,
        [
            (PostKind::Card, None),
            (PostKind::Forward, text("it is the front one")),
            (PostKind::Forward, text("hello?")),
            (PostKind::Forward, text("today")),
            (PostKind::Forward, text("or tomorrow")),
            (PostKind::Said, text("One moment.")),
        ]
    );
    let history = desk.history(&claim.conversation_id, 2).unwrap();
    let last: Vec<&str> = history.iter().map(|it| it.text.as_str()).collect();
    assert_eq!(last, ["or tomorrow", "One moment."]);
    assert!(desk.card(&handover_id).unwrap().is_some());
    assert!(desk.card("no such").unwrap().is_none());
}

pub(crate) fn nothing_is_shown_without_a_request(engine: &dyn Engine) {
    let desk = engine.desk();
    store(&*desk, &message(ANNA, "m1", "hello", NOON));
    let claim = desk.claim_due(NOON, LEASE, &Turnstile::open(1)).unwrap().remove(0);
    desk.commit_turn(&turn(&claim, Some("hello"), "out-1", NOON)).unwrap();
    store(&*desk, &message(ANNA, "m2", "oh, hello", NOON + 2));
    assert!(!desk.release(&claim.conversation_id, "returned", NOON + 3).unwrap());
    assert_eq!(engine.state_rows("SELECT count(*) FROM posts"), ["0"]);
    assert_eq!(engine.state_rows("SELECT count(*) FROM desk_events"), ["0"]);
}

pub(crate) fn a_take_on_the_phone_is_shown(engine: &dyn Engine) {
    let desk = engine.desk();
    let (handover_id, _) = shown(&*desk);
    desk.record_echo(&message(ANNA, "phone-1", "bring it in", NOON + 1)).unwrap();
    desk.record_echo(&message(ANNA, "phone-2", "before six", NOON + 2)).unwrap();
    let posts = all_done(&*desk, NOON + 1_000_000);
    let said: Vec<String> = posts
        .iter()
        .filter(|it| it.kind == PostKind::Said)
        .map(|it| it.message.as_ref().unwrap().text.clone())
        .collect();
    assert_eq!(said, ["bring it in", "before six"]);
    let notes: Vec<&str> =
        posts.iter().filter(|it| it.kind == PostKind::Note).map(|it| it.payload.as_str()).collect();
    assert_eq!(notes, [r#"{"by":null,"way":"phone","what":"taken"}"#]);
    assert!(posts.iter().any(|it| it.kind == PostKind::Title), "the title tells");
    assert!(posts.iter().any(|it| it.kind == PostKind::Buttons));
    let card = desk.card(&handover_id).unwrap().unwrap();
    assert_eq!((card.taken_by, card.taken_at_ms), (None, Some(NOON + 1)));
    assert_eq!((card.first_answer_at_ms, card.human_at_ms), (Some(NOON + 1), Some(NOON + 2)));
}

pub(crate) fn a_request_that_is_closed_is_shown_so(engine: &dyn Engine) {
    let desk = engine.desk();
    let (handover_id, _) = shown(&*desk);
    let conversation_id = desk.card(&handover_id).unwrap().unwrap().handover.conversation_id;
    assert!(desk.release(&conversation_id, "resolved", NOON + 10).unwrap());
    let mut posts = kinds(&all_done(&*desk, NOON + 1_000_000));
    posts.sort();
    assert_eq!(posts, [PostKind::Note, PostKind::Buttons, PostKind::Title, PostKind::Unpin]);
    store(&*desk, &message(ANNA, "m2", "thank you", NOON + 20));
    assert!(all_done(&*desk, NOON + 2_000_000).is_empty());

    // Nobody takes the next one, and it returns by itself.
    let mut later = message(ANNA, "m3", "and a bell?", NOON + 30);
    later.due_at_ms = NOON + 30;
    store(&*desk, &later);
    let claim = desk.claim_due(NOON + 30, LEASE, &Turnstile::open(1)).unwrap().remove(0);
    let mut asks = turn(&claim, None, "out-3", NOON + 31);
    asks.handover = Some(("unknown".to_owned(), "a bell".to_owned()));
    asks.timers =
        vec![runtime::Later { kind: "return".to_owned(), due_at_ms: NOON + 40, payload: "{}".to_owned() }];
    desk.commit_turn(&asks).unwrap();
    let timer = desk.claim_timers(NOON + 40, LEASE, 1).unwrap().remove(0);
    let outcome = TimerOutcome::Return;
    desk.commit_timer(&runtime::TimerCommit { timer, outcome, now_ms: NOON + 40 }).unwrap();
    routed(&*desk, GROUP);
    let posts = all_done(&*desk, NOON + 3_000_000);
    assert_eq!(posts[0].kind, PostKind::Card);
    assert!(posts.iter().any(|it| it.payload == r#"{"actor":"system","by":null,"what":"returned"}"#));
    assert!(!posts.iter().any(|it| it.kind == PostKind::Pin), "a closed request is not pinned");
    assert_eq!(desk.topics(SLUG, None).unwrap().len(), 1, "one topic for a customer");
}

pub(crate) fn a_card_goes_before_what_waits(engine: &dyn Engine) {
    let desk = engine.desk();
    let (handover_id, _) = shown(&*desk);
    let conversation_id = desk.card(&handover_id).unwrap().unwrap().handover.conversation_id;
    store(&*desk, &message(ANNA, "m2", "hello?", NOON + 1));
    store(&*desk, &message(ANNA, "m3", "hello?", NOON + 2));
    desk.release(&conversation_id, "returned", NOON + 3).unwrap();
    asked(&*desk, ANNA, "m4", NOON + 4);
    routed(&*desk, GROUP);
    let makes: Vec<PostKind> =
        kinds(&all_done(&*desk, NOON + 1_000_000)).into_iter().filter(|it| it.makes()).collect();
    assert_eq!(makes, [PostKind::Card, PostKind::Forward, PostKind::Forward, PostKind::Note]);
}

pub(crate) fn a_request_that_grows_is_noted(engine: &dyn Engine) {
    let desk = engine.desk();
    shown(&*desk);
    for (n, summary) in [(2, "and a chain"), (3, "and a chain")] {
        store(&*desk, &message(ANNA, &format!("m{n}"), "and a chain", NOON + n));
        let claim = desk.claim_due(NOON + n, LEASE, &Turnstile::open(1)).unwrap().remove(0);
        let mut again = turn(&claim, None, &format!("out-{n}"), NOON + n);
        again.handover = Some(("booking".to_owned(), summary.to_owned()));
        desk.commit_turn(&again).unwrap();
    }
    let posts = all_done(&*desk, NOON + 1_000_000);
    assert_eq!(kinds(&posts), [PostKind::Forward, PostKind::Note, PostKind::Forward]);
    assert_eq!(posts[1].payload, r#"{"text":"and a chain","what":"more"}"#, "what it knows is not repeated");
}

pub(crate) fn what_can_be_shown_nowhere_is_dead(engine: &dyn Engine) {
    let desk = engine.desk();
    asked(&*desk, ANNA, "m1", NOON);
    store(&*desk, &message(ANNA, "m2", "hello?", NOON + 1));
    let waiting = desk.unrouted(10).unwrap();
    assert_eq!(waiting.len(), 1, "one of each request");
    assert!(desk.refuse(&waiting[0].post_id, "no group is configured", NOON + 2).unwrap());
    assert!(!desk.refuse(&waiting[0].post_id, "no group is configured", NOON + 2).unwrap());
    assert!(desk.unrouted(10).unwrap().is_empty());
    let rows = engine.state_rows("SELECT kind, status, error FROM posts ORDER BY seq");
    assert_eq!(rows, ["card|dead|no group is configured", "forward|dead|no group is configured"]);
    assert!(!desk.refuse("no such", "", NOON).unwrap());
}

pub(crate) fn a_request_moves_to_another_chat(engine: &dyn Engine) {
    let desk = engine.desk();
    let (handover_id, _) = shown(&*desk);
    store(&*desk, &message(ANNA, "m2", "hello?", NOON + 1));
    store(&*desk, &message(ANNA, "m3", "anybody?", NOON + 2));
    let sending = begun(&*desk, NOON + 1_000_000).remove(0);
    assert!(desk.unroute(&handover_id, NOON + 1_000_001).unwrap());
    assert!(!desk.unroute(&handover_id, NOON + 1_000_001).unwrap(), "it waits");
    taken(&*desk, &sending, NOON + 1_000_002);
    assert!(begun(&*desk, NOON + 1_000_003).is_empty());
    let post = desk.unrouted(10).unwrap().remove(0);
    let route = Route { bot_id: BOT, chat_id: 42, topic: false };
    assert!(desk.route(&post.post_id, route, NOON + 1_000_004).unwrap());
    let posts = all_done(&*desk, NOON + 2_000_000);
    assert_eq!(kinds(&posts), [PostKind::Card, PostKind::Forward, PostKind::Pin]);
    assert!(posts.iter().all(|it| it.chat_id == 42));
    assert_eq!(posts[1].message.as_ref().unwrap().text, "anybody?");
    let card = desk.card(&handover_id).unwrap().unwrap();
    assert_eq!((card.topic.unwrap().chat_id, card.card_message_id), (42, Some(NOON + 2_000_000)));
    desk.release(&card.handover.conversation_id, "resolved", NOON + 2_000_010).unwrap();
    assert!(!desk.unroute(&handover_id, NOON + 2_000_011).unwrap());
    assert!(!desk.unroute("no such", NOON).unwrap());
}

pub(crate) fn reminders_come_once(engine: &dyn Engine) {
    let desk = engine.desk();
    let (handover_id, _) = shown(&*desk);
    assert!(desk.remind(&handover_id, 1, NOON + 10).unwrap());
    assert!(!desk.remind(&handover_id, 1, NOON + 11).unwrap());
    assert!(desk.remind(&handover_id, 2, NOON + 12).unwrap());
    let posts = all_done(&*desk, NOON + 1_000_000);
    assert_eq!(kinds(&posts), [PostKind::Remind, PostKind::Remind]);
    assert_eq!(posts[1].payload, r#"{"nth":2}"#);
    let conversation_id = posts[0].conversation_id.clone().unwrap();
    desk.release(&conversation_id, "resolved", NOON + 20).unwrap();
    assert!(!desk.remind(&handover_id, 3, NOON + 30).unwrap(), "nobody waits");
    assert!(!desk.remind("no such", 1, NOON).unwrap());
}

pub(crate) fn what_no_act_asks_for_is_told(engine: &dyn Engine) {
    let desk = engine.desk();
    let (handover_id, _) = shown(&*desk);
    asked(&*desk, BOLAT, "m2", NOON + 1);
    let tell = |kind, place| Tell {
        slug: SLUG.to_owned(),
        kind,
        payload: r#"{"lesson":"l1"}"#.to_owned(),
        place,
        now_ms: NOON + 2,
    };
    desk.tell(&tell(PostKind::Lesson, Place::Handover(handover_id))).unwrap();
    desk.tell(&tell(PostKind::Alert, Place::Chat { bot_id: BOT, chat_id: 42 })).unwrap();
    let missing = desk.tell(&tell(PostKind::Lesson, Place::Handover("no such".to_owned())));
    assert!(matches!(missing, Err(runtime::StoreError::Missing(_))));
    let posts = all_done(&*desk, NOON + 1_000_000);
    assert_eq!(kinds(&posts), [PostKind::Alert, PostKind::Lesson]);
    assert_eq!((posts[0].chat_id, posts[0].topic.is_some()), (42, false));
    assert_eq!((posts[1].chat_id, posts[1].topic.is_some()), (GROUP, true));
}
