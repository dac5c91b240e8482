//! Phones, names, yes and no.

use super::reading::{Lexicon, Slot, Token, read};

/// A yes or a no.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Yes.
    Yes,
    /// No, also «no, later».
    No,
}

const YES: &[&str] = &[
    "да",
    "ага",
    "угу",
    "конечно",
    "давайте",
    "давай",
    "хорошо",
    "ок",
    "окей",
    "ладно",
    "подходит",
    "верно",
    "согласна",
    "согласен",
    "иә",
    "иа",
    "жарайды",
    "әрине",
    "дұрыс",
    "болады",
    "yes",
    "ok",
];
const NO: &[&str] = &[
    "нет",
    "не",
    "неа",
    "нельзя",
    "потом",
    "позже",
    "передумала",
    "передумал",
    "жоқ",
    "жок",
    "емес",
    "керегі",
    "кейін",
    "no",
];

/// Whether a short message is a yes or a no. A no anywhere outweighs a yes: «нет, давайте позже» and
/// «не надо, хорошо» are no.
pub(crate) fn yes_or_no(tokens: &[Token]) -> Option<Answer> {
    if tokens.len() > 5 {
        return None;
    }
    let has = |list: &[&str]| tokens.iter().any(|it| list.contains(&it.text.as_str()));
    if has(NO) {
        Some(Answer::No)
    } else if has(YES) {
        Some(Answer::Yes)
    } else {
        None
    }
}

/// A phone number in a text: 10 to 13 digits with the usual separators, or a 7xxx/8xxx mobile.
pub(crate) fn find_phone(text: &str) -> Option<String> {
    let mut digits = String::new();
    let mut shown = String::new();
    for it in text.chars().chain(std::iter::once('\n')) {
        if it.is_ascii_digit() {
            digits.push(it);
            shown.push(it);
        } else if !digits.is_empty() && matches!(it, ' ' | '-' | '(' | ')' | '\u{a0}' | '.') {
            shown.push(it);
        } else {
            if (10..=13).contains(&digits.len()) {
                let plus = if text.contains(&format!("+{}", shown.trim_end())) { "+" } else { "" };
                return Some(format!("{plus}{digits}"));
            }
            digits.clear();
            shown.clear();
        }
    }
    None
}

/// Marks the digits of a phone number, so that they are neither hours nor unknown words.
pub(crate) fn mark_phone(original: &str, tokens: &mut [Token]) {
    let Some(phone) = find_phone(original) else { return };
    let digits = phone.trim_start_matches('+');
    for from in 0..tokens.len() {
        let mut run = String::new();
        for to in from..tokens.len() {
            if !tokens[to].is_number_like() {
                break;
            }
            run.push_str(&tokens[to].text);
            if run == digits {
                let part = 1.0 / (to - from + 1) as f32;
                tokens[from..=to].iter_mut().for_each(|it| it.slot = Some((Slot::Phone, part)));
                return;
            }
        }
    }
}

/// Words before a name: «меня зовут», «моё имя», «менің атым».
const INTRODUCTIONS: &[&[&str]] = &[
    &["меня", "зовут"],
    &["мое", "имя"],
    &["имя"],
    &["это"],
    &["я"],
    &["менің", "атым"],
    &["менин", "атым"],
    &["атым"],
    &["есімім"],
];

/// A name that is introduced as one. A lone «я» or «это» introduces only a capitalised word.
pub(crate) fn find_name(original: &str, tokens: &[Token]) -> Option<String> {
    for words in INTRODUCTIONS {
        for at in 0..tokens.len().saturating_sub(words.len()) {
            let fits = words.iter().zip(&tokens[at..]).all(|(word, token)| *word == token.text);
            let Some(name) = tokens.get(at + words.len()).filter(|_| fits) else { continue };
            let weak = matches!(*words, ["я"] | ["это"]);
            if (!weak || capitalised(original, name)) && could_be_name(name) {
                return Some(original[name.start..name.end].to_owned());
            }
        }
    }
    None
}

/// Whether the whole message is nothing but a name, as an answer to the question for it: one to
/// three words of letters, none of them known to mean something else.
pub(crate) fn is_bare_name(original: &str, lexicon: &Lexicon) -> Option<String> {
    let tokens = read(lexicon, original);
    let fine = (1..=3).contains(&tokens.len()) && tokens.iter().all(could_be_name) && !original.contains('?');
    fine.then(|| {
        let (first, last) = (&tokens[0], &tokens[tokens.len() - 1]);
        original[first.start..last.end].to_owned()
    })
}

fn could_be_name(token: &Token) -> bool {
    let word = token.text.as_str();
    token.slot.is_none()
        && !token.stop
        && !YES.contains(&word)
        && !NO.contains(&word)
        && word.chars().count() >= 2
        && word.chars().all(char::is_alphabetic)
}

fn capitalised(original: &str, token: &Token) -> bool {
    original[token.start..].chars().next().is_some_and(char::is_uppercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str) -> Vec<Token> {
        read(&Lexicon::default(), text)
    }

    #[test]
    fn a_no_outweighs_a_yes() {
        assert_eq!(yes_or_no(&tokens("да, конечно")), Some(Answer::Yes));
        assert_eq!(yes_or_no(&tokens("нет, давайте позже")), Some(Answer::No));
        assert_eq!(yes_or_no(&tokens("не надо, хорошо")), Some(Answer::No));
        assert_eq!(yes_or_no(&tokens("жоқ")), Some(Answer::No));
        assert_eq!(yes_or_no(&tokens("цена")), None);
    }

    #[test]
    fn phones_and_names() {
        assert_eq!(find_phone("мой +7 (701) 555-00-11"), Some("+77015550011".to_owned()));
        assert_eq!(find_phone("в 14:00 12 января"), None);
        let name = |text: &str| find_name(text, &tokens(text));
        assert_eq!(name("Меня зовут Айгуль"), Some("Айгуль".to_owned()));
        assert_eq!(name("Это Марина"), Some("Марина".to_owned()));
        assert_eq!(name("это дорого"), None);
        assert_eq!(is_bare_name("не скажу имя", &Lexicon::default()), None);
    }
}
