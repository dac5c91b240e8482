//! One release, from stored bytes to something that answers.

use std::sync::Arc;

use runtime::{ReleaseStore, StoreError};

use crate::passages::Shelf;
use crate::tenant::{Prepared, Wits};

/// Why a release is not made ready.
pub(crate) enum LoadError {
    /// The store failed: to be tried again.
    Store(StoreError),
    /// The release will not get better by trying again; a word why.
    Unusable(&'static str),
}

/// Makes a release ready, away from the threads that serve.
pub(crate) async fn load(
    releases: &Arc<dyn ReleaseStore>,
    shelf: &Shelf,
    slug: &str,
    release_id: &str,
) -> Result<Prepared, LoadError> {
    let (releases, shelf) = (Arc::clone(releases), shelf.clone());
    let (slug, release_id) = (slug.to_owned(), release_id.to_owned());
    let work = tokio::task::spawn_blocking(move || prepare(releases.as_ref(), &shelf, &slug, release_id));
    // A panic is a bug of ours that this tenant's release found; the others are served on.
    work.await.unwrap_or(Err(LoadError::Unusable("release_panicked")))
}

fn prepare(
    releases: &dyn ReleaseStore,
    shelf: &Shelf,
    slug: &str,
    release_id: String,
) -> Result<Prepared, LoadError> {
    let stored = match releases.release(slug, &release_id) {
        Ok(stored) => stored.ok_or(LoadError::Unusable("release_missing"))?,
        Err(StoreError::Unreadable(_)) => return Err(LoadError::Unusable("release_unreadable")),
        Err(error) => return Err(LoadError::Store(error)),
    };
    if format::release_id(&stored.bytes) != release_id {
        return Err(LoadError::Unusable("release_damaged"));
    }
    let release = format::decode(&stored.bytes).map_err(|_| LoadError::Unusable("release_unreadable"))?;
    if release.client.slug != slug {
        return Err(LoadError::Unusable("release_of_another_tenant"));
    }
    // Facts answer without the index, so a release is served without it rather than not at all.
    let (library, indexed) = shelf.open(&release, releases);
    if let Err(error) = &indexed {
        tracing::error!(tenant.slug = %slug, %error, "passages cannot be indexed, only facts answer");
    }
    let wits = Arc::new(Wits::of(release));
    Ok(Prepared { release_id, wits, library, indexed: indexed.is_ok() })
}
