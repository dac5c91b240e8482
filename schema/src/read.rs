//! Plain data → types.

use serde::de::DeserializeOwned;
use serde_json::{Map, Number, Value};

/// Reads plain data of the right shape: a key without a value counts as absent, and a whole number
/// may be written `5.0`.
///
/// # Errors
/// Where the data does not have the shape of `T`; the schemas tell so with a place.
pub fn read<T: DeserializeOwned>(value: &Value) -> Result<T, serde_json::Error> {
    // Most files have nothing to settle, and then nothing has to be copied.
    if is_settled(value) { T::deserialize(value) } else { serde_json::from_value(settled(value)) }
}

fn is_settled(value: &Value) -> bool {
    match value {
        Value::Object(map) => map.values().all(|it| !it.is_null() && is_settled(it)),
        Value::Array(items) => items.iter().all(is_settled),
        Value::Number(number) => !number.is_f64(),
        _ => true,
    }
}

/// Plain data as [`read`] sees it: without keys that have no value, whole numbers as integers.
#[must_use]
pub fn settled(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let present = map.iter().filter(|(_, value)| !value.is_null());
            Value::Object(present.map(|(key, value)| (key.clone(), settled(value))).collect::<Map<_, _>>())
        }
        Value::Array(items) => Value::Array(items.iter().map(settled).collect()),
        Value::Number(number) => Value::Number(whole(number)),
        other => other.clone(),
    }
}

/// `5.0` as `5`.
fn whole(number: &Number) -> Number {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match number.as_f64() {
        Some(float) if number.is_f64() && float.fract() == 0.0 && float.abs() <= EXACT =>
        {
            #[expect(clippy::cast_possible_truncation, reason = "a whole number within 2^53 fits")]
            Number::from(float as i64)
        }
        _ => number.clone(),
    }
}
