//! Looking for a value under the many names gateways give it.

use serde_json::{Map, Value};

/// The places of a payload where a field may stand, best first.
pub(super) struct Fields<'a> {
    /// `metadata` of the body, then of the root.
    metadata: Vec<&'a Map<String, Value>>,
    /// `key` of the body, then of the root.
    key: Vec<&'a Map<String, Value>>,
    /// `nodeData` of the body, then of the root.
    node: Vec<&'a Map<String, Value>>,
    /// The body, then the root.
    plain: Vec<&'a Map<String, Value>>,
}

/// Kinds of places.
#[derive(Clone, Copy)]
pub(super) enum Place {
    Metadata,
    Key,
    Node,
    Plain,
}

impl<'a> Fields<'a> {
    /// The message stands at top level or under `body`.
    pub(super) fn of(root: &'a Map<String, Value>) -> Self {
        let plain: Vec<_> = root.get("body").and_then(Value::as_object).into_iter().chain([root]).collect();
        let inner = |name: &str| plain.iter().filter_map(|it| it.get(name)?.as_object()).collect();
        Self { metadata: inner("metadata"), key: inner("key"), node: inner("nodeData"), plain }
    }

    fn places(&self, place: Place) -> &[&'a Map<String, Value>] {
        match place {
            Place::Metadata => &self.metadata,
            Place::Key => &self.key,
            Place::Node => &self.node,
            Place::Plain => &self.plain,
        }
    }

    /// Every value under one of `names` in `place`, best first.
    pub(super) fn all(
        &self,
        place: Place,
        names: &'static [&'static str],
    ) -> impl Iterator<Item = &'a Value> {
        self.places(place).iter().flat_map(move |map| names.iter().filter_map(|name| map.get(*name)))
    }

    /// The first value that reads as a word: a non-blank string, or a number.
    pub(super) fn word(&self, wanted: &[(Place, &'static [&'static str])]) -> Option<String> {
        wanted.iter().find_map(|(place, names)| self.all(*place, names).find_map(word))
    }

    /// The first object under one of `names`.
    pub(super) fn object(&self, names: &'static [&'static str]) -> Option<&'a Map<String, Value>> {
        self.all(Place::Plain, names).find_map(Value::as_object)
    }

    /// Whether `name` is truthy anywhere.
    pub(super) fn truthy(&self, names: &'static [&'static str]) -> bool {
        [Place::Plain, Place::Metadata, Place::Key]
            .into_iter()
            .any(|place| self.all(place, names).any(truthy))
    }
}

/// A non-blank string, trimmed, or a number as written.
pub(super) fn word(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// True, a number but 0, or a text that does not say no.
pub(super) fn truthy(value: &Value) -> bool {
    match value {
        Value::Bool(yes) => *yes,
        Value::Number(number) => number.as_f64().is_some_and(|it| it != 0.0),
        Value::String(text) => {
            !matches!(text.trim().to_ascii_lowercase().as_str(), "" | "false" | "0" | "no" | "null" | "off")
        }
        _ => false,
    }
}
