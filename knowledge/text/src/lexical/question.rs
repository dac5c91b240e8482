//! The query side: a question, its vector, and how much of it a passage covers.

use std::collections::BTreeSet;

use super::function_words::is_function_word;
use super::term::{WordTerms, terms, terms_of_word};
use super::{Idf, SparseVector};
use crate::transliterate::{romanize, transliterate};

/// Weight of stems in the vector.
const STEM: f32 = 1.0;
/// Weight of the first 4-gram of a word.
const GRAM: f32 = 0.8;
/// Each further 4-gram of the word weighs that much of the one before: Russian and Kazakh inflect at
/// the end, so the head of a word tells more.
const GRAM_DECAY: f32 = 0.8;
/// …but not less than that of the first, for the second halves of compounds.
const GRAM_LEAST: f32 = 0.25;
/// Weight of the 3-grams at the head of a word.
const HEAD: f32 = 1.0;
/// What is left in the vector of the weight of a word that carries no topic.
const FUNCTION_WORD: f32 = 0.35;
/// What is left of its share of the question.
const FUNCTION_WORD_SHARE: f32 = 0.1;
/// For telling whether a word stands in a passage, each further 4-gram counts that much of the one
/// before.
const PRESENCE_DECAY: f32 = 0.6;
/// Share of a word's 4-grams up to which it counts as absent: words share that much by chance.
const PRESENCE_FLOOR: f32 = 0.3;

/// A question, encoded against the idf of one release.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Question {
    /// What the index is asked with.
    pub vector: SparseVector,
    /// Its words, each once, in order.
    pub words: Vec<QuestionWord>,
    /// What a term weighs that no document has, the unit of scores of this release.
    pub(super) unit: f32,
    /// How many passages the release has.
    pub(super) passages: u32,
    /// Share of the words with a topic that no passage of the release has.
    pub(super) unknown: f32,
}

/// A word of a question.
#[derive(Debug, Clone, PartialEq)]
pub struct QuestionWord {
    /// The normalised word.
    pub text: String,
    /// Its share of the question's idf mass, 0–1; the shares of a question add up to 1.
    pub share: f32,
    stems: Vec<u32>,
    /// 4-grams in order, each once.
    grams: Vec<u32>,
}

/// Words of a question that are looked at: nobody asks longer, and the work stays bounded.
const MOST_WORDS: usize = 512;

/// Encodes a question against the idf of the tenant's release.
#[must_use]
pub fn encode_query(text: &str, idf: &Idf) -> Question {
    let mut pairs = Vec::new();
    let mut words: Vec<QuestionWord> = Vec::new();
    let mut seen = BTreeSet::new();
    let (mut topics, mut unknown) = (0.0_f32, 0.0);
    for word in terms(text).take(MOST_WORDS) {
        if !seen.insert(word.text.clone()) {
            continue;
        }
        let WordTerms { text, stems, grams, heads } = in_the_script_of_documents(word, idf);
        let carries_no_topic = is_function_word(&text);
        let damping = if carries_no_topic { FUNCTION_WORD } else { 1.0 };
        let mut ask = |term: u32, weight: f32| {
            // A term that no document has finds nothing and would only cost the engine time.
            if idf.documents() == 0 || idf.frequency(term) > 0 {
                pairs.push((term, weight * idf.weight(term)));
            }
        };
        stems.iter().for_each(|it| ask(*it, STEM * damping));
        let mut once: Vec<u32> = Vec::with_capacity(grams.len());
        for gram in grams {
            if !once.contains(&gram) {
                once.push(gram);
            }
        }
        // Forms of words without a topic are known by heart, so their parts tell nothing.
        if !carries_no_topic {
            heads.iter().for_each(|it| ask(*it, HEAD));
            let mut place = GRAM;
            for gram in &once {
                ask(*gram, place);
                place = (place * GRAM_DECAY).max(GRAM * GRAM_LEAST);
            }
        }
        // The commoner of two stems tells how common the word is.
        let known = stems.iter().map(|it| idf.frequency(*it)).max().unwrap_or(0);
        if !carries_no_topic {
            topics += 1.0;
            unknown += f32::from(known == 0);
        }
        let share = idf.weight_of(known) * if carries_no_topic { FUNCTION_WORD_SHARE } else { 1.0 };
        words.push(QuestionWord { text, share, stems, grams: once });
    }
    let mass: f32 = words.iter().map(|it| it.share).sum();
    for word in &mut words {
        word.share /= mass;
    }
    Question {
        vector: SparseVector::from_pairs(pairs),
        words,
        unit: idf.weight_of(0),
        passages: idf.documents(),
        unknown: unknown / topics.max(1.0),
    }
}

impl Question {
    /// Every term that tells something of a passage, ascending and unique: those of the vector, and
    /// parts of words that it leaves out.
    #[must_use]
    pub fn terms(&self) -> Vec<u32> {
        let words = self.words.iter().flat_map(|it| it.stems.iter().chain(&it.grams));
        let mut all: Vec<u32> = words.chain(self.vector.indices()).copied().collect();
        all.sort_unstable();
        all.dedup();
        all
    }
}

/// The word as it is, or spelled in the other script when the tenant writes it only so: `skolko`, `зум`.
fn in_the_script_of_documents(word: WordTerms, idf: &Idf) -> WordTerms {
    let known = |word: &WordTerms| word.stems.iter().any(|it| idf.frequency(*it) > 0);
    if idf.documents() == 0 || known(&word) {
        return word;
    }
    let Some(other) = transliterate(&word.text).or_else(|| romanize(&word.text)) else { return word };
    let other = WordTerms { text: word.text.clone(), ..terms_of_word(other) };
    // What was typed in Latin letters is a word of ours more often than not.
    if known(&other) || word.text.is_ascii() { other } else { word }
}

impl QuestionWord {
    /// 1 when a stem stands in the document, less when only some n-grams do. Weighing them by idf
    /// would let endings that nobody used before outweigh the root, so they count by place alone.
    pub(super) fn presence(&self, document: &SparseVector) -> f32 {
        if self.stems.iter().any(|it| document.contains(*it)) {
            return 1.0;
        }
        let (mut all, mut shared, mut place) = (0.0, 0.0, 1.0_f32);
        for gram in &self.grams {
            all += place;
            if document.contains(*gram) {
                shared += place;
            }
            place *= PRESENCE_DECAY;
        }
        if all > 0.0 { ((shared / all - PRESENCE_FLOOR) / (1.0 - PRESENCE_FLOOR)).max(0.0) } else { 0.0 }
    }
}
