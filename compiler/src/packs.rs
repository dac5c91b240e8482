//! Domain packs: those inside the binary, and how packs are merged.

use std::collections::BTreeMap;

use serde_json::Value;

include!(concat!(env!("OUT_DIR"), "/built_in_packs.rs"));

/// The pack that is always included.
pub const BASE: &str = "base";

/// The packs inside the binary, `(name, YAML)`, by name. A tree's own `_packs/<name>.yaml` replaces
/// the one of that name.
#[must_use]
pub fn built_in() -> &'static [(&'static str, &'static str)] {
    BUILT_IN
}

/// Why an order of packs cannot be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChainError {
    /// A name of `extends` is no pack.
    Unknown {
        /// The pack that names it; `None` for the tenant's own.
        by: Option<String>,
        /// Position in its `extends`.
        index: usize,
        /// The name.
        name: String,
    },
    /// Packs extend each other in a ring.
    Cycle {
        /// The pack that closes the ring.
        by: String,
        /// Position in its `extends`.
        index: usize,
    },
}

/// Names of the packs a tenant uses in the order they are merged: `base` (where there is one), then
/// what `extends` names, each after what it extends itself, each once. `known` maps each pack to its
/// own `extends`.
///
/// # Errors
/// The first name that is no pack, or a ring.
pub fn chain(extends: &[String], known: &BTreeMap<&str, &[String]>) -> Result<Vec<String>, ChainError> {
    let mut order = Vec::new();
    if known.contains_key(BASE) {
        visit(BASE, known, &mut order, &mut Vec::new())?;
    }
    for (index, name) in extends.iter().enumerate() {
        if !known.contains_key(name.as_str()) {
            return Err(ChainError::Unknown { by: None, index, name: name.clone() });
        }
        visit(name, known, &mut order, &mut Vec::new())?;
    }
    Ok(order)
}

fn visit(
    name: &str,
    known: &BTreeMap<&str, &[String]>,
    order: &mut Vec<String>,
    open: &mut Vec<String>,
) -> Result<(), ChainError> {
    if order.iter().any(|it| it == name) {
        return Ok(());
    }
    open.push(name.to_owned());
    for (index, parent) in known.get(name).copied().unwrap_or_default().iter().enumerate() {
        if !known.contains_key(parent.as_str()) {
            return Err(ChainError::Unknown { by: Some(name.to_owned()), index, name: parent.clone() });
        }
        if open.contains(parent) {
            return Err(ChainError::Cycle { by: name.to_owned(), index });
        }
        visit(parent, known, order, open)?;
    }
    open.pop();
    order.push(name.to_owned());
    Ok(())
}

/// Merges packs given as plain data, weakest first: mappings merge, lists of items with an `id` merge
/// by id, other lists append without duplicates, single values replace.
#[must_use]
pub fn merge<'a>(packs: impl IntoIterator<Item = &'a Value>) -> Value {
    let mut merged = Value::Object(serde_json::Map::new());
    for pack in packs {
        merge_into(&mut merged, pack);
    }
    merged
}

fn merge_into(base: &mut Value, over: &Value) {
    match (base, over) {
        (_, Value::Null) => {}
        (Value::Object(base), Value::Object(over)) => {
            for (key, value) in over.iter().filter(|(_, value)| !value.is_null()) {
                // A new text without a Kazakh sibling must not keep the sibling of the old one.
                let twin = format!("{key}_kk");
                if value.is_string() && !over.contains_key(&twin) {
                    base.remove(&twin);
                }
                match base.get_mut(key) {
                    Some(old) => merge_into(old, value),
                    None => {
                        base.insert(key.clone(), value.clone());
                    }
                }
            }
        }
        (Value::Array(base), Value::Array(over)) => {
            for item in over {
                let same = item.get("id").and_then(|id| base.iter().position(|it| it.get("id") == Some(id)));
                match same {
                    Some(index) => merge_into(&mut base[index], item),
                    None if base.contains(item) => {}
                    None => base.push(item.clone()),
                }
            }
        }
        (base, over) => *base = over.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|it| (*it).to_owned()).collect()
    }

    #[test]
    fn packs_come_after_what_they_extend_and_once() {
        let (none, base, trade) = (names(&[]), names(&["base"]), names(&["trade"]));
        let known =
            BTreeMap::from([("base", &*none), ("trade", &*base), ("branch", &*trade), ("other", &*trade)]);
        let order = chain(&names(&["other", "branch", "trade"]), &known).unwrap();
        assert_eq!(order, ["base", "trade", "other", "branch"]);
        assert_eq!(chain(&[], &known).unwrap(), ["base"]);
    }

    #[test]
    fn unknown_packs_and_rings_are_told() {
        let (one, two, none) = (names(&["two"]), names(&["one"]), names(&["nobody"]));
        let known = BTreeMap::from([("one", &*one), ("two", &*two), ("three", &*none)]);
        assert_eq!(chain(&names(&["one"]), &known), Err(ChainError::Cycle { by: "two".into(), index: 0 }));
        assert_eq!(
            chain(&names(&["four"]), &known),
            Err(ChainError::Unknown { by: None, index: 0, name: "four".into() })
        );
        assert_eq!(
            chain(&names(&["three"]), &known),
            Err(ChainError::Unknown { by: Some("three".into()), index: 0, name: "nobody".into() })
        );
    }

    #[test]
    fn merging_adds_changes_and_never_repeats() {
        let base = json!({
            "policies": [
                { "id": "payment", "kind": "gate", "examples": { "ru": ["как платить"] } },
                { "id": "legal", "kind": "hard_law" },
            ],
            "templates": { "hours": { "ru": "Открыто {hours}", "kk": "Ашық {hours}" } },
            "lexicon": { "stop_words": { "ru": ["ну"] } },
        });
        let own = json!({
            "policies": [
                { "id": "payment", "examples": { "ru": ["как платить", "оплата"] } },
                { "id": "pets", "kind": "gate" },
            ],
            "templates": { "hours": { "ru": "Ждём вас {hours}" } },
            "lexicon": { "stop_words": { "ru": ["ну", "вот"] }, "slang": null },
        });
        assert_eq!(
            merge([&base, &own]),
            json!({
                "policies": [
                    { "id": "payment", "kind": "gate", "examples": { "ru": ["как платить", "оплата"] } },
                    { "id": "legal", "kind": "hard_law" },
                    { "id": "pets", "kind": "gate" },
                ],
                "templates": { "hours": { "ru": "Ждём вас {hours}", "kk": "Ашық {hours}" } },
                "lexicon": { "stop_words": { "ru": ["ну", "вот"] } },
            })
        );
        assert_eq!(merge([&base, &base]), base);
    }

    #[test]
    fn built_in_packs_have_their_file_names() {
        for (name, text) in built_in() {
            assert!(!name.is_empty() && !name.contains(['/', '.']), "{name}");
            assert!(!text.trim().is_empty(), "{name}");
        }
    }
}
