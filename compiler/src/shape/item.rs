//! The trap of YAML that people fall into most: `- Что важнее: цвет или форма?` is no text but a
//! mapping from «Что важнее» to «цвет или форма?».

use std::ops::Range;

use serde_json::Value;

use super::{Finding, words};
use crate::diagnostic::{Diagnostic, Edit, Fix};
use crate::said::say;
use crate::source::Place;
use crate::tree::{Entry, Kind};

/// A list item that became a mapping because of `: ` where a text is expected.
pub(super) fn became_mapping(finding: &Finding<'_>) -> Option<Diagnostic> {
    if !words::allows(finding.schema.get("type"), "string") || !is_item(finding) {
        return None;
    }
    let Kind::Map { entries, braces: false } = &finding.node.kind else { return None };
    // A mapping may be allowed here too (a turn of a test); then only keys it cannot have tell.
    let known = finding.known_keys();
    let [(key, entry)] = entries.iter().collect::<Vec<_>>()[..] else { return None };
    if !entry.plain || known.contains(&key.as_str()) {
        return None;
    }
    let text = finding.subject.text;
    let span = written(text, entry)?;
    let place = Place::new(finding.subject.file, span.clone());
    let quoted = quote(&text[span.clone()]);
    let key = cut(key);
    let message = say!(
        "this list item became a mapping with the key `{key}` because of the `: ` in it",
        "из-за `: ` этот пункт списка — уже не текст, а ключ `{key}` с его значением",
    );
    let fix = Fix {
        title: say!("put the text in double quotes", "поставить текст в двойные кавычки"),
        safe: true,
        edits: vec![Edit { place: place.clone(), text: quoted }],
    };
    let help = say!("put the whole text in double quotes", "поставьте весь текст в двойные кавычки");
    Some(Diagnostic::error("list-item-became-mapping", place, message).with_help(help).with_fix(fix))
}

/// Whether the value in question is an item of a list.
fn is_item(finding: &Finding<'_>) -> bool {
    let parent = finding.pointer.rsplit_once('/').map(|(parent, _)| parent);
    let parent = parent.and_then(|it| finding.subject.tree.node(it));
    parent.is_some_and(|it| matches!(it.kind, Kind::List(_)))
}

/// Bytes of the item as the author wrote it: from its key to the end of its value, or to the colon
/// where nothing follows it.
fn written(text: &str, entry: &Entry) -> Option<Range<usize>> {
    let after_key = entry.key.end;
    let colon = after_key + text.get(after_key..)?.find(':')? + 1;
    if !text[after_key..colon - 1].trim().is_empty() {
        return None;
    }
    match &entry.node.kind {
        Kind::Scalar { value: Value::Null, .. } if entry.node.span.is_empty() => Some(entry.key.start..colon),
        // An alias is a value of its own, and a block text is not what anybody writes by mistake.
        Kind::Scalar { .. } => {
            let value = entry.node.span.clone();
            let between = text.get(colon..value.start)?;
            (between.trim().is_empty() && !between.contains('\n')).then_some(entry.key.start..value.end)
        }
        Kind::List(_) | Kind::Map { .. } => None,
    }
}

/// The text in double quotes; line breaks stay and fold as they did without quotes.
pub(super) fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        if matches!(character, '"' | '\\') {
            quoted.push('\\');
        }
        quoted.push(character);
    }
    quoted.push('"');
    quoted
}

/// At most thirty characters.
fn cut(text: &str) -> String {
    match text.char_indices().nth(30) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
