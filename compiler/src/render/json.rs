//! The JSON that CONTRACTS promise: lines and columns from 1, columns in characters.

use serde::Serialize;

use super::{path, positions};
use crate::compile::Compilation;
use crate::diagnostic::{Diagnostic, Severity};
use crate::said::Lang;
use crate::source::{Place, SourceMap};

#[derive(Serialize)]
struct Report<'a> {
    diagnostics: Vec<Finding<'a>>,
    /// Which tenants were looked at and why, where only changed ones were asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tenants: Vec<Reasoned<'a>>,
    summary: Summary,
}

#[derive(Serialize)]
struct Reasoned<'a> {
    slug: &'a str,
    because: &'a [String],
}

#[derive(Serialize)]
struct Summary {
    errors: usize,
    warnings: usize,
    tenants: usize,
}

#[derive(Serialize)]
struct Finding<'a> {
    code: &'a str,
    severity: &'a str,
    message: &'a str,
    file: String,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    labels: Vec<Label<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<Fix<'a>>,
}

/// Another place that belongs to the finding.
#[derive(Serialize)]
struct Label<'a> {
    file: String,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    message: &'a str,
}

#[derive(Serialize)]
struct Fix<'a> {
    title: &'a str,
    safe: bool,
    edits: Vec<Edit<'a>>,
}

#[derive(Serialize)]
struct Edit<'a> {
    file: String,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    text: &'a str,
}

/// One document.
pub(super) fn render(compilation: &Compilation, lang: Lang) -> String {
    let report = Report {
        diagnostics: compilation
            .diagnostics
            .iter()
            .map(|it| finding(&compilation.sources, it, lang))
            .collect(),
        tenants: compilation
            .tenants
            .iter()
            .filter(|it| !it.because.is_empty())
            .map(|it| Reasoned { slug: &it.slug, because: &it.because })
            .collect(),
        summary: Summary {
            errors: compilation.count(Severity::Error),
            warnings: compilation.count(Severity::Warning),
            tenants: compilation.tenants.len(),
        },
    };
    let mut text = serde_json::to_string_pretty(&report).expect("plain data always serialises");
    text.push('\n');
    text
}

fn finding<'a>(sources: &SourceMap, it: &'a Diagnostic, lang: Lang) -> Finding<'a> {
    let place = it.place();
    let (start, end) = positions(sources, &place);
    Finding {
        code: it.code,
        severity: it.severity.word(),
        message: it.message.in_lang(lang),
        file: path(sources, &place),
        line: start.line,
        column: start.column,
        end_line: end.line,
        end_column: end.column,
        labels: it.labels.iter().map(|it| label(sources, &it.place, it.message.in_lang(lang))).collect(),
        help: it.help.as_ref().map(|it| it.in_lang(lang)),
        fix: it.fix.as_ref().map(|fix| Fix {
            title: fix.title.in_lang(lang),
            safe: fix.safe,
            edits: fix.edits.iter().map(|it| edit(sources, &it.place, &it.text)).collect(),
        }),
    }
}

fn edit<'a>(sources: &SourceMap, place: &Place, text: &'a str) -> Edit<'a> {
    let (start, end) = positions(sources, place);
    Edit {
        file: path(sources, place),
        line: start.line,
        column: start.column,
        end_line: end.line,
        end_column: end.column,
        text,
    }
}

fn label<'a>(sources: &SourceMap, place: &Place, message: &'a str) -> Label<'a> {
    let (start, end) = positions(sources, place);
    Label {
        file: path(sources, place),
        line: start.line,
        column: start.column,
        end_line: end.line,
        end_column: end.column,
        message,
    }
}
