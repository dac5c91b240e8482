//! What every store asks of a publication, whatever it writes to.

use std::collections::BTreeSet;

use format::Release;

use crate::{Publication, StoreError};

/// Releases kept of each tenant; the live one is kept besides.
pub const KEPT: u32 = 5;
/// Stands behind a commit when the tree differed from it.
const DIRTY: &str = "+dirty";

/// The release in `publication`, if its bytes are what slug and id say.
pub(crate) fn verified(publication: &Publication) -> Result<Release, StoreError> {
    let Publication { slug, release_id, bytes, .. } = publication;
    let release = decoded(slug, release_id, bytes)?;
    if release.client.slug != *slug {
        return Err(StoreError::Unreadable(format!(
            "release {release_id} is of `{}`, not of `{slug}`",
            release.client.slug
        )));
    }
    let found = format::release_id(bytes);
    if found != *release_id {
        return Err(StoreError::Unreadable(format!(
            "release {release_id} of `{slug}` has the bytes of {found}"
        )));
    }
    Ok(release)
}

/// Digests of the vectors that a release needs: of its passages, and of what an embedder reads of them.
pub(crate) fn vector_names(release: &Release) -> BTreeSet<String> {
    release.passages.iter().flat_map(|it| [it.digest.clone(), it.text_digest()]).collect()
}

/// A stored release.
pub(crate) fn decoded(slug: &str, release_id: &str, bytes: &[u8]) -> Result<Release, StoreError> {
    format::decode(bytes)
        .map_err(|err| StoreError::Unreadable(format!("release {release_id} of `{slug}`: {err}")))
}

/// Refuses a publication that was planned on another release than the live one.
pub(crate) fn same_base(publication: &Publication, live: Option<&str>) -> Result<(), StoreError> {
    if live == publication.base.as_deref() {
        return Ok(());
    }
    let named = |id: Option<&str>| id.unwrap_or("none").to_owned();
    Err(StoreError::Moved {
        slug: publication.slug.clone(),
        planned: named(publication.base.as_deref()),
        found: named(live),
    })
}

/// Commit and whether the tree differed from it, told apart.
pub(crate) fn told_apart(commit: Option<&str>) -> (Option<&str>, bool) {
    match commit {
        Some(commit) => match commit.strip_suffix(DIRTY) {
            Some(commit) => (Some(commit), true),
            None => (Some(commit), false),
        },
        None => (None, false),
    }
}
