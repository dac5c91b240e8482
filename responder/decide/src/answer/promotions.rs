//! Official promotions and whether they add up.

use std::collections::BTreeSet;

use format::Promotion;

use super::catalog::lower_first;
use super::{Filler, Told, tidy};
use crate::understand::Token;

/// The promotions that the question names, else all of them, with the rule on adding them up.
pub(crate) fn promotions(filler: &Filler<'_>, question: &[Token]) -> Option<Told> {
    let all = &filler.facts().promotions;
    if all.is_empty() {
        return filler.say("promotions.none").map(|it| Told::new(it.text, it.sources));
    }
    let scores: Vec<usize> = all.iter().map(|it| shared_words(it, question)).collect();
    let best = scores.iter().copied().max().unwrap_or(0);
    let asked: Vec<&Promotion> =
        all.iter().zip(&scores).filter(|(_, score)| best == 0 || **score == best).map(|(it, _)| it).collect();
    let mut items = Vec::new();
    let mut sources = Vec::new();
    for promotion in asked {
        let lang = filler.lang();
        let conditions: Vec<String> = [&promotion.eligibility, &promotion.requirements, &promotion.notes]
            .into_iter()
            .flatten()
            .map(|it| lower_first(it.get(lang).trim().trim_end_matches('.')))
            .collect();
        let values = [
            ("name", lower_first(promotion.name.get(lang))),
            ("percent", promotion.discount_percent.map(|it| it.to_string()).unwrap_or_default()),
            ("conditions", conditions.join(", ")),
        ];
        items.push(filler.with(&values).say("promotions.item")?.text.trim_end_matches('.').to_owned());
        sources.push(promotion.source.0.clone());
    }
    let items: Vec<String> = items.iter().map(|it| lower_first(it)).collect();
    let filled = filler.with(&[("items", items.join("; "))]).say("answer.promotions")?;
    sources.extend(filled.sources);
    Some(Told::new(tidy(&filled.text), sources))
}

fn shared_words(promotion: &Promotion, question: &[Token]) -> usize {
    let texts = [Some(&promotion.name), promotion.eligibility.as_ref()];
    let own: BTreeSet<String> = texts
        .into_iter()
        .flatten()
        .flat_map(|it| [Some(it.ru.as_str()), it.kk.as_deref()].into_iter().flatten())
        .flat_map(text::words)
        .filter(|it| it.text.chars().count() > 3)
        .flat_map(|it| text::stems(&it.text))
        .collect();
    question.iter().filter(|it| !it.stop && it.stems.iter().any(|stem| own.contains(stem))).count()
}
