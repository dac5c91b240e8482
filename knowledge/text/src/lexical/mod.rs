//! The lexical encoder: text ↔ sparse vectors of terms.
//!
//! A *term* is a stem of a word, an in-word character 4-gram, or a 3-gram at its head. The document
//! side is saturated term frequency with a fixed length norm, so a point depends on its passage
//! alone; the query side carries the idf of the tenant's own release, so tenants do not distort
//! each other. The score of a passage is the dot product of the two sides.

mod confidence;
mod document;
mod function_words;
mod idf;
mod question;
mod sparse;
mod term;

pub use confidence::{CONFIDENT, WordMatch, confidence, coverage, explain, matched};
pub use document::{encode_document, encode_passage};
pub use idf::Idf;
pub use question::{Question, QuestionWord, encode_query};
pub use sparse::SparseVector;

/// Names the document side with its version: vectors are kept by it, and any change of terms, hash
/// or weights of the document side must change it.
pub const ENCODER_ID: &str = "lexical-2";
