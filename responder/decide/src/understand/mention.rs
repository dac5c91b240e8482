//! Which services, price-list items and categories a message names.
//!
//! Every name and alias is a phrase; a message mentions it when it says all its words (forms and one
//! slip of the finger allowed) close together. The phrase that explains most wins. A message that
//! says only a telling part of a name («классика») mentions every name with that part.

use std::collections::{BTreeMap, BTreeSet};

use format::{Facts, Pack};

use super::lexemes::{LexemeId, Lexemes};
use super::reading::{Lexicon, Slot, Token, read};

/// What a phrase names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Target {
    /// Index in [`Facts::offers`].
    Offer(usize),
    /// Index in [`Facts::services`].
    Service(usize),
    /// Index in [`Pack::categories`].
    Category(usize),
}

/// A place where a message names something.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Mention {
    /// What is named; several when one phrase names an item and its service, or a part names many.
    pub(crate) targets: Vec<Target>,
    /// Indices of the tokens.
    pub(crate) tokens: Vec<usize>,
    /// All words of a name were said, not only a part.
    pub(crate) whole: bool,
}

#[derive(Debug)]
struct Phrase {
    target: Target,
    required: BTreeSet<LexemeId>,
    optional: BTreeSet<LexemeId>,
}

/// All names of one set of facts.
#[derive(Debug, Default)]
pub(crate) struct Mentions {
    lexemes: Lexemes,
    phrases: Vec<Phrase>,
    uses: BTreeMap<LexemeId, Vec<usize>>,
    weights: BTreeMap<LexemeId, f32>,
    /// Words that questions use anyway («процедура», «уход»): alone they name nothing.
    ordinary: BTreeSet<LexemeId>,
}

impl Mentions {
    /// Names of these facts; `questions` are the pack's, of which no word names anything alone.
    pub(crate) fn new(lexicon: &Lexicon, facts: &Facts, pack: &Pack, questions: &[Vec<Token>]) -> Self {
        let mut names: Vec<(Target, &str)> = Vec::new();
        for (at, it) in facts.offers.iter().enumerate() {
            names.push((Target::Offer(at), &it.name.ru));
            names.extend(it.name.kk.iter().map(|kk| (Target::Offer(at), kk.as_str())));
        }
        for (at, it) in facts.services.iter().enumerate() {
            names.push((Target::Service(at), &it.name.ru));
            names.extend(it.name.kk.iter().map(|kk| (Target::Service(at), kk.as_str())));
            names.extend(it.aliases.iter().map(|alias| (Target::Service(at), alias.as_str())));
        }
        for (at, it) in pack.categories.iter().enumerate() {
            let label = std::iter::once(it.label.ru.as_str()).chain(it.label.kk.as_deref());
            let rest = it.includes.all().chain(it.synonyms.all());
            names.extend(label.chain(rest).map(|name| (Target::Category(at), name)));
        }
        let mut mentions = Self::default();
        for (target, name) in names {
            mentions.add(lexicon, target, name);
        }
        mentions.weigh();
        mentions.learn_ordinary(questions);
        mentions
    }

    fn learn_ordinary(&mut self, questions: &[Vec<Token>]) {
        for tokens in questions {
            let ids: Vec<Option<LexemeId>> = self.ids(tokens);
            let named = self.locate(tokens, &ids, true, &|_| true);
            let is_named = |at: &usize| named.iter().any(|it| it.tokens.contains(at));
            for (at, token) in tokens.iter().enumerate() {
                if token.slot.is_none() && !token.text.is_empty() && !is_named(&at) {
                    let id = ids[at].or_else(|| self.lexemes.find(token).map(|it| it.0));
                    self.ordinary.extend(id);
                }
            }
        }
    }

    /// Indices of the categories that a text names.
    pub(crate) fn categories_in(&self, text: &str) -> Vec<usize> {
        let tokens = read(&Lexicon::default(), text);
        let only = self.locate(&tokens, &self.ids(&tokens), true, &|it| matches!(it, Target::Category(_)));
        only.iter()
            .flat_map(|it| &it.targets)
            .filter_map(|it| if let Target::Category(at) = it { Some(*at) } else { None })
            .collect()
    }

    fn add(&mut self, lexicon: &Lexicon, target: Target, name: &str) {
        let (main, aside) = match name.split_once('(') {
            Some((main, aside)) => (main, aside),
            None => (name, ""),
        };
        let mut learn = |part: &str| -> BTreeSet<LexemeId> {
            read(lexicon, part).iter().filter(|it| !it.stop).map(|it| self.lexemes.learn(it)).collect()
        };
        let (required, optional) = (learn(main), learn(aside));
        if required.is_empty() {
            return;
        }
        for id in required.iter().chain(&optional) {
            self.uses.entry(*id).or_default().push(self.phrases.len());
        }
        self.phrases.push(Phrase { target, required, optional });
    }

    /// A word weighs by how few things it names.
    fn weigh(&mut self) {
        let total: BTreeSet<Target> = self.phrases.iter().map(|it| it.target).collect();
        for (id, phrases) in &self.uses {
            let named: BTreeSet<Target> = phrases.iter().map(|it| self.phrases[*it].target).collect();
            self.weights.insert(*id, 0.3 + (total.len() as f32 / named.len() as f32).ln());
        }
    }

    /// Finds every mention and marks its tokens.
    pub(crate) fn find(&self, tokens: &mut [Token]) -> Vec<Mention> {
        let found = self.mentioned(tokens);
        for mention in &found {
            let part = 1.0 / mention.tokens.len() as f32;
            for at in &mention.tokens {
                tokens[*at].slot = Some((Slot::Service, part));
            }
        }
        found
    }

    /// Every mention.
    pub(crate) fn mentioned(&self, tokens: &[Token]) -> Vec<Mention> {
        self.locate(tokens, &self.ids(tokens), false, &|_| true)
    }

    /// The tokens as words of names, where they may be some.
    fn ids(&self, tokens: &[Token]) -> Vec<Option<LexemeId>> {
        let id = |it: &Token| {
            if it.stop || it.slot.is_some() { None } else { self.lexemes.find(it).map(|it| it.0) }
        };
        tokens.iter().map(id).collect()
    }

    fn locate(
        &self,
        tokens: &[Token],
        ids: &[Option<LexemeId>],
        whole_only: bool,
        wanted: &impl Fn(&Target) -> bool,
    ) -> Vec<Mention> {
        let mut free: BTreeSet<usize> = (0..tokens.len()).filter(|at| ids[*at].is_some()).collect();
        let mut found = Vec::new();
        while let Some(mention) = self.best(ids, &free, tokens, true, wanted) {
            free.retain(|at| !mention.tokens.contains(at));
            found.push(mention);
        }
        while !whole_only && let Some(mention) = self.best(ids, &free, tokens, false, wanted) {
            free.retain(|at| !mention.tokens.contains(at));
            found.push(mention);
        }
        found.sort_by_key(|it| it.tokens[0]);
        found
    }

    /// The mention that explains most of the free tokens.
    fn best(
        &self,
        ids: &[Option<LexemeId>],
        free: &BTreeSet<usize>,
        tokens: &[Token],
        whole: bool,
        wanted: &impl Fn(&Target) -> bool,
    ) -> Option<Mention> {
        let said: BTreeSet<LexemeId> = free.iter().filter_map(|at| ids[*at]).collect();
        let candidates: BTreeSet<usize> =
            said.iter().filter_map(|id| self.uses.get(id)).flatten().copied().collect();
        let mut best: Option<(f32, Vec<usize>, BTreeSet<Target>)> = None;
        for at in candidates {
            let phrase = &self.phrases[at];
            if !wanted(&phrase.target) {
                continue;
            }
            let hits: BTreeSet<LexemeId> = phrase.required.intersection(&said).copied().collect();
            if whole && hits.len() < phrase.required.len() || !whole && !self.telling(phrase, &hits) {
                continue;
            }
            let extra = phrase.optional.intersection(&said).copied();
            let words: BTreeSet<LexemeId> = hits.into_iter().chain(extra).collect();
            let Some(places) = places(ids, free, tokens, &words) else { continue };
            let weight: f32 = words.iter().map(|id| self.weights[id]).sum();
            match &mut best {
                Some((top, where_, targets)) if (*top - weight).abs() < 1e-4 && *where_ == places => {
                    targets.insert(phrase.target);
                }
                Some((top, ..)) if *top >= weight => {}
                _ => best = Some((weight, places, BTreeSet::from([phrase.target]))),
            }
        }
        let (_, tokens, mut targets) = best?;
        if !whole {
            // A part names everything that has it, not only what it names best.
            let words: BTreeSet<LexemeId> = tokens.iter().filter_map(|at| ids[*at]).collect();
            let holders =
                self.phrases.iter().filter(|it| words.is_subset(&it.required) && wanted(&it.target));
            targets.extend(holders.map(|it| it.target));
        }
        Some(Mention { targets: targets.into_iter().collect(), tokens, whole })
    }

    /// A part of a name is telling when it weighs at least two fifths of the name and is no everyday word.
    fn telling(&self, phrase: &Phrase, hits: &BTreeSet<LexemeId>) -> bool {
        let weight = |ids: &BTreeSet<LexemeId>| ids.iter().map(|id| self.weights[id]).sum::<f32>();
        !hits.is_subset(&self.ordinary) && weight(hits) * 2.5 >= weight(&phrase.required)
    }
}

/// The places of these words, if they stand close together and no sentence ends between them.
fn places(
    ids: &[Option<LexemeId>],
    free: &BTreeSet<usize>,
    tokens: &[Token],
    words: &BTreeSet<LexemeId>,
) -> Option<Vec<usize>> {
    let all: Vec<usize> =
        free.iter().copied().filter(|at| ids[*at].is_some_and(|id| words.contains(&id))).collect();
    // The tightest run that has every word.
    let mut best: Option<&[usize]> = None;
    for from in 0..all.len() {
        let mut have = BTreeSet::new();
        for to in from..all.len() {
            have.extend(ids[all[to]]);
            if have.len() == words.len() {
                let run = &all[from..=to];
                if best.is_none_or(|it| span(run) < span(it)) {
                    best = Some(run);
                }
                break;
            }
        }
    }
    let run = best?;
    let crossed = tokens[run[0] + 1..=run[run.len() - 1]].iter().any(|it| it.boundary == 2);
    (span(run) <= words.len() * 2 + 1 && !crossed).then(|| run.to_vec())
}

fn span(run: &[usize]) -> usize {
    run[run.len() - 1] - run[0] + 1
}

#[cfg(test)]
mod tests {
    use format::{Offer, Price, Text};

    use super::*;

    fn found(text: &str) -> Vec<(Vec<Target>, bool)> {
        let offers = ["Ремонт телефона", "Ремонт телефона срочный", "Замена стекла", "Чистка (ноутбук)"];
        let facts = Facts {
            offers: offers
                .iter()
                .map(|it| Offer {
                    category: Text::default(),
                    name: Text::plain(*it),
                    price: Price::Exact(1),
                    note: None,
                    source: format::Source::default(),
                })
                .collect(),
            ..Facts::default()
        };
        let lexicon = Lexicon::default();
        let mentions = Mentions::new(&lexicon, &facts, &Pack::default(), &[]);
        let mut tokens = read(&lexicon, text);
        mentions.find(&mut tokens).into_iter().map(|it| (it.targets, it.whole)).collect()
    }

    #[test]
    fn the_longest_name_wins() {
        assert_eq!(found("сколько стоит срочный ремонт телефона"), [(vec![Target::Offer(1)], true)]);
        assert_eq!(
            found("ремонт телефонов и замену стекла"),
            [(vec![Target::Offer(0)], true), (vec![Target::Offer(2)], true)]
        );
        assert_eq!(found("чистка"), [(vec![Target::Offer(3)], true)]);
        assert_eq!(found("стекло"), [(vec![Target::Offer(2)], false)]);
        assert_eq!(found("где вы"), []);
    }
}
