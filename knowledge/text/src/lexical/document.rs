//! The document side.

use super::SparseVector;
use super::term::{WordTerms, terms};

/// Where term frequency saturates.
const K1: f32 = 1.2;
/// How much length counts, 0–1.
const B: f32 = 0.5;
/// Words of a passage of ordinary length; fixed, so that a vector depends on its own text alone.
const ORDINARY_WORDS: f32 = 100.0;
/// What a word counts, in half occurrences: in the body…
const BODY: u64 = 2;
/// …and in the heading path.
const HEADING: u64 = 4;

/// Encodes a text; empty when it has no word.
#[must_use]
pub fn encode_document(text: &str) -> SparseVector {
    encode_passage("", text)
}

/// Encodes a passage under its heading path, which often alone names what the text is about.
#[must_use]
pub fn encode_passage(section: &str, text: &str) -> SparseVector {
    // Term in the upper half, what it counts in the lower: sorting plain numbers is what makes this fast.
    let mut counts: Vec<u64> = Vec::new();
    let mut length = 0;
    for (part, count) in [(section, HEADING), (text, BODY)] {
        for WordTerms { stems, grams, heads, .. } in terms(part) {
            counts.extend(stems.into_iter().chain(grams).chain(heads).map(|it| u64::from(it) << 32 | count));
            length += count;
        }
    }
    counts.sort_unstable();
    let norm = K1 * (1.0 - B + B * occurrences(length) / ORDINARY_WORDS);
    let weights = counts.chunk_by(|a, b| a >> 32 == b >> 32).map(|run| {
        let count = occurrences(run.iter().map(|it| it & 0xffff_ffff).sum());
        ((run[0] >> 32) as u32, count * (K1 + 1.0) / (count + norm))
    });
    SparseVector::from_sorted(weights)
}

fn occurrences(halves: u64) -> f32 {
    halves as f32 / 2.0
}
