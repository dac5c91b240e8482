//! The releases of the tree at hand and no others.
//!
//! The store remembers tenants of other trees and tenants that were renamed since. Served along,
//! they would hold on to their WhatsApp numbers and lock out the ones at hand.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{PoisonError, RwLock};

use runtime::{
    AuditRow, HistoryRow, LiveRow, Publication, ReleaseStore, SqliteReleases, StoreError, StoredHead,
    StoredRelease, Swept, VectorRow,
};

/// A release store in which only the tenants of the tree are live.
pub(super) struct TreeReleases {
    store: SqliteReleases,
    scope: RwLock<Scope>,
}

#[derive(Default)]
struct Scope {
    slugs: BTreeSet<String>,
    /// How often the slugs have changed.
    changes: u64,
}

impl TreeReleases {
    pub(super) fn new(store: SqliteReleases) -> Self {
        Self { store, scope: RwLock::default() }
    }

    /// From now on these tenants are the tree.
    pub(super) fn narrow(&self, slugs: BTreeSet<String>) {
        let mut scope = self.scope.write().unwrap_or_else(PoisonError::into_inner);
        if scope.slugs != slugs {
            scope.slugs = slugs;
            scope.changes += 1;
        }
    }
}

impl ReleaseStore for TreeReleases {
    fn revision(&self) -> Result<u64, StoreError> {
        let changes = self.scope.read().unwrap_or_else(PoisonError::into_inner).changes;
        // Two counters in one number: the store's own never comes near 2^40.
        Ok(self.store.revision()?.wrapping_add(changes << 40))
    }

    fn live(&self) -> Result<BTreeMap<String, LiveRow>, StoreError> {
        let mut live = self.store.live()?;
        let scope = self.scope.read().unwrap_or_else(PoisonError::into_inner);
        live.retain(|slug, _| scope.slugs.contains(slug));
        Ok(live)
    }

    fn heads(&self) -> Result<BTreeMap<String, StoredHead>, StoreError> {
        self.store.heads()
    }

    fn release(&self, slug: &str, release_id: &str) -> Result<Option<StoredRelease>, StoreError> {
        self.store.release(slug, release_id)
    }

    fn history(&self, slug: &str) -> Result<Vec<HistoryRow>, StoreError> {
        self.store.history(slug)
    }

    fn known_vectors(
        &self,
        encoder: &str,
        digests: &BTreeSet<String>,
    ) -> Result<BTreeSet<String>, StoreError> {
        self.store.known_vectors(encoder, digests)
    }

    fn vectors(
        &self,
        encoder: &str,
        digests: &BTreeSet<String>,
    ) -> Result<BTreeMap<String, Vec<u8>>, StoreError> {
        self.store.vectors(encoder, digests)
    }

    fn keep_vectors(&self, vectors: &[VectorRow]) -> Result<(), StoreError> {
        self.store.keep_vectors(vectors)
    }

    fn any_vector(&self, encoder: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.store.any_vector(encoder)
    }

    fn publish(&self, publication: &Publication) -> Result<(), StoreError> {
        self.store.publish(publication)
    }

    fn rollback(
        &self,
        slug: &str,
        to: Option<&str>,
        actor: Option<&str>,
        at: &str,
    ) -> Result<String, StoreError> {
        self.store.rollback(slug, to, actor, at)
    }

    fn sweep(&self, taught: &BTreeSet<String>, actor: Option<&str>, at: &str) -> Result<Swept, StoreError> {
        self.store.sweep(taught, actor, at)
    }

    fn remove(&self, slug: &str, actor: Option<&str>, at: &str) -> Result<BTreeMap<String, u64>, StoreError> {
        self.store.remove(slug, actor, at)
    }

    fn audit(&self, slug: Option<&str>, limit: u32) -> Result<Vec<AuditRow>, StoreError> {
        self.store.audit(slug, limit)
    }
}
