//! For people.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use super::{path, plain, positions};
use crate::compile::Compilation;
use crate::diagnostic::{Diagnostic, Severity};
use crate::said::Lang;
use crate::source::{Place, SourceMap};

/// Characters of a source line that are shown around the place.
const WIDTH: usize = 160;
/// Of those, how many stand before the place.
const BEFORE: usize = 60;

/// Every finding with its source line, then a summary.
pub(super) fn render(compilation: &Compilation, lang: Lang, color: bool) -> String {
    let mut out = String::new();
    let paint = Paint { color };
    for diagnostic in &compilation.diagnostics {
        one(&compilation.sources, diagnostic, lang, paint, &mut out);
        out.push('\n');
    }
    let _ = writeln!(out, "{}", summary(compilation, lang));
    out
}

fn summary(compilation: &Compilation, lang: Lang) -> String {
    let tenants = counted(compilation.tenants.len(), Counted::Tenant, lang);
    let counts: Vec<String> = [Severity::Error, Severity::Warning, Severity::Note]
        .into_iter()
        .map(|it| (compilation.count(it), it))
        .filter(|(count, _)| *count > 0)
        .map(|(count, severity)| counted(count, Counted::Finding(severity), lang))
        .collect();
    let counts = counts.join(", ");
    match (lang, counts.is_empty()) {
        (Lang::En, true) => format!("{tenants} checked, nothing to complain about"),
        (Lang::En, false) => format!("{tenants} checked: {counts}"),
        (Lang::Ru, true) => format!("проверено: {tenants}, замечаний нет"),
        (Lang::Ru, false) => format!("проверено: {tenants}; {counts}"),
    }
}

/// What is counted.
#[derive(Clone, Copy)]
pub(super) enum Counted {
    Tenant,
    Finding(Severity),
}

/// A number with its noun.
pub(super) fn counted(count: usize, what: Counted, lang: Lang) -> String {
    let ([one, many], russian) = match what {
        Counted::Tenant => (["tenant", "tenants"], ["клиент", "клиента", "клиентов"]),
        Counted::Finding(Severity::Error) => (["error", "errors"], ["ошибка", "ошибки", "ошибок"]),
        Counted::Finding(Severity::Warning) => {
            (["warning", "warnings"], ["предупреждение", "предупреждения", "предупреждений"])
        }
        Counted::Finding(Severity::Note) => (["note", "notes"], ["заметка", "заметки", "заметок"]),
    };
    match lang {
        Lang::En => format!("{count} {}", if count == 1 { one } else { many }),
        Lang::Ru => format!("{count} {}", crate::words::plural(count, russian)),
    }
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

fn one(sources: &SourceMap, diagnostic: &Diagnostic, lang: Lang, paint: Paint, out: &mut String) {
    let Diagnostic { code, severity, message, .. } = diagnostic;
    let head = paint.with(Paint::severity(*severity), format_args!("{}[{code}]", word(*severity, lang)));
    let message = paint.with(Style::new().bold(), format_args!(": {}", plain(message.in_lang(lang))));
    let _ = writeln!(out, "{head}{message}");
    let place = diagnostic.place();
    let gutter = gutter(sources, diagnostic);
    snippet(sources, &place, ('^', Paint::severity(*severity)), "", gutter, paint, out);
    for label in &diagnostic.labels {
        snippet(
            sources,
            &label.place,
            ('-', Paint::frame()),
            label.message.in_lang(lang),
            gutter,
            paint,
            out,
        );
    }
    let help = diagnostic.help.as_ref();
    let fix = diagnostic.fix.as_ref().map(|it| {
        let title = plain(it.title.in_lang(lang));
        match (it.safe, lang) {
            (true, Lang::En) => format!("--fix can {title}"),
            (true, Lang::Ru) => format!("--fix может {title}"),
            (false, Lang::En) => format!("--fix --unsafe-fixes can {title}; look at the result"),
            (false, Lang::Ru) => format!("--fix --unsafe-fixes может {title}; проверьте результат"),
        }
    });
    let rest = [
        help.map(|it| (lang.pick("help", "совет"), plain(it.in_lang(lang)))),
        fix.map(|it| (lang.pick("fix", "правка"), it)),
    ];
    for (word, text) in rest.into_iter().flatten() {
        let equals = paint.with(Paint::frame(), '=');
        let _ = writeln!(out, "{:gutter$} {equals} {word}: {text}", "");
    }
}

fn word(severity: Severity, lang: Lang) -> &'static str {
    let russian = match severity {
        Severity::Error => "ошибка",
        Severity::Warning => "предупреждение",
        Severity::Note => "заметка",
    };
    lang.pick(severity.word(), russian)
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
