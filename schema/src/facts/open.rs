//! Maps a trade fills as it likes, and facts without a key.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Number, Value};

use crate::scalar::inline_schema;
use crate::{PhraseLists, Twins};

/// Topics of the author's own choice; `topic_kk` is the Kazakh sibling of `topic`.
pub type OpenMap = BTreeMap<String, OpenValue>;

/// A text, a number, yes or no, or a list of texts.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "Value")]
pub enum OpenValue {
    /// A text.
    Text(String),
    /// A number.
    Number(Number),
    /// Yes or no.
    Flag(bool),
    /// A list of texts; bare numbers count as their digits.
    List(Vec<String>),
}

inline_schema!(OpenValue, {
    "type": ["string", "number", "boolean", "array"],
    "items": { "type": ["string", "number"] },
});

impl TryFrom<Value> for OpenValue {
    type Error = &'static str;

    fn try_from(value: Value) -> Result<Self, Self::Error> {
        match value {
            Value::String(text) => Ok(Self::Text(text)),
            Value::Number(number) => Ok(Self::Number(number)),
            Value::Bool(flag) => Ok(Self::Flag(flag)),
            Value::Array(_) => crate::TextList::try_from(value).map(|it| Self::List(it.0)),
            _ => Err("expected a text, a number or a list of texts"),
        }
    }
}

/// A fact that has no key of its own.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields, extend("x-twins" = true))]
pub struct AnswerEntry {
    /// A short name of your choice.
    #[schemars(extend("x-twin" = false))]
    pub id: String,
    /// Ways to ask, in each language.
    #[serde(default)]
    pub questions: PhraseLists,
    /// The answer.
    pub text: String,
    /// Kazakh siblings.
    #[serde(flatten)]
    #[schemars(skip)]
    pub kk: Twins,
}
