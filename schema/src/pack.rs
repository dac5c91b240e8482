//! Packs: how customers of a trade speak. No facts.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::Twins;

/// How customers speak and how the bot answers; no facts.
///
/// Packs are merged: `base`, then those of `extends` in order, then this one. Mappings merge, lists
/// of items with an `id` merge by id, other lists append without duplicates. So an item needs only
/// what it adds or changes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PackFile {
    /// Packs this one builds on, by name; `base` is always included.
    pub extends: Vec<String>,
    /// Categories of services.
    pub service_taxonomy: Taxonomy,
    /// Words for a topic, such as pricing, hours, location.
    pub synonyms: BTreeMap<String, PhraseLists>,
    /// Typical questions about a topic.
    pub typical_questions: BTreeMap<String, PhraseLists>,
    /// What a message may ask for: phrases by intent. They may hold the slots {service}, {date},
    /// {time}, {branch}.
    pub intents: BTreeMap<String, IntentEntry>,
    /// Rules that outrank answers, in order of precedence.
    pub policies: Vec<PolicyEntry>,
    /// What the bot says, by occasion; slots in {braces}.
    pub templates: BTreeMap<String, Bilingual>,
    /// General advice that needs no facts.
    pub consult_playbooks: Vec<PlaybookEntry>,
    /// Words that tell the trade from the rest of the world.
    pub ood_anchors: AnchorLists,
    /// How words are written.
    pub lexicon: LexiconEntry,
}

/// Phrases by language.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PhraseLists {
    /// In Russian.
    pub ru: Vec<String>,
    /// In Kazakh.
    pub kk: Vec<String>,
}

/// A text in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Bilingual {
    /// In Russian.
    pub ru: Option<String>,
    /// In Kazakh.
    pub kk: Option<String>,
}

/// Categories of services.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Taxonomy {
    /// The categories.
    pub categories: Vec<CategoryEntry>,
}

/// A category of services.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CategoryEntry {
    /// Its short name.
    pub id: String,
    /// Its name in Russian.
    pub label_ru: Option<String>,
    /// Its name in Kazakh.
    pub label_kk: Option<String>,
    /// Kinds of service in it, in Russian.
    #[serde(default)]
    pub includes_ru: Vec<String>,
    /// Kinds of service in it, in Kazakh.
    #[serde(default)]
    pub includes_kk: Vec<String>,
    /// What customers call it in Russian.
    #[serde(default)]
    pub synonyms_ru: Vec<String>,
    /// What customers call it in Kazakh.
    #[serde(default)]
    pub synonyms_kk: Vec<String>,
}

/// What one kind of question sounds like.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct IntentEntry {
    /// In Russian.
    pub ru: Vec<String>,
    /// In Kazakh.
    pub kk: Vec<String>,
    /// What sounds alike and means something else.
    pub not: PhraseLists,
}

/// A rule that outranks answers.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicyEntry {
    /// Its short name; where it hands over it is the reason: payment, medical, complaint, …
    pub id: String,
    /// hard_law: always handed over; gate: handed over unless the facts allow an answer; opt_out:
    /// the customer wants silence; human: wants a person; frustration: has had enough.
    pub kind: Option<PolicyType>,
    /// What it sounds like.
    #[serde(default)]
    pub examples: PhraseLists,
    /// What sounds alike and is harmless.
    #[serde(default)]
    pub counter_examples: PhraseLists,
    /// What the customer is told.
    pub says: Option<Bilingual>,
}

/// How a policy acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum PolicyType {
    /// Always handed over.
    HardLaw,
    /// Handed over unless the facts allow an answer.
    Gate,
    /// The customer wants silence.
    OptOut,
    /// The customer wants a person.
    Human,
    /// The customer has had enough.
    Frustration,
}

/// General advice that needs no facts.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields, extend("x-twins" = true))]
pub struct PlaybookEntry {
    /// Its short name.
    #[schemars(extend("x-twin" = false))]
    pub id: String,
    /// Its topic; the id by default.
    #[schemars(extend("x-twin" = false))]
    pub topic: Option<String>,
    /// What sets it off.
    #[serde(default)]
    pub triggers: PhraseLists,
    /// More of what sets it off.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// The first sentence.
    pub lead: Option<String>,
    /// Questions to the customer. Put a text with `: ` in quotes.
    #[serde(default)]
    pub questions: Vec<String>,
    /// Pieces of advice. Put a text with `: ` in quotes.
    #[serde(default)]
    pub options: Vec<String>,
    /// What to do next.
    pub next_step: Option<String>,
    /// What to do instead of advising.
    #[schemars(extend("x-twin" = false))]
    pub action: Option<String>,
    /// What the customer is told when a person takes over.
    pub escalation_message: Option<String>,
    /// Used when no other playbook fits; false by default.
    pub fallback: Option<bool>,
    /// Kazakh siblings.
    #[serde(flatten)]
    #[schemars(skip)]
    pub kk: Twins,
}

/// Words that tell the trade from the rest of the world.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AnchorLists {
    /// Of the trade.
    pub in_domain: PhraseLists,
    /// Of other worlds.
    pub out_of_domain: PhraseLists,
}

/// How words are written in this trade.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LexiconEntry {
    /// Slang → the word or words to read it as.
    pub slang: BTreeMap<String, String>,
    /// Words in other letters → the word or words to read them as.
    pub transliteration: BTreeMap<String, String>,
    /// Words that carry no meaning for matching.
    pub stop_words: PhraseLists,
    /// What only people may promise («вы записаны»): a model's sentence that says it is not sent.
    pub promises: PhraseLists,
}
