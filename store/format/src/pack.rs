//! The merged packs: how this tenant's customers speak and how it answers. No facts.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Lang, Text};

/// Phrases by language.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Phrases {
    /// Russian.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ru: Vec<String>,
    /// Kazakh.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kk: Vec<String>,
}

impl Phrases {
    /// Those of one language.
    #[must_use]
    pub fn of(&self, lang: Lang) -> &[String] {
        match lang {
            Lang::Ru => &self.ru,
            Lang::Kk => &self.kk,
        }
    }

    /// All of them, Russian first.
    pub fn all(&self) -> impl Iterator<Item = &str> {
        self.ru.iter().chain(&self.kk).map(String::as_str)
    }
}

/// What one kind of question sounds like. Phrases may hold the slots `{service}`, `{date}`,
/// `{time}`, `{branch}`, which stand for any value of that kind.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Intent {
    /// Exemplars (the pack's `intents` and `typical_questions`).
    pub examples: Phrases,
    /// Near misses that mean something else.
    pub not: Phrases,
    /// Single terms for the topic (the pack's `synonyms`); weaker than exemplars.
    pub terms: Phrases,
}

/// How a policy acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PolicyKind {
    /// Always handed over.
    HardLaw,
    /// Handed over unless the pack's explicit rules allow an answer.
    Gate,
    /// The customer wants silence.
    OptOut,
    /// The customer wants a person.
    Human,
    /// The customer has had enough.
    Frustration,
}

/// A rule that outranks answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Its id; for those that hand over it is the reason (`payment`, `medical`, …).
    pub id: String,
    /// How it acts.
    pub kind: PolicyKind,
    /// What it sounds like.
    pub examples: Phrases,
    /// What sounds alike and is harmless.
    pub counter_examples: Phrases,
    /// What the customer is told.
    pub says: Option<Text>,
}

/// A category of services.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Category {
    /// Its id.
    pub id: String,
    /// Its label.
    pub label: Text,
    /// Kinds of service in it.
    pub includes: Phrases,
    /// What customers call it.
    pub synonyms: Phrases,
}

/// General advice that needs no facts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Playbook {
    /// Its id.
    pub id: String,
    /// Its topic.
    pub topic: String,
    /// What sets it off.
    pub triggers: Phrases,
    /// The first sentence.
    pub lead: Text,
    /// Questions to the customer.
    pub questions: Vec<Text>,
    /// Pieces of advice.
    pub options: Vec<Text>,
    /// What to do next.
    pub next_step: Option<Text>,
    /// Used when no other playbook fits.
    pub fallback: bool,
}

/// Words that tell the trade from the rest of the world.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Anchors {
    /// Of the trade.
    pub in_domain: Phrases,
    /// Of other worlds.
    pub out_of_domain: Phrases,
}

/// How words are written in this trade.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Lexicon {
    /// Slang or transliterated word → the word to read it as; several words allowed on the right.
    pub slang: BTreeMap<String, String>,
    /// Words that carry no meaning for matching.
    pub stop_words: Phrases,
    /// What only people may promise: a model's sentence that holds all words of one is not sent.
    pub promises: Phrases,
}

/// Base, trade and tenant packs, merged.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Pack {
    /// Categories of services.
    pub categories: Vec<Category>,
    /// Intents by id.
    pub intents: BTreeMap<String, Intent>,
    /// Policies in order of precedence.
    pub policies: Vec<Policy>,
    /// Answer texts by id, with slots in `{braces}`.
    pub templates: BTreeMap<String, Text>,
    /// Consultations.
    pub playbooks: Vec<Playbook>,
    /// In and out of the trade.
    pub anchors: Anchors,
    /// Spelling.
    pub lexicon: Lexicon,
}
