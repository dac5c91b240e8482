//! Which class of message a run of tokens speaks to: intents, policies, consultations and the
//! tenant's own questions compete on the same scale.
//!
//! A class is known by its exemplars. A word weighs by how few classes use it, so «сколько» says
//! little and «стоит» says much. The score of an exemplar is the harmonic mean of two shares of that
//! weight: how much of the message the exemplar explains, and how much of the exemplar the message
//! says. A part of the score comes from the class's whole vocabulary, so that known words in a new
//! order still count.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use super::lexemes::{LexemeId, Lexemes};
use super::reading::{Slot, Token};

/// A class of messages.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Class {
    /// An intent of the packs.
    Intent(String),
    /// A policy, by its index in [`format::Pack::policies`].
    Policy(usize),
    /// What sounds like a policy (by index) or an intent and is not.
    Harmless(String),
    /// A consultation, by its index in [`format::Pack::playbooks`].
    Playbook(usize),
    /// A question of the tenant's own, by its index in [`format::Facts::answers`].
    Answer(usize),
}

/// A class with its score, 0–1.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Ranked {
    pub(crate) class: Class,
    pub(crate) score: f32,
}

#[derive(Debug)]
struct Exemplar {
    class: u32,
    factor: f32,
    weight: f32,
    /// It is made of slots and stop words alone.
    bare: bool,
}

/// What a message and an exemplar share.
#[derive(Debug, Clone, Copy, Default)]
struct Shares {
    explained: f32,
    said: f32,
    /// A word that says what is wanted was said.
    worded: bool,
    /// The word counted last, plus one: a word counts once for an exemplar.
    last: u32,
}

/// Share of the score that the class's whole vocabulary gives.
const VOCABULARY_SHARE: f32 = 0.25;
/// Weight of a word no pack knows, relative to the heaviest known one.
const UNKNOWN: f32 = 0.85;
/// Weight of a stop word relative to another.
const STOP: f32 = 0.15;

/// Share of a policy's exemplar that a message must say, and a message of so few telling words.
const SAID: f32 = 0.45;
const SAID_BY_FEW: f32 = 0.7;
const FEW: usize = 1;

/// All classes of a tenant.
#[derive(Debug, Default)]
pub(crate) struct Classes {
    lexemes: Lexemes,
    classes: Vec<Class>,
    exemplars: Vec<Exemplar>,
    /// Exemplars by word.
    uses: Vec<Vec<u32>>,
    /// Words of each class, a bit for each.
    vocabulary: Vec<Vec<u64>>,
    weights: Vec<f32>,
    heaviest: f32,
}

/// Collects exemplars before the weights are known.
#[derive(Debug, Default)]
pub(crate) struct Builder {
    lexemes: Lexemes,
    /// Words of exemplars, sorted, with the factor of the strongest that consists of them.
    by_class: BTreeMap<Class, BTreeMap<Vec<LexemeId>, f32>>,
    stop: BTreeSet<LexemeId>,
}

impl Builder {
    /// Adds an exemplar; `factor` below 1 for weaker ones.
    pub(crate) fn add(&mut self, class: &Class, tokens: &[Token], factor: f32) {
        let mut words = Vec::with_capacity(tokens.len());
        for token in tokens {
            let id = self.lexemes.learn(token);
            if token.stop {
                self.stop.insert(id);
            }
            words.push(id);
        }
        words.sort_unstable();
        words.dedup();
        if words.is_empty() {
            return;
        }
        if !self.by_class.contains_key(class) {
            self.by_class.insert(class.clone(), BTreeMap::new());
        }
        if let Some(known) = self.by_class.get_mut(class) {
            let strongest = known.entry(words).or_insert(factor);
            *strongest = strongest.max(factor);
        }
    }

    /// Weighs the words.
    pub(crate) fn build(self) -> Classes {
        let mut used_by = vec![0_usize; self.lexemes.len()];
        let mut vocabulary = Vec::new();
        for exemplars in self.by_class.values() {
            let mut bits = vec![0_u64; self.lexemes.len().div_ceil(64)];
            for id in exemplars.keys().flatten() {
                let bit = 1 << (id % 64);
                used_by[*id] += usize::from(bits[id / 64] & bit == 0);
                bits[id / 64] |= bit;
            }
            vocabulary.push(bits);
        }
        let total = self.by_class.len() as f32;
        let weights: Vec<f32> = used_by
            .iter()
            .enumerate()
            .map(|(id, used)| {
                let weight = 0.2 + (total / (*used).max(1) as f32).ln();
                if self.stop.contains(&id) { weight * STOP } else { weight }
            })
            .collect();
        let heaviest = 0.2 + total.max(1.0).ln();
        let mut uses = vec![Vec::new(); self.lexemes.len()];
        let (mut classes, mut exemplars) = (Vec::new(), Vec::new());
        let bare_words: BTreeSet<LexemeId> = self.lexemes.slots().chain(self.stop.iter().copied()).collect();
        let place = |at: usize| u32::try_from(at).expect("packs hold thousands of phrases");
        for (class, items) in self.by_class {
            for (words, factor) in items {
                for id in &words {
                    uses[*id].push(place(exemplars.len()));
                }
                let weight = words.iter().map(|id| weights[*id]).sum();
                let bare = words.iter().all(|id| bare_words.contains(id));
                exemplars.push(Exemplar { class: place(classes.len()), factor, weight, bare });
            }
            classes.push(class);
        }
        Classes { lexemes: self.lexemes, classes, exemplars, uses, vocabulary, weights, heaviest }
    }
}

/// A customer's word as the classes see it: as itself, as a part of an entity, or both.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seen {
    ids: [Option<LexemeId>; 2],
    sure: f32,
    weight: f32,
    /// It is a day, a time, a phone or a stop word, which say nothing of what is wanted.
    value: bool,
    stop: bool,
}

/// What ranking one run of tokens after another needs; a run leaves it as it found it.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    shares: Vec<Shares>,
    touched: Vec<u32>,
}

/// A class whose best exemplar scores less cannot be understood, whatever its vocabulary adds.
const HOPELESS: f32 = 0.2;

thread_local! {
    /// Kept, because it has a place for every exemplar of a release.
    static SCRATCH: Cell<Scratch> = Cell::default();
}

impl Scratch {
    /// Lends this thread's; a panic in `work` loses it.
    pub(crate) fn lend<T>(work: impl FnOnce(&mut Self) -> T) -> T {
        let mut scratch = SCRATCH.take();
        let done = work(&mut scratch);
        SCRATCH.set(scratch);
        done
    }
}

impl Seen {
    fn ids(&self) -> impl Iterator<Item = LexemeId> + '_ {
        self.ids.iter().flatten().copied()
    }
}

impl Classes {
    /// Ranks the classes for a run of tokens, best first; only those that may be understood.
    pub(crate) fn rank(&self, tokens: &[Token]) -> Vec<Ranked> {
        Scratch::lend(|scratch| self.rank_seen(&self.see_all(tokens), scratch))
    }

    /// Looks every word up, once for all runs it will be part of.
    pub(crate) fn see_all(&self, tokens: &[Token]) -> Vec<Seen> {
        tokens.iter().map(|it| self.see(it)).collect()
    }

    /// As [`Classes::rank`], for words that are looked up already.
    pub(crate) fn rank_seen(&self, seen: &[Seen], scratch: &mut Scratch) -> Vec<Ranked> {
        let total: f32 = seen.iter().map(|it| it.weight).sum();
        if total <= 0.0 {
            return Vec::new();
        }
        let Scratch { shares, touched } = scratch;
        if shares.len() < self.exemplars.len() {
            shares.resize(self.exemplars.len(), Shares::default());
        }
        for (nth, word) in (1..).zip(seen) {
            for (at, id) in word.ids.iter().enumerate().filter_map(|(at, it)| Some((at, (*it)?))) {
                let earlier = seen.iter().zip(1..nth).any(|(it, _)| it.ids().any(|other| other == id));
                let first = !earlier && (at == 0 || word.ids[0] != Some(id));
                let (explained, said) = (word.weight * word.sure, self.weights[id] * word.sure);
                let worded = word.ids[0] == Some(id) && !word.value;
                for exemplar in &self.uses[id] {
                    let share = &mut shares[*exemplar as usize];
                    if share.last == 0 {
                        touched.push(*exemplar);
                    }
                    if share.last != nth {
                        share.explained += explained;
                        share.last = nth;
                    }
                    if first {
                        share.said += said;
                    }
                    share.worded |= worded;
                }
            }
        }
        let telling = seen.iter().filter(|it| !it.stop).count();
        let least = if telling <= FEW { SAID_BY_FEW } else { SAID };
        let mut best = vec![0.0_f32; self.classes.len()];
        for at in touched.drain(..) {
            let at = at as usize;
            let (share, exemplar) = (std::mem::take(&mut shares[at]), &self.exemplars[at]);
            let class = exemplar.class as usize;
            // «{service} {date}» alone asks for nothing: a word must say what is wanted.
            if share.explained > 0.0 && exemplar.weight > 0.0 && (share.worded || exemplar.bare) {
                let of_message = share.explained / total;
                let of_exemplar = (share.said / exemplar.weight).min(1.0);
                if of_exemplar < least && matches!(self.classes[class], Class::Policy(_)) {
                    // «второй» is not «облезло на второй день».
                    continue;
                }
                let mean = 2.0 * of_message * of_exemplar / (of_message + of_exemplar);
                best[class] = best[class].max(mean * exemplar.factor);
            }
        }
        let mut ranked: Vec<Ranked> = best
            .iter()
            .enumerate()
            .filter(|(_, score)| **score > HOPELESS)
            .map(|(at, score)| {
                let known = seen
                    .iter()
                    .filter(|it| it.ids().any(|id| self.uses_word(at, id)))
                    .map(|it| it.weight * it.sure)
                    .sum::<f32>();
                let score = (1.0 - VOCABULARY_SHARE) * score + VOCABULARY_SHARE * (known / total);
                Ranked { class: self.classes[at].clone(), score }
            })
            .collect();
        // The tenant's own question wins a tie against a general intent.
        let own = |it: &Ranked| !matches!(it.class, Class::Answer(_));
        ranked.sort_by(|a, b| {
            let by_score = (b.score * 50.0).round().total_cmp(&(a.score * 50.0).round());
            by_score
                .then(own(a).cmp(&own(b)))
                .then(b.score.total_cmp(&a.score))
                .then_with(|| a.class.cmp(&b.class))
        });
        ranked
    }

    /// Whether any pack uses this word.
    pub(crate) fn knows(&self, token: &Token) -> bool {
        self.lexemes.find(token).is_some()
    }

    fn uses_word(&self, class: usize, word: LexemeId) -> bool {
        self.vocabulary[class][word / 64] >> (word % 64) & 1 == 1
    }

    /// The weight of a run of words, for comparing ways to cut a message.
    pub(crate) fn mass(seen: &[Seen]) -> f32 {
        seen.iter().map(|it| it.weight).sum()
    }

    /// Tokens whose words the class does not use and that are no stop words: what is left over.
    pub(crate) fn left_over<'t>(&self, class: &Class, tokens: &'t [Token]) -> Vec<&'t Token> {
        let Some(at) = self.classes.iter().position(|it| it == class) else { return tokens.iter().collect() };
        tokens
            .iter()
            .filter(|it| !it.stop && it.slot.is_none())
            .filter(|it| self.lexemes.find(it).is_none_or(|(id, _)| !self.uses_word(at, id)))
            .collect()
    }

    fn see(&self, token: &Token) -> Seen {
        let word = self.lexemes.find(token);
        if let Some((slot, part)) = token.slot {
            let id = self.lexemes.slot(slot);
            let weight = id.map_or(self.heaviest * UNKNOWN, |id| self.weights[id]) * part;
            let value = matches!(slot, Slot::Date | Slot::Time | Slot::Phone);
            return Seen { ids: [word.map(|it| it.0), id], sure: 1.0, weight, value, stop: token.stop };
        }
        match word {
            Some((id, sure)) => Seen {
                ids: [Some(id), None],
                sure,
                weight: self.weights[id],
                value: token.stop,
                stop: token.stop,
            },
            None => {
                let weight = self.heaviest * UNKNOWN * if token.stop { STOP } else { 1.0 };
                Seen { ids: [None, None], sure: 0.0, weight, value: false, stop: token.stop }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::understand::reading::{Lexicon, read};

    fn classes() -> (Lexicon, Classes) {
        let lexicon = Lexicon::default();
        let mut builder = Builder::default();
        for (id, phrases) in [
            ("price", ["сколько стоит ремонт", "цена ремонта", "почем"]),
            ("time", ["сколько длится ремонт", "когда будет готово", "как долго"]),
            ("place", ["где вы находитесь", "ваш адрес", "как доехать"]),
        ] {
            for phrase in phrases {
                builder.add(&Class::Intent(id.to_owned()), &read(&lexicon, phrase), 1.0);
            }
        }
        (lexicon, builder.build())
    }

    fn top(text: &str) -> String {
        let (lexicon, classes) = classes();
        match classes.rank(&read(&lexicon, text)).first() {
            Some(Ranked { class: Class::Intent(id), .. }) => id.clone(),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn telling_words_decide_not_common_ones() {
        assert_eq!(top("а сколько у вас стоит"), "price");
        assert_eq!(top("сколько длится"), "time");
        assert_eq!(top("стоит сколько"), "price");
        assert_eq!(top("адресс"), "place");
    }

    #[test]
    fn a_word_of_a_policy_is_not_the_policy() {
        let lexicon = Lexicon::default();
        let mut builder = Builder::default();
        builder.add(&Class::Policy(0), &read(&lexicon, "отвалилось на второй день"), 1.0);
        builder.add(&Class::Intent("bye".to_owned()), &read(&lexicon, "до завтра"), 1.0);
        let classes = builder.build();
        let ranked = |text: &str| {
            let mut tokens = read(&lexicon, text);
            crate::understand::find_when(text, &mut tokens);
            classes.rank(&tokens)
        };
        assert_eq!(ranked("второй"), []);
        assert_eq!(ranked("завтра"), [], "a day alone says nothing of what is wanted");
        assert_eq!(ranked("отвалилось уже на второй день")[0].class, Class::Policy(0));
    }
}
