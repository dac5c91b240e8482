//! What an apply would do, as a value: printed, saved, read back, tested. Pure.
//!
//! [`plan`] compares what is published ([`Published`]) with what a tree compiles to ([`Desired`]).
//! It sees no store: the reading half of one is [`crate::published`], and nothing from here
//! reaches a function that writes.

mod answers;
mod change;
mod danger;
mod documents;
mod facts;
mod human;
mod leaves;
mod markdown;
mod saved;
mod tenant;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use format::{Release, Standing};
use serde::{Deserialize, Serialize};

use crate::embedding::Embedding;
use crate::provenance::Provenance;

pub use answers::{
    AnswerChange, Asked, Because, FailingTest, Grade, Heard, Verdict, changed_answers, rehearsed,
};
pub use change::{Change, Changes, PromptChange, between};
pub use danger::{Danger, DangerKind};
pub use documents::{DocumentChange, SectionChange};
pub(crate) use facts::places as fact_places;
pub(crate) use human::write_diff;
pub use human::{Tint, human, write_change, write_document, write_prompt};
pub use markdown::markdown;
pub use saved::PlanError;
pub use tenant::{PassageRef, Passages, Payload, TenantPlan, Unchanged};
pub(crate) use words::unified;

/// The version of the saved form; another one is refused when it is read back.
pub const PLAN_FORMAT: u32 = 2;

/// The build that makes plans; a plan of another one is refused.
pub const BUILD: &str = env!("CARGO_PKG_VERSION");

/// What is live for one tenant.
#[derive(Debug, Clone, PartialEq)]
pub struct Current {
    /// Id of the live release.
    pub release_id: String,
    /// The live release; absent when it is the desired one already, or unreadable for this build. Of
    /// tenants that are not in the tree only their numbers matter.
    pub release: Option<Release>,
    /// Plan and company.
    pub standing: Standing,
    /// The live pointer was moved back and not forward since.
    pub rolled_back: bool,
}

/// What is published, as far as a plan needs it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Published {
    /// Live tenants by slug.
    pub tenants: BTreeMap<String, Current>,
    /// Digests of the desired passages that have a vector already.
    pub vectors: BTreeSet<String>,
}

/// What one bundle compiles to.
#[derive(Debug, Clone, Copy)]
pub struct Desired<'a> {
    /// Its release.
    pub release: &'a Release,
    /// The release's canonical bytes.
    pub bytes: &'a [u8],
    /// Their address.
    pub release_id: &'a str,
    /// Plan and company.
    pub standing: &'a Standing,
}

/// What apply does with a tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Nothing: it is live as it stands in the tree.
    Unchanged,
    /// Publishes it for the first time.
    Create,
    /// Publishes another release of it, or another plan or company beside the same one.
    Update,
    /// Nothing: it is published and absent from the tree.
    Orphan,
    /// Nothing: its bundle has errors, what is live stays live.
    Broken,
}

/// How many tenants come to what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Summary {
    /// Published for the first time.
    pub create: usize,
    /// Published anew.
    pub update: usize,
    /// Left alone, being the same.
    pub unchanged: usize,
    /// Left alone, being absent from the tree.
    pub orphan: usize,
    /// Left alone, having errors.
    pub broken: usize,
    /// Dangerous changes.
    pub dangers: usize,
    /// Questions whose answer gets worse.
    pub worse: usize,
    /// Questions whose answer changes, the worse ones among them.
    pub answers: usize,
    /// Conversation tests that fail with what would be published.
    pub failing: usize,
    /// Those of them that fail with what is live, too.
    #[serde(default)]
    pub failing_before: usize,
}

/// What an apply would do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// [`PLAN_FORMAT`].
    pub format: u32,
    /// [`BUILD`].
    pub build: String,
    /// A digest of what it does and of what it rests on: equal plans have equal ids.
    pub id: String,
    /// Where the tree comes from; recorded beside what is published.
    #[serde(default)]
    pub provenance: Provenance,
    /// The encoder whose vectors are counted.
    pub encoder: String,
    /// Every tenant of the tree and of the store, by slug.
    pub tenants: Vec<TenantPlan>,
    /// What is embedded; absent where no embedder is configured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub embedding: Option<Embedding>,
    /// Totals.
    pub summary: Summary,
}

/// Compares what is published with what a tree compiles to.
///
/// `broken` names the tenants of the tree that do not compile; `encoder` is the id of the encoder
/// whose vectors `published` counts.
#[must_use]
pub fn plan(
    published: &Published,
    desired: &[Desired<'_>],
    settled: &[String],
    broken: &[String],
    encoder: &str,
) -> Plan {
    let mut known = published.vectors.clone();
    let mut tenants: BTreeMap<String, TenantPlan> = BTreeMap::new();
    for it in desired {
        let slug = it.release.client.slug.clone();
        let planned = tenant::of(published.tenants.get(&slug), it, &mut known);
        tenants.insert(slug, planned);
    }
    let absent = |slug: &&String| !tenants.contains_key(*slug);
    let idle: Vec<TenantPlan> = broken
        .iter()
        .filter(absent)
        .map(|slug| (slug, Action::Broken))
        .chain(settled.iter().filter(absent).map(|slug| (slug, Action::Unchanged)))
        .chain(
            published
                .tenants
                .keys()
                .filter(absent)
                .filter(|slug| !broken.contains(slug) && !settled.contains(slug))
                .map(|slug| (slug, Action::Orphan)),
        )
        .map(|(slug, action)| TenantPlan::idle(slug, action, published.tenants.get(slug)))
        .collect();
    let orphans = idle.iter().filter(|it| it.action == Action::Orphan);
    let orphans: Vec<&Release> =
        orphans.filter_map(|it| published.tenants.get(&it.slug)?.release.as_ref()).collect();
    tenants.extend(idle.iter().map(|it| (it.slug.clone(), it.clone())));
    for it in desired {
        let Some(planned) = tenants.get_mut(&it.release.client.slug).filter(|it| it.writes()) else {
            continue;
        };
        planned.dangers.extend(danger::of_numbers(it.release, &orphans));
        planned.dangers.sort_by_key(|it| it.kind);
    }
    let tenants: Vec<TenantPlan> = tenants.into_values().collect();
    let summary = summary(&tenants);
    let plan = Plan {
        format: PLAN_FORMAT,
        build: BUILD.to_owned(),
        id: String::new(),
        provenance: Provenance::default(),
        encoder: encoder.to_owned(),
        tenants,
        embedding: None,
        summary,
    };
    Plan { id: plan.digest(), ..plan }
}

impl Plan {
    /// Whether an apply would write anything.
    #[must_use]
    pub fn has_changes(&self) -> bool {
        self.summary.create + self.summary.update > 0 || self.embeds()
    }

    /// Whether an apply would embed anything.
    #[must_use]
    pub fn embeds(&self) -> bool {
        self.embedding.as_ref().is_some_and(|it| !it.tenants.is_empty())
    }

    /// Announces what is to be embedded.
    #[must_use]
    pub fn with_embedding(mut self, embedding: Embedding) -> Self {
        self.embedding = Some(embedding);
        Self { id: self.digest(), ..self }
    }

    /// The part of the plan that concerns `slug`; `None` when the plan does not know it.
    #[must_use]
    pub fn only(mut self, slug: &str) -> Option<Self> {
        self.tenants.retain(|it| it.slug == slug);
        self.add_up();
        (!self.tenants.is_empty()).then_some(self)
    }

    /// Takes out the tenants that would go forward again after a rollback, and names them.
    pub fn hold_back(&mut self) -> Vec<String> {
        let held = |it: &TenantPlan| it.dangers.iter().any(|danger| danger.kind == DangerKind::Forward);
        let slugs = self.tenants.iter().filter(|it| held(it)).map(|it| it.slug.clone()).collect();
        self.tenants.retain(|it| !held(it));
        self.add_up();
        slugs
    }

    /// The plan without the releases it would publish, for reading.
    #[must_use]
    pub fn without_payloads(mut self) -> Self {
        for tenant in &mut self.tenants {
            tenant.payload = None;
        }
        self
    }

    /// Adds up again, after what was heard came in.
    pub(crate) fn add_up(&mut self) {
        if let Some(embedding) = &mut self.embedding {
            embedding.tenants.retain(|slug, _| self.tenants.iter().any(|it| it.slug == *slug));
        }
        self.summary = summary(&self.tenants);
    }
}

fn summary(tenants: &[TenantPlan]) -> Summary {
    let mut summary = Summary::default();
    for it in tenants {
        summary.dangers += it.dangers.len();
        summary.answers += it.changed_answers();
        let worse = it.answers.iter().filter(|it| it.grade == Grade::Worse);
        summary.worse += worse.map(|it| 1 + it.alike.len()).sum::<usize>();
        let failing = || it.tests.iter().flat_map(|it| &it.failing);
        summary.failing += failing().count();
        summary.failing_before += failing().filter(|it| it.passed_before == Some(false)).count();
        *match it.action {
            Action::Create => &mut summary.create,
            Action::Update => &mut summary.update,
            Action::Unchanged => &mut summary.unchanged,
            Action::Orphan => &mut summary.orphan,
            Action::Broken => &mut summary.broken,
        } += 1;
    }
    summary
}

#[cfg(test)]
mod tests;
