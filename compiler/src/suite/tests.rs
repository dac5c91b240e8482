use decide::{Action, Decision, Kind, Memory, Trace};
use format::Lang;
use schema::EvalCase;

use super::{CaseReport, Coverage, Expected, Report, Script, Unspoken, fold, human, judge, junit};
use crate::compile::Case;

fn decision(kind: Kind, reply: Option<&str>) -> Decision {
    Decision {
        memory: Memory::default(),
        actions: reply.map(|it| Action::Reply(it.to_owned())).into_iter().collect(),
        kind,
        intent: "price".to_owned(),
        lang: Lang::Ru,
        branch: None,
        slots: [("time".to_owned(), "10:30".to_owned())].into(),
        trace: Trace::default(),
        disclosure: None,
    }
}

fn case(yaml: serde_json::Value) -> EvalCase {
    serde_json::from_value(yaml).unwrap()
}

/// Keys that fail when `expected` is held against `decision`.
fn failing(expected: serde_json::Value, decision: &Decision) -> Vec<&'static str> {
    let case = case(serde_json::json!({ "id": "A", "user": "?", "expected": expected }));
    let script = Script::read(&case).unwrap();
    script.turns[0].expected.iter().flat_map(|it| judge(it, decision)).map(|it| it.key).collect()
}

#[test]
fn every_kind_of_space_and_case_is_folded() {
    assert_eq!(fold("  4\u{a0}500\u{202f}₸\t\nПо\u{2009}Будням "), "4 500 ₸ по будням");
    assert_eq!(fold("а\u{200b}б"), "аб");
    let heard = decision(Kind::Reply, Some("Замена цепи: 4\u{202f}500\u{a0}₸."));
    assert!(failing(serde_json::json!({ "must_include": ["4 500", "ЗАМЕНА  цепи"] }), &heard).is_empty());
}

#[test]
fn a_booking_is_a_reply_but_a_reply_is_no_booking() {
    let booking = decision(Kind::BookingFlow, Some("Когда?"));
    let reply = decision(Kind::Reply, Some("Да."));
    assert!(failing(serde_json::json!({ "action": "reply" }), &booking).is_empty());
    assert_eq!(failing(serde_json::json!({ "action": "booking_flow" }), &reply), ["action"]);
    assert_eq!(
        failing(serde_json::json!({ "action": "reply" }), &decision(Kind::Escalate, Some("…"))),
        ["action"]
    );
    assert!(failing(serde_json::json!({ "action": "silence" }), &decision(Kind::Silence, None)).is_empty());
    assert_eq!(
        failing(serde_json::json!({ "must_include": ["да"] }), &decision(Kind::Silence, None)),
        ["must_include"]
    );
}

#[test]
fn each_key_is_judged_in_its_own_way() {
    let heard = decision(Kind::Reply, Some("Открыты с 10 до 19."));
    let all = serde_json::json!({
        "must_include": ["10", "20"],
        "must_include_any": ["21", "22"],
        "must_tell_user": ["19"],
        "must_tell_user_any": ["с 10", "нет"],
        "must_not": ["открыты"],
        "collect": ["имя"],
    });
    assert_eq!(failing(all, &heard), ["collect", "must_include", "must_include_any", "must_not"]);
}

#[test]
fn the_intent_counts_only_when_strict() {
    let heard = decision(Kind::Reply, Some("Да."));
    assert!(failing(serde_json::json!({ "intent": "hours" }), &heard).is_empty());
    assert_eq!(failing(serde_json::json!({ "intent": "hours", "strict": true }), &heard), ["intent"]);
    assert!(failing(serde_json::json!({ "intent": "price", "strict": true }), &heard).is_empty());
    assert_eq!(failing(serde_json::json!({ "lang": "kk" }), &heard), ["lang"]);
}

#[test]
fn datetime_is_a_date_or_a_time() {
    let heard = decision(Kind::BookingFlow, Some("Когда?"));
    assert!(failing(serde_json::json!({ "booking_slots": ["datetime", "time"] }), &heard).is_empty());
    assert_eq!(
        failing(serde_json::json!({ "booking_slots": ["service", "date"] }), &heard),
        ["booking_slots"; 2]
    );
}

#[test]
fn the_disclosure_is_left_out() {
    let mut heard = decision(Kind::Reply, Some("Я виртуальный помощник. Да, открыты."));
    let expected = serde_json::json!({ "must_not": ["помощник"] });
    assert_eq!(failing(expected.clone(), &heard), ["must_not"]);
    heard.disclosure = Some("Я виртуальный помощник.".to_owned());
    assert!(failing(expected, &heard).is_empty());
    assert!(failing(serde_json::json!({ "must_include": ["да, открыты"] }), &heard).is_empty());
}

#[test]
fn keys_of_old_files_are_not_judged() {
    let heard = decision(Kind::Reply, Some("Да."));
    let old = serde_json::json!({ "must_do": ["x"], "reason": "y", "notes": "z", "optional": ["q"], "trace_contains": [{}] });
    assert!(failing(old, &heard).is_empty());
}

#[test]
fn expectations_belong_to_their_turns() {
    let script = Script::read(&case(serde_json::json!({
        "id": "B",
        "turns": ["one", { "user": "two", "expected": { "action": "reply" } }, "three"],
        "expected": { "action": "escalate" },
    })))
    .unwrap();
    let actions: Vec<Vec<Option<Kind>>> =
        script.turns.iter().map(|it| it.expected.iter().map(|it: &Expected| it.action).collect()).collect();
    assert_eq!(actions, [vec![], vec![Some(Kind::Reply)], vec![Some(Kind::Escalate)]]);
    let burst = Script::read(&case(serde_json::json!({ "id": "C", "messages": ["one", "two"] }))).unwrap();
    assert_eq!(burst.turns.len(), 1);
    assert_eq!(burst.turns[0].messages, ["one", "two"]);
}

#[test]
fn times_are_read_or_refused() {
    let read = |value: serde_json::Value| Script::read(&case(value));
    let at = read(serde_json::json!({ "id": "D", "user": "?", "local_time": "9:05", "at": "2025-03-01T10:00:00+05:00" })).unwrap();
    assert_eq!(at.local_time, Some(jiff::civil::time(9, 5, 0, 0)));
    assert_eq!(at.at.unwrap().to_string(), "2025-03-01T05:00:00Z");
    assert!(
        read(serde_json::json!({ "id": "E", "user": "?", "at": "tomorrow" })).unwrap_err().starts_with("at:")
    );
    assert!(read(serde_json::json!({ "id": "F", "user": "?", "turns": ["?"] })).is_err());
    assert!(read(serde_json::json!({ "id": "G" })).is_err());
    assert!(read(serde_json::json!({ "id": "H", "turns": [] })).is_err());
}

fn report() -> Report {
    let case = Case {
        file: "EVAL.yaml".to_owned(),
        line: 7,
        case: case(serde_json::json!({ "id": "T1", "user": "?" })),
    };
    let mut failed = CaseReport::new("workshop", &case);
    failed.turn(&["Сколько <стоит>?".to_owned()], &decision(Kind::Reply, Some("4 500 ₸ & \u{1}всё")));
    failed.fail(Some(0), "must_include: wanted «5 000»".to_owned());
    let missing = Unspoken { key: "salon.city".to_owned(), source: "SALON_TRUTH.yaml:7".to_owned() };
    let coverage = Coverage {
        tenant: "workshop".to_owned(),
        spoken: 4,
        total: 5,
        missing: vec![missing],
        reaches: Vec::new(),
    };
    Report::new(vec![CaseReport::new("workshop", &case), failed], 1, vec![coverage])
}

#[test]
fn json_has_the_shape_of_the_contract() {
    let json = serde_json::to_value(report()).unwrap();
    assert_eq!(json["summary"], serde_json::json!({ "total": 2, "passed": 1, "failed": 1, "broken": 1 }));
    assert_eq!(json["cases"][1]["failures"][0], "must_include: wanted «5 000»");
    let turn = &json["cases"][1]["turns"][0];
    assert_eq!((turn["action"].as_str(), turn["intent"].as_str()), (Some("reply"), Some("price")));
    assert_eq!(json["cases"][0]["passed"], true);
}

#[test]
fn people_see_what_was_said_and_what_was_wanted() {
    let mut out = Vec::new();
    human(&report(), false, false, &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    for part in [
        "FAIL T1   workshop/EVAL.yaml:7",
        "> Сколько <стоит>?",
        "< 4 500 ₸",
        "wanted «5 000»",
        "1 of 2 passed (50 %)",
        "does not compile",
    ] {
        assert!(text.contains(part), "`{part}` in {text}");
    }
}

#[test]
fn junit_is_escaped() {
    let mut out = Vec::new();
    junit(&report(), &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    assert!(text.contains(r#"<testsuite name="workshop" tests="2" failures="1">"#), "{text}");
    assert!(text.contains("&lt;стоит&gt;") && text.contains("₸ &amp; всё"), "{text}");
}
