//! Russian and Kazakh typed with Latin letters, and Latin names typed with Cyrillic ones.

use crate::is_cyrillic;

/// Letter groups, longer ones first.
const PAIRS: &[(&str, &str)] = &[
    ("shch", "щ"),
    ("sch", "щ"),
    ("yo", "е"),
    ("jo", "е"),
    ("zh", "ж"),
    ("kh", "х"),
    ("ts", "ц"),
    ("ch", "ч"),
    ("sh", "ш"),
    ("yu", "ю"),
    ("ju", "ю"),
    ("iu", "ю"),
    ("ya", "я"),
    ("ja", "я"),
    ("ia", "я"),
    ("a", "а"),
    ("b", "б"),
    ("c", "ц"),
    ("d", "д"),
    ("e", "е"),
    ("f", "ф"),
    ("g", "г"),
    ("h", "х"),
    ("i", "и"),
    ("j", "ж"),
    ("k", "к"),
    ("l", "л"),
    ("m", "м"),
    ("n", "н"),
    ("o", "о"),
    ("p", "п"),
    ("q", "қ"),
    ("r", "р"),
    ("s", "с"),
    ("t", "т"),
    ("u", "у"),
    ("v", "в"),
    ("w", "в"),
    ("x", "кс"),
    ("y", "ы"),
    ("z", "з"),
];

/// A normalised Latin word as it would be spelled in Cyrillic; `None` for words that are not all
/// Latin letters or are too short to be sure.
#[must_use]
pub fn transliterate(word: &str) -> Option<String> {
    if word.len() < 4 || !word.bytes().all(|it| it.is_ascii_lowercase()) {
        return None;
    }
    let mut out = String::new();
    let mut rest = word;
    while !rest.is_empty() {
        let (latin, cyrillic) = PAIRS.iter().find(|(latin, _)| rest.starts_with(latin))?;
        // A `y` after a vowel is й.
        let cyrillic =
            if *latin == "y" && out.ends_with(['а', 'е', 'и', 'о', 'у']) { "й" } else { cyrillic };
        out.push_str(cyrillic);
        rest = &rest[latin.len()..];
    }
    Some(out)
}

/// A normalised Cyrillic word as it would be spelled with Latin letters; `None` for words that are not
/// all Cyrillic or are too short to be sure.
pub(crate) fn romanize(word: &str) -> Option<String> {
    let letters = word.chars().count();
    if letters < 3 || !word.chars().all(is_cyrillic) {
        return None;
    }
    let mut out = String::with_capacity(letters * 2);
    for letter in word.chars() {
        // The plainest spelling: one letter where there is one.
        let latin = match letter {
            'э' => "e",
            'й' => "y",
            'ъ' | 'ь' => "",
            'к' | 'қ' => "k",
            'ш' => "sh",
            'щ' => "sch",
            'ю' => "yu",
            'я' => "ya",
            'ғ' => "g",
            'ә' => "a",
            'ң' => "n",
            'ө' => "o",
            'ұ' | 'ү' => "u",
            'һ' => "h",
            'і' => "i",
            'ц' => "ts",
            letter => {
                let found = PAIRS
                    .iter()
                    .rev()
                    .find(|(_, it)| it.starts_with(letter) && it.len() == letter.len_utf8());
                found.map(|(latin, _)| *latin)?
            }
        };
        out.push_str(latin);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::{romanize, transliterate};

    #[test]
    fn brands_typed_in_cyrillic_are_read() {
        let read = |it: &str| romanize(it).unwrap_or_default();
        assert_eq!(read("инстаграм"), "instagram");
        assert_eq!(read("филлер"), "filler");
        assert_eq!(read("телефон"), "telefon");
        assert_eq!(romanize("зум2"), None);
        for letter in "абвгдежзийклмнопрстуфхцчшщъыьэюяәғқңөұүһі".chars()
        {
            assert!(romanize(&letter.to_string().repeat(3)).is_some(), "{letter}");
        }
    }

    #[test]
    fn latin_spellings_are_read() {
        let read = |it: &str| transliterate(it).unwrap_or_default();
        assert_eq!(read("skolko"), "сколко");
        assert_eq!(read("manikyur"), "маникюр");
        assert_eq!(read("zhumys"), "жумыс");
        assert_eq!(transliterate("2d"), None);
    }
}
