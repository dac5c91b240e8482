//! A fast yes for files that have no mistakes, which are almost all.
//!
//! Compiling a schema for the validator costs more than reading the file. This walks the schema as it
//! is and knows only what our schemas say today. Whatever it does not know makes it answer "cannot
//! tell", and the validator decides; the validator also finds and tells every mistake.

use serde_json::{Map, Value};

use crate::tree::value_at;

/// Whether a value fits a schema; `None` when that cannot be told here.
pub(super) fn fits(root: &Value, schema: &Value, value: &Value) -> Option<bool> {
    let Value::Object(schema) = schema else { return schema.as_bool() };
    for (keyword, limit) in schema {
        let fits = match keyword.as_str() {
            "$schema" | "$defs" | "title" | "description" => true,
            "$ref" => fits(root, value_at(root, limit.as_str()?.strip_prefix('#')?)?, value)?,
            "type" => has_type(limit, value),
            "enum" => limit.as_array()?.contains(value),
            "pattern" => match value {
                Value::String(text) => matches(limit.as_str()?, text)?,
                _ => true,
            },
            "minimum" | "maximum" => in_range(keyword, limit, value)?,
            "minItems" => {
                value.as_array().is_none_or(|it| it.len() as u64 >= limit.as_u64().unwrap_or(u64::MAX))
            }
            "items" => all(value.as_array().into_iter().flatten(), |it| fits(root, limit, it))?,
            "required" => match value {
                Value::Object(map) => {
                    limit.as_array()?.iter().all(|it| it.as_str().is_some_and(|it| map.contains_key(it)))
                }
                _ => true,
            },
            "propertyNames" => match value {
                Value::Object(map) => all(map.keys(), |key| fits(root, limit, &Value::String(key.clone())))?,
                _ => true,
            },
            // Both look at the properties: once is enough.
            "properties" => properties(root, schema, value)?,
            "additionalProperties" if schema.contains_key("properties") => true,
            "additionalProperties" => properties(root, schema, value)?,
            _ => return None,
        };
        if !fits {
            return Some(false);
        }
    }
    Some(true)
}

fn properties(root: &Value, schema: &Map<String, Value>, value: &Value) -> Option<bool> {
    let Value::Object(map) = value else { return Some(true) };
    let known = schema.get("properties").and_then(Value::as_object);
    let other = schema.get("additionalProperties").unwrap_or(&Value::Bool(true));
    all(map.iter(), |(key, value)| fits(root, known.and_then(|it| it.get(key)).unwrap_or(other), value))
}

/// Whether every one fits; cannot be told as soon as one cannot.
fn all<T>(mut items: impl Iterator<Item = T>, fits: impl Fn(T) -> Option<bool>) -> Option<bool> {
    items.try_fold(true, |so_far, item| Some(so_far && fits(item)?))
}

fn has_type(types: &Value, value: &Value) -> bool {
    let is = |name: &str| match value {
        Value::Null => name == "null",
        Value::Bool(_) => name == "boolean",
        Value::String(_) => name == "string",
        Value::Array(_) => name == "array",
        Value::Object(_) => name == "object",
        Value::Number(number) => {
            let whole = !number.is_f64() || number.as_f64().is_some_and(|it| it.fract() == 0.0);
            name == "number" || name == "integer" && whole
        }
    };
    match types {
        Value::String(name) => is(name),
        Value::Array(names) => names.iter().filter_map(Value::as_str).any(is),
        _ => false,
    }
}

fn in_range(keyword: &str, limit: &Value, value: &Value) -> Option<bool> {
    let (Some(number), limit) = (value.as_f64(), limit.as_f64()?) else { return Some(true) };
    Some(if keyword == "minimum" { number >= limit } else { number <= limit })
}

/// The patterns of our schemas by hand; `None` for any other.
fn matches(pattern: &str, text: &str) -> Option<bool> {
    Some(match pattern {
        "^[a-z][a-z0-9_]{1,62}$" => {
            let rest = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'_';
            (2..=63).contains(&text.len())
                && text.as_bytes()[0].is_ascii_lowercase()
                && text.bytes().all(rest)
        }
        "^off$" => text == "off",
        "^closed$" => text == "closed",
        "^([01]?[0-9]|2[0-3]):[0-5][0-9]$" => is_time(text),
        "^(([01]?[0-9]|2[0-3]):[0-5][0-9]|24:00)$" => text == "24:00" || is_time(text),
        "^([01]?[0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$" => match text.rmatch_indices(':').nth(1) {
            None => is_time(text),
            Some(_) => {
                text.rsplit_once(':').is_some_and(|(time, seconds)| is_time(time) && is_sixtieth(seconds))
            }
        },
        "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$" => {
            let parts: Vec<&str> = text.split('-').collect();
            let [year, month, day] = parts[..] else { return Some(false) };
            number(year, 4).is_some()
                && number(month, 2).is_some_and(|it| (1..=12).contains(&it))
                && number(day, 2).is_some_and(|it| (1..=31).contains(&it))
        }
        "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$" => {
            let lengths: Vec<usize> = text.split('-').map(str::len).collect();
            lengths == [8, 4, 4, 4, 12] && text.bytes().all(|it| it.is_ascii_hexdigit() || it == b'-')
        }
        "^[+]?([ ()-]*[0-9]){10,15}[ ()-]*$" => {
            let rest = text.strip_prefix('+').unwrap_or(text);
            let digits = rest.bytes().filter(u8::is_ascii_digit).count();
            (10..=15).contains(&digits) && rest.bytes().all(|it| it.is_ascii_digit() || b" ()-".contains(&it))
        }
        _ => return None,
    })
}

fn is_time(text: &str) -> bool {
    let Some((hours, minutes)) = text.split_once(':') else { return false };
    let hour = number(hours, hours.len()).filter(|_| (1..=2).contains(&hours.len()));
    hour.is_some_and(|it| it < 24) && is_sixtieth(minutes)
}

fn is_sixtieth(text: &str) -> bool {
    number(text, 2).is_some_and(|it| it < 60)
}

/// A number of exactly so many digits.
fn number(text: &str, digits: usize) -> Option<u32> {
    let fits = text.len() == digits && !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
    if fits { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use schema::FileKind;

    use super::*;

    /// Keywords and patterns a schema uses that this file does not know.
    fn unknown(schema: &Value, found: &mut Vec<String>) {
        let Value::Object(map) = schema else { return };
        for (keyword, limit) in map {
            match keyword.as_str() {
                "properties" | "$defs" => {
                    limit.as_object().unwrap().values().for_each(|it| unknown(it, found))
                }
                "items" | "additionalProperties" | "propertyNames" => unknown(limit, found),
                "pattern" if matches(limit.as_str().unwrap(), "").is_none() => found.push(limit.to_string()),
                _ => {
                    let probe = serde_json::json!({ keyword: limit });
                    if keyword != "$ref" && fits(&probe, &probe, &Value::Null).is_none() {
                        found.push(keyword.clone());
                    }
                }
            }
        }
    }

    #[test]
    fn nothing_in_our_schemas_is_unknown() {
        for kind in FileKind::ALL {
            let mut found = Vec::new();
            unknown(schema::json::of(kind).as_value(), &mut found);
            assert_eq!(found, Vec::<String>::new(), "{kind:?} is checked the slow way: teach this file");
        }
    }

    #[test]
    fn patterns_say_what_the_validator_says() {
        let patterns = [
            "^[a-z][a-z0-9_]{1,62}$",
            "^off$",
            "^closed$",
            "^([01]?[0-9]|2[0-3]):[0-5][0-9]$",
            "^(([01]?[0-9]|2[0-3]):[0-5][0-9]|24:00)$",
            "^([01]?[0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$",
            "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$",
            "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$",
            "^[+]?([ ()-]*[0-9]){10,15}[ ()-]*$",
        ];
        let long = "a".repeat(63);
        let texts = [
            "",
            "a",
            "ab",
            "a_1",
            "1a",
            "A1",
            "aя",
            &long,
            "off",
            "closed",
            "offs",
            "9:00",
            "09:00",
            "9:0",
            "24:00",
            "24:01",
            "23:59",
            "23:60",
            "9:00:00",
            "9:00:60",
            "99:00",
            "9:00\n",
            ":00",
            "1:2:3:4",
            "2026-03-21",
            "2026-3-21",
            "2026-13-01",
            "2026-02-32",
            "2026-02-00",
            "-03-21",
            "2026-03-21-",
            "１:00",
            "3f0c1b1e-8f1a-4c57-9d6e-2a1b7c9d0e4f",
            "3F0C1B1E-8f1a-4c57-9d6e-2a1b7c9d0e4f",
            "3f0c1b1e8-f1a-4c57-9d6e-2a1b7c9d0e4f",
            "3f0c1b1e-8f1a-4c57-9d6e-2a1b7c9d0e4g",
            "+7 (777) 123-45-67",
            "87771234567",
            "++77771234567",
            "+7 777 123",
            "1234567890123456",
            "+7.777.123.45.67",
        ];
        for pattern in patterns {
            let validator = jsonschema::validator_for(&serde_json::json!({ "pattern": pattern })).unwrap();
            for text in texts {
                assert_eq!(
                    matches(pattern, text),
                    Some(validator.is_valid(&Value::from(text))),
                    "{pattern} {text:?}"
                );
            }
        }
        assert_eq!(matches("^x$", "x"), None);
    }

    #[test]
    fn what_is_unknown_is_left_to_the_validator() {
        let schema = serde_json::json!({ "not": {} });
        assert_eq!(fits(&schema, &schema, &Value::Null), None);
    }
}
