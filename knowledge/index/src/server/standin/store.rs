//! Collections in memory: what filters and scores mean, said once more and simply.

use std::collections::{BTreeMap, HashMap};

use qdrant_client::qdrant::condition::ConditionOneOf;
use qdrant_client::qdrant::r#match::MatchValue;
use qdrant_client::qdrant::point_id::PointIdOptions;
use qdrant_client::qdrant::value::Kind;
use qdrant_client::qdrant::vectors::VectorsOptions;
use qdrant_client::qdrant::{
    CreateCollection, DenseVector, Filter, NamedVectorsOutput, PointId, PointStruct, Query, SparseVector,
    Value, VectorOutput, Vectors, VectorsOutput, query, vector, vector_input, vector_output, vectors_config,
    vectors_output,
};
use tonic::Status;

/// The constant of reciprocal rank fusion; Qdrant's own default.
const RRF_K: f32 = 2.0;

#[derive(Default)]
pub(crate) struct Store {
    pub(crate) collections: BTreeMap<String, Collection>,
}

impl Store {
    pub(super) fn collection(&mut self, name: &str) -> Result<&mut Collection, Status> {
        let missing = || Status::not_found(format!("Not found: Collection `{name}` doesn't exist!"));
        self.collections.get_mut(name).ok_or_else(missing)
    }
}

pub(crate) struct Collection {
    pub(crate) made: CreateCollection,
    /// Indexed payload keys, and whether they name the tenant.
    pub(crate) indexed: BTreeMap<String, bool>,
    pub(super) points: BTreeMap<String, Point>,
}

/// A stored point.
#[derive(Clone)]
pub(super) struct Point {
    pub(super) payload: HashMap<String, Value>,
    pub(super) sides: HashMap<String, Side>,
}

#[derive(Clone)]
pub(super) enum Side {
    Sparse(SparseVector),
    Dense(Vec<f32>),
}

impl Collection {
    pub(super) fn new(made: CreateCollection) -> Self {
        Self { made, indexed: BTreeMap::new(), points: BTreeMap::new() }
    }

    fn size(&self, name: &str) -> Option<u64> {
        match self.made.vectors_config.as_ref()?.config.as_ref()? {
            vectors_config::Config::ParamsMap(it) => it.map.get(name).map(|it| it.size),
            vectors_config::Config::Params(_) => None,
        }
    }

    pub(super) fn upsert(&mut self, point: PointStruct) -> Result<(), Status> {
        let id = id(point.id.as_ref())?;
        let Some(Vectors { vectors_options: Some(VectorsOptions::Vectors(named)) }) = point.vectors else {
            return Err(Status::invalid_argument("vectors must be named"));
        };
        let sparse = self.made.sparse_vectors_config.clone().unwrap_or_default();
        let mut sides = HashMap::new();
        for (name, vector) in named.vectors.into_iter().collect::<BTreeMap<_, _>>() {
            let side = match vector.vector {
                Some(vector::Vector::Sparse(it)) if sparse.map.contains_key(&name) => Side::Sparse(it),
                Some(vector::Vector::Dense(it)) if self.size(&name) == Some(it.data.len() as u64) => {
                    Side::Dense(normalised(it.data))
                }
                _ => return Err(Status::invalid_argument(format!("Wrong input: vector `{name}`"))),
            };
            sides.insert(name, side);
        }
        self.points.insert(id, Point { payload: point.payload, sides });
        Ok(())
    }

    pub(super) fn matching<'a>(&'a self, filter: &'a Filter) -> Result<Vec<(&'a String, &'a Point)>, Status> {
        let mut out = Vec::new();
        for (id, point) in &self.points {
            if holds(filter, id, point)? {
                out.push((id, point));
            }
        }
        Ok(out)
    }

    /// Ids with scores, best first.
    pub(super) fn nearest(
        &self,
        query: &Query,
        using: &str,
        filter: &Filter,
        limit: usize,
    ) -> Result<Vec<(String, f32)>, Status> {
        let Some(query::Variant::Nearest(asked)) = &query.variant else {
            return Err(Status::unimplemented("this kind of query"));
        };
        let mut found = Vec::new();
        for (id, point) in self.matching(filter)? {
            let score = match (&asked.variant, point.sides.get(using)) {
                (Some(vector_input::Variant::Sparse(a)), Some(Side::Sparse(b))) => overlap(a, b),
                (Some(vector_input::Variant::Dense(a)), Some(Side::Dense(b))) => {
                    Some(normalised(a.data.clone()).iter().zip(b).map(|(a, b)| a * b).sum())
                }
                (_, None) => None,
                _ => return Err(Status::invalid_argument("Wrong input: Vector name or kind")),
            };
            found.extend(score.map(|it| (id.clone(), it)));
        }
        found.sort_by(|a, b| b.1.total_cmp(&a.1));
        found.truncate(limit);
        Ok(found)
    }
}

/// Reciprocal rank fusion.
pub(super) fn fused(lists: Vec<Vec<(String, f32)>>, limit: usize) -> Vec<(String, f32)> {
    let mut scores: BTreeMap<String, f32> = BTreeMap::new();
    for list in lists {
        for (at, (id, _)) in list.into_iter().enumerate() {
            *scores.entry(id).or_default() += 1.0 / (at as f32 + RRF_K);
        }
    }
    let mut found: Vec<_> = scores.into_iter().collect();
    found.sort_by(|a, b| b.1.total_cmp(&a.1));
    found.truncate(limit);
    found
}

pub(super) fn id(id: Option<&PointId>) -> Result<String, Status> {
    match id.and_then(|it| it.point_id_options.as_ref()) {
        Some(PointIdOptions::Uuid(it)) => Ok(it.clone()),
        _ => Err(Status::invalid_argument("ids must be UUIDs")),
    }
}

/// The vectors of a point that a call selects.
pub(super) fn shown(point: &Point, names: &[String]) -> VectorsOutput {
    let sides = point.sides.iter().filter(|(name, _)| names.contains(name));
    let vectors = sides.map(|(name, side)| {
        let vector = Some(match side {
            Side::Sparse(it) => vector_output::Vector::Sparse(it.clone()),
            Side::Dense(it) => vector_output::Vector::Dense(DenseVector { data: it.clone() }),
        });
        (name.clone(), VectorOutput { vector, ..VectorOutput::default() })
    });
    let named = NamedVectorsOutput { vectors: vectors.collect() };
    VectorsOutput { vectors_options: Some(vectors_output::VectorsOptions::Vectors(named)) }
}

fn holds(filter: &Filter, id: &str, point: &Point) -> Result<bool, Status> {
    if !filter.should.is_empty() || !filter.must_not.is_empty() || filter.min_should.is_some() {
        return Err(Status::unimplemented("this kind of filter"));
    }
    for condition in &filter.must {
        let held = match &condition.condition_one_of {
            Some(ConditionOneOf::HasId(it)) => {
                it.has_id.iter().any(|it| self::id(Some(it)).is_ok_and(|it| it == id))
            }
            Some(ConditionOneOf::Field(it)) => {
                let value = field(&point.payload, &it.key);
                match it.r#match.as_ref().and_then(|it| it.match_value.as_ref()) {
                    Some(MatchValue::Keyword(wanted)) => value == Some(wanted.as_str()),
                    Some(MatchValue::Keywords(wanted)) => {
                        value.is_some_and(|it| wanted.strings.iter().any(|one| one == it))
                    }
                    _ => return Err(Status::unimplemented("this kind of match")),
                }
            }
            _ => return Err(Status::unimplemented("this kind of condition")),
        };
        if !held {
            return Ok(false);
        }
    }
    Ok(true)
}

fn field<'a>(payload: &'a HashMap<String, Value>, path: &str) -> Option<&'a str> {
    let mut fields = payload;
    let mut keys = path.split('.').peekable();
    while let Some(key) = keys.next() {
        match fields.get(key)?.kind.as_ref()? {
            Kind::StructValue(it) if keys.peek().is_some() => fields = &it.fields,
            Kind::StringValue(it) if keys.peek().is_none() => return Some(it),
            _ => return None,
        }
    }
    None
}

/// The dot product; none where the two have no term in common.
fn overlap(a: &SparseVector, b: &SparseVector) -> Option<f32> {
    let weights: HashMap<u32, f32> = b.indices.iter().copied().zip(b.values.iter().copied()).collect();
    let products = a.indices.iter().zip(&a.values).filter_map(|(at, weight)| Some(weights.get(at)? * weight));
    let products: Vec<f32> = products.collect();
    (!products.is_empty()).then(|| products.iter().sum())
}

fn normalised(vector: Vec<f32>) -> Vec<f32> {
    let length = vector.iter().map(|it| it * it).sum::<f32>().sqrt();
    vector.into_iter().map(|it| it / length).collect()
}
