//! Findings for people and machines. The forms are pure functions to text; the functions here write
//! them.

mod github;
mod human;
mod json;
mod paint;
mod repair;
mod sarif;
mod window;

use std::io::{self, Write};

use crate::compile::Compilation;
use crate::diagnostic::Diagnostic;
use crate::said::Lang;
use crate::source::{Place, Position, SourceMap};

/// For people: source lines with carets, and a summary.
///
/// # Errors
/// Those of `out`.
pub fn human(compilation: &Compilation, lang: Lang, color: bool, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(human::render(compilation, lang, color).as_bytes())
}

/// One JSON document; the form is a contract.
///
/// # Errors
/// Those of `out`.
pub fn json(compilation: &Compilation, lang: Lang, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(json::render(compilation, lang).as_bytes())
}

/// Workflow commands that GitHub shows at the lines of a pull request.
///
/// # Errors
/// Those of `out`.
pub fn github(compilation: &Compilation, lang: Lang, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(github::render(compilation, lang).as_bytes())
}

/// SARIF 2.1.0, for code scanning.
///
/// # Errors
/// Those of `out`.
pub fn sarif(compilation: &Compilation, lang: Lang, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(sarif::render(compilation, lang).as_bytes())
}

/// First character and the one past the last.
fn positions(sources: &SourceMap, place: &Place) -> (Position, Position) {
    (sources.position(place.file, place.span.start), sources.position(place.file, place.span.end))
}

/// The path as shown, `/` between parts everywhere.
fn path(sources: &SourceMap, place: &Place) -> String {
    sources.file(place.file).path().to_string_lossy().replace('\\', "/")
}

/// A text on one line that no terminal takes for a command.
fn plain(text: &str) -> String {
    text.chars().map(visible).collect()
}

/// A character as it may be shown: nothing that moves the cursor, paints, or turns the line around.
fn visible(character: char) -> char {
    match character {
        '\n' | '\r' | '\t' => ' ',
        it => crate::tree::shown(it),
    }
}

/// The message with its help, for forms that have no place for help.
fn full_message(diagnostic: &Diagnostic, lang: Lang) -> String {
    let message = plain(diagnostic.message.in_lang(lang));
    match &diagnostic.help {
        Some(help) => {
            format!("{message}\n{}: {}", lang.pick("help", "совет"), plain(help.in_lang(lang)))
        }
        None => message,
    }
}

#[cfg(test)]
mod tests;
