//! What becomes of a lesson.

use format::{Release, Role};

use crate::clean::{Cleaned, Personal};

/// Everything a verdict looks at.
#[derive(Debug, Clone, Copy)]
pub struct Judged<'j> {
    /// The cleaned question.
    pub question: &'j Cleaned,
    /// The cleaned answer.
    pub answer: &'j Cleaned,
    /// Roles of those who answered; `None` for unknown people.
    pub by: &'j [Option<Role>],
    /// How many facts the answer contradicts.
    pub contradictions: usize,
    /// Roles whose answers need no approval, of [`auto_approve_roles`].
    pub auto_approve_roles: &'j [String],
}

/// What becomes of a lesson.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Used at once.
    Approve {
        /// The role that allows it; of several the first.
        by: Role,
    },
    /// The owner is asked; why, in order.
    Ask(Vec<Doubt>),
    /// Not a lesson.
    Drop(Refusal),
}

/// Why an owner is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doubt {
    /// This role's answers need approval.
    Role(Role),
    /// The answer contradicts a fact.
    Contradicts,
    /// Something personal was cut out of the answer, which may have left a hole.
    Personal,
}

/// Why there is no lesson.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Somebody unknown had a part in the answer.
    Unknown,
    /// Without personal data the question or the answer says nothing.
    Empty,
}

/// Roles whose answers need no approval at this branch, as the bundle names them.
#[must_use]
pub fn auto_approve_roles<'r>(release: &'r Release, branch: Option<&str>) -> &'r [String] {
    let own = branch.and_then(|it| release.branch(it)).and_then(|it| it.auto_approve_roles.as_deref());
    own.unwrap_or(&release.client.settings.auto_approve_roles)
}

/// Judges a lesson: unknown people never teach; trusted roles do at once unless the answer
/// contradicts a fact or lost something personal; of everything else the owner decides.
#[must_use]
pub fn verdict(judged: Judged<'_>) -> Verdict {
    let Judged { question, answer, by, contradictions, auto_approve_roles } = judged;
    if question.says_nothing() || answer.says_nothing() {
        return Verdict::Drop(Refusal::Empty);
    }
    let Some(roles) = by.iter().copied().collect::<Option<Vec<Role>>>().filter(|it| !it.is_empty()) else {
        return Verdict::Drop(Refusal::Unknown);
    };
    let trusted = |role: &Role| auto_approve_roles.iter().any(|it| it == role.code());
    let mut doubts: Vec<Doubt> = roles.iter().filter(|it| !trusted(it)).map(|it| Doubt::Role(*it)).collect();
    if contradictions > 0 {
        doubts.push(Doubt::Contradicts);
    }
    // Somebody's own name is how he is spoken to: without it the sentence is whole.
    if answer.removed.iter().any(|it| *it != Personal::Participant) {
        doubts.push(Doubt::Personal);
    }
    if doubts.is_empty() { Verdict::Approve { by: roles[0] } } else { Verdict::Ask(doubts) }
}
