//! Sentences of a message, as places in it.

use std::ops::Range;

/// The sentences of a text: they end at `.`, `!`, `?` or `…` before a space, and at line breaks.
pub(crate) fn sentences(text: &str) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let mut start = 0;
    let mut letters = text.char_indices().peekable();
    while let Some((at, it)) = letters.next() {
        let end = at + it.len_utf8();
        let next = letters.peek().map(|it| it.1);
        let ends = match it {
            '\n' => true,
            '.' => next.is_none_or(char::is_whitespace) && !is_abbreviation(&text[start..at]),
            '!' | '?' | '…' => !next.is_some_and(|it| matches!(it, '!' | '?' | '…' | '.' | ')')),
            _ => false,
        };
        if ends {
            push(&mut out, text, start..end);
            start = end;
        }
    }
    push(&mut out, text, start..text.len());
    out
}

/// `ул.`, `г.`, `5 тыс.`: a short word in front of a full stop ends no sentence.
fn is_abbreviation(before: &str) -> bool {
    let word: String = before.chars().rev().take_while(|it| it.is_alphanumeric()).collect();
    let word: String = word.chars().rev().collect::<String>().to_lowercase();
    ["ул", "г", "д", "кв", "тел", "мин", "руб", "тг", "тыс", "т", "мкр", "пр", "стр", "м", "көш"]
        .contains(&word.as_str())
}

fn push(out: &mut Vec<Range<usize>>, text: &str, range: Range<usize>) {
    let piece = &text[range.clone()];
    let trimmed = piece.trim();
    if !trimmed.is_empty() {
        let start = range.start + (piece.len() - piece.trim_start().len());
        out.push(start..start + trimmed.len());
    }
}
