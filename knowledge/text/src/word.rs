//! Words of a text with their places.

use crate::normalize::{self, Plain};

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
    each(text, |word, start, end| out.push(Word { text: word.to_owned(), start, end }));
    out
}

/// Calls `see` with every normalised word of [`words`], for those who need not keep them.
pub fn each_word(text: &str, mut see: impl FnMut(&str)) {
    each(text, |word, _, _| see(word));
}

/// Calls `see` with every word, normalised, and its bounds. Every text of every tenant passes here
/// several times, so words of plain letters are folded on the way.
fn each(text: &str, mut see: impl FnMut(&str, usize, usize)) {
    let mut word = Plain::default();
    let mut slow = String::new();
    let mut finish = |word: &mut Plain, is_plain: bool, start: usize, end: usize| {
        if is_plain {
            see(&word.text, start, end);
        } else {
            normalize::word_into(&mut slow, &text[start..end]);
            if !slow.is_empty() {
                see(&slow, start, end);
            }
        }
        word.clear();
    };
    let (mut start, mut is_plain, mut last) = (None, true, '\0');
    for (at, it) in text.char_indices() {
        let folded = normalize::plain(it);
        let letter = folded.is_some() || normalize::is_word_letter(it);
        let inside = letter || normalize::joins(it);
        if let Some(from) = start
            && (!inside || parts(last, it))
        {
            finish(&mut word, is_plain, from, at);
            start = None;
        }
        if !inside || !letter && start.is_none() {
            continue;
        }
        if start.is_none() {
            (start, is_plain) = (Some(at), true);
        }
        is_plain = is_plain && folded.is_some_and(|it| word.push(it));
        if letter {
            last = it;
        }
    }
    if let Some(from) = start {
        finish(&mut word, is_plain, from, text.len());
    }
}

fn parts(last: char, next: char) -> bool {
    let digit_then_letter = last.is_ascii_digit() && normalize::is_cyrillic(next);
    let letter_then_digit = normalize::is_cyrillic(last) && next.is_ascii_digit();
    digit_then_letter || letter_then_digit
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
