//! The order of words and sentences does not change what is decided.

use std::collections::BTreeSet;
use std::sync::Arc;

use compiler::rehearsal::{Rehearsal, Said};
use decide::Decision;

use crate::compiled;

/// Words of the longest message that is put in another order.
const WORDS: usize = 10;
/// Share of the pairs that may be decided otherwise, in percent.
const ALLOWED: usize = 2;

/// What a decision comes to: what is done, why it is handed over, which facts speak.
fn came_to(decision: &Decision) -> (decide::Kind, Option<format::Reason>, BTreeSet<String>) {
    let facts = decision.trace.entries.iter().filter(|it| it.rule.starts_with("facts."));
    (decision.kind, decision.handover(), facts.flat_map(|it| it.sources.clone()).collect())
}

/// The sentences of a text the other way round, and the words of each turned by one and by two places.
/// Numbers and what stands beside them stay, they are one thing.
fn reordered(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    let sentences: Vec<&str> = text.split_inclusive(['.', '?', '!']).map(str::trim).collect();
    if sentences.len() > 1 && sentences.iter().all(|it| it.chars().any(char::is_alphabetic)) {
        let ended = |it: &&str| match it.ends_with(['.', '?', '!']) {
            true => (*it).to_owned(),
            false => format!("{it}."),
        };
        out.push(sentences.iter().rev().map(ended).collect::<Vec<_>>().join(" "));
        return out;
    }
    let mark = text.chars().last().filter(|it| matches!(it, '.' | '?' | '!'));
    let words: Vec<&str> = text.trim_end_matches(['.', '?', '!']).split_whitespace().collect();
    let plain = words.iter().all(|it| it.chars().all(|it| it.is_alphabetic() || it == '-'));
    if plain && (3..=WORDS).contains(&words.len()) {
        for by in 1..=2 {
            let mut turned = words.clone();
            turned.rotate_left(by);
            out.push(format!("{}{}", turned.join(" "), mark.map(String::from).unwrap_or_default()));
        }
    }
    out
}

#[test]
fn the_order_of_words_decides_nothing() {
    let (mut pairs, mut other) = (0, Vec::new());
    for tenant in compiled() {
        let rehearsal = Rehearsal::new(Arc::new(tenant.release));
        for case in tenant.cases {
            let Some(user) = case.case.user else { continue };
            let hear = |text: &str| {
                let said = Said {
                    instance_id: case.case.instance_id.as_ref().map(|it| it.0.clone()),
                    ..Said::text(text)
                };
                came_to(&rehearsal.conversation().say(said))
            };
            let first = hear(&user.0);
            for text in reordered(&user.0) {
                pairs += 1;
                if hear(&text) != first {
                    other.push(format!("{} → {text}", user.0));
                }
            }
        }
    }
    assert!(pairs >= 300, "{pairs} pairs");
    assert!(other.len() * 100 <= pairs * ALLOWED, "{} of {pairs}:\n{}", other.len(), other.join("\n"));
}
