//! Facts as they hold at one branch, with their names indexed.

use format::{Facts, Pack};

use crate::understand::{Lexicon, Mentions};

/// The facts of the tenant or of one branch, made ready.
#[derive(Debug)]
pub(crate) struct View {
    pub(crate) facts: Facts,
    pub(crate) mentions: Mentions,
}

impl View {
    pub(crate) fn new(lexicon: &Lexicon, facts: &Facts, pack: &Pack) -> Self {
        Self { facts: facts.clone(), mentions: Mentions::new(lexicon, facts, pack) }
    }
}
