//! Conversation tests: what a bundle's authors expect, held against the real decision code.

mod coverage;
mod human;
mod judge;
mod junit;
mod report;
mod script;

use std::sync::Arc;

use decide::Decision;
use format::Release;

use crate::compile::Case;
use crate::parallel;
use crate::rehearsal::{Rehearsal, Said};

pub use coverage::{Coverage, Reach, Unspoken};
pub use human::human;
pub use judge::{Expected, Failure, fold, judge};
pub use junit::junit;
pub use report::{CaseReport, Report, SuiteSummary, TurnReport};
pub use script::{Script, ScriptTurn};

/// Which tests to run.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only this tier; tests without one are `core`, and `all` is every test.
    pub tier: Option<String>,
    /// Only the test with this id.
    pub case: Option<String>,
}

impl Filter {
    fn keeps(&self, case: &Case) -> bool {
        let tier = case.case.tier.as_ref().map_or("core", |it| &it.0);
        let wanted = self.tier.as_deref().unwrap_or("all");
        (wanted == "all" || wanted == tier) && self.case.as_ref().is_none_or(|it| *it == case.case.id.0)
    }
}

/// Runs the tests that `filter` keeps, each with a new customer.
///
/// # Errors
/// A sentence when the throw-away index cannot be made.
pub fn run(release: &Arc<Release>, cases: &[Case], filter: &Filter) -> Result<Vec<Played>, String> {
    let kept: Vec<&Case> = cases.iter().filter(|it| filter.keeps(it)).collect();
    if kept.is_empty() {
        return Ok(Vec::new());
    }
    let rehearsal = Rehearsal::new(Arc::clone(release));
    let played = parallel::map(&kept, |it| play(&rehearsal, it));
    match rehearsal.trouble() {
        Some(trouble) => Err(trouble.to_owned()),
        None => Ok(played),
    }
}

/// A test as it went.
#[derive(Debug, Clone)]
pub struct Played {
    /// What it came to.
    pub report: CaseReport,
    /// What was decided in each of its turns.
    pub decisions: Vec<Decision>,
}

/// Plays one test with a new customer.
#[must_use]
pub fn play(rehearsal: &Rehearsal, case: &Case) -> Played {
    let mut report = CaseReport::new(&rehearsal.release().client.slug, case);
    let mut decisions = Vec::new();
    let script = match Script::read(&case.case) {
        Ok(script) => script,
        Err(problem) => {
            report.fail(None, problem);
            return Played { report, decisions };
        }
    };
    let mut conversation = rehearsal.conversation();
    if let Some(moment) = script.at {
        conversation.at(moment);
    }
    if let Some(time) = script.local_time {
        conversation.at_local(time);
    }
    for (index, turn) in script.turns.iter().enumerate() {
        let said = Said { instance_id: script.instance_id.clone(), ..Said::burst(turn.messages.clone()) };
        let decision = conversation.say(said);
        for failure in turn.expected.iter().flat_map(|it| judge(it, &decision)) {
            report.fail(Some(index), failure.to_string());
        }
        report.turn(&turn.messages, &decision);
        decisions.push(decision);
    }
    Played { report, decisions }
}

#[cfg(test)]
mod tests;
