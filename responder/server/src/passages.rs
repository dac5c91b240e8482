//! A release's passages in the index: made searchable before the release is served, swept after.

use std::collections::BTreeSet;
use std::sync::Arc;

use format::{PassageKind, Release, point_id};
use index::{Catalogue, IndexError, Library, PassageRef, VectorIndex, Vectors};
use runtime::ReleaseStore;
use text::lexical::ENCODER_ID;

/// The index that all tenants share.
#[derive(Clone)]
pub(crate) struct Shelf {
    index: Arc<dyn VectorIndex>,
}

impl Shelf {
    pub(crate) fn new(index: Arc<dyn VectorIndex>) -> Self {
        Self { index }
    }

    /// The release's catalogue over the index, which may lack some of it until [`Shelf::fill`].
    /// Vectors that the runtime store keeps are taken from there, the rest is encoded.
    pub(crate) fn library(&self, release: &Release, store: &dyn ReleaseStore) -> Library {
        let catalogue = Catalogue::new(&release.client.slug, passages(release), &vectors(release, store));
        Library::new(Arc::clone(&self.index), Arc::new(catalogue))
    }

    /// Writes what the index lacks of this release; blocks.
    pub(crate) fn fill(
        &self,
        library: &Library,
        release: &Release,
        store: &dyn ReleaseStore,
    ) -> Result<usize, IndexError> {
        library.catalogue().add_missing(self.index.as_ref(), passages(release), &vectors(release, store))
    }

    /// Deletes what the tenant's catalogue does not name; blocks.
    pub(crate) fn sweep(&self, library: &Library) -> Result<usize, IndexError> {
        library.catalogue().sweep(self.index.as_ref())
    }

    /// Hits outside of their scope that the engine returned and that were dropped.
    pub(crate) fn foreign_hits(&self) -> u64 {
        self.index.foreign_hits()
    }
}

/// Encoding again gives the same vectors, so a store that fails here costs only time.
fn vectors(release: &Release, store: &dyn ReleaseStore) -> Vectors {
    let digests: BTreeSet<String> = release.passages.iter().map(|it| it.digest.clone()).collect();
    store.vectors(ENCODER_ID, &digests).unwrap_or_default()
}

fn passages(release: &Release) -> impl Iterator<Item = PassageRef<'_>> + Clone {
    release.passages.iter().map(|it| PassageRef {
        digest: &it.digest,
        point: point_id(&release.client.slug, &it.digest, ENCODER_ID),
        tag: &it.tag,
        lang: it.lang.code(),
        doc: &it.doc,
        section: &it.section,
        ordinal: it.ordinal,
        source: match it.kind {
            PassageKind::Document => "document",
            PassageKind::Fact => "fact",
            PassageKind::Learned => "learned",
        },
        text: &it.text,
    })
}
