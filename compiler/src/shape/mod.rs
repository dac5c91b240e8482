//! The shape of a file: which keys there are and what may stand under them.
//!
//! The tree is validated against the JSON Schema of its kind, so every mistake of a file is found at
//! once, and each is told in plain words at the smallest place that shows it.

mod item;
mod quick;
mod value;
mod words;

use std::collections::HashSet;
use std::sync::OnceLock;

use jsonschema::error::ValidationErrorKind;
use jsonschema::{ValidationError, Validator};
use schema::FileKind;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::diagnostic::Diagnostic;
use crate::said::say;
use crate::source::{FileId, Place};
use crate::tree::{Kind, Node, Tree};

/// A file's text, its tree and what kind of file it is.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// What it should be.
    pub kind: FileKind,
    /// The file.
    pub file: FileId,
    /// Its text.
    pub text: &'a str,
    /// Its tree.
    pub tree: &'a Tree,
}

/// After so many mistakes in one file nobody reads on.
const MOST: usize = 500;

/// The schema of a kind of file, made once a process.
fn schema_of(kind: FileKind) -> &'static Value {
    static SCHEMAS: [OnceLock<Value>; FileKind::ALL.len()] = [const { OnceLock::new() }; FileKind::ALL.len()];
    SCHEMAS[kind as usize].get_or_init(|| schema::json::of(kind).to_value())
}

/// Its validator, made once a process and only for kinds of files that have mistakes.
fn validator_of(kind: FileKind) -> &'static Validator {
    static VALIDATORS: [OnceLock<Validator>; FileKind::ALL.len()] =
        [const { OnceLock::new() }; FileKind::ALL.len()];
    VALIDATORS[kind as usize]
        .get_or_init(|| jsonschema::validator_for(schema_of(kind)).expect("our own schemas are valid"))
}

/// The typed content of a file, or everything that is wrong with its shape.
///
/// # Errors
/// At least one diagnostic, each place once.
pub fn check<T: DeserializeOwned>(subject: Subject<'_>) -> Result<T, Vec<Diagnostic>> {
    let mistakes = mistakes(subject);
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    schema::read(subject.tree.value()).map_err(|error| {
        // The schema accepts what the types do not: our mistake, but told as far as it is safe.
        let reason = if subject.kind == FileKind::Client { String::new() } else { format!(": {error}") };
        let message = say!("the file cannot be read{reason}", "файл не удалось прочитать{reason}");
        let place = Place::new(subject.file, first_line(subject.text, subject.tree.root()));
        vec![Diagnostic::error("wrong-type", place, message)]
    })
}

/// Everything that is wrong with the shape of a file.
fn mistakes(subject: Subject<'_>) -> Vec<Diagnostic> {
    let (schema, value) = (schema_of(subject.kind), subject.tree.value());
    if quick::fits(schema, schema, value) == Some(true) {
        return Vec::new();
    }
    let mut told = Vec::new();
    for error in validator_of(subject.kind).iter_errors(value) {
        tell(subject, schema, &error, &mut told);
        if told.len() >= MOST {
            break;
        }
    }
    // Content that is repeated by an alias is wrong as often as it is repeated, but told once.
    let mut seen = HashSet::new();
    let more = told.len() >= MOST;
    told.retain(|it| seen.insert((it.code, it.span.clone(), it.message.clone())));
    if more && let Some(last) = told.pop() {
        told.push(last.and_more());
    }
    told
}

/// What one error of the validator means, with the place in the schema that found it.
struct Finding<'a> {
    subject: Subject<'a>,
    /// JSON pointer to the value in question.
    pointer: String,
    /// The value in question.
    node: &'a Node,
    /// The schema's keyword: `type`, `required`, …
    keyword: String,
    /// What stands at the keyword.
    limit: &'a Value,
    /// The schema that holds the keyword.
    schema: &'a Value,
}

fn tell(subject: Subject<'_>, schema: &Value, error: &ValidationError<'_>, told: &mut Vec<Diagnostic>) {
    if let ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context } =
        error.kind()
        && let Some(meant) = likeliest(error, context)
    {
        meant.iter().for_each(|it| tell(subject, schema, it, told));
        return;
    }
    let path = error.schema_path().as_str();
    // What a key must look like is told of the mapping that holds it.
    let path = path.find("/propertyNames").map_or(path, |at| &path[..at + "/propertyNames".len()]);
    let (parent, keyword) = path.rsplit_once('/').unwrap_or(("", path));
    let pointer = error.instance_path().as_str().to_owned();
    let node = subject.tree.node(&pointer).unwrap_or(subject.tree.root());
    let finding = Finding {
        subject,
        node,
        pointer,
        keyword: keyword.to_owned(),
        limit: schema.pointer(path).unwrap_or(&Value::Null),
        schema: schema.pointer(parent).unwrap_or(&Value::Null),
    };
    finding.tell(told);
}

/// The alternative the author probably meant: one whose type fits, and of those the one with the
/// fewest mistakes.
fn likeliest<'e>(
    error: &ValidationError<'_>,
    alternatives: &'e [Vec<ValidationError<'static>>],
) -> Option<&'e [ValidationError<'static>]> {
    let misfits = |it: &&Vec<ValidationError<'_>>| {
        let of_value = |it: &ValidationError<'_>| it.instance_path() == error.instance_path();
        let wrong_type = |it: &ValidationError<'_>| matches!(it.kind(), ValidationErrorKind::Type { .. });
        (it.iter().any(|it| of_value(it) && wrong_type(it)), it.len())
    };
    alternatives.iter().filter(|it| !it.is_empty()).min_by_key(misfits).map(Vec::as_slice)
}

impl Finding<'_> {
    fn tell(&self, told: &mut Vec<Diagnostic>) {
        if matches!(self.keyword.as_str(), "type" | "additionalProperties" | "minProperties" | "required")
            && let Some(diagnostic) = item::became_mapping(self)
        {
            told.push(diagnostic);
            return;
        }
        match self.keyword.as_str() {
            "additionalProperties" => self.unknown_keys(told),
            "required" => self.missing_keys(told),
            _ => told.push(value::diagnose(self)),
        }
    }

    fn place(&self) -> Place {
        Place::new(self.subject.file, first_line(self.subject.text, self.node))
    }

    /// Values of `client.yaml` under `secrets` are never quoted.
    fn is_secret(&self) -> bool {
        self.subject.kind == FileKind::Client && self.pointer.starts_with("/secrets")
    }

    fn known_keys(&self) -> Vec<&str> {
        let properties = self.schema.get("properties").and_then(Value::as_object);
        properties.into_iter().flatten().map(|(key, _)| key.as_str()).collect()
    }

    fn unknown_keys(&self, told: &mut Vec<Diagnostic>) {
        let Kind::Map { entries, .. } = &self.node.kind else { return };
        let known = self.known_keys();
        for (key, entry) in entries.iter().filter(|(key, _)| !known.contains(&key.as_str())) {
            let place = Place::new(self.subject.file, entry.key.clone());
            let free = known.iter().copied().filter(|it| !entries.contains_key(*it));
            told.push(value::unknown_key(place, key, &known, crate::words::closest(key, free)));
            if told.len() >= MOST {
                return;
            }
        }
    }

    fn missing_keys(&self, told: &mut Vec<Diagnostic>) {
        let Kind::Map { entries, .. } = &self.node.kind else { return };
        let required = self.limit.as_array().into_iter().flatten().filter_map(Value::as_str);
        let place = Place::new(self.subject.file, self.heading());
        for key in required.filter(|it| !entries.contains_key(*it)) {
            let message = say!("the key `{key}` is missing here", "здесь не хватает ключа `{key}`");
            let diagnostic = Diagnostic::error("missing-key", place.clone(), message);
            let meaning =
                self.schema.pointer(&format!("/properties/{key}/description")).and_then(Value::as_str);
            told.push(match meaning {
                Some(meaning) => {
                    // The schema speaks English only.
                    let meaning = words::one_line(meaning);
                    diagnostic.with_help(say!("{key}: {meaning}", "допишите строку `{key}: …`"))
                }
                None => diagnostic,
            });
        }
    }

    /// What names the mapping in question: the key it stands under, or its own first key.
    fn heading(&self) -> std::ops::Range<usize> {
        let key = self.subject.tree.key_span(&self.pointer);
        if key != self.node.span {
            return key;
        }
        let Kind::Map { entries, .. } = &self.node.kind else { return key };
        let first = entries.values().map(|it| it.key.clone()).min_by_key(|it| it.start);
        first.unwrap_or_else(|| first_line(self.subject.text, self.node))
    }
}

/// The part of a node that is on its first line.
fn first_line(text: &str, node: &Node) -> std::ops::Range<usize> {
    let span = node.span.clone();
    let length = text.get(span.clone()).and_then(|it| it.lines().next()).map_or(0, |it| it.trim_end().len());
    span.start..span.start + length
}

#[cfg(test)]
mod tests;
