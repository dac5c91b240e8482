//! Words of plain letters, folded while they are read.

use crate::normalize;
use crate::stem;

/// What a letter tells of the language of its word.
pub(crate) mod told {
    /// Kazakh has it and Russian has not.
    pub(crate) const KAZAKH: u8 = 1;
    /// Russian uses it, Kazakh hardly.
    pub(crate) const RUSSIAN: u8 = 2;
    /// It is a digit.
    pub(super) const DIGIT: u8 = 4;
    /// Latin.
    pub(super) const LATIN: u8 = 8;
    /// Cyrillic.
    pub(super) const CYRILLIC: u8 = 16;
}

/// A letter or digit that folds alone; no other one stands for nothing.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Letter {
    folded: u16,
    told: u8,
}

impl Letter {
    const NONE: Self = Self { folded: 0, told: 0 };

    pub(crate) fn is_none(self) -> bool {
        self.folded == 0
    }

    /// The kind of a letter that is not plain.
    pub(crate) fn of(it: char) -> Self {
        let told = if it.is_ascii_digit() {
            told::DIGIT
        } else if normalize::is_cyrillic(it) {
            told::CYRILLIC
        } else {
            0
        };
        Self { folded: 0, told }
    }

    /// Whether a word ends between two letters: digits part from Cyrillic, not from Latin.
    pub(crate) fn parts(self, next: Self) -> bool {
        let of = |it: Self, what: u8| it.told & what != 0;
        of(self, told::DIGIT) && of(next, told::CYRILLIC) || of(self, told::CYRILLIC) && of(next, told::DIGIT)
    }
}

/// What folds alone, by code.
static LETTERS: [Letter; 0x500] = letters();

const fn letters() -> [Letter; 0x500] {
    use told::{CYRILLIC, DIGIT, KAZAKH, LATIN, RUSSIAN};
    // Capital and small.
    const OF_KAZAKH: [(usize, usize); 9] = [
        (0x4d8, 0x4d9),
        (0x492, 0x493),
        (0x49a, 0x49b),
        (0x4a2, 0x4a3),
        (0x4e8, 0x4e9),
        (0x4b0, 0x4b1),
        (0x4ae, 0x4af),
        (0x4ba, 0x4bb),
        (0x406, 0x456),
    ];
    const OF_RUSSIAN: [char; 5] = ['щ', 'ъ', 'ь', 'ц', 'ч'];
    let mut letters = [Letter::NONE; 0x500];
    fill(&mut letters, '0', '0', 10, DIGIT);
    fill(&mut letters, 'a', 'a', 26, LATIN);
    fill(&mut letters, 'A', 'a', 26, LATIN);
    fill(&mut letters, 'а', 'а', 32, CYRILLIC);
    fill(&mut letters, 'А', 'а', 32, CYRILLIC);
    fill(&mut letters, 'ё', 'е', 1, CYRILLIC);
    fill(&mut letters, 'Ё', 'е', 1, CYRILLIC);
    let mut at = 0;
    while at < OF_RUSSIAN.len() {
        let small = OF_RUSSIAN[at] as usize;
        letters[small].told |= RUSSIAN;
        letters[small - 0x20].told |= RUSSIAN;
        at += 1;
    }
    at = 0;
    while at < OF_KAZAKH.len() {
        let (capital, small) = OF_KAZAKH[at];
        letters[small] = Letter { folded: small as u16, told: CYRILLIC | KAZAKH };
        letters[capital] = letters[small];
        at += 1;
    }
    letters
}

const fn fill(letters: &mut [Letter; 0x500], from: char, folded: char, count: usize, told: u8) {
    let mut at = 0;
    while at < count {
        letters[from as usize + at] = Letter { folded: (folded as usize + at) as u16, told };
        at += 1;
    }
}

/// The plain letter at a boundary of a text and its bytes; [`Letter::NONE`] for the rest.
#[inline]
pub(crate) fn letter_at(bytes: &[u8], at: usize) -> (Letter, usize) {
    match (bytes[at], bytes.get(at + 1)) {
        (first @ ..0x80, _) => (LETTERS[usize::from(first)], 1),
        (first @ 0xd0..=0xd3, Some(second)) => {
            (LETTERS[usize::from(first & 0x1f) << 6 | usize::from(second & 0x3f)], 2)
        }
        _ => (Letter::NONE, 0),
    }
}

/// A longer one goes the long way.
const LONGEST: usize = 128;

/// A word in the making. As long as it is of one script and none of its letters is stretched,
/// composing it would change nothing, and there is no other script to move letters from.
pub(crate) struct Plain {
    bytes: [u8; LONGEST],
    length: usize,
    told: u8,
    last: u16,
    run: u32,
    spoiled: bool,
}

impl Plain {
    pub(crate) fn new() -> Self {
        Self { bytes: [0; LONGEST], length: 0, told: 0, last: 0, run: 0, spoiled: false }
    }

    pub(crate) fn begin(&mut self) {
        (self.length, self.told, self.last, self.run, self.spoiled) = (0, 0, 0, 0, false);
    }

    /// Adds a letter; one that is not plain spoils the word.
    #[inline]
    pub(crate) fn push(&mut self, letter: Letter) {
        let folded = letter.folded;
        self.run = if folded == self.last { self.run + 1 } else { 1 };
        self.last = folded;
        self.told |= letter.told;
        let stretched = self.run >= 3 && letter.told & told::DIGIT == 0;
        if folded == 0 || stretched || self.length + 2 > LONGEST {
            self.spoiled = true;
        } else if folded < 0x80 {
            self.bytes[self.length] = folded as u8;
            self.length += 1;
        } else {
            self.bytes[self.length] = 0xc0 | (folded >> 6) as u8;
            self.bytes[self.length + 1] = 0x80 | (folded & 0x3f) as u8;
            self.length += 2;
        }
    }

    /// The word folded and what its letters tell; `None` where it has to go the long way.
    pub(crate) fn finish(&self) -> Option<(&str, u8)> {
        let mixed = self.told & (told::LATIN | told::CYRILLIC) == told::LATIN | told::CYRILLIC;
        if self.spoiled || mixed {
            return None;
        }
        std::str::from_utf8(&self.bytes[..self.length]).ok().map(|it| (it, self.told))
    }
}

/// What the letters of a folded word tell.
pub(crate) fn told_by(word: &str) -> u8 {
    word.chars().fold(0, |told, it| {
        let kazakh = if stem::is_kazakh(it) { told::KAZAKH } else { 0 };
        let russian = if matches!(it, 'щ' | 'ъ' | 'ь' | 'ц' | 'ч') { told::RUSSIAN } else { 0 };
        told | kazakh | russian
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_short_way_is_the_long_way() {
        for it in '\0'..='\u{2fff}' {
            let text = it.to_string();
            let (letter, bytes) = letter_at(text.as_bytes(), 0);
            if letter.is_none() {
                continue;
            }
            assert_eq!(bytes, it.len_utf8());
            let mut plain = Plain::new();
            plain.begin();
            plain.push(letter);
            let mut long = String::new();
            normalize::word_into(&mut long, &text);
            let (short, told) = plain.finish().expect("one letter is plain");
            assert_eq!((short, told & 3), (long.as_str(), told_by(&long)), "{it}");
            assert_eq!(letter.told & !3 & !told::LATIN, Letter::of(it).told, "{it}");
        }
    }
}
