//! Single changes for a terminal: a value on one line, a text as what differs of it.

use std::io::{self, Write};

use super::Tint;
use crate::plan::words::{excerpts, flat, joined, tame, unified};
use crate::plan::{Change, DocumentChange, PromptChange};

/// Longer values are shown as what differs of them.
const VALUE_CHARS: usize = 72;
/// Items of a list that are named.
const ITEMS: usize = 6;
/// Lines of a diff that are shown of one section of a document.
const LINES: usize = 12;

/// Writes one change, on a line of its own where it fits.
///
/// # Errors
/// Those of `out`.
pub fn write_change(change: &Change, tint: Tint, out: &mut dyn Write) -> io::Result<()> {
    let (mark, style) = match (&change.old, &change.new) {
        (Some(_), Some(_)) => ('~', tint.change),
        (None, Some(_)) => ('+', tint.add),
        (Some(_), None) => ('-', tint.remove),
        (None, None) => return Ok(()),
    };
    write!(out, "  {style}{mark}{style:#} {}", flat(&change.key))?;
    let source = change.source.as_deref().map_or_else(String::new, |it| format!("   {it}"));
    let source = format!("{}{source}{:#}", tint.faint, tint.faint);
    match told(change) {
        Told::Short(value) => writeln!(out, "   {value}{source}"),
        Told::Items(added, removed) => {
            writeln!(out, "{source}")?;
            line(&added, '+', tint, out)?;
            line(&removed, '-', tint, out)
        }
        Told::Long(old, new) => {
            writeln!(out, "{source}")?;
            line(&old, '-', tint, out)?;
            line(&new, '+', tint, out)
        }
        Told::Lines(diff) => {
            writeln!(out, "{source}")?;
            lines(&diff, usize::MAX, tint, out)
        }
    }
}

/// How a change is told.
pub(in crate::plan) enum Told {
    /// `old -> new`, or the one of them there is.
    Short(String),
    /// What joined a list, and what left it.
    Items(String, String),
    /// What differs of two long texts.
    Long(String, String),
    /// What differs of two texts of several lines.
    Lines(String),
}

pub(in crate::plan) fn told(change: &Change) -> Told {
    let (old, new) = (change.old.as_deref(), change.new.as_deref());
    if !change.added.is_empty() || !change.removed.is_empty() {
        let both =
            flat(old.unwrap_or_default()).chars().count() + flat(new.unwrap_or_default()).chars().count();
        if both > VALUE_CHARS {
            return Told::Items(named(&change.added), named(&change.removed));
        }
    }
    let text = |it: Option<&str>| it.unwrap_or_default().trim_end().to_owned();
    let (before, after) = (text(old), text(new));
    if before.contains('\n') || after.contains('\n') {
        return Told::Lines(unified(&before, &after));
    }
    let (before, after) = (flat(&before), flat(&after));
    let is_long = before.chars().count().max(after.chars().count()) > VALUE_CHARS;
    match (old, new) {
        (Some(_), Some(_)) if is_long => {
            let (before, after) = excerpts(&before, &after);
            Told::Long(joined(&before), joined(&after))
        }
        (Some(_), Some(_)) => Told::Short(format!("{before} -> {after}")),
        _ => Told::Short(short(&format!("{before}{after}"))),
    }
}

fn named(items: &[String]) -> String {
    let mut list = items.iter().take(ITEMS).map(|it| flat(it)).collect::<Vec<_>>().join(", ");
    if items.len() > ITEMS {
        list.push_str(&format!(" and {} more", items.len() - ITEMS));
    }
    list
}

fn line(text: &str, mark: char, tint: Tint, out: &mut dyn Write) -> io::Result<()> {
    if text.is_empty() {
        return Ok(());
    }
    let style = if mark == '+' { tint.add } else { tint.remove };
    writeln!(out, "      {style}{mark} {text}{style:#}")
}

fn lines(diff: &str, at_most: usize, tint: Tint, out: &mut dyn Write) -> io::Result<()> {
    let all = diff.lines().count();
    for text in diff.lines().take(at_most) {
        let style = match text.chars().next() {
            Some('+') => tint.add,
            Some('-') => tint.remove,
            _ => tint.faint,
        };
        writeln!(out, "      {style}{}{style:#}", tame(text))?;
    }
    if all > at_most {
        writeln!(out, "      {}and {} more lines{:#}", tint.faint, all - at_most, tint.faint)?;
    }
    Ok(())
}

/// Writes a unified diff, indented.
pub(crate) fn write_diff(diff: &str, tint: Tint, out: &mut dyn Write) -> io::Result<()> {
    lines(diff, usize::MAX, tint, out)
}

/// Writes the change of a prompt with its diff.
///
/// # Errors
/// Those of `out`.
pub fn write_prompt(change: &PromptChange, tint: Tint, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "  {}~{:#} prompt {}", tint.change, tint.change, flat(&change.name))?;
    for parameter in &change.parameters {
        write!(out, "  ")?;
        write_change(parameter, tint, out)?;
    }
    lines(&change.diff, usize::MAX, tint, out)
}

/// Writes what changes in a document, section by section.
///
/// # Errors
/// Those of `out`.
pub fn write_document(change: &DocumentChange, tint: Tint, out: &mut dyn Write) -> io::Result<()> {
    let count = match change.sections.len() {
        1 => "1 section".to_owned(),
        many => format!("{many} sections"),
    };
    let (mark, style) = match (change.was, change.is) {
        (false, _) => ('+', tint.add),
        (true, false) => ('-', tint.remove),
        (true, true) => ('~', tint.change),
    };
    writeln!(out, "  {style}{mark}{style:#} {}   {count}", flat(&change.doc))?;
    for section in &change.sections {
        let (faint, source) = (tint.faint, &section.source);
        writeln!(out, "    § {}   {faint}{source}{faint:#}", flat(&section.section))?;
        if change.was && change.is {
            match (&section.old, &section.new) {
                (Some(old), Some(new)) if old.lines().count() == 1 && new.lines().count() == 1 => {
                    let (old, new) = excerpts(old, new);
                    line(&joined(&old), '-', tint, out)?;
                    line(&joined(&new), '+', tint, out)?;
                }
                _ => lines(&section.diff(), LINES, tint, out)?,
            }
        }
    }
    Ok(())
}

/// A text on one line, cut where it gets long.
pub(in crate::plan) fn short(text: &str) -> String {
    let text = flat(text);
    match text.char_indices().nth(VALUE_CHARS) {
        Some((at, _)) => format!("{}…", text[..at].trim_end()),
        None => text,
    }
}
