use std::ops::Range;

use super::{Rule, Scene, rule};
use crate::diagnostic::{Diagnostic, Edit, Fix};
use crate::said::say;
use crate::source::{FileId, Place, SourceMap};
use crate::tree;

pub(super) const RULE: Rule = rule!("hidden-character", run);

/// More places of one file are counted, not shown.
const SHOWN: usize = 3;
/// One repair removes no more; the next run finds the others.
const REMOVED: usize = 100;

fn run(scene: &Scene<'_>, findings: &mut Vec<Diagnostic>) {
    for &file in &scene.bundle.files {
        look(scene.sources, file, findings);
    }
}

/// Reports what is hidden in one file: what turns text around, and what is merely invisible.
pub(super) fn look(sources: &SourceMap, file: FileId, findings: &mut Vec<Diagnostic>) {
    let text = sources.text(file);
    let is_document = sources.file(file).path().extension().is_some_and(|it| it == "md");
    let (turning, invisible): (Vec<_>, Vec<_>) =
        hidden(text).into_iter().partition(|(it, _)| *it == Hidden::Turns);
    let spans = |found: Vec<(Hidden, Range<usize>)>| found.into_iter().map(|it| it.1).collect::<Vec<_>>();
    if let Some(diagnostic) = report(file, text, spans(turning), true, is_document) {
        findings.push(diagnostic);
    }
    if let Some(diagnostic) = report(file, text, spans(invisible), false, is_document) {
        findings.push(diagnostic);
    }
    if !is_document && text.contains("\\u") {
        escaped(file, text, findings);
    }
}

fn report(
    file: FileId,
    text: &str,
    spans: Vec<Range<usize>>,
    turns: bool,
    is_document: bool,
) -> Option<Diagnostic> {
    let first = spans.first()?.clone();
    let code = text[first.clone()].chars().next().map_or(0, u32::from);
    let (place, count) = (Place::new(file, first), spans.len());
    let mut diagnostic = if turns {
        let message = say!(
            "the character U+{code:04X} makes text look different from what it says",
            "знак U+{code:04X} показывает текст не таким, какой он на самом деле",
        );
        Diagnostic::error(RULE.code, place, message)
    } else {
        let message = say!(
            "the invisible character U+{code:04X} stands here",
            "здесь стоит невидимый знак U+{code:04X}"
        );
        Diagnostic::warning(RULE.code, place, message)
    };
    for span in spans.iter().skip(1).take(SHOWN) {
        diagnostic = diagnostic.with_label(Place::new(file, span.clone()), say!("and here", "и здесь"));
    }
    if count > SHOWN + 1 {
        diagnostic = diagnostic
            .with_help(say!("there are {count} such places in the file", "таких мест в файле: {count}"));
    }
    // Taking one off the beginning of a YAML value may change what kind of value it is.
    let is_inner = |it: &Range<usize>| {
        let before = text[..it.start].chars().next_back();
        before.is_some_and(char::is_alphanumeric)
    };
    let safe = !turns && (is_document || spans.iter().all(is_inner));
    let edits =
        spans.into_iter().take(REMOVED).map(|it| Edit { place: Place::new(file, it), text: String::new() });
    let title = say!("remove it", "убрать невидимые знаки");
    Some(diagnostic.with_fix(Fix { title, safe, edits: edits.collect() }))
}

/// What turns text around, written as an escape between double quotes.
fn escaped(file: FileId, text: &str, findings: &mut Vec<Diagnostic>) {
    for (at, _) in text.match_indices("\\u") {
        let Some(digits) = text.get(at + 2..at + 6) else { continue };
        let character = u32::from_str_radix(digits, 16).ok().and_then(char::from_u32);
        let Some(character) = character.filter(|it| class(*it) == Some(Hidden::Turns)) else { continue };
        let code = u32::from(character);
        let message = say!(
            "the character U+{code:04X} makes text look different from what it says",
            "знак U+{code:04X} показывает текст не таким, какой он на самом деле",
        );
        findings.push(Diagnostic::error(RULE.code, Place::new(file, at..at + 6), message));
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hidden {
    /// What follows is shown in another order.
    Turns,
    /// Nothing is shown.
    Invisible,
}

fn class(character: char) -> Option<Hidden> {
    if tree::turns(character) {
        return Some(Hidden::Turns);
    }
    tree::is_invisible(character).then_some(Hidden::Invisible)
}

/// Hidden characters with their places, runs of one class together.
fn hidden(text: &str) -> Vec<(Hidden, Range<usize>)> {
    let bytes = text.as_bytes();
    let mut found: Vec<(Hidden, Range<usize>)> = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        // Russian and Kazakh letters begin with none of these.
        if !matches!(bytes[at], 0xc2 | 0xcd | 0xd8 | 0xe1..=0xe3 | 0xef | 0xf3) {
            at += 1;
            continue;
        }
        let Some(character) = text.get(at..).and_then(|it| it.chars().next()) else {
            at += 1;
            continue;
        };
        let end = at + character.len_utf8();
        if let Some(class) = class(character).filter(|_| !in_emoji(text, at, character)) {
            match found.last_mut() {
                Some((last, span)) if *last == class && span.end == at => span.end = end,
                _ => found.push((class, at..end)),
            }
        }
        at = end;
    }
    found
}

/// Whether a character belongs to the picture before it.
fn in_emoji(text: &str, at: usize, character: char) -> bool {
    let mut before = text[..at].chars().rev().filter(|it| *it != '\u{fe0f}');
    let previous = before.next();
    let after = text[at + character.len_utf8()..].chars().next();
    match character {
        '\u{200d}' => previous.is_some_and(is_picture) && after.is_some_and(is_picture),
        // Keycaps: a digit, the selector, the frame.
        '\u{fe00}'..='\u{fe0f}' => match previous {
            Some('0'..='9' | '#' | '*') => after == Some('\u{20e3}'),
            Some(it) => is_picture(it) || is_sign(it),
            None => false,
        },
        // Flags of regions: a black flag and letters of its own alphabet.
        '\u{e0020}'..='\u{e007f}' => {
            previous.is_some_and(|it| it == '\u{1f3f4}' || ('\u{e0020}'..='\u{e007e}').contains(&it))
                && text[..at].chars().rev().take(8).any(|it| it == '\u{1f3f4}')
        }
        _ => false,
    }
}

fn is_picture(character: char) -> bool {
    matches!(character, '\u{2190}'..='\u{2bff}' | '\u{3030}'..='\u{303d}' | '\u{1f000}'..='\u{1faff}')
}

fn is_sign(character: char) -> bool {
    matches!(character, '©' | '®' | '‼' | '⁉' | '™' | 'ℹ' | '\u{3297}' | '\u{3299}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<(Hidden, &str)> {
        hidden(text).into_iter().map(|(class, span)| (class, &text[span])).collect()
    }

    #[test]
    fn hidden_characters_are_found() {
        let (invisible, turns) = (Hidden::Invisible, Hidden::Turns);
        for (text, expected) in [
            ("при\u{200b}вет", vec![(invisible, "\u{200b}")]),
            ("мас\u{ad}тер", vec![(invisible, "\u{ad}")]),
            ("а\u{200b}\u{200b}б\u{feff}", vec![(invisible, "\u{200b}\u{200b}"), (invisible, "\u{feff}")]),
            ("цена \u{202e}0001\u{202c}", vec![(turns, "\u{202e}"), (turns, "\u{202c}")]),
            ("x\u{2066}y\u{2069}", vec![(turns, "\u{2066}"), (turns, "\u{2069}")]),
            ("a\u{e0061}\u{e0062}", vec![(invisible, "\u{e0061}\u{e0062}")]),
            ("а\u{200d}б", vec![(invisible, "\u{200d}")]),
            ("а\u{fe0f}", vec![(invisible, "\u{fe0f}")]),
        ] {
            assert_eq!(told(text), expected, "{text:?}");
        }
    }

    #[test]
    fn pictures_and_ordinary_signs_are_left_alone() {
        for text in [
            "❤\u{fe0f} 👩\u{200d}🎨 👩🏽\u{200d}🎨 🏳\u{fe0f}\u{200d}🌈 👨\u{200d}👩\u{200d}👧",
            "1\u{fe0f}\u{20e3} ©\u{fe0f} ☎\u{fe0f} ✂\u{fe0f}",
            "\u{1f3f4}\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
            "Wi‑Fi — «тест» 5\u{a0}000\u{202f}₸ № 1… é ё й",
            "қазақша әғіңөұүһ",
        ] {
            assert_eq!(told(text), [], "{text:?}");
        }
    }
}
