//! Keeping the files at what the engine holds: the owner's thread calls this after each write.

use std::collections::BTreeSet;

use qdrant_edge::{CountRequest, EdgeShard, ScrollRequest, WithVector};
use uuid::Uuid;

use super::{Known, MOST, Points, Ranks, Worded};
use crate::edge::convert;
use crate::edge::shard::LEXICAL;
use crate::{IndexError, Point, TenantScope};

/// The points as far as words go.
pub(in crate::edge) fn worded(points: &[Point]) -> Points {
    let worded =
        |it: &Point| Worded { tag: it.payload.metadata.knowledge_tag.clone(), lexical: it.lexical.clone() };
    points.iter().map(|it| (it.id, worded(it))).collect()
}

/// The engine has these points of the tenant now.
pub(in crate::edge) fn written(ranks: &Ranks, shard: &EdgeShard, slug: &str, points: Points) {
    match ranks.known(slug) {
        Known::Left => {}
        Known::Nothing | Known::Awaited => gather(ranks, shard, slug),
        Known::Whole => match ranks.load(slug) {
            Some(mut stored) => {
                stored.extend(points);
                ranks.store(slug, &stored);
            }
            None => gather(ranks, shard, slug),
        },
    }
}

/// The engine has the points of the scope no more: these, or all of them.
pub(in crate::edge) fn deleted(
    ranks: &Ranks,
    shard: &EdgeShard,
    scope: &TenantScope,
    ids: Option<&BTreeSet<Uuid>>,
) {
    let slug = scope.client_slug();
    match ranks.known(slug) {
        // There may be few enough of them now.
        Known::Left => ranks.forget(slug),
        Known::Nothing | Known::Awaited => {}
        Known::Whole => match ranks.load(slug) {
            Some(mut stored) => {
                stored.retain(|id, it| {
                    ids.is_some_and(|ids| !ids.contains(id)) || !scope.admits(slug, &it.tag)
                });
                ranks.store(slug, &stored);
            }
            None => gather(ranks, shard, slug),
        },
    }
}

/// Makes a tenant's file of what the engine holds.
pub(in crate::edge) fn gather(ranks: &Ranks, shard: &EdgeShard, slug: &str) {
    match stored(shard, &TenantScope::whole(slug)) {
        Ok(Some(points)) => ranks.store(slug, &points),
        Ok(None) => ranks.leave(slug),
        Err(error) => {
            tracing::warn!(%error, "the ranks of a tenant cannot be made");
            ranks.leave(slug);
        }
    }
}

/// The points of a tenant in the engine, or `None` when they are too many.
fn stored(shard: &EdgeShard, scope: &TenantScope) -> Result<Option<Points>, IndexError> {
    let filter = Some(convert::scope_filter(scope));
    let count = shard.count(CountRequest { filter: filter.clone(), exact: true });
    if count.map_err(convert::engine_error)? > MOST {
        return Ok(None);
    }
    let request = ScrollRequest {
        offset: None,
        limit: Some(MOST),
        filter,
        with_payload: Some(convert::scope_fields()),
        with_vector: WithVector::Selector(vec![LEXICAL.to_owned()]),
        order_by: None,
    };
    let (records, _) = shard.scroll(request).map_err(convert::engine_error)?;
    let mut points = Points::new();
    for record in records {
        let hit = convert::hit(record.id, 0.0, record.payload.as_ref(), record.vector.as_ref())?;
        points.insert(hit.id, Worded { tag: hit.knowledge_tag, lexical: hit.lexical });
    }
    Ok(Some(points))
}
