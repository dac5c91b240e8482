//! One spelling for what people type many ways.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Normalises a text for matching: NFC, lower case, `ё` → `е`, Latin accents dropped, every kind of
/// space and hyphen folded to one, look-alike letters moved to the script of their word, and letters
/// stretched to three or more reduced to one.
///
/// The result is for matching only; offsets into the original come from [`crate::words`].
#[must_use]
pub fn normalize(text: &str) -> String {
    let folded: String = text.nfc().flat_map(char::to_lowercase).filter_map(fold).collect();
    let mut out = String::with_capacity(folded.len());
    for piece in folded.split_inclusive(|it: char| !it.is_alphanumeric()) {
        let end = piece.find(|it: char| !it.is_alphanumeric()).unwrap_or(piece.len());
        push_word(&mut out, &piece[..end]);
        out.push_str(&piece[end..]);
    }
    out.split(' ').filter(|it| !it.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Normalises one run of letters and digits, already split off, into a text that is emptied first.
/// Slow: [`crate::plain::Plain`] is the way of nearly every word.
pub(crate) fn word_into(out: &mut String, text: &str) {
    out.clear();
    let folded: String = text.nfc().flat_map(char::to_lowercase).filter_map(fold).collect();
    push_word(out, &folded);
}

/// `None` drops the character.
fn fold(it: char) -> Option<char> {
    Some(match it {
        'ё' => 'е',
        '\u{00ad}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2064}'
        | '\u{feff}' => {
            return None;
        }
        '‐' | '‑' | '‒' | '–' | '—' | '−' => '-',
        it if it.is_whitespace() => ' ',
        it if is_combining_mark(it) => return None,
        // Latin letters with accents; Cyrillic й and ї must not lose theirs.
        it if ('\u{00c0}'..='\u{024f}').contains(&it) => std::iter::once(it).nfd().next().unwrap_or(it),
        it => it,
    })
}

fn push_word(out: &mut String, word: &str) {
    let cyrillic = word.chars().filter(|it| is_cyrillic(*it)).count();
    let latin = word.chars().filter(char::is_ascii_alphabetic).count();
    let mixed = cyrillic > 0 && latin > 0;
    let (mut last, mut run) = ('\0', 0_usize);
    let start = out.len();
    for it in word.chars() {
        let it = if !mixed {
            it
        } else if cyrillic >= latin {
            to_cyrillic(it)
        } else {
            to_latin(it)
        };
        if it == last && it.is_alphabetic() {
            run += 1;
            if run == 3 {
                out.pop();
            }
            if run >= 3 {
                continue;
            }
        } else {
            (last, run) = (it, 1);
        }
        out.push(it);
    }
    debug_assert!(out.len() >= start, "a word only grows the output");
}

/// As [`char::is_alphanumeric`], without its tables for the letters nearly every text consists of.
pub(crate) fn is_word_letter(it: char) -> bool {
    match it {
        '\0'..='\u{7f}' => it.is_ascii_alphanumeric(),
        '\u{0400}'..='\u{0481}' | '\u{048a}'..='\u{04ff}' => true,
        _ => it.is_alphanumeric(),
    }
}

/// Whether a letter belongs to the Cyrillic block (Russian and Kazakh).
#[must_use]
pub fn is_cyrillic(it: char) -> bool {
    ('\u{0400}'..='\u{04ff}').contains(&it)
}

/// Whether a character that is no letter may still stand inside a word (accents, soft hyphens).
pub(crate) fn joins(it: char) -> bool {
    !it.is_ascii() && is_combining_mark(it) || matches!(it, '\u{00ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}')
}

const ALIKE: [(char, char); 13] = [
    ('a', 'а'),
    ('b', 'в'),
    ('c', 'с'),
    ('e', 'е'),
    ('h', 'н'),
    ('i', 'і'),
    ('k', 'к'),
    ('m', 'м'),
    ('o', 'о'),
    ('p', 'р'),
    ('t', 'т'),
    ('x', 'х'),
    ('y', 'у'),
];

fn to_cyrillic(it: char) -> char {
    ALIKE.iter().find(|(latin, _)| *latin == it).map_or(it, |(_, cyrillic)| *cyrillic)
}

fn to_latin(it: char) -> char {
    ALIKE.iter().find(|(_, cyrillic)| *cyrillic == it).map_or(it, |(latin, _)| *latin)
}

#[cfg(test)]
mod tests {
    use super::{is_word_letter, normalize};

    #[test]
    fn one_spelling() {
        for (typed, read) in [
            ("Ёлка  и\u{a0}ель", "елка и ель"),
            ("оооочень", "очень"),
            ("да\u{301}", "да"),
            ("Cколько стоит", "сколько стоит"),
            ("L’Oréal", "l’oreal"),
            ("гель–лак", "гель-лак"),
            ("аллея", "аллея"),
            ("100000", "100000"),
            ("қанша тұрады", "қанша тұрады"),
        ] {
            assert_eq!(normalize(typed), read, "{typed}");
        }
    }

    #[test]
    fn letters_of_words_are_what_unicode_says() {
        for letter in '\0'..='\u{ffff}' {
            assert_eq!(is_word_letter(letter), letter.is_alphanumeric(), "{}", letter.escape_unicode());
        }
    }
}
