//! A release made ready to be asked.

use std::collections::BTreeMap;
use std::sync::Arc;

use format::{Pack, Release};

use crate::answer::View;
use crate::guard::Known;
use crate::understand::{Builder, Class, Classes, Lexicon, Mention, Mentions, Place, Reader, Slot, Token};

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
        let mut reader = Reader::new(&lexicon);
        let examples = release.pack.intents.values().flat_map(|it| it.examples.all());
        let questions: Vec<Vec<Token>> = examples.map(|it| reader.phrase(it)).collect();
        let view = |facts| View::new(&lexicon, facts, &release.pack, &questions);
        let everywhere = view(&release.facts);
        let branches = release.branch_facts.iter().map(|(slug, facts)| (slug.clone(), view(facts))).collect();
        let classes = classes(&release, &mut reader, &questions, &everywhere.mentions);
        let known = Known::of(&release);
        let promises = release.pack.lexicon.promises.all().map(|it| reader.phrase(it));
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

/// The classes of a release. `questions` are the examples of its intents, in their order.
fn classes(
    release: &Release,
    reader: &mut Reader<'_>,
    questions: &[Vec<Token>],
    mentions: &Mentions,
) -> Classes {
    let pack = &release.pack;
    let mut builder = Builder::default();
    let of_intent = |builder: &mut Builder, class: &Class, tokens: &[Token], factor: f32| {
        builder.add(class, tokens, factor);
        let mentioned = mentions.mentioned(tokens);
        if !mentioned.is_empty() {
            builder.add(class, &general(tokens, &mentioned), factor);
        }
    };
    let mut questions = questions.iter();
    for (id, intent) in &pack.intents {
        let class = Class::Intent(id.clone());
        let own = questions.by_ref().take(intent.examples.all().count());
        own.for_each(|it| of_intent(&mut builder, &class, it, 1.0));
        intent.terms.all().for_each(|it| of_intent(&mut builder, &class, &reader.phrase(it), TERM));
        let harmless = Class::Harmless(format!("intent.{id}"));
        intent.not.all().for_each(|it| builder.add(&harmless, &reader.phrase(it), 1.0));
    }
    let off_topic = Class::Intent("off_topic".to_owned());
    let strange = pack.anchors.out_of_domain.all();
    strange.for_each(|it| of_intent(&mut builder, &off_topic, &reader.phrase(it), TERM));
    let mut add = |class: &Class, phrase: &str, factor: f32| {
        builder.add(class, &reader.phrase(phrase), factor);
    };
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
fn general(tokens: &[Token], mentioned: &[Mention]) -> Vec<Token> {
    let mut out: Vec<Token> = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let is_named = mentioned.iter().any(|it| it.tokens.contains(&at));
        if !is_named && !token.is(Slot::Service) {
            out.push(token.clone());
        } else if !out.iter().any(|it| it.is(Slot::Service)) {
            out.push(Token::of_slot(Slot::Service));
        }
    }
    out
}
