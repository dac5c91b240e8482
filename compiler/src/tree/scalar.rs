//! The core schema of YAML 1.2: what a plain scalar means.

use serde_json::{Number, Value};

/// Why a plain scalar has no value here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unfit {
    /// A whole number beyond 64 bits.
    TooLarge,
    /// `.inf` or `.nan`.
    NotFinite,
}

/// The value of an unquoted, untagged scalar.
pub(super) fn resolve(text: &str) -> Result<Value, Unfit> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Ok(Value::Null),
        "true" => return Ok(Value::Bool(true)),
        "false" => return Ok(Value::Bool(false)),
        ".nan" | ".NaN" | ".NAN" => return Err(Unfit::NotFinite),
        _ => {}
    }
    if matches!(text.trim_start_matches(['+', '-']), ".inf" | ".Inf" | ".INF") {
        return Err(Unfit::NotFinite);
    }
    // Almost everything is a text, and a text is told by its first character.
    if !text.starts_with(|it: char| it.is_ascii_digit() || matches!(it, '+' | '-' | '.')) {
        return Ok(Value::String(text.to_owned()));
    }
    if let Some(number) = integer(text) {
        return number;
    }
    if is_float(text) {
        let number = text.parse::<f64>().ok().and_then(Number::from_f64);
        return number.map(Value::Number).ok_or(Unfit::TooLarge);
    }
    Ok(Value::String(text.to_owned()))
}

/// `[-+]?[0-9]+`, `0o[0-7]+` or `0x[0-9a-fA-F]+`; `None` for anything else.
fn integer(text: &str) -> Option<Result<Value, Unfit>> {
    let (digits, radix, sign) = if let Some(digits) = text.strip_prefix("0o") {
        (digits, 8, "")
    } else if let Some(digits) = text.strip_prefix("0x") {
        (digits, 16, "")
    } else if let Some(digits) = text.strip_prefix('-') {
        (digits, 10, "-")
    } else {
        (text.strip_prefix('+').unwrap_or(text), 10, "")
    };
    if digits.is_empty() || !digits.chars().all(|it| it.is_digit(radix)) {
        return None;
    }
    Some(match i64::from_str_radix(&format!("{sign}{digits}"), radix) {
        Ok(number) => Ok(Value::from(number)),
        Err(_) => Err(Unfit::TooLarge),
    })
}

/// `[-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?`
fn is_float(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let digits = |part: &str| part.chars().all(|it| it.is_ascii_digit());
    let mantissa_fits = match mantissa.split_once('.') {
        Some(("", fraction)) => !fraction.is_empty() && digits(fraction),
        Some((whole, fraction)) => digits(whole) && digits(fraction),
        None => !mantissa.is_empty() && digits(mantissa),
    };
    let exponent_fits = exponent.is_none_or(|part| {
        let part = part.strip_prefix(['+', '-']).unwrap_or(part);
        !part.is_empty() && digits(part)
    });
    mantissa_fits && exponent_fits
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn plain_scalars_follow_the_core_schema() {
        for (text, value) in [
            ("", json!(null)),
            ("~", json!(null)),
            ("null", json!(null)),
            ("true", json!(true)),
            ("True", json!("True")),
            ("yes", json!("yes")),
            ("off", json!("off")),
            ("9:00", json!("9:00")),
            ("2026-03-21", json!("2026-03-21")),
            ("12 000", json!("12 000")),
            ("12", json!(12)),
            ("+12", json!(12)),
            ("-0", json!(0)),
            ("007", json!(7)),
            ("0o17", json!(15)),
            ("0x1F", json!(31)),
            ("0o8", json!("0o8")),
            ("1_000", json!("1_000")),
            ("1.5", json!(1.5)),
            (".5", json!(0.5)),
            ("5.", json!(5.0)),
            ("1e3", json!(1000.0)),
            ("1.5–4", json!("1.5–4")),
            (".", json!(".")),
            ("-", json!("-")),
            ("+7 777", json!("+7 777")),
            ("1e", json!("1e")),
            ("-9223372036854775808", json!(i64::MIN)),
        ] {
            assert_eq!(resolve(text), Ok(value), "{text}");
        }
        for text in ["9223372036854775808", "0xFFFFFFFFFFFFFFFF", "1e999"] {
            assert_eq!(resolve(text), Err(Unfit::TooLarge), "{text}");
        }
        assert_eq!(resolve("-.inf"), Err(Unfit::NotFinite));
        assert_eq!(resolve(".nan"), Err(Unfit::NotFinite));
    }
}
