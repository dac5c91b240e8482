//! Words of a text with their places.

use crate::normalize;

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
    runs(text, |start, end| {
        let word = normalize::word(&text[start..end]);
        if !word.is_empty() {
            out.push(Word { text: word, start, end });
        }
    });
    out
}

/// Calls `see` with every normalised word of [`words`], for those who need not keep them.
pub fn each_word(text: &str, mut see: impl FnMut(&str)) {
    let mut word = String::new();
    runs(text, |start, end| {
        normalize::word_into(&mut word, &text[start..end]);
        if !word.is_empty() {
            see(&word);
        }
    });
}

/// Calls `see` with the bounds of every run that is a word.
fn runs(text: &str, mut see: impl FnMut(usize, usize)) {
    let mut start: Option<usize> = None;
    let mut last = '\0';
    for (at, it) in text.char_indices() {
        let letter = normalize::is_word_letter(it);
        let inside = letter || normalize::joins(it);
        if let Some(from) = start
            && (!inside || parts(last, it))
        {
            see(from, at);
            start = None;
        }
        if letter && start.is_none() {
            start = Some(at);
        }
        if letter {
            last = it;
        }
    }
    if let Some(from) = start {
        see(from, text.len());
    }
}

fn parts(last: char, next: char) -> bool {
    let digit_then_letter = last.is_ascii_digit() && normalize::is_cyrillic(next);
    let letter_then_digit = normalize::is_cyrillic(last) && next.is_ascii_digit();
    digit_then_letter || letter_then_digit
}

#[cfg(test)]
mod tests {
    use super::words;

    fn texts(text: &str) -> Vec<String> {
        words(text).into_iter().map(|it| it.text).collect()
    }

    #[test]
    fn splits_where_people_do() {
        assert_eq!(texts("Гель-лак, 2D и 15ке!"), ["гель", "лак", "2d", "и", "15", "ке"]);
        assert_eq!(texts("…?! 💅"), Vec::<String>::new());
        assert_eq!(texts("в14:00"), ["в", "14", "00"]);
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
