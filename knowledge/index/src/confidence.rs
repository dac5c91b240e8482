//! How sure a hit is. Absolute: no hit is measured by the best one.

use text::lexical::{self, Question, SparseVector};

/// The margin over the background from which a similarity speaks for the passage.
const TURNING_POINT: f32 = 0.35;
/// How fast it does around there.
const WIDTH: f32 = 0.06;
/// What an embedding alone can reach: enough for a model to read the passage, never enough to quote
/// it unread, since an embedding finds the subject of a question and not its answer.
const MOST: f32 = 0.75;
/// How many pairs of passages the background is taken from at most.
const PAIRS: usize = 256;

/// How similar passages of a release are to each other without a reason: models differ in that by
/// far more than in what they make of a question and its answer.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Background {
    similarity: f32,
}

impl Background {
    /// From the release's embeddings, in a fixed order.
    pub(crate) fn of(embeddings: &[Vec<f32>]) -> Self {
        let half = embeddings.len() / 2;
        let pairs = half.min(PAIRS);
        if pairs == 0 {
            return Self::default();
        }
        // Passages half a release apart are seldom of one document.
        let sum: f32 = (0..pairs)
            .map(|it| it * half / pairs)
            .map(|at| cosine(&embeddings[at], &embeddings[at + half]))
            .sum();
        Self { similarity: (sum / pairs as f32).clamp(0.0, 0.95) }
    }

    /// What a similarity to the question says, 0–[`MOST`].
    fn sureness(self, similarity: f32) -> f32 {
        let margin = (similarity - self.similarity) / (1.0 - self.similarity);
        MOST / (1.0 + ((TURNING_POINT - margin) / WIDTH).exp())
    }
}

/// Confidence of a hit: by its words, and by its embedding where both sides have one. Either alone
/// may be enough, and they add to each other as independent witnesses do.
pub(crate) fn confidence(
    question: &Question,
    lexical: &SparseVector,
    (asked, found): (Option<&[f32]>, Option<&[f32]>),
    background: Background,
) -> f32 {
    let words = lexical::confidence(question, lexical);
    match (asked, found) {
        (Some(asked), Some(found)) => 1.0 - (1.0 - words) * (1.0 - background.sureness(cosine(asked, found))),
        _ => words,
    }
}

/// The cosine of the angle between two embeddings, 0 where their sizes differ.
fn cosine(a: &[f32], b: &[f32]) -> f32 {
    if a.len() != b.len() {
        return 0.0;
    }
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    let lengths = (dot(a, a) * dot(b, b)).sqrt();
    if lengths > 0.0 { dot(a, b) / lengths } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use text::lexical::{Idf, encode_document, encode_query};

    use super::{Background, MOST, confidence, cosine};

    #[test]
    fn an_embedding_adds_to_words_and_never_suffices_alone() {
        let (question, document) = (encode_query("доставка", &Idf::default()), encode_document("парковка"));
        let background = Background { similarity: 0.4 };
        let sure = |similarity: f32| {
            let found = [similarity, (1.0 - similarity * similarity).sqrt()];
            confidence(&question, &document, (Some(&[1.0, 0.0]), Some(&found)), background)
        };
        let words = confidence(&question, &document, (None, None), background);
        assert!(sure(0.4) < words + 0.05, "a background similarity says nothing");
        assert!(sure(0.9) > 0.6 && sure(1.0) <= MOST + words, "{} {}", sure(0.9), sure(1.0));
        assert!(sure(0.5) < sure(0.6) && sure(0.6) < sure(0.7));
    }

    #[test]
    fn the_background_is_that_of_the_model() {
        let crowded: Vec<Vec<f32>> = (0..10).map(|it| vec![1.0, it as f32 / 50.0]).collect();
        assert!(Background::of(&crowded).similarity > 0.9);
        assert_eq!(Background::of(&crowded[..1]), Background::default());
        assert_eq!(cosine(&[1.0], &[1.0, 2.0]), 0.0);
        assert_eq!(cosine(&[0.0], &[1.0]), 0.0);
    }
}
