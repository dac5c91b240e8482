//! Values that do not fit, one by one.

use serde_json::Value;

use super::{Finding, item, words};
use crate::diagnostic::{Diagnostic, Edit, Fix};
use crate::source::Place;
use crate::tree::Kind;

/// A key that does not exist.
pub(super) fn unknown_key(place: Place, key: &str, known: &[&str], closest: Option<&str>) -> Diagnostic {
    let message = format!("there is no key `{}` here", words::shown(key));
    let diagnostic = Diagnostic::error("unknown-key", place.clone(), message);
    match closest {
        Some(closest) => diagnostic.with_help(format!("did you mean `{closest}`?")).with_fix(Fix {
            title: format!("rename it to `{closest}`").into(),
            safe: false,
            edits: vec![Edit { place, text: closest.to_owned() }],
        }),
        None => diagnostic.with_help(
            match crate::words::list(known.iter().copied().filter(|it| !it.ends_with("_kk"))) {
                keys if keys.is_empty() => "remove it".to_owned(),
                keys => format!("the keys here are {keys}"),
            },
        ),
    }
}

/// A value its schema refuses.
pub(super) fn diagnose(finding: &Finding<'_>) -> Diagnostic {
    match finding.keyword.as_str() {
        "type" => wrong_type(finding),
        "enum" | "const" => unknown_value(finding),
        "pattern" => wrong_format(finding, finding.place()),
        "propertyNames" | "format" => wrong_name(finding),
        _ => out_of_range(finding),
    }
}

fn wrong_type(finding: &Finding<'_>) -> Diagnostic {
    let expected = words::types(finding.limit);
    let found = if finding.is_secret() { words::kind(finding.node) } else { words::found(finding.node) };
    let message = format!("expected {expected}, found {found}");
    let diagnostic = Diagnostic::error("wrong-type", finding.place(), message);
    if finding.is_secret() {
        return diagnostic;
    }
    let Kind::Scalar { value, plain } = &finding.node.kind else {
        return match (&finding.node.kind, words::allows(Some(finding.limit), "string")) {
            (Kind::Map { .. }, true) => {
                diagnostic.with_help("if this is one text with `: ` in it, put it in double quotes")
            }
            _ => diagnostic,
        };
    };
    let written = &finding.subject.text[finding.node.span.clone()];
    match value {
        Value::Number(_) | Value::Bool(_) if *plain && words::allows(Some(finding.limit), "string") => {
            match finding.schema.get("pattern").and_then(Value::as_str).map(words::pattern) {
                // In quotes it would be no better.
                Some(Some((_, example))) => diagnostic.with_help(format!("for example {example}")),
                Some(None) => diagnostic,
                None => diagnostic.with_help("put it in quotes").with_fix(replace(
                    finding,
                    item::quote(written),
                    true,
                )),
            }
        }
        Value::String(word) if words::allows(Some(finding.limit), "boolean") => match words::boolean(word) {
            Some(flag) => {
                let safe = *plain;
                diagnostic.with_help(format!("write `{flag}`")).with_fix(replace(
                    finding,
                    flag.to_string(),
                    safe,
                ))
            }
            None => diagnostic,
        },
        Value::String(number) if words::allows(Some(finding.limit), "integer") => {
            match words::whole(number) {
                Some(plain) => diagnostic
                    .with_help(format!("write the number without spaces, units or quotes: {plain}"))
                    .with_fix(replace(finding, plain, false)),
                None => diagnostic.with_help("write digits only, without units or quotes"),
            }
        }
        _ => diagnostic,
    }
}

fn replace(finding: &Finding<'_>, text: String, safe: bool) -> Fix {
    let place = Place::new(finding.subject.file, finding.node.span.clone());
    Fix { title: format!("write `{text}`").into(), safe, edits: vec![Edit { place, text }] }
}

fn unknown_value(finding: &Finding<'_>) -> Diagnostic {
    let options = match finding.limit {
        Value::Array(options) => options.as_slice(),
        one => std::slice::from_ref(one),
    };
    let known: Vec<&str> = options.iter().filter_map(Value::as_str).collect();
    let message = format!("{} is not allowed here", words::found(finding.node));
    let diagnostic = Diagnostic::error("unknown-value", finding.place(), message);
    let all = crate::words::list(known.iter().copied());
    let closest = match &finding.node.kind {
        Kind::Scalar { value: Value::String(word), .. } => crate::words::closest(word, known.iter().copied()),
        _ => None,
    };
    match closest {
        Some(word) => diagnostic
            .with_help(format!("did you mean `{word}`? The values are {all}"))
            .with_fix(replace(finding, word.to_owned(), false)),
        None => diagnostic.with_help(format!("the values are {all}")),
    }
}

fn wrong_format(finding: &Finding<'_>, place: Place) -> Diagnostic {
    let pattern = finding.limit.as_str().unwrap_or_default();
    let found = words::found(finding.node);
    match words::pattern(pattern) {
        Some((expected, example)) => {
            let message = format!("expected {expected}, found {found}");
            Diagnostic::error("wrong-format", place, message).with_help(format!("for example {example}"))
        }
        None => Diagnostic::error("wrong-format", place, format!("{found} does not match `{pattern}`")),
    }
}

/// A key of an open mapping that is not written as it should be: the first one that does not fit.
fn wrong_name(finding: &Finding<'_>) -> Diagnostic {
    let pattern = finding.limit.get("pattern").and_then(Value::as_str).unwrap_or_default();
    let (expected, example) = words::pattern(pattern).unwrap_or(("another kind of key", pattern));
    let message = format!("the keys here are {expected}");
    let Kind::Map { entries, .. } = &finding.node.kind else {
        return Diagnostic::error("wrong-format", finding.place(), message);
    };
    let names = jsonschema::validator_for(finding.limit);
    let fits = |key: &str| names.as_ref().is_ok_and(|it| it.is_valid(&Value::from(key)));
    let misfit = entries.iter().find(|(key, _)| !fits(key));
    let place =
        misfit.map_or_else(|| finding.place(), |(_, it)| Place::new(finding.subject.file, it.key.clone()));
    Diagnostic::error("wrong-format", place, message).with_help(format!("for example {example}"))
}

fn out_of_range(finding: &Finding<'_>) -> Diagnostic {
    let limit = finding.limit;
    let bound = match finding.keyword.as_str() {
        "minimum" => format!("at least {limit}"),
        "maximum" => format!("at most {limit}"),
        "exclusiveMinimum" => format!("more than {limit}"),
        "exclusiveMaximum" => format!("less than {limit}"),
        "minItems" => format!("a list of at least {limit}"),
        "maxItems" => format!("a list of at most {limit}"),
        "minLength" => format!("a text of at least {limit} characters"),
        "maxLength" => format!("a text of at most {limit} characters"),
        "minProperties" => format!("a mapping of at least {limit} keys"),
        "uniqueItems" => "a list without repetitions".to_owned(),
        _ => "another value".to_owned(),
    };
    let found = if finding.is_secret() { words::kind(finding.node) } else { words::found(finding.node) };
    Diagnostic::error("out-of-range", finding.place(), format!("expected {bound}, found {found}"))
}
