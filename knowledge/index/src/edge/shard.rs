//! What the shard looks like.

use std::path::Path;

use qdrant_edge::{
    CreateIndex, Distance, EdgeConfig, EdgeConfigBuilder, EdgeOptimizersConfig, EdgeShard,
    EdgeSparseVectorParams, EdgeVectorParams, FieldIndexOperations, JsonPath, KeywordIndexParams,
    OperationResult, PayloadFieldSchema, PayloadSchemaParams, UpdateOperation, WalOptions,
};

use crate::Layout;

/// Name of the sparse vector.
pub(super) const LEXICAL: &str = "lexical";
/// Name of the embedding.
pub(super) const DENSE: &str = "dense";
/// Payload key of the tenant.
pub(super) const CLIENT_SLUG: &str = "metadata.client_slug";
/// Payload key of the tag.
pub(super) const KNOWLEDGE_TAG: &str = "metadata.knowledge_tag";

/// Kilobytes of vectors from which a segment is optimised.
const INDEX_KB: usize = 4_000;
/// From how many segments on the smallest are merged.
const SEGMENTS: usize = 16;
/// Kilobytes of vectors in the largest segment: it is built in memory.
const LARGEST_KB: usize = 40_000;
/// Bytes of one file of the engine's log; it is allocated in full, so a small one opens faster.
const LOG_FILE: usize = 4 * 1024 * 1024;

/// Makes a shard in an empty folder.
pub(super) fn create(path: &Path, layout: &Layout) -> OperationResult<EdgeShard> {
    let shard = EdgeShard::new(path, config(layout))?;
    index_payload(&shard)?;
    Ok(shard)
}

/// Opens a shard that [`create`] made.
pub(super) fn load(path: &Path, layout: &Layout) -> OperationResult<EdgeShard> {
    let shard = EdgeShard::load(path, Some(config(layout)))?;
    index_payload(&shard)?;
    Ok(shard)
}

/// Indexes the keys of the scope. The engine forgets them for segments it adds later, so this is
/// done again after opening and after optimising; where they are indexed it does nothing.
pub(super) fn index_payload(shard: &EdgeShard) -> OperationResult<()> {
    for (key, is_tenant) in [(CLIENT_SLUG, true), (KNOWLEDGE_TAG, false)] {
        let params = KeywordIndexParams { is_tenant: Some(is_tenant), ..KeywordIndexParams::default() };
        shard.update(UpdateOperation::FieldIndexOperation(FieldIndexOperations::CreateIndex(
            CreateIndex {
                field_name: path(key),
                field_schema: Some(PayloadFieldSchema::FieldParams(PayloadSchemaParams::Keyword(params))),
            },
        )))?;
    }
    Ok(())
}

/// A payload key.
pub(super) fn path(key: &str) -> JsonPath {
    key.parse().expect("the keys are written in this file and are paths")
}

fn config(layout: &Layout) -> EdgeConfig {
    let builder = EdgeConfigBuilder::new()
        .sparse_vector(LEXICAL, EdgeSparseVectorParams::builder().on_disk(true).build())
        .optimizers(optimizers())
        .wal_options(WalOptions { segment_capacity: LOG_FILE, ..WalOptions::default() });
    match &layout.dense {
        Some(it) => builder.vector(DENSE, EdgeVectorParams::builder(it.size, Distance::Cosine).build()),
        None => builder,
    }
    .build()
}

/// Points go into segments whose postings are mapped files once a segment has some megabytes, and
/// segments stay small enough to be built in little memory, so that of this process does not grow with
/// the number of tenants. Many segments make the engine's own searches by words slower; those are rare,
/// see `ranks`.
fn optimizers() -> EdgeOptimizersConfig {
    EdgeOptimizersConfig {
        indexing_threshold: Some(INDEX_KB),
        default_segment_number: Some(SEGMENTS),
        max_segment_size: Some(LARGEST_KB),
        ..EdgeOptimizersConfig::default()
    }
}
