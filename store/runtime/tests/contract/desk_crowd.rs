//! Many requests at once, in many groups of one bot.

use std::collections::BTreeMap;

use runtime::{PostKind, PostLimits, Route};

use crate::desk::{BOT, LEASE, asked, taken};
use crate::desk_limits::most_in;
use crate::engines::{Desk, Engine, Sqlite};
use crate::make::NOON;

const GROUPS: i64 = 20;
/// The clock goes in steps of this many milliseconds.
const STEP: i64 = 250;

/// What was begun: chat, kind, when the post was asked for, when it was begun.
type Begun = (i64, PostKind, i64, i64);

/// Has so many requests made evenly within a minute, each for the next of the groups, and does what may
/// be done until nothing is left.
fn minute(desk: &dyn Desk, requests: i64) -> Vec<Begun> {
    let (mut begun, mut made, mut now_ms) = (Vec::new(), 0, NOON);
    loop {
        while made < requests && NOON + made * 60_000 / requests <= now_ms {
            asked(
                desk,
                &format!("7706{made:07}@s.whatsapp.net"),
                &format!("m{made}"),
                NOON + made * 60_000 / requests,
            );
            let chat_id = -1 - made % GROUPS;
            for post in desk.unrouted(10).unwrap() {
                assert!(
                    desk.route(&post.post_id, Route { bot_id: BOT, chat_id, topic: true }, now_ms).unwrap()
                );
            }
            made += 1;
        }
        let posts = desk.begin_posts(now_ms, LEASE, &PostLimits::default(), 100).unwrap();
        if posts.is_empty() {
            match desk.next_post(now_ms, &PostLimits::default()).unwrap() {
                None if made == requests => return begun,
                Some(next) if made == requests => now_ms = next.max(now_ms + 1),
                _ => now_ms += STEP,
            }
            continue;
        }
        for post in posts {
            taken(desk, &post, now_ms);
            begun.push((post.chat_id, post.kind, post.created_at_ms, now_ms));
        }
    }
}

fn check_limits(begun: &[Begun]) {
    assert!(most_in(1000, begun.iter().map(|it| it.3).collect()) <= 30);
    for chat_id in -GROUPS..0 {
        let of_chat = begun.iter().filter(|it| it.0 == chat_id && it.1.makes()).map(|it| it.3);
        assert!(most_in(60_000, of_chat.collect()) <= 20, "{chat_id}");
    }
}

/// When cards were asked for and begun, by chat, in the order in which they were begun.
fn cards(begun: &[Begun]) -> BTreeMap<i64, Vec<(i64, i64)>> {
    let mut all: BTreeMap<i64, Vec<(i64, i64)>> = BTreeMap::new();
    for (chat_id, _, asked_ms, begun_ms) in begun.iter().filter(|it| it.1 == PostKind::Card) {
        all.entry(*chat_id).or_default().push((*asked_ms, *begun_ms));
    }
    all
}

/// Where one process serves alone: thousands of round trips to a server would show nothing else.
#[test]
fn a_thousand_requests_in_a_minute_keep_all_limits() {
    let begun = minute(&*Sqlite::new().unwrap().desk(), 1000);
    check_limits(&begun);
    let cards = cards(&begun);
    assert_eq!(cards.values().map(Vec::len).sum::<usize>(), 1000, "each is shown, once");
    for (chat_id, cards) in cards {
        assert!(cards.is_sorted_by_key(|it| it.0), "the oldest first: {chat_id}");
        // Twenty in any minute: fifty take two minutes and what the bot's own limit adds, if nothing
        // else of the chat goes before them.
        let took_ms = cards.last().unwrap().1 - NOON;
        assert!(took_ms < 3 * 60_000, "{chat_id}: {took_ms} ms");
    }
}

pub(crate) fn ten_requests_a_minute_in_each_group_are_shown_at_once(engine: &dyn Engine) {
    let begun = minute(&*engine.desk(), 10 * GROUPS);
    check_limits(&begun);
    let mut waits: Vec<i64> =
        cards(&begun).into_values().flatten().map(|(asked, begun)| begun - asked).collect();
    waits.sort_unstable();
    assert_eq!(waits.len(), 200);
    assert!(waits[waits.len() * 95 / 100] <= 5_000, "p95 of the wait: {} ms", waits[190]);
}
