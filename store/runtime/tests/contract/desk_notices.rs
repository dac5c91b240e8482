//! What owners are told by WhatsApp: once for each cause, kept until it has gone out, its echo ours.

use std::collections::BTreeSet;

use runtime::{
    Announcement, Erased, NewNotice, NoticeRow, Notices, Place, PostKind, Settlement, StoreError, Tell,
};

use crate::desk::BOT;
use crate::engines::{Desk, Engine};
use crate::make::{ANNA, NOON, SLUG, claimed, message, sending, store, turn};

const PHONE: &str = "77079990000@s.whatsapp.net";
const LEASE: i64 = 60_000;

/// Something to tell the owner on each of these phones.
fn told(key: &str, phones: &[&str], text: &str, now_ms: i64) -> Announcement {
    let notice = |(nth, jid): (usize, &&str)| NewNotice {
        id: format!("{key}-{nth}"),
        jid: (*jid).to_owned(),
        text: text.to_owned(),
    };
    Announcement {
        slug: SLUG.to_owned(),
        key: format!("{key}:{SLUG}:1"),
        posts: Vec::new(),
        notices: phones.iter().enumerate().map(notice).collect(),
        otherwise: Vec::new(),
        now_ms,
    }
}

fn begun(desk: &dyn Desk, at_ms: i64) -> Vec<NoticeRow> {
    desk.begin_notices(at_ms, LEASE, 10).unwrap()
}

fn ids(rows: &[NoticeRow]) -> Vec<&str> {
    rows.iter().map(|it| it.id.as_str()).collect()
}

/// The echo of something that was sent to the owner.
fn echo(id: &str, text: &str, at_ms: i64) -> runtime::Inbound {
    message(PHONE, id, text, at_ms)
}

pub(crate) fn an_owner_is_told_once_for_a_cause(engine: &dyn Engine) {
    let desk = engine.desk();
    let post = Tell {
        slug: SLUG.to_owned(),
        kind: PostKind::Alert,
        payload: "{}".to_owned(),
        place: Place::Chat { bot_id: BOT, chat_id: 1 },
        now_ms: NOON,
    };
    let announcement = Announcement { posts: vec![post], ..told("late", &[PHONE], "Nobody answers", NOON) };
    let first = std::thread::scope(|scope| {
        let tell = || desk.announce(&announcement).unwrap();
        let all: Vec<_> = (0..4).map(|_| scope.spawn(tell)).collect();
        all.into_iter().map(|it| it.join().unwrap()).filter(|it| *it).count()
    });
    assert_eq!(first, 1);
    assert_eq!(engine.state_rows("SELECT count(*) FROM notices"), ["1"]);
    assert_eq!(engine.state_rows("SELECT count(*) FROM posts"), ["1"]);
    assert!(!desk.once(&announcement.key, NOON).unwrap(), "it counts as told");
    assert!(desk.announce(&told("late-2", &[], "", NOON)).unwrap(), "also where nobody can be told");
}

pub(crate) fn messages_to_owners_leave_one_at_a_time(engine: &dyn Engine) {
    let desk = engine.desk();
    assert_eq!(desk.next_notice().unwrap(), None);
    desk.announce(&told("a", &[PHONE, ANNA], "Trouble", NOON)).unwrap();
    desk.announce(&Announcement { slug: "bells".to_owned(), ..told("b", &[PHONE], "Theirs", NOON) }).unwrap();
    assert_eq!(desk.next_notice().unwrap(), Some(NOON));
    let rows = begun(&*desk, NOON);
    assert_eq!(ids(&rows), ["a-0", "b-0"], "one of each tenant");
    assert!((rows[0].jid.as_str(), rows[0].text.as_str(), rows[0].attempts) == (PHONE, "Trouble", 1));
    assert!(begun(&*desk, NOON + 5_000).is_empty(), "the second waits for the first");
    assert_eq!(desk.next_notice().unwrap(), None);

    let retry = Settlement::Retry { at_ms: NOON + 20_000, error: "HTTP 503".to_owned() };
    desk.settle_notice("a-0", 1, &retry, NOON + 100).unwrap();
    desk.settle_notice("b-0", 1, &Settlement::Sent, NOON + 100).unwrap();
    assert!(begun(&*desk, NOON + 500).is_empty(), "not in the same second");
    assert_eq!(ids(&begun(&*desk, NOON + 1_000)), ["a-1"], "who failed holds up nobody");
    let dead = Settlement::Dead { error: "HTTP 400".to_owned() };
    desk.settle_notice("a-1", 1, &dead, NOON + 1_100).unwrap();
    assert!(begun(&*desk, NOON + 19_999).is_empty());
    let again = begun(&*desk, NOON + 20_000);
    assert_eq!((ids(&again), again[0].attempts), (vec!["a-0"], 2));

    let late = desk.settle_notice("a-0", 1, &retry, NOON + 20_001);
    assert!(matches!(late, Err(StoreError::Stale)), "of an attempt that is over");
    desk.settle_notice("a-0", 1, &Settlement::Sent, NOON + 20_002).unwrap();
    desk.settle_notice("a-0", 2, &dead, NOON + 20_003).unwrap();
    let found = desk.notices(Some(SLUG), NOON).unwrap();
    assert_eq!(found, Notices { waiting: 0, dead: 1, unknown: 0 }, "it went out after all");
    assert_eq!(desk.notices(None, NOON + 1_101).unwrap(), Notices::default(), "since then none");
    assert!(matches!(desk.settle_notice("no", 1, &dead, NOON), Err(StoreError::Missing(_))));
}

pub(crate) fn replicas_send_each_message_to_an_owner_once(engine: &dyn Engine) {
    let desks: Vec<_> = (0..4).map(|_| engine.desk()).collect();
    for nth in 0..5 {
        desks[0].announce(&told(&format!("n{nth}"), &[PHONE], "Trouble", NOON)).unwrap();
    }
    let mut all = Vec::new();
    for round in 0..5 {
        let at_ms = NOON + round * 2_000;
        let rows: Vec<NoticeRow> = std::thread::scope(|scope| {
            let all: Vec<_> = desks.iter().map(|it| scope.spawn(move || begun(&**it, at_ms))).collect();
            all.into_iter().flat_map(|it| it.join().unwrap()).collect()
        });
        assert_eq!(rows.len(), 1, "one at a time");
        desks[1].settle_notice(&rows[0].id, 1, &Settlement::Sent, at_ms).unwrap();
        all.extend(rows);
    }
    let unique: BTreeSet<&str> = all.iter().map(|it| it.id.as_str()).collect();
    assert_eq!(unique.len(), 5);
}

pub(crate) fn an_echo_of_what_an_owner_is_told_takes_over_nothing(engine: &dyn Engine) {
    let desk = engine.desk();
    // The owner is a customer too, and the bot talks with him.
    store(&*desk, &message(PHONE, "m1", "what is a chain?", NOON));
    let state = || engine.state_rows("SELECT state, epoch, last_message_at_ms FROM conversations");
    let before = state();
    desk.announce(&told("a", &[PHONE], "Trouble\n", NOON)).unwrap();
    desk.announce(&told("b", &[PHONE], "Trouble", NOON)).unwrap();
    assert!(begun(&*desk, NOON)[0].id == "a-0");
    // Before the gateway answers, under an id of the gateway's; then again.
    assert!(desk.record_echo(&echo("wamid-1", "Trouble\r\n", NOON + 10)).unwrap());
    assert!(desk.record_echo(&echo("wamid-1", "Trouble\r\n", NOON + 500_000)).unwrap());
    let found = engine.state_rows("SELECT id, status, echo_id FROM notices ORDER BY seq");
    assert_eq!(found, ["a-0|sent|wamid-1", "b-0|pending|-"]);
    desk.settle_notice("a-0", 1, &Settlement::Unknown { error: "late".to_owned() }, NOON + 20).unwrap();
    // After it, under our id; and a second one of the same words has an echo of its own.
    assert_eq!(ids(&begun(&*desk, NOON + 2_000)), ["b-0"]);
    desk.settle_notice("b-0", 1, &Settlement::Sent, NOON + 2_010).unwrap();
    assert!(desk.record_echo(&echo("b-0", "", NOON + 900_000)).unwrap());
    let found = engine.state_rows("SELECT id, status, echo_id FROM notices ORDER BY seq");
    assert_eq!(found, ["a-0|sent|wamid-1", "b-0|sent|b-0"]);
    assert_eq!(state(), before, "the talk is the bot's as before");
    assert_eq!(desk.messages(SLUG, PHONE).unwrap().len(), 1, "nothing was said in it");
    let claim = desk.claim_due(NOON + 900_001, 60_000, &runtime::Turnstile::open(1)).unwrap().remove(0);
    desk.commit_turn(&turn(&claim, Some("hi"), "out-1", NOON + 900_001)).unwrap();

    assert!(!desk.record_echo(&echo("wamid-9", "come by", NOON + 900_002)).unwrap(), "a person's own words");
    assert!(state()[0].starts_with("manager_active"), "{:?}", state());
}

pub(crate) fn an_echo_of_what_an_owner_is_told_opens_no_talk(engine: &dyn Engine) {
    let desk = engine.desk();
    desk.announce(&told("a", &[PHONE], "Trouble", NOON)).unwrap();
    assert!(!desk.record_echo(&echo("e0", "Trouble", NOON)).unwrap(), "what has not left has no echo");
    desk.forget(SLUG, PHONE, "").unwrap();
    desk.announce(&told("b", &[PHONE], "Trouble", NOON)).unwrap();
    begun(&*desk, NOON);
    let other = runtime::Inbound { slug: "bells".to_owned(), ..echo("e1", "Trouble", NOON + 1) };
    assert!(!desk.record_echo(&other).unwrap(), "another tenant's");
    assert!(!desk.record_echo(&message(ANNA, "e2", "Trouble", NOON + 1)).unwrap(), "to somebody else");
    assert!(desk.record_echo(&echo("e3", "Trouble", NOON + 1)).unwrap());
    assert!(!desk.record_echo(&echo("e4", "Trouble", NOON + 200_000)).unwrap(), "long after");
    let jids = engine.state_rows(&format!("SELECT jid FROM users WHERE client_slug = '{SLUG}' ORDER BY jid"));
    assert_eq!(jids, [ANNA, PHONE]);
}

pub(crate) fn a_crash_while_telling_an_owner_is_taken_up(engine: &dyn Engine) {
    let desk = engine.desk();
    desk.announce(&told("a", &[PHONE], "Trouble", NOON)).unwrap();
    begun(&*desk, NOON);
    assert_eq!(desk.recover_notices(true, false, NOON + 1).unwrap(), 0, "its sender may be alive");
    drop(desk);
    let desk = engine.desk();
    let at_ms = engine.taken_up(NOON);
    assert_eq!(desk.recover_notices(true, true, at_ms).unwrap(), 1);
    let again = begun(&*desk, at_ms + 2_000);
    assert_eq!((ids(&again), again[0].attempts), (vec!["a-0"], 2), "under the same id");

    // A gateway that would deliver it twice is not asked again.
    let at_ms = engine.taken_up(at_ms + 2_000);
    assert_eq!(desk.recover_notices(false, true, at_ms).unwrap(), 1);
    assert!(begun(&*desk, at_ms + 10_000).is_empty());
    assert_eq!(desk.notices(None, NOON).unwrap(), Notices { waiting: 0, dead: 0, unknown: 1 });
    assert!(desk.record_echo(&echo("e1", "Trouble", at_ms + 10)).unwrap(), "it did go out");
    assert_eq!(desk.notices(None, NOON).unwrap(), Notices::default());
}

pub(crate) fn what_owners_were_told_goes_with_them(engine: &dyn Engine) {
    let desk = engine.desk();
    for (key, jid) in [("a", PHONE), ("b", ANNA)] {
        desk.announce(&told(key, &[jid], "Trouble", NOON)).unwrap();
    }
    sending(&*desk, "m1", "150 tenge", NOON);
    assert_eq!(desk.customers(SLUG, "+7 707 999 00 00").unwrap(), [PHONE]);
    assert_eq!(desk.traces_of(SLUG, "77079990000").unwrap(), Erased::from([("notices".to_owned(), 1)]));
    let erased = desk.forget(SLUG, PHONE, "").unwrap();
    assert_eq!(erased, Erased::from([("notices".to_owned(), 1)]));
    assert!(desk.traces_of(SLUG, PHONE).unwrap().is_empty());
    let mut gone = Erased::new();
    loop {
        let more = desk.offboard(SLUG, 5, "").unwrap();
        if more.is_empty() {
            break;
        }
        more.into_iter().for_each(|(table, rows)| *gone.entry(table).or_default() += rows);
    }
    assert_eq!(gone["notices"], 1, "{gone:?}");
    assert!(desk.announce(&told("a", &[PHONE], "Trouble", NOON)).unwrap(), "nothing is told any more");

    begun(&*desk, NOON);
    desk.settle_notice("a-0", 1, &Settlement::Sent, NOON).unwrap();
    let month = 30 * 86_400_000;
    assert_eq!(desk.tidy_desk(NOON + month).unwrap(), 0);
    assert_eq!(desk.tidy_desk(NOON + month + 1).unwrap(), 1);
    assert!(claimed(&*desk, "m2", NOON).burst.len() == 1);
}
