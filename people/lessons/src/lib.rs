//! What a person answered → a lesson: taken from what was said, cleaned of personal data, compared
//! with what stands, judged, and written back into the bundle.
//!
//! Pure: what was said, the release and the lessons that stand are arguments; nothing here knows a
//! store, a desk or a clock.

#![deny(clippy::disallowed_methods)]

mod candidate;
mod clean;
mod contradictions;
mod export;
mod filler;
mod material;
mod passage;
mod sentence;
mod similar;
mod verdict;
mod words;

pub use candidate::{Candidate, LONGEST_ANSWER, LONGEST_QUESTION, candidate};
pub use clean::{Cleaned, Cleaner, Personal};
pub use contradictions::{Contradiction, contradictions};
pub use export::{Approved, case_id, cases, document, document_path};
pub use material::{Material, Message, Who};
pub use passage::{Learned, is_in, passage};
pub use similar::{SIMILAR, Similar, Standing, What, similar};
pub use verdict::{Doubt, Judged, Refusal, Verdict, auto_approve_roles, verdict};
