//! The passages of one release: writing them, searching them, and how sure a hit is.

use std::collections::{BTreeMap, BTreeSet};

use text::lexical::{Idf, SparseVector, coverage, encode_passage, encode_query, matched};
use uuid::Uuid;

use crate::{IndexError, Metadata, Payload, Point, Query, TenantScope, VectorIndex};

/// Stored vectors by passage digest, in the form of [`SparseVector::to_bytes`]. Passages that are
/// not in it are encoded; so an empty one is always right.
pub type Vectors = BTreeMap<String, Vec<u8>>;

/// How many points go to the engine at once.
const BATCH: usize = 256;

/// A passage of a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PassageRef<'a> {
    /// Its digest.
    pub digest: &'a str,
    /// The id of its point.
    pub point: Uuid,
    /// Branch tag or [`crate::SHARED_TAG`].
    pub tag: &'a str,
    /// `ru` or `kk`.
    pub lang: &'a str,
    /// Document, relative to the bundle.
    pub doc: &'a str,
    /// Heading path.
    pub section: &'a str,
    /// Position in the document, from 0.
    pub ordinal: u32,
    /// Where it comes from: `document`, `fact` or `learned`.
    pub source: &'a str,
    /// The text.
    pub text: &'a str,
}

/// What a sync wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Synced {
    /// Points written.
    pub added: usize,
    /// Points deleted.
    pub removed: usize,
}

/// A passage found.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// Its digest.
    pub digest: String,
    /// Score of the engine, higher is better; not comparable between questions.
    pub score: f32,
    /// Share of the question's idf mass that the passage covers, 0–1; absolute.
    pub confidence: f32,
    /// Words of the question that stand in the passage.
    pub matched: Vec<String>,
}

/// What is known of one release beside the index: its points and how telling its terms are.
#[derive(Debug, Clone, PartialEq)]
pub struct Catalogue {
    client_slug: String,
    idf: Idf,
    digests: BTreeMap<Uuid, String>,
    points: BTreeSet<Uuid>,
}

impl Catalogue {
    /// Reads the passages of a release of the tenant `client_slug`.
    #[must_use]
    pub fn new<'a>(
        client_slug: &str,
        passages: impl IntoIterator<Item = PassageRef<'a>>,
        vectors: &Vectors,
    ) -> Self {
        let mut digests = BTreeMap::new();
        let mut documents = Vec::new();
        for passage in passages {
            documents.push(vector(&passage, vectors));
            digests.insert(passage.point, passage.digest.to_owned());
        }
        Self {
            client_slug: client_slug.to_owned(),
            idf: Idf::from_documents(&documents),
            points: digests.keys().copied().collect(),
            digests,
        }
    }

    /// The scope of a search: the shared tag and, if given, that of a branch.
    #[must_use]
    pub fn scope(&self, tag: Option<&str>) -> TenantScope {
        TenantScope::branch(&self.client_slug, tag)
    }

    /// The scope of writes: everything of the tenant.
    #[must_use]
    pub fn whole(&self) -> TenantScope {
        TenantScope::whole(&self.client_slug)
    }

    /// How telling terms are in this release.
    #[must_use]
    pub fn idf(&self) -> &Idf {
        &self.idf
    }

    /// How many passages the release has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.points.len()
    }

    /// Whether the release has no passages.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.points.is_empty()
    }

    /// Writes what the index lacks and deletes what this release does not name. `passages` are the
    /// ones the catalogue was made of. Doing it again does nothing.
    ///
    /// # Errors
    /// [`IndexError`] of the engine; what was written until then stays, and the next sync goes on.
    pub fn sync<'a>(
        &self,
        index: &dyn VectorIndex,
        passages: impl IntoIterator<Item = PassageRef<'a>>,
        vectors: &Vectors,
    ) -> Result<Synced, IndexError> {
        let added = self.add_missing(index, passages, vectors)?;
        let removed = self.sweep(index)?;
        Ok(Synced { added, removed })
    }

    /// The first half of [`Catalogue::sync`]: after it this release can be searched, and the one
    /// before it still can.
    ///
    /// # Errors
    /// As for [`Catalogue::sync`].
    pub fn add_missing<'a>(
        &self,
        index: &dyn VectorIndex,
        passages: impl IntoIterator<Item = PassageRef<'a>>,
        vectors: &Vectors,
    ) -> Result<usize, IndexError> {
        let scope = self.whole();
        let known = index.ids(&scope)?;
        let mut missing = BTreeSet::new();
        let mut batch = Vec::new();
        for passage in passages {
            if known.contains(&passage.point) || !missing.insert(passage.point) {
                continue;
            }
            batch.push(point(&self.client_slug, &passage, vectors));
            if batch.len() == BATCH {
                index.upsert(&scope, std::mem::take(&mut batch))?;
            }
        }
        if !batch.is_empty() {
            index.upsert(&scope, batch)?;
        }
        Ok(missing.len())
    }

    /// The second half of [`Catalogue::sync`]: deletes points that this release does not name.
    ///
    /// # Errors
    /// As for [`Catalogue::sync`].
    pub fn sweep(&self, index: &dyn VectorIndex) -> Result<usize, IndexError> {
        let scope = self.whole();
        let stale: BTreeSet<Uuid> = index.ids(&scope)?.difference(&self.points).copied().collect();
        if !stale.is_empty() {
            index.delete(&scope, &stale)?;
        }
        Ok(stale.len())
    }

    /// The passages that answer a question best, best first; equal ones in the order of digests.
    /// `tag` is that of the branch; the shared tag is always searched.
    ///
    /// # Errors
    /// [`IndexError`] of the engine.
    pub fn search(
        &self,
        index: &dyn VectorIndex,
        tag: Option<&str>,
        question: &str,
        limit: usize,
    ) -> Result<Vec<Hit>, IndexError> {
        let question = encode_query(question, &self.idf);
        if question.vector.is_empty() || self.is_empty() || limit == 0 {
            return Ok(Vec::new());
        }
        let query = Query { lexical: &question.vector, dense: None, limit, only: &self.points };
        let found = index.search(&self.scope(tag), &query)?;
        let mut hits: Vec<Hit> = found
            .into_iter()
            .filter_map(|it| {
                Some(Hit {
                    digest: self.digests.get(&it.id)?.clone(),
                    score: it.score,
                    confidence: coverage(&question, &it.lexical),
                    matched: matched(&question, &it.lexical),
                })
            })
            .collect();
        hits.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.digest.cmp(&b.digest)));
        Ok(hits)
    }
}

fn vector(passage: &PassageRef<'_>, vectors: &Vectors) -> SparseVector {
    let stored = vectors.get(passage.digest).and_then(|it| SparseVector::from_bytes(it));
    stored.unwrap_or_else(|| encode_passage(passage.section, passage.text))
}

fn point(client_slug: &str, passage: &PassageRef<'_>, vectors: &Vectors) -> Point {
    Point {
        id: passage.point,
        lexical: vector(passage, vectors),
        dense: None,
        payload: Payload {
            content: passage.text.to_owned(),
            metadata: Metadata {
                client_slug: client_slug.to_owned(),
                knowledge_tag: passage.tag.to_owned(),
                doc_name: passage.doc.to_owned(),
                section: passage.section.to_owned(),
                source: passage.source.to_owned(),
                chunk: passage.ordinal,
                lang: passage.lang.to_owned(),
            },
        },
    }
}
