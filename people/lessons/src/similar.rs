//! Questions that are asked already.

use crate::words::{PRICE, begins};
use format::{Lang, Passage};
use text::lexical::{self, Idf, Question, SparseVector, encode_document, encode_passage, encode_query};

/// From this score on two questions are one, and a lesson replaces the one that stands. Fitted on
/// the pairs in the tests.
pub const SIMILAR: f32 = 0.62;

/// A lesson that stands: in use or waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing<'s> {
    /// Its id.
    pub id: &'s str,
    /// The question.
    pub question: &'s str,
    /// The answer.
    pub answer: &'s str,
}

/// What is asked already.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// A lesson, by its id.
    Lesson(String),
    /// A passage of the release, by its digest.
    Passage(String),
}

/// A question much like another one.
#[derive(Debug, Clone, PartialEq)]
pub struct Similar {
    /// Where it stands.
    pub what: What,
    /// Its words.
    pub question: String,
    /// How much alike, 0–1; see [`SIMILAR`].
    pub score: f32,
}

/// Questions of lessons and passages that are the same as this one in other words, the likest first.
/// Passages of another language are not looked at; of those of documents the last heading is the
/// question, of facts how people ask for them.
#[must_use]
pub fn similar(question: &str, lang: Lang, lessons: &[Standing<'_>], passages: &[Passage]) -> Vec<Similar> {
    let documents: Vec<SparseVector> = lessons
        .iter()
        .map(|it| encode_passage(it.question, it.answer))
        .chain(passages.iter().map(|it| encode_passage(&it.heading(), &it.text)))
        .collect();
    let asked = Asked::new(question, Idf::from_documents(&documents));
    let of_lessons = lessons.iter().map(|it| (What::Lesson(it.id.to_owned()), it.question));
    let of_passages = passages.iter().filter(|it| it.lang == lang).flat_map(|it| {
        let heading = it.section.rsplit(" > ").next().unwrap_or_default();
        std::iter::once(heading)
            .chain(it.asked.iter().map(String::as_str))
            .map(|question| (What::Passage(it.digest.clone()), question))
    });
    let scored = of_lessons.chain(of_passages).map(|(what, other)| {
        let score = asked.likeness(other);
        Similar { what, question: other.to_owned(), score }
    });
    let mut found: Vec<Similar> = scored.filter(|it| it.score >= SIMILAR).collect();
    found.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.what.cmp(&b.what)));
    let mut seen = std::collections::BTreeSet::new();
    found.retain(|it| seen.insert(it.what.clone()));
    found
}

/// How much alike two questions are by themselves, 0–1.
pub(crate) fn likeness(a: &str, b: &str) -> f32 {
    Asked::new(a, Idf::default()).likeness(b)
}

/// What is left of the likeness where one of two questions asks for the price and the other does not:
/// words of prices are so common that they weigh little.
const OTHER_KIND: f32 = 0.6;

fn asks_a_price(words: &[String]) -> bool {
    words.iter().any(|it| begins(PRICE, it))
}

fn words_of(text: &str) -> Vec<String> {
    text::words(text).into_iter().map(|it| it.text).collect()
}

/// A question that others are compared with.
struct Asked {
    words: Vec<String>,
    question: Question,
    document: SparseVector,
    idf: Idf,
}

impl Asked {
    fn new(question: &str, idf: Idf) -> Self {
        Self {
            words: words_of(question),
            question: encode_query(question, &idf),
            document: encode_document(question),
            idf,
        }
    }

    /// What each covers of the other: a question within a longer one asks less.
    fn likeness(&self, other: &str) -> f32 {
        let (question, document) = (encode_query(other, &self.idf), encode_document(other));
        let (there, back) =
            (lexical::coverage(&self.question, &document), lexical::coverage(&question, &self.document));
        let kind = if asks_a_price(&self.words) == asks_a_price(&words_of(other)) { 1.0 } else { OTHER_KIND };
        (there * back).sqrt() * kind
    }
}
