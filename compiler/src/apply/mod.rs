//! Carrying a plan out. Takes no decisions: everything is in the plan.

mod moved;

use std::collections::BTreeSet;

use format::Release;
use runtime::{LiveRow, Publication, ReleaseStore, StoreError, VectorRow};
use text::lexical;

use crate::plan::{Plan, TenantPlan};
use crate::provenance::Provenance;

pub use moved::{Moved, moved};

/// The encoder whose vectors are published.
pub const ENCODER: &str = lexical::ENCODER_ID;

/// What became of one tenant of a plan.
#[derive(Debug)]
pub struct Applied {
    /// Tenant.
    pub slug: String,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of a tenant.
#[derive(Debug)]
pub enum Outcome {
    /// Nothing had to be done.
    Untouched,
    /// It is live.
    Live {
        /// What was live before.
        from: Option<String>,
        /// What is live now.
        to: String,
        /// Passages that got a vector.
        embedded: usize,
    },
    /// It is as it was before.
    Failed(StoreError),
}

/// What happens while a plan is carried out, for whoever watches.
#[derive(Debug)]
pub enum Step<'a> {
    /// So many more passages got a vector.
    Embedded(usize),
    /// A tenant is done.
    Tenant(&'a Applied),
}

/// What becomes of the tenants of a plan that has no changes.
#[must_use]
pub fn untouched(plan: &Plan) -> Vec<Applied> {
    let one = |it: &TenantPlan| Applied { slug: it.slug.clone(), outcome: Outcome::Untouched };
    plan.tenants.iter().map(one).collect()
}

/// Publishes every tenant that the plan creates or updates, each in one transaction; a failure of
/// one leaves the others alone. What an interrupted apply of the same plan has published already is
/// left as it is. `at` is the moment, RFC 3339 in UTC; `watch` hears of every step.
pub fn apply(
    plan: &Plan,
    store: &dyn ReleaseStore,
    provenance: &Provenance,
    at: &str,
    watch: &mut dyn FnMut(Step<'_>),
) -> Vec<Applied> {
    let live = store.live();
    let mut applied = Vec::with_capacity(plan.tenants.len());
    for it in &plan.tenants {
        let outcome = match &live {
            _ if !it.writes() => Ok(Outcome::Untouched),
            Ok(live) => publish(it, live.get(&it.slug), store, (provenance, at), watch),
            Err(error) => Err(StoreError::Unavailable(error.to_string())),
        };
        let one = Applied { slug: it.slug.clone(), outcome: outcome.unwrap_or_else(Outcome::Failed) };
        watch(Step::Tenant(&one));
        applied.push(one);
    }
    applied
}

fn publish(
    it: &TenantPlan,
    live: Option<&LiveRow>,
    store: &dyn ReleaseStore,
    (provenance, at): (&Provenance, &str),
    watch: &mut dyn FnMut(Step<'_>),
) -> Result<Outcome, StoreError> {
    let payload = it
        .payload
        .as_ref()
        .ok_or_else(|| StoreError::Unreadable(format!("plan carries no release of `{}`", it.slug)))?;
    let done = live.filter(|row| row.release_id == it.release_id && !row.rolled_back);
    if done.is_some_and(|row| row.standing == payload.standing) {
        return Ok(Outcome::Untouched);
    }
    let bytes = payload.release.clone().into_bytes();
    let release = format::decode(&bytes).map_err(|error| StoreError::Unreadable(error.to_string()))?;
    let vectors = missing_vectors(&release, store, watch)?;
    let embedded = vectors.len();
    store.publish(&Publication {
        slug: it.slug.clone(),
        release_id: it.release_id.clone(),
        bytes,
        standing: payload.standing.clone(),
        base: it.base.clone(),
        vectors,
        commit: provenance.commit.clone(),
        author: provenance.author.clone(),
        actor: provenance.actor.clone(),
        at: at.to_owned(),
    })?;
    Ok(Outcome::Live { from: it.base.clone(), to: it.release_id.clone(), embedded })
}

/// Encodes the passages whose vector the store does not have. The store is asked again because
/// it may have swept some since the plan was made.
fn missing_vectors(
    release: &Release,
    store: &dyn ReleaseStore,
    watch: &mut dyn FnMut(Step<'_>),
) -> Result<Vec<VectorRow>, StoreError> {
    let digests: BTreeSet<String> = release.passages.iter().map(|it| it.digest.clone()).collect();
    let mut known = store.known_vectors(ENCODER, &digests)?;
    let mut rows = Vec::new();
    for passage in &release.passages {
        if known.insert(passage.digest.clone()) {
            let bytes = lexical::encode_passage(&passage.section, &passage.text).to_bytes();
            rows.push(VectorRow { encoder: ENCODER.to_owned(), digest: passage.digest.clone(), bytes });
            watch(Step::Embedded(1));
        }
    }
    Ok(rows)
}

#[cfg(test)]
mod tests;
