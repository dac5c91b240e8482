//! Words of a text as stems, so that inflections of a name meet.

/// Words that only hold a sentence together, Russian and Kazakh.
const FUNCTION: [&str; 62] = [
    "а", "без", "бы", "в", "во", "вот", "да", "для", "до", "же", "за", "и", "из", "или", "к", "как", "ко",
    "ли", "на", "над", "но", "ну", "о", "об", "от", "по", "под", "при", "про", "с", "со", "так", "то", "у",
    "уже", "что", "это", "еще", "мы", "вы", "наш", "наша", "наше", "наши", "нас", "вас", "вам", "нам", "мне",
    "я", "және", "мен", "пен", "бен", "да", "де", "ма", "ме", "ба", "бе", "үшін", "бұл",
];

/// Whether a normalised word only holds a sentence together.
pub(super) fn is_function(word: &str) -> bool {
    FUNCTION.contains(&word)
}

/// The stem of a normalised word.
pub(super) fn stem(word: &str) -> String {
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
    let words = text::words(text).into_iter().filter(|it| !is_function(&it.text));
    let mut stems: Vec<String> = words.map(|it| stem(&it.text)).collect();
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
