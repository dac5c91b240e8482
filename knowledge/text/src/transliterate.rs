//! Russian and Kazakh typed with Latin letters.

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

#[cfg(test)]
mod tests {
    use super::transliterate;

    #[test]
    fn latin_spellings_are_read() {
        let read = |it: &str| transliterate(it).unwrap_or_default();
        assert_eq!(read("skolko"), "сколко");
        assert_eq!(read("manikyur"), "маникюр");
        assert_eq!(read("zhumys"), "жумыс");
        assert_eq!(transliterate("2d"), None);
    }
}
