//! Words of a text with their places.

use crate::normalize;
use crate::plain::{self, Letter, Plain};

/// A word: a run of letters or digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// The normalised word.
    pub text: String,
    /// Byte offset of its start in the original.
    pub start: usize,
    /// Byte offset of its end in the original.
    pub end: usize,
}

impl Word {
    /// Whether it consists of digits alone.
    #[must_use]
    pub fn is_number(&self) -> bool {
        self.text.bytes().all(|it| it.is_ascii_digit())
    }
}

/// Splits a text into words. Digits part from Cyrillic letters that follow or precede them
/// (`15ке` → `15`, `ке`), not from Latin ones (`2d` stays).
#[must_use]
pub fn words(text: &str) -> Vec<Word> {
    let mut out = Vec::new();
    each(text, |word, _, start, end| out.push(Word { text: word.to_owned(), start, end }));
    out
}

/// Calls `see` with every normalised word of [`words`], for those who need not keep them.
pub fn each_word(text: &str, mut see: impl FnMut(&str)) {
    each(text, |word, _, _, _| see(word));
}

/// Calls `see` with every normalised word and what its letters tell of its language.
pub(crate) fn each_telling(text: &str, mut see: impl FnMut(&str, u8)) {
    each(text, |word, told, _, _| see(word, told));
}

/// Calls `see` with every word, normalised, with what its letters tell and with its bounds. Every
/// text of every tenant passes here several times, so words of plain letters are folded on the way.
fn each(text: &str, mut see: impl FnMut(&str, u8, usize, usize)) {
    let bytes = text.as_bytes();
    let mut word = Plain::new();
    let mut slow = String::new();
    let mut finish = |word: &Plain, start: usize, end: usize| match word.finish() {
        Some((plain, told)) => see(plain, told, start, end),
        None => {
            normalize::word_into(&mut slow, &text[start..end]);
            if !slow.is_empty() {
                see(&slow, plain::told_by(&slow), start, end);
            }
        }
    };
    let (mut at, mut start, mut last) = (0, None, Letter::default());
    while at < bytes.len() {
        let (mut it, mut width) = plain::letter_at(bytes, at);
        let (mut is_letter, mut is_inside) = (true, true);
        if it.is_none() {
            let Some(character) = text[at..].chars().next() else { break };
            (it, width) = (Letter::of(character), character.len_utf8());
            is_letter = normalize::is_word_letter(character);
            is_inside = is_letter || normalize::joins(character);
        }
        if let Some(from) = start
            && (!is_inside || last.parts(it))
        {
            finish(&word, from, at);
            start = None;
        }
        if is_letter && start.is_none() {
            start = Some(at);
            word.begin();
        }
        if is_inside && start.is_some() {
            word.push(it);
        }
        if is_letter {
            last = it;
        }
        at += width;
    }
    if let Some(from) = start {
        finish(&word, from, text.len());
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::words;
    use crate::normalize;

    fn texts(text: &str) -> Vec<String> {
        words(text).into_iter().map(|it| it.text).collect()
    }

    #[test]
    fn splits_where_people_do() {
        assert_eq!(texts("Гель-лак, 2D и 15ке!"), ["гель", "лак", "2d", "и", "15", "ке"]);
        assert_eq!(texts("…?! 💅"), Vec::<String>::new());
        assert_eq!(texts("в14:00"), ["в", "14", "00"]);
    }

    proptest! {
        /// Whatever stands in a text, words folded on the way are what the long way makes of them.
        #[test]
        fn the_short_way_is_the_long_way(text in "[абёЁйқҚӘәіІaAbzZéö019 .\u{301}\u{ad}\u{200b}-]{0,24}") {
            for word in words(&text) {
                let mut long = String::new();
                normalize::word_into(&mut long, &text[word.start..word.end]);
                prop_assert_eq!(word.text, long);
            }
        }
    }

    #[test]
    fn offsets_point_into_the_original() {
        let text = "«Ёж» 💅 бежит";
        for word in words(text) {
            assert!(text.get(word.start..word.end).is_some());
        }
        let found = words(text);
        assert_eq!(&text[found[1].start..found[1].end], "бежит");
    }
}
