//! A stored value as `dotted.path → text`, so that two of them can be compared line by line.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

/// What stands at the end of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Leaf {
    /// One value.
    One(String),
    /// A list of values.
    Many(Vec<String>),
}

impl Leaf {
    /// In words.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::One(text) => text.clone(),
            Self::Many(items) => items.join(", "),
        }
    }

    /// Its items, if it is a list.
    pub(super) fn items(&self) -> Option<&[String]> {
        match self {
            Self::One(_) => None,
            Self::Many(items) => Some(items),
        }
    }
}

/// Flattens `value` under `prefix`; absent values and empty lists leave no leaf.
pub(super) fn of<T: Serialize>(prefix: &str, value: &T) -> BTreeMap<String, Leaf> {
    let value = serde_json::to_value(value).expect("parts of a release have string keys and finite numbers");
    let mut leaves = BTreeMap::new();
    walk(prefix.to_owned(), &value, &mut leaves);
    leaves
}

fn walk(path: String, value: &Value, leaves: &mut BTreeMap<String, Leaf>) {
    match value {
        Value::Null => {}
        Value::Object(map) => {
            if let Some(reference) = reference(map) {
                leaves.insert(path, Leaf::One(reference));
                return;
            }
            for (key, inner) in map {
                walk(join(&path, key), inner, leaves);
            }
        }
        Value::Array(items) if items.iter().any(Value::is_object) => {
            for (index, item) in items.iter().enumerate() {
                let mut key = join(&path, &name(item).unwrap_or_else(|| index.to_string()));
                // Two items of one name stay two.
                let below = format!("{key}.");
                if leaves.range(below.clone()..).next().is_some_and(|(it, _)| it.starts_with(&below)) {
                    key = format!("{key}#{index}");
                }
                walk(key, item, leaves);
            }
        }
        Value::Array(items) if items.is_empty() => {}
        Value::Array(items) => {
            leaves.insert(path, Leaf::Many(items.iter().map(scalar).collect()));
        }
        _ => {
            leaves.insert(path, Leaf::One(scalar(value)));
        }
    }
}

/// `{"env": "NAME"}` as it is written in a bundle.
fn reference(map: &serde_json::Map<String, Value>) -> Option<String> {
    let (key, value) = map.iter().next().filter(|_| map.len() == 1)?;
    match (key.as_str(), value.as_str()?) {
        ("literal", text) => Some(text.to_owned()),
        ("env" | "file", text) => Some(format!("{key}:{text}")),
        _ => None,
    }
}

/// What an item of a list is called.
fn name(item: &Value) -> Option<String> {
    let named = |key: &str| match item.get(key)? {
        Value::String(text) => Some(text.clone()),
        Value::Object(text) => text.get("ru")?.as_str().map(str::to_owned),
        _ => None,
    };
    ["slug", "id", "name"].into_iter().find_map(named)
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
