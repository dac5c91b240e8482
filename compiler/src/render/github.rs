//! Workflow commands of GitHub Actions.
//!
//! GitHub keeps ten annotations of each level for a step and drops the rest without a word
//! (<https://github.com/orgs/community/discussions/68471>). So the ten go to findings of different
//! kinds first, and what is left out is said.

use std::collections::HashMap;
use std::fmt::Write as _;

use super::{full_message, path, positions};
use crate::compile::Compilation;
use crate::diagnostic::{Diagnostic, Severity};
use crate::said::Lang;
use crate::source::SourceMap;

/// Annotations of one level that GitHub shows for a step.
const SHOWN: usize = 10;

/// One command a line, errors first.
pub(super) fn render(compilation: &Compilation, lang: Lang) -> String {
    let mut out = String::new();
    let mut left = Vec::new();
    for severity in [Severity::Error, Severity::Warning, Severity::Note] {
        // One notice is spent on saying what was left out.
        let shown = if severity == Severity::Note { SHOWN - 1 } else { SHOWN };
        let mut findings: Vec<&Diagnostic> =
            compilation.diagnostics.iter().filter(|it| it.severity == severity).collect();
        spread(&mut findings);
        for diagnostic in findings.iter().take(shown) {
            command(&compilation.sources, diagnostic, lang, &mut out);
        }
        if let Some(more) = findings.len().checked_sub(shown).filter(|it| *it > 0) {
            left.push(super::human::counted(more, super::human::Counted::Finding(severity), lang));
        }
    }
    if !left.is_empty() {
        let left = left.join(", ");
        let rest = match lang {
            Lang::En => format!("and {left} more: `tenantry check` shows all"),
            Lang::Ru => format!("и ещё {left}: всё покажет `tenantry check`"),
        };
        let _ = writeln!(out, "::notice title=tenantry::{}", data(&rest));
    }
    out
}

/// The first of every code, then the second of every code, and so on: a mistake made in a hundred
/// places does not hide another.
fn spread(findings: &mut [&Diagnostic]) {
    let mut seen: HashMap<&str, usize> = HashMap::new();
    let nth: HashMap<*const Diagnostic, usize> = findings
        .iter()
        .map(|it| {
            let nth = seen.entry(it.code).or_default();
            *nth += 1;
            (std::ptr::from_ref(*it), *nth)
        })
        .collect();
    findings.sort_by_key(|it| nth[&std::ptr::from_ref(*it)]);
}

fn command(sources: &SourceMap, diagnostic: &Diagnostic, lang: Lang, out: &mut String) {
    let place = diagnostic.place();
    let (start, end) = positions(sources, &place);
    let command = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    };
    // GitHub shows columns only for places within one line.
    let columns = match start.line == end.line {
        true => format!(",col={},endColumn={}", start.column, end.column),
        false => String::new(),
    };
    let _ = writeln!(
        out,
        "::{command} file={},line={},endLine={}{columns},title={}::{}",
        property(&path(sources, &place)),
        start.line,
        end.line,
        property(diagnostic.code),
        data(&full_message(diagnostic, lang)),
    );
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
