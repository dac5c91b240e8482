//! Carrying a plan out. Takes no decisions: everything is in the plan.

use std::collections::BTreeSet;

use format::Release;
use runtime::{Publication, ReleaseStore, StoreError, VectorRow};
use text::lexical;

use crate::plan::{Plan, TenantPlan};
use crate::provenance::Provenance;
use crate::published::Shelf;

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

/// What the store has moved on to since the plan was made, for the tenants that the plan publishes;
/// empty = the plan still holds.
///
/// # Errors
/// Those of the store.
pub fn moved(plan: &Plan, shelf: &dyn Shelf) -> Result<Vec<StoreError>, StoreError> {
    let live = shelf.live()?;
    let named = |id: Option<&String>| id.cloned().unwrap_or_else(|| "none".to_owned());
    let published = plan.tenants.iter().filter(|it| it.writes());
    let moved = published.filter_map(|it| {
        let found = live.get(&it.slug).map(|row| &row.release_id);
        (it.base.as_ref() != found).then(|| StoreError::Moved {
            slug: it.slug.clone(),
            planned: named(it.base.as_ref()),
            found: named(found),
        })
    });
    Ok(moved.collect())
}

/// What becomes of the tenants of a plan that has no changes.
#[must_use]
pub fn untouched(plan: &Plan) -> Vec<Applied> {
    let one = |it: &TenantPlan| Applied { slug: it.slug.clone(), outcome: Outcome::Untouched };
    plan.tenants.iter().map(one).collect()
}

/// Publishes every tenant that the plan creates or updates, each in one transaction; a failure of
/// one leaves the others alone. `at` is the moment, RFC 3339 in UTC.
pub fn apply(plan: &Plan, store: &dyn ReleaseStore, provenance: &Provenance, at: &str) -> Vec<Applied> {
    let one = |it: &TenantPlan| {
        let outcome = match it.writes() {
            true => publish(it, store, provenance, at).unwrap_or_else(Outcome::Failed),
            false => Outcome::Untouched,
        };
        Applied { slug: it.slug.clone(), outcome }
    };
    plan.tenants.iter().map(one).collect()
}

fn publish(
    it: &TenantPlan,
    store: &dyn ReleaseStore,
    provenance: &Provenance,
    at: &str,
) -> Result<Outcome, StoreError> {
    let payload = it
        .payload
        .as_ref()
        .ok_or_else(|| StoreError::Unreadable(format!("plan carries no release of `{}`", it.slug)))?;
    let bytes = payload.release.clone().into_bytes();
    let release = format::decode(&bytes).map_err(|error| StoreError::Unreadable(error.to_string()))?;
    let vectors = missing_vectors(&release, store)?;
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
fn missing_vectors(release: &Release, store: &dyn ReleaseStore) -> Result<Vec<VectorRow>, StoreError> {
    let digests: BTreeSet<String> = release.passages.iter().map(|it| it.digest.clone()).collect();
    let mut known = store.known_vectors(ENCODER, &digests)?;
    let mut rows = Vec::new();
    for passage in &release.passages {
        if known.insert(passage.digest.clone()) {
            let bytes = lexical::encode_passage(&passage.section, &passage.text).to_bytes();
            rows.push(VectorRow { encoder: ENCODER.to_owned(), digest: passage.digest.clone(), bytes });
        }
    }
    Ok(rows)
}

#[cfg(test)]
mod tests;
