//! How people write things, and what comes of it.

use schema::{
    BranchesFile, ClientFile, Day, EvalFile, OpenValue, PackFile, PlansFile, QuietHours, Sharing, TruthFile,
    read,
};
use serde_json::json;

#[test]
fn a_small_client_has_every_default() {
    let client: ClientFile = read(&json!({ "slug": "repair_shop", "name": "Болт", "agents": null })).unwrap();
    assert_eq!((client.plan.as_str(), client.timezone.as_str()), ("starter", "Asia/Almaty"));
    assert_eq!(client.languages.len(), 2);
    assert!(client.agents.is_empty());
}

#[test]
fn settings_take_texts_numbers_and_lists() {
    let client = |settings| -> ClientFile {
        read(&json!({ "slug": "repair_shop", "name": "Болт", "settings": settings })).unwrap()
    };
    let settings = client(json!({
        "telegram_chat_id": -1_003_412_216_010_i64,
        "owner_telegram_id": ["@owner", 42],
        "data_sharing": "off",
        "quiet_hours": "off",
    }))
    .settings;
    assert_eq!(settings.telegram_chat_id.unwrap().0, "-1003412216010");
    let owners: Vec<String> = settings.owner_telegram_id.unwrap().0.into_iter().map(|it| it.0).collect();
    assert_eq!(owners, ["@owner", "42"]);
    assert_eq!(settings.data_sharing, Some(Sharing::Off));
    assert_eq!(settings.quiet_hours, Some(QuietHours::Off));
    assert_eq!(
        client(json!({ "owner_telegram_id": "@owner" })).settings.owner_telegram_id.unwrap().0.len(),
        1
    );
}

#[test]
fn a_literal_secret_is_never_shown() {
    let client: ClientFile = read(&json!({
        "slug": "repair_shop",
        "name": "Болт",
        "secrets": { "webhook_secret": "hunter2-hunter2-hunter2", "chatflow_token": "env:CHATFLOW_TOKEN" },
    }))
    .unwrap();
    let shown = format!("{client:?}");
    assert!(!shown.contains("hunter2") && shown.contains("env:CHATFLOW_TOKEN"), "{shown}");
    assert!(!client.secrets.webhook_secret.unwrap().is_reference());
}

#[test]
fn siblings_are_kept_under_the_key_they_belong_to() {
    let file: BranchesFile = read(&json!({ "branches": [{
        "slug": "east",
        "name": "Восток",
        "name_kk": "Шығыс",
        "aliases": ["у моста"],
        "aliases_kk": ["көпір жанында"],
        "facts": { "salon": { "address": { "full": "Мира 1", "full_kk": "Мир 1" } } },
    }] }))
    .unwrap();
    let branch = &file.branches[0];
    assert_eq!(branch.kk.text("name"), Some("Шығыс"));
    assert_eq!(branch.kk.list("aliases"), ["көпір жанында"]);
    assert_eq!(branch.facts.as_ref().unwrap().salon.address.kk.text("full"), Some("Мир 1"));
}

#[test]
fn facts_may_stand_at_top_level() {
    let file: TruthFile = read(&json!({
        "salon": { "name": "Болт", "hours": { "dates": { "2026-03-21": "closed" } } },
        "duration_or_price_clarify": "Цена или срок?",
        "duration_or_price_clarify_kk": "Баға ма, мерзім бе?",
        "quality": { "warranty_days": 30, "warranty": "Гарантия 30 дней", "parts": ["новые", 5] },
    }))
    .unwrap();
    assert_eq!(file.client_pack, None);
    let facts = file.legacy;
    assert_eq!(facts.salon.name.as_deref(), Some("Болт"));
    assert_eq!(facts.salon.hours.dates["2026-03-21"], Day::Closed);
    assert_eq!(facts.kk.text("duration_or_price_clarify"), Some("Баға ма, мерзім бе?"));
    assert_eq!(facts.quality["parts"], OpenValue::List(vec!["новые".into(), "5".into()]));
    assert!(matches!(facts.quality["warranty_days"], OpenValue::Number(_)));
}

#[test]
fn a_whole_number_may_have_a_point() {
    let plans: PlansFile =
        read(&json!({ "plans": [{ "slug": "small", "price_kzt": 5000.0, "messages_per_month": null }] }))
            .unwrap();
    assert_eq!(plans.plans[0].price_kzt, 5000);
    assert_eq!(plans.plans[0].messages_per_month, None);
    assert!(read::<PlansFile>(&json!({ "plans": [{ "slug": "small", "price_kzt": 5000.5 }] })).is_err());
}

#[test]
fn a_pack_item_may_say_only_what_it_changes() {
    let pack: PackFile = read(&json!({
        "policies": [{ "id": "payment", "says": { "kk": "Сұраймын" } }],
        "templates": { "hours": { "ru": "Открыто" } },
        "intents": { "price": { "ru": ["сколько {service}"], "not": { "ru": ["сколько вас"] } } },
    }))
    .unwrap();
    assert_eq!(pack.policies[0].kind, None);
    assert_eq!(pack.intents["price"].not.ru, ["сколько вас"]);
}

#[test]
fn conversation_tests_are_written_in_several_ways() {
    let file: EvalFile = read(&json!({ "eval_cases": [
        { "id": "A1", "user": "Сколько?", "expected": { "action": "reply", "must_include": "5 000" } },
        { "id": 2, "messages": ["привет", "вы где?"], "expected": {}, "local_time": "10:30" },
        { "id": "A3", "turns": ["привет", { "user": "цена?", "expected": { "must_not": [9000] } }, { "user": 5 }] },
        { "id": "A4", "user": "да", "expected": { "must_do": ["x"], "must_inclde": ["typo"] } },
    ] }))
    .unwrap();
    let [one, two, three, four] = &file.eval_cases[..] else { panic!("four cases") };
    assert_eq!(one.expected.as_ref().unwrap().must_include.0, ["5 000"]);
    assert_eq!((two.id.0.as_str(), two.messages.as_ref().unwrap().len()), ("2", 2));
    let turns = three.turns.as_ref().unwrap();
    assert_eq!(turns[1].expected.as_ref().unwrap().must_not.0, ["9000"]);
    assert_eq!(turns[2].user, "5");
    let other: Vec<&String> = four.expected.as_ref().unwrap().other.keys().collect();
    assert_eq!(other, ["must_do", "must_inclde"]);
}
