//! What the tests came to; serialised as CONTRACTS' test JSON.

use decide::{Decision, TraceEntry};
use serde::Serialize;

use super::Coverage;
use crate::compile::Case;

/// One turn as it went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TurnReport {
    /// What the customer said; messages of a burst on lines of their own.
    pub user: String,
    /// What was answered; absent = silence.
    pub reply: Option<String>,
    /// `escalate`, `booking_flow`, `reply` or `silence`.
    pub action: &'static str,
    /// Id of the leading intent.
    pub intent: String,
    /// Why, rule by rule.
    pub trace: Vec<TraceEntry>,
}

/// One test as it went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CaseReport {
    /// Its id.
    pub id: String,
    /// The tenant.
    pub tenant: String,
    /// `file:line` in the bundle.
    pub source: String,
    /// Whether everything is as expected.
    pub passed: bool,
    /// What is not.
    pub failures: Vec<String>,
    /// Its turns.
    pub turns: Vec<TurnReport>,
}

impl CaseReport {
    pub(super) fn new(tenant: &str, case: &Case) -> Self {
        Self {
            id: case.case.id.0.clone(),
            tenant: tenant.to_owned(),
            source: format!("{}:{}", case.file, case.line),
            passed: true,
            failures: Vec::new(),
            turns: Vec::new(),
        }
    }

    /// Notes a failure, of a turn (from 0) or of the test as a whole.
    pub(super) fn fail(&mut self, turn: Option<usize>, problem: String) {
        self.passed = false;
        self.failures.push(match turn {
            Some(turn) if turn > 0 => format!("turn {}: {problem}", turn + 1),
            _ => problem,
        });
    }

    pub(super) fn turn(&mut self, messages: &[String], decision: &Decision) {
        self.turns.push(TurnReport {
            user: messages.join("\n"),
            reply: decision.reply().map(str::to_owned),
            action: decision.kind.code(),
            intent: decision.intent.clone(),
            trace: decision.trace.entries.clone(),
        });
    }
}

/// Totals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct SuiteSummary {
    /// Tests run.
    pub total: usize,
    /// As expected.
    pub passed: usize,
    /// Not as expected.
    pub failed: usize,
    /// Tenants that do not compile, so that their tests could not run.
    pub broken: usize,
}

/// Everything that was run.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Report {
    /// The tests in order.
    pub cases: Vec<CaseReport>,
    /// Totals.
    pub summary: SuiteSummary,
    /// Facts that the tests speak, for each tenant that ran.
    pub coverage: Vec<Coverage>,
}

impl Report {
    /// Adds up `cases`; `broken` counts the tenants that do not compile.
    #[must_use]
    pub fn new(cases: Vec<CaseReport>, broken: usize, coverage: Vec<Coverage>) -> Self {
        let total = cases.len();
        let passed = cases.iter().filter(|it| it.passed).count();
        Self { cases, summary: SuiteSummary { total, passed, failed: total - passed, broken }, coverage }
    }

    /// Whether everything ran and is as expected.
    #[must_use]
    pub fn is_green(&self) -> bool {
        self.summary.failed == 0 && self.summary.broken == 0
    }
}
