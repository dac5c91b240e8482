//! The document side.

use super::SparseVector;
use super::term::{WordTerms, terms};

/// Where term frequency saturates.
const K1: f32 = 1.2;
/// How much length counts, 0–1.
const B: f32 = 0.5;
/// Words of a passage of ordinary length; fixed, so that a vector depends on its own text alone.
const ORDINARY_WORDS: f32 = 60.0;
/// What a word of the heading path counts, in occurrences in the body.
const HEADING: f32 = 1.0;

/// Encodes a text; empty when it has no word.
#[must_use]
pub fn encode_document(text: &str) -> SparseVector {
    encode_passage("", text)
}

/// Encodes a passage under its heading path, which often alone names what the text is about.
#[must_use]
pub fn encode_passage(section: &str, text: &str) -> SparseVector {
    let mut stems = Vec::new();
    let mut grams = Vec::new();
    let mut length = 0.0;
    for (part, occurrences) in [(section, HEADING), (text, 1.0)] {
        for WordTerms { stems: of_word, grams: in_word, .. } in terms(part) {
            stems.extend(of_word.into_iter().map(|it| (it, occurrences)));
            grams.extend(in_word.into_iter().map(|it| (it, occurrences)));
            length += occurrences;
        }
    }
    let norm = K1 * (1.0 - B + B * length / ORDINARY_WORDS);
    stems.append(&mut grams);
    let counts = SparseVector::from_pairs(stems);
    let saturated = counts.values().iter().map(|count| count * (K1 + 1.0) / (count + norm));
    SparseVector::from_pairs(counts.indices().iter().copied().zip(saturated).collect())
}
