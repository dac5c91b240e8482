//! Our words ↔ the engine's.

use qdrant_edge::{
    Condition, FieldCondition, Filter, Fusion, HasIdCondition, Match, NamedQuery, OperationError, Payload,
    PointId, PointStruct, Prefetch, QueryEnum, QueryRequest, ScoringQuery, Vector, VectorInternal,
    VectorStructInternal, Vectors, WithPayloadInterface, WithVector,
};
use text::lexical::SparseVector;
use uuid::Uuid;

use super::shard::{CLIENT_SLUG, DENSE, KNOWLEDGE_TAG, LEXICAL, path};
use crate::{IndexError, Point, Query, RawHit, TenantScope};

/// The constant of reciprocal rank fusion; Qdrant's own default.
const RRF_K: usize = 2;
/// Each side of a fusion brings this many times the hits asked for.
const FUSION_DEPTH: usize = 4;

/// An error of the engine in our words.
pub(super) fn engine_error(error: OperationError) -> IndexError {
    IndexError::Engine(error.to_string())
}

/// Points of the scope.
pub(super) fn scope_filter(scope: &TenantScope) -> Filter {
    let mut must = vec![matches(CLIENT_SLUG, Match::from(scope.client_slug().to_owned()))];
    if let Some(tags) = scope.tags() {
        must.push(matches(KNOWLEDGE_TAG, Match::from(tags.iter().cloned().collect::<Vec<_>>())));
    }
    Filter { must: Some(must), ..Filter::new() }
}

/// Points of the scope with one of these ids.
pub(super) fn scope_and_ids<'a>(scope: &TenantScope, ids: impl IntoIterator<Item = &'a Uuid>) -> Filter {
    let mut filter = scope_filter(scope);
    let ids: HasIdCondition = ids.into_iter().map(|it| PointId::Uuid(*it)).collect();
    filter.must.get_or_insert_default().push(Condition::HasId(ids));
    filter
}

fn matches(key: &str, value: Match) -> Condition {
    Condition::Field(FieldCondition::new_match(path(key), value))
}

/// A search, or `None` when there is nothing to search with.
pub(super) fn query(scope: &TenantScope, query: &Query<'_>) -> Option<QueryRequest> {
    let filter = scope_and_ids(scope, query.only);
    let lexical = (!query.lexical.is_empty()).then(|| nearest(sparse(query.lexical), LEXICAL));
    let dense = query.dense.map(|it| nearest(VectorInternal::Dense(it.to_vec()), DENSE));
    let sides = if dense.is_some() { &[LEXICAL, DENSE][..] } else { &[LEXICAL] };
    let (prefetches, root) = match (lexical, dense) {
        (Some(lexical), Some(dense)) => {
            let both = [lexical, dense].map(|side| Prefetch {
                prefetches: Vec::new(),
                query: Some(side),
                limit: query.limit.saturating_mul(FUSION_DEPTH),
                params: None,
                filter: Some(filter.clone()),
                score_threshold: None,
            });
            (both.to_vec(), ScoringQuery::Fusion(Fusion::Rrf { k: RRF_K, weights: None }))
        }
        (Some(side), None) | (None, Some(side)) => (Vec::new(), side),
        (None, None) => return None,
    };
    Some(QueryRequest {
        prefetches,
        query: Some(root),
        filter: Some(filter),
        score_threshold: None,
        limit: query.limit,
        offset: 0,
        params: None,
        with_vector: WithVector::Selector(sides.iter().map(|it| (*it).to_owned()).collect()),
        with_payload: scope_fields(),
    })
}

fn nearest(vector: VectorInternal, using: &str) -> ScoringQuery {
    ScoringQuery::Vector(QueryEnum::Nearest(NamedQuery::new(vector, using)))
}

fn sparse(vector: &SparseVector) -> VectorInternal {
    VectorInternal::Sparse(qdrant_edge::SparseVector {
        indices: vector.indices().to_vec(),
        values: vector.values().to_vec(),
    })
}

/// The payload fields that tell whose a point is.
pub(super) fn scope_fields() -> WithPayloadInterface {
    WithPayloadInterface::Fields(vec![path(CLIENT_SLUG), path(KNOWLEDGE_TAG)])
}

/// Tenant and tag of a point; empty where it has none, which no scope admits.
pub(super) fn owner_of(payload: Option<&Payload>) -> (&str, &str) {
    let metadata = payload.and_then(|it| it.0.get("metadata"));
    let field = |name: &str| metadata.and_then(|it| it.get(name)).and_then(|it| it.as_str()).unwrap_or("");
    (field("client_slug"), field("knowledge_tag"))
}

/// A found point in our words.
pub(super) fn hit(
    id: PointId,
    score: f32,
    payload: Option<&Payload>,
    vector: Option<&VectorStructInternal>,
) -> Result<RawHit, IndexError> {
    let id = uuid(id).ok_or_else(|| IndexError::Engine("a point without a UUID".to_owned()))?;
    let (client_slug, knowledge_tag) = owner_of(payload);
    let side = |name: &str| match vector {
        Some(VectorStructInternal::Named(named)) => named.get(name),
        _ => None,
    };
    let lexical = match side(LEXICAL) {
        Some(VectorInternal::Sparse(it)) => {
            SparseVector::from_pairs(it.indices.iter().copied().zip(it.values.iter().copied()).collect())
        }
        _ => SparseVector::default(),
    };
    let dense = match side(DENSE) {
        Some(VectorInternal::Dense(it)) => Some(it.clone()),
        _ => None,
    };
    Ok(RawHit {
        id,
        score,
        lexical,
        dense,
        client_slug: client_slug.to_owned(),
        knowledge_tag: knowledge_tag.to_owned(),
    })
}

/// The id as we write it.
pub(super) fn uuid(id: PointId) -> Option<Uuid> {
    match id {
        PointId::Uuid(it) => Some(it),
        PointId::NumId(_) => None,
    }
}

/// A point in the engine's words.
pub(super) fn point(point: Point) -> Result<PointStruct, IndexError> {
    let mut vectors: Vec<(&str, Vector)> = vec![(LEXICAL, Vector(sparse(&point.lexical)))];
    if let Some(dense) = point.dense {
        vectors.push((DENSE, Vector::new_dense(dense)));
    }
    let payload = serde_json::to_value(&point.payload).map_err(|it| IndexError::Engine(it.to_string()))?;
    Ok(PointStruct::new(PointId::Uuid(point.id), Vectors::new_named(vectors), payload))
}
