//! Figures of desks that are told event by event.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;

use figures::{Event, Figures, Hours, HoursError, Kind, Period, Span, Spread, fold};
use proptest::prelude::*;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const EVER: Period = Period { from_ms: i64::MIN, to_ms: i64::MAX };

fn event(at_ms: i64, id: &str, kind: &str, role: Option<&str>, detail: &str) -> Event {
    Event {
        at_ms,
        branch: Some("north".to_owned()),
        handover_id: id.to_owned(),
        kind: Kind::parse(kind).unwrap(),
        role: role.map(str::to_owned),
        detail: detail.to_owned(),
    }
}

fn no_hours<'h>(_: Option<&str>) -> Option<&'h Hours> {
    None
}

fn ms(moment: &str) -> i64 {
    moment.parse::<jiff::Timestamp>().unwrap().as_millisecond()
}

fn weekdays(zone: &str, open: &str, close: &str) -> Hours {
    let day = vec![Span::parse(open, close).unwrap()];
    let week = std::array::from_fn(|it| if it < 5 { day.clone() } else { Vec::new() });
    let holiday = BTreeMap::from([("2026-03-23".to_owned(), Vec::new())]);
    Hours::new(zone, week, &holiday).unwrap()
}

/// Answered and resolved; taken and returned without an answer; cancelled; open.
fn day() -> Vec<Event> {
    vec![
        event(0, "a", "requested", None, "unknown_fact"),
        event(10, "a", "shown", None, ""),
        event(2 * MINUTE, "a", "taken", Some("manager"), "button"),
        event(5 * MINUTE, "a", "answered", Some("manager"), "telegram"),
        event(30 * MINUTE, "a", "resolved", Some("owner"), ""),
        event(MINUTE, "b", "requested", None, "complaint"),
        event(MINUTE, "b", "skipped", Some("manager"), ""),
        event(31 * MINUTE, "b", "reminded", None, "1"),
        event(61 * MINUTE, "b", "reminded", None, "2"),
        event(62 * MINUTE, "b", "taken", Some("owner"), "button"),
        event(70 * MINUTE, "b", "returned", Some("owner"), ""),
        event(2 * MINUTE, "c", "requested", None, "complaint"),
        event(3 * MINUTE, "c", "cancelled", None, ""),
        event(3 * MINUTE, "d", "requested", None, "media"),
    ]
}

#[test]
fn a_request_closed_without_an_answer_is_unanswered() {
    let all = fold(&day(), EVER, no_hours).all;
    assert_eq!((all.requests, all.answered, all.unanswered, all.waiting), (4, 1, 2, 1));
    assert_eq!((all.cancelled, all.resolved, all.reminded, all.skips), (1, 1, 1, 1));
    let take = all.to_take.clock.unwrap();
    assert_eq!(take, Spread { count: 2, median_ms: 2 * MINUTE, p90_ms: 61 * MINUTE });
    assert_eq!(all.first_response.clock.unwrap().median_ms, 5 * MINUTE);
    assert_eq!(all.resolution.clock.unwrap().median_ms, 30 * MINUTE);
    assert_eq!(all.first_response.working, None);
}

#[test]
fn what_a_person_began_on_the_phone_makes_no_answer_faster() {
    let mut events = day();
    events.extend([
        event(4 * MINUTE, "e", "requested", None, "phone"),
        event(4 * MINUTE, "e", "taken", None, "phone"),
        event(4 * MINUTE, "e", "answered", None, "phone"),
        event(9 * MINUTE, "e", "resolved", Some("owner"), "person"),
    ]);
    let (before, figures) = (fold(&day(), EVER, no_hours).all, fold(&events, EVER, no_hours));
    let all = &figures.all;
    assert_eq!((all.requests, all.answered, all.resolved), (5, 2, 2), "it is counted");
    assert_eq!((all.to_take, all.first_response), (before.to_take, before.first_response));
    assert_eq!(all.resolution.clock.unwrap().count, 2);
    assert_eq!(figures.reasons["phone"].first_response.clock, None);
}

#[test]
fn groups_are_by_branch_role_and_reason() {
    let figures = fold(&day(), EVER, no_hours);
    assert_eq!(figures.branches.keys().collect::<Vec<_>>(), ["north"]);
    assert_eq!(figures.branches["north"], figures.all);
    let roles: Vec<_> = figures.roles.iter().map(|(name, it)| (name.as_str(), it.answered)).collect();
    assert_eq!(roles, [("manager", 1), ("owner", 0)]);
    assert_eq!(figures.roles["owner"].unanswered, 1, "taken and given back without a word");
    assert_eq!(figures.reasons["complaint"].requests, 2);
}

#[test]
fn a_period_has_the_requests_that_began_in_it() {
    let cut = Period { from_ms: MINUTE, to_ms: 3 * MINUTE };
    let figures = fold(&day(), cut, no_hours);
    assert_eq!(figures.all.requests, 2, "b and c; the end is not in it");
    assert_eq!(figures.all.to_take.clock.unwrap().count, 1, "what happened later counts");
    let headless: Vec<_> = day().into_iter().filter(|it| it.kind != Kind::Requested).collect();
    assert_eq!(fold(&headless, EVER, no_hours).all.requests, 0);
}

#[test]
fn the_table_says_it_in_words() {
    let hours = weekdays("Asia/Almaty", "0:00", "24:00");
    let table = fold(&day(), EVER, |_| Some(&hours)).table();
    let cells = |line: usize| -> Vec<&str> {
        let cells = table.lines().nth(line).unwrap().split("   ").map(str::trim);
        cells.filter(|it| !it.is_empty()).collect()
    };
    assert_eq!(
        cells(0),
        [
            "time by the clock",
            "requests",
            "answered",
            "unanswered",
            "waiting",
            "to take",
            "first answer",
            "resolution"
        ]
    );
    assert_eq!(
        cells(1),
        ["all", "4", "1", "2", "1", "2 min / 1 h 01 min", "5 min / 5 min", "30 min / 30 min"]
    );
    let widths: std::collections::BTreeSet<_> = table.lines().take(8).map(|it| it.chars().count()).collect();
    assert!(widths.len() <= 2, "columns stand under each other:\n{table}");
    assert!(table.contains("time at work") && table.contains("reason complaint"), "{table}");
    assert_eq!(fold(&[], EVER, no_hours).table(), "no requests in this period\n");
}

#[test]
fn only_working_time_counts() {
    let hours = weekdays("Asia/Almaty", "9:00", "18:00");
    for (from, to, expected) in [
        // Almaty is at +05:00.
        ("2026-03-18T12:00:00Z", "2026-03-18T12:30:00Z", 30 * MINUTE),
        ("2026-03-18T12:30:00Z", "2026-03-19T04:10:00Z", 40 * MINUTE),
        ("2026-03-18T18:00:00Z", "2026-03-19T01:00:00Z", 0),
        // Friday evening to Tuesday morning over a weekend and a holiday.
        ("2026-03-20T12:50:00Z", "2026-03-24T04:05:00Z", 15 * MINUTE),
        ("2026-03-18T12:00:00Z", "2026-03-18T11:00:00Z", 0),
    ] {
        assert_eq!(hours.between(ms(from), ms(to)), expected, "{from} {to}");
    }
}

#[test]
fn nights_count_what_passed_when_clocks_are_moved() {
    let night = vec![Span::parse("22:00", "6:00").unwrap()];
    let hours =
        Hours::new("Europe/Berlin", std::array::from_fn(|_| night.clone()), &BTreeMap::new()).unwrap();
    let (spring, autumn) = (("2026-03-28", "2026-03-29"), ("2026-10-24", "2026-10-25"));
    let whole = |(from, to): (&str, &str)| {
        hours.between(ms(&format!("{from}T18:00:00Z")), ms(&format!("{to}T10:00:00Z")))
    };
    assert_eq!((whole(spring), whole(autumn)), (7 * HOUR, 9 * HOUR));
    assert_eq!(hours.between(ms("2026-05-05T01:00:00Z"), ms("2026-05-05T02:00:00Z")), HOUR);
}

#[test]
fn hours_that_make_no_sense_are_refused() {
    let none = || std::array::from_fn(|_| Vec::new());
    let date = BTreeMap::from([("31.12.2026".to_owned(), Vec::new())]);
    assert_eq!(Hours::new("Mars/Base", none(), &date).unwrap_err(), HoursError::Zone("Mars/Base".to_owned()));
    assert_eq!(Hours::new("Asia/Almaty", none(), &date).unwrap_err().to_string(), "`31.12.2026` is no date");
    for (open, close) in
        [("9", "18:00"), ("24:00", "1:00"), ("9:60", "18:00"), ("9:00", "24:01"), ("+9:0", "")]
    {
        assert_eq!(Span::parse(open, close), None, "{open} {close}");
    }
    assert_eq!(Span::parse("09:05", "24:00"), Some(Span { open: 545, close: 1440 }));
}

#[test]
fn figures_are_json() {
    let value = serde_json::to_value(fold(&day(), EVER, no_hours)).unwrap();
    assert_eq!(value["all"]["unanswered"], 2);
    assert_eq!(value["branches"]["north"]["first_response"]["clock"]["median_ms"], 300_000);
    assert_eq!(value["all"]["first_response"]["working"], serde_json::Value::Null);
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let kind = prop::sample::select(vec![
        "requested",
        "shown",
        "taken",
        "answered",
        "skipped",
        "reminded",
        "resolved",
        "returned",
        "cancelled",
    ]);
    let role = prop::option::of(prop::sample::select(vec!["owner", "manager"]));
    let one = (0..100_i64, 0..6_u8, kind, role, "[a-c]?");
    prop::collection::vec(one, 0..60).prop_map(|all| {
        all.iter()
            .map(|(at, id, kind, role, detail)| event(*at, &id.to_string(), kind, *role, detail))
            .collect()
    })
}

fn counted(figures: &Figures) -> bool {
    let groups = figures.branches.values().chain(figures.reasons.values()).chain(figures.roles.values());
    groups.chain([&figures.all]).all(|it| it.requests == it.answered + it.unanswered + it.waiting)
}

proptest! {
    #[test]
    fn the_order_of_events_does_not_matter(
        (told, shuffled) in events().prop_flat_map(|it| (Just(it.clone()), Just(it).prop_shuffle()))
    ) {
        let cut = Period { from_ms: 10, to_ms: 90 };
        prop_assert_eq!(fold(&told, cut, no_hours), fold(&shuffled, cut, no_hours));
    }

    #[test]
    fn every_request_is_in_one_place(told in events()) {
        let figures = fold(&told, EVER, no_hours);
        prop_assert!(counted(&figures));
        let sum = figures.reasons.values().map(|it| it.requests).sum::<u64>();
        prop_assert_eq!(sum, figures.all.requests);
    }

    #[test]
    fn two_periods_are_the_period_of_both(told in events(), middle in 0..100_i64) {
        let count = |from_ms, to_ms| fold(&told, Period { from_ms, to_ms }, no_hours).all.requests;
        prop_assert_eq!(count(0, middle) + count(middle, 100), count(0, 100));
    }

    /// Working time of two stretches adds up, and is never more than what the clock says.
    #[test]
    fn working_time_adds_up(
        from in 0..400_i64, a in 0..200_i64, b in 0..200_i64, open in 0..1440_u16, close in 0..=1440_u16
    ) {
        let spans = vec![Span { open, close }, Span { open: 600, close: 900 }];
        let hours = Hours::new("Europe/Berlin", std::array::from_fn(|_| spans.clone()), &BTreeMap::new()).unwrap();
        let start = ms("2026-03-20T00:00:00Z") + from * HOUR;
        let (middle, end) = (start + a * 7 * MINUTE, start + (a + b) * 7 * MINUTE);
        let whole = hours.between(start, end);
        prop_assert!((0..=end - start).contains(&whole));
        prop_assert_eq!(hours.between(start, middle) + hours.between(middle, end), whole);
    }
}
