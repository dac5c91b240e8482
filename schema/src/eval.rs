//! `EVAL.yaml` and `tests/*.yaml`: conversation tests.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::client::Language;
use crate::scalar::inline_schema;
use crate::{Phrase, TextList};

/// Conversation tests.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EvalFile {
    /// The tests; ids are unique.
    pub eval_cases: Vec<EvalCase>,
}

/// A conversation test: one of user, messages and turns, and what is expected.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EvalCase {
    /// Its name.
    pub id: Phrase,
    /// One message.
    pub user: Option<Phrase>,
    /// One burst: messages a second apart that are answered together.
    pub messages: Option<Vec<TurnEntry>>,
    /// Separate turns of one conversation, a minute apart.
    pub turns: Option<Vec<TurnEntry>>,
    /// What is expected of the last reply.
    pub expected: Option<Expected>,
    /// A group of tests, for `--tier`.
    pub tier: Option<Phrase>,
    /// Local time of the first message, HH:MM; noon by default.
    #[schemars(extend("pattern" = "^([01]?[0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$"))]
    pub local_time: Option<String>,
    /// The number written to: its reference as written, or a branch slug; by default the client's
    /// only number.
    pub instance_id: Option<Phrase>,
    /// The moment of the first message, RFC 3339; 2025-01-15 12:00 local by default.
    pub at: Option<String>,
    /// A remark for readers.
    pub notes: Option<String>,
}

/// A message, with what is expected of its own reply.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "Value")]
pub struct TurnEntry {
    /// The customer's words.
    pub user: String,
    /// What is expected of the reply to it.
    pub expected: Option<Expected>,
}

impl JsonSchema for TurnEntry {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "TurnEntry".into()
    }
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let expected = generator.subschema_for::<Expected>();
        schemars::json_schema!({
            "type": ["string", "number", "object"],
            "properties": {
                "user": { "type": ["string", "number"], "description": "The customer's words." },
                "expected": expected,
            },
            "required": ["user"],
            "additionalProperties": false,
        })
    }
}

impl TryFrom<Value> for TurnEntry {
    type Error = String;

    fn try_from(value: Value) -> Result<Self, Self::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Entry {
            user: Phrase,
            expected: Option<Expected>,
        }
        match value {
            Value::Object(_) => {
                let Entry { user, expected } =
                    serde_json::from_value(value).map_err(|error| error.to_string())?;
                Ok(Self { user: user.0, expected })
            }
            scalar => Ok(Self { user: Phrase::try_from(scalar)?.0, expected: None }),
        }
    }
}

/// What is expected of a reply. Texts are compared without regard to case and kinds of space, and
/// the disclosure is left out of the comparison.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Expected {
    /// What the turn does: reply (also satisfied by booking_flow), escalate, booking_flow, silence.
    pub action: Option<ExpectedAction>,
    /// The leading intent; reported, and judged only with `strict: true`.
    pub intent: Option<Phrase>,
    /// Judge the intent too.
    pub strict: Option<bool>,
    /// The reply has all of these.
    pub must_include: TextList,
    /// The reply has at least one of these.
    pub must_include_any: TextList,
    /// The reply has all of these.
    pub must_tell_user: TextList,
    /// The reply has at least one of these.
    pub must_tell_user_any: TextList,
    /// The reply has none of these.
    pub must_not: TextList,
    /// The reply asks for all of these.
    pub collect: TextList,
    /// Filled after the last turn: service, date, time, datetime (date or time), name, phone.
    pub booking_slots: Vec<SlotName>,
    /// Language of the reply.
    pub lang: Option<Language>,
    /// Keys that are not judged: old ones (must_do, reason, optional, notes, trace_contains) and
    /// mistakes, which warn.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

impl Expected {
    /// Keys of old files that are known and not judged.
    pub const LEGACY: [&'static str; 5] = ["must_do", "reason", "optional", "notes", "trace_contains"];
}

/// What a turn does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum ExpectedAction {
    /// It answers.
    Reply,
    /// It hands over.
    Escalate,
    /// It collects a booking.
    BookingFlow,
    /// It says nothing.
    Silence,
}

/// A field of a booking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SlotName {
    /// What is booked.
    Service,
    /// The day.
    Date,
    /// The time.
    Time,
    /// The day or the time.
    Datetime,
    /// The customer's name.
    Name,
    /// The customer's phone.
    Phone,
}

inline_schema!(SlotName, { "type": "string", "enum": ["service", "date", "time", "datetime", "name", "phone"] });
