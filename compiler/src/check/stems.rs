//! Words of a text as stems, so that inflections of a name meet.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// Words that only hold a sentence together, Russian and Kazakh.
static FUNCTION: LazyLock<HashSet<&str, text::Quick>> = LazyLock::new(|| {
    HashSet::from_iter([
        "а", "без", "бы", "в", "во", "вот", "да", "для", "до", "же", "за", "и", "из", "или", "к", "как",
        "ко", "ли", "на", "над", "но", "ну", "о", "об", "от", "по", "под", "при", "про", "с", "со", "так",
        "то", "у", "уже", "что", "это", "еще", "мы", "вы", "наш", "наша", "наше", "наши", "нас", "вас",
        "вам", "нам", "мне", "я", "және", "мен", "пен", "бен", "да", "де", "ма", "ме", "ба", "бе", "үшін",
        "бұл",
    ])
});

/// Words whose stems are remembered: those of a tenant, and what tenants share.
const REMEMBERED: usize = 20_000;

thread_local! {
    static STEMS: RefCell<HashMap<String, String>> = RefCell::default();
}

/// Whether a normalised word only holds a sentence together.
pub(super) fn is_function(word: &str) -> bool {
    FUNCTION.contains(word)
}

/// The stem of a normalised word. Rules ask for the same words again and again, and so do tenants.
pub(super) fn stem(word: &str) -> String {
    STEMS.with_borrow_mut(|known| {
        if let Some(stem) = known.get(word) {
            return stem.clone();
        }
        if known.len() >= REMEMBERED {
            known.clear();
        }
        let stem = stem_of(word);
        known.insert(word.to_owned(), stem.clone());
        stem
    })
}

fn stem_of(word: &str) -> String {
    if word.bytes().all(|it| it.is_ascii_alphanumeric()) {
        word.to_owned()
    } else if text::has_kazakh_letter(word) {
        text::stem_kk(word)
    } else {
        let mut stem = text::stem_ru(word);
        // Snowball takes «экрана», «замены» and «зеркало» for verbs and cuts a letter of the root, but not
        // in «экранов», «замену» and «зеркалом».
        stem.push_str(match word.strip_prefix(stem.as_str()) {
            Some("н" | "на" | "но" | "ны") => "н",
            Some("ен" | "ена" | "ено" | "ены") => "ен",
            Some("л" | "ла" | "ло" | "ли") => "л",
            Some("ил" | "ила" | "ило" | "или") => "ил",
            Some("ыл" | "ыла" | "ыло" | "ыли") => "ыл",
            _ => "",
        });
        stem
    }
}

/// Stems of the words that carry meaning, sorted, each once.
pub(super) fn stems(text: &str) -> Vec<String> {
    let mut stems = Vec::new();
    text::each_word(text, |word| {
        if !is_function(word) {
            stems.push(stem(word));
        }
    });
    stems.sort_unstable();
    stems.dedup();
    stems
}

/// Whether every one of some stems is among others; both sorted.
pub(super) fn within(few: &[String], many: &[String]) -> bool {
    few.len() <= many.len() && few.iter().all(|it| many.binary_search(it).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inflections_meet() {
        assert_eq!(stems("замена экрана зеркала"), stems("замены экранов зеркалом"));
        assert_eq!(stems("Установка батареи"), stems("установку батарею"));
        assert_eq!(stems("Маникюр + гель-лак"), stems("маникюр с гель-лаком"));
        assert!(within(&stems("установка"), &stems("сколько стоит установка экрана")));
        assert!(!within(&stems("установка экрана"), &stems("установка")));
    }
}
