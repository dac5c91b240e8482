//! Terms and their ids.
//!
//! A term id is FNV-1a (64 bits) over one byte for the kind and the UTF-8 of the term, folded to
//! 32 bits by xor of the halves. The hash is written out here because stored vectors depend on it.
//! Two of 10,000 terms of a tenant share an id with a probability of about one percent; then one
//! of them counts a little wrong, nothing else happens.

use crate::{stems, words};

/// Length of the in-word n-grams, in characters.
pub(super) const GRAM: usize = 4;

const STEM: u8 = b's';
const GRAM_KIND: u8 = b'g';

/// The id of a stem.
#[must_use]
pub fn term_of_stem(stem: &str) -> u32 {
    hash(STEM, stem)
}

/// The id of a character n-gram.
#[must_use]
pub fn term_of_gram(gram: &str) -> u32 {
    hash(GRAM_KIND, gram)
}

fn hash(kind: u8, text: &str) -> u32 {
    const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    let mut state = (OFFSET ^ u64::from(kind)).wrapping_mul(PRIME);
    for byte in text.bytes() {
        state = (state ^ u64::from(byte)).wrapping_mul(PRIME);
    }
    ((state >> 32) ^ (state & 0xffff_ffff)) as u32
}

/// The terms of one word.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct WordTerms {
    /// The normalised word.
    pub(super) text: String,
    /// One or two stems: a word without Kazakh letters may be of either language.
    pub(super) stems: Vec<u32>,
    /// Its n-grams in order, repeated ones included.
    pub(super) grams: Vec<u32>,
}

/// Longest word that is looked at, in characters: longer ones are no words but noise (links, base64).
const LONGEST: usize = 64;

/// The terms of a text, word by word.
pub(super) fn terms(text: &str) -> impl Iterator<Item = WordTerms> {
    words(text).into_iter().map(|word| {
        let text: String = word.text.chars().take(LONGEST).collect();
        let stems = stems(&text).iter().map(|it| term_of_stem(it)).collect();
        let mut grams = Vec::with_capacity(text.len());
        each_gram(&text, |gram| grams.push(term_of_gram(gram)));
        WordTerms { text, stems, grams }
    })
}

/// The same n-grams as [`crate::grams`], without a string for each.
fn each_gram(word: &str, mut with: impl FnMut(&str)) {
    let padded = format!("_{word}_");
    let starts: Vec<usize> = padded.char_indices().map(|(at, _)| at).chain([padded.len()]).collect();
    if starts.len() <= GRAM + 1 {
        return with(&padded);
    }
    for window in starts.windows(GRAM + 1) {
        with(&padded[window[0]..window[GRAM]]);
    }
}

#[cfg(test)]
mod tests {
    use super::{GRAM, each_gram, term_of_gram, term_of_stem};

    #[test]
    fn ids_never_change() {
        assert_eq!(term_of_stem(""), term_of_stem(""));
        assert_ne!(term_of_stem("шаш"), term_of_gram("шаш"));
    }

    #[test]
    fn grams_are_those_of_the_crate() {
        for word in ["", "я", "лак", "маникюр", "шаш", "a1"] {
            let mut found = Vec::new();
            each_gram(word, |it| found.push(it.to_owned()));
            assert_eq!(found, crate::grams(word, GRAM), "{word}");
        }
    }
}
