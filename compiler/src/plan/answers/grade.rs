//! Whether another answer is good or bad news.

use decide::{Decision, Kind};
use serde::{Deserialize, Serialize};

/// The news of an answer that changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    /// A test that passed fails, or what was answered is handed over, asked back or not heard.
    Worse,
    /// Another answer.
    Changed,
    /// What was handed over, asked back or not heard is answered.
    Better,
}

impl Grade {
    /// The word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Worse => "worse",
            Self::Changed => "changed",
            Self::Better => "better",
        }
    }
}

/// Compares what becomes of a question, whatever is said.
pub(super) fn of(before: &Decision, after: &Decision) -> Grade {
    match (is_answer(before), is_answer(after)) {
        (true, false) => Grade::Worse,
        (false, true) => Grade::Better,
        _ => Grade::Changed,
    }
}

/// The bot helped by itself: it neither passed the question on, nor asked back, nor kept silent.
fn is_answer(decision: &Decision) -> bool {
    const NOT_UNDERSTOOD: [&str; 4] = ["clarify", "clarify.limit", "unknown", "branch.ask"];
    let gave_up = |rule: &str| NOT_UNDERSTOOD.contains(&rule);
    matches!(decision.kind, Kind::Reply | Kind::BookingFlow)
        && !decision.trace.entries.iter().any(|it| gave_up(&it.rule))
}
