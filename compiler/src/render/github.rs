//! Workflow commands of GitHub Actions.

use std::fmt::Write as _;

use super::{full_message, path, positions};
use crate::compile::Compilation;
use crate::diagnostic::Severity;

/// One command a line.
pub(super) fn render(compilation: &Compilation) -> String {
    let mut out = String::new();
    for diagnostic in &compilation.diagnostics {
        let place = diagnostic.place();
        let (start, end) = positions(&compilation.sources, &place);
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
            property(&path(&compilation.sources, &place)),
            start.line,
            end.line,
            property(diagnostic.code),
            data(&full_message(diagnostic)),
        );
    }
    out
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
