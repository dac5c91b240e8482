//! The page of `tenantry dev`: a chat with the tenants, the reasons beside it, the queue of people.
//!
//! * `GET /play/`: the page; its style and scripts under `/play/assets/`.
//! * `POST /play/messages`: the customer writes; goes out as a real webhook.
//! * `POST /play/clock` `{"ms"}`: the clock is moved on.
//! * `GET /play/events?tenant&jid`: everything the page shows, pushed as it changes.
//!
//! What people do in Telegram goes to the remote control of the pretended one.
//!
//! Wrap the routes in [`crate::guard::loopback_only`].

mod assets;
mod clock;
mod desk;
mod events;
mod messages;
mod pane;
mod shell;
mod view;

use std::sync::Arc;

use tokio::sync::watch;
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::http::Uri;
use warp::reply::{Reply, Response};

use crate::bench::{Bench, Ledger};
use crate::clock::Clock;
use crate::gateway::Gateway;
use crate::phone::Phone;
use crate::telegram::Telegram;

/// The webhook secret of a tenant.
pub type Secrets = dyn Fn(&str) -> Option<String> + Send + Sync;

/// What the page is built on.
pub struct Setup {
    /// Writes to the responder.
    pub phone: Phone,
    /// What reached the customers.
    pub gateway: Gateway,
    /// Where people sit.
    pub telegram: Telegram,
    /// The clock that the responder goes by.
    pub clock: Clock,
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
    let started_at_ms = setup.clock.now_ms();
    let page = Arc::new(Page { setup, started_at_ms, posted: watch::Sender::new(0) });
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
        .or(clock::routes(Arc::clone(&page)))
        .unify()
        .or(events::routes(page))
        .unify()
        .boxed()
}
