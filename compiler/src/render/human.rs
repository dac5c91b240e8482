//! For people.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use anstyle::Style;

use super::paint::{self, Paint};
use super::window::{self, Mark};
use super::{plain, positions, repair};
use crate::compile::Compilation;
use crate::diagnostic::{Diagnostic, Fix, Severity};
use crate::said::Lang;
use crate::source::SourceMap;

/// Files named as the reason to look at a tenant; the others are counted.
const REASONS: usize = 4;

/// Every finding with its source lines, then a summary and where to read on.
pub(super) fn render(compilation: &Compilation, lang: Lang, color: bool) -> String {
    let mut out = String::new();
    let paint = Paint { color };
    for diagnostic in &compilation.diagnostics {
        one(&compilation.sources, diagnostic, lang, paint, &mut out);
        out.push('\n');
    }
    out += &reasons(compilation, lang, paint);
    let _ = writeln!(out, "{}", summary(compilation, lang));
    if let Some(hint) = hint(&compilation.diagnostics, lang) {
        let _ = writeln!(out, "{hint}");
    }
    out
}

/// Which tenants were looked at and why, where only changed ones were asked for.
fn reasons(compilation: &Compilation, lang: Lang, paint: Paint) -> String {
    let mut out = String::new();
    let reasoned = || compilation.tenants.iter().filter(|it| !it.because.is_empty());
    let width = reasoned().map(|it| it.slug.len()).max().unwrap_or(0);
    for tenant in reasoned() {
        let slug = paint.with(Style::new().bold(), format_args!("{:width$}", plain(&tenant.slug)));
        let changed = lang.pick("because of", "изменилось:");
        let files: Vec<String> = tenant.because.iter().map(|it| plain(it)).collect();
        let (named, rest) = files.split_at(files.len().min(REASONS));
        let more = match (rest.len(), lang) {
            (0, _) => String::new(),
            (count, Lang::En) => format!(" and {count} more"),
            (count, Lang::Ru) => format!(" и ещё {count}"),
        };
        let _ = writeln!(out, "{slug}   {changed} {}{more}", named.join(", "));
    }
    out
}

/// Where more is told about what was found.
fn hint(diagnostics: &[Diagnostic], lang: Lang) -> Option<String> {
    let codes: BTreeSet<&str> = diagnostics.iter().map(|it| it.code).collect();
    let only = codes.first()?;
    let code = if codes.len() == 1 { *only } else { lang.pick("CODE", "КОД") };
    let about = lang.pick("for more about a finding", "подробнее о замечании");
    Some(format!("{about}: tenantry explain {code}"))
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
        Counted::Tenant => (["tenant", "tenants"], ["бренд", "бренда", "брендов"]),
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

fn one(sources: &SourceMap, diagnostic: &Diagnostic, lang: Lang, paint: Paint, out: &mut String) {
    let Diagnostic { code, severity, message, .. } = diagnostic;
    let head = paint.with(paint::severity(*severity), format_args!("{}[{code}]", word(*severity, lang)));
    let message = paint.with(Style::new().bold(), format_args!(": {}", plain(message.in_lang(lang))));
    let _ = writeln!(out, "{head}{message}");
    let gutter = gutter(sources, diagnostic);
    let shown = window::draw(sources, &marks(diagnostic, lang), gutter, paint, out);
    let help = diagnostic.help.as_ref().map(|it| (lang.pick("help", "совет"), plain(it.in_lang(lang))));
    let fix = diagnostic.fix.as_ref().map(|it| (lang.pick("fix", "правка"), offer(it, lang)));
    if shown && (help.is_some() || fix.is_some()) {
        let _ = writeln!(out, "{:gutter$} {}", "", paint.frame('|'));
    }
    for (word, text) in help.into_iter().chain(fix) {
        let _ = writeln!(out, "{:gutter$} {} {word}: {text}", "", paint.frame('='));
    }
    if let Some(lines) = diagnostic.fix.as_ref().and_then(|it| repair::draw(sources, it, gutter, paint)) {
        *out += &lines;
    }
}

/// The place itself, then those that belong to it.
fn marks(diagnostic: &Diagnostic, lang: Lang) -> Vec<Mark> {
    let mark = |place, symbol, style, label: &str| Mark { place, symbol, style, label: label.to_owned() };
    let own = diagnostic.mark.as_ref().map_or("", |it| it.in_lang(lang));
    let primary = mark(diagnostic.place(), '^', paint::severity(diagnostic.severity), own);
    let others = diagnostic.labels.iter();
    let others = others.map(|it| mark(it.place.clone(), '-', paint::frame(), it.message.in_lang(lang)));
    std::iter::once(primary).chain(others).collect()
}

/// What a machine can do about it.
fn offer(fix: &Fix, lang: Lang) -> String {
    let title = plain(fix.title.in_lang(lang));
    match (fix.safe, lang) {
        (true, Lang::En) => format!("--fix can {title}"),
        (true, Lang::Ru) => format!("--fix может {title}"),
        (false, Lang::En) => format!("--fix --unsafe-fixes can {title}; look at the result"),
        (false, Lang::Ru) => format!("--fix --unsafe-fixes может {title}; проверьте результат"),
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
    let labels = diagnostic.labels.iter().map(|it| it.place.clone());
    let edits = diagnostic.fix.iter().flat_map(|it| &it.edits).map(|it| it.place.clone());
    let places = labels.chain(edits).chain([diagnostic.place()]);
    places.map(|it| positions(sources, &it).1.line.to_string().len()).max().unwrap_or(1)
}

#[cfg(test)]
mod tests;
