//! The one thread that writes and flushes.

use std::any::Any;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender, SyncSender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use qdrant_edge::{EdgeShard, PointId, PointInsertOperations, PointOperations, UpdateOperation};
use uuid::Uuid;

use super::keeper::Keeper;
use super::ranks::{Ranks, follow};
use super::{convert, stored_out_of_scope};
use crate::{IndexError, Point, TenantScope};

/// How long a writer waits for the owner: far above any batch and any wait for an optimiser, so only
/// a stuck disk meets it.
const DEADLINE: Duration = Duration::from_secs(60);
/// A write.
pub(super) enum Order {
    Upsert {
        scope: TenantScope,
        points: Vec<Point>,
    },
    Delete {
        scope: TenantScope,
        ids: BTreeSet<Uuid>,
    },
    Clear {
        scope: TenantScope,
    },
    /// No write: makes the tenant's ranks of what is stored.
    Rank {
        slug: String,
    },
}

impl Order {
    fn slug(&self) -> &str {
        match self {
            Self::Upsert { scope, .. } | Self::Delete { scope, .. } | Self::Clear { scope } => {
                scope.client_slug()
            }
            Self::Rank { slug } => slug,
        }
    }

    /// How many points it adds; `None` for what is no write.
    fn points(&self) -> Option<usize> {
        match self {
            Self::Upsert { points, .. } => Some(points.len()),
            Self::Delete { .. } | Self::Clear { .. } => Some(0),
            Self::Rank { .. } => None,
        }
    }
}

/// Whether the shard is flushed and optimised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Upkeep {
    /// After writes, when it has become quiet, and at the end.
    WhenQuiet,
    /// The folder is thrown away.
    Never,
}

type Reply = SyncSender<Result<(), IndexError>>;

/// The door to the thread; dropping it ends the thread.
pub(super) struct Owner {
    orders: Option<Sender<(Order, Reply)>>,
    thread: Option<JoinHandle<()>>,
}

impl Owner {
    pub(super) fn start(
        shard: Arc<EdgeShard>,
        ranks: Arc<Ranks>,
        upkeep: Upkeep,
    ) -> Result<Self, IndexError> {
        let (orders, receiver) = mpsc::channel();
        let thread = thread::Builder::new()
            .name("index-owner".to_owned())
            .spawn(move || run(&shard, &ranks, &receiver, upkeep))
            .map_err(|it| IndexError::Engine(it.to_string()))?;
        Ok(Self { orders: Some(orders), thread: Some(thread) })
    }

    /// Waits until upkeep has begun more often than `before`; returns how often.
    #[cfg(test)]
    pub(super) fn pause_for_upkeep(before: usize) -> usize {
        let deadline = std::time::Instant::now() + DEADLINE;
        loop {
            let begun = super::keeper::BEGUN.load(std::sync::atomic::Ordering::SeqCst);
            if begun > before {
                return begun;
            }
            assert!(std::time::Instant::now() < deadline, "upkeep never began");
            thread::yield_now();
        }
    }

    /// Has the owner do it some time, and does not wait.
    pub(super) fn tell(&self, order: Order) {
        let (reply, _) = mpsc::sync_channel(1);
        if let Some(orders) = &self.orders {
            // An owner that has ended says so to the next writer.
            drop(orders.send((order, reply)));
        }
    }

    /// Has the owner do it, and waits until searches see it.
    pub(super) fn order(&self, order: Order) -> Result<(), IndexError> {
        let gone = || IndexError::Engine("the owner of the index has ended".to_owned());
        let (reply, answer) = mpsc::sync_channel(1);
        self.orders.as_ref().ok_or_else(gone)?.send((order, reply)).map_err(|_| gone())?;
        match answer.recv_timeout(DEADLINE) {
            Ok(result) => result,
            Err(RecvTimeoutError::Timeout) => Err(IndexError::Deadline { seconds: DEADLINE.as_secs() }),
            Err(RecvTimeoutError::Disconnected) => Err(gone()),
        }
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        self.orders = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the owner of the index ended with a panic");
        }
    }
}

fn run(shard: &Arc<EdgeShard>, ranks: &Ranks, orders: &Receiver<(Order, Reply)>, upkeep: Upkeep) {
    let mut upkeep = Keeper::new(Arc::clone(shard), upkeep);
    loop {
        let next = match upkeep.patience() {
            None => orders.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(patience) => orders.recv_timeout(patience),
        };
        match next {
            Ok((order, reply)) => {
                let (slug, points) = (order.slug().to_owned(), order.points());
                let outcome = guarded(|| fulfil(shard, ranks, order));
                match (&outcome, points) {
                    (Err(IndexError::Engine(_)), None) => ranks.leave(&slug),
                    // Nobody knows how much of it was done.
                    (Err(IndexError::Engine(_)), Some(_)) => ranks.forget(&slug),
                    _ => {}
                }
                // The caller may have given up at its deadline; the write stands all the same.
                let _ = reply.send(outcome);
                if let Some(points) = points {
                    upkeep.written(points);
                }
            }
            Err(RecvTimeoutError::Timeout) => upkeep.quiet(),
            Err(RecvTimeoutError::Disconnected) => {
                if upkeep.end() {
                    ranks.close();
                }
                return;
            }
        }
    }
}

fn fulfil(shard: &EdgeShard, ranks: &Ranks, order: Order) -> Result<(), IndexError> {
    let update =
        |operation| shard.update(UpdateOperation::PointOperation(operation)).map_err(convert::engine_error);
    match order {
        Order::Upsert { scope, points } => {
            let ids: Vec<PointId> = points.iter().map(|it| PointId::Uuid(it.id)).collect();
            if let Some(id) = stored_out_of_scope(shard, &scope, &ids)? {
                return Err(IndexError::OutOfScope { id });
            }
            let worded = follow::worded(&points);
            let points = points.into_iter().map(|it| convert::point(it).map(Into::into));
            let points = points.collect::<Result<Vec<_>, _>>()?;
            update(PointOperations::UpsertPoints(PointInsertOperations::PointsList(points)))?;
            follow::written(ranks, shard, scope.client_slug(), worded);
        }
        Order::Delete { scope, ids } => {
            update(PointOperations::DeletePointsByFilter(convert::scope_and_ids(&scope, &ids)))?;
            follow::deleted(ranks, shard, &scope, Some(&ids));
        }
        Order::Clear { scope } => {
            update(PointOperations::DeletePointsByFilter(convert::scope_filter(&scope)))?;
            follow::deleted(ranks, shard, &scope, None);
        }
        Order::Rank { slug } => follow::gather(ranks, shard, &slug),
    }
    Ok(())
}

/// The engine panics where a disk is full or a file is damaged; that must not end the owner.
pub(super) fn guarded<T>(work: impl FnOnce() -> Result<T, IndexError>) -> Result<T, IndexError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| Err(IndexError::Engine(panic_text(&*panic))))
}

/// What a panic said.
pub(super) fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("it panicked").to_owned()
}
