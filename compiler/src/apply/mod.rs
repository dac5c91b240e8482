//! Carrying a plan out. Takes no decisions: everything is in the plan.

mod moved;
mod points;
mod vectors;

use index::{EmbedError, EmbedLine, IndexError};
use runtime::{LiveRow, Publication, ReleaseStore, StoreError};
use text::lexical;
use thiserror::Error;

use crate::plan::{Plan, TenantPlan};
use crate::provenance::Provenance;

pub use moved::{Moved, moved};
pub use points::Points;

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
        /// Passages that were encoded.
        encoded: usize,
        /// Texts that were embedded.
        embedded: usize,
    },
    /// What is live stays live, and got embeddings that it lacked.
    Embedded {
        /// Texts that were embedded.
        texts: usize,
    },
    /// It is as it was before.
    Failed(ApplyError),
}

/// Why a tenant was not published.
#[derive(Debug, Error)]
pub enum ApplyError {
    /// The store failed or refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The embedder failed; what it did before that is kept.
    #[error(transparent)]
    Embed(#[from] EmbedError),
    /// The Qdrant server failed.
    #[error(transparent)]
    Index(#[from] IndexError),
}

/// What is written to beside the store.
#[derive(Default)]
pub struct Outside<'a> {
    /// Where texts are embedded, if they are.
    pub embedder: Option<&'a EmbedLine>,
    /// The Qdrant server's points, if there is a server.
    pub points: Option<Points<'a>>,
}

/// What happens while a plan is carried out, for whoever watches.
#[derive(Debug)]
pub enum Step<'a> {
    /// So many more passages were encoded.
    Encoded(usize),
    /// So many more texts were embedded.
    Embedded {
        /// Texts.
        texts: usize,
        /// Tokens that the endpoint counted.
        tokens: u64,
    },
    /// A tenant is done.
    Tenant(&'a Applied),
}

/// What becomes of the tenants of a plan that has no changes.
#[must_use]
pub fn untouched(plan: &Plan) -> Vec<Applied> {
    let one = |it: &TenantPlan| Applied { slug: it.slug.clone(), outcome: Outcome::Untouched };
    plan.tenants.iter().map(one).collect()
}

/// Publishes every tenant that the plan creates or updates, each in one transaction, and embeds what
/// the plan announces; a failure of one tenant leaves the others alone. What an interrupted apply of
/// the same plan has published already is left as it is. `at` is the moment, RFC 3339 in UTC; `watch`
/// hears of every step.
pub fn apply(
    plan: &Plan,
    store: &dyn ReleaseStore,
    outside: &Outside<'_>,
    (provenance, at): (&Provenance, &str),
    watch: &mut dyn FnMut(Step<'_>),
) -> Vec<Applied> {
    let live = store.live();
    let mut hands = Hands { store, outside, provenance, at, watch };
    let mut applied = Vec::with_capacity(plan.tenants.len());
    for it in &plan.tenants {
        let embeds = plan.embedding.as_ref().is_some_and(|all| all.tenants.contains_key(&it.slug));
        let outcome = match &live {
            Ok(live) if it.writes() => hands.publish(it, live.get(&it.slug)),
            Ok(live) if embeds => hands.embed(it, live.get(&it.slug)),
            Err(error) if it.writes() || embeds => Err(StoreError::Unavailable(error.to_string()).into()),
            _ => Ok(Outcome::Untouched),
        };
        let one = Applied { slug: it.slug.clone(), outcome: outcome.unwrap_or_else(Outcome::Failed) };
        (hands.watch)(Step::Tenant(&one));
        applied.push(one);
    }
    applied
}

/// What carrying out needs.
struct Hands<'a> {
    store: &'a dyn ReleaseStore,
    outside: &'a Outside<'a>,
    provenance: &'a Provenance,
    at: &'a str,
    watch: &'a mut dyn FnMut(Step<'_>),
}

impl Hands<'_> {
    fn publish(&mut self, it: &TenantPlan, live: Option<&LiveRow>) -> Result<Outcome, ApplyError> {
        let payload = it
            .payload
            .as_ref()
            .ok_or_else(|| StoreError::Unreadable(format!("plan carries no release of `{}`", it.slug)))?;
        let done = live.filter(|row| row.release_id == it.release_id && !row.rolled_back);
        if done.is_some_and(|row| row.standing == payload.standing) {
            return Ok(Outcome::Untouched);
        }
        let bytes = payload.release.clone().into_bytes();
        let (encoded, embedded) = self.write(it, it.base.clone(), bytes, payload.standing.clone())?;
        Ok(Outcome::Live { from: it.base.clone(), to: it.release_id.clone(), encoded, embedded })
    }

    /// Publishes what is live once more, with the embeddings that it lacks.
    fn embed(&mut self, it: &TenantPlan, live: Option<&LiveRow>) -> Result<Outcome, ApplyError> {
        let Some(row) = live.filter(|row| row.release_id == it.release_id) else {
            return Ok(Outcome::Untouched);
        };
        let missing = || StoreError::Missing(format!("release {} of `{}`", row.release_id, it.slug));
        let stored = self.store.release(&it.slug, &row.release_id)?.ok_or_else(missing)?;
        let base = Some(row.release_id.clone());
        let (_, texts) = self.write(it, base, stored.bytes, row.standing.clone())?;
        Ok(Outcome::Embedded { texts })
    }

    /// Vectors, then points, then the release; returns how many passages were encoded and how many
    /// texts embedded.
    fn write(
        &mut self,
        it: &TenantPlan,
        base: Option<String>,
        bytes: Vec<u8>,
        standing: format::Standing,
    ) -> Result<(usize, usize), ApplyError> {
        let release = format::decode(&bytes).map_err(|error| StoreError::Unreadable(error.to_string()))?;
        let mut rows = vectors::lexical(&release, self.store, self.watch)?;
        let encoded = rows.len();
        if let Some(embedder) = self.outside.embedder {
            rows.extend(vectors::dense(&release, embedder, self.store, self.watch)?);
        }
        let embedded = rows.len() - encoded;
        if let Some(points) = &self.outside.points {
            points.write(&release, &rows, self.store)?;
        }
        self.store.publish(&Publication {
            slug: it.slug.clone(),
            release_id: it.release_id.clone(),
            bytes,
            standing,
            base,
            vectors: rows,
            commit: self.provenance.commit.clone(),
            author: self.provenance.author.clone(),
            actor: self.provenance.actor.clone(),
            at: self.at.to_owned(),
        })?;
        Ok((encoded, embedded))
    }
}

#[cfg(test)]
mod tests;
