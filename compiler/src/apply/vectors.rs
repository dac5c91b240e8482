//! Vectors that the store lacks.

use std::collections::BTreeSet;

use format::Release;
use index::{EmbedLine, dense_encoder, dense_to_bytes};
use runtime::{ReleaseStore, StoreError, VectorRow};
use text::lexical;

use super::{ApplyError, ENCODER, Step};
use crate::embedding;

/// Encodes the passages whose lexical side the store does not have. The store is asked again because
/// it may have swept some since the plan was made.
pub(super) fn lexical(
    release: &Release,
    store: &dyn ReleaseStore,
    watch: &mut dyn FnMut(Step<'_>),
) -> Result<Vec<VectorRow>, StoreError> {
    let digests: BTreeSet<String> = release.passages.iter().map(|it| it.digest.clone()).collect();
    let mut known = store.known_vectors(ENCODER, &digests)?;
    let mut rows = Vec::new();
    for passage in &release.passages {
        if known.insert(passage.digest.clone()) {
            let bytes = lexical::encode_passage(&passage.heading(), &passage.text).to_bytes();
            rows.push(VectorRow { encoder: ENCODER.to_owned(), digest: passage.digest.clone(), bytes });
            watch(Step::Encoded(1));
        }
    }
    Ok(rows)
}

/// Embeds the texts that the store has no embedding of, and keeps every batch at once: what was paid
/// for is not paid again, whatever becomes of the rest.
pub(super) fn dense(
    release: &Release,
    embedder: &EmbedLine,
    store: &dyn ReleaseStore,
    watch: &mut dyn FnMut(Step<'_>),
) -> Result<Vec<VectorRow>, ApplyError> {
    let encoder = dense_encoder(embedder.model());
    let (digests, texts): (Vec<String>, Vec<String>) =
        embedding::missing(release, embedder.model(), store)?.into_iter().unzip();
    let mut rows = Vec::new();
    embedder.embed(&texts, |from, embedded| {
        let batch = digests[from..].iter().zip(&embedded.vectors).map(|(digest, vector)| VectorRow {
            encoder: encoder.clone(),
            digest: digest.clone(),
            bytes: dense_to_bytes(vector),
        });
        let batch: Vec<VectorRow> = batch.collect();
        store.keep_vectors(&batch)?;
        watch(Step::Embedded { texts: batch.len(), tokens: embedded.tokens });
        rows.extend(batch);
        Ok::<(), ApplyError>(())
    })?;
    Ok(rows)
}
