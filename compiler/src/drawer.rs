//! The passages of one release in a throw-away index, searched as in production.

use decide::Found;
use format::Release;
use index::{Asked, Hit, Layout, Library, Vectors};

/// A release's passages, ready to be searched; gone when it is dropped.
pub struct Drawer {
    /// Absent when the release has no passages: no engine is started for nothing.
    library: Option<Library>,
}

impl std::fmt::Debug for Drawer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let passages = self.library.as_ref().map_or(0, |it| it.catalogue().len());
        f.debug_struct("Drawer").field("passages", &passages).finish()
    }
}

impl Drawer {
    /// Indexes the passages of a release.
    ///
    /// # Errors
    /// A sentence when the engine cannot be started.
    pub fn of(release: &Release) -> Result<Self, String> {
        if release.passages.is_empty() {
            return Ok(Self { library: None });
        }
        Self::with(release, &Vectors::default(), &Layout::default())
    }

    /// As [`Drawer::of`], with embeddings where there are any.
    ///
    /// # Errors
    /// As for [`Drawer::of`].
    pub fn with(release: &Release, vectors: &Vectors, layout: &Layout) -> Result<Self, String> {
        let library = Library::in_memory(release, vectors, layout).map_err(|error| error.to_string())?;
        Ok(Self { library: Some(library) })
    }

    /// The index behind it, where there is anything in it.
    #[must_use]
    pub fn library(&self) -> Option<&Library> {
        self.library.as_ref()
    }

    /// The passages of releases of one tenant side by side, without an engine.
    ///
    /// # Errors
    /// A sentence when a passage is not the tenant's.
    pub fn together<const RELEASES: usize>(
        releases: [&Release; RELEASES],
    ) -> Result<[Self; RELEASES], String> {
        let libraries = Library::together(releases).map_err(|error| error.to_string())?;
        Ok(libraries.map(|it| Self { library: Some(it) }))
    }

    /// The passages that answer `question` best, best first. `tag` is that of the branch; the
    /// shared tag is always searched.
    ///
    /// # Errors
    /// A sentence when the engine fails.
    pub fn search(&self, question: &str, tag: Option<&str>, limit: usize) -> Result<Vec<Hit>, String> {
        let Some(library) = &self.library else { return Ok(Vec::new()) };
        library.search(tag, &Asked::text(question), limit).map_err(|error| error.to_string())
    }
}

/// Hits as the deciding code takes them.
pub(crate) fn found(hits: Vec<Hit>) -> Vec<Found> {
    hits.into_iter()
        .map(|Hit { digest, score, confidence, .. }| Found { digest, score, confidence })
        .collect()
}
