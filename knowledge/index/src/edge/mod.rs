//! The embedded engine: a Qdrant shard in this process.
//!
//! One thread owns every write and flush, because in qdrant-edge 0.7.2 a flush that meets a concurrent
//! update panics. Segments are optimised on another thread while writes go on, as on a server, and
//! nothing is flushed meanwhile. Searches run on the callers' threads; those by words alone are answered
//! by files of our own, see [`ranks`].

mod convert;
mod folder;
mod keeper;
mod owner;
mod ranks;
mod shard;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use qdrant_edge::{
    CountRequest, EdgeShard, PointId, QueryRequest, ScrollRequest, WithPayloadInterface, WithVector,
};
use uuid::Uuid;

use crate::port::{check_scope, check_sizes, recheck};
use crate::{IndexError, Layout, Point, Query, RawHit, TenantScope, VectorIndex};
use folder::Folder;
pub use folder::Origin;
use owner::{Order, Owner, Upkeep};
use ranks::{Admitted, Ranks};

/// How many ids one page of a scan holds.
const PAGE: usize = 10_000;

/// The embedded index.
pub struct EdgeIndex {
    // Dropped first: its thread ends before the shard is closed.
    owner: Owner,
    shard: Arc<EdgeShard>,
    ranks: Arc<Ranks>,
    layout: Layout,
    foreign: AtomicU64,
    // Dropped last: it holds the lock, and removes a temporary folder.
    folder: Folder,
}

impl EdgeIndex {
    /// Opens the index in a folder, or makes it when the folder is missing, broken, or of another
    /// version, encoder or layout. It holds derived data only: after [`Origin::Kept`] as after any
    /// other origin, a sync brings it up to date.
    ///
    /// # Errors
    /// [`IndexError::Busy`] while another index has it open.
    pub fn open(path: &Path, layout: Layout) -> Result<Self, IndexError> {
        Self::start(Folder::open(path)?, layout, Upkeep::WhenQuiet)
    }

    /// An index in a temporary folder that is removed when it is dropped.
    ///
    /// # Errors
    /// [`IndexError::Folder`] when there is no room for temporary files.
    pub fn temporary(layout: Layout) -> Result<Self, IndexError> {
        Self::start(Folder::temporary()?, layout, Upkeep::Never)
    }

    /// Opens the index in a folder to look at it: makes and rebuilds nothing. `None` where
    /// [`EdgeIndex::open`] would have to.
    ///
    /// # Errors
    /// [`IndexError::Busy`] while another index has it open.
    pub fn open_made(path: &Path, layout: Layout) -> Result<Option<Self>, IndexError> {
        let Some(mut folder) = Folder::open_made(path)? else { return Ok(None) };
        let Some(shard) = folder.kept_shard(&layout)? else { return Ok(None) };
        Self::around(folder, shard, layout, Upkeep::Never).map(Some)
    }

    fn start(mut folder: Folder, layout: Layout, upkeep: Upkeep) -> Result<Self, IndexError> {
        let shard = folder.shard(&layout)?;
        Self::around(folder, shard, layout, upkeep)
    }

    fn around(folder: Folder, shard: EdgeShard, layout: Layout, upkeep: Upkeep) -> Result<Self, IndexError> {
        let shard = Arc::new(shard);
        let ranks = Arc::new(folder.ranks()?);
        let owner = Owner::start(Arc::clone(&shard), Arc::clone(&ranks), upkeep)?;
        Ok(Self { owner, shard, ranks, layout, foreign: AtomicU64::new(0), folder })
    }

    /// Asks the engine.
    fn run(
        &self,
        scope: &TenantScope,
        query: &Query<'_>,
        request: QueryRequest,
    ) -> Result<Vec<RawHit>, IndexError> {
        let found = self.shard.query(request).map_err(convert::engine_error)?.into_iter();
        let hits = found.map(|it| convert::hit(it.id, it.score, it.payload.as_ref(), it.vector.as_ref()));
        Ok(self.checked(scope, query, hits.collect::<Result<_, _>>()?))
    }

    /// Ranks by words without the engine; `None` when it has to.
    fn ranked(&self, scope: &TenantScope, query: &Query<'_>, admitted: &Admitted<'_>) -> Option<Vec<RawHit>> {
        let ranked = self.ranks.search(admitted, query);
        if ranked.is_none() {
            self.have_ranked(scope);
        }
        ranked.map(|it| self.checked(scope, query, it))
    }

    /// Has the tenant's ranks made when there are none.
    fn have_ranked(&self, scope: &TenantScope) {
        if self.ranks.ask_for(scope.client_slug()) {
            self.owner.tell(Order::Rank { slug: scope.client_slug().to_owned() });
        }
    }

    /// Looks once more at whose the hits are.
    fn checked(&self, scope: &TenantScope, query: &Query<'_>, mut hits: Vec<RawHit>) -> Vec<RawHit> {
        let foreign = recheck(scope, query.only, &mut hits);
        if foreign > 0 {
            self.foreign.fetch_add(foreign, Ordering::Relaxed);
            let slug = scope.client_slug();
            tracing::error!(tenant.slug = slug, foreign, "the engine returned hits of others, dropped");
        }
        hits
    }

    /// How the index came to be.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        self.folder.origin()
    }
}

impl VectorIndex for EdgeIndex {
    fn upsert(&self, scope: &TenantScope, points: Vec<Point>) -> Result<(), IndexError> {
        check_scope(scope, &points)?;
        check_sizes(self.layout.size(), &points)?;
        if points.is_empty() {
            return Ok(());
        }
        self.owner.order(Order::Upsert { scope: scope.clone(), points })
    }

    fn search(&self, scope: &TenantScope, query: &Query<'_>) -> Result<Vec<RawHit>, IndexError> {
        if query.limit == 0 || query.only.is_empty() {
            return Ok(Vec::new());
        }
        if query.dense.is_none()
            && let Some(hits) = self.ranked(scope, query, &Admitted::of(scope, query))
        {
            return Ok(hits);
        }
        match convert::query(scope, query) {
            Some(request) => self.run(scope, query, request),
            None => Ok(Vec::new()),
        }
    }

    fn delete(&self, scope: &TenantScope, ids: &BTreeSet<Uuid>) -> Result<(), IndexError> {
        if ids.is_empty() {
            return Ok(());
        }
        self.owner.order(Order::Delete { scope: scope.clone(), ids: ids.clone() })
    }

    fn clear(&self, scope: &TenantScope) -> Result<(), IndexError> {
        self.owner.order(Order::Clear { scope: scope.clone() })
    }

    fn ids(&self, scope: &TenantScope) -> Result<BTreeSet<Uuid>, IndexError> {
        // Who asks for all of them is about to sync, and will search.
        self.have_ranked(scope);
        let mut out = BTreeSet::new();
        let mut offset = None;
        loop {
            let (records, next) = self
                .shard
                .scroll(ScrollRequest {
                    offset,
                    limit: Some(PAGE),
                    filter: Some(convert::scope_filter(scope)),
                    with_payload: Some(WithPayloadInterface::Bool(false)),
                    with_vector: WithVector::Bool(false),
                    order_by: None,
                })
                .map_err(convert::engine_error)?;
            out.extend(records.iter().filter_map(|it| convert::uuid(it.id)));
            match next {
                Some(next) => offset = Some(next),
                None => return Ok(out),
            }
        }
    }

    fn count(&self, scope: &TenantScope) -> Result<usize, IndexError> {
        let request = CountRequest { filter: Some(convert::scope_filter(scope)), exact: true };
        self.shard.count(request).map_err(convert::engine_error)
    }

    fn foreign_hits(&self) -> u64 {
        self.foreign.load(Ordering::Relaxed)
    }
}

impl std::fmt::Debug for EdgeIndex {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EdgeIndex")
            .field("layout", &self.layout)
            .field("origin", self.origin())
            .finish_non_exhaustive()
    }
}

/// Points already stored under these ids whose payload lies outside of the scope.
fn stored_out_of_scope(
    shard: &EdgeShard,
    scope: &TenantScope,
    ids: &[PointId],
) -> Result<Option<Uuid>, IndexError> {
    let payload = Some(convert::scope_fields());
    let records =
        shard.retrieve(ids, payload, Some(WithVector::Bool(false))).map_err(convert::engine_error)?;
    let foreign = records.iter().find(|it| {
        let (slug, tag) = convert::owner_of(it.payload.as_ref());
        !scope.admits(slug, tag)
    });
    Ok(foreign.and_then(|it| convert::uuid(it.id)))
}
