//! The one thread that writes, flushes and optimises.

use std::any::Any;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender, SyncSender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use qdrant_edge::{EdgeShard, PointId, PointInsertOperations, PointOperations, UpdateOperation};
use uuid::Uuid;

use super::{convert, shard, stored_out_of_scope};
use crate::{IndexError, Point, TenantScope};

/// How long a writer waits for the owner: far above any batch, so only a stuck disk meets it.
const DEADLINE: Duration = Duration::from_secs(60);
/// Upkeep waits until no order came for so long, so a burst of batches is flushed once.
const QUIET: Duration = Duration::from_millis(200);
/// …but not longer than for this many orders.
const ORDERS: usize = 64;

/// A write.
pub(super) enum Order {
    Upsert { scope: TenantScope, points: Vec<Point> },
    Delete { scope: TenantScope, ids: BTreeSet<Uuid> },
    Clear { scope: TenantScope },
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
    pub(super) fn start(shard: Arc<EdgeShard>, upkeep: Upkeep) -> Result<Self, IndexError> {
        let (orders, receiver) = mpsc::channel();
        let thread = thread::Builder::new()
            .name("index-owner".to_owned())
            .spawn(move || run(&shard, &receiver, upkeep))
            .map_err(|it| IndexError::Engine(it.to_string()))?;
        Ok(Self { orders: Some(orders), thread: Some(thread) })
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

fn run(shard: &EdgeShard, orders: &Receiver<(Order, Reply)>, upkeep: Upkeep) {
    let mut unflushed = 0;
    loop {
        let next = match unflushed {
            0 => orders.recv().map_err(|_| RecvTimeoutError::Disconnected),
            ORDERS.. => Err(RecvTimeoutError::Timeout),
            _ => orders.recv_timeout(QUIET),
        };
        match next {
            Ok((order, reply)) => {
                // The caller may have given up at its deadline; the write stands all the same.
                let _ = reply.send(guarded(|| fulfil(shard, order)));
                unflushed += usize::from(upkeep == Upkeep::WhenQuiet);
            }
            Err(ended) => {
                if unflushed > 0
                    && let Err(error) = guarded(|| keep_up(shard))
                {
                    tracing::error!(%error, "the index could not be flushed; it is synced again at the next start");
                }
                unflushed = 0;
                if ended == RecvTimeoutError::Disconnected {
                    return;
                }
            }
        }
    }
}

fn fulfil(shard: &EdgeShard, order: Order) -> Result<(), IndexError> {
    let operation = match order {
        Order::Upsert { scope, points } => {
            let ids: Vec<PointId> = points.iter().map(|it| PointId::Uuid(it.id)).collect();
            if let Some(id) = stored_out_of_scope(shard, &scope, &ids)? {
                return Err(IndexError::OutOfScope { id });
            }
            let points = points.into_iter().map(|it| convert::point(it).map(Into::into));
            let points = points.collect::<Result<Vec<_>, _>>()?;
            PointOperations::UpsertPoints(PointInsertOperations::PointsList(points))
        }
        Order::Delete { scope, ids } => {
            PointOperations::DeletePointsByFilter(convert::scope_and_ids(&scope, &ids))
        }
        Order::Clear { scope } => PointOperations::DeletePointsByFilter(convert::scope_filter(&scope)),
    };
    shard.update(UpdateOperation::PointOperation(operation)).map_err(convert::engine_error)
}

fn keep_up(shard: &EdgeShard) -> Result<(), IndexError> {
    if shard.optimize().map_err(convert::engine_error)? {
        shard::index_payload(shard).map_err(convert::engine_error)?;
    }
    shard.flush();
    Ok(())
}

/// The engine panics where a disk is full or a file is damaged; that must not end the owner.
fn guarded(work: impl FnOnce() -> Result<(), IndexError>) -> Result<(), IndexError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| Err(IndexError::Engine(panic_text(&*panic))))
}

/// What a panic said.
pub(super) fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("it panicked").to_owned()
}
