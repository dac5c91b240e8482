//! The collection that holds the points of all tenants: made when it is missing, checked when not.

use qdrant_client::qdrant::{
    CreateCollectionBuilder, CreateFieldIndexCollectionBuilder, Distance, FieldType, HnswConfigDiffBuilder,
    KeywordIndexParamsBuilder, SparseVectorParamsBuilder, SparseVectorsConfigBuilder, VectorParamsBuilder,
    VectorsConfigBuilder, vectors_config,
};
use qdrant_client::{Qdrant, QdrantError};

use super::convert::{CLIENT_SLUG, DENSE, KNOWLEDGE_TAG, LEXICAL};
use super::retry::patiently;
use crate::{IndexError, Layout};

/// Indexes of tenants by keyword came with it.
const OLDEST: &str = "1.11.0";
/// Links of the graph within one tenant; there is none across tenants, nobody searches across.
const LINKS: u64 = 16;

/// The name of the collection of a layout.
pub(super) fn name(layout: &Layout) -> String {
    format!("tenantry-{}", layout.name())
}

/// Refuses a server that is older than we need. Versions that cannot be read are taken as they are.
pub(super) fn old_enough(server: &str, version: &str) -> Result<(), IndexError> {
    let parts = |it: &str| {
        let numbers = it.trim_start_matches('v').split(['.', '-', '+']);
        numbers.take(2).map(|it| it.parse::<u32>().ok()).collect::<Option<Vec<_>>>()
    };
    match (parts(version), parts(OLDEST)) {
        (Some(found), Some(needed)) if found < needed => {
            Err(IndexError::TooOld { server: server.to_owned(), found: version.to_owned(), needed: OLDEST })
        }
        _ => Ok(()),
    }
}

/// Makes the collection and its indexes where they are missing. Of two that make it at once one
/// finds it there.
pub(super) async fn make(client: &Qdrant, layout: &Layout) -> Result<(), QdrantError> {
    let name = name(layout);
    if !patiently(async || client.collection_exists(name.as_str()).await).await? {
        let made = patiently(async || client.create_collection(shape(&name, layout)).await).await;
        if let Err(error) = made
            && !patiently(async || client.collection_exists(name.as_str()).await).await?
        {
            return Err(error);
        }
    }
    for (key, is_tenant) in [(CLIENT_SLUG, true), (KNOWLEDGE_TAG, false)] {
        let request = || {
            CreateFieldIndexCollectionBuilder::new(name.as_str(), key, FieldType::Keyword)
                .field_index_params(KeywordIndexParamsBuilder::default().is_tenant(is_tenant))
                .wait(true)
        };
        patiently(async || client.create_field_index(request()).await).await?;
    }
    Ok(())
}

fn shape(name: &str, layout: &Layout) -> CreateCollectionBuilder {
    let mut sparse = SparseVectorsConfigBuilder::default();
    sparse.add_named_vector_params(LEXICAL, SparseVectorParamsBuilder::default());
    let mut dense = VectorsConfigBuilder::default();
    if let Some(space) = &layout.dense {
        dense.add_named_vector_params(DENSE, VectorParamsBuilder::new(space.size as u64, Distance::Cosine));
    }
    // One graph per tenant instead of one over all: searches never leave their tenant.
    let graph = HnswConfigDiffBuilder::default().m(0).payload_m(LINKS);
    CreateCollectionBuilder::new(name).vectors_config(dense).sparse_vectors_config(sparse).hnsw_config(graph)
}

/// Refuses a collection of our name that somebody made in another shape.
pub(super) async fn check(client: &Qdrant, layout: &Layout) -> Result<Result<(), IndexError>, QdrantError> {
    let name = name(layout);
    let info = patiently(async || client.collection_info(name.as_str()).await).await?;
    let params = info.result.and_then(|it| it.config).and_then(|it| it.params);
    let sparse = params.as_ref().and_then(|it| it.sparse_vectors_config.as_ref());
    let size =
        params.as_ref().and_then(|it| it.vectors_config.as_ref()?.config.as_ref()).and_then(|it| match it {
            vectors_config::Config::ParamsMap(it) => it.map.get(DENSE).map(|it| it.size),
            vectors_config::Config::Params(_) => None,
        });
    let reason = if !sparse.is_some_and(|it| it.map.contains_key(LEXICAL)) {
        "it has no sparse vector `lexical`".to_owned()
    } else if size.unwrap_or(0) != layout.size() as u64 {
        format!("its vector `dense` has {} numbers instead of {}", size.unwrap_or(0), layout.size())
    } else {
        return Ok(Ok(()));
    };
    Ok(Err(IndexError::Collection { collection: name, reason }))
}

#[cfg(test)]
mod tests {
    use super::old_enough;

    #[test]
    fn old_servers_are_refused() {
        for old in ["1.10.1", "v1.9.7", "0.11.0"] {
            assert!(old_enough("http://a", old).is_err(), "{old}");
        }
        for fine in ["1.11.0", "1.18.2-dev", "v2.0.0", "", "nightly"] {
            assert!(old_enough("http://a", fine).is_ok(), "{fine}");
        }
    }
}
