//! Values that may be written in more than one way.
//!
//! Their schemas name all types at once (`"type": ["string", "integer"]`) instead of `anyOf`: a
//! mistake is then reported where it is, not as "fits none of these".

use std::fmt;

use serde::Deserialize;
use serde_json::Value;

/// Implements `JsonSchema` by one inline schema.
macro_rules! inline_schema {
    ($type:ty, $($schema:tt)+) => {
        impl schemars::JsonSchema for $type {
            fn inline_schema() -> bool {
                true
            }
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($type).into()
            }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!($($schema)+)
            }
        }
    };
}
pub(crate) use inline_schema;

/// A Telegram chat or person: `@username` or a number.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Value")]
pub struct ChatId(pub String);

inline_schema!(ChatId, { "type": ["string", "integer"] });

impl TryFrom<Value> for ChatId {
    type Error = &'static str;

    fn try_from(value: Value) -> Result<Self, Self::Error> {
        match value {
            Value::String(text) => Ok(Self(text)),
            Value::Number(number) => Ok(Self(number.to_string())),
            _ => Err("expected `@username` or a number"),
        }
    }
}

/// One or several Telegram people.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(try_from = "Value")]
pub struct ChatIds(pub Vec<ChatId>);

inline_schema!(ChatIds, { "type": ["string", "integer", "array"], "items": { "type": ["string", "integer"] } });

impl TryFrom<Value> for ChatIds {
    type Error = &'static str;

    fn try_from(value: Value) -> Result<Self, Self::Error> {
        one_or_many(value).into_iter().map(ChatId::try_from).collect::<Result<_, _>>().map(Self)
    }
}

/// A text; a bare number counts as its digits.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Value")]
pub struct Phrase(pub String);

inline_schema!(Phrase, { "type": ["string", "number"] });

impl TryFrom<Value> for Phrase {
    type Error = &'static str;

    fn try_from(value: Value) -> Result<Self, Self::Error> {
        match value {
            Value::String(text) => Ok(Self(text)),
            Value::Number(number) => Ok(Self(number.to_string())),
            _ => Err("expected a text"),
        }
    }
}

/// One text or a list of texts.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(try_from = "Value")]
pub struct TextList(pub Vec<String>);

inline_schema!(TextList, {
    "type": ["string", "number", "array"],
    "items": { "type": ["string", "number"] },
});

impl TryFrom<Value> for TextList {
    type Error = &'static str;

    fn try_from(value: Value) -> Result<Self, Self::Error> {
        let texts = one_or_many(value).into_iter().map(|it| Phrase::try_from(it).map(|Phrase(text)| text));
        texts.collect::<Result<_, _>>().map(Self)
    }
}

/// `true`, `false` or a text that tells more.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Detail {
    /// There is, or there is not.
    Flag(bool),
    /// In words.
    Text(String),
}

inline_schema!(Detail, { "type": ["boolean", "string"] });

/// A reference to a secret: `env:NAME` or `file:PATH`. A literal that slipped in is never shown.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct SecretRef(pub String);

// No pattern here: a validator would quote the offending value, which is a secret.
inline_schema!(SecretRef, { "type": "string" });

impl SecretRef {
    /// Whether it names something instead of being it.
    #[must_use]
    pub fn is_reference(&self) -> bool {
        let name = self.0.strip_prefix("env:").or_else(|| self.0.strip_prefix("file:"));
        name.is_some_and(|it| !it.trim().is_empty())
    }
}

impl fmt::Debug for SecretRef {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(if self.is_reference() { &self.0 } else { "[literal secret]" })
    }
}

fn one_or_many(value: Value) -> Vec<Value> {
    match value {
        Value::Array(items) => items,
        one => vec![one],
    }
}
