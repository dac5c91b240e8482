//! SARIF 2.1.0.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{full_message, path, plain, positions};
use crate::compile::Compilation;
use crate::diagnostic::{Diagnostic, Fix, Severity};
use crate::explain;
use crate::said::Lang;
use crate::source::{Place, SourceMap};

/// One document with one run.
pub(super) fn render(compilation: &Compilation, lang: Lang) -> String {
    let codes: BTreeSet<&str> = compilation.diagnostics.iter().map(|it| it.code).collect();
    let rules: Vec<Value> = codes.into_iter().map(|it| rule(it, lang)).collect();
    let results: Vec<Value> =
        compilation.diagnostics.iter().map(|it| result(&compilation.sources, it, lang)).collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": { "name": "tenantry", "version": env!("CARGO_PKG_VERSION"), "rules": rules } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    let mut text = serde_json::to_string_pretty(&log).expect("plain data always serialises");
    text.push('\n');
    text
}

fn rule(code: &str, lang: Lang) -> Value {
    let texts = explain::explain(code);
    let text = texts.map_or(code, |it| it.in_lang(lang));
    json!({
        "id": code,
        "shortDescription": { "text": texts.map_or(code, |it| it.summary(lang)) },
        "help": { "text": text, "markdown": text },
    })
}

fn result(sources: &SourceMap, it: &Diagnostic, lang: Lang) -> Value {
    let level = match it.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    };
    let mut result = json!({
        "ruleId": it.code,
        "level": level,
        "message": { "text": full_message(it, lang) },
        "locations": [{ "physicalLocation": location(sources, &it.place()) }],
    });
    if !it.labels.is_empty() {
        let related = it.labels.iter().map(|label| {
            json!({
                "physicalLocation": location(sources, &label.place),
                "message": { "text": plain(label.message.in_lang(lang)) },
            })
        });
        result["relatedLocations"] = related.collect();
    }
    if let Some(fix) = &it.fix {
        result["fixes"] = json!([repair(sources, fix, lang)]);
    }
    result
}

fn location(sources: &SourceMap, place: &Place) -> Value {
    json!({ "artifactLocation": artifact(sources, place), "region": region(sources, place) })
}

fn artifact(sources: &SourceMap, place: &Place) -> Value {
    let path = path(sources, place);
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(byte))
            }
            other => uri.push_str(&format!("%{other:02X}")),
        }
    }
    json!({ "uri": uri })
}

fn region(sources: &SourceMap, place: &Place) -> Value {
    let (start, end) = positions(sources, place);
    json!({
        "startLine": start.line,
        "startColumn": start.column,
        "endLine": end.line,
        "endColumn": end.column,
    })
}

fn repair(sources: &SourceMap, fix: &Fix, lang: Lang) -> Value {
    let changes: Vec<Value> = fix
        .edits
        .iter()
        .map(|edit| {
            json!({
                "artifactLocation": artifact(sources, &edit.place),
                "replacements": [{
                    "deletedRegion": region(sources, &edit.place),
                    "insertedContent": { "text": edit.text },
                }],
            })
        })
        .collect();
    json!({ "description": { "text": plain(fix.title.in_lang(lang)) }, "artifactChanges": changes })
}
