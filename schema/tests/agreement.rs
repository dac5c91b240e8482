//! The schemas and the types take the same files.

#![expect(clippy::unwrap_used, reason = "tests")]

use schema::{
    BranchesFile, ClientFile, CompaniesFile, EvalFile, FileKind, PackFile, PlansFile, PromptFile, TruthFile,
    read,
};
use serde_json::{Map, Value, json};

/// Texts of which each pattern of the schemas takes one.
const TEXTS: [&str; 7] = [
    "text",
    "+7 777 123 45 67",
    "9:00",
    "closed",
    "off",
    "2026-03-21",
    "8c5267f3-5e0c-4a7e-b1a4-636c69656e74",
];

/// An example that uses every key; `turn` chooses between the types a value may have.
fn example(schema: &Value, root: &Value, turn: usize) -> Value {
    if let Some(target) = schema.get("$ref").and_then(Value::as_str) {
        return example(root.pointer(target.trim_start_matches('#')).unwrap(), root, turn);
    }
    if let Some(words) = schema.get("enum").and_then(Value::as_array) {
        return words[turn % words.len()].clone();
    }
    let types: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ => return json!("anything"),
    };
    match types[turn % types.len()] {
        "null" => Value::Null,
        "boolean" => json!(turn.is_multiple_of(2)),
        "integer" => json!(1),
        "number" => json!(1.0),
        "string" => text(schema),
        "array" => json!([example(&schema["items"], root, turn)]),
        "object" => Value::Object(mapping(schema, root, turn)),
        other => panic!("{other} is no type"),
    }
}

fn mapping(schema: &Value, root: &Value, turn: usize) -> Map<String, Value> {
    let mut map = Map::new();
    for (key, property) in schema["properties"].as_object().into_iter().flatten() {
        map.insert(key.clone(), example(property, root, turn));
    }
    if schema["additionalProperties"].is_object() {
        let key = if schema.get("propertyNames").is_some() { "2026-03-21" } else { "topic" };
        map.insert(key.to_owned(), example(&schema["additionalProperties"], root, turn));
    }
    map
}

fn text(schema: &Value) -> Value {
    let pattern = json!({ "pattern": schema.get("pattern").cloned().unwrap_or_else(|| json!("")) });
    let validator = jsonschema::validator_for(&pattern).unwrap();
    TEXTS.iter().map(|it| json!(it)).find(|it| validator.is_valid(it)).expect("a text for every pattern")
}

fn check<T: serde::de::DeserializeOwned>(kind: FileKind) {
    let schema = schema::json::of(kind).to_value();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for turn in 0..12 {
        let file = example(&schema, &schema, turn);
        if !file.is_object() {
            continue;
        }
        let errors: Vec<String> =
            validator.iter_errors(&file).map(|it| format!("{}: {it}", it.instance_path())).collect();
        assert!(errors.is_empty(), "{kind:?} {turn}: {errors:#?}");
        if let Err(error) = read::<T>(&file) {
            panic!("{kind:?} {turn}: {error}\n{file:#}");
        }
    }
}

#[test]
fn what_the_schemas_take_the_types_take() {
    check::<CompaniesFile>(FileKind::Companies);
    check::<PlansFile>(FileKind::Plans);
    check::<PackFile>(FileKind::Pack);
    check::<ClientFile>(FileKind::Client);
    check::<BranchesFile>(FileKind::Branches);
    check::<PromptFile>(FileKind::Prompt);
    check::<TruthFile>(FileKind::Truth);
    check::<EvalFile>(FileKind::Eval);
}

fn both_refuse<T: serde::de::DeserializeOwned>(kind: FileKind, file: &Value) {
    let validator = jsonschema::validator_for(&schema::json::of(kind).to_value()).unwrap();
    assert!(!validator.is_valid(file), "the schema takes {file}");
    assert!(read::<T>(file).is_err(), "the type takes {file}");
}

#[test]
fn both_refuse_unknown_keys_and_wrong_types() {
    let client = |key: &str, value: Value| {
        let mut file = json!({ "slug": "repair_shop", "name": "Болт" });
        file[key] = value;
        file
    };
    for file in [
        client("nmae", json!("Болт")),
        client("status", json!("paused")),
        client("languages", json!(["en"])),
        client("agents", json!([{ "name": "Ян", "role": "boss" }])),
        client("settings", json!({ "reminder_timeout_1": -1 })),
        client("settings", json!({ "data_sharing": false })),
        client("settings", json!({ "quiet_hours": { "from": "22:00" } })),
        client("settings", json!({ "burst_window_ms": { "short": "700" } })),
        json!({ "name": "Болт" }),
        json!([]),
    ] {
        both_refuse::<ClientFile>(FileKind::Client, &file);
    }
    for file in [
        json!({ "client_pack": { "price_list": [{ "category": "Шины", "items": [{ "name": "R16", "price": -5 }] }] } }),
        json!({ "client_pack": { "price_list": [{ "category": "Шины", "items": [{ "name": "R16", "price": 9.5 }] }] } }),
        json!({ "client_pack": { "promotions": { "items": [{ "name": "x", "discount_percent": "10" }] } } }),
        json!({ "client_pack": { "salon": { "hours": { "week": { "monday": "closed" } } } } }),
        json!({ "client_pack": { "salon": { "hours": { "week": { "mon": "shut" } } } } }),
        json!({ "client_pack": { "aftercare": { "tyres": { "winter": "x" } } } }),
        json!({ "client_pack": { "unknown": {} } }),
        json!({ "unknown": {} }),
        json!({ "domain_pack": { "consult_playbooks": [{ "id": "x", "questions": [{ "what": "y" }] }] } }),
    ] {
        both_refuse::<TruthFile>(FileKind::Truth, &file);
    }
}
