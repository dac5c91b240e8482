//! Text to passages and terms: normalising, stems, n-grams, chunking, lexical encoder.
//!
//! Pure and deterministic: no clock, no file, no randomness.

pub mod chunk;
pub mod lang;
pub mod lexical;
pub mod money;
mod normalize;
mod plain;
mod quick;
mod root;
mod stem;
mod transliterate;
mod word;

pub use lang::{Lang, detect};
pub use normalize::{is_cyrillic, normalize};
pub use quick::{Quick, QuickHasher};
pub use stem::{grams, has_kazakh_letter, stem_kk, stem_ru, stems};
pub use transliterate::transliterate;
pub use word::{Word, each_word, words};
