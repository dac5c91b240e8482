//! A message cut into what it asks: the cut that explains most of its words wins.

use super::classes::{Class, Classes, Ranked, Scratch, Seen};
use super::mention::Mention;
use super::reading::Token;

/// One thing a message asks.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Meaning {
    /// Best classes, best first, at most five.
    pub(crate) ranked: Vec<Ranked>,
    /// Its tokens, as a range into [`Heard::tokens`].
    pub(crate) from: usize,
    /// End of the range.
    pub(crate) to: usize,
}

impl Meaning {
    /// The best class, if it scores at least `threshold`.
    pub(crate) fn top(&self, threshold: f32) -> Option<&Class> {
        self.ranked.first().filter(|it| it.score >= threshold).map(|it| &it.class)
    }

    /// The best class that may answer: a near miss of a policy or an intent says what the message is
    /// not, so neither it nor what it is a near miss of is taken.
    pub(crate) fn answerable(&self, threshold: f32, policies: &[format::Policy]) -> Option<&Class> {
        let harmless: Vec<&str> = self
            .ranked
            .iter()
            .take_while(|it| matches!(it.class, Class::Harmless(_)))
            .filter_map(|it| if let Class::Harmless(of) = &it.class { Some(of.as_str()) } else { None })
            .collect();
        let denied = |class: &Class| match class {
            Class::Harmless(_) => true,
            Class::Intent(id) => harmless.iter().any(|it| it.strip_prefix("intent.") == Some(id)),
            Class::Policy(at) => {
                harmless.iter().any(|it| it.strip_prefix("policy.") == Some(policies[*at].id.as_str()))
            }
            Class::Playbook(_) | Class::Answer(_) => false,
        };
        let open = self.ranked.iter().find(|it| !denied(&it.class))?;
        (open.score >= threshold).then_some(&open.class)
    }

    /// The score of the best class.
    pub(crate) fn score(&self) -> f32 {
        self.ranked.first().map_or(0.0, |it| it.score)
    }
}

/// A message as understood.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Heard {
    /// The customer's text.
    pub(crate) original: String,
    /// Its tokens with entities marked.
    pub(crate) tokens: Vec<Token>,
    /// What it asks, in order.
    pub(crate) meanings: Vec<Meaning>,
    /// The best class of each sentence as a whole: cutting may part what belongs together.
    pub(crate) sentences: Vec<Ranked>,
    /// Services it names, in order.
    pub(crate) mentions: Vec<Mention>,
    /// Day and time it names.
    pub(crate) when: super::When,
    /// A name was asked for, and this is one.
    pub(crate) name: Option<String>,
}

impl Heard {
    /// Mentions within a meaning.
    pub(crate) fn mentions_in(&self, meaning: &Meaning) -> impl Iterator<Item = &Mention> {
        let (from, to) = (meaning.from, meaning.to);
        self.mentions.iter().filter(move |it| it.tokens.iter().all(|at| (from..to).contains(at)))
    }

    /// The tokens of a meaning.
    pub(crate) fn tokens_of(&self, meaning: &Meaning) -> &[Token] {
        &self.tokens[meaning.from..meaning.to]
    }
}

/// A piece whose best class scores less explains nothing.
const FLOOR: f32 = 0.42;
/// What each further piece costs, in shares of the sentence.
const CUT: f32 = 0.04;

/// Cuts a message at sentence ends, and inside sentences at commas and conjunctions where that
/// explains more. Also returns the best class of each sentence as a whole.
pub(crate) fn cut(classes: &Classes, tokens: &[Token]) -> (Vec<Meaning>, Vec<Ranked>) {
    let seen = classes.see_all(tokens);
    let (mut meanings, mut sentences) = (Vec::new(), Vec::new());
    Scratch::lend(|scratch| {
        let mut from = 0;
        for to in 1..=tokens.len() {
            if to == tokens.len() || tokens[to].boundary == 2 {
                let (pieces, whole) = sentence(classes, tokens, &seen, scratch, (from, to));
                meanings.extend(pieces);
                sentences.extend(whole);
                from = to;
            }
        }
    });
    (meanings, sentences)
}

fn sentence(
    classes: &Classes,
    tokens: &[Token],
    seen: &[Seen],
    scratch: &mut Scratch,
    (from, to): (usize, usize),
) -> (Vec<Meaning>, Option<Ranked>) {
    let mut edges: Vec<usize> = (from + 1..to).filter(|at| tokens[*at].boundary == 1).collect();
    edges.insert(0, from);
    edges.push(to);
    if edges.len() > 10 {
        // A list of many items is one thing.
        edges = vec![from, to];
    }
    let total = Classes::mass(&seen[from..to]).max(f32::EPSILON);
    // best[i] = the best cut of everything before edge i: its worth and its pieces.
    let mut best: Vec<(f32, Vec<Meaning>)> = vec![(0.0, Vec::new())];
    let (last, mut whole) = (edges.len() - 1, None);
    for end in 1..=last {
        let mut top: Option<(f32, Vec<Meaning>)> = None;
        for start in 0..end {
            let piece = &seen[edges[start]..edges[end]];
            let mut ranked = classes.rank_seen(piece, scratch);
            ranked.truncate(5);
            if (start, end) == (0, last) {
                whole = ranked.first().cloned();
            }
            let score = ranked.first().map_or(0.0, |it| it.score);
            let explained = if score >= FLOOR { score * Classes::mass(piece) / total } else { 0.0 };
            let worth = best[start].0 + explained - CUT;
            if top.as_ref().is_none_or(|it| worth > it.0) {
                let mut pieces = best[start].1.clone();
                pieces.push(Meaning { ranked, from: edges[start], to: edges[end] });
                top = Some((worth, pieces));
            }
        }
        best.extend(top);
    }
    (best.pop().map(|it| it.1).unwrap_or_default(), whole)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::understand::Builder;
    use crate::understand::reading::{Lexicon, read};

    #[test]
    fn a_message_is_cut_where_two_questions_meet() {
        let lexicon = Lexicon::default();
        let mut builder = Builder::default();
        for (id, phrase) in [
            ("price", "сколько стоит ремонт"),
            ("hours", "до скольки вы работаете"),
            ("tea", "чай и кофе есть"),
        ] {
            builder.add(&Class::Intent(id.to_owned()), &read(&lexicon, phrase), 1.0);
        }
        let classes = builder.build();
        let cut_of = |text: &str| -> Vec<String> {
            let tokens = read(&lexicon, text);
            let (meanings, _) = cut(&classes, &tokens);
            meanings
                .iter()
                .filter_map(|it| match it.top(0.4) {
                    Some(Class::Intent(id)) => Some(id.clone()),
                    _ => None,
                })
                .collect()
        };
        assert_eq!(cut_of("до скольки работаете и сколько стоит ремонт?"), ["hours", "price"]);
        assert_eq!(cut_of("чай и кофе есть?"), ["tea"]);
        assert_eq!(cut_of("Сколько стоит ремонт? До скольки работаете?"), ["price", "hours"]);
    }
}
