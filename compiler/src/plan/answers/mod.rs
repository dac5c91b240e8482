//! Answers that change: the questions customers ask, asked of the live release and of the new one.

mod because;
mod grade;
mod questions;

use std::collections::BTreeMap;
use std::sync::Arc;

use decide::Decision;
use format::Release;
use serde::{Deserialize, Serialize};

use super::TenantPlan;
use crate::compile::Case;
use crate::parallel;
use crate::rehearsal::{Rehearsal, Said};
use crate::suite::{self, Filter, Played};

pub use because::Because;
pub use grade::Grade;

/// Where a question comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asked {
    /// A turn of a conversation test of the bundle.
    Test,
    /// A question about a service whose facts change, made of a pack's exemplar.
    Fact,
    /// An exemplar of the packs.
    Typical,
}

/// An answer a customer would hear differently.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerChange {
    /// Where the question comes from.
    pub asked: Asked,
    /// The conversation test, the intent or the fact it is taken from.
    pub case: String,
    /// What the customer says; messages of a burst on lines of their own.
    pub question: String,
    /// What is heard today, without the disclosure; absent = silence.
    pub before: Option<String>,
    /// What would be heard.
    pub after: Option<String>,
    /// `escalate`, `booking_flow`, `reply` or `silence`, today.
    pub before_action: String,
    /// The same of the new release.
    pub after_action: String,
    /// Whether that is good or bad news.
    pub grade: Grade,
    /// What moved.
    pub because: Vec<Because>,
    /// `file:line` of what the new answer rests on.
    pub sources: Vec<String>,
    /// Other questions whose answer changes in the same words.
    pub alike: Vec<String>,
}

/// A conversation test that fails with the new release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailingTest {
    /// Its id.
    pub id: String,
    /// `file:line` in the bundle.
    pub source: String,
    /// What is not as expected.
    pub failures: Vec<String>,
    /// The live release passes it; absent for a tenant that is new.
    pub passed_before: Option<bool>,
}

/// What the bundle's own conversation tests come to.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Verdict {
    /// Tests.
    pub total: usize,
    /// Those that pass.
    pub passed: usize,
    /// Those that do not.
    pub failing: Vec<FailingTest>,
}

/// What was heard of both releases.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Heard {
    /// The tests of the bundle, run with the new release.
    pub tests: Verdict,
    /// How many questions were asked.
    pub asked: usize,
    /// Answers that differ; worse ones first.
    pub answers: Vec<AnswerChange>,
}

/// Runs the tests of a tenant that is not published yet.
///
/// # Errors
/// A sentence when a throw-away index cannot be made.
pub fn rehearsed(new: &Arc<Release>, cases: &[Case]) -> Result<Heard, String> {
    let played = suite::run(new, cases, &Filter::default())?;
    Ok(Heard { tests: verdict(None, &played), ..Heard::default() })
}

/// Asks both releases what customers ask, each question as a new customer, and keeps what is
/// answered differently. Needs no model: what only a model could say counts as not said on both
/// sides. `plan` says what moved between the two.
///
/// # Errors
/// A sentence when a throw-away index cannot be made.
pub fn changed_answers(
    old: &Arc<Release>,
    new: &Arc<Release>,
    cases: &[Case],
    plan: &TenantPlan,
) -> Result<Heard, String> {
    let [before, after] = Rehearsal::both(old, new)?;
    let played = parallel::map(&cases.iter().collect::<Vec<_>>(), |it| {
        (suite::play(&before, it), suite::play(&after, it))
    });
    let questions = questions::of(old, new, cases, plan);
    let told = parallel::map(&questions, |it| {
        let said = || Said { instance_id: it.door.clone(), ..Said::text(&it.text) };
        let (before, after) = (before.conversation().say(said()), after.conversation().say(said()));
        differs(&before, &after).then_some((before, after))
    });
    if let Some(trouble) = before.trouble().or(after.trouble()) {
        return Err(trouble.to_owned());
    }
    let moved = because::Moved::new(old, new, plan);
    let mut answers = Vec::new();
    let mut asked = questions.len();
    for (old, new) in &played {
        asked += new.decisions.len();
        answers.extend(of_test(old, new, &moved));
    }
    for (question, (before, after)) in questions.iter().zip(told).filter_map(|(it, told)| Some((it, told?))) {
        let case = question.case.clone();
        let change = change(question.asked, case, question.text.clone(), (&before, &after), &moved);
        answers.push(AnswerChange { grade: grade::of(&before, &after), ..change });
    }
    let (old, new): (Vec<Played>, Vec<Played>) = played.into_iter().unzip();
    Ok(Heard { tests: verdict(Some(&old), &new), asked, answers: grouped(answers) })
}

fn of_test(old: &Played, new: &Played, moved: &because::Moved<'_>) -> Vec<AnswerChange> {
    let turns = old.decisions.iter().zip(&new.decisions).zip(&new.report.turns);
    let changed = turns.filter(|((before, after), _)| differs(before, after));
    changed
        .map(|((before, after), turn)| {
            let change =
                change(Asked::Test, new.report.id.clone(), turn.user.clone(), (before, after), moved);
            let of_fact = change.because.iter().any(|it| it.is_fact);
            let grade = match (old.report.passed, new.report.passed) {
                (true, false) => Grade::Worse,
                // A test that was written for the new value says nothing about the old one.
                (false, true) if !of_fact => Grade::Better,
                _ => grade::of(before, after),
            };
            AnswerChange { grade, ..change }
        })
        .collect()
}

fn change(
    asked: Asked,
    case: String,
    question: String,
    (before, after): (&Decision, &Decision),
    moved: &because::Moved<'_>,
) -> AnswerChange {
    AnswerChange {
        asked,
        case,
        question,
        before: spoken(before),
        after: spoken(after),
        before_action: before.kind.code().to_owned(),
        after_action: after.kind.code().to_owned(),
        grade: Grade::Changed,
        because: moved.because(before, after),
        sources: after.trace.sources(),
        alike: Vec::new(),
    }
}

/// Whether a customer, or the people behind the bot, would notice.
fn differs(before: &Decision, after: &Decision) -> bool {
    before.kind != after.kind || before.handover() != after.handover() || spoken(before) != spoken(after)
}

/// The reply without its disclosure, which every first reply has.
fn spoken(decision: &Decision) -> Option<String> {
    let reply = decision.reply()?;
    let spoken = match decision.disclosure.as_deref().filter(|it| !it.is_empty()) {
        Some(disclosure) => reply.replacen(disclosure, "", 1),
        None => reply.to_owned(),
    };
    let spoken = spoken.trim();
    // A greeting may be nothing but the disclosure.
    Some(if spoken.is_empty() { reply.to_owned() } else { spoken.to_owned() })
}

/// One row for all questions whose answer changes in the same words; worse ones first.
fn grouped(answers: Vec<AnswerChange>) -> Vec<AnswerChange> {
    type Words = (Option<String>, Option<String>, String, String, Grade);
    let mut rows: Vec<AnswerChange> = Vec::new();
    let mut at: BTreeMap<Words, usize> = BTreeMap::new();
    for it in answers {
        let words = (
            it.before.clone(),
            it.after.clone(),
            it.before_action.clone(),
            it.after_action.clone(),
            it.grade,
        );
        match at.get(&words).and_then(|index| rows.get_mut(*index)) {
            Some(row) if row.question != it.question && !row.alike.contains(&it.question) => {
                row.alike.push(it.question);
            }
            Some(_) => {}
            None => {
                at.insert(words, rows.len());
                rows.push(it);
            }
        }
    }
    rows.sort_by_key(|it| (it.grade, it.asked));
    rows
}

fn verdict(old: Option<&[Played]>, new: &[Played]) -> Verdict {
    let failing = new.iter().enumerate().filter(|(_, it)| !it.report.passed);
    let failing: Vec<FailingTest> = failing
        .map(|(index, it)| FailingTest {
            id: it.report.id.clone(),
            source: it.report.source.clone(),
            failures: it.report.failures.clone(),
            passed_before: old.and_then(|old| old.get(index)).map(|it| it.report.passed),
        })
        .collect();
    Verdict { total: new.len(), passed: new.len() - failing.len(), failing }
}
