//! Schemas and values in words for somebody who does not program.

use serde_json::Value;

use crate::said::{Said, say};
use crate::tree::{Kind, Node};

/// Whether a schema's `type` names this one.
pub(super) fn allows(types: Option<&Value>, one: &str) -> bool {
    match types {
        Some(Value::String(only)) => only == one,
        Some(Value::Array(several)) => several.iter().any(|it| it == one),
        _ => false,
    }
}

/// A schema's `type` in words; `null` is not worth saying.
pub(super) fn types(types: &Value) -> Said {
    let word = |it: &str| match it {
        "string" => say!("a text", "текст"),
        "integer" => say!("a whole number", "целое число"),
        "number" => say!("a number", "число"),
        "boolean" => say!("`true` or `false`", "`true` или `false`"),
        "array" => say!("a list", "список"),
        "object" => say!("a mapping (key: value)", "группа ключей (ключ: значение)"),
        _ => say!("nothing", "пустое значение"),
    };
    let all: Vec<Said> = match types {
        Value::Array(several) => {
            several.iter().filter_map(Value::as_str).filter(|it| *it != "null").map(word).collect()
        }
        one => vec![word(one.as_str().unwrap_or_default())],
    };
    match all.as_slice() {
        [] => word("null"),
        [one] => one.clone(),
        [most @ .., last] => {
            let most = Said::join(most, ", ");
            say!("{most} or {last}", "{most} или {last}"; most, last)
        }
    }
}

/// A value in words, quoted where it is short.
pub(super) fn found(node: &Node) -> Said {
    match &node.kind {
        Kind::Scalar { value: Value::String(text), .. } => match text.as_str() {
            "" => say!("an empty text", "пустой текст"),
            text => {
                let text = shown(text);
                say!("the text `{text}`", "текст `{text}`")
            }
        },
        Kind::Scalar { value: Value::Number(number), .. } => {
            say!("the number {number}", "число {number}")
        }
        Kind::Scalar { value: Value::Bool(flag), .. } => say!("`{flag}`", "`{flag}`"),
        _ => kind(node),
    }
}

/// The kind of a value in words.
pub(super) fn kind(node: &Node) -> Said {
    match &node.kind {
        Kind::Scalar { value: Value::String(_), .. } => say!("a text", "текст"),
        Kind::Scalar { value: Value::Number(_), .. } => say!("a number", "число"),
        Kind::Scalar { value: Value::Bool(_), .. } => say!("a boolean", "`true` или `false`"),
        Kind::Scalar { .. } => say!("nothing", "пустое значение"),
        Kind::List(items) if items.is_empty() => say!("an empty list", "пустой список"),
        Kind::List(_) => say!("a list", "список"),
        Kind::Map { .. } => say!("a mapping", "группа ключей"),
    }
}

/// At most forty characters on one line.
pub(super) fn shown(text: &str) -> String {
    let line = one_line(text);
    match line.char_indices().nth(40) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// Every run of white space as one space.
pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Words that other dialects of YAML take for booleans.
pub(super) fn boolean(word: &str) -> Option<bool> {
    match word.to_lowercase().as_str() {
        "true" | "yes" | "on" | "y" | "да" | "иә" => Some(true),
        "false" | "no" | "off" | "n" | "нет" | "жоқ" => Some(false),
        _ => None,
    }
}

/// A whole number with spaces, an apostrophe or a unit around it, as digits.
pub(super) fn whole(text: &str) -> Option<String> {
    let unit = |it: char| it.is_alphabetic() || it.is_whitespace() || matches!(it, '₸' | '.');
    let number = text.trim_end_matches(unit).trim_start_matches(unit);
    let digits: String =
        number.chars().filter(|it| !it.is_whitespace() && !matches!(it, '\'' | '_')).collect();
    let fits = !digits.is_empty() && digits.len() <= 18 && digits.chars().all(|it| it.is_ascii_digit());
    fits.then_some(digits)
}

/// What a pattern of our schemas asks for, and an example of it.
pub(super) fn pattern(pattern: &str) -> Option<(Said, &'static str)> {
    Some(match pattern {
        it if it.starts_with("^[a-z][a-z0-9_]{1,62}$") => {
            let name = say!(
                "a short name: a–z, 0–9 and _, a letter first, 2 to 63 characters",
                "короткое имя (a–z, 0–9 и _, первой буква, от 2 до 63 знаков)",
            );
            (name, "`main_street`")
        }
        it if it.contains("[0-9a-fA-F]{8}") => {
            (say!("a UUID", "UUID"), "`3f0c1b1e-8f1a-4c57-9d6e-2a1b7c9d0e4f`")
        }
        "^off$" => {
            let hours = say!("`off`, or `from` and `to`", "`off` или `from` и `to`");
            (hours, "`{from: \"22:00\", to: \"08:00\"}`")
        }
        "^closed$" => {
            let hours = say!("`closed`, or `open` and `close`", "`closed` или `open` и `close`");
            (hours, "`{open: \"9:00\", close: \"18:00\"}`")
        }
        it if it.starts_with("^[0-9]{4}-") => {
            (say!("dates, YYYY-MM-DD", "дата вида ГГГГ-ММ-ДД"), "`\"2026-03-21\"`")
        }
        it if it.starts_with("^[+]?(") => {
            let number = say!("a number with the country's code", "номер с кодом страны");
            (number, "`\"+7 777 123 45 67\"`")
        }
        it if it.contains("[0-5][0-9]") => (say!("a local time, H:MM", "время вида Ч:ММ"), "`\"9:00\"`"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_lose_their_clothes() {
        assert_eq!(whole("5 000 ₸").as_deref(), Some("5000"));
        assert_eq!(whole("от 3000 тг.").as_deref(), Some("3000"));
        assert_eq!(whole("5000-7000"), None);
        assert_eq!(whole("бесплатно"), None);
    }
}
