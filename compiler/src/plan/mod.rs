//! What an apply would do, as a value: printed, saved, read back, tested. Pure.
//!
//! [`plan`] compares what is published ([`Published`]) with what a tree compiles to ([`Desired`]).
//! It sees no store: the reading half of one is [`crate::published`], and nothing from here
//! reaches a function that writes.

mod answers;
mod change;
mod danger;
mod facts;
mod human;
mod leaves;
mod markdown;
mod tenant;

use std::collections::{BTreeMap, BTreeSet};

use format::{Release, Standing};
use serde::{Deserialize, Serialize};

use crate::provenance::Provenance;

pub use answers::{Question, changed_answers};
pub use change::{Change, Changes, PromptChange, between};
pub use danger::{Danger, DangerKind};
pub use human::{Tint, human, write_change, write_prompt};
pub use markdown::markdown;
pub use tenant::{AnswerChange, PassageRef, Passages, Payload, TenantPlan};

/// The version of the saved form; another one is refused when it is read back.
pub const PLAN_FORMAT: u32 = 1;

/// What is live for one tenant.
#[derive(Debug, Clone, PartialEq)]
pub struct Current {
    /// Id of the live release.
    pub release_id: String,
    /// The live release; absent when it is the desired one already, or unreadable for this build.
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
}

/// What an apply would do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// [`PLAN_FORMAT`].
    pub format: u32,
    /// Where the tree comes from; recorded beside what is published.
    #[serde(default)]
    pub provenance: Provenance,
    /// The encoder whose vectors are counted.
    pub encoder: String,
    /// Every tenant of the tree and of the store, by slug.
    pub tenants: Vec<TenantPlan>,
    /// Totals.
    pub summary: Summary,
}

/// Compares what is published with what a tree compiles to.
///
/// `broken` names the tenants of the tree that do not compile; `encoder` is the id of the encoder
/// whose vectors `published` counts.
#[must_use]
pub fn plan(published: &Published, desired: &[Desired<'_>], broken: &[String], encoder: &str) -> Plan {
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
        .chain(
            published
                .tenants
                .keys()
                .filter(absent)
                .filter(|slug| !broken.contains(slug))
                .map(|slug| (slug, Action::Orphan)),
        )
        .map(|(slug, action)| TenantPlan::idle(slug, action, published.tenants.get(slug)))
        .collect();
    tenants.extend(idle.into_iter().map(|it| (it.slug.clone(), it)));
    let tenants: Vec<TenantPlan> = tenants.into_values().collect();
    let summary = summary(&tenants);
    let provenance = Provenance::default();
    Plan { format: PLAN_FORMAT, provenance, encoder: encoder.to_owned(), tenants, summary }
}

impl Plan {
    /// Whether an apply would write anything.
    #[must_use]
    pub fn has_changes(&self) -> bool {
        self.summary.create + self.summary.update > 0
    }

    /// The part of the plan that concerns `slug`; `None` when the plan does not know it.
    #[must_use]
    pub fn only(mut self, slug: &str) -> Option<Self> {
        self.tenants.retain(|it| it.slug == slug);
        self.summary = summary(&self.tenants);
        (!self.tenants.is_empty()).then_some(self)
    }

    /// Takes out the tenants that would go forward again after a rollback, and names them.
    pub fn hold_back(&mut self) -> Vec<String> {
        let held = |it: &TenantPlan| it.dangers.iter().any(|danger| danger.kind == DangerKind::Forward);
        let slugs = self.tenants.iter().filter(|it| held(it)).map(|it| it.slug.clone()).collect();
        self.tenants.retain(|it| !held(it));
        self.summary = summary(&self.tenants);
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

    /// Reads a saved plan.
    ///
    /// # Errors
    /// A sentence: it is no plan, it is of another version, or a release in it was tampered with.
    pub fn read(json: &[u8]) -> Result<Self, String> {
        let plan: Self =
            serde_json::from_slice(json).map_err(|error| format!("not a saved plan: {error}"))?;
        if plan.format != PLAN_FORMAT {
            return Err(format!("saved plan has format {}, this build reads {PLAN_FORMAT}", plan.format));
        }
        for tenant in &plan.tenants {
            match &tenant.payload {
                Some(payload) if format::release_id(payload.release.as_bytes()) != tenant.release_id => {
                    return Err(format!("release of `{}` differs from its id", tenant.slug));
                }
                None if tenant.writes() => {
                    return Err(format!(
                        "saved plan carries no release of `{}`: save it with --out",
                        tenant.slug
                    ));
                }
                _ => {}
            }
        }
        Ok(plan)
    }
}

fn summary(tenants: &[TenantPlan]) -> Summary {
    let mut summary = Summary::default();
    for it in tenants {
        summary.dangers += it.dangers.len();
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
