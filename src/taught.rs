//! Lessons in use, whose points on a Qdrant server and whose vectors are the responders' to write and
//! nobody's to sweep.

use std::collections::BTreeSet;

use format::{Passage, Release};
use lessons::{Learned, is_in, passage};
use runtime::{KEPT_RELEASES, LessonRow, ReleaseStore, StateStore, StoreError};

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

    /// Those that a tenant may come to use: one in whose place another was approved is used again when
    /// the other is taken back.
    fn approved(&self, slug: &str) -> Result<Lessons, StoreError> {
        let rows = self.0.as_ref().map_or(Ok(Vec::new()), |it| it.lessons(slug, Some("approved")))?;
        Ok(Lessons(rows))
    }

    /// What vectors of all that tenants use or may come to use are kept under.
    ///
    /// # Errors
    /// The store's, and a live release that cannot be read: what its responder embedded is not known.
    pub(crate) fn digests(&self, store: &dyn ReleaseStore) -> Result<BTreeSet<String>, StoreError> {
        let mut digests = BTreeSet::new();
        for slug in store.live()?.keys() {
            let lessons = self.approved(slug)?;
            // Passages are made by the rules of the release that they stand beside.
            let all = if lessons.0.is_empty() { Vec::new() } else { store.history(slug)? };
            let kept = all.iter().enumerate().filter(|(nth, it)| it.live || *nth < KEPT_RELEASES as usize);
            for (_, row) in kept {
                let Some(stored) = store.release(slug, &row.release_id)? else { continue };
                let release = match format::decode(&stored.bytes) {
                    Ok(release) => release,
                    Err(error) if row.live => {
                        let what = format!("{} of `{slug}`, which is live: {error}", row.release_id);
                        return Err(StoreError::Unreadable(what));
                    }
                    Err(error) => {
                        tracing::warn!(
                            tenant.slug = %slug, release.id = %row.release_id, %error,
                            "a release cannot be read: what was embedded for it alone is not kept"
                        );
                        continue;
                    }
                };
                let beside = lessons.beside(&release);
                digests.extend(beside.iter().flat_map(|it| [it.digest.clone(), it.text_digest()]));
            }
        }
        Ok(digests)
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
