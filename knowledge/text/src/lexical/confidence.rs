//! How sure a passage is: absolute, so it does not depend on what else was found.

use super::{Question, SparseVector};

/// A passage below this [`confidence`] should not answer.
pub const CONFIDENT: f32 = 0.5;

// Weights in the logit, fitted on the tuning half of the development set.

/// Of [`evidence`], by its logarithm.
const EVIDENCE: f32 = 1.82;
/// Of [`coverage`].
const COVERAGE: f32 = 2.99;
/// Of the share of words that nobody at this tenant uses.
const UNKNOWN: f32 = -1.53;
/// Of the size of the release, by its logarithm: among more passages, more are alike by chance.
const PASSAGES: f32 = -0.31;
/// Passages of a release of ordinary size.
const ORDINARY_PASSAGES: f32 = 40.0;
/// What all of them must reach together. Moved up from the fit until 97 % of the questions that
/// nobody here can answer stay below [`CONFIDENT`].
const REQUIRED: f32 = 4.08;

/// What a word of the question has to do with a passage.
#[derive(Debug, Clone, PartialEq)]
pub struct WordMatch {
    /// The normalised word.
    pub word: String,
    /// Its share of the question's idf mass, 0–1.
    pub share: f32,
    /// How far it stands in the passage: 1 when a form of it does, less when it only resembles one.
    pub presence: f32,
}

/// How sure it is that the passage answers the question, 0–1; see [`CONFIDENT`].
///
/// A logistic curve over absolute measures: the share of the question that the passage covers; how
/// much evidence that is, so that one common word of a one-word question does not suffice; how many
/// of its words the tenant never uses; and how many passages there were to choose from.
#[must_use]
pub fn confidence(question: &Question, document: &SparseVector) -> f32 {
    let evidence = evidence(question, document);
    if evidence <= 0.0 {
        return 0.0;
    }
    let logit = EVIDENCE * evidence.ln_1p()
        + COVERAGE * coverage(question, document)
        + UNKNOWN * question.unknown
        + PASSAGES * (question.passages.max(1) as f32 / ORDINARY_PASSAGES).ln()
        - REQUIRED;
    1.0 / (1.0 + (-logit).exp())
}

/// The score in terms that no other passage has: comparable between releases of any size.
fn evidence(question: &Question, document: &SparseVector) -> f32 {
    if question.unit > 0.0 { question.vector.dot(document) / question.unit } else { 0.0 }
}

/// The share of the question's idf mass that the passage covers, 0–1. A word counts in full when a
/// stem of it stands in the passage, and in part when most of its n-grams do (typing mistakes,
/// compounds, rare inflections).
#[must_use]
pub fn coverage(question: &Question, document: &SparseVector) -> f32 {
    let covered: f32 = question.words.iter().map(|it| it.share * it.presence(document)).sum();
    covered.clamp(0.0, 1.0)
}

/// The words of the question that the passage covers at least by half, in order.
#[must_use]
pub fn matched(question: &Question, document: &SparseVector) -> Vec<String> {
    explain(question, document).into_iter().filter(|it| it.presence >= 0.5).map(|it| it.word).collect()
}

/// Every word of the question, in order, with its share and how far it stands in the passage.
#[must_use]
pub fn explain(question: &Question, document: &SparseVector) -> Vec<WordMatch> {
    let words = question.words.iter();
    words
        .map(|it| WordMatch { word: it.text.clone(), share: it.share, presence: it.presence(document) })
        .collect()
}
