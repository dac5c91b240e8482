//! The service for points.

use std::time::Instant;

use qdrant_client::qdrant::condition::ConditionOneOf;
use qdrant_client::qdrant::points_selector::PointsSelectorOneOf;
use qdrant_client::qdrant::points_server::Points;
use qdrant_client::qdrant::{
    CountPoints, CountResponse, CountResult, CreateFieldIndexCollection, DeletePoints, Filter, Fusion,
    GetPoints, GetResponse, PointId, PointsOperationResponse, QueryPoints, QueryResponse, RetrievedPoint,
    ScoredPoint, ScrollPoints, ScrollResponse, UpsertPoints, payload_index_params, query,
    with_vectors_selector,
};
use tonic::{Request, Response, Status, async_trait};

use super::store::{fused, id, shown};
use super::{Service, not_served};

fn done() -> Response<PointsOperationResponse> {
    Response::new(PointsOperationResponse::default())
}

#[async_trait]
impl Points for Service {
    async fn upsert(
        &self,
        request: Request<UpsertPoints>,
    ) -> Result<Response<PointsOperationResponse>, Status> {
        let (request, mut state) = (request.into_inner(), self.state());
        if request.wait != Some(true) {
            return Err(Status::failed_precondition("nobody would know when it is done"));
        }
        let collection = state.store.collection(&request.collection_name)?;
        request.points.into_iter().try_for_each(|it| collection.upsert(it))?;
        Ok(done())
    }

    async fn delete(
        &self,
        request: Request<DeletePoints>,
    ) -> Result<Response<PointsOperationResponse>, Status> {
        let (request, mut state) = (request.into_inner(), self.state());
        let collection = state.store.collection(&request.collection_name)?;
        let Some(PointsSelectorOneOf::Filter(filter)) =
            request.points.and_then(|it| it.points_selector_one_of)
        else {
            return Err(Status::failed_precondition("a delete without a scope"));
        };
        let gone: Vec<String> = collection.matching(&filter)?.into_iter().map(|it| it.0.clone()).collect();
        collection.points.retain(|id, _| !gone.contains(id));
        Ok(done())
    }

    async fn get(&self, request: Request<GetPoints>) -> Result<Response<GetResponse>, Status> {
        let (request, mut state) = (request.into_inner(), self.state());
        let collection = state.store.collection(&request.collection_name)?;
        let mut result = Vec::new();
        for asked in request.ids {
            if let Some(point) = collection.points.get(&id(Some(&asked))?) {
                let payload = point.payload.clone();
                result.push(RetrievedPoint { id: Some(asked), payload, ..RetrievedPoint::default() });
            }
        }
        Ok(Response::new(GetResponse { result, ..GetResponse::default() }))
    }

    async fn create_field_index(
        &self,
        request: Request<CreateFieldIndexCollection>,
    ) -> Result<Response<PointsOperationResponse>, Status> {
        let (request, mut state) = (request.into_inner(), self.state());
        let collection = state.store.collection(&request.collection_name)?;
        let tenant = match request.field_index_params.and_then(|it| it.index_params) {
            Some(payload_index_params::IndexParams::KeywordIndexParams(it)) => it.is_tenant == Some(true),
            _ => return Err(Status::invalid_argument("an index of another kind")),
        };
        collection.indexed.insert(request.field_name, tenant);
        Ok(done())
    }

    async fn scroll(&self, request: Request<ScrollPoints>) -> Result<Response<ScrollResponse>, Status> {
        let (request, mut state) = (request.into_inner(), self.state());
        let collection = state.store.collection(&request.collection_name)?;
        // Pages far smaller than asked for, so that turning them is exercised.
        let limit = usize::try_from(request.limit.unwrap_or(10)).unwrap().div_ceil(1_000);
        let from = request.offset.as_ref().map(|it| id(Some(it))).transpose()?.unwrap_or_default();
        let filter = request.filter.unwrap_or_default();
        let mut ids =
            collection.matching(&filter)?.into_iter().map(|it| it.0.clone()).filter(|it| *it >= from);
        let page: Vec<String> = ids.by_ref().take(limit).collect();
        let result = page
            .into_iter()
            .map(|it| RetrievedPoint { id: Some(PointId::from(it)), ..RetrievedPoint::default() });
        let (result, next) = (result.collect(), ids.next().map(PointId::from));
        Ok(Response::new(ScrollResponse { next_page_offset: next, result, ..ScrollResponse::default() }))
    }

    async fn count(&self, request: Request<CountPoints>) -> Result<Response<CountResponse>, Status> {
        let (request, mut state) = (request.into_inner(), self.state());
        let collection = state.store.collection(&request.collection_name)?;
        let count = collection.matching(&request.filter.unwrap_or_default())?.len() as u64;
        Ok(Response::new(CountResponse { result: Some(CountResult { count }), ..CountResponse::default() }))
    }

    async fn query(&self, request: Request<QueryPoints>) -> Result<Response<QueryResponse>, Status> {
        let started = Instant::now();
        let (request, mut state) = (request.into_inner(), self.state());
        let forgets = state.forgets;
        let collection = state.store.collection(&request.collection_name)?;
        let limit = usize::try_from(request.limit.unwrap_or(10)).unwrap();
        let filter = |given: Option<Filter>| forgetful(given.unwrap_or_default(), forgets);
        let root = request.query.ok_or_else(|| Status::invalid_argument("a search without a question"))?;
        let found = match root.variant {
            Some(query::Variant::Fusion(kind)) if kind == Fusion::Rrf as i32 => {
                let mut lists = Vec::new();
                for side in request.prefetch {
                    let limit = usize::try_from(side.limit.unwrap_or(10)).unwrap();
                    let asked = side.query.unwrap_or_default();
                    lists.push(collection.nearest(
                        &asked,
                        &side.using.unwrap_or_default(),
                        &filter(side.filter),
                        limit,
                    )?);
                }
                fused(lists, limit)
            }
            _ => collection.nearest(
                &root,
                &request.using.unwrap_or_default(),
                &filter(request.filter),
                limit,
            )?,
        };
        let names = match request.with_vectors.and_then(|it| it.selector_options) {
            Some(with_vectors_selector::SelectorOptions::Include(it)) => it.names,
            _ => Vec::new(),
        };
        let result = found.into_iter().map(|(id, score)| {
            let point = &collection.points[&id];
            let (payload, vectors) = (point.payload.clone(), Some(shown(point, &names)));
            ScoredPoint { id: Some(PointId::from(id)), payload, score, vectors, ..ScoredPoint::default() }
        });
        let (result, time) = (result.collect(), started.elapsed().as_secs_f64());
        Ok(Response::new(QueryResponse { result, time, ..QueryResponse::default() }))
    }

    not_served! {
        update_vectors(UpdatePointVectors) -> PointsOperationResponse;
        delete_vectors(DeletePointVectors) -> PointsOperationResponse;
        set_payload(SetPayloadPoints) -> PointsOperationResponse;
        overwrite_payload(SetPayloadPoints) -> PointsOperationResponse;
        delete_payload(DeletePayloadPoints) -> PointsOperationResponse;
        clear_payload(ClearPayloadPoints) -> PointsOperationResponse;
        delete_field_index(DeleteFieldIndexCollection) -> PointsOperationResponse;
        create_vector_name(CreateVectorNameRequest) -> PointsOperationResponse;
        delete_vector_name(DeleteVectorNameRequest) -> PointsOperationResponse;
        search(SearchPoints) -> SearchResponse;
        search_batch(SearchBatchPoints) -> SearchBatchResponse;
        search_groups(SearchPointGroups) -> SearchGroupsResponse;
        recommend(RecommendPoints) -> RecommendResponse;
        recommend_batch(RecommendBatchPoints) -> RecommendBatchResponse;
        recommend_groups(RecommendPointGroups) -> RecommendGroupsResponse;
        discover(DiscoverPoints) -> DiscoverResponse;
        discover_batch(DiscoverBatchPoints) -> DiscoverBatchResponse;
        update_batch(UpdateBatchPoints) -> UpdateBatchResponse;
        query_batch(QueryBatchPoints) -> QueryBatchResponse;
        query_groups(QueryPointGroups) -> QueryGroupsResponse;
        facet(FacetCounts) -> FacetResponse;
        search_matrix_pairs(SearchMatrixPoints) -> SearchMatrixPairsResponse;
        search_matrix_offsets(SearchMatrixPoints) -> SearchMatrixOffsetsResponse;
    }
}

/// The filter without the condition that this server forgets.
fn forgetful(mut filter: Filter, forgets: Option<&str>) -> Filter {
    filter.must.retain(|it| match &it.condition_one_of {
        Some(ConditionOneOf::HasId(_)) => forgets != Some("id"),
        Some(ConditionOneOf::Field(it)) => forgets != Some(it.key.as_str()),
        _ => true,
    });
    filter
}
