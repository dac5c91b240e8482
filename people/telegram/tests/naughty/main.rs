//! Nasty strings through every rendering: Telegram takes the result, and nothing a customer typed becomes
//! markup, breaks a line of ours, or is lost.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeSet;
use std::time::Duration;

use playground::telegram::html::{self, Shown};
use playground::telegram::{Limit, Options, Standing, Telegram};
use proptest::prelude::*;
use telegram::alert::{Alert, Right};
use telegram::card::{self, Card, Missing, Said};
use telegram::client::{Client, Settings, Target};
use telegram::html::{clean, units};
use telegram::lesson::{Lesson, Verdict};
use telegram::note::{FileTrouble, Mention, Note, Reminder, Toast, Unsent};
use telegram::report::{self, Line, Status, Voice};
use telegram::update::{self, Malformed};
use telegram::{Incoming, Press, Room, State, title};

const STATES: [State; 4] = [State::Pending, State::Active, State::Resolved, State::Returned];
const TIME: Duration = Duration::from_secs(4000);

fn strings() -> Vec<String> {
    let listed: Vec<(String, usize)> = serde_json::from_str(include_str!("strings.json")).unwrap();
    let mut strings: Vec<String> = listed.into_iter().map(|(text, times)| text.repeat(times)).collect();
    assert!(strings.len() > 200);
    strings.push(strings.concat());
    strings
}

/// Telegram would take it; what it shows.
fn taken(html: &str, most: usize) -> Shown {
    let shown = html::read(html).unwrap_or_else(|it| panic!("{it}: {html:?}"));
    assert!(html::units(&shown.text) <= most, "{} units", html::units(&shown.text));
    assert!(!shown.text.trim().is_empty(), "{html:?}");
    let hidden = |it: char| it.is_control() && it != '\n' || ('\u{202a}'..='\u{202e}').contains(&it);
    assert!(!shown.text.contains(hidden), "{html:?}");
    shown
}

fn cards(text: &str) -> Vec<Card> {
    let some = || Some(text.to_owned());
    let card = |state, burst: usize| Card {
        reason: text.to_owned(),
        state,
        room: Room::Shared,
        phone: some(),
        name: some(),
        branch: some(),
        burst: vec![Said { text: text.to_owned(), file: some() }; burst],
        answered: some(),
        known: vec![text.to_owned(); 30],
        gap: some(),
        slots: vec![(text.to_owned(), text.to_owned()); 30],
        waiting: TIME,
        taken_by: some(),
    };
    STATES.into_iter().flat_map(|state| [0, 1, 20].map(|burst| card(state, burst))).collect()
}

fn notes(text: &str) -> Vec<Note> {
    let by = || text.to_owned();
    vec![
        Note::Taken { by: by() },
        Note::Returned { by: Some(by()) },
        Note::Returned { by: None },
        Note::Resolved { by: by() },
        Note::Cancelled,
        Note::Skipped { by: by() },
        Note::More { summary: Some(by()) },
        Note::More { summary: None },
        Note::Undelivered { why: Some(Unsent::Refused) },
        Note::Undelivered { why: None },
        Note::Unsure { why: Some(Unsent::NoAnswer) },
        Note::Unsure { why: None },
        Note::Delivered,
        Note::ToNobody,
        Note::NoRequest,
        Note::WrongKind,
        Note::FileUnsent { why: FileTrouble::TooBig { most_mb: 20 }, with_words: true },
        Note::EditSent,
        Note::Muted { time: TIME },
        Note::MuteHow,
    ]
}

fn reminders(text: &str) -> Vec<Reminder> {
    let owner = |id, name: Option<&str>| Mention {
        telegram_id: id,
        username: name.map(str::to_owned),
        name: text.to_owned(),
    };
    let owners = vec![
        owner(Some(42), None),
        owner(None, Some(text)),
        owner(Some(-1), Some("@owner")),
        owner(None, None),
    ];
    let last = Some(Said { text: text.to_owned(), file: Some(text.to_owned()) });
    let reminder =
        |nth| Reminder { nth, room: Room::Shared, waiting: TIME, last: last.clone(), owners: owners.clone() };
    vec![reminder(1), reminder(2)]
}

fn alerts(text: &str) -> Vec<Alert> {
    let group = || text.to_owned();
    vec![
        Alert::Unanswered { count: 3, oldest: TIME },
        Alert::DeadLetters { count: 1 },
        Alert::Unshown,
        Alert::GatewayDown,
        Alert::ModelDown,
        Alert::Usage { percent: 80 },
        Alert::LimitReached,
        Alert::Suspended,
        Alert::GroupLost { group: group() },
        Alert::RightsMissing { group: group(), right: Right::Topics },
        Alert::AccountChanged { username: group() },
    ]
}

#[test]
fn every_rendering_is_taken() {
    for text in strings() {
        for card in cards(&text) {
            let shown = taken(&card.html(), 4096);
            assert!(
                shown.tags.iter().all(|it| matches!(it.as_str(), "b" | "blockquote")),
                "{:?}",
                shown.tags
            );
        }
        for note in notes(&text) {
            assert!(taken(&note.html(), 4096).tags.iter().all(|it| it == "b"));
        }
        for reminder in reminders(&text) {
            let allowed = ["b", "blockquote", "a href=\"tg://user?id=42\""];
            let shown = taken(&reminder.html(), 4096);
            assert!(shown.tags.iter().all(|it| allowed.contains(&it.as_str())), "{:?}", shown.tags);
        }
        for alert in alerts(&text) {
            assert!(taken(&alert.html(&text), 4096).tags.iter().all(|it| it == "b"));
        }
        let lines: Vec<Line> = [Voice::Customer, Voice::Bot, Voice::Person]
            .into_iter()
            .cycle()
            .take(40)
            .map(|voice| Line { voice, at: text.clone(), text: text.clone(), file: Some(text.clone()) })
            .collect();
        taken(&report::history(&lines), 4096);
        for state in STATES {
            let status = Status {
                state: Some(state),
                reason: text.clone(),
                waiting: TIME,
                taken_by: Some(text.clone()),
                first_answer: Some(TIME),
                muted: Some(TIME),
                unsent: 3,
            };
            taken(&report::status(&status), 4096);
        }
        for verdict in [Verdict::Waiting, Verdict::Approved, Verdict::Rejected] {
            let (question, answer, by) = (text.clone(), text.clone(), Some(text.clone()));
            let (similar, against) = (vec![text.clone(); 9], vec![text.clone(); 9]);
            let (beside, decided_by) = (similar.clone(), by.clone());
            let owners = vec![Mention { username: by.clone(), name: text.clone(), telegram_id: None }];
            let at_once = verdict == Verdict::Approved;
            let lesson = Lesson {
                question,
                answer,
                by,
                similar,
                beside,
                against,
                verdict,
                at_once,
                decided_by,
                owners,
            };
            taken(&lesson.html(), 4096);
        }
        taken(&card::forwarded_caption(Some(&text), &text), 1024);
        taken(&card::forwarded_missing(Some(&text), &text, &text, Missing::Unavailable), 4096);
        let toast = Toast::TakenBy { by: text.clone() }.text();
        assert!(!toast.trim().is_empty() && units(&toast) <= 200);
    }
    for room in [Room::Topic, Room::Shared] {
        taken(&report::help(room), 4096);
    }
    taken(&report::greeting(), 4096);
}

#[test]
fn what_is_said_is_what_is_shown() {
    for text in strings() {
        for (who, html) in [("Клиент", card::forwarded(None, &text)), ("Бот", card::said(None, &text))]
        {
            let shown = taken(&html, 4096);
            assert_eq!(shown.tags, ["b"]);
            let whole = format!("{who}: {}", clean(text.trim()));
            match shown.text.strip_suffix('…') {
                Some(begun) if units(&whole) > 4096 => assert!(whole.starts_with(begun)),
                _ => assert_eq!(shown.text, whole.trim_end()),
            }
        }
    }
}

proptest! {
    #[test]
    fn any_string_is_shown_as_it_was_said(text: String) {
        let whole = format!("Клиент: {}", clean(text.trim()));
        prop_assert_eq!(taken(&card::forwarded(None, &text), 4096).text, whole.trim_end());
        for card in cards(&text) {
            taken(&card.html(), 4096);
        }
    }
}

#[test]
fn titles_are_one_line_of_128() {
    for text in strings() {
        for state in STATES {
            for (phone, name) in [(None, Some(&text)), (Some(&text), None), (Some(&text), Some(&text))] {
                let title = title::title(state, phone.map(String::as_str), name.map(String::as_str));
                assert!((3..=128).contains(&units(&title)), "{title:?}");
                assert!(!title.contains(|it: char| it.is_control()), "{title:?}");
                assert_eq!(title, title.trim());
            }
        }
    }
}

#[test]
fn no_string_is_a_button() {
    let pressed: BTreeSet<String> = strings().into_iter().filter(|it| Press::decode(it).is_some()).collect();
    assert_eq!(pressed.len(), 1, "{pressed:?}");
    assert!(pressed.iter().all(|it| it.starts_with("take:")));
}

#[test]
fn halves_of_characters_are_no_update() {
    for half in ["\\ud800", "\\udc00", "\\ud83d", "a\\udfffb", "\\ud83d\\ud83d", "\\uDE00\\uD83D"] {
        let body = format!("{{\"update_id\":1,\"message\":{{\"text\":\"{half}\"}}}}");
        assert_eq!(update::parse(body.as_bytes()), Err(Malformed::Json), "{half}");
    }
    let whole = br#"{"update_id":1,"message":{"text":"\ud83d\udc4d"}}"#;
    assert!(update::parse(whole).is_ok());
}

#[tokio::test]
async fn all_of_it_travels_both_ways() {
    const GROUP: i64 = -100;
    let none = Limit { most: 1_000_000, window: Duration::from_secs(1) };
    let world = Telegram::new(Options { per_group: none, per_bot: none, ..Options::default() });
    let bot = world.add_bot("7:AA", "desk_bot");
    world.add_forum(GROUP, "Стол");
    world
        .set_standing(GROUP, bot, Standing::Administrator { topics: true, pins: true, deletes: true }, 1)
        .unwrap();
    let site = world.serve().await.unwrap();
    let deadline = Duration::from_secs(20);
    let client = Client::new(Settings { api_url: site.url(), token: "7:AA".into(), deadline }).unwrap();
    let topic = client.create_topic(GROUP, "тема", title::colour(State::Pending), None).await.unwrap();
    let to = Target::topic(GROUP, topic.thread_id);
    let mut next = client.get_updates(None, Duration::ZERO).await.unwrap().last().unwrap().id + 1;
    for (place, text) in strings().into_iter().enumerate() {
        let name = format!("{} {place}", title::title(State::Pending, None, Some(&text)));
        let name = telegram::html::clip(&name, title::LONGEST);
        client.edit_topic(GROUP, topic.thread_id, Some(&name), None).await.unwrap();
        let card = cards(&text).remove(2);
        let sent = client.send_text(to, &card.html(), &Vec::new()).await.unwrap();
        client.edit_text(GROUP, sent.message_id, &card::forwarded(None, &text), &Vec::new()).await.unwrap();
        let shown = world.message(GROUP, sent.message_id).unwrap();
        assert_eq!(shown.text, html::read(&card::forwarded(None, &text)).unwrap().text);

        world.write(GROUP, topic.thread_id, 42, &text).unwrap();
        let found = client.get_updates(Some(next), deadline).await.unwrap().remove(0);
        next = found.id + 1;
        match found.incoming {
            Incoming::Said(said) => assert_eq!(said.text, Some(text).filter(|it| !it.trim().is_empty())),
            Incoming::Command(_) => assert!(text.starts_with('/'), "{text:?}"),
            other => panic!("{text:?}: {other:?}"),
        }
    }
}
