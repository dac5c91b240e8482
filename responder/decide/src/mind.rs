//! A release made ready to be asked.

use std::collections::BTreeMap;
use std::sync::Arc;

use format::{Pack, Release};

use crate::answer::View;
use crate::guard::Known;
use crate::understand::{Builder, Class, Classes, Lexicon, Mentions, Place, Slot, Token, read_phrase};

/// A release with its exemplars weighed and its names indexed; build once, share.
#[derive(Debug)]
pub struct Mind {
    release: Arc<Release>,
    lexicon: Lexicon,
    classes: Classes,
    everywhere: View,
    branches: BTreeMap<String, View>,
    known: Known,
    promises: Vec<Vec<Token>>,
    places: BTreeMap<String, Place>,
}

/// Exemplars count fully, single terms of a topic a little less.
const TERM: f32 = 0.92;

impl Mind {
    /// Prepares a release; takes milliseconds.
    #[must_use]
    pub fn new(release: Arc<Release>) -> Self {
        let lexicon = Lexicon::new(&release.pack.lexicon);
        let everywhere = View::new(&lexicon, &release.facts, &release.pack);
        let branches = release
            .branch_facts
            .iter()
            .map(|(slug, facts)| (slug.clone(), View::new(&lexicon, facts, &release.pack)))
            .collect();
        let classes = classes(&release, &lexicon, &everywhere.mentions);
        let known = Known::of(&release);
        let promises = release.pack.lexicon.promises.all().map(|it| read_phrase(&lexicon, it));
        let promises = promises.filter(|it| !it.is_empty()).collect();
        let place = |it: &format::Branch| (it.slug.clone(), Place::new(&release, &lexicon, it));
        let places = release.branches.iter().map(place).collect();
        Self { release, lexicon, classes, everywhere, branches, known, promises, places }
    }

    /// The release behind it.
    #[must_use]
    pub fn release(&self) -> &Arc<Release> {
        &self.release
    }

    pub(crate) fn pack(&self) -> &Pack {
        &self.release.pack
    }

    pub(crate) fn lexicon(&self) -> &Lexicon {
        &self.lexicon
    }

    pub(crate) fn classes(&self) -> &Classes {
        &self.classes
    }

    pub(crate) fn known(&self) -> &Known {
        &self.known
    }

    /// What customers call a branch; `None` for a slug that is none.
    pub(crate) fn place(&self, branch: &str) -> Option<&Place> {
        self.places.get(branch)
    }

    /// What only people may promise.
    pub(crate) fn promises(&self) -> &[Vec<Token>] {
        &self.promises
    }

    /// Facts as they hold at a branch, or everywhere.
    pub(crate) fn view(&self, branch: Option<&str>) -> &View {
        branch.and_then(|it| self.branches.get(it)).unwrap_or(&self.everywhere)
    }
}

fn classes(release: &Release, lexicon: &Lexicon, mentions: &Mentions) -> Classes {
    let pack = &release.pack;
    let mut builder = Builder::default();
    let mut add = |class: &Class, phrase: &str, factor: f32| {
        let mut tokens = read_phrase(lexicon, phrase);
        builder.add(class, &tokens, factor);
        if matches!(class, Class::Intent(_)) && !mentions.find(&mut tokens).is_empty() {
            builder.add(class, &general(tokens), factor);
        }
    };
    for (id, intent) in &pack.intents {
        let class = Class::Intent(id.clone());
        intent.examples.all().for_each(|it| add(&class, it, 1.0));
        intent.terms.all().for_each(|it| add(&class, it, TERM));
        intent.not.all().for_each(|it| add(&Class::Harmless(format!("intent.{id}")), it, 1.0));
    }
    let off_topic = Class::Intent("off_topic".to_owned());
    pack.anchors.out_of_domain.all().for_each(|it| add(&off_topic, it, TERM));
    for (at, policy) in pack.policies.iter().enumerate() {
        policy.examples.all().for_each(|it| add(&Class::Policy(at), it, 1.0));
        let harmless = Class::Harmless(format!("policy.{}", policy.id));
        policy.counter_examples.all().for_each(|it| add(&harmless, it, 1.0));
    }
    for (at, playbook) in pack.playbooks.iter().enumerate() {
        let factor = if playbook.fallback { TERM } else { 1.0 };
        playbook.triggers.all().for_each(|it| add(&Class::Playbook(at), it, factor));
    }
    for (at, answer) in release.facts.answers.iter().enumerate() {
        answer.questions.iter().for_each(|it| add(&Class::Answer(at), it, 1.0));
    }
    builder.build()
}

/// Named things replaced by the slot, so that one exemplar speaks for every service.
fn general(tokens: Vec<Token>) -> Vec<Token> {
    let mut out: Vec<Token> = Vec::new();
    for token in tokens {
        if token.is(Slot::Service) {
            if !out.iter().any(|it| it.is(Slot::Service)) {
                out.push(Token::of_slot(Slot::Service));
            }
        } else {
            out.push(token);
        }
    }
    out
}
