//! Stems: Snowball for Russian, a suffix stripper for Kazakh.

use rust_stemmers::{Algorithm, Stemmer};

/// Suffixes of Kazakh nouns and verbs that carry no topic, longest first within a layer. The layers
/// are peeled from the outside in: questions and persons, cases, possession, number.
const LAYERS: [&[&str]; 5] = [
    &[
        "сыздар",
        "сіздер",
        "сыңдар",
        "сіңдер",
        "мыз",
        "міз",
        "быз",
        "біз",
        "пыз",
        "піз",
        "мын",
        "мін",
        "сыз",
        "сіз",
    ],
    &[
        "ында", "інде", "ынан", "інен", "ының", "інің", "ына", "іне", "ымен", "імен", "нда", "нде", "нан",
        "нен", "дан", "ден", "тан", "тен", "ның", "нің", "дың", "дің", "тың", "тің", "мен", "бен", "пен",
        "ға", "ге", "қа", "ке", "на", "не", "да", "де", "та", "те", "ны", "ні", "ды", "ді", "ты", "ті",
    ],
    &[
        "ымыз", "іміз", "ыңыз", "іңіз", "лары", "лері", "дары", "дері", "тары", "тері", "сы", "сі", "ым",
        "ім", "ың", "ің", "ы", "і",
    ],
    &["лар", "лер", "дар", "дер", "тар", "тер"],
    &[
        "ған", "ген", "қан", "кен", "ады", "еді", "айды", "ейді", "йды", "йді", "атын", "етін", "уға", "уге",
        "ып", "іп", "ай", "ей", "у",
    ],
];

/// Shortest stem left, in letters.
const MIN_STEM: usize = 3;

/// The Russian stem of a normalised word.
#[must_use]
pub fn stem_ru(word: &str) -> String {
    thread_local! {
        static RU: Stemmer = Stemmer::create(Algorithm::Russian);
    }
    RU.with(|it| it.stem(word).into_owned())
}

/// The Kazakh stem of a normalised word.
#[must_use]
pub fn stem_kk(word: &str) -> String {
    let mut rest = word;
    for layer in LAYERS {
        if let Some(stripped) = layer
            .iter()
            .filter_map(|suffix| rest.strip_suffix(suffix))
            .find(|it| it.chars().count() >= MIN_STEM)
        {
            rest = stripped;
        }
    }
    rest.to_owned()
}

/// Whether the word has a letter that Kazakh has and Russian has not.
#[must_use]
pub fn has_kazakh_letter(word: &str) -> bool {
    word.chars().any(is_kazakh)
}

/// Whether Kazakh has a small letter and Russian has not.
pub(crate) fn is_kazakh(letter: char) -> bool {
    matches!(letter, 'ә' | 'ғ' | 'қ' | 'ң' | 'ө' | 'ұ' | 'ү' | 'һ' | 'і')
}

/// The stems a normalised word may have, one or two: a word without Kazakh letters can be either.
#[must_use]
pub fn stems(word: &str) -> Vec<String> {
    if word.bytes().all(|it| it.is_ascii_alphanumeric()) {
        return vec![word.to_owned()];
    }
    let kk = stem_kk(word);
    if has_kazakh_letter(word) {
        return vec![kk];
    }
    let ru = stem_ru(word);
    if ru == kk { vec![ru] } else { vec![ru, kk] }
}

/// In-word character n-grams with `_` at both ends; a word shorter than that is one gram.
#[must_use]
pub fn grams(word: &str, n: usize) -> Vec<String> {
    let letters: Vec<char> = std::iter::once('_').chain(word.chars()).chain(std::iter::once('_')).collect();
    if letters.len() <= n {
        return vec![letters.into_iter().collect()];
    }
    letters.windows(n).map(|it| it.iter().collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::{grams, stem_kk, stem_ru, stems};

    #[test]
    fn inflections_meet() {
        assert_eq!(stem_ru("окрашивания"), stem_ru("окрашивание"));
        assert_eq!(stem_kk("бағасы"), stem_kk("баға"));
        assert_eq!(stem_kk("шаштарым"), stem_kk("шаш"));
        assert_eq!(stem_kk("жұмыстарыңыз"), "жұмыс");
        assert!(stems("маникюрге").contains(&"маникюр".to_owned()));
    }

    #[test]
    fn grams_mark_the_ends() {
        assert_eq!(grams("лак", 4), ["_лак", "лак_"]);
        assert_eq!(grams("я", 4), ["_я_"]);
    }
}
