//! Words that mean the same for matching: one id for all forms of a word that the packs use.

use std::collections::{BTreeMap, HashMap};

use text::Quick;

use super::reading::{Slot, Token};

/// The id of a word as the packs know it.
pub(crate) type LexemeId = usize;

/// How sure a word is read as a lexeme: by a stem, by its beginning, by one slip of the finger.
const EXACT: f32 = 1.0;
const BEGINNING: f32 = 0.9;
const TYPO: f32 = 0.8;

/// All words of the packs. Their authors choose the keys, customers only look them up.
#[derive(Debug, Default)]
pub(crate) struct Lexemes {
    by_stem: HashMap<String, LexemeId, Quick>,
    /// Kazakh words and stems in Russian letters.
    folded: HashMap<String, LexemeId, Quick>,
    slots: BTreeMap<Slot, LexemeId>,
    /// Stems long enough to be mistyped, by first letter and length in letters.
    long: BTreeMap<(char, usize), Vec<(String, LexemeId)>>,
    /// Whole words by their first four letters, because stemmers part «замена» from «замену».
    beginnings: HashMap<String, Vec<(String, LexemeId)>, Quick>,
    count: usize,
}

impl Lexemes {
    /// The id of a token, a new one if the packs have not used it yet.
    pub(crate) fn learn(&mut self, token: &Token) -> LexemeId {
        if let (true, Some((slot, _))) = (token.text.is_empty(), token.slot) {
            let next = self.count;
            let id = *self.slots.entry(slot).or_insert(next);
            self.count = self.count.max(id + 1);
            return id;
        }
        let known = token.stems.iter().find_map(|it| self.by_stem.get(it).copied());
        let id = known.unwrap_or(self.count);
        self.count = self.count.max(id + 1);
        if let Some(beginning) = beginning(&token.text) {
            let words = self.beginnings.entry(beginning.to_owned()).or_default();
            if !words.iter().any(|(word, _)| *word == token.text) {
                words.push((token.text.clone(), id));
            }
        }
        // As typed on a keyboard without Kazakh letters.
        for spelled in std::iter::once(&token.text).chain(&token.stems).filter_map(|it| folded(it)) {
            if let Some(beginning) = beginning(&spelled) {
                self.beginnings.entry(beginning.to_owned()).or_default().push((spelled.clone(), id));
            }
            self.folded.entry(spelled).or_insert(id);
        }
        for stem in &token.stems {
            // A stem keeps the word that came first: «кете» must not take «кетеді» along.
            if !self.by_stem.contains_key(stem) {
                self.by_stem.insert(stem.clone(), id);
                let letters = stem.chars().count();
                if let (5.., Some(first)) = (letters, stem.chars().next()) {
                    self.long.entry((first, letters)).or_default().push((stem.clone(), id));
                }
            }
        }
        id
    }

    /// The id of a customer's word and how sure it is.
    pub(crate) fn find(&self, token: &Token) -> Option<(LexemeId, f32)> {
        if let Some(id) = token.stems.iter().find_map(|it| self.by_stem.get(it)) {
            return Some((*id, EXACT));
        }
        if let Some(id) = self.folded.get(&token.text) {
            return Some((*id, BEGINNING));
        }
        if let Some(id) = self.begins_alike(&token.text) {
            return Some((id, BEGINNING));
        }
        if let Some(cyrillic) = text::transliterate(&token.text) {
            let stems = text::stems(&cyrillic);
            let known = stems.iter().find_map(|it| self.by_stem.get(it).copied());
            if let Some(id) = known.or_else(|| self.begins_alike(&cyrillic)) {
                return Some((id, BEGINNING));
            }
        }
        token.stems.first().and_then(|stem| self.mistyped(stem)).map(|id| (id, TYPO))
    }

    /// A word that shares a long beginning and differs in an ending of at most three letters.
    fn begins_alike(&self, word: &str) -> Option<LexemeId> {
        let letters = word.chars().count();
        let known = self.beginnings.get(beginning(word)?)?;
        let shared = |other: &str| word.chars().zip(other.chars()).take_while(|(a, b)| a == b).count();
        known
            .iter()
            .map(|(other, id)| {
                (shared(other), letters.max(other.chars().count()), letters.min(other.chars().count()), *id)
            })
            .filter(|(shared, longer, shorter, _)| {
                shared * 10 >= longer * 7 && shorter - shared <= 3 && longer - shared <= 3
            })
            .max_by_key(|(shared, longer, ..)| (*shared, usize::MAX - longer))
            .map(|(.., id)| id)
    }

    /// The id of a slot, if any pack uses it.
    pub(crate) fn slot(&self, slot: Slot) -> Option<LexemeId> {
        self.slots.get(&slot).copied()
    }

    /// The ids of all slots.
    pub(crate) fn slots(&self) -> impl Iterator<Item = LexemeId> + '_ {
        self.slots.values().copied()
    }

    pub(crate) fn len(&self) -> usize {
        self.count
    }

    fn mistyped(&self, stem: &str) -> Option<LexemeId> {
        let (letters, first) = (stem.chars().count(), stem.chars().next()?);
        if letters < 5 || stem.bytes().any(|it| it.is_ascii_digit()) {
            return None;
        }
        let near = (first, letters - 1)..=(first, letters + 1);
        let candidates = self.long.range(near).flat_map(|(_, it)| it);
        candidates.filter(|(known, _)| one_slip(stem, known)).map(|(_, id)| *id).next()
    }
}

/// A Kazakh word in the letters of a Russian keyboard; `None` where that changes nothing.
fn folded(word: &str) -> Option<String> {
    text::has_kazakh_letter(word).then(|| {
        let letter = |it| match it {
            'ә' => 'а',
            'і' => 'и',
            'ң' => 'н',
            'ғ' => 'г',
            'ү' | 'ұ' => 'у',
            'қ' => 'к',
            'ө' => 'о',
            'һ' => 'х',
            other => other,
        };
        word.chars().map(letter).collect()
    })
}

/// The first four letters of a word that begins with as many.
fn beginning(word: &str) -> Option<&str> {
    let mut end = 0;
    for _ in 0..4 {
        let letter = word[end..].chars().next().filter(|it| is_letter(*it))?;
        end += letter.len_utf8();
    }
    Some(&word[..end])
}

/// As [`char::is_alphabetic`], without its tables for what nearly every word consists of.
fn is_letter(it: char) -> bool {
    text::is_cyrillic(it) && !matches!(it, '\u{482}'..='\u{489}') || it.is_alphabetic()
}

/// Whether two words differ by one slip: a letter changed, missing, extra or two swapped; the first
/// letter is never the slip, because that makes another word too often.
pub(crate) fn one_slip(a: &str, b: &str) -> bool {
    let (mut a, mut b) = (a.chars(), b.chars());
    if a.next() != b.next() {
        return false;
    }
    loop {
        let (left, right) = (a.as_str(), b.as_str());
        let (x, y) = (a.next(), b.next());
        if x != y {
            let (extra, missing) = (a.as_str() == right, left == b.as_str());
            let changed = a.as_str() == b.as_str();
            return extra || missing || changed || x == b.next() && y == a.next() && a.as_str() == b.as_str();
        }
        if x.is_none() {
            return true;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::understand::reading::{Lexicon, read};

    proptest! {
        #[test]
        fn one_slip_is_one_edit(a in "[абвг]{0,6}", b in "[абвг]{0,6}") {
            let first = a.chars().next() == b.chars().next();
            prop_assert_eq!(one_slip(&a, &b), first && strsim::osa_distance(&a, &b) <= 1, "{} {}", a, b);
        }
    }

    #[test]
    fn forms_and_slips_meet() {
        let lexicon = Lexicon::default();
        let mut lexemes = Lexemes::default();
        let ids: Vec<_> = read(&lexicon, "починить телефон").iter().map(|it| lexemes.learn(it)).collect();
        let find = |word: &str| lexemes.find(&read(&lexicon, word)[0]);
        assert_eq!(find("телефона"), Some((ids[1], 1.0)));
        assert_eq!(find("телифон"), Some((ids[1], 0.8)));
        assert_eq!(find("велосипед"), None);
        let kazakh = lexemes.learn(&read(&lexicon, "шақырыңызшы")[0]);
        let find = |word: &str| lexemes.find(&read(&lexicon, word)[0]);
        assert_eq!(find("шакырынызшы"), Some((kazakh, 0.9)));
    }
}
