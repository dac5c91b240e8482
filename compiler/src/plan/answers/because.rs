//! What moved an answer: the facts it rests on, else what else changed.

use std::collections::BTreeSet;

use decide::Decision;
use format::Release;
use serde::{Deserialize, Serialize};

use crate::plan::{Change, TenantPlan};
use crate::suite::fold;

/// Reasons named for one answer.
const NAMED: usize = 3;
/// Parts of a template shorter than this are found in any text.
const TELLING: usize = 4;

/// One thing that moved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Because {
    /// Its key, or what kind of thing it is.
    pub what: String,
    /// `file:line`.
    pub source: Option<String>,
    /// It is a fact.
    pub is_fact: bool,
}

/// What differs between two releases, ready to be held against answers.
pub(super) struct Moved<'a> {
    plan: &'a TenantPlan,
    /// `document:line` → what is said of its section.
    passages: Vec<(String, String)>,
}

impl<'a> Moved<'a> {
    pub(super) fn new(old: &Release, new: &Release, plan: &'a TenantPlan) -> Self {
        let changed: BTreeSet<&str> =
            plan.passages.embed.iter().chain(&plan.passages.drop).map(|it| it.digest.as_str()).collect();
        let passages = old
            .passages
            .iter()
            .chain(&new.passages)
            .filter(|it| changed.contains(it.digest.as_str()))
            .map(|it| (format!("{}:{}", it.doc, it.line), it.section.clone()))
            .collect();
        Self { plan, passages }
    }

    /// Why `after` is not `before`; empty when nothing that is known moved.
    pub(super) fn because(&self, before: &Decision, after: &Decision) -> Vec<Because> {
        let mut found = self.facts(before, after);
        if found.is_empty() {
            found = self.pack(before, after);
        }
        if found.is_empty() {
            found = self.passages(before, after);
        }
        if found.is_empty() {
            found = self.anything();
        }
        found.truncate(NAMED);
        found
    }

    /// Changed facts that either answer rests on; those whose words are heard, if any are.
    fn facts(&self, before: &Decision, after: &Decision) -> Vec<Because> {
        let (old, new) = (before.trace.sources(), after.trace.sources());
        let rests =
            |source: &Option<String>, on: &[String]| source.as_ref().is_some_and(|it| on.contains(it));
        let touched: Vec<&Change> = self
            .plan
            .facts
            .iter()
            .filter(|it| {
                (it.new.is_some() && rests(&it.source, &new))
                    || (it.old.is_some() && rests(&it.old_source, &old))
            })
            .collect();
        let (heard_old, heard_new) = (heard(before), heard(after));
        let spoken: Vec<&Change> = touched
            .iter()
            .copied()
            .filter(|it| {
                it.new.as_deref().is_some_and(|it| heard_new.contains(&fold(it)))
                    || it.old.as_deref().is_some_and(|it| heard_old.contains(&fold(it)))
            })
            .collect();
        let chosen = if spoken.is_empty() { touched } else { spoken };
        chosen.into_iter().map(|it| because(it, true)).collect()
    }

    /// Changed policies and templates that either answer speaks, then changed exemplars of what
    /// either was understood as.
    fn pack(&self, before: &Decision, after: &Decision) -> Vec<Because> {
        let (heard_old, heard_new) = (heard(before), heard(after));
        let speaks = |change: &&Change| {
            let is_text = change.key.starts_with("templates.") || change.key.contains(".says");
            is_text
                && (change.old.as_deref().is_some_and(|it| holds(&heard_old, it))
                    || change.new.as_deref().is_some_and(|it| holds(&heard_new, it)))
        };
        let spoken: Vec<Because> =
            self.plan.pack.iter().filter(speaks).map(|it| because(it, false)).collect();
        if !spoken.is_empty() {
            return spoken;
        }
        let meant: BTreeSet<&str> = [before.intent.as_str(), after.intent.as_str()].into();
        let understood = |change: &&Change| {
            let id = change.key.split('.').nth(1).unwrap_or_default();
            let lists = ["intents.", "policies.", "playbooks."];
            lists.iter().any(|it| change.key.starts_with(it)) && meant.contains(id)
        };
        self.plan.pack.iter().filter(understood).map(|it| because(it, false)).collect()
    }

    /// Changed passages that either answer quotes.
    fn passages(&self, before: &Decision, after: &Decision) -> Vec<Because> {
        let quoted: BTreeSet<String> =
            before.trace.sources().into_iter().chain(after.trace.sources()).collect();
        let mut found: Vec<Because> = Vec::new();
        for (source, section) in self.passages.iter().filter(|(source, _)| quoted.contains(source)) {
            let it = Because { what: format!("§ {section}"), source: Some(source.clone()), is_fact: false };
            if found.iter().all(|known| known.source != it.source) {
                found.push(it);
            }
        }
        found
    }

    /// The only thing that changed, or what kinds of things did.
    fn anything(&self) -> Vec<Because> {
        let lists =
            [("settings", &self.plan.settings), ("packs", &self.plan.pack), ("facts", &self.plan.facts)];
        let filled = lists.into_iter().filter(|(_, list)| !list.is_empty());
        let mut found: Vec<Because> = filled
            .map(|(kind, list)| match list.as_slice() {
                [only] => because(only, kind == "facts"),
                many => Because {
                    what: format!("{kind}: {} changes", many.len()),
                    source: many.first().and_then(|it| it.source.clone()),
                    is_fact: false,
                },
            })
            .collect();
        if let Some((source, section)) = self.passages.first().filter(|_| found.is_empty()) {
            found.push(Because {
                what: format!("§ {section}"),
                source: Some(source.clone()),
                is_fact: false,
            });
        }
        found
    }
}

fn because(change: &Change, is_fact: bool) -> Because {
    Because { what: change.key.clone(), source: change.source.clone(), is_fact }
}

fn heard(decision: &Decision) -> String {
    fold(decision.reply().unwrap_or_default())
}

/// Whether every telling part of a template between its slots is in a text.
fn holds(heard: &str, template: &str) -> bool {
    let parts = template.split(['{', '}']).step_by(2).map(fold);
    let mut telling = parts.filter(|it| it.chars().count() >= TELLING).peekable();
    telling.peek().is_some() && telling.all(|it| heard.contains(&it))
}
