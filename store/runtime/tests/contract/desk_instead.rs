//! Alerts that Telegram never takes: phones are told instead, once.

use runtime::{Announcement, NewNotice, Notices, Place, PostKind, PostOutcome, PostRow, StoreError, Tell};

use crate::desk::{BOT, LEASE, begun};
use crate::engines::{Desk, Engine};
use crate::make::{ANNA, NOON, SLUG};

const PHONE: &str = "77079990000@s.whatsapp.net";
const DAY: i64 = 86_400_000;

/// An alert in these chats; each names the phones that ring instead of it, of two.
fn told(desk: &dyn Desk, key: &str, chats: &[(i64, &[usize])], now_ms: i64) {
    let id = |nth: usize| format!("{key}-{nth}");
    let post = |(chat_id, otherwise): &(i64, &[usize])| {
        let otherwise: Vec<String> = otherwise.iter().map(|it| id(*it)).collect();
        Tell {
            slug: SLUG.to_owned(),
            kind: PostKind::Alert,
            payload: serde_json::json!({"html": "Trouble", "otherwise": otherwise}).to_string(),
            place: Place::Chat { bot_id: BOT, chat_id: *chat_id },
            now_ms,
        }
    };
    let held = [PHONE, ANNA].iter().enumerate().map(|(nth, jid)| NewNotice {
        id: id(nth),
        jid: (*jid).to_owned(),
        text: "Trouble".to_owned(),
    });
    let announcement = Announcement {
        slug: SLUG.to_owned(),
        key: format!("{key}:{SLUG}:1"),
        posts: chats.iter().map(post).collect(),
        notices: Vec::new(),
        otherwise: held.collect(),
        now_ms,
    };
    assert!(desk.announce(&announcement).unwrap());
}

fn settled(desk: &dyn Desk, post: &PostRow, outcome: &PostOutcome, now_ms: i64) -> Result<(), StoreError> {
    desk.settle_post(&post.id, post.attempts, outcome, now_ms)
}

fn dead() -> PostOutcome {
    PostOutcome::Dead { error: "chat not found".to_owned() }
}

fn waiting(desk: &dyn Desk) -> u64 {
    desk.notices(Some(SLUG), 0).unwrap().waiting
}

pub(crate) fn an_alert_that_is_given_up_rings_phones_once(engine: &dyn Engine) {
    let desk = engine.desk();
    told(&*desk, "a", &[(1, &[0]), (2, &[0, 1]), (3, &[1])], NOON);
    assert_eq!((desk.next_notice().unwrap(), waiting(&*desk)), (None, 0), "Telegram is tried first");
    let posts = begun(&*desk, NOON);
    settled(&*desk, &posts[0], &PostOutcome::Sent { message_id: Some(5), thread_id: None }, NOON + 1)
        .unwrap();
    let later = PostOutcome::Retry { at_ms: NOON + DAY, error: "HTTP 502".to_owned() };
    settled(&*desk, &posts[1], &later, NOON + 1).unwrap();
    settled(&*desk, &posts[2], &PostOutcome::Unsure, NOON + 1).unwrap();
    assert!(desk.begin_notices(NOON + 2, LEASE, 10).unwrap().is_empty());

    // The answer is lost once more: nobody knows whether anybody has read it.
    let again = begun(&*desk, NOON + 1001);
    settled(&*desk, &again[0], &PostOutcome::Unsure, NOON + 1002).unwrap();
    let found = engine.state_rows("SELECT id, status, created_at_ms FROM notices ORDER BY id");
    let since = NOON + 1002;
    assert_eq!(found, [format!("a-0|held|{NOON}"), format!("a-1|pending|{since}")], "its day begins now");
    assert_eq!(desk.next_notice().unwrap(), Some(since));
    let leaving = desk.begin_notices(since, LEASE, 10).unwrap();
    assert!(leaving.len() == 1 && leaving[0].jid == ANNA && leaving[0].text == "Trouble");
    desk.settle_notice("a-1", 1, &runtime::Settlement::Sent, NOON + 1003).unwrap();

    // A day later the other is given up too: only whom nothing was sent to is told.
    let last = begun(&*desk, NOON + DAY);
    settled(&*desk, &last[0], &dead(), NOON + DAY + 1).unwrap();
    assert!(matches!(settled(&*desk, &last[0], &dead(), NOON + DAY + 2), Err(StoreError::Stale)));
    let found = engine.state_rows("SELECT id, status FROM notices ORDER BY id");
    assert_eq!(found, ["a-0|pending", "a-1|sent"]);
    assert_eq!(desk.notices(None, 0).unwrap(), Notices { waiting: 1, dead: 0, unknown: 0 });
}

pub(crate) fn an_alert_that_kills_its_sender_twice_rings_phones(engine: &dyn Engine) {
    let mut at_ms = NOON;
    told(&*engine.desk(), "a", &[(1, &[0])], NOON);
    for deaths in 1..=2 {
        let desk = engine.desk();
        assert_eq!(begun(&*desk, at_ms).len(), 1);
        assert_eq!(waiting(&*desk), 0);
        drop(desk);
        at_ms = engine.taken_up(at_ms);
        let desk = engine.desk();
        assert_eq!(desk.recover_posts(true, at_ms).unwrap(), 1);
        assert_eq!(waiting(&*desk), u64::from(deaths == 2));
        assert_eq!(desk.recover_posts(true, at_ms).unwrap(), 0);
        at_ms += 1000;
    }
    assert_eq!(waiting(&*engine.desk()), 1);
}

pub(crate) fn what_phones_need_not_tell_is_dropped(engine: &dyn Engine) {
    let desk = engine.desk();
    told(&*desk, "a", &[(1, &[0, 1])], NOON);
    assert_eq!(desk.forget(SLUG, PHONE, "").unwrap()["notices"], 1, "an owner who is forgotten");
    assert!(desk.traces_of(SLUG, PHONE).unwrap().is_empty());
    desk.tidy_desk(NOON + 30 * DAY).unwrap();
    assert_eq!(engine.state_rows("SELECT status FROM notices"), ["held"]);
    desk.tidy_desk(NOON + 30 * DAY + 1).unwrap();
    assert_eq!(engine.state_rows("SELECT count(*) FROM notices"), ["0"]);
    let post = begun(&*desk, NOON).remove(0);
    settled(&*desk, &post, &PostOutcome::Sent { message_id: Some(5), thread_id: None }, NOON + 1).unwrap();

    // Two chats hear of it: what rings instead goes with the last of them that names it.
    told(&*desk, "b", &[(1, &[0]), (2, &[0, 1])], NOON + 2);
    let posts = begun(&*desk, NOON + DAY);
    settled(&*desk, &posts[0], &PostOutcome::Sent { message_id: Some(6), thread_id: None }, NOON + DAY)
        .unwrap();
    assert_eq!(engine.state_rows("SELECT id FROM notices ORDER BY id"), ["b-0", "b-1"]);
    settled(&*desk, &posts[1], &PostOutcome::Sent { message_id: Some(7), thread_id: None }, NOON + DAY)
        .unwrap();
    assert_eq!(engine.state_rows("SELECT count(*) FROM notices"), ["0"]);

    // An alert of a build that named no phones, and one whose phones are gone.
    let place = Place::Chat { bot_id: BOT, chat_id: 1 };
    for payload in ["{}", r#"{"otherwise":["a-0"]}"#] {
        let (slug, payload, place) = (SLUG.to_owned(), payload.to_owned(), place.clone());
        desk.tell(&Tell { slug, kind: PostKind::Alert, payload, place, now_ms: NOON }).unwrap();
        let post = begun(&*desk, NOON + 61 * DAY).remove(0);
        settled(&*desk, &post, &dead(), NOON + 61 * DAY).unwrap();
    }
    assert_eq!(waiting(&*desk), 0);
}
