//! Embeddings of lessons: those of a release's own passages were published with it.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use format::{Passage, PassageKind};
use index::{Embedder, OpenAiEmbedder, dense_encoder, dense_to_bytes};
use runtime::{ReleaseStore, StoreError, VectorRow};

use super::{Reloader, blocking};
use crate::awake::Awake;
use crate::engine::Engine;
use crate::learned;

/// Embedding what was taught may take this long.
const DEADLINE: Duration = Duration::from_secs(30);

impl Reloader {
    /// Has lessons embedded that are not, beside everything else: until then they are found by their
    /// words alone.
    pub(super) fn embed(&self, embedded: &super::lessons::Embedded, slug: &str, awake: Arc<Awake>) {
        let embedder = self.engine.embedder.clone().filter(|_| self.engine.shelf.is_embedded());
        let Some(embedder) = embedder else { return };
        if !learned::any(awake.release()) || awake.library().catalogue().unembedded() == 0 {
            return;
        }
        let (engine, releases) = (Arc::clone(&self.engine), Arc::clone(&self.releases));
        let (embedded, slug) = (Arc::clone(embedded), slug.to_owned());
        tokio::spawn(async move {
            match keep(&engine, &releases, embedder.as_ref(), &awake).await {
                Ok(0) => {}
                Ok(texts) => {
                    tracing::info!(tenant.slug = %slug, texts, "what people taught is embedded");
                    embedded.lock().unwrap_or_else(PoisonError::into_inner).insert(slug);
                    engine.learned.notify_one();
                }
                Err(error) => engine.store_failed("keep_vectors", &error),
            }
        });
    }
}

/// Embeds the lessons that the store has no embedding of; says how many.
async fn keep(
    engine: &Engine,
    releases: &Arc<dyn ReleaseStore>,
    embedder: &dyn Embedder,
    awake: &Awake,
) -> Result<usize, StoreError> {
    let lessons = awake.release().passages.iter().filter(|it| it.kind == PassageKind::Learned);
    let mut texts: BTreeMap<String, String> =
        lessons.map(|it| (Passage::text_digest(it), it.embedded_text())).collect();
    let encoder = dense_encoder(embedder.model());
    let (store, digests, of) = (Arc::clone(releases), texts.keys().cloned().collect(), encoder.clone());
    let known = blocking(move || store.known_vectors(&of, &digests)).await?;
    texts.retain(|digest, _| !known.contains(digest));
    let (digests, texts): (Vec<String>, Vec<String>) = texts.into_iter().take(OpenAiEmbedder::BATCH).unzip();
    if texts.is_empty() {
        return Ok(0);
    }
    let vectors = match embedder.embed(&texts, DEADLINE).await {
        Ok(it) => {
            engine.telemetry.add("tenantry_embedding_tokens_total", it.tokens);
            it.vectors
        }
        Err(error) => {
            tracing::warn!(%error, "what people taught is not embedded, it is found by its words");
            return Ok(0);
        }
    };
    let row = |(digest, vector): (String, &Vec<f32>)| VectorRow {
        encoder: encoder.clone(),
        digest,
        bytes: dense_to_bytes(vector),
    };
    let rows: Vec<VectorRow> = digests.into_iter().zip(&vectors).map(row).collect();
    let store = Arc::clone(releases);
    blocking(move || store.keep_vectors(&rows).map(|()| rows.len())).await
}
