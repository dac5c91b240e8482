//! One release, from stored bytes to values that are believed.

use format::Release;
use runtime::{ReleaseStore, StoreError};

/// Why a release is not read.
#[derive(Debug)]
pub(crate) enum LoadError {
    /// The store failed: to be tried again.
    Store(StoreError),
    /// The release will not get better by trying again; a word why.
    Unusable(&'static str),
}

/// Reads a release; blocks.
pub(crate) fn read(releases: &dyn ReleaseStore, slug: &str, release_id: &str) -> Result<Release, LoadError> {
    let stored = match releases.release(slug, release_id) {
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
    Ok(release)
}
