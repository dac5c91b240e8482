//! The door for releases.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use format::Standing;

use crate::StoreError;

/// The live pointer of a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveRow {
    /// Release id.
    pub release_id: String,
    /// Plan and company.
    pub standing: Standing,
    /// The live pointer was moved back by a rollback and not forward since.
    pub rolled_back: bool,
}

/// A release as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRelease {
    /// Its id.
    pub release_id: String,
    /// Canonical bytes, see [`format::decode`].
    pub bytes: Vec<u8>,
}

/// What of a live release can be read without reading it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredHead {
    /// Id of the release.
    pub release_id: String,
    /// Its head, see [`format::Head::decode`].
    pub bytes: Vec<u8>,
}

/// One line of a tenant's history, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryRow {
    /// Release id.
    pub release_id: String,
    /// RFC 3339, UTC.
    pub published_at: String,
    /// Git commit, if known.
    pub commit: Option<String>,
    /// Who published.
    pub author: Option<String>,
    /// It is live now.
    pub live: bool,
}

/// A vector kept by (encoder, digest) so that nothing is embedded twice.
#[derive(Debug, Clone, PartialEq)]
pub struct VectorRow {
    /// Encoder id with version.
    pub encoder: String,
    /// [`format::Passage::digest`], or [`format::Passage::text_digest`] for an embedding.
    pub digest: String,
    /// Encoded vector, opaque to the store.
    pub bytes: Vec<u8>,
}

/// What one publish writes, in one transaction.
#[derive(Debug, Clone)]
pub struct Publication {
    /// Tenant.
    pub slug: String,
    /// Canonical bytes of the release; the id is computed from them by the caller.
    pub release_id: String,
    /// Canonical bytes.
    pub bytes: Vec<u8>,
    /// Plan and company.
    pub standing: Standing,
    /// The release the plan was made on; the publish is refused when the live one differs.
    pub base: Option<String>,
    /// New vectors.
    pub vectors: Vec<VectorRow>,
    /// Git commit.
    pub commit: Option<String>,
    /// Author.
    pub author: Option<String>,
    /// Who runs the publish.
    pub actor: Option<String>,
    /// RFC 3339, UTC.
    pub at: String,
}

/// One line of the audit: who changed what when. Written in the transaction that it tells of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRow {
    /// Grows with every line.
    pub id: u64,
    /// RFC 3339, UTC.
    pub at: String,
    /// Who ran it, if known.
    pub actor: Option<String>,
    /// `publish`, `rollback` or `gc`.
    pub verb: String,
    /// Tenant; none when the whole store was swept.
    pub slug: Option<String>,
    /// Release that was live before.
    pub from_release: Option<String>,
    /// Release that is live since.
    pub to_release: Option<String>,
    /// Git commit of `to_release`, if known.
    pub git_commit: Option<String>,
    /// The tree differed from that commit when `to_release` was published.
    pub dirty: bool,
}

/// What a sweep removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Swept {
    /// Releases beyond the kept ones.
    pub releases: u64,
    /// Vectors that no kept release names.
    pub vectors: u64,
    /// What both held, in bytes.
    pub bytes: u64,
}

/// Releases, live pointers, vectors and the relational face.
pub trait ReleaseStore: Send + Sync {
    /// A number that changes whenever anything published changes; cheap enough to poll.
    fn revision(&self) -> Result<u64, StoreError>;
    /// Live pointers by slug.
    fn live(&self) -> Result<BTreeMap<String, LiveRow>, StoreError>;
    /// Heads of live releases by slug; those of releases that an older build stored are missing.
    fn heads(&self) -> Result<BTreeMap<String, StoredHead>, StoreError>;
    /// A stored release.
    fn release(&self, slug: &str, release_id: &str) -> Result<Option<StoredRelease>, StoreError>;
    /// Releases of a tenant, newest first.
    fn history(&self, slug: &str) -> Result<Vec<HistoryRow>, StoreError>;
    /// Which of `digests` have a vector of `encoder`.
    fn known_vectors(
        &self,
        encoder: &str,
        digests: &BTreeSet<String>,
    ) -> Result<BTreeSet<String>, StoreError>;
    /// Vectors of `digests` by digest.
    fn vectors(
        &self,
        encoder: &str,
        digests: &BTreeSet<String>,
    ) -> Result<BTreeMap<String, Vec<u8>>, StoreError>;
    /// Keeps vectors before the release that names them is published, so that what was paid for is
    /// not lost when a publish does not come about. A sweep in between removes them again.
    ///
    /// # Errors
    /// Those of the outside.
    fn keep_vectors(&self, vectors: &[VectorRow]) -> Result<(), StoreError>;
    /// Any vector of `encoder`, to learn how long they are.
    ///
    /// # Errors
    /// Those of the outside.
    fn any_vector(&self, encoder: &str) -> Result<Option<Vec<u8>>, StoreError>;
    /// Writes the release, the relational face and the vectors, and flips the live pointer: all or
    /// nothing. Keeps the last five releases of the tenant and drops older ones with the vectors
    /// that only they name. Publishing what is live with the same standing writes nothing; a release
    /// that is stored already goes live again.
    ///
    /// # Errors
    /// [`StoreError::Moved`] when the live release is not `base`, [`StoreError::Unreadable`] when
    /// slug, id and bytes do not belong together, [`StoreError::Conflict`] when another tenant has
    /// the same id.
    fn publish(&self, publication: &Publication) -> Result<(), StoreError>;
    /// Flips the live pointer to `to`, or to the release before the live one; returns the id. The
    /// relational face follows. `actor` is who runs it. Going to what is live writes nothing.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is no such release or none is live.
    fn rollback(
        &self,
        slug: &str,
        to: Option<&str>,
        actor: Option<&str>,
        at: &str,
    ) -> Result<String, StoreError>;
    /// Removes what no kept release names: releases beyond the last five of each tenant, and vectors
    /// that none of the kept ones has a passage for, but for those of `taught`: digests of what people
    /// taught, which no release names. A second sweep finds nothing.
    ///
    /// # Errors
    /// Those of the outside.
    fn sweep(&self, taught: &BTreeSet<String>, actor: Option<&str>, at: &str) -> Result<Swept, StoreError>;
    /// Removes a tenant: its live pointer, releases, vectors that only it names, its rows of the
    /// relational face; a company without clients goes with it. Returns rows by table, nothing when
    /// there was no such tenant. The audit keeps a line.
    ///
    /// # Errors
    /// Those of the outside.
    fn remove(&self, slug: &str, actor: Option<&str>, at: &str) -> Result<BTreeMap<String, u64>, StoreError>;
    /// The last `limit` lines of the audit, newest first, of one tenant or of all.
    ///
    /// # Errors
    /// Those of the outside.
    fn audit(&self, slug: Option<&str>, limit: u32) -> Result<Vec<AuditRow>, StoreError>;
}
