//! The port every engine stands behind.

use std::collections::BTreeSet;
use std::io;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use text::lexical::SparseVector;
use thiserror::Error;
use uuid::Uuid;

use crate::TenantScope;

/// What is stored beside the vectors of a point.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payload {
    /// The passage.
    pub content: String,
    /// Whose it is and where it comes from.
    pub metadata: Metadata,
}

/// Whose a passage is and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metadata {
    /// The tenant.
    pub client_slug: String,
    /// Branch tag or [`format::SHARED_TAG`].
    pub knowledge_tag: String,
    /// Document, relative to the bundle.
    pub doc_name: String,
    /// Heading path.
    pub section: String,
    /// Where it comes from: `document`, `fact` or `learned`.
    pub source: String,
    /// Position in the document, from 0.
    pub chunk: u32,
    /// `ru` or `kk`.
    pub lang: String,
}

/// A passage as the index holds it.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// UUIDv5 of tenant, passage and encoder.
    pub id: Uuid,
    /// The document side of the lexical encoder.
    pub lexical: SparseVector,
    /// The embedding, where an embedder is configured.
    pub dense: Option<Vec<f32>>,
    /// The rest.
    pub payload: Payload,
}

/// A search.
#[derive(Debug, Clone)]
pub struct Query<'a> {
    /// The query side of the lexical encoder.
    pub lexical: &'a SparseVector,
    /// Terms that the hits' document sides are looked at for, ascending and unique: those of `lexical`
    /// and perhaps more.
    pub terms: &'a [u32],
    /// The question's embedding; then both ranks are fused.
    pub dense: Option<&'a [f32]>,
    /// How many hits at most.
    pub limit: usize,
    /// Only these points: those that the live release names and learned answers that were approved.
    pub only: &'a BTreeSet<Uuid>,
}

/// A point found.
#[derive(Debug, Clone, PartialEq)]
pub struct RawHit {
    /// Its id.
    pub id: Uuid,
    /// Dot product of the lexical sides, or the fused rank; higher is better.
    pub score: f32,
    /// Its document side, to tell how much of the question it covers: of [`Query::terms`] at least.
    pub lexical: SparseVector,
    /// Its embedding, when it was asked by one.
    pub dense: Option<Vec<f32>>,
    /// Its tenant.
    pub client_slug: String,
    /// Its tag.
    pub knowledge_tag: String,
}

/// Why the index did not do as asked.
#[derive(Debug, Error)]
pub enum IndexError {
    /// Another process, or another index of this one, has the folder open.
    #[error("index folder {path} is in use; one process owns it")]
    Busy {
        /// The folder.
        path: PathBuf,
    },
    /// The file system refused.
    #[error("index folder {path} cannot be used")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A write outside of its scope; nothing of it was written.
    #[error("point {id} is outside of the scope of this write")]
    OutOfScope {
        /// The point.
        id: Uuid,
    },
    /// An embedding of another length than the index was made for.
    #[error("point {id} has an embedding of {found} numbers, the index holds {expected}")]
    Dimension {
        /// The point.
        id: Uuid,
        /// Numbers in it.
        found: usize,
        /// Numbers in the index, 0 when it holds no embeddings.
        expected: usize,
    },
    /// The server's address cannot be used.
    #[error("Qdrant server: {0}")]
    Address(String),
    /// The server cannot be reached, or does not answer in time, however often it was asked.
    #[error("Qdrant server {server} does not answer: {reason}")]
    Unreachable {
        /// Its address.
        server: String,
        /// What was seen last.
        reason: String,
    },
    /// The server is older than what a tenant's search needs.
    #[error("Qdrant server {server} is version {found}; {needed} or newer is needed")]
    TooOld {
        /// Its address.
        server: String,
        /// Its version.
        found: String,
        /// The oldest one that will do.
        needed: &'static str,
    },
    /// The server wants another key.
    #[error("Qdrant server {server} refuses the API key; see QDRANT_API_KEY")]
    Unauthorized {
        /// Its address.
        server: String,
    },
    /// A collection of ours has another shape than we make.
    #[error("collection {collection} cannot be used: {reason}")]
    Collection {
        /// Its name.
        collection: String,
        /// What is other.
        reason: String,
    },
    /// The engine failed.
    #[error("the search engine failed: {0}")]
    Engine(String),
    /// The engine did not finish in time.
    #[error("the search engine did not finish within {seconds} s")]
    Deadline {
        /// How long it was given, in seconds.
        seconds: u64,
    },
}

impl IndexError {
    /// Whether a server did not answer, which may pass by itself.
    #[must_use]
    pub fn is_away(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::Deadline { .. })
    }
}

/// Points of all tenants in one collection; every door takes the scope of one tenant.
///
/// All calls block and are short (searches well under a millisecond, writes until they are visible
/// to searches); async callers wrap them.
pub trait VectorIndex: Send + Sync {
    /// Writes points; the same points again change nothing. All of them are checked first.
    ///
    /// # Errors
    /// [`IndexError::OutOfScope`] when a point, or a point already stored under its id, is not in
    /// the scope.
    fn upsert(&self, scope: &TenantScope, points: Vec<Point>) -> Result<(), IndexError>;
    /// The best points in the scope, best first.
    fn search(&self, scope: &TenantScope, query: &Query<'_>) -> Result<Vec<RawHit>, IndexError>;
    /// Deletes those of the points that are in the scope.
    fn delete(&self, scope: &TenantScope, ids: &BTreeSet<Uuid>) -> Result<(), IndexError>;
    /// Deletes every point in the scope.
    fn clear(&self, scope: &TenantScope) -> Result<(), IndexError>;
    /// Ids of all points in the scope.
    fn ids(&self, scope: &TenantScope) -> Result<BTreeSet<Uuid>, IndexError>;
    /// How many points are in the scope.
    fn count(&self, scope: &TenantScope) -> Result<usize, IndexError>;
    /// Hits outside of the scope that an engine returned and that were dropped, since the start.
    /// Anything but 0 is a defect.
    fn foreign_hits(&self) -> u64;
}

/// Refuses embeddings of another size than the index's.
pub(crate) fn check_sizes(expected: usize, points: &[Point]) -> Result<(), IndexError> {
    let sizes = points.iter().filter_map(|it| Some((it.id, it.dense.as_ref()?.len())));
    match sizes.into_iter().find(|(_, found)| *found != expected) {
        Some((id, found)) => Err(IndexError::Dimension { id, found, expected }),
        None => Ok(()),
    }
}

/// Refuses a write that reaches outside of its scope.
pub(crate) fn check_scope(scope: &TenantScope, points: &[Point]) -> Result<(), IndexError> {
    let foreign = points.iter().find(|it| {
        let Metadata { client_slug, knowledge_tag, .. } = &it.payload.metadata;
        !scope.admits(client_slug, knowledge_tag)
    });
    foreign.map_or(Ok(()), |it| Err(IndexError::OutOfScope { id: it.id }))
}

/// Drops hits that should not be there, and says how many those were.
pub(crate) fn recheck(scope: &TenantScope, only: &BTreeSet<Uuid>, hits: &mut Vec<RawHit>) -> u64 {
    let before = hits.len();
    hits.retain(|it| scope.admits(&it.client_slug, &it.knowledge_tag) && only.contains(&it.id));
    (before - hits.len()) as u64
}
