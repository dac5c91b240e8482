//! Reading what is published: the half of a store that a plan may see.

use std::collections::{BTreeMap, BTreeSet};

use runtime::{HistoryRow, LiveRow, ReleaseStore, StoreError, StoredRelease};

use crate::plan::{Current, Desired, Published};

/// The reading half of a release store. A plan is made through it, so no writer is in reach.
pub trait Shelf {
    /// Live pointers by slug.
    ///
    /// # Errors
    /// Those of the store.
    fn live(&self) -> Result<BTreeMap<String, LiveRow>, StoreError>;
    /// A stored release.
    ///
    /// # Errors
    /// Those of the store.
    fn release(&self, slug: &str, release_id: &str) -> Result<Option<StoredRelease>, StoreError>;
    /// Releases of a tenant, newest first.
    ///
    /// # Errors
    /// Those of the store.
    fn history(&self, slug: &str) -> Result<Vec<HistoryRow>, StoreError>;
    /// Which of `digests` have a vector of `encoder`.
    ///
    /// # Errors
    /// Those of the store.
    fn known_vectors(
        &self,
        encoder: &str,
        digests: &BTreeSet<String>,
    ) -> Result<BTreeSet<String>, StoreError>;
}

impl<T: ReleaseStore + ?Sized> Shelf for T {
    fn live(&self) -> Result<BTreeMap<String, LiveRow>, StoreError> {
        ReleaseStore::live(self)
    }

    fn release(&self, slug: &str, release_id: &str) -> Result<Option<StoredRelease>, StoreError> {
        ReleaseStore::release(self, slug, release_id)
    }

    fn history(&self, slug: &str) -> Result<Vec<HistoryRow>, StoreError> {
        ReleaseStore::history(self, slug)
    }

    fn known_vectors(
        &self,
        encoder: &str,
        digests: &BTreeSet<String>,
    ) -> Result<BTreeSet<String>, StoreError> {
        ReleaseStore::known_vectors(self, encoder, digests)
    }
}

/// An empty shelf: nothing has been published yet, not even a store.
#[derive(Debug, Clone, Copy)]
pub struct Nothing;

impl Shelf for Nothing {
    fn live(&self) -> Result<BTreeMap<String, LiveRow>, StoreError> {
        Ok(BTreeMap::new())
    }

    fn release(&self, _slug: &str, _release_id: &str) -> Result<Option<StoredRelease>, StoreError> {
        Ok(None)
    }

    fn history(&self, _slug: &str) -> Result<Vec<HistoryRow>, StoreError> {
        Ok(Vec::new())
    }

    fn known_vectors(
        &self,
        _encoder: &str,
        _digests: &BTreeSet<String>,
    ) -> Result<BTreeSet<String>, StoreError> {
        Ok(BTreeSet::new())
    }
}

/// Reads what a plan for `desired` needs: every live pointer, the live releases that would be
/// replaced, and which passages have vectors.
///
/// # Errors
/// Those of the store. A release this build cannot read is left out, so that it can be replaced.
pub fn read(shelf: &dyn Shelf, desired: &[Desired<'_>], encoder: &str) -> Result<Published, StoreError> {
    let wanted: BTreeMap<&str, &str> =
        desired.iter().map(|it| (it.release.client.slug.as_str(), it.release_id)).collect();
    let mut tenants = BTreeMap::new();
    for (slug, row) in shelf.live()? {
        let moves = wanted.get(slug.as_str()).is_some_and(|it| *it != row.release_id);
        let release = match moves {
            true => shelf.release(&slug, &row.release_id)?.and_then(|it| format::decode(&it.bytes).ok()),
            false => None,
        };
        let LiveRow { release_id, standing, rolled_back } = row;
        tenants.insert(slug, Current { release_id, release, standing, rolled_back });
    }
    let digests =
        desired.iter().flat_map(|it| it.release.passages.iter().map(|it| it.digest.clone())).collect();
    let vectors = shelf.known_vectors(encoder, &digests)?;
    Ok(Published { tenants, vectors })
}
