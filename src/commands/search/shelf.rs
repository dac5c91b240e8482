//! A release's passages, indexed as production indexes them.

use std::collections::BTreeMap;

use compiler::drawer::Drawer;
use format::{Passage, Release};
use index::{Asked, EmbedLine, Layout, Vectors, dense_encoder, dense_to_bytes};
use serde_json::Value;
use text::lexical::CONFIDENT;

use super::{Found, FoundPassage, Matched};
use crate::cli;
use crate::commands::outside;
use crate::exit::Stop;
use crate::knowledge;
use crate::output::Output;
use crate::place::Place;

/// How deep the single orders are looked through for the place of a hit, times the limit.
const DEPTH: usize = 4;

/// The release's passages with the index over them.
pub(super) struct Shelf<'a> {
    release: &'a Release,
    drawer: Drawer,
    passages: BTreeMap<&'a str, &'a Passage>,
    embedder: Option<EmbedLine>,
    branch: Option<&'a str>,
    limit: usize,
}

impl<'a> Shelf<'a> {
    /// Indexes the passages, with embeddings where a model is named.
    pub(super) fn of(
        release: &'a Release,
        args: &'a cli::Search,
        place: &Place,
        output: &Output,
    ) -> Result<Self, Stop> {
        let passages = release.passages.iter().map(|it| (it.digest.as_str(), it)).collect();
        let embedder = knowledge::embedder(&args.embeddings)?;
        let (vectors, layout) = match &embedder {
            Some(embedder) => embedded(release, embedder, place, output)?,
            None => (Vectors::default(), Layout::default()),
        };
        let drawer = Drawer::with(release, &vectors, &layout).map_err(outside)?;
        let (branch, limit) = (args.branch.as_deref(), args.limit.into());
        Ok(Self { release, drawer, passages, embedder, branch, limit })
    }

    /// What is found for a question at a branch, and why.
    pub(super) fn find(&self, id: Value, question: &str, branch: Option<&str>) -> Result<Found<'a>, Stop> {
        let tag = match branch.or(self.branch) {
            None => None,
            Some(slug) => {
                let branch = self.release.branch(slug);
                let unknown = || Stop::Usage(format!("there is no branch `{slug}`"));
                Some(branch.ok_or_else(unknown)?.knowledge_tag.as_str())
            }
        };
        let Some(library) = self.drawer.library() else {
            return Ok(Found { id, hits: Vec::new(), confidence: 0.0, answers: false });
        };
        // As the responder asks.
        let text = text::normalize(question);
        let dense = self.embedder.as_ref().map(|it| it.embed_one(&text)).transpose();
        let dense = dense.map_err(|it| outside(it.to_string()))?;
        let asked = Asked { text: &text, dense: dense.as_deref() };
        let failed = |error: index::IndexError| outside(error.to_string());
        let hits = library.search(tag, &asked, self.limit).map_err(failed)?;
        let depth = self.limit.saturating_mul(DEPTH);
        let mut why = library.catalogue().explain(library.index(), tag, &asked, depth).map_err(failed)?;
        let confidence = hits.first().map_or(0.0, |it| it.confidence);
        let hits = hits.iter().filter_map(|hit| {
            let passage = self.passages.get(hit.digest.as_str())?;
            let reasons = why.remove(&hit.digest).unwrap_or_default();
            let words = reasons.words.into_iter().filter(|it| it.presence > 0.0);
            Some(FoundPassage {
                doc: &passage.doc,
                section: &passage.section,
                chunk: passage.ordinal,
                score: hit.score,
                confidence: hit.confidence,
                lang: passage.lang.code(),
                line: passage.line,
                lexical_rank: reasons.lexical_rank,
                dense_rank: reasons.dense_rank,
                matched: words
                    .map(|it| Matched { word: it.word, share: it.share, presence: it.presence })
                    .collect(),
                text: &passage.text,
            })
        });
        Ok(Found { id, hits: hits.collect(), confidence, answers: confidence >= CONFIDENT })
    }
}

/// Embeddings of the release: those that the store keeps, and new ones for the rest, which are not
/// kept: a search publishes nothing.
fn embedded(
    release: &Release,
    embedder: &EmbedLine,
    place: &Place,
    output: &Output,
) -> Result<(Vectors, Layout), Stop> {
    let mut texts: BTreeMap<String, String> = BTreeMap::new();
    for it in &release.passages {
        texts.entry(it.text_digest()).or_insert_with(|| it.embedded_text());
    }
    let mut dense = match place.made()? {
        Some(store) => store.vectors(&dense_encoder(embedder.model()), &texts.keys().cloned().collect())?,
        None => BTreeMap::new(),
    };
    texts.retain(|digest, _| !dense.contains_key(digest));
    if !texts.is_empty() {
        output.talk(&format!("embedding {} texts that are not published", texts.len()));
    }
    let (digests, texts): (Vec<String>, Vec<String>) = texts.into_iter().unzip();
    embedder
        .embed(&texts, |from, batch| {
            let rows = digests[from..].iter().zip(&batch.vectors);
            dense.extend(rows.map(|(digest, vector)| (digest.clone(), dense_to_bytes(vector))));
            Ok::<(), index::EmbedError>(())
        })
        .map_err(|it| outside(it.to_string()))?;
    let size = dense.values().next().map_or(0, |it| it.len() / 4);
    Ok((Vectors { dense, ..Vectors::default() }, Layout::dense(embedder.model(), size)))
}
