//! Discounts.

use format::{Facts, Promotion};
use text::money::number;
use text::{stems, words};

use super::{Contradiction, mentions};
use crate::words::DISCOUNT;

pub(super) fn find(question: &str, sentence: &str, facts: &Facts) -> Vec<Contradiction> {
    let said = percents(sentence);
    if said.is_empty() || facts.promotions.is_empty() {
        return Vec::new();
    }
    let with_percent = || facts.promotions.iter().filter(|it| it.discount_percent.is_some());
    let named: Vec<&Promotion> =
        with_percent().filter(|it| names(sentence, it) || names(question, it)).collect();
    let is_about = mentions(sentence, DISCOUNT) || mentions(question, DISCOUNT);
    // Without a word about discounts beyond them, the promotions are all there is.
    let all = named.is_empty() && is_about && !facts.discounts.enabled;
    let against: Vec<&Promotion> = if all { with_percent().collect() } else { named };
    let mut found = Vec::new();
    for (percent, written) in said {
        if against.iter().any(|it| it.discount_percent.map(u64::from) == Some(percent)) {
            continue;
        }
        found.extend(against.iter().map(|it| Contradiction {
            fact: format!("{}: {}%", it.name.ru, it.discount_percent.unwrap_or_default()),
            said: written.clone(),
            source: it.source.clone(),
        }));
    }
    found
}

/// Whether a text has every word of the promotion's name that is not about discounts in general.
fn names(text: &str, promotion: &Promotion) -> bool {
    let said: Vec<String> = words(text).iter().flat_map(|it| stems(&it.text)).collect();
    let name = words(&promotion.name.ru);
    let mut telling = name
        .iter()
        .filter(|it| {
            !crate::words::begins(DISCOUNT, &it.text) && it.text.chars().count() > 2 && !it.is_number()
        })
        .peekable();
    telling.peek().is_some() && telling.all(|it| stems(&it.text).iter().any(|it| said.contains(it)))
}

/// Percents of a text, with how they are written.
fn percents(text: &str) -> Vec<(u64, String)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some((start, value, end)) = number(text, at) {
        at = end;
        let after = text[end..].trim_start_matches([' ', '\u{a0}', '-']);
        let lower = after.chars().take(8).collect::<String>().to_lowercase();
        let sign = ["%", "процент", "пайыз"].iter().find(|it| lower.starts_with(**it));
        if let Some(sign) = sign {
            let stop = text.len() - after.len() + sign.len().min(after.len());
            found.push((value, text.get(start..stop).unwrap_or(&text[start..end]).to_owned()));
        }
    }
    found
}
