//! Points on a Qdrant server: there before the release goes live, gone when no kept release names them.

use std::collections::{BTreeMap, BTreeSet};

use format::{Passage, Release};
use index::{Catalogue, Layout, VectorIndex, Vectors, dense_encoder};
use runtime::{ReleaseStore, StoreError, VectorRow};

use super::{ApplyError, ENCODER};

/// An index that outlives this process and is shared with others.
pub struct Points<'a> {
    /// The index.
    pub index: &'a dyn VectorIndex,
    /// What its points hold.
    pub layout: Layout,
}

impl Points<'_> {
    /// Writes what the index lacks of a release; returns when searches see it.
    pub(super) fn write(
        &self,
        release: &Release,
        new: &[VectorRow],
        store: &dyn ReleaseStore,
    ) -> Result<usize, ApplyError> {
        let vectors = self.vectors(release, new, store)?;
        let catalogue = Catalogue::of(release, &vectors, &self.layout);
        Ok(catalogue.add_missing(self.index, release, &vectors)?)
    }

    /// Deletes the points of a tenant that none of its kept releases names; returns how many. Those that
    /// responders wrote for lessons in use stay: `lessons` says which passages they are beside a release.
    ///
    /// # Errors
    /// Those of the store and of the index; then nothing was deleted.
    pub fn sweep(
        &self,
        slug: &str,
        store: &dyn ReleaseStore,
        lessons: &dyn Fn(&Release) -> Vec<Passage>,
    ) -> Result<usize, ApplyError> {
        let mut kept = Vec::new();
        for row in store.history(slug)? {
            let Some(stored) = store.release(slug, &row.release_id)? else { continue };
            // A release that this build cannot read may name anything, so nothing is deleted.
            let release = format::decode(&stored.bytes).map_err(|error| {
                StoreError::Unreadable(format!("{} of `{slug}`: {error}", row.release_id))
            })?;
            kept.push(Catalogue::beside(&release.client, &self.layout, &lessons(&release)));
            kept.push(Catalogue::of(&release, &self.vectors(&release, &[], store)?, &self.layout));
        }
        Ok(Catalogue::sweep_all(self.index, &kept)?)
    }

    fn vectors(
        &self,
        release: &Release,
        new: &[VectorRow],
        store: &dyn ReleaseStore,
    ) -> Result<Vectors, StoreError> {
        let digests: BTreeSet<String> = release.passages.iter().map(|it| it.digest.clone()).collect();
        let mut lexical = store.vectors(ENCODER, &digests)?;
        let mut dense = BTreeMap::new();
        if let Some(space) = &self.layout.dense {
            let texts: BTreeSet<String> = release.passages.iter().map(Passage::text_digest).collect();
            dense = store.vectors(&dense_encoder(&space.model), &texts)?;
        }
        for row in new {
            let side = if row.encoder == ENCODER { &mut lexical } else { &mut dense };
            side.insert(row.digest.clone(), row.bytes.clone());
        }
        Ok(Vectors { lexical, dense })
    }
}
