//! The engine for many machines: a Qdrant server, spoken to over gRPC.

mod address;
mod collection;
mod convert;
mod retry;
#[cfg(test)]
mod standin;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use qdrant_client::qdrant::{
    CountPointsBuilder, DeletePointsBuilder, Filter, GetPointsBuilder, PointId, ScrollPointsBuilder,
    UpsertPointsBuilder,
};
use qdrant_client::{Qdrant, QdrantError};
use secrecy::ExposeSecret as _;
use tonic::Code;
use uuid::Uuid;

use crate::line::{Cut, Line};
use crate::port::{check_scope, check_sizes, recheck};
use crate::{IndexError, Layout, Point, Query, RawHit, TenantScope, VectorIndex};
pub use address::ServerAddress;
use retry::patiently;

/// How long a new connection may take.
const CONNECT: Duration = Duration::from_secs(3);
/// How long the server may take for one call.
const CALL: Duration = Duration::from_secs(10);
/// How long a search may take with everything: a customer is waiting, and facts answer without it.
const SEARCH: Duration = Duration::from_secs(3);
/// How long everything else may take with all that is tried again.
const WORK: Duration = Duration::from_secs(60);
/// How many ids one page of a scan holds.
const PAGE: u32 = 10_000;

/// An index on a Qdrant server. Cheap to share, safe to use from any thread.
pub struct ServerIndex {
    line: Line,
    client: Qdrant,
    server: String,
    layout: Layout,
    collection: String,
    /// The collection is there and of the right shape.
    prepared: AtomicBool,
    foreign: AtomicU64,
}

impl ServerIndex {
    /// Connects, makes the collection of this layout where it is missing, and checks it.
    ///
    /// # Errors
    /// [`IndexError::Unreachable`], [`IndexError::TooOld`], [`IndexError::Unauthorized`] and
    /// [`IndexError::Collection`].
    pub fn open(address: &ServerAddress, layout: Layout) -> Result<Self, IndexError> {
        let index = Self::dial(address, layout)?;
        index.prepare(WORK)?;
        Ok(index)
    }

    /// As [`ServerIndex::open`], except that nobody waits longer than `patience` for a server that is
    /// away or hangs: the collection is then made and checked by the first call that writes or scans.
    ///
    /// # Errors
    /// As for [`ServerIndex::open`], without [`IndexError::Unreachable`].
    pub fn open_within(
        address: &ServerAddress,
        layout: Layout,
        patience: Duration,
    ) -> Result<Self, IndexError> {
        let index = Self::dial(address, layout)?;
        match index.prepare(patience) {
            Err(error) if error.is_away() => {
                tracing::error!(server = index.server, %error, "the index is not there yet, only facts answer");
            }
            prepared => prepared?,
        }
        Ok(index)
    }

    /// Connects to look at the collection of this layout, within `deadline` for each call: makes
    /// nothing. `None` where the collection is missing.
    ///
    /// # Errors
    /// As for [`ServerIndex::open`].
    pub fn open_made(
        address: &ServerAddress,
        layout: Layout,
        deadline: Duration,
    ) -> Result<Option<Self>, IndexError> {
        let index = Self::dial(address, layout)?;
        let version = index.work(deadline, async |client| client.health_check().await)?.version;
        collection::old_enough(&index.server, &version)?;
        let name = index.collection.clone();
        let exists =
            index.work(deadline, async move |client| client.collection_exists(name.as_str()).await)?;
        if !exists {
            return Ok(None);
        }
        let (client, layout) = (index.client.clone(), index.layout.clone());
        index.run(deadline, async move || collection::check(&client, &layout).await)??;
        Ok(Some(index))
    }

    /// Nothing is called yet.
    fn dial(address: &ServerAddress, layout: Layout) -> Result<Self, IndexError> {
        let mut config = Qdrant::from_url(address.uri())
            .timeout(CALL)
            .connect_timeout(CONNECT)
            .skip_compatibility_check()
            .keep_alive_while_idle();
        if let Some(key) = address.key() {
            config.set_api_key(key.expose_secret());
        }
        let client = config.build().map_err(|it| IndexError::Address(it.to_string()))?;
        let line = Line::open("qdrant").map_err(|it| IndexError::Engine(it.to_string()))?;
        let (server, collection) = (address.to_string(), collection::name(&layout));
        let (prepared, foreign) = (AtomicBool::new(false), AtomicU64::new(0));
        Ok(Self { line, client, server, layout, collection, prepared, foreign })
    }

    /// The collection it works on.
    #[must_use]
    pub fn collection(&self) -> &str {
        &self.collection
    }

    /// Collections of other layouts that an earlier setting left behind, by name.
    ///
    /// # Errors
    /// Those of the outside.
    pub fn left_behind(&self) -> Result<Vec<String>, IndexError> {
        let found = self.work(WORK, async |client| client.list_collections().await)?;
        let names = found.collections.into_iter().map(|it| it.name);
        let mut others: Vec<String> =
            names.filter(|it| it.starts_with("tenantry-lexical-") && *it != self.collection).collect();
        others.sort();
        Ok(others)
    }

    /// Makes and checks the collection unless that was done.
    fn prepare(&self, patience: Duration) -> Result<(), IndexError> {
        if self.prepared.load(Ordering::Acquire) {
            return Ok(());
        }
        let version = self.work(patience, async |client| client.health_check().await)?.version;
        collection::old_enough(&self.server, &version)?;
        let layout = self.layout.clone();
        let client = self.client.clone();
        self.run(patience, async move || {
            collection::make(&client, &layout).await?;
            collection::check(&client, &layout).await
        })??;
        self.prepared.store(true, Ordering::Release);
        Ok(())
    }

    /// Asks the server, and checks what it returns once more.
    fn ask(
        &self,
        scope: &TenantScope,
        query: &Query<'_>,
        request: qdrant_client::qdrant::QueryPoints,
    ) -> Result<Vec<RawHit>, IndexError> {
        let found = self.work(SEARCH, async move |client| client.query(request.clone()).await)?.result;
        let mut hits = found.iter().map(convert::hit).collect::<Result<Vec<_>, _>>()?;
        let foreign = recheck(scope, query.only, &mut hits);
        if foreign > 0 {
            self.foreign.fetch_add(foreign, Ordering::Relaxed);
            let slug = scope.client_slug();
            tracing::error!(tenant.slug = slug, foreign, "the server returned hits of others, dropped");
        }
        Ok(hits)
    }

    fn delete_by(&self, filter: Filter) -> Result<(), IndexError> {
        let collection = self.collection.clone();
        let request = DeletePointsBuilder::new(collection).points(filter).wait(true);
        self.work(WORK, async move |client| client.delete_points(request.clone()).await)?;
        Ok(())
    }

    /// A point already stored under one of these ids whose payload lies outside of the scope.
    fn stored_out_of_scope(
        &self,
        scope: &TenantScope,
        ids: Vec<PointId>,
    ) -> Result<Option<Uuid>, IndexError> {
        let request = GetPointsBuilder::new(self.collection.clone(), ids)
            .with_payload(convert::scope_fields())
            .with_vectors(false);
        let found = self.work(WORK, async move |client| client.get_points(request.clone()).await)?.result;
        let foreign = found.iter().find(|it| {
            let (slug, tag) = convert::owner_of(&it.payload);
            !scope.admits(slug, tag)
        });
        foreign.map(|it| convert::uuid(it.id.as_ref())).transpose()
    }

    /// Calls the server patiently within a deadline.
    fn work<T, W>(&self, deadline: Duration, call: W) -> Result<T, IndexError>
    where
        T: Send + 'static,
        W: AsyncFn(&Qdrant) -> Result<T, QdrantError> + Send + 'static,
    {
        let client = self.client.clone();
        self.run(deadline, async move || patiently(async || call(&client).await).await)
    }

    fn run<T: Send + 'static>(
        &self,
        deadline: Duration,
        work: impl AsyncFnOnce() -> Result<T, QdrantError> + Send + 'static,
    ) -> Result<T, IndexError> {
        match self.line.run(deadline, work) {
            Ok(outcome) => outcome.map_err(|it| self.failure(&it)),
            Err(Cut::Late) => Err(IndexError::Deadline { seconds: deadline.as_secs() }),
            Err(Cut::Broken) => Err(IndexError::Engine("a call of the Qdrant client panicked".to_owned())),
        }
    }

    fn failure(&self, error: &QdrantError) -> IndexError {
        let server = self.server.clone();
        match error {
            QdrantError::ResponseError { status } => match status.code() {
                Code::Unauthenticated | Code::PermissionDenied => IndexError::Unauthorized { server },
                Code::Unavailable | Code::DeadlineExceeded | Code::Cancelled => {
                    IndexError::Unreachable { server, reason: status.message().to_owned() }
                }
                Code::Internal if status.message().contains("connect") => IndexError::Unreachable {
                    server,
                    reason: "the connection is refused or broken".to_owned(),
                },
                code => IndexError::Engine(format!("{code:?}: {}", status.message())),
            },
            other => IndexError::Engine(other.to_string()),
        }
    }
}

impl VectorIndex for ServerIndex {
    fn upsert(&self, scope: &TenantScope, points: Vec<Point>) -> Result<(), IndexError> {
        check_scope(scope, &points)?;
        check_sizes(self.layout.size(), &points)?;
        if points.is_empty() {
            return Ok(());
        }
        self.prepare(WORK)?;
        let ids = points.iter().map(|it| convert::id(&it.id)).collect();
        if let Some(id) = self.stored_out_of_scope(scope, ids)? {
            return Err(IndexError::OutOfScope { id });
        }
        let points: Vec<_> = points.into_iter().map(convert::point).collect();
        let request = UpsertPointsBuilder::new(self.collection.clone(), points).wait(true);
        self.work(WORK, async move |client| client.upsert_points(request.clone()).await)?;
        Ok(())
    }

    fn search(&self, scope: &TenantScope, query: &Query<'_>) -> Result<Vec<RawHit>, IndexError> {
        if query.limit == 0 || query.only.is_empty() {
            return Ok(Vec::new());
        }
        match convert::query(&self.collection, scope, query) {
            Some(request) => self.ask(scope, query, request),
            None => Ok(Vec::new()),
        }
    }

    fn delete(&self, scope: &TenantScope, ids: &BTreeSet<Uuid>) -> Result<(), IndexError> {
        if ids.is_empty() { Ok(()) } else { self.delete_by(convert::scope_and_ids(scope, ids)) }
    }

    fn clear(&self, scope: &TenantScope) -> Result<(), IndexError> {
        self.delete_by(convert::scope_filter(scope))
    }

    fn ids(&self, scope: &TenantScope) -> Result<BTreeSet<Uuid>, IndexError> {
        self.prepare(WORK)?;
        let mut out = BTreeSet::new();
        let mut offset: Option<PointId> = None;
        loop {
            let mut request = ScrollPointsBuilder::new(self.collection.clone())
                .filter(convert::scope_filter(scope))
                .limit(PAGE)
                .with_payload(false)
                .with_vectors(false);
            if let Some(offset) = offset {
                request = request.offset(offset);
            }
            let page = self.work(WORK, async move |client| client.scroll(request.clone()).await)?;
            for point in &page.result {
                out.insert(convert::uuid(point.id.as_ref())?);
            }
            match page.next_page_offset {
                Some(next) => offset = Some(next),
                None => return Ok(out),
            }
        }
    }

    fn count(&self, scope: &TenantScope) -> Result<usize, IndexError> {
        let filter = convert::scope_filter(scope);
        let request = CountPointsBuilder::new(self.collection.clone()).filter(filter).exact(true);
        let found = self.work(WORK, async move |client| client.count(request.clone()).await)?;
        let count = found.result.map_or(0, |it| it.count);
        usize::try_from(count).map_err(|it| IndexError::Engine(it.to_string()))
    }

    fn foreign_hits(&self) -> u64 {
        self.foreign.load(Ordering::Relaxed)
    }
}

impl std::fmt::Debug for ServerIndex {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ServerIndex({} at {})", self.collection, self.server)
    }
}
