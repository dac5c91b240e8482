//! «А с доставкой?», «у меня большой», «а срочный сколько?»: a word or two that choose among the
//! variants of what was spoken of before.

use std::collections::BTreeSet;

use super::View;
use super::catalog::Named;
use crate::understand::{Lexicon, Token, read};

/// Telling words of the longest message that only chooses.
const WORDS: usize = 4;

/// The items of the price list that hold a word of `before` and every word of the message; `None` where
/// the message chooses nothing.
pub(crate) fn refine(view: &View, lexicon: &Lexicon, before: &str, message: &[Token]) -> Option<Named> {
    let asked: Vec<&Token> = message.iter().filter(|it| !it.stop && !it.is_number_like()).collect();
    if asked.is_empty() || asked.len() > WORDS {
        return None;
    }
    let spoken_of = read(lexicon, before);
    let mut found = Vec::new();
    for (at, (own, kind)) in view.stems.iter().enumerate() {
        let holds = |words: &BTreeSet<String>, it: &Token| it.stems.iter().any(|it| words.contains(it));
        let chosen = asked.iter().filter(|it| holds(own, it)).count();
        let same = spoken_of.iter().any(|it| !it.stop && holds(kind, it));
        if same && chosen == asked.len() {
            found.push(at);
        }
    }
    (!found.is_empty()).then(|| Named { offers: found, by_item: true, ..Named::default() })
}
