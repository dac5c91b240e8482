//! Answers that change: a bundle's own test questions, asked of both releases.

use std::sync::Arc;

use format::Release;

use super::tenant::AnswerChange;
use crate::rehearsal::{Rehearsal, Said};

/// A question to compare the two releases by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The test it is taken from.
    pub case: String,
    /// What the customer says.
    pub text: String,
}

/// Asks each question of `old` and of `new`, as a new customer, and returns those answered
/// differently. Needs no model: what only a model could say counts as not said on both sides.
///
/// # Errors
/// A sentence when a throw-away index cannot be made.
pub fn changed_answers(
    old: &Arc<Release>,
    new: &Arc<Release>,
    questions: &[Question],
) -> Result<Vec<AnswerChange>, String> {
    if questions.is_empty() {
        return Ok(Vec::new());
    }
    let (old, new) = (Rehearsal::new(Arc::clone(old))?, Rehearsal::new(Arc::clone(new))?);
    let mut changed = Vec::new();
    for question in questions {
        let said = || Said::text(&question.text);
        let (before, after) = (old.conversation().say(said()), new.conversation().say(said()));
        if before.reply() != after.reply() {
            changed.push(AnswerChange {
                case: question.case.clone(),
                question: question.text.clone(),
                before: before.reply().map(str::to_owned),
                after: after.reply().map(str::to_owned),
                sources: after.trace.sources(),
            });
        }
    }
    Ok(changed)
}
