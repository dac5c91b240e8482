//! Files at the desk: those that led to a request, and those that people send.

use runtime::{Inbound, PostKind, SayOutcome, Saying, Settlement, Turnstile, UpdateKey};

use crate::desk::{BOT, GROUP, LEASE, all_done, asked_of, kinds, person, routed, shown};
use crate::engines::{Desk, Engine};
use crate::make::{ANNA, BOLAT, NOON, SLUG, message, store};

/// A photo with these words.
fn photo(jid: &str, id: &str, text: &str, at_ms: i64) -> Inbound {
    let file = Some(r#"{"kind":"photo"}"#.to_owned());
    Inbound { media: Some("photo".to_owned()), file, ..message(jid, id, text, at_ms) }
}

/// Dina sends a photo; its outbox row.
fn enclosed(desk: &dyn Desk, n: i64, thread_id: i64, text: &str) -> String {
    let saying = Saying {
        update: UpdateKey { bot_id: BOT, update_id: n },
        slugs: vec![SLUG.to_owned()],
        chat_id: GROUP,
        thread_id: Some(thread_id),
        message_id: n,
        reply_to: None,
        who: person(1, "Dina"),
        text: text.to_owned(),
        media: Some("photo".to_owned()),
        file: Some(r#"{"file_id":"F"}"#.to_owned()),
        now_ms: NOON + n,
    };
    match desk.say(&saying).unwrap() {
        SayOutcome::Said { outbox_id, .. } => outbox_id,
        other => panic!("{other:?}"),
    }
}

/// Sends what the bot owes, so that only people's words are left.
fn quiet(desk: &dyn Desk, now_ms: i64) {
    for row in desk.begin_sends(now_ms, LEASE, &Turnstile::open(10)).unwrap() {
        desk.settle_send(&row.id, row.attempts, &Settlement::Sent, now_ms).unwrap();
    }
}

pub(crate) fn files_that_led_to_a_request_follow_its_card(engine: &dyn Engine) {
    let desk = engine.desk();
    // Two in the burst, one of another customer; the second request shows none of the first.
    store(&*desk, &photo(ANNA, "p1", "this wheel", NOON));
    store(&*desk, &photo(BOLAT, "p2", "", NOON));
    asked_of(&*desk, &photo(ANNA, "p3", "can you mend it?", NOON + 1));
    routed(&*desk, GROUP);
    let posts = all_done(&*desk, NOON + 10);
    let said: Vec<PostKind> = kinds(&posts).into_iter().filter(|it| it.makes()).collect();
    assert_eq!(said, [PostKind::Card, PostKind::Forward, PostKind::Forward]);
    let texts: Vec<&str> =
        posts.iter().filter_map(|it| it.message.as_ref()).map(|it| it.text.as_str()).collect();
    assert_eq!(texts, ["this wheel", "can you mend it?"]);
    // While it is open they follow one by one, and once.
    store(&*desk, &photo(ANNA, "p4", "and this", NOON + 2_000_000));
    let more = all_done(&*desk, NOON + 2_000_000);
    assert_eq!(kinds(&more), [PostKind::Forward]);
    let conversation = desk.conversations(SLUG, Some(ANNA)).unwrap().remove(0);
    assert!(desk.release(&conversation, "resolved", NOON + 4_000_000).unwrap());
    all_done(&*desk, NOON + 4_000_000);
    quiet(&*desk, NOON + 6_000_000);
    asked_of(&*desk, &message(ANNA, "m5", "and a chain?", NOON + 6_000_000));
    routed(&*desk, GROUP);
    let again = all_done(&*desk, NOON + 6_000_000);
    assert!(!kinds(&again).contains(&PostKind::Forward), "{:?}", kinds(&again));
}

pub(crate) fn words_without_their_file_are_told_as_such(engine: &dyn Engine) {
    let desk = engine.desk();
    let (_, thread_id) = shown(&*desk);
    quiet(&*desk, NOON + 1);
    let without = Settlement::SentWithout { error: "file_gone".to_owned() };
    for n in [10, 20] {
        let id = enclosed(&*desk, n, thread_id, &format!("photo {n}"));
        let row = desk.begin_sends(NOON + n, LEASE, &Turnstile::open(1)).unwrap().remove(0);
        assert_eq!((row.id.as_str(), row.media.as_deref()), (id.as_str(), Some("photo")));
        if n == 20 {
            // The echo of the words may be faster than the gateway's answer.
            assert!(desk.record_echo(&message(ANNA, "WA-2", "photo 20", NOON + n)).unwrap());
        }
        for _ in 0..2 {
            desk.settle_send(&row.id, row.attempts, &without, NOON + n).ok();
        }
    }
    let notes: Vec<String> = all_done(&*desk, NOON + 1_000_000)
        .into_iter()
        .filter(|it| it.kind == PostKind::Note && it.payload.contains("partly"))
        .map(|it| it.payload)
        .collect();
    let note = |n| format!(r#"{{"error":"file_gone","message_id":{n},"what":"partly"}}"#);
    assert_eq!(notes, [note(10), note(20)]);
}

pub(crate) fn an_echo_of_a_file_is_ours(engine: &dyn Engine) {
    let desk = engine.desk();
    let (handover_id, thread_id) = shown(&*desk);
    quiet(&*desk, NOON + 1);
    let id = enclosed(&*desk, 10, thread_id, "");
    let row = desk.begin_sends(NOON + 10, LEASE, &Turnstile::open(1)).unwrap().remove(0);
    assert_eq!(row.id, id);
    desk.settle_send(&row.id, row.attempts, &Settlement::Sent, NOON + 11).unwrap();
    let before = desk.card(&handover_id).unwrap().unwrap();
    assert!(desk.record_echo(&photo(ANNA, "WA-1", "", NOON + 500)).unwrap());
    let after = desk.card(&handover_id).unwrap().unwrap();
    assert_eq!((after.human_at_ms, after.messages.len()), (before.human_at_ms, before.messages.len()));
    // A second one is a photo that somebody sends from the phone.
    assert!(!desk.record_echo(&photo(ANNA, "WA-2", "", NOON + 600)).unwrap());
}
