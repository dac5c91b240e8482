//! The passages of one release: writing them, searching them, and how sure a hit is.

use std::collections::{BTreeMap, BTreeSet};

use format::{Client, Passage, PassageKind, Release, point_id};
use text::lexical::{Idf, SparseVector, WordMatch, encode_query, explain, matched};
use uuid::Uuid;

use crate::confidence::{Background, confidence};
use crate::{
    Asked, IndexError, Layout, Metadata, Payload, Point, Query, RawHit, TenantScope, VectorIndex, Vectors,
};

/// How many points go to the engine at once.
const BATCH: usize = 256;

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
    /// How sure it is, 0–1; absolute and comparable between questions.
    pub confidence: f32,
    /// Words of the question that stand in the passage.
    pub matched: Vec<String>,
}

/// Why a passage is found.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Reasons {
    /// Its place by its words alone, from 1.
    pub lexical_rank: Option<usize>,
    /// Its place by its embedding alone, from 1.
    pub dense_rank: Option<usize>,
    /// The words of the question, what each weighs and how much of it the passage holds.
    pub words: Vec<WordMatch>,
}

/// What is known of one release beside the index: its points and how telling its terms are.
#[derive(Debug, Clone, PartialEq)]
pub struct Catalogue {
    client_slug: String,
    layout: Layout,
    idf: Idf,
    background: Background,
    digests: BTreeMap<Uuid, String>,
    points: BTreeSet<Uuid>,
    unembedded: usize,
}

impl Catalogue {
    /// Reads the passages of a release for an index of this layout.
    #[must_use]
    pub fn of(release: &Release, vectors: &Vectors, layout: &Layout) -> Self {
        let (mut digests, mut documents, mut embeddings) = (BTreeMap::new(), Vec::new(), Vec::new());
        for passage in &release.passages {
            let dense = vectors.dense(passage, layout);
            digests.insert(id(release, passage, layout, dense.is_some()), passage.digest.clone());
            documents.push(vectors.lexical(passage));
            embeddings.extend(dense);
        }
        Self {
            client_slug: release.client.slug.clone(),
            layout: layout.clone(),
            idf: Idf::from_documents(&documents),
            background: Background::of(&embeddings),
            points: digests.keys().copied().collect(),
            digests,
            unembedded: if layout.dense.is_some() { documents.len() - embeddings.len() } else { 0 },
        }
    }

    /// A catalogue that names no passage: sweeping it deletes everything of the tenant.
    #[must_use]
    pub fn empty(client: &Client, layout: &Layout) -> Self {
        Self {
            client_slug: client.slug.clone(),
            layout: layout.clone(),
            idf: Idf::from_documents(&[]),
            background: Background::of(&[]),
            points: BTreeSet::new(),
            digests: BTreeMap::new(),
            unembedded: 0,
        }
    }

    /// A catalogue that names passages which are none of a release's, each with an embedding and without
    /// one: lessons, which responders write. It has sweeps leave them alone and is not to be searched.
    #[must_use]
    pub fn beside(client: &Client, layout: &Layout, passages: &[Passage]) -> Self {
        let id = |it: &Passage, embedded| point_id(&client.slug, &it.digest, &layout.encoder(embedded));
        let points = passages.iter().flat_map(|it| [id(it, false), id(it, true)]).collect();
        Self { points, ..Self::empty(client, layout) }
    }

    /// The scope of a search: the shared tag and, if given, that of a branch.
    pub(crate) fn scope(&self, tag: Option<&str>) -> TenantScope {
        TenantScope::branch(&self.client_slug, tag)
    }

    /// The scope of writes: everything of the tenant.
    pub(crate) fn whole(&self) -> TenantScope {
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

    /// How many passages have no embedding although the layout has room for one: they are found by
    /// their words alone.
    #[must_use]
    pub fn unembedded(&self) -> usize {
        self.unembedded
    }

    /// Whether an embedding of a question would find anything.
    #[must_use]
    pub fn is_embedded(&self) -> bool {
        self.layout.dense.is_some() && self.unembedded < self.points.len()
    }

    /// How many of its points the index lacks.
    ///
    /// # Errors
    /// [`IndexError`] of the engine.
    pub fn missing(&self, index: &dyn VectorIndex) -> Result<usize, IndexError> {
        let known = index.ids(&self.whole())?;
        Ok(self.points.difference(&known).count())
    }

    /// Writes what the index lacks and deletes what this release does not name. `release` and
    /// `vectors` are those the catalogue was made of. Doing it again does nothing.
    ///
    /// # Errors
    /// [`IndexError`] of the engine; what was written until then stays, and the next sync goes on.
    pub fn sync(
        &self,
        index: &dyn VectorIndex,
        release: &Release,
        vectors: &Vectors,
    ) -> Result<Synced, IndexError> {
        let added = self.add_missing(index, release, vectors)?;
        let removed = self.sweep(index)?;
        Ok(Synced { added, removed })
    }

    /// The first half of [`Catalogue::sync`]: after it this release can be searched, and the one
    /// before it still can.
    ///
    /// # Errors
    /// As for [`Catalogue::sync`].
    pub fn add_missing(
        &self,
        index: &dyn VectorIndex,
        release: &Release,
        vectors: &Vectors,
    ) -> Result<usize, IndexError> {
        let scope = self.whole();
        let known = index.ids(&scope)?;
        let mut missing = BTreeSet::new();
        let mut batch = Vec::new();
        for passage in &release.passages {
            let dense = vectors.dense(passage, &self.layout);
            let id = id(release, passage, &self.layout, dense.is_some());
            if known.contains(&id) || !missing.insert(id) {
                continue;
            }
            let payload = payload(&release.client.slug, passage);
            batch.push(Point { id, lexical: vectors.lexical(passage), dense, payload });
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
        Self::sweep_all(index, std::slice::from_ref(self))
    }

    /// Deletes the points of a tenant that none of these releases of it names; returns how many.
    /// Catalogues of other tenants than the first one's are left out.
    ///
    /// # Errors
    /// As for [`Catalogue::sync`].
    pub fn sweep_all(index: &dyn VectorIndex, kept: &[Self]) -> Result<usize, IndexError> {
        let Some(first) = kept.first() else { return Ok(0) };
        let scope = first.whole();
        let mut stale = index.ids(&scope)?;
        for it in kept.iter().filter(|it| it.client_slug == first.client_slug) {
            stale.retain(|id| !it.points.contains(id));
        }
        if !stale.is_empty() {
            index.delete(&scope, &stale)?;
        }
        Ok(stale.len())
    }

    /// The passages that answer a question best, best first; equal ones in the order of digests.
    /// `tag` is that of the branch; the shared tag is always searched. An embedding of another size
    /// than the index's is left out.
    ///
    /// # Errors
    /// [`IndexError`] of the engine.
    pub fn search(
        &self,
        index: &dyn VectorIndex,
        tag: Option<&str>,
        asked: &Asked<'_>,
        limit: usize,
    ) -> Result<Vec<Hit>, IndexError> {
        let question = encode_query(asked.text, &self.idf);
        let dense = self.dense(asked);
        let terms = question.terms();
        let found = self.ask(index, tag, (&question.vector, &terms, dense), limit)?;
        let mut hits: Vec<Hit> = found
            .into_iter()
            .filter_map(|it| {
                let sides = (dense, it.dense.as_deref());
                Some(Hit {
                    digest: self.digests.get(&it.id)?.clone(),
                    score: it.score,
                    confidence: confidence(&question, &it.lexical, sides, self.background),
                    matched: matched(&question, &it.lexical),
                })
            })
            .collect();
        hits.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.digest.cmp(&b.digest)));
        Ok(hits)
    }

    /// Why passages are found: where each stands by words and by embedding alone, down to `depth`,
    /// which the fused order is made of, and which words of the question it holds. By digest.
    ///
    /// # Errors
    /// [`IndexError`] of the engine.
    pub fn explain(
        &self,
        index: &dyn VectorIndex,
        tag: Option<&str>,
        asked: &Asked<'_>,
        depth: usize,
    ) -> Result<BTreeMap<String, Reasons>, IndexError> {
        let question = encode_query(asked.text, &self.idf);
        let mut reasons: BTreeMap<String, Reasons> = BTreeMap::new();
        let mut note = |found: Vec<RawHit>, rank: fn(&mut Reasons) -> &mut Option<usize>| {
            for (at, hit) in found.iter().enumerate() {
                if let Some(digest) = self.digests.get(&hit.id) {
                    let reason = reasons.entry(digest.clone()).or_default();
                    reason.words = explain(&question, &hit.lexical);
                    *rank(reason) = Some(at + 1);
                }
            }
        };
        let terms = question.terms();
        note(self.ask(index, tag, (&question.vector, &terms, None), depth)?, |it| &mut it.lexical_rank);
        if let Some(dense) = self.dense(asked) {
            let found = self.ask(index, tag, (&SparseVector::default(), &terms, Some(dense)), depth)?;
            note(found, |it| &mut it.dense_rank);
        }
        Ok(reasons)
    }

    fn dense<'a>(&self, asked: &Asked<'a>) -> Option<&'a [f32]> {
        asked.dense.filter(|it| it.len() == self.layout.size())
    }

    fn ask(
        &self,
        index: &dyn VectorIndex,
        tag: Option<&str>,
        (lexical, terms, dense): (&SparseVector, &[u32], Option<&[f32]>),
        limit: usize,
    ) -> Result<Vec<RawHit>, IndexError> {
        if self.is_empty() || limit == 0 || lexical.is_empty() && dense.is_none() {
            return Ok(Vec::new());
        }
        index.search(&self.scope(tag), &Query { lexical, terms, dense, limit, only: &self.points })
    }
}

fn id(release: &Release, passage: &Passage, layout: &Layout, embedded: bool) -> Uuid {
    point_id(&release.client.slug, &passage.digest, &layout.encoder(embedded))
}

fn payload(client_slug: &str, passage: &Passage) -> Payload {
    let source = match passage.kind {
        PassageKind::Document => "document",
        PassageKind::Fact => "fact",
        PassageKind::Learned => "learned",
    };
    Payload {
        content: passage.text.clone(),
        metadata: Metadata {
            client_slug: client_slug.to_owned(),
            knowledge_tag: passage.tag.clone(),
            doc_name: passage.doc.clone(),
            section: passage.section.clone(),
            source: source.to_owned(),
            chunk: passage.ordinal,
            lang: passage.lang.code().to_owned(),
        },
    }
}
