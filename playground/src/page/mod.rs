//! The page of `tenantry dev`: a chat with the tenants, the reasons beside it, the queue of people.
//!
//! * `GET /play/`: the page; its style and scripts under `/play/assets/`.
//! * `POST /play/messages`: the customer writes; goes out as a real webhook.
//! * `GET /play/events?tenant&jid`: everything the page shows, pushed as it changes.
//!
//! Wrap the routes in [`crate::guard::loopback_only`].

mod assets;
mod events;
mod messages;
mod shell;
mod view;

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use tokio::sync::watch;
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::http::Uri;
use warp::reply::{Reply, Response};

use crate::bench::{Bench, Ledger};
use crate::gateway::Gateway;
use crate::phone::Phone;

/// The webhook secret of a tenant.
pub type Secrets = dyn Fn(&str) -> Option<String> + Send + Sync;

/// What the page is built on.
pub struct Setup {
    /// Writes to the responder.
    pub phone: Phone,
    /// What reached the customers.
    pub gateway: Gateway,
    /// What the responder remembers.
    pub ledger: Arc<dyn Ledger>,
    /// Webhook secrets by slug; they never reach the browser.
    pub secrets: Arc<Secrets>,
    /// What is on the workbench. When its sender goes, open pages are let go.
    pub bench: watch::Receiver<Bench>,
}

struct Page {
    setup: Setup,
    /// Replies stored before this Unix millisecond were delivered by an earlier process.
    started_at_ms: i64,
    /// Counts posted messages, so that they show at once.
    posted: watch::Sender<u64>,
}

/// `/` and everything under `/play/`.
#[must_use]
pub fn routes(setup: Setup) -> BoxedFilter<(Response,)> {
    let page = Arc::new(Page { setup, started_at_ms: now_ms(), posted: watch::Sender::new(0) });
    let home = warp::path::end().or(warp::path!("play")).unify().and(warp::get()).and(warp::path::full());
    let home = home.and_then(|path: warp::path::FullPath| async move {
        // `/play/` matches `play` too: it is the page itself.
        if path.as_str() == "/play/" {
            return Ok(shell::page());
        }
        let place = Uri::from_static("/play/");
        Ok::<_, warp::Rejection>(warp::redirect::temporary(place).into_response())
    });
    home.or(assets::routes())
        .unify()
        .or(messages::routes(Arc::clone(&page)))
        .unify()
        .or(events::routes(page))
        .unify()
        .boxed()
}

/// Unix milliseconds.
fn now_ms() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |it| it.as_millis() as i64)
}
