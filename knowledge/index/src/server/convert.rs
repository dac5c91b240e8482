//! Our words ↔ those of the server.

use std::collections::HashMap;

use qdrant_client::qdrant::point_id::PointIdOptions;
use qdrant_client::qdrant::value::Kind;
use qdrant_client::qdrant::vectors_output::VectorsOptions;
use qdrant_client::qdrant::with_payload_selector::SelectorOptions;
use qdrant_client::qdrant::{
    Condition, Filter, Fusion, PayloadIncludeSelector, PointId, PointStruct, PrefetchQuery,
    Query as ServerQuery, QueryPoints, ScoredPoint, Struct, Value, Vector, VectorInput, VectorOutput,
    VectorsOutput, VectorsSelector, WithVectorsSelector, vector_output, with_vectors_selector,
};
use text::lexical::SparseVector;
use uuid::Uuid;

use crate::{IndexError, Metadata, Point, Query, RawHit, TenantScope};

/// Name of the sparse vector.
pub(super) const LEXICAL: &str = "lexical";
/// Name of the embedding.
pub(super) const DENSE: &str = "dense";
/// Payload key of the tenant.
pub(super) const CLIENT_SLUG: &str = "metadata.client_slug";
/// Payload key of the tag.
pub(super) const KNOWLEDGE_TAG: &str = "metadata.knowledge_tag";
/// Each side of a fusion brings this many times the hits asked for.
const FUSION_DEPTH: usize = 4;

/// Points of the scope.
pub(super) fn scope_filter(scope: &TenantScope) -> Filter {
    // A list of one: the client turns a text with a space in it into a search for words, which others'
    // slugs may hold too.
    let tenant = Condition::matches(CLIENT_SLUG, vec![scope.client_slug().to_owned()]);
    let tags =
        scope.tags().map(|it| Condition::matches(KNOWLEDGE_TAG, it.iter().cloned().collect::<Vec<_>>()));
    Filter::must([Some(tenant), tags].into_iter().flatten())
}

/// Points of the scope with one of these ids.
pub(super) fn scope_and_ids<'a>(scope: &TenantScope, ids: impl IntoIterator<Item = &'a Uuid>) -> Filter {
    let mut filter = scope_filter(scope);
    filter.must.push(Condition::has_id(ids.into_iter().map(id)));
    filter
}

/// An id as the server takes it.
pub(super) fn id(id: &Uuid) -> PointId {
    PointId::from(id.to_string())
}

/// An id as we write it; other kinds are not ours.
pub(super) fn uuid(id: Option<&PointId>) -> Result<Uuid, IndexError> {
    let ours = match id.and_then(|it| it.point_id_options.as_ref()) {
        Some(PointIdOptions::Uuid(it)) => Uuid::parse_str(it).ok(),
        _ => None,
    };
    ours.ok_or_else(|| IndexError::Engine("a point without a UUID".to_owned()))
}

/// A search, or `None` when there is nothing to search with.
pub(super) fn query(collection: &str, scope: &TenantScope, query: &Query<'_>) -> Option<QueryPoints> {
    let filter = scope_and_ids(scope, query.only);
    let (vector, limit) = (query.lexical, query.limit);
    let lexical = (!vector.is_empty())
        .then(|| VectorInput::new_sparse(vector.indices().to_vec(), vector.values().to_vec()));
    let dense = query.dense.map(|it| VectorInput::new_dense(it.to_vec()));
    let nearest = |vector: VectorInput| Some(ServerQuery::new_nearest(vector));
    let sides = if dense.is_some() { &[LEXICAL, DENSE][..] } else { &[LEXICAL] };
    let mut request = QueryPoints {
        collection_name: collection.to_owned(),
        filter: Some(filter.clone()),
        limit: Some(limit as u64),
        with_payload: Some(scope_fields().into()),
        with_vectors: Some(selected(sides)),
        ..QueryPoints::default()
    };
    match (lexical, dense) {
        (Some(lexical), Some(dense)) => {
            let side = |vector, using: &str| PrefetchQuery {
                query: nearest(vector),
                using: Some(using.to_owned()),
                filter: Some(filter.clone()),
                limit: Some(limit.saturating_mul(FUSION_DEPTH) as u64),
                ..PrefetchQuery::default()
            };
            request.prefetch = vec![side(lexical, LEXICAL), side(dense, DENSE)];
            request.query = Some(ServerQuery::from(Fusion::Rrf));
        }
        (Some(lexical), None) => {
            (request.query, request.using) = (nearest(lexical), Some(LEXICAL.to_owned()))
        }
        (None, Some(dense)) => (request.query, request.using) = (nearest(dense), Some(DENSE.to_owned())),
        (None, None) => return None,
    }
    Some(request)
}

/// The payload fields that tell whose a point is.
pub(super) fn scope_fields() -> SelectorOptions {
    let fields = vec![CLIENT_SLUG.to_owned(), KNOWLEDGE_TAG.to_owned()];
    SelectorOptions::Include(PayloadIncludeSelector { fields })
}

fn selected(sides: &[&str]) -> WithVectorsSelector {
    let names = sides.iter().map(|it| (*it).to_owned()).collect();
    with_vectors_selector::SelectorOptions::Include(VectorsSelector { names }).into()
}

/// A found point in our words.
pub(super) fn hit(found: &ScoredPoint) -> Result<RawHit, IndexError> {
    let (client_slug, knowledge_tag) = owner_of(&found.payload);
    let lexical = match side(found.vectors.as_ref(), LEXICAL) {
        Some(vector_output::Vector::Sparse(it)) => {
            SparseVector::from_pairs(it.indices.into_iter().zip(it.values).collect())
        }
        _ => SparseVector::default(),
    };
    let dense = match side(found.vectors.as_ref(), DENSE) {
        Some(vector_output::Vector::Dense(it)) => Some(it.data),
        _ => None,
    };
    Ok(RawHit {
        id: uuid(found.id.as_ref())?,
        score: found.score,
        lexical,
        dense,
        client_slug: client_slug.to_owned(),
        knowledge_tag: knowledge_tag.to_owned(),
    })
}

/// A vector of a point. Servers before 1.16 send it in fields that later ones leave empty; the client
/// reads both.
fn side(vectors: Option<&VectorsOutput>, name: &str) -> Option<vector_output::Vector> {
    match vectors?.vectors_options.as_ref()? {
        VectorsOptions::Vectors(named) => named.vectors.get(name).cloned().map(VectorOutput::into_vector),
        VectorsOptions::Vector(_) => None,
    }
}

/// Tenant and tag of a point; empty where it has none, which no scope admits.
pub(super) fn owner_of(payload: &HashMap<String, Value>) -> (&str, &str) {
    let metadata = match payload.get("metadata").and_then(|it| it.kind.as_ref()) {
        Some(Kind::StructValue(it)) => Some(it),
        _ => None,
    };
    let field = |name: &str| match metadata.and_then(|it| it.fields.get(name)?.kind.as_ref()) {
        Some(Kind::StringValue(it)) => it.as_str(),
        _ => "",
    };
    (field("client_slug"), field("knowledge_tag"))
}

/// A point in the server's words.
pub(super) fn point(point: Point) -> PointStruct {
    let Point { id: own, lexical, dense, payload } = point;
    let sparse = Vector::new_sparse(lexical.indices().to_vec(), lexical.values().to_vec());
    let mut vectors = HashMap::from([(LEXICAL.to_owned(), sparse)]);
    if let Some(dense) = dense {
        vectors.insert(DENSE.to_owned(), Vector::new_dense(dense));
    }
    let Metadata { client_slug, knowledge_tag, doc_name, section, source, chunk, lang } = payload.metadata;
    let fields = HashMap::from([
        ("client_slug".to_owned(), Value::from(client_slug)),
        ("knowledge_tag".to_owned(), Value::from(knowledge_tag)),
        ("doc_name".to_owned(), Value::from(doc_name)),
        ("section".to_owned(), Value::from(section)),
        ("source".to_owned(), Value::from(source)),
        ("chunk".to_owned(), Value::from(i64::from(chunk))),
        ("lang".to_owned(), Value::from(lang)),
    ]);
    let metadata = Value { kind: Some(Kind::StructValue(Struct { fields })) };
    let payload = HashMap::from([
        ("content".to_owned(), Value::from(payload.content)),
        ("metadata".to_owned(), metadata),
    ]);
    PointStruct::new(id(&own), vectors, payload)
}
