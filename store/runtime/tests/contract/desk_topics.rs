//! Topics, the order of what stands in them, and what posts come to.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use runtime::{PostKind, PostOutcome, PostRow, StoreError, TopicMade};

use crate::desk::{BOT, GROUP, all_done, asked, begun, kinds, routed, shown, taken};
use crate::engines::{Desk, Engine};
use crate::make::{ANNA, BOLAT, NOON, message, store};

fn settle(desk: &dyn Desk, id: &str, attempt: u32, outcome: &PostOutcome, now_ms: i64) {
    desk.settle_post(id, attempt, outcome, now_ms).unwrap();
}

pub(crate) fn a_topic_is_kept_by_one(engine: &dyn Engine) {
    let (here, there) = (engine.desk(), engine.desk());
    asked(&*here, ANNA, "m1", NOON);
    routed(&*here, GROUP);
    let slow = begun(&*here, NOON).remove(0);
    let topic = slow.topic.unwrap();
    assert_eq!(there.recover_posts(false, NOON + 60_001).unwrap(), 1, "it stood still for too long");
    let fast = begun(&*there, NOON + 60_001).remove(0);
    assert_eq!((fast.id.as_str(), fast.attempts, fast.unsure), (slow.id.as_str(), 2, 0));
    assert_eq!(there.topic_made(&topic.id, 70, "new").unwrap(), TopicMade::Kept);
    assert_eq!(here.topic_made(&topic.id, 71, "new").unwrap(), TopicMade::Other { thread_id: 70 });
    assert_eq!(there.topic_made(&topic.id, 70, "new").unwrap(), TopicMade::Kept, "told twice");
    here.forget(crate::make::SLUG, ANNA, "").unwrap();
    assert_eq!(here.topic_made(&topic.id, 72, "new").unwrap(), TopicMade::Gone);
}

pub(crate) fn messages_of_a_topic_go_one_at_a_time(engine: &dyn Engine) {
    let desk = engine.desk();
    shown(&*desk);
    for n in 0..3 {
        store(&*desk, &message(ANNA, &format!("n{n}"), &format!("word {n}"), NOON + n));
    }
    asked(&*desk, BOLAT, "b1", NOON + 9);
    routed(&*desk, GROUP);
    let late = NOON + 1_000_000;
    let posts = begun(&*desk, late);
    assert_eq!(kinds(&posts), [PostKind::Card, PostKind::Forward], "another topic is not held up");
    let first = &posts[1];
    let retry = PostOutcome::Retry { at_ms: late + 5000, error: "http 502".to_owned() };
    settle(&*desk, &first.id, 1, &retry, late + 1);
    assert!(begun(&*desk, late + 4999).is_empty(), "the next does not overtake");
    let again = begun(&*desk, late + 5000);
    assert_eq!((again[0].id.as_str(), again[0].attempts), (first.id.as_str(), 2));
    settle(&*desk, &first.id, 2, &PostOutcome::Dead { error: "http 400".to_owned() }, late + 5001);
    let texts: Vec<String> =
        all_done(&*desk, late + 5002).into_iter().filter_map(|it| it.message).map(|it| it.text).collect();
    assert_eq!(texts, ["word 1", "word 2"]);
}

pub(crate) fn a_deleted_topic_is_made_anew_with_one_card(engine: &dyn Engine) {
    let desk = engine.desk();
    let (handover_id, thread_id) = shown(&*desk);
    store(&*desk, &message(ANNA, "m2", "hello?", NOON + 1));
    store(&*desk, &message(ANNA, "m3", "hello??", NOON + 2));
    desk.remind(&handover_id, 1, NOON + 3).unwrap();
    let late = NOON + 1_000_000;
    let post = begun(&*desk, late).remove(0);
    let lost = PostOutcome::TopicLost { thread_id };
    settle(&*desk, &post.id, 1, &lost, late + 1);
    assert_eq!(desk.card(&handover_id).unwrap().unwrap().card_message_id, None);
    let card = begun(&*desk, late + 2);
    assert_eq!(kinds(&card), [PostKind::Card], "first of all");
    assert_eq!(card[0].topic.as_ref().unwrap().thread_id, None);
    taken(&*desk, &card[0], late + 3);
    // It was deleted again, and two posts tell of the topic before.
    let post = begun(&*desk, late + 4).into_iter().find(|it| it.kind == PostKind::Forward).unwrap();
    let lost = PostOutcome::TopicLost { thread_id: thread_id + 1 };
    settle(&*desk, &post.id, post.attempts, &lost, late + 5);
    let rest: Vec<PostKind> =
        kinds(&all_done(&*desk, late + 100_000)).into_iter().filter(|it| it.makes()).collect();
    assert_eq!(rest, [PostKind::Forward, PostKind::Forward, PostKind::Remind], "no second card");
}

/// The topic is found to be deleted before the answer to the card's own call is here.
pub(crate) fn a_card_that_went_with_its_topic_is_shown_again(engine: &dyn Engine) {
    let desk = engine.desk();
    let (handover_id, thread_id) = shown(&*desk);
    let conversation_id = desk.card(&handover_id).unwrap().unwrap().handover.conversation_id;
    store(&*desk, &message(ANNA, "m2", "hello?", NOON + 1));
    desk.release(&conversation_id, "returned", NOON + 2).unwrap();
    asked(&*desk, ANNA, "m3", NOON + 3);
    routed(&*desk, GROUP);
    let late = NOON + 1_000_000;
    let posts = begun(&*desk, late);
    let made = posts.iter().find(|it| it.kind.makes()).unwrap();
    let changed = posts.iter().find(|it| !it.kind.makes()).unwrap();
    settle(&*desk, &changed.id, changed.attempts, &PostOutcome::TopicLost { thread_id }, late + 1);
    let stands = PostOutcome::Sent { message_id: Some(late), thread_id: Some(thread_id) };
    settle(&*desk, &made.id, made.attempts, &stands, late + 2);

    let rest: Vec<PostRow> =
        all_done(&*desk, late + 100_000).into_iter().filter(|it| it.kind.makes()).collect();
    assert_eq!(rest.iter().filter(|it| it.id == made.id).count(), 1, "{:?}", kinds(&rest));
    assert_eq!(rest.iter().filter(|it| it.kind == PostKind::Card).count(), 1, "{:?}", kinds(&rest));
    let card = desk.card(&rest[0].handover_id.clone().unwrap()).unwrap().unwrap();
    assert!(card.card_message_id.is_some_and(|it| it > late + 2), "{:?}", card.card_message_id);
}

pub(crate) fn a_deleted_topic_is_not_made_anew_for_a_talk_that_is_over(engine: &dyn Engine) {
    let desk = engine.desk();
    let (handover_id, thread_id) = shown(&*desk);
    let conversation_id = desk.card(&handover_id).unwrap().unwrap().handover.conversation_id;
    desk.release(&conversation_id, "resolved", NOON + 1).unwrap();
    let late = NOON + 1_000_000;
    for post in begun(&*desk, late) {
        settle(&*desk, &post.id, 1, &PostOutcome::TopicLost { thread_id }, late + 1);
    }
    assert!(begun(&*desk, late + 100_000).is_empty());
    assert_eq!(engine.state_rows("SELECT thread_id FROM topics"), ["-"]);
    asked(&*desk, ANNA, "m2", late + 2);
    routed(&*desk, GROUP);
    assert_eq!(kinds(&all_done(&*desk, late + 200_000)), [PostKind::Card, PostKind::Pin]);
}

pub(crate) fn a_card_without_an_answer_is_tried_with_growing_pauses(engine: &dyn Engine) {
    let desk = engine.desk();
    let handover_id = asked(&*desk, ANNA, "m1", NOON);
    store(&*desk, &message(ANNA, "m2", "hello?", NOON + 1));
    routed(&*desk, GROUP);
    let mut now_ms = NOON + 2;
    for nth in 1..=8 {
        let card = begun(&*desk, now_ms).remove(0);
        assert_eq!((card.kind, card.attempts, card.unsure), (PostKind::Card, nth, nth - 1));
        settle(&*desk, &card.id, nth, &PostOutcome::Unsure, now_ms);
        if nth < 8 {
            let pause_ms = 1000 << (nth - 1);
            assert!(begun(&*desk, now_ms + pause_ms - 1).is_empty(), "{nth}");
            now_ms += pause_ms;
        }
    }
    assert_eq!(now_ms - NOON - 2, 127_000, "some minutes in all");
    assert_eq!(engine.state_rows("SELECT status FROM posts WHERE kind = 'card'"), ["dead"]);
    let behind = begun(&*desk, now_ms + 60_000);
    assert_eq!(kinds(&behind), [PostKind::Forward], "what is behind it goes on");
    taken(&*desk, &behind[0], now_ms + 60_001);
    let card = begun(&*desk, now_ms + 60_002);
    assert_eq!(kinds(&card), [PostKind::Card], "Telegram is there again");
    taken(&*desk, &card[0], now_ms + 60_003);
    assert!(desk.card(&handover_id).unwrap().unwrap().card_message_id.is_some());
    store(&*desk, &message(ANNA, "m3", "hello??", now_ms + 60_004));
    let rest = kinds(&all_done(&*desk, now_ms + 120_000));
    assert_eq!(rest.iter().filter(|it| **it == PostKind::Card).count(), 0, "{rest:?}");
}

pub(crate) fn a_reminder_without_an_answer_is_given_up_soon(engine: &dyn Engine) {
    let desk = engine.desk();
    let (handover_id, _) = shown(&*desk);
    desk.remind(&handover_id, 1, NOON + 1).unwrap();
    let late = NOON + 1_000_000;
    for (nth, now_ms) in [(1, late), (2, late + 1000)] {
        let post = begun(&*desk, now_ms).remove(0);
        assert_eq!((post.kind, post.attempts), (PostKind::Remind, nth));
        settle(&*desk, &post.id, nth, &PostOutcome::Unsure, now_ms);
    }
    assert_eq!(engine.state_rows("SELECT status FROM posts WHERE kind = 'remind'"), ["dead"]);
}

pub(crate) fn crashes_bring_no_post_nearer_to_its_end(engine: &dyn Engine) {
    let desk = engine.desk();
    asked(&*desk, ANNA, "m1", NOON);
    routed(&*desk, GROUP);
    let mut now_ms = NOON;
    for nth in 1..=20 {
        let card = begun(&*desk, now_ms).remove(0);
        assert_eq!((card.kind, card.attempts, card.unsure), (PostKind::Card, nth, 0));
        now_ms += 60_001;
        assert_eq!(desk.recover_posts(false, now_ms).unwrap(), 1);
        assert_eq!(begun(&*desk, now_ms - 1).len(), 0);
        now_ms += 64_000;
    }
}

pub(crate) fn a_crash_while_posting_is_taken_up(engine: &dyn Engine) {
    let desk = engine.desk();
    asked(&*desk, ANNA, "m1", NOON);
    routed(&*desk, GROUP);
    assert_eq!(begun(&*desk, NOON).len(), 1);
    drop(desk);
    let later = engine.taken_up(NOON);
    let desk = engine.desk();
    assert!(begun(&*desk, later).is_empty());
    assert_eq!(desk.recover_posts(true, later).unwrap(), 1);
    assert_eq!(desk.recover_posts(true, later).unwrap(), 0);
    let again = begun(&*desk, later);
    assert_eq!((kinds(&again), again[0].unsure), (vec![PostKind::Card], 0));
    assert_eq!(engine.desk().recover_posts(false, later + 1).unwrap(), 0, "its lease runs");
}

pub(crate) fn a_post_is_settled_by_its_own_attempt(engine: &dyn Engine) {
    let desk = engine.desk();
    asked(&*desk, ANNA, "m1", NOON);
    routed(&*desk, GROUP);
    let post = begun(&*desk, NOON).remove(0);
    let retry = PostOutcome::Retry { at_ms: NOON + 10, error: "http 502".to_owned() };
    let sent = PostOutcome::Sent { message_id: Some(9), thread_id: None };
    settle(&*desk, &post.id, 1, &retry, NOON + 1);
    assert!(matches!(desk.settle_post(&post.id, 1, &retry, NOON + 2), Err(StoreError::Stale)));
    assert_eq!(begun(&*desk, NOON + 10)[0].attempts, 2);
    let dead = PostOutcome::Dead { error: "http 400".to_owned() };
    assert!(matches!(desk.settle_post(&post.id, 1, &dead, NOON + 11), Err(StoreError::Stale)));
    settle(&*desk, &post.id, 1, &sent, NOON + 12);
    settle(&*desk, &post.id, 2, &sent, NOON + 13);
    assert!(matches!(desk.settle_post(&post.id, 2, &dead, NOON + 14), Err(StoreError::Stale)));
    assert!(matches!(desk.settle_post("no such", 1, &sent, NOON), Err(StoreError::Missing(_))));
    assert_eq!(
        engine.state_rows("SELECT status, telegram_message_id FROM posts WHERE kind = 'card'"),
        ["sent|9"]
    );
}

pub(crate) fn only_the_newest_change_is_made(engine: &dyn Engine) {
    let desk = engine.desk();
    let (handover_id, _) = shown(&*desk);
    let conversation_id = desk.card(&handover_id).unwrap().unwrap().handover.conversation_id;
    desk.record_echo(&message(ANNA, "phone-1", "it is me", NOON + 1)).unwrap();
    desk.release(&conversation_id, "returned", NOON + 2).unwrap();
    let mut posts: Vec<PostKind> =
        kinds(&all_done(&*desk, NOON + 1_000_000)).into_iter().filter(|it| !it.makes()).collect();
    posts.sort();
    assert_eq!(posts, [PostKind::Buttons, PostKind::Title, PostKind::Unpin]);

    // One that is being made is not made again beside it.
    asked(&*desk, ANNA, "m2", NOON + 3);
    routed(&*desk, GROUP);
    let late = NOON + 3_000_000;
    let posts = begun(&*desk, late);
    assert_eq!(kinds(&posts), [PostKind::Card, PostKind::Title], "the topic shows the request before");
    taken(&*desk, &posts[0], late + 1);
    assert!(begun(&*desk, late + 2).is_empty(), "the pin waits for the title");
    taken(&*desk, &posts[1], late + 3);
    assert_eq!(kinds(&begun(&*desk, late + 4)), [PostKind::Pin]);
}

pub(crate) fn what_waits_for_its_card_goes_behind_it(engine: &dyn Engine) {
    let desk = engine.desk();
    asked(&*desk, ANNA, "m1", NOON);
    routed(&*desk, GROUP);
    // Before it is begun the card needs no change; once it is, it does.
    desk.record_echo(&message(ANNA, "phone-1", "it is me", NOON + 1)).unwrap();
    let card = begun(&*desk, NOON + 2);
    assert_eq!(kinds(&card), [PostKind::Card]);
    let conversation_id = card[0].conversation_id.clone().unwrap();
    desk.release(&conversation_id, "resolved", NOON + 3).unwrap();
    assert!(begun(&*desk, NOON + 4).is_empty());
    taken(&*desk, &card[0], NOON + 5);
    let mut posts = kinds(&all_done(&*desk, NOON + 6));
    posts.sort();
    assert_eq!(
        posts,
        [PostKind::Said, PostKind::Note, PostKind::Note, PostKind::Buttons, PostKind::Title],
        "it was never pinned"
    );
    assert_eq!(engine.state_rows("SELECT count(*) FROM posts WHERE status IN ('queued', 'pending')"), ["0"]);
    assert_eq!(engine.state_rows("SELECT bot_id FROM topics"), [BOT.to_string()]);
}

pub(crate) fn replicas_show_everything_once_and_in_order(engine: &dyn Engine) {
    const CUSTOMERS: i64 = 5;
    const WORDS: i64 = 8;
    let desk = engine.desk();
    let jid = |n: i64| format!("7708{n:07}@s.whatsapp.net");
    for n in 0..CUSTOMERS {
        asked(&*desk, &jid(n), &format!("first-{n}"), NOON + n);
    }
    let clock = AtomicI64::new(NOON + 100);
    let shown: Mutex<BTreeMap<String, Vec<String>>> = Mutex::default();
    let posters: Vec<_> = (0..2).map(|_| engine.desk()).collect();
    let wanted = (CUSTOMERS * (WORDS + 1)) as usize;
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for word in 0..WORDS {
                for n in 0..CUSTOMERS {
                    let at_ms = clock.fetch_add(1, Ordering::SeqCst);
                    store(&*desk, &message(&jid(n), &format!("{n}-{word}"), &format!("word {word}"), at_ms));
                }
                if word == 1 {
                    routed(&*desk, GROUP);
                }
            }
        });
        for poster in &posters {
            let (clock, shown) = (&clock, &shown);
            scope.spawn(move || {
                let deadline = Instant::now() + Duration::from_secs(120);
                while shown.lock().unwrap().values().map(Vec::len).sum::<usize>() < wanted {
                    assert!(Instant::now() < deadline, "{:?}", shown.lock().unwrap());
                    let now_ms = clock.fetch_add(4001, Ordering::SeqCst);
                    for post in begun(&**poster, now_ms) {
                        if post.kind.makes() {
                            let what = post.message.as_ref().map_or("card", |it| it.text.as_str()).to_owned();
                            let topic = post.topic.as_ref().unwrap().id.clone();
                            shown.lock().unwrap().entry(topic).or_default().push(what);
                        }
                        taken(&**poster, &post, now_ms);
                    }
                }
            });
        }
    });
    let mut expected = vec!["card".to_owned()];
    expected.extend((0..WORDS).map(|it| format!("word {it}")));
    let shown = shown.into_inner().unwrap();
    assert_eq!(shown.len(), CUSTOMERS as usize, "a topic for each customer");
    for words in shown.values() {
        assert_eq!(words, &expected);
    }
    assert!(desk.unrouted(10).unwrap().is_empty());
}
