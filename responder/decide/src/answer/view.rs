//! Facts as they hold at one branch, with their names indexed.

use std::collections::BTreeSet;

use format::{Facts, Pack};

use crate::understand::{Lexicon, Mentions, Token};

/// The facts of the tenant or of one branch, made ready.
#[derive(Debug)]
pub(crate) struct View {
    pub(crate) facts: Facts,
    pub(crate) mentions: Mentions,
    /// For each item of the price list the stems of its name, and of its name and heading.
    pub(crate) stems: Vec<(BTreeSet<String>, BTreeSet<String>)>,
}

impl View {
    pub(crate) fn new(lexicon: &Lexicon, facts: &Facts, pack: &Pack, questions: &[Vec<Token>]) -> Self {
        let stems = facts.offers.iter().map(|offer| {
            let name = format!("{} {}", offer.name.ru, offer.name.kk.as_deref().unwrap_or_default());
            (stems(&name), stems(&format!("{} {name}", offer.category.ru)))
        });
        let stems = stems.collect();
        Self { facts: facts.clone(), mentions: Mentions::new(lexicon, facts, pack, questions), stems }
    }
}

fn stems(text: &str) -> BTreeSet<String> {
    text::words(text).iter().flat_map(|it| text::stems(&it.text)).collect()
}
