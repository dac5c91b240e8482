//! The step machine: what a turn needs from outside, and what came of it.

use jiff::Zoned;

use crate::ladder::{self, Talk, Waiting};
use crate::{Decision, Memory, Mind, Said, Turn};

/// Something only the caller can do.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Search the tenant's passages.
    Search {
        /// The question, normalised.
        query: String,
        /// Tag of the branch; the shared tag is always searched.
        tag: Option<String>,
        /// How many passages.
        limit: usize,
    },
    /// Ask the model; what comes back is a draft, which the guard reads.
    Generate {
        /// Model id.
        model: String,
        /// Temperature.
        temperature: f64,
        /// The system message.
        system: String,
        /// What was said before, oldest first; a manager's words are not the customer's.
        history: Vec<Said>,
        /// The user message.
        user: String,
        /// The JSON Schema of the answer.
        schema: &'static str,
    },
}

/// A passage found, by digest.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// [`format::Passage::digest`].
    pub digest: String,
    /// Fused score, higher is better.
    pub score: f32,
    /// How sure it is, 0–1; absolute, calibrated in `docs/retrieval.md`.
    pub confidence: f32,
}

/// Why an effect failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// It took too long.
    Timeout,
    /// It answered with an error or nonsense.
    Unavailable,
    /// It is not configured.
    Absent,
}

/// What came of an effect.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// Passages, best first.
    Found(Vec<Found>),
    /// The model's text.
    Generated(String),
    /// Nothing.
    Failed(Failure),
}

/// Where the machine stands between two steps.
#[derive(Debug, Clone)]
pub struct Progress {
    pub(crate) talk: Talk,
    pub(crate) waits_for: Waiting,
}

/// The next step.
#[derive(Debug, Clone)]
pub enum Step {
    /// Do this and [`resume`].
    Need(Box<Progress>, Effect),
    /// Decided.
    Done(Box<Decision>),
}

/// Starts a turn at the local time `now`.
#[must_use]
pub fn begin(mind: &Mind, memory: Memory, turn: &Turn, now: &Zoned) -> Step {
    ladder::begin(mind, memory, turn, now)
}

/// Goes on with what came of the effect.
#[must_use]
pub fn resume(mind: &Mind, progress: Box<Progress>, outcome: Outcome) -> Step {
    ladder::resume(mind, progress.talk, progress.waits_for, outcome)
}
