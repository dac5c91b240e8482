//! An index without an engine: every point of the release is compared. For a few hundred passages
//! that are asked a few hundred questions once, which an engine would take longer to be started for.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{PoisonError, RwLock};

use uuid::Uuid;

use crate::port::{check_scope, check_sizes};
use crate::{IndexError, Point, Query, RawHit, TenantScope, VectorIndex};

/// Points in this process's memory, lexical sides only; gone when it is dropped.
#[derive(Debug, Default)]
pub struct MemoryIndex(RwLock<BTreeMap<Uuid, Point>>);

impl MemoryIndex {
    fn read<T>(&self, look: impl FnOnce(&BTreeMap<Uuid, Point>) -> T) -> T {
        look(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn write<T>(&self, change: impl FnOnce(&mut BTreeMap<Uuid, Point>) -> T) -> T {
        change(&mut self.0.write().unwrap_or_else(PoisonError::into_inner))
    }
}

fn admits(scope: &TenantScope, point: &Point) -> bool {
    scope.admits(&point.payload.metadata.client_slug, &point.payload.metadata.knowledge_tag)
}

impl VectorIndex for MemoryIndex {
    fn upsert(&self, scope: &TenantScope, points: Vec<Point>) -> Result<(), IndexError> {
        check_scope(scope, &points)?;
        check_sizes(0, &points)?;
        self.write(|stored| {
            let foreign = points.iter().find(|it| stored.get(&it.id).is_some_and(|it| !admits(scope, it)));
            if let Some(point) = foreign {
                return Err(IndexError::OutOfScope { id: point.id });
            }
            stored.extend(points.into_iter().map(|it| (it.id, it)));
            Ok(())
        })
    }

    fn search(&self, scope: &TenantScope, query: &Query<'_>) -> Result<Vec<RawHit>, IndexError> {
        self.read(|stored| {
            let points = query.only.iter().filter_map(|it| stored.get(it)).filter(|it| admits(scope, it));
            let mut found: Vec<(f32, &Point)> = points
                .map(|it| (query.lexical.dot(&it.lexical), it))
                .filter(|(score, _)| *score > 0.0)
                .collect();
            found.sort_by(|(left, a), (right, b)| right.total_cmp(left).then_with(|| a.id.cmp(&b.id)));
            found.truncate(query.limit);
            let hit = |(score, point): (f32, &Point)| RawHit {
                id: point.id,
                score,
                lexical: point.lexical.clone(),
                dense: None,
                client_slug: point.payload.metadata.client_slug.clone(),
                knowledge_tag: point.payload.metadata.knowledge_tag.clone(),
            };
            Ok(found.into_iter().map(hit).collect())
        })
    }

    fn delete(&self, scope: &TenantScope, ids: &BTreeSet<Uuid>) -> Result<(), IndexError> {
        self.write(|stored| stored.retain(|id, it| !ids.contains(id) || !admits(scope, it)));
        Ok(())
    }

    fn clear(&self, scope: &TenantScope) -> Result<(), IndexError> {
        self.write(|stored| stored.retain(|_, it| !admits(scope, it)));
        Ok(())
    }

    fn ids(&self, scope: &TenantScope) -> Result<BTreeSet<Uuid>, IndexError> {
        Ok(self.read(|stored| stored.values().filter(|it| admits(scope, it)).map(|it| it.id).collect()))
    }

    fn count(&self, scope: &TenantScope) -> Result<usize, IndexError> {
        Ok(self.read(|stored| stored.values().filter(|it| admits(scope, it)).count()))
    }

    fn foreign_hits(&self) -> u64 {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::MemoryIndex;
    use crate::contract;

    #[test]
    fn the_contract_holds() {
        contract::holds(&MemoryIndex::default());
    }
}
