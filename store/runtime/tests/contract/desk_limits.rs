//! Telegram's limits, and who goes first within them.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};

use runtime::{Inbound, Place, PostKind, PostLimits, PostOutcome, Route, Tell};

use crate::desk::{BOT, GROUP, LEASE, all_done, asked, asked_of, begun, kinds, routed, shown, taken};
use crate::engines::{Desk, Engine};
use crate::make::{ANNA, NOON, SLUG, message, store};

fn jid(n: i64) -> String {
    format!("7706{n:07}@s.whatsapp.net")
}

/// Something to tell in a chat.
fn tell(desk: &dyn Desk, chat_id: i64, kind: PostKind, now_ms: i64) {
    let place = Place::Chat { bot_id: BOT, chat_id };
    desk.tell(&Tell { slug: SLUG.to_owned(), kind, payload: "{}".to_owned(), place, now_ms }).unwrap();
}

/// The most that lies in any window of this length.
pub(crate) fn most_in(window_ms: i64, mut times: Vec<i64>) -> usize {
    times.sort_unstable();
    let inside = |from: &i64| times.iter().filter(|it| **it >= *from && **it < from + window_ms).count();
    times.iter().map(inside).max().unwrap_or(0)
}

pub(crate) fn no_window_is_exceeded_by_replicas_that_race(engine: &dyn Engine) {
    const EACH: i64 = 45;
    let desk = engine.desk();
    for chat_id in [-1, -2, -3] {
        for n in 0..EACH {
            tell(&*desk, chat_id, PostKind::Alert, NOON + n);
        }
    }
    let clock = AtomicI64::new(NOON);
    let begun: Mutex<Vec<(i64, i64)>> = Mutex::default();
    let replicas: Vec<_> = (0..2).map(|_| engine.desk()).collect();
    std::thread::scope(|scope| {
        for (replica, desk) in (0_i64..).zip(&replicas) {
            let (clock, begun) = (&clock, &begun);
            scope.spawn(move || {
                while begun.lock().unwrap().len() < 3 * EACH as usize {
                    // Their clocks differ.
                    let now_ms = clock.fetch_add(97, Ordering::SeqCst) + replica * 40;
                    for post in desk.begin_posts(now_ms, LEASE, &PostLimits::default(), 7).unwrap() {
                        begun.lock().unwrap().push((post.chat_id, now_ms));
                        let outcome = match post.attempts {
                            // Tried again, it counts again.
                            1 if now_ms % 5 == 0 => {
                                PostOutcome::Retry { at_ms: now_ms, error: "http 502".to_owned() }
                            }
                            _ => PostOutcome::Sent { message_id: Some(now_ms), thread_id: None },
                        };
                        desk.settle_post(&post.id, post.attempts, &outcome, now_ms).unwrap();
                    }
                }
            });
        }
    });
    let begun = begun.into_inner().unwrap();
    let of_bot = begun.iter().map(|(_, at)| *at).collect();
    assert!(most_in(1000, of_bot) <= 30);
    let mut chats: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
    for (chat_id, at_ms) in begun {
        chats.entry(chat_id).or_default().push(at_ms);
    }
    assert_eq!(chats.len(), 3);
    for times in chats.into_values() {
        assert_eq!(most_in(60_000, times), 20, "all of it is used, and no more");
    }
}

pub(crate) fn new_requests_go_first_and_the_oldest_of_them(engine: &dyn Engine) {
    let desk = engine.desk();
    shown(&*desk);
    store(&*desk, &message(ANNA, "m2", "hello?", NOON + 1));
    tell(&*desk, 42, PostKind::Lesson, NOON);
    for n in [3, 1, 2] {
        asked(&*desk, &jid(n), &format!("n{n}"), NOON + 10 + n);
    }
    routed(&*desk, GROUP);
    let limits = PostLimits::default();
    let late = NOON + 1_000_000;
    let mut order = Vec::new();
    for n in 0..5 {
        let post = desk.begin_posts(late + n, LEASE, &limits, 1).unwrap().remove(0);
        order.push((post.kind, post.created_at_ms - NOON));
    }
    assert_eq!(
        order,
        [
            (PostKind::Card, 11),
            (PostKind::Card, 12),
            (PostKind::Card, 13),
            (PostKind::Forward, 1),
            (PostKind::Lesson, 0),
        ]
    );
}

pub(crate) fn the_last_messages_of_a_window_are_kept_for_what_is_urgent(engine: &dyn Engine) {
    let desk = engine.desk();
    for n in 0..25 {
        tell(&*desk, GROUP, PostKind::Lesson, NOON + n);
    }
    let limits = PostLimits::default();
    let first = begun(&*desk, NOON + 30);
    assert_eq!(first.len(), 15);
    assert!(begun(&*desk, NOON + 31).is_empty());
    assert_eq!(desk.next_post(NOON + 31, &limits).unwrap(), Some(NOON + 60_030));
    for n in 0..9 {
        tell(&*desk, GROUP, PostKind::Alert, NOON + 40 + n);
    }
    let urgent = begun(&*desk, NOON + 50);
    assert_eq!(urgent.len(), 5);
    assert!(urgent.iter().all(|it| it.kind == PostKind::Alert));
    assert!(begun(&*desk, NOON + 60_029).is_empty());
    let next = begun(&*desk, NOON + 60_030);
    let alerts = next.iter().filter(|it| it.kind == PostKind::Alert).count();
    assert_eq!((next.len(), alerts), (10, 4), "five of the first window still count");
}

pub(crate) fn a_block_is_honoured(engine: &dyn Engine) {
    let desk = engine.desk();
    for chat_id in [-1, -2] {
        tell(&*desk, chat_id, PostKind::Alert, NOON);
    }
    desk.block(BOT, Some(-1), NOON + 5000).unwrap();
    desk.block(BOT, Some(-1), NOON + 3000).unwrap();
    let posts = begun(&*desk, NOON + 1);
    assert_eq!(posts.iter().map(|it| it.chat_id).collect::<Vec<_>>(), [-2]);
    let limits = PostLimits::default();
    assert_eq!(desk.next_post(NOON + 1, &limits).unwrap(), Some(NOON + 5000));
    desk.block(BOT, None, NOON + 9000).unwrap();
    assert_eq!(desk.next_post(NOON + 1, &limits).unwrap(), Some(NOON + 9000));
    assert!(begun(&*desk, NOON + 8999).is_empty());
    assert_eq!(begun(&*desk, NOON + 9000).len(), 1);
    assert!(desk.tidy_desk(NOON + 4 * 86_400_000).unwrap() >= 2);
}

pub(crate) fn a_bot_makes_no_more_calls_than_it_may(engine: &dyn Engine) {
    let desk = engine.desk();
    for chat_id in 1..=40 {
        tell(&*desk, chat_id, PostKind::Alert, NOON);
    }
    assert_eq!(begun(&*desk, NOON).len(), 30);
    assert_eq!(desk.next_post(NOON, &PostLimits::default()).unwrap(), Some(NOON + 1000));
    assert!(begun(&*desk, NOON + 999).is_empty());
    assert_eq!(begun(&*desk, NOON + 1000).len(), 10);

    // A topic that has to be made is a call too.
    for n in 0..20 {
        asked(&*desk, &jid(n), &format!("n{n}"), NOON + 10_000);
    }
    routed(&*desk, GROUP);
    let cards = begun(&*desk, NOON + 10_000);
    assert_eq!(kinds(&cards), vec![PostKind::Card; 15]);
}

pub(crate) fn the_next_post_is_known(engine: &dyn Engine) {
    let (desk, limits) = (engine.desk(), PostLimits::default());
    assert_eq!(desk.next_post(NOON, &limits).unwrap(), None);
    tell(&*desk, 7, PostKind::Alert, NOON + 5);
    assert_eq!(desk.next_post(NOON, &limits).unwrap(), Some(NOON + 5));
    assert!(begun(&*desk, NOON + 4).is_empty(), "not before it is asked for");
    let post = begun(&*desk, NOON + 5).remove(0);
    assert_eq!(desk.next_post(NOON, &limits).unwrap(), None);
    let retry = PostOutcome::Retry { at_ms: NOON + 500, error: "http 502".to_owned() };
    desk.settle_post(&post.id, 1, &retry, NOON + 6).unwrap();
    assert_eq!(desk.next_post(NOON, &limits).unwrap(), Some(NOON + 500));
}

pub(crate) fn a_full_chat_holds_up_no_other(engine: &dyn Engine) {
    let desk = engine.desk();
    for n in 0..60 {
        asked(&*desk, &jid(n), &format!("n{n}"), NOON + n);
    }
    routed(&*desk, GROUP);
    let first = begun(&*desk, NOON + 100);
    assert_eq!(first.len(), 15, "as many as the bot may call for");
    for post in &first {
        taken(&*desk, post, NOON + 200);
    }
    assert_eq!(begun(&*desk, NOON + 2000).len(), 5 + 15, "the chat is full; pins are no messages");
    let other = Inbound { slug: "pedals".to_owned(), ..message(ANNA, "m1", "hello", NOON + 3000) };
    asked_of(&*desk, &other);
    let post = desk.unrouted(1).unwrap().remove(0);
    let route = Route { bot_id: BOT, chat_id: GROUP - 1, topic: true };
    desk.route(&post.post_id, route, NOON + 3000).unwrap();
    let posts = begun(&*desk, NOON + 3001);
    assert_eq!(
        posts.iter().map(|it| (it.chat_id, it.kind)).collect::<Vec<_>>(),
        [(GROUP - 1, PostKind::Card)]
    );
    assert_eq!(all_done(&*desk, NOON + 1_000_000).iter().filter(|it| it.kind == PostKind::Card).count(), 40);
}

pub(crate) fn what_is_said_at_once_counts_too(engine: &dyn Engine) {
    let desk = engine.desk();
    for n in 0..18 {
        desk.called(BOT, GROUP, true, NOON + n).unwrap();
        desk.called(BOT, GROUP, false, NOON + n).unwrap();
    }
    for n in 0..4 {
        tell(&*desk, GROUP, PostKind::Alert, NOON + n);
        tell(&*desk, GROUP, PostKind::Note, NOON + n);
    }
    assert!(!desk.is_posting(BOT, GROUP).unwrap());
    let now_ms = NOON + 2_000;
    assert_eq!(kinds(&begun(&*desk, now_ms)), [PostKind::Alert, PostKind::Alert], "twenty in a minute");
    assert!(desk.is_posting(BOT, GROUP).unwrap() && !desk.is_posting(BOT, GROUP - 1).unwrap());
    assert!(begun(&*desk, now_ms + 1).is_empty());
    assert!(!begun(&*desk, now_ms + 60_000).is_empty());
}
