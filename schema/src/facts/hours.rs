//! Opening hours.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::Twins;
use crate::scalar::inline_schema;

/// When the place is open. Times are local.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields, extend("x-twins" = true))]
pub struct HoursFacts {
    /// Which days, in words.
    pub days: Option<String>,
    /// When the usual day begins, H:MM.
    #[schemars(extend("pattern" = "^(([01]?[0-9]|2[0-3]):[0-5][0-9]|24:00)$"))]
    pub open: Option<String>,
    /// When the usual day ends, H:MM.
    #[schemars(extend("pattern" = "^(([01]?[0-9]|2[0-3]):[0-5][0-9]|24:00)$"))]
    pub close: Option<String>,
    /// The last appointment, in words.
    pub last_appointment: Option<String>,
    /// Holidays and other exceptions, in words.
    pub exceptions: Option<String>,
    /// Weekdays that differ from the usual day.
    pub week: Week,
    /// Dates that differ, by date YYYY-MM-DD.
    #[schemars(extend("propertyNames" = { "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$" }))]
    pub dates: BTreeMap<String, Day>,
    /// Kazakh siblings.
    #[serde(flatten)]
    #[schemars(skip)]
    pub kk: Twins,
}

/// Weekdays that differ from the usual day: `{open, close}` or `closed`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Week {
    /// Monday.
    pub mon: Option<Day>,
    /// Tuesday.
    pub tue: Option<Day>,
    /// Wednesday.
    pub wed: Option<Day>,
    /// Thursday.
    pub thu: Option<Day>,
    /// Friday.
    pub fri: Option<Day>,
    /// Saturday.
    pub sat: Option<Day>,
    /// Sunday.
    pub sun: Option<Day>,
}

impl Week {
    /// The days that are given, Monday first, with their keys.
    pub fn days(&self) -> impl Iterator<Item = (&'static str, &Day)> {
        let days = [
            ("mon", &self.mon),
            ("tue", &self.tue),
            ("wed", &self.wed),
            ("thu", &self.thu),
            ("fri", &self.fri),
            ("sat", &self.sat),
            ("sun", &self.sun),
        ];
        days.into_iter().filter_map(|(key, day)| Some((key, day.as_ref()?)))
    }
}

/// One day: `{open: "9:00", close: "21:00"}` or `closed`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Value")]
pub enum Day {
    /// Open between two local times.
    Open {
        /// H:MM.
        open: String,
        /// H:MM.
        close: String,
    },
    /// Not open at all.
    Closed,
}

inline_schema!(Day, {
    "type": ["object", "string"],
    "pattern": "^closed$",
    "properties": {
        "open": {
            "type": "string",
            "description": "When the day begins, H:MM.",
            "pattern": "^(([01]?[0-9]|2[0-3]):[0-5][0-9]|24:00)$",
        },
        "close": {
            "type": "string",
            "description": "When the day ends, H:MM.",
            "pattern": "^(([01]?[0-9]|2[0-3]):[0-5][0-9]|24:00)$",
        },
    },
    "required": ["open", "close"],
    "additionalProperties": false,
});

impl TryFrom<Value> for Day {
    type Error = String;

    fn try_from(value: Value) -> Result<Self, Self::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Times {
            open: String,
            close: String,
        }
        if value == "closed" {
            return Ok(Self::Closed);
        }
        let Times { open, close } = serde_json::from_value(value).map_err(|error| error.to_string())?;
        Ok(Self::Open { open, close })
    }
}
