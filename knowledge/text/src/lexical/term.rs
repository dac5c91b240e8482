//! Terms and their ids.
//!
//! A term id is FNV-1a (64 bits) over one byte for the kind and the UTF-8 of the term, folded to
//! 32 bits by xor of the halves. The hash is written out here because stored vectors depend on it.
//! Two of 10,000 terms of a tenant share an id with a probability of about one percent; then one
//! of them counts a little wrong, nothing else happens.

use crate::root::root_kk;
use crate::{has_kazakh_letter, is_cyrillic, stem_ru, words};

/// Length of the in-word n-grams, in characters.
const GRAM: usize = 4;
/// Length of the n-grams at the head of a word.
const HEAD_GRAM: usize = 3;
/// How many n-grams at the head: the root of a word stands there, endings are at the other end.
const HEAD_GRAMS: usize = 3;

/// What a term is; terms of different kinds never meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Snowball's stem of a word that may be Russian.
    Russian = b'r' as isize,
    /// The root of a word that may be Kazakh.
    Kazakh = b'k' as isize,
    /// An in-word 4-gram.
    Gram = b'g' as isize,
    /// A 3-gram at the head of a word.
    Head = b'h' as isize,
}

/// One or two stems: a word without Kazakh letters may be of either language. Kazakh letters are
/// folded to the Russian ones that people type instead.
fn stems(word: &str) -> Vec<u32> {
    if !word.contains(is_cyrillic) {
        return vec![term(Kind::Russian, word.chars())];
    }
    let kazakh = kazakh_root(root_kk(word));
    if has_kazakh_letter(word) {
        vec![kazakh]
    } else {
        vec![term(Kind::Russian, stem_ru(word).chars()), kazakh]
    }
}

/// A Kazakh root without what suffixes change at its end: `тырнақ` and `тырнағ`, `тазала` and `тазал`.
fn kazakh_root(stem: &str) -> u32 {
    let letters = stem.chars().count();
    let vowel = letters > 3 && stem.ends_with(['а', 'ә', 'е', 'ы', 'і', 'и']);
    let letters = letters - usize::from(vowel);
    let root = stem.chars().map(without_kazakh).take(letters).enumerate().map(|(at, it)| match it {
        'г' if at + 1 == letters => 'к',
        'б' if at + 1 == letters => 'п',
        it => it,
    });
    term(Kind::Kazakh, root)
}

fn without_kazakh(letter: char) -> char {
    match letter {
        'ә' => 'а',
        'ғ' => 'г',
        'қ' => 'к',
        'ң' => 'н',
        'ө' => 'о',
        'ұ' | 'ү' => 'у',
        'һ' => 'х',
        'і' => 'и',
        it => it,
    }
}

fn term(kind: Kind, letters: impl IntoIterator<Item = char>) -> u32 {
    const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    let mut state = (OFFSET ^ kind as u64).wrapping_mul(PRIME);
    for letter in letters {
        for byte in letter.encode_utf8(&mut [0; 4]).bytes() {
            state = (state ^ u64::from(byte)).wrapping_mul(PRIME);
        }
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
    /// Its 4-grams in order, repeated ones included.
    pub(super) grams: Vec<u32>,
    /// 3-grams at its head.
    pub(super) heads: Vec<u32>,
}

/// Longest word that is looked at, in characters: longer ones are no words but noise (links, base64).
const LONGEST: usize = 64;

/// The terms of a text, word by word.
pub(super) fn terms(text: &str) -> impl Iterator<Item = WordTerms> {
    words(text).into_iter().map(|it| terms_of_word(it.text))
}

/// The terms of one normalised word.
pub(super) fn terms_of_word(mut text: String) -> WordTerms {
    if let Some((end, _)) = text.char_indices().nth(LONGEST) {
        text.truncate(end);
    }
    let stems = stems(&text);
    let padded: Vec<char> = ['_'].into_iter().chain(text.chars()).chain(['_']).collect();
    let grams = windows(&padded, GRAM).map(|it| term(Kind::Gram, it.iter().copied())).collect();
    let heads = windows(&padded, HEAD_GRAM).take(HEAD_GRAMS);
    let heads = heads.map(|it| term(Kind::Head, it.iter().copied())).collect();
    WordTerms { text, stems, grams, heads }
}

/// The same n-grams as [`crate::grams`], without a string for each.
fn windows(padded: &[char], n: usize) -> impl Iterator<Item = &[char]> {
    padded.windows(n.min(padded.len()))
}

#[cfg(test)]
mod tests {
    use super::{GRAM, Kind, term, terms};

    #[test]
    fn ids_never_change() {
        assert_eq!(term(Kind::Russian, "маникюр".chars()), 0x85e8d8e0);
        assert_eq!(term(Kind::Kazakh, "шаш".chars()), 0x0b169990);
        assert_eq!(term(Kind::Gram, "мани".chars()), 0xd8c0c28f);
        assert_eq!(term(Kind::Head, "_ма".chars()), 0xc7173807);
    }

    #[test]
    fn grams_are_those_of_the_crate() {
        for word in ["я", "лак", "маникюр", "шаш", "a1", "қанша"] {
            let expected: Vec<u32> =
                crate::grams(word, GRAM).iter().map(|it| term(Kind::Gram, it.chars())).collect();
            assert_eq!(terms(word).next().unwrap().grams, expected, "{word}");
        }
    }

    #[test]
    fn spellings_and_forms_meet() {
        for (a, b) in [
            ("бағасы", "багасы"),
            ("тырнағымды", "тырнақ"),
            ("кірпік", "кирпик"),
            ("стрижку", "стрижка"),
            ("жасаймыз", "жасау"),
            ("тазалағаннан", "тазалау"),
        ] {
            let (a, b) = (terms(a).next().unwrap(), terms(b).next().unwrap());
            assert!(a.stems.iter().any(|it| b.stems.contains(it)), "{} {}", a.text, b.text);
        }
    }
}
