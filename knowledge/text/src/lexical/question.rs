//! The query side: a question, its vector, and how much of it a passage covers.

use super::function_words::is_function_word;
use super::term::{WordTerms, terms};
use super::{Idf, SparseVector};

/// Weight of stems against that of n-grams in the vector.
const STEM: f32 = 1.0;
/// Weight of n-grams.
const GRAM: f32 = 0.5;
/// What is left of the weight of a word that carries no topic.
const FUNCTION_WORD: f32 = 0.15;
/// Share of a word's n-grams below which it counts as absent: short words share that much by chance.
const GRAM_FLOOR: f32 = 0.4;

/// A question, encoded against the idf of one release.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Question {
    /// What the index is asked with.
    pub vector: SparseVector,
    /// Its words, each once, in order.
    pub words: Vec<QuestionWord>,
}

/// A word of a question.
#[derive(Debug, Clone, PartialEq)]
pub struct QuestionWord {
    /// The normalised word.
    pub text: String,
    /// Its share of the question's idf mass, 0–1; the shares of a question add up to 1.
    pub share: f32,
    stems: Vec<u32>,
    /// N-grams with their idf.
    grams: Vec<(u32, f32)>,
}

/// Encodes a question against the idf of the tenant's release.
#[must_use]
pub fn encode_query(text: &str, idf: &Idf) -> Question {
    let mut pairs = Vec::new();
    let mut words: Vec<QuestionWord> = Vec::new();
    for WordTerms { text, stems, mut grams } in terms(text) {
        if words.iter().any(|it| it.text == text) {
            continue;
        }
        grams.sort_unstable();
        grams.dedup();
        let damping = if is_function_word(&text) { FUNCTION_WORD } else { 1.0 };
        // The commoner of two stems tells how common the word is.
        let known = stems.iter().map(|it| idf.frequency(*it)).max().unwrap_or(0);
        let share = damping * idf.weight_of(known);
        pairs.extend(stems.iter().map(|it| (*it, STEM * damping * idf.weight(*it))));
        let grams: Vec<(u32, f32)> = grams.into_iter().map(|it| (it, idf.weight(it))).collect();
        pairs.extend(grams.iter().map(|(it, weight)| (*it, GRAM * damping * weight)));
        words.push(QuestionWord { text, share, stems, grams });
    }
    let mass: f32 = words.iter().map(|it| it.share).sum();
    for word in &mut words {
        word.share /= mass;
    }
    Question { vector: SparseVector::from_pairs(pairs), words }
}

/// The share of the question's idf mass that the passage covers, 0–1. Absolute: it does not depend
/// on other passages found. A word counts in full when a stem of it stands in the passage, and in
/// part when most of its n-grams do (typing mistakes, compounds, rare inflections).
#[must_use]
pub fn coverage(question: &Question, document: &SparseVector) -> f32 {
    let covered: f32 = question.words.iter().map(|it| it.share * it.presence(document)).sum();
    covered.clamp(0.0, 1.0)
}

/// The words of the question that the passage covers at least by half, in order.
#[must_use]
pub fn matched(question: &Question, document: &SparseVector) -> Vec<String> {
    let present = question.words.iter().filter(|it| it.presence(document) >= 0.5);
    present.map(|it| it.text.clone()).collect()
}

impl QuestionWord {
    fn presence(&self, document: &SparseVector) -> f32 {
        if self.stems.iter().any(|it| document.contains(*it)) {
            return 1.0;
        }
        let all: f32 = self.grams.iter().map(|it| it.1).sum();
        let shared: f32 = self.grams.iter().filter(|it| document.contains(it.0)).map(|it| it.1).sum();
        if all > 0.0 { ((shared / all - GRAM_FLOOR) / (1.0 - GRAM_FLOOR)).max(0.0) } else { 0.0 }
    }
}
