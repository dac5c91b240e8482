//! A release's passages in the index: made searchable before the release is served, swept after.

use std::collections::BTreeSet;
use std::sync::Arc;

use format::{Client, Release};
use index::{Catalogue, IndexError, Layout, Library, VectorIndex, Vectors, dense_encoder};
use runtime::ReleaseStore;
use text::lexical::ENCODER_ID;

/// The index that all tenants share.
#[derive(Clone)]
pub(crate) struct Shelf {
    index: Arc<dyn VectorIndex>,
    layout: Layout,
    /// Whether this process alone decides what the index holds. A server's points are those of every
    /// replica and of every kept release: `apply` and `gc` sweep them.
    owned: bool,
}

impl Shelf {
    pub(crate) fn new(index: Arc<dyn VectorIndex>, layout: Layout, owned: bool) -> Self {
        Self { index, layout, owned }
    }

    /// Whether it holds embeddings.
    pub(crate) fn is_embedded(&self) -> bool {
        self.layout.dense.is_some()
    }

    /// The release's catalogue over the index, and whether the index holds everything of it now; blocks.
    /// Vectors that the runtime store keeps are taken from there; the lexical rest is encoded. A server
    /// is not asked, because it may hang while facts are wanted: see [`Shelf::fill`].
    pub(crate) fn open(
        &self,
        release: &Release,
        store: &dyn ReleaseStore,
    ) -> (Library, Result<usize, IndexError>) {
        let vectors = self.vectors(release, store);
        let catalogue = Catalogue::of(release, &vectors, &self.layout);
        let filled =
            if self.owned { catalogue.add_missing(self.index.as_ref(), release, &vectors) } else { Ok(0) };
        (Library::new(Arc::clone(&self.index), Arc::new(catalogue)), filled)
    }

    /// Writes what the index still lacks of this release; blocks.
    pub(crate) fn fill(
        &self,
        library: &Library,
        release: &Release,
        store: &dyn ReleaseStore,
    ) -> Result<usize, IndexError> {
        library.catalogue().add_missing(self.index.as_ref(), release, &self.vectors(release, store))
    }

    /// Whether opening leaves filling to be done.
    pub(crate) fn fills_later(&self) -> bool {
        !self.owned
    }

    /// Deletes what the tenant's catalogue does not name, where that is this process's to do; blocks.
    pub(crate) fn sweep(&self, library: &Library) -> Result<usize, IndexError> {
        if self.owned { library.catalogue().sweep(self.index.as_ref()) } else { Ok(0) }
    }

    /// Deletes everything of a tenant, where that is this process's to do; blocks.
    pub(crate) fn clear(&self, client: &Client) -> Result<usize, IndexError> {
        if self.owned { Catalogue::empty(client, &self.layout).sweep(self.index.as_ref()) } else { Ok(0) }
    }

    /// Hits outside of their scope that the engine returned and that were dropped.
    pub(crate) fn foreign_hits(&self) -> u64 {
        self.index.foreign_hits()
    }

    /// A store that fails here costs only time for the lexical side, and leaves the embeddings out.
    fn vectors(&self, release: &Release, store: &dyn ReleaseStore) -> Vectors {
        let digests: BTreeSet<String> = release.passages.iter().map(|it| it.digest.clone()).collect();
        let lexical = store.vectors(ENCODER_ID, &digests).unwrap_or_default();
        let dense = self.layout.dense.as_ref().map(|space| {
            let digests: BTreeSet<String> =
                release.passages.iter().map(format::Passage::text_digest).collect();
            store.vectors(&dense_encoder(&space.model), &digests).unwrap_or_default()
        });
        Vectors { lexical, dense: dense.unwrap_or_default() }
    }
}
