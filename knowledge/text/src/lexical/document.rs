//! The document side.

use super::SparseVector;
use super::term::{WordTerms, terms};

/// Where term frequency saturates.
const K1: f32 = 1.2;
/// How much length counts, 0–1.
const B: f32 = 0.4;
/// Words of a passage of ordinary length; fixed, so that a vector depends on its own text alone.
const ORDINARY_WORDS: f32 = 100.0;
/// What a word of the heading path counts, in occurrences in the body.
const HEADING: f32 = 1.5;

/// Encodes a text; empty when it has no word.
#[must_use]
pub fn encode_document(text: &str) -> SparseVector {
    encode_passage("", text)
}

/// Encodes a passage under its heading path, which often alone names what the text is about.
#[must_use]
pub fn encode_passage(section: &str, text: &str) -> SparseVector {
    let mut counts = Vec::new();
    let mut length = 0.0;
    for (part, occurrences) in [(section, HEADING), (text, 1.0)] {
        for WordTerms { stems, grams, heads, .. } in terms(part) {
            counts.extend(stems.into_iter().chain(grams).chain(heads).map(|it| (it, occurrences)));
            length += occurrences;
        }
    }
    let norm = K1 * (1.0 - B + B * length / ORDINARY_WORDS);
    SparseVector::from_pairs(counts).map(|count| count * (K1 + 1.0) / (count + norm))
}
