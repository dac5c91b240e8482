//! For people.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use super::{path, plain, positions};
use crate::compile::Compilation;
use crate::diagnostic::{Diagnostic, Severity};
use crate::source::{Place, SourceMap};

/// Characters of a source line that are shown around the place.
const WIDTH: usize = 160;
/// Of those, how many stand before the place.
const BEFORE: usize = 60;

/// Every finding with its source line, then a summary.
pub(super) fn render(compilation: &Compilation, color: bool) -> String {
    let mut out = String::new();
    let paint = Paint { color };
    for diagnostic in &compilation.diagnostics {
        one(&compilation.sources, diagnostic, paint, &mut out);
        out.push('\n');
    }
    let _ = writeln!(out, "{}", summary(compilation));
    out
}

fn summary(compilation: &Compilation) -> String {
    let tenants = counted(compilation.tenants.len(), "tenant");
    let counts: Vec<String> = [Severity::Error, Severity::Warning, Severity::Note]
        .into_iter()
        .map(|it| (compilation.count(it), it.word()))
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| counted(count, word))
        .collect();
    match counts.is_empty() {
        true => format!("{tenants} checked, nothing to complain about"),
        false => format!("{tenants} checked: {}", counts.join(", ")),
    }
}

fn counted(count: usize, word: &str) -> String {
    if count == 1 { format!("1 {word}") } else { format!("{count} {word}s") }
}

#[derive(Clone, Copy)]
struct Paint {
    color: bool,
}

impl Paint {
    fn with(self, style: Style, text: impl std::fmt::Display) -> String {
        if self.color { format!("{style}{text}{style:#}") } else { text.to_string() }
    }

    fn severity(severity: Severity) -> Style {
        let color = match severity {
            Severity::Error => AnsiColor::BrightRed,
            Severity::Warning => AnsiColor::BrightYellow,
            Severity::Note => AnsiColor::BrightCyan,
        };
        Style::new().bold().fg_color(Some(color.into()))
    }

    fn frame() -> Style {
        Style::new().bold().fg_color(Some(AnsiColor::BrightBlue.into()))
    }
}

fn one(sources: &SourceMap, diagnostic: &Diagnostic, paint: Paint, out: &mut String) {
    let Diagnostic { code, severity, message, .. } = diagnostic;
    let head = paint.with(Paint::severity(*severity), format_args!("{}[{code}]", severity.word()));
    let message = paint.with(Style::new().bold(), format_args!(": {}", plain(message)));
    let _ = writeln!(out, "{head}{message}");
    let place = diagnostic.place();
    let gutter = gutter(sources, diagnostic);
    snippet(sources, &place, ('^', Paint::severity(*severity)), "", gutter, paint, out);
    for label in &diagnostic.labels {
        snippet(sources, &label.place, ('-', Paint::frame()), &label.message, gutter, paint, out);
    }
    let rest = [
        diagnostic.help.as_ref().map(|it| ("help", plain(it))),
        diagnostic
            .fix
            .as_ref()
            .filter(|it| it.safe)
            .map(|it| ("fix", format!("--fix can {}", plain(&it.title)))),
    ];
    for (word, text) in rest.into_iter().flatten() {
        let equals = paint.with(Paint::frame(), '=');
        let _ = writeln!(out, "{:gutter$} {equals} {word}: {text}", "");
    }
}

/// Width of the largest line number that is shown.
fn gutter(sources: &SourceMap, diagnostic: &Diagnostic) -> usize {
    let places = diagnostic.labels.iter().map(|it| it.place.clone()).chain([diagnostic.place()]);
    places.map(|it| positions(sources, &it).0.line.to_string().len()).max().unwrap_or(1)
}

/// Where it is, and the line with a mark under it.
fn snippet(
    sources: &SourceMap,
    place: &Place,
    (mark, style): (char, Style),
    label: &str,
    gutter: usize,
    paint: Paint,
    out: &mut String,
) {
    let (start, end) = positions(sources, place);
    let file = sources.file(place.file);
    let arrow = paint.with(Paint::frame(), if mark == '^' { "-->" } else { ":::" });
    let text = file.shown_line(start.line);
    let bar = paint.with(Paint::frame(), '|');
    let _ = writeln!(
        out,
        "{:gutter$}{arrow} {}:{}:{}",
        "",
        plain(&path(sources, place)),
        start.line,
        start.column
    );
    if text.trim().is_empty() {
        return;
    }
    let length = text.chars().count();
    let last = if end.line == start.line { end.column.saturating_sub(1) } else { length };
    let count = (last + 1).saturating_sub(start.column).max(1);
    let cut = window(start.column - 1, length);
    let shown: String = text.chars().skip(cut.start).take(cut.end - cut.start).collect();
    let (before, after) = (if cut.start > 0 { "…" } else { "" }, if cut.end < length { "…" } else { "" });
    let indent = before.chars().count() + start.column - 1 - cut.start;
    let count = count.min(cut.end.saturating_sub(start.column - 1).max(1));
    let number = paint.with(Paint::frame(), format_args!("{:>gutter$}", start.line));
    let marks = paint.with(style, mark.to_string().repeat(count));
    let label =
        if label.is_empty() { String::new() } else { format!(" {}", paint.with(style, plain(label))) };
    let _ = writeln!(out, "{:gutter$} {bar}", "");
    let _ = writeln!(out, "{number} {bar} {before}{}{after}", shown.trim_end());
    let _ = writeln!(out, "{:gutter$} {bar} {:indent$}{marks}{label}", "", "");
}

/// Which characters of a line are shown, so that the place is among them.
fn window(column: usize, length: usize) -> std::ops::Range<usize> {
    if length <= WIDTH {
        return 0..length;
    }
    let start = column.saturating_sub(BEFORE).min(length - WIDTH);
    start..start + WIDTH
}
