//! A catalogue with its index.

use std::sync::Arc;

use crate::{Catalogue, EdgeIndex, Hit, IndexError, PassageRef, VectorIndex, Vectors};

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
    /// tenants, `chat` and `search`.
    ///
    /// # Errors
    /// [`IndexError`] when the folder for temporary files cannot be used.
    pub fn in_memory<'a, I>(client_slug: &str, passages: I) -> Result<Self, IndexError>
    where
        I: IntoIterator<Item = PassageRef<'a>>,
        I::IntoIter: Clone,
    {
        let passages = passages.into_iter();
        let vectors = Vectors::new();
        let catalogue = Catalogue::new(client_slug, passages.clone(), &vectors);
        let index: Arc<dyn VectorIndex> = Arc::new(EdgeIndex::temporary()?);
        catalogue.add_missing(index.as_ref(), passages, &vectors)?;
        Ok(Self::new(index, Arc::new(catalogue)))
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
    pub fn search(&self, tag: Option<&str>, question: &str, limit: usize) -> Result<Vec<Hit>, IndexError> {
        self.catalogue.search(self.index.as_ref(), tag, question, limit)
    }
}
