//! Everything the page shows, pushed as server-sent events when it changes: `bench`,
//! `clock`, `desk` (Telegram), `conversation`, `requests`, and `trouble` when the store cannot be read.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use futures_util::Stream;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::reply::{Reply, Response};
use warp::sse::Event;

use super::{Page, desk, messages, view};
use crate::bench::{Bench, LedgerError};

/// A silent turn and a hand-over announce themselves to nobody, so the store is also read this
/// often while a page is open.
const TICK: Duration = Duration::from_millis(400);
/// Browsers wait this long before they connect again.
const RETRY: Duration = Duration::from_millis(700);

#[derive(Deserialize)]
struct Watched {
    #[serde(default)]
    tenant: String,
    #[serde(default)]
    jid: String,
}

pub(super) fn routes(page: Arc<Page>) -> BoxedFilter<(Response,)> {
    warp::path!("play" / "events")
        .and(warp::get())
        .and(warp::query())
        .map(move |watched: Watched| {
            let events = stream(Feed::new(Arc::clone(&page), watched));
            warp::sse::reply(warp::sse::keep_alive().stream(events)).into_response()
        })
        .boxed()
}

/// One open page: what it watches and what it has been told.
struct Feed {
    page: Arc<Page>,
    watched: Watched,
    bench: watch::Receiver<Bench>,
    calls: watch::Receiver<u64>,
    posted: watch::Receiver<u64>,
    telegram: watch::Receiver<u64>,
    clock: watch::Receiver<i64>,
    /// What is on the bench or in Telegram may be other than was told.
    is_stale: bool,
    ready: VecDeque<Event>,
    told: [String; 6],
}

/// The events by name; the place is the one in [`Feed::told`].
const NAMES: [&str; 6] = ["bench", "conversation", "requests", "trouble", "desk", "clock"];

fn stream(feed: Feed) -> impl Stream<Item = Result<Event, Infallible>> {
    futures_util::stream::unfold(feed, |mut feed| async move {
        loop {
            if let Some(event) = feed.ready.pop_front() {
                return Some((Ok(event), feed));
            }
            feed.look().await;
            if feed.ready.is_empty() && !feed.wait().await {
                return None;
            }
        }
    })
}

impl Feed {
    fn new(page: Arc<Page>, watched: Watched) -> Self {
        let bench = page.setup.bench.clone();
        let calls = page.setup.gateway.watch();
        let posted = page.posted.subscribe();
        let (telegram, clock) = (page.setup.telegram.watch(), page.setup.clock.watch());
        let ready = VecDeque::from([Event::default().retry(RETRY).comment("hello")]);
        let told = Default::default();
        Self { page, watched, bench, calls, posted, telegram, clock, is_stale: true, ready, told }
    }

    /// Waits for something new; false when the workbench is gone.
    async fn wait(&mut self) -> bool {
        tokio::select! {
            changed = self.bench.changed() => {
                self.is_stale = true;
                changed.is_ok()
            }
            _ = self.telegram.changed() => {
                self.is_stale = true;
                true
            }
            _ = self.calls.changed() => true,
            _ = self.posted.changed() => true,
            _ = self.clock.changed() => true,
            () = tokio::time::sleep(TICK) => true,
        }
    }

    /// Queues an event for everything that differs from what was told.
    async fn look(&mut self) {
        let ahead_ms = *self.clock.borrow_and_update();
        self.tell(5, &serde_json::json!({ "ahead_ms": ahead_ms }));
        if self.is_stale {
            self.is_stale = false;
            let bench = self.bench.borrow().clone();
            self.tell(0, &bench);
            let page = Arc::clone(&self.page);
            self.tell(4, &desk::shown(&bench, &self.watched.tenant, &page.setup.telegram));
        }
        if !messages::is_jid(&self.watched.jid) {
            return;
        }
        match self.read().await {
            Ok((conversation, requests)) => {
                self.tell(1, &conversation);
                self.tell(2, &requests);
                self.told[3].clear();
            }
            Err(error) => self.tell(3, &error.to_string()),
        }
    }

    async fn read(&self) -> Result<(view::Conversation, Vec<crate::bench::Request>), LedgerError> {
        let page = Arc::clone(&self.page);
        let (tenant, jid) = (self.watched.tenant.clone(), self.watched.jid.clone());
        let read = tokio::task::spawn_blocking(move || {
            let stored = page.setup.ledger.conversation(&tenant, &jid)?;
            let delivered = page.setup.gateway.delivered_to(&jid);
            let conversation = view::conversation(stored, &delivered, page.started_at_ms);
            Ok((conversation, page.setup.ledger.requests(&tenant)?))
        });
        read.await.unwrap_or_else(|_| Err(LedgerError("reading was interrupted".to_owned())))
    }

    fn tell(&mut self, which: usize, what: &impl Serialize) {
        let text = serde_json::to_string(what).expect("string keys and finite numbers always serialise");
        if self.told[which] != text {
            self.ready.push_back(Event::default().event(NAMES[which]).data(text.clone()));
            self.told[which] = text;
        }
    }
}
