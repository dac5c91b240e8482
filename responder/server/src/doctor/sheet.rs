//! The findings about one tenant, or about what all of them share.

use super::Words;

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// As it should be.
    Ok,
    /// Something is to be done.
    Failed,
    /// Not set up, or nothing that can be asked.
    Skipped,
}

impl Outcome {
    /// As programs read it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }
}

/// What one check came to. Holds no secrets and nobody's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The tenant; none for what all of them share.
    pub tenant: Option<String>,
    /// What was checked, such as `webhook_secret` or `telegram_group:river`.
    pub check: String,
    /// How it ended.
    pub outcome: Outcome,
    /// What was found.
    pub detail: Words,
    /// What to do about it.
    pub remedy: Option<Words>,
}

/// Findings in the order in which they were made.
pub(super) struct Sheet {
    tenant: Option<String>,
    findings: Vec<Finding>,
}

impl Sheet {
    pub(super) fn of(tenant: Option<&str>) -> Self {
        Self { tenant: tenant.map(str::to_owned), findings: Vec::new() }
    }

    pub(super) fn into_findings(self) -> Vec<Finding> {
        self.findings
    }

    /// An empty one of the same tenant, for checks that run beside others.
    pub(super) fn beside(&self) -> Self {
        Self { tenant: self.tenant.clone(), findings: Vec::new() }
    }

    /// Appends what was found beside.
    pub(super) fn append(&mut self, other: Self) {
        self.findings.extend(other.findings);
    }

    /// Whether something was said of it.
    pub(super) fn has(&self, check: &str) -> bool {
        self.findings.iter().any(|it| it.check == check)
    }

    /// Whether something is wrong with it.
    pub(super) fn has_failed(&self, check: &str) -> bool {
        self.findings.iter().any(|it| it.check == check && it.outcome == Outcome::Failed)
    }

    pub(super) fn fine(&mut self, check: &str, detail: Words) {
        self.push(check, Outcome::Ok, detail, None);
    }

    /// Well today, and better otherwise.
    pub(super) fn hint(&mut self, check: &str, detail: Words, remedy: Words) {
        self.push(check, Outcome::Ok, detail, Some(remedy));
    }

    pub(super) fn wrong(&mut self, check: &str, detail: Words, remedy: Words) {
        self.push(check, Outcome::Failed, detail, Some(remedy));
    }

    pub(super) fn skip(&mut self, check: &str, detail: Words) {
        self.push(check, Outcome::Skipped, detail, None);
    }

    fn push(&mut self, check: &str, outcome: Outcome, detail: Words, remedy: Option<Words>) {
        let tenant = self.tenant.clone();
        self.findings.push(Finding { tenant, check: check.to_owned(), outcome, detail, remedy });
    }
}
