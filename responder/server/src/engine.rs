//! What every part of a running responder shares.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use index::Embedder;
use runtime::{
    Announcement, Inbound, OutboxRow, Receipt, Settlement, StateStore, StoreError, TurnCommit, crash,
};
use tokio::sync::{Notify, Semaphore, watch};
use uuid::Uuid;

use crate::Config;
use crate::awake::Awake;
use crate::care::Outside;
use crate::desk::{self, Bots};
use crate::leases::{Lease, Leases};
use crate::load::LoadError;
use crate::media::Ears;
use crate::outbox::Rate;
use crate::passages::Shelf;
use crate::ports::{Clock, Generator, Messenger, Transcriber};
use crate::shift::{Place, Places};
use crate::snapshot::Snapshot;
use crate::telemetry::Telemetry;
use crate::tenant::Tenant;

/// A gateway waits this long for its message to be durable; then it is told to come back.
const STORING: Duration = Duration::from_secs(10);

/// While so many gateways wait for their acknowledgement, those go first …
const CROWD: usize = 32;
/// … and no more than so many turns, and sends, are under way.
const PLACES_IN_A_CROWD: usize = 8;

/// Files that the gateway may fetch at once.
pub(crate) const FETCHED_AT_ONCE: usize = 64;

/// Keys remembered of what was told; the store remembers all.
const MOST_TOLD: usize = 10_000;

/// Configuration, doors and bells of one responder.
pub(crate) struct Engine {
    pub(crate) config: Config,
    pub(crate) state: Arc<dyn StateStore>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) live: ArcSwap<Snapshot>,
    pub(crate) telemetry: Telemetry,
    pub(crate) outside: Outside,
    pub(crate) shelf: Shelf,
    pub(crate) messenger: Arc<dyn Messenger>,
    /// Absent without a key.
    pub(crate) generator: Option<Arc<dyn Generator>>,
    /// Absent without a model for it.
    pub(crate) transcriber: Option<Arc<dyn Transcriber>>,
    /// What files are taken with.
    pub(crate) ears: Ears,
    /// Absent where search is lexical.
    pub(crate) embedder: Option<Arc<dyn Embedder>>,
    /// Ids of replies.
    pub(crate) ids: Box<dyn Fn() -> Uuid + Send + Sync>,
    /// Calls that block are made on the thread that asks: one thread simulates everything.
    pub(crate) on_this_thread: bool,
    /// What this process has told already, or found told.
    pub(crate) told: Mutex<BTreeSet<String>>,
    /// Messages on their way to the disk.
    pub(crate) arriving: AtomicUsize,
    /// Rung when a message was stored.
    pub(crate) arrived: Notify,
    /// The bots that speak for tenants.
    pub(crate) bots: Bots,
    /// Places for preparing releases, which takes a processor for milliseconds: whoever wakes a house
    /// full of tenants must leave some of it to those who knock.
    pub(crate) preparing: Semaphore,
    /// Places for files that the gateway fetches.
    pub(crate) enclosures: Arc<Semaphore>,
    /// Rung when people were asked something.
    pub(crate) asked: Notify,
    /// Rung when something is to be done in Telegram.
    pub(crate) posted: Notify,
    /// Presses of buttons under way: what they bring about is shown after their answer.
    pub(crate) presses: AtomicUsize,
    /// Rung when a person has closed a request.
    pub(crate) closed: Notify,
    /// Rung when it was decided what is learned.
    pub(crate) learned: Notify,
    /// Rung when an owner is to be told something.
    pub(crate) announced: Notify,
    /// Rung when a reply was committed that somebody is to begin to send.
    pub(crate) committed: Notify,
    /// Places for sends.
    pub(crate) sends: Places,
    /// Replies whose sends were begun by the commits of their turns.
    pub(crate) begun: Mutex<Vec<(OutboxRow, Place, Lease)>>,
    /// Numbers that are left alone for a while.
    pub(crate) rate: Rate,
    /// What this process holds.
    pub(crate) leases: Arc<Leases>,
    /// Rung when there is one.
    pub(crate) handed: Notify,
    /// No more turns are begun.
    pub(crate) stop: watch::Sender<bool>,
    /// No more replies will be committed.
    pub(crate) seal: watch::Sender<bool>,
}

impl Engine {
    /// Now, Unix milliseconds.
    pub(crate) fn now_ms(&self) -> i64 {
        self.clock.now_ms()
    }

    /// What `work` comes to, or nothing when it takes longer than this.
    pub(crate) async fn within<T>(&self, time: Duration, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            done = work => Some(done),
            () = self.clock.sleep(time) => None,
        }
    }

    /// Runs a call of the state store away from the threads that serve.
    pub(crate) async fn with_state<T: Send + 'static>(
        &self,
        call: impl FnOnce(&dyn StateStore) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let state = Arc::clone(&self.state);
        let panicked = || StoreError::Unavailable("the call panicked".to_owned());
        self.away(move || call(state.as_ref())).await.ok_or_else(panicked).flatten()
    }

    /// Runs what blocks away from the threads that serve; nothing when it panicked.
    pub(crate) async fn away<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        if self.on_this_thread { Some(work()) } else { tokio::task::spawn_blocking(work).await.ok() }
    }

    /// The tenant's release, read into memory if it was not there.
    pub(crate) async fn wake(&self, tenant: &Tenant) -> Result<Arc<Awake>, LoadError> {
        let awake = match tenant.wits().awake() {
            Some(awake) => awake,
            None => {
                let wits = Arc::clone(tenant.wits());
                // However many write to a tenant that wakes slowly, one thread is blocked by it.
                let place = wits.queue().await;
                let woken = self.away(move || {
                    let _place = place;
                    wits.wake()
                });
                let woken = woken.await;
                // A panic is a bug of ours that this tenant's release found; the others are served on.
                woken.unwrap_or(Err(LoadError::Unusable("release_panicked")))?
            }
        };
        if !awake.has_mind() {
            let _place = self.preparing.acquire().await;
            let preparing = Arc::clone(&awake);
            let prepared = self.away(move || preparing.prepare()).await;
            prepared.ok_or(LoadError::Unusable("release_panicked"))?;
        }
        Ok(awake)
    }

    /// Stores a message; returns when it is durable.
    pub(crate) async fn take_in(&self, message: Inbound) -> Result<Receipt, StoreError> {
        let slow = || Err(StoreError::Unavailable("the disk did not answer in time".to_owned()));
        let _counted = Arriving::count(&self.arriving);
        self.within(STORING, self.state.take_in(message)).await.unwrap_or_else(slow)
    }

    /// Whether so many messages come in at once that they take all there is.
    pub(crate) fn is_crowded(&self) -> bool {
        self.arriving.load(Ordering::Relaxed) >= CROWD
    }

    /// How many turns, or sends, may be under way now: a message that is acknowledged late is
    /// delivered again and makes a crowd worse.
    pub(crate) fn places(&self) -> usize {
        if self.is_crowded() { PLACES_IN_A_CROWD } else { usize::MAX }
    }

    /// Commits a turn; no thread waits for the disk.
    pub(crate) async fn commit(&self, turn: TurnCommit) -> Result<Option<OutboxRow>, StoreError> {
        if self.on_this_thread {
            return self.state.commit_turn(&turn);
        }
        self.state.commit_turn_soon(turn).await
    }

    /// Has a reply sent whose send was begun with its commit.
    pub(crate) fn hand_on(&self, row: OutboxRow, place: Place, lease: Lease) {
        self.begun.lock().unwrap_or_else(PoisonError::into_inner).push((row, place, lease));
        self.handed.notify_one();
    }

    /// The replies that were handed on.
    pub(crate) fn handed_on(&self) -> Vec<(OutboxRow, Place, Lease)> {
        std::mem::take(&mut *self.begun.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Settles a send; no thread waits for the disk.
    pub(crate) async fn settle(&self, row: &OutboxRow, settlement: &Settlement) -> Result<(), StoreError> {
        let (id, attempt, now_ms) = (&row.id, row.attempts, self.now_ms());
        if self.on_this_thread {
            return self.state.settle_send(id, attempt, settlement, now_ms);
        }
        self.state.settle_send_soon(id, attempt, settlement.clone(), now_ms).await
    }

    /// Logs and counts a failure of a store; its texts hold no values.
    pub(crate) fn store_failed(&self, call: &'static str, error: &StoreError) {
        tracing::error!(call, %error, "runtime store failed");
        self.telemetry.count("tenantry_store_failures_total", &[("call", call)]);
    }

    /// Resolves when the responder stops.
    pub(crate) fn stopping(&self) -> Stopping {
        Stopping(self.stop.subscribe())
    }

    /// Tells the owner something once for `key`: in Telegram, and counted and logged where an operator
    /// hears of it.
    pub(crate) async fn tell_owner(&self, slug: &str, what: &str, key: String) {
        self.tell_owner_of(slug, (what, ""), key).await;
    }

    /// As [`Engine::tell_owner`], of something with a name.
    pub(crate) async fn tell_owner_of(&self, slug: &str, (what, name): (&str, &str), key: String) {
        if !self.has_told(&key) {
            desk::tell(self, slug, (what, name), key).await;
        }
    }

    /// Whether this process knows that the owner has been told for this key.
    pub(crate) fn has_told(&self, key: &str) -> bool {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).contains(key)
    }

    /// Commits that the owner is told, with what tells it, unless it was before; then an operator hears
    /// of it. Whether it is told now.
    ///
    /// # Errors
    /// The store's failure: it is not told.
    pub(crate) async fn announce(&self, what: &str, told: Announcement) -> Result<bool, StoreError> {
        let (slug, key) = (told.slug.clone(), told.key.clone());
        let is_first = self.with_state(move |state| state.announce(&told)).await?;
        {
            let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
            if told.len() >= MOST_TOLD {
                told.clear();
            }
            told.insert(key);
        }
        if is_first {
            crash::point("owner_told");
            tracing::warn!(tenant.slug = %slug, what, "the owner is to be told");
            self.telemetry.count("tenantry_owner_notices_total", &[("tenant", &slug), ("what", what)]);
            self.posted.notify_one();
            self.announced.notify_one();
        }
        Ok(is_first)
    }

    /// Has everything that works for the desk look at the store now.
    pub(crate) fn ring_desk(&self) {
        for bell in [&self.asked, &self.posted, &self.closed, &self.learned, &self.announced] {
            bell.notify_one();
        }
    }

    /// Resolves when no more replies will be committed.
    pub(crate) fn sealed(&self) -> Stopping {
        Stopping(self.seal.subscribe())
    }

    /// Whether no more replies will be committed.
    pub(crate) fn is_sealed(&self) -> bool {
        *self.seal.borrow()
    }

    /// Whether the responder stops.
    pub(crate) fn is_stopping(&self) -> bool {
        *self.stop.borrow()
    }
}

/// One message on its way to the disk.
struct Arriving<'a>(&'a AtomicUsize);

impl<'a> Arriving<'a> {
    fn count(arriving: &'a AtomicUsize) -> Self {
        arriving.fetch_add(1, Ordering::Relaxed);
        Self(arriving)
    }
}

impl Drop for Arriving<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The end of a responder, to be waited for.
pub(crate) struct Stopping(watch::Receiver<bool>);

impl Stopping {
    /// Returns when the responder stops.
    pub(crate) async fn wait(&mut self) {
        // A dropped sender means the engine itself is gone.
        drop(self.0.wait_for(|stop| *stop).await);
    }
}
