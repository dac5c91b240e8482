//! Lessons in use, whose points on a Qdrant server are the responders' to write and nobody's to sweep.

use format::{Passage, Release};
use lessons::{Learned, is_in, passage};
use runtime::{LessonRow, StateStore, StoreError};

use crate::place::Place;

/// What people have taught, where anything is kept of conversations.
pub(crate) struct Taught(Option<Box<dyn StateStore>>);

/// The lessons of one tenant.
pub(crate) struct Lessons(Vec<LessonRow>);

impl Taught {
    pub(crate) fn open(place: &Place) -> Result<Self, StoreError> {
        place.conversations().map(Self)
    }

    /// Those a tenant may use now.
    pub(crate) fn of(&self, slug: &str) -> Result<Lessons, StoreError> {
        let rows = self.0.as_ref().map_or(Ok(Vec::new()), |it| it.approved(slug))?;
        Ok(Lessons(rows))
    }
}

impl Lessons {
    /// The passages that responders put beside those of a release: not what its documents have by now.
    pub(crate) fn beside(&self, release: &Release) -> Vec<Passage> {
        let learned = self.0.iter().map(|it| Learned {
            question: &it.question,
            answer: &it.answer,
            branch: it.branch.as_deref(),
        });
        learned.filter(|it| !is_in(*it, release)).filter_map(|it| passage(it, release)).collect()
    }
}
