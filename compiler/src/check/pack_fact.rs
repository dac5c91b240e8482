use serde_json::Value;

use super::{Rule, Scene, amount, rule};
use crate::bundle::Parsed;
use crate::diagnostic::Diagnostic;
use crate::said::{Said, say};
use crate::tree::Kind;

pub(super) const RULE: Rule = rule!("pack-fact", run);

/// What customers say may hold a sum («есть что-нибудь до 5 000 ₸?»); it is no fact.
const CUSTOMERS: [&str; 6] =
    ["/intents/", "/typical_questions/", "/synonyms/", "/examples/", "/counter_examples/", "/triggers/"];

fn run(scene: &Scene<'_>, findings: &mut Vec<Diagnostic>) {
    if let Some(truth) = &scene.bundle.truth {
        look(truth, "/domain_pack", findings);
    }
}

/// Reports facts in the pack under `below`.
pub(super) fn look<T>(file: &Parsed<T>, below: &str, findings: &mut Vec<Diagnostic>) {
    let Some(node) = file.tree.node(below) else { return };
    let mut pointer = below.to_owned();
    node.visit(&mut pointer, &mut |pointer, node| {
        let Kind::Scalar { value: Value::String(text), .. } = &node.kind else { return };
        let path = &pointer[below.len()..];
        let by_customer = CUSTOMERS.iter().any(|it| path.contains(it));
        if let Some(what) = fact(text, by_customer) {
            let help = say!(
                "facts stand in `client_pack`; a pack may name them by a slot such as {{address}}",
                "место фактам в `client_pack`; шаблон называет их через подстановку, например {{address}}",
            );
            findings.push(Diagnostic::warning(RULE.code, file.place(pointer), what).with_help(help));
        }
    });
}

/// What fact a text holds.
fn fact(text: &str, by_customer: bool) -> Option<Said> {
    if text.bytes().any(|it| it.is_ascii_digit()) {
        if !by_customer && !amount::amounts(text).is_empty() {
            return Some(say!("a pack tells a price", "в шаблонах отрасли стоит цена"));
        }
        if has_phone(text) {
            return Some(say!("a pack tells a phone number", "в шаблонах отрасли стоит номер телефона"));
        }
        if has_address(text) {
            return Some(say!("a pack tells an address", "в шаблонах отрасли стоит адрес"));
        }
    }
    None
}

/// Eleven digits that begin with 7 or 8, however they are parted.
fn has_phone(text: &str) -> bool {
    let parts =
        |it: char| it.is_ascii_digit() || matches!(it, '+' | '-' | '–' | '‑' | '(' | ')' | ' ' | '\u{a0}');
    text.split(|it| !parts(it)).any(|run| {
        let digits: String = run.chars().filter(char::is_ascii_digit).collect();
        digits.len() == 11 && digits.starts_with(['7', '8'])
    })
}

/// A word for a street near a number, in either order; Russian and Kazakh.
fn has_address(text: &str) -> bool {
    const STREETS: [&str; 21] = [
        "ул",
        "улица",
        "улице",
        "улицы",
        "пр",
        "просп",
        "проспект",
        "проспекте",
        "проспекта",
        "мкр",
        "мкрн",
        "микрорайон",
        "микрорайоне",
        "переулок",
        "переулке",
        "бульвар",
        "бульваре",
        "шоссе",
        "көшесі",
        "даңғылы",
        "шағынауданы",
    ];
    let words = text::words(text);
    let is_house = |it: &text::Word| it.is_number() && it.text.len() <= 4;
    words.iter().enumerate().filter(|(_, it)| STREETS.contains(&it.text.as_str())).any(|(at, _)| {
        let near = at.saturating_sub(3)..(at + 5).min(words.len());
        words[near].iter().any(is_house)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_are_told_from_manners_of_speaking() {
        for text in [
            "Ремонт стоит 5 000 ₸",
            "Бағасы 5000 теңгеден",
            "Звоните: +7 777 123-45-67",
            "8(727)2506070",
            "Мы на ул. Абая, 150",
            "Абай көшесі 150",
        ] {
            assert!(fact(text, false).is_some(), "{text}");
        }
        for text in [
            "Стоит {price}",
            "Напишите номер телефона",
            "2D и 3D",
            "Первые 24 часа не мочите",
            "Обычно 2–3 недели",
            "На какой улице вы находитесь?",
            "Скидка 10%",
        ] {
            assert!(fact(text, false).is_none(), "{text}");
        }
    }

    #[test]
    fn customers_may_speak_of_sums() {
        assert!(fact("есть что-нибудь до 5 000 ₸?", true).is_none());
        assert!(fact("это +7 777 123 45 67?", true).is_some());
    }
}
