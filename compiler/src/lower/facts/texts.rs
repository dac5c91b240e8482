//! Scalars and lists under dotted keys.

use std::collections::BTreeMap;

use format::{Fact, Value as Told};
use serde_json::{Map, Value};

use crate::lower::place::below;
use crate::lower::sheet::Sheet;

/// What is lowered to types of its own, and what is internal.
const LEFT_OUT: [&str; 7] = [
    "facts",
    "price_list",
    "promotions.items",
    "salon.hours.dates",
    "salon.hours.week",
    "salon.profile",
    "services_catalog.services",
];

/// Every other scalar and list of the sheet.
pub(super) fn texts(sheet: &Sheet<'_>) -> BTreeMap<String, Fact> {
    let mut texts = BTreeMap::new();
    if let Value::Object(facts) = &sheet.value {
        walk(sheet, facts, "", "", &mut texts);
    }
    texts
}

fn walk(
    sheet: &Sheet<'_>,
    map: &Map<String, Value>,
    dotted: &str,
    pointer: &str,
    out: &mut BTreeMap<String, Fact>,
) {
    for (key, value) in map {
        // A sibling belongs to the key it stands beside.
        if key.strip_suffix("_kk").is_some_and(|base| map.contains_key(base)) {
            continue;
        }
        let dotted = if dotted.is_empty() { key.clone() } else { format!("{dotted}.{key}") };
        let pointer = below(pointer, key);
        if LEFT_OUT.contains(&dotted.as_str()) {
            continue;
        }
        match value {
            Value::Object(inner) => walk(sheet, inner, &dotted, &pointer, out),
            Value::Array(items) if items.iter().any(Value::is_object) => {
                walk_items(sheet, items, &dotted, &pointer, out);
            }
            _ => {
                if let Some(told) = told(value) {
                    let value_kk = map.get(&format!("{key}_kk")).and_then(self::told);
                    let source = sheet.spot(&pointer).source();
                    out.insert(dotted, Fact { value: told, value_kk, source });
                }
            }
        }
    }
}

/// Items of a list under their ids.
fn walk_items(
    sheet: &Sheet<'_>,
    items: &[Value],
    dotted: &str,
    pointer: &str,
    out: &mut BTreeMap<String, Fact>,
) {
    for (index, item) in items.iter().enumerate() {
        if let (Value::Object(inner), Some(id)) = (item, item.get("id").and_then(Value::as_str)) {
            walk(sheet, inner, &format!("{dotted}.{id}"), &below(pointer, index), out);
        }
    }
}

/// A value as it is told; nothing for what is empty.
fn told(value: &Value) -> Option<Told> {
    match value {
        Value::String(text) => (!text.trim().is_empty()).then(|| Told::Text(text.clone())),
        Value::Number(number) => Some(Told::Number(number.to_string())),
        Value::Bool(flag) => Some(Told::Flag(*flag)),
        Value::Array(items) => {
            let texts: Vec<String> = items
                .iter()
                .filter_map(|it| match it {
                    Value::String(text) => Some(text.clone()),
                    Value::Number(number) => Some(number.to_string()),
                    _ => None,
                })
                .collect();
            (!texts.is_empty()).then_some(Told::List(texts))
        }
        Value::Null | Value::Object(_) => None,
    }
}
