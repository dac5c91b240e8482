//! Values that do not fit, one by one.

use serde_json::Value;

use super::{Finding, item, words};
use crate::diagnostic::{Diagnostic, Edit, Fix};
use crate::said::{Said, say};
use crate::source::Place;
use crate::tree::Kind;
use crate::words::{did_you_mean, list};

/// A key that does not exist.
pub(super) fn unknown_key(place: Place, key: &str, known: &[&str], closest: Option<&str>) -> Diagnostic {
    let shown = words::shown(key);
    let message = say!("there is no key `{shown}` here", "здесь не бывает ключа `{shown}`");
    let diagnostic = Diagnostic::error("unknown-key", place.clone(), message);
    match closest {
        Some(closest) => diagnostic.with_help(did_you_mean(closest)).with_fix(Fix {
            title: say!("rename it to `{closest}`", "переименовать его в `{closest}`"),
            safe: false,
            edits: vec![Edit { place, text: closest.to_owned() }],
        }),
        None => {
            let keys: Vec<&str> = known.iter().copied().filter(|it| !it.ends_with("_kk")).collect();
            if keys.is_empty() {
                return diagnostic.with_help(say!("remove it", "удалите его"));
            }
            let keys = list(keys.into_iter());
            diagnostic.with_help(say!("the keys here are {keys}", "здесь бывают ключи {keys}"; keys))
        }
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
    let message = mismatch(&expected, &found);
    let diagnostic = Diagnostic::error("wrong-type", finding.place(), message);
    if finding.is_secret() {
        return diagnostic;
    }
    let Kind::Scalar { value, plain } = &finding.node.kind else {
        return match (&finding.node.kind, words::allows(Some(finding.limit), "string")) {
            (Kind::Map { .. }, true) => diagnostic.with_help(say!(
                "if this is one text with `: ` in it, put it in double quotes",
                "если это один текст, в котором есть `: `, поставьте его в двойные кавычки",
            )),
            _ => diagnostic,
        };
    };
    let written = &finding.subject.text[finding.node.span.clone()];
    match value {
        Value::Number(_) | Value::Bool(_) if *plain && words::allows(Some(finding.limit), "string") => {
            match finding.schema.get("pattern").and_then(Value::as_str).map(words::pattern) {
                // In quotes it would be no better.
                Some(Some((_, example))) => diagnostic.with_help(for_example(example)),
                Some(None) => diagnostic,
                None => {
                    let help = say!("put it in quotes", "поставьте кавычки");
                    diagnostic.with_help(help).with_fix(replace(finding, item::quote(written), true))
                }
            }
        }
        Value::String(word) if words::allows(Some(finding.limit), "boolean") => match words::boolean(word) {
            Some(flag) => {
                let help = say!("write `{flag}`", "напишите `{flag}`");
                diagnostic.with_help(help).with_fix(replace(finding, flag.to_string(), *plain))
            }
            None => diagnostic,
        },
        Value::String(number) if words::allows(Some(finding.limit), "integer") => {
            match words::whole(number) {
                Some(plain) => {
                    let help = say!(
                        "write the number without spaces, units or quotes: {plain}",
                        "напишите число без пробелов, единиц и кавычек: {plain}",
                    );
                    diagnostic.with_help(help).with_fix(replace(finding, plain, false))
                }
                None => diagnostic.with_help(say!(
                    "write digits only, without units or quotes",
                    "напишите только цифры, без единиц и кавычек",
                )),
            }
        }
        _ if words::allows(Some(finding.limit), "object") => {
            diagnostic.with_help(say!("write it as `key: value`", "запишите это в виде `ключ: значение`"))
        }
        _ => diagnostic,
    }
}

fn replace(finding: &Finding<'_>, text: String, safe: bool) -> Fix {
    let place = Place::new(finding.subject.file, finding.node.span.clone());
    Fix {
        title: say!("write `{text}`", "написать `{text}`"), safe, edits: vec![Edit { place, text }]
    }
}

fn unknown_value(finding: &Finding<'_>) -> Diagnostic {
    let options = match finding.limit {
        Value::Array(options) => options.as_slice(),
        one => std::slice::from_ref(one),
    };
    let known: Vec<&str> = options.iter().filter_map(Value::as_str).collect();
    let found = words::found(finding.node);
    let message = say!("{found} is not allowed here", "здесь не подходит {found}"; found);
    let diagnostic = Diagnostic::error("unknown-value", finding.place(), message);
    let all = list(known.iter().copied());
    let closest = match &finding.node.kind {
        Kind::Scalar { value: Value::String(word), .. } => crate::words::closest(word, known.iter().copied()),
        _ => None,
    };
    match closest {
        Some(word) => diagnostic
            .with_help(say!(
                "did you mean `{word}`? The values are {all}",
                "может быть, `{word}`? Допустимые слова: {all}";
                all
            ))
            .with_fix(replace(finding, word.to_owned(), false)),
        None => diagnostic.with_help(say!("the values are {all}", "допустимые слова: {all}"; all)),
    }
}

fn wrong_format(finding: &Finding<'_>, place: Place) -> Diagnostic {
    let pattern = finding.limit.as_str().unwrap_or_default();
    let found = words::found(finding.node);
    match words::pattern(pattern) {
        Some((expected, example)) => {
            let message = mismatch(&expected, &found);
            Diagnostic::error("wrong-format", place, message).with_help(for_example(example))
        }
        None => {
            let message = say!("{found} does not match `{pattern}`", "{found} не подходит к образцу `{pattern}`"; found);
            Diagnostic::error("wrong-format", place, message)
        }
    }
}

/// A key of an open mapping that is not written as it should be: the first one that does not fit.
fn wrong_name(finding: &Finding<'_>) -> Diagnostic {
    let pattern = finding.limit.get("pattern").and_then(Value::as_str).unwrap_or_default();
    let (expected, example) = words::pattern(pattern)
        .unwrap_or_else(|| (say!("another kind of key", "ключ другого вида"), pattern));
    let message = say!("the keys here are {expected}", "ключ здесь — {expected}"; expected);
    let Kind::Map { entries, .. } = &finding.node.kind else {
        return Diagnostic::error("wrong-format", finding.place(), message);
    };
    let names = jsonschema::validator_for(finding.limit);
    let fits = |key: &str| names.as_ref().is_ok_and(|it| it.is_valid(&Value::from(key)));
    let misfit = entries.iter().find(|(key, _)| !fits(key));
    let place =
        misfit.map_or_else(|| finding.place(), |(_, it)| Place::new(finding.subject.file, it.key.clone()));
    Diagnostic::error("wrong-format", place, message).with_help(for_example(example))
}

fn out_of_range(finding: &Finding<'_>) -> Diagnostic {
    let limit = finding.limit;
    let count = limit.as_u64().and_then(|it| usize::try_from(it).ok()).unwrap_or_default();
    let genitive = |[one, many]: [&'static str; 2]| crate::words::plural(count, [one, many, many]);
    let bound = match finding.keyword.as_str() {
        "minimum" => say!("at least {limit}", "число не меньше {limit}"),
        "maximum" => say!("at most {limit}", "число не больше {limit}"),
        "exclusiveMinimum" => say!("more than {limit}", "число больше {limit}"),
        "exclusiveMaximum" => say!("less than {limit}", "число меньше {limit}"),
        "minItems" => {
            let items = genitive(["пункта", "пунктов"]);
            say!("a list of at least {limit}", "список не короче {limit} {items}")
        }
        "maxItems" => {
            let items = genitive(["пункта", "пунктов"]);
            say!("a list of at most {limit}", "список не длиннее {limit} {items}")
        }
        "minLength" => {
            let characters = genitive(["знака", "знаков"]);
            say!("a text of at least {limit} characters", "текст не короче {limit} {characters}")
        }
        "maxLength" => {
            let characters = genitive(["знака", "знаков"]);
            say!("a text of at most {limit} characters", "текст не длиннее {limit} {characters}")
        }
        "minProperties" => {
            let keys = genitive(["ключа", "ключей"]);
            say!("a mapping of at least {limit} keys", "группа ключей, где не меньше {limit} {keys}")
        }
        "uniqueItems" => say!("a list without repetitions", "список без повторов"),
        _ => say!("another value", "другое значение"),
    };
    let found = if finding.is_secret() { words::kind(finding.node) } else { words::found(finding.node) };
    Diagnostic::error("out-of-range", finding.place(), mismatch(&bound, &found))
}

/// What is wanted beside what is there.
fn mismatch(expected: &Said, found: &Said) -> Said {
    say!("expected {expected}, found {found}", "ожидается {expected}, а стоит {found}"; expected, found)
}

fn for_example(example: &str) -> Said {
    say!("for example {example}", "например {example}")
}
