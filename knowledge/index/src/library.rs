//! A catalogue with its index.

use std::sync::Arc;

use format::Release;
use text::lexical::encode_passage;

use crate::{Asked, Catalogue, EdgeIndex, Hit, IndexError, Layout, MemoryIndex, VectorIndex, Vectors};

/// The passages of one release, ready to be searched.
#[derive(Clone)]
pub struct Library {
    index: Arc<dyn VectorIndex>,
    catalogue: Arc<Catalogue>,
}

impl Library {
    /// A catalogue over an index that it was synced to.
    #[must_use]
    pub fn new(index: Arc<dyn VectorIndex>, catalogue: Arc<Catalogue>) -> Self {
        Self { index, catalogue }
    }

    /// A throw-away index for one release, gone when the library is dropped; for the tests of
    /// tenants, `chat` and `search`. `vectors` may be empty.
    ///
    /// # Errors
    /// [`IndexError`] when the folder for temporary files cannot be used.
    pub fn in_memory(release: &Release, vectors: &Vectors, layout: &Layout) -> Result<Self, IndexError> {
        let mut vectors = vectors.clone();
        // Encoded once for both the catalogue and the points.
        encode(release, &mut vectors);
        let catalogue = Catalogue::of(release, &vectors, layout);
        let index: Arc<dyn VectorIndex> = Arc::new(EdgeIndex::temporary(layout.clone())?);
        catalogue.add_missing(index.as_ref(), release, &vectors)?;
        Ok(Self::new(index, Arc::new(catalogue)))
    }

    /// Several releases side by side, each searched as if it were alone; for the two of a plan, which
    /// must be heard while somebody waits. No engine is started: every passage is compared, which finds
    /// the same.
    ///
    /// # Errors
    /// [`IndexError::OutOfScope`] where two tenants have one passage.
    pub fn together<const RELEASES: usize>(
        releases: [&Release; RELEASES],
    ) -> Result<[Self; RELEASES], IndexError> {
        let (mut vectors, layout) = (Vectors::default(), Layout::default());
        let index: Arc<dyn VectorIndex> = Arc::new(MemoryIndex::default());
        for release in releases {
            encode(release, &mut vectors);
            Catalogue::of(release, &vectors, &layout).add_missing(index.as_ref(), release, &vectors)?;
        }
        let catalogue = |release| Arc::new(Catalogue::of(release, &vectors, &layout));
        Ok(releases.map(|release| Self::new(Arc::clone(&index), catalogue(release))))
    }

    /// The index.
    #[must_use]
    pub fn index(&self) -> &dyn VectorIndex {
        self.index.as_ref()
    }

    /// The release's catalogue.
    #[must_use]
    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// As [`Catalogue::search`].
    ///
    /// # Errors
    /// [`IndexError`] of the engine.
    pub fn search(&self, tag: Option<&str>, asked: &Asked<'_>, limit: usize) -> Result<Vec<Hit>, IndexError> {
        self.catalogue.search(self.index.as_ref(), tag, asked, limit)
    }
}

/// Encodes the passages that have no vector yet.
fn encode(release: &Release, vectors: &mut Vectors) {
    for it in &release.passages {
        let encode = || encode_passage(&it.heading(), &it.text).to_bytes();
        vectors.lexical.entry(it.digest.clone()).or_insert_with(encode);
    }
}

#[cfg(test)]
mod tests;
