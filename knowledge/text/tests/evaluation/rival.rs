//! What our encoder is measured against: plain BM25 with the true mean length.

use std::collections::{BTreeMap, BTreeSet};

use text::{grams, words};

use super::Passage;

/// Who ranks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rival {
    /// Our encoder.
    Ours,
    /// BM25 over in-word 4-grams.
    Grams,
    /// BM25 over words as they are written.
    Words,
}

const K1: f32 = 1.2;
const B: f32 = 0.75;

fn terms(rival: Rival, text: &str) -> Vec<String> {
    let words = words(text).into_iter().map(|it| it.text);
    if rival == Rival::Words { words.collect() } else { words.flat_map(|it| grams(&it, 4)).collect() }
}

/// Scores of the passages, in order, for a question.
pub(crate) fn bm25(rival: Rival, passages: &[&Passage]) -> impl Fn(&str) -> Vec<f32> + use<> {
    let mut postings: BTreeMap<String, BTreeMap<usize, f32>> = BTreeMap::new();
    let mut lengths = Vec::new();
    for (at, passage) in passages.iter().enumerate() {
        let terms = terms(rival, &format!("{}\n{}", passage.section, passage.text));
        lengths.push(terms.len() as f32);
        for term in terms {
            *postings.entry(term).or_default().entry(at).or_insert(0.0) += 1.0;
        }
    }
    let count = lengths.len() as f32;
    let mean = lengths.iter().sum::<f32>() / count;
    move |question| {
        let mut scores = vec![0.0; lengths.len()];
        let asked: BTreeSet<String> = terms(rival, question).into_iter().collect();
        for documents in asked.iter().filter_map(|it| postings.get(it)) {
            let have = documents.len() as f32;
            let idf = (1.0 + (count - have + 0.5) / (have + 0.5)).ln();
            for (at, tf) in documents {
                let norm = K1 * (1.0 - B + B * lengths[*at] / mean);
                scores[*at] += idf * tf * (K1 + 1.0) / (tf + norm);
            }
        }
        scores
    }
}
