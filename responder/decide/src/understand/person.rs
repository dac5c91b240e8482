//! Phones and names.

use super::answer::{denies, is_answer};
use super::reading::{Lexicon, Slot, Token, read};

/// A phone number in a text: 11 digits from 7 or 8, 10 from 7, or 10 to 13 behind a plus, with the usual
/// separators. Digits beside it («в 15 8701…», «…0011 15.30») are not its own.
pub(crate) fn find_phone(text: &str) -> Option<String> {
    // Runs of groups of digits that stand as close as those of one number.
    let mut runs: Vec<Vec<(bool, String)>> = vec![Vec::new()];
    let (mut group, mut plus) = (String::new(), false);
    for it in text.chars().chain(std::iter::once('\n')) {
        if it.is_ascii_digit() {
            group.push(it);
            continue;
        }
        if !group.is_empty() {
            runs.last_mut()?.push((plus, std::mem::take(&mut group)));
            plus = false;
        }
        if it == '+' {
            plus = true;
        }
        if it == '+' || !matches!(it, ' ' | '-' | '(' | ')' | '\u{a0}' | '.') {
            runs.push(Vec::new());
        }
    }
    let number = |groups: &[(bool, String)]| {
        let digits: String = groups.iter().map(|it| it.1.as_str()).collect();
        let fits = match (groups[0].0, digits.len()) {
            (true, 10..=13) => true,
            (false, 11) => digits.starts_with(['7', '8']),
            (false, 10) => digits.starts_with('7'),
            _ => false,
        };
        fits.then(|| format!("{}{digits}", if groups[0].0 { "+" } else { "" }))
    };
    let within = |run: &Vec<(bool, String)>| {
        let spans = (0..run.len()).flat_map(|from| (from + 1..=run.len()).rev().map(move |to| (from, to)));
        let numbers: Vec<String> = spans.filter_map(|(from, to)| number(&run[from..to])).collect();
        let longest = numbers.iter().map(String::len).max();
        numbers.into_iter().find(|it| Some(it.len()) == longest)
    };
    runs.iter().find_map(within)
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
    &["зовут"],
    &["мое", "имя"],
    &["имя"],
    &["это"],
    &["я"],
    &["атым"],
    &["жөнім"],
    &["жоним"],
    &["есімім"],
    &["есими"],
    &["аты"],
];
/// Those of them that introduce only a capitalised word, unless a name is awaited.
const WEAK: &[&str] = &["я", "это", "аты"];

/// A name that is introduced as one; `awaited`: it was asked for.
pub(crate) fn find_name(original: &str, tokens: &[Token], awaited: bool) -> Option<String> {
    for words in INTRODUCTIONS {
        for at in 0..=tokens.len().saturating_sub(words.len()) {
            let fits = words.iter().zip(&tokens[at..]).filter(|(word, token)| **word == token.text).count();
            if fits < words.len() {
                continue;
            }
            let weak = WEAK.contains(&words[0]);
            let fine = |it: &&Token| could_be_name(it) && (!weak || awaited || capitalised(original, it));
            // «меня зовут Инна» and «меня Инна зовут».
            let behind = tokens.get(at + words.len());
            // «меня» between them is no name.
            let before = tokens[..at].iter().rfind(|it| !matches!(it.text.as_str(), "меня" | "мне"));
            let before = before.filter(|_| words[0] == "зовут");
            if let Some(name) = behind.filter(fine).or_else(|| before.filter(fine)) {
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
        && !is_answer(word)
        && !denies(word)
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
    fn phones_and_names() {
        assert_eq!(find_phone("мой +7 (701) 555-00-11"), Some("+77015550011".to_owned()));
        for text in [
            "завтра в 15 87015550011 Инна",
            "8701 555 0011 15:00",
            "Инна, 87015550011 15.30 завтра",
            "8 (701) 555-00-11",
        ] {
            assert_eq!(find_phone(text), Some("87015550011".to_owned()), "{text}");
        }
        assert_eq!(find_phone("в 14:00 12 января"), None);
        let name = |text: &str| find_name(text, &tokens(text), false);
        let awaited = |text: &str| find_name(text, &tokens(text), true);
        assert_eq!(name("Меня зовут Айгуль"), Some("Айгуль".to_owned()));
        assert_eq!(name("Это Марина"), Some("Марина".to_owned()));
        assert_eq!(name("это дорого"), None);
        assert_eq!(awaited("это аня"), Some("аня".to_owned()));
        assert_eq!(name("меня Инна зовут"), Some("Инна".to_owned()));
        assert_eq!(name("ладно, сауле меня зовут"), Some("сауле".to_owned()));
        assert_eq!(name("подругу зовут Асем"), Some("Асем".to_owned()));
        assert_eq!(name("аты-жөнім Перизат"), Some("Перизат".to_owned()));
        assert_eq!(is_bare_name("не скажу имя", &Lexicon::default()), None);
    }
}
