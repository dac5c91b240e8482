//! A catalogue with its index.

use std::sync::Arc;

use format::Release;
use text::lexical::encode_passage;

use crate::{Asked, Catalogue, EdgeIndex, Hit, IndexError, Layout, VectorIndex, Vectors};

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
        for it in &release.passages {
            let encode = || encode_passage(&it.heading(), &it.text).to_bytes();
            vectors.lexical.entry(it.digest.clone()).or_insert_with(encode);
        }
        let catalogue = Catalogue::of(release, &vectors, layout);
        let index: Arc<dyn VectorIndex> = Arc::new(EdgeIndex::temporary(layout.clone())?);
        catalogue.add_missing(index.as_ref(), release, &vectors)?;
        Ok(Self::new(index, Arc::new(catalogue)))
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

#[cfg(test)]
mod tests;
