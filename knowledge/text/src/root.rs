//! Roots of Kazakh words, for search alone: coarser than the stems that understanding uses.
//!
//! Kazakh adds suffixes in a fixed order, each in several forms that follow from the word before: its
//! last vowel decides between back and front ones. A suffix is taken off only where they agree, so
//! words that merely end alike stay whole.

/// Suffixes, peeled from the outside in: at most one of each layer, the longest that agrees.
const LAYERS: [&[&str]; 7] = [
    // Persons.
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
        "бын",
        "бін",
        "пын",
        "пін",
        "сыз",
        "сіз",
        "сың",
        "сің",
    ],
    // Cases, and what is made of the locative.
    &[
        "ындағы",
        "індегі",
        "дағы",
        "дегі",
        "тағы",
        "тегі",
        "ның",
        "нің",
        "дың",
        "дің",
        "тың",
        "тің",
        "дан",
        "ден",
        "тан",
        "тен",
        "нан",
        "нен",
        "нда",
        "нде",
        "мен",
        "бен",
        "пен",
        "ға",
        "ге",
        "қа",
        "ке",
        "на",
        "не",
        "да",
        "де",
        "та",
        "те",
        "ды",
        "ді",
        "ты",
        "ті",
        "ны",
        "ні",
        "ын",
        "ін",
        "ша",
        "ше",
    ],
    // Whose it is.
    &[
        "ымыз", "іміз", "ыңыз", "іңіз", "мыз", "міз", "ңыз", "ңіз", "ыма", "іме", "ыңа", "іңе", "сы", "сі",
        "ым", "ім", "ың", "ің", "ы", "і",
    ],
    // How many there are.
    &["лар", "лер", "дар", "дер", "тар", "тер"],
    // Participles, converbs and moods of verbs.
    &[
        "атын", "етін", "йтын", "йтін", "ғалы", "гелі", "қалы", "келі", "ған", "ген", "қан", "кен", "уда",
        "уде", "ушы", "уші", "ады", "еді", "йды", "йді", "ып", "іп", "са", "се", "й", "п", "у",
    ],
    // Voices of verbs.
    &["дыр", "дір", "тыр", "тір", "ғыз", "гіз", "қыз", "кіз", "ыл", "іл", "ын", "ін", "ыс", "іс"],
    // Nouns and adjectives made of nouns.
    &[
        "лық", "лік", "дық", "дік", "тық", "тік", "лығ", "ліг", "дығ", "діг", "тығ", "тіг", "лы", "лі", "шы",
        "ші",
    ],
];

/// Fewest letters that are left.
const SHORTEST: usize = 3;

/// The root of a normalised word, as far as its suffixes are known.
pub(crate) fn root_kk(word: &str) -> &str {
    LAYERS.iter().fold(word, |rest, layer| {
        let last = rest.as_bytes().last();
        // Most suffixes differ in the last byte already, which is far cheaper to see than the rest.
        let possible = layer.iter().filter(|it| it.as_bytes().last() == last);
        let stripped = possible.filter_map(|suffix| {
            rest.strip_suffix(suffix).filter(|it| it.chars().count() >= SHORTEST && agree(it, suffix))
        });
        stripped.min_by_key(|it| it.len()).unwrap_or(rest)
    })
}

/// Whether the vowels of a suffix follow from the last one before it.
fn agree(stem: &str, suffix: &str) -> bool {
    let Some(row) = suffix.chars().find_map(row) else { return true };
    match stem.chars().rev().find(|it| is_vowel(*it)) {
        // и, у and ю stand in words of both rows.
        Some(last) => self::row(last).is_none_or(|it| it == row),
        None => false,
    }
}

/// The row of a vowel that has one.
#[derive(PartialEq)]
enum Row {
    Back,
    Front,
}

fn row(letter: char) -> Option<Row> {
    match letter {
        'а' | 'о' | 'ұ' | 'ы' | 'я' => Some(Row::Back),
        'ә' | 'е' | 'ө' | 'ү' | 'і' | 'э' => Some(Row::Front),
        _ => None,
    }
}

fn is_vowel(letter: char) -> bool {
    row(letter).is_some() || matches!(letter, 'и' | 'у' | 'ю')
}

#[cfg(test)]
mod tests {
    use super::root_kk;

    #[test]
    fn suffixes_come_off_from_the_outside_in() {
        for (word, root) in [
            ("балаларымыздың", "бала"),
            ("өзеніндегі", "өзен"),
            ("тісімді", "тіс"),
            ("жазушылардан", "жаз"),
            ("жасаймыз", "жаса"),
            ("тазалағаннан", "тазала"),
            ("салынған", "сал"),
            ("қызметкерлеріңізге", "қызметкер"),
            ("көпшілігі", "көпші"),
        ] {
            assert_eq!(root_kk(word), root, "{word}");
        }
    }

    #[test]
    fn what_only_looks_like_a_suffix_stays() {
        for word in ["ана", "сары", "орталық", "тәуке", "маникюр", "су", ""] {
            let root = root_kk(word);
            assert!(word.starts_with(root) && (root.chars().count() >= 3 || root == word), "{word} {root}");
        }
        // A back suffix does not come off a front root.
        assert_eq!(root_kk("мінда"), "мінда");
    }
}
