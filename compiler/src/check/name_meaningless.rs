use super::facts::Section;
use super::stems::is_function;
use super::{Rule, Scene, facts, rule};
use crate::diagnostic::Diagnostic;
use crate::said::say;

pub(super) const RULE: Rule = rule!("name-meaningless", run);

/// More names of one heading are counted, not shown.
const SHOWN: usize = 3;

fn run(scene: &Scene<'_>, findings: &mut Vec<Diagnostic>) {
    for list in facts::everywhere(scene.bundle, "price_list") {
        for group in list.items() {
            findings.extend(group.at("/items").as_ref().and_then(among));
        }
    }
    for catalog in facts::everywhere(scene.bundle, "services_catalog") {
        findings.extend(catalog.at("/services").as_ref().and_then(among));
    }
}

/// One finding for all such names of a list.
fn among(list: &Section<'_>) -> Option<Diagnostic> {
    let lacking: Vec<(&str, Section<'_>)> = list
        .items()
        .filter_map(|it| Some((it.text_at("name")?, it)))
        .filter(|(name, _)| says_nothing(name))
        .collect();
    let (name, first) = lacking.first()?;
    let message =
        say!("`{name}` says nothing without its heading", "«{name}» ничего не говорит без заголовка");
    let mut diagnostic = Diagnostic::warning(RULE.code, first.place_at("name"), message);
    for (name, item) in lacking.iter().skip(1).take(SHOWN) {
        diagnostic = diagnostic.with_label(item.place_at("name"), say!("and `{name}`", "и «{name}»"));
    }
    Some(diagnostic.with_help(say!(
        "customers hear the name alone: put the thing itself into it, not only its kind",
        "клиент слышит одно название: назовите в нём и саму услугу или вещь, а не только её вид",
    )))
}

/// Whether a name only describes something that it does not name: adjectives alone, or a preposition
/// with what follows it. By the endings of words; no word of any trade is known here.
fn says_nothing(name: &str) -> bool {
    let outside = name.split('(').next().unwrap_or_default();
    let words: Vec<String> = text::words(outside).into_iter().map(|it| it.text).collect();
    let lasting: Vec<&String> = words.iter().filter(|it| !is_function(it)).collect();
    let begins = words.first().is_some_and(|it| PREPOSITIONS.contains(&it.as_str()));
    !lasting.is_empty() && (begins && words.len() <= 4 || lasting.iter().all(|it| is_adjective(it)))
}

const PREPOSITIONS: [&str; 9] = ["без", "для", "до", "из", "на", "от", "под", "при", "с"];

/// Russian and Kazakh adjectives, as far as endings tell them from nouns.
fn is_adjective(word: &str) -> bool {
    if text::has_kazakh_letter(word) {
        return ["сыз", "сіз", "дікі", "тікі", "нікі", "дағы", "дегі"].iter().any(|it| word.ends_with(it));
    }
    // Five letters: «свая» and «слой» are no adjectives.
    if word.chars().count() < 5 {
        return false;
    }
    let ends = |endings: &[&str]| endings.iter().any(|it| word.ends_with(it));
    let soft =
        word.strip_suffix("ние").or_else(|| word.strip_suffix("няя")).or_else(|| word.strip_suffix("ний"));
    let is_soft = soft.is_some_and(|it| it.ends_with(is_consonant));
    let long = ["ые", "ый"];
    let husky =
        ["кие", "гие", "хие", "жие", "шие", "чие", "щие", "кий", "гий", "хий", "жий", "ший", "чий", "щий"];
    // Dishes and goods are called by neuters («пирожное»), so only those of a kind count.
    let neuter = ["ское", "цкое", "льное", "окое", "ткое", "ское", "цкая", "ская"];
    let feminine = word.strip_suffix("ая").is_some_and(|it| it.ends_with(is_consonant));
    ends(&long) || ends(&husky) || ends(&neuter) || is_soft || feminine
}

fn is_consonant(letter: char) -> bool {
    "бвгджзйклмнпрстфхцчшщ".contains(letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lone_adjective_names_nothing() {
        for name in [
            "Короткие",
            "Длинные",
            "Средние",
            "Детский",
            "Женская",
            "Глубокое",
            "Большие и тяжёлые",
            "Полный (2 часа)",
            "До пояса",
            "С доставкой",
            "Для двоих",
            "Без покрытия",
            "Иіссіз",
        ] {
            assert!(says_nothing(name), "{name}");
        }
    }

    #[test]
    fn nouns_name_something() {
        for name in [
            "Мелирование",
            "Покрытие",
            "Лечение",
            "Снятие",
            "Пирожное",
            "Мороженое",
            "Руки",
            "Длинные волосы",
            "Замена",
            "Слой",
            "Ремонт до 2 часов",
            "Сценарий",
            "Свая",
            "Стрижка (короткие)",
            "Пилинг",
            "Шаш қию",
            "Комбо",
            "XL",
            "3D",
            "Баня",
            "Здание",
            "Каре",
            "Кератин",
            "Алматы",
            "Уборка",
            "",
        ] {
            assert!(!says_nothing(name), "{name}");
        }
    }
}
