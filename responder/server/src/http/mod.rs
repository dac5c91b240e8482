//! The HTTP doors. Paths and answers as CONTRACTS 3 has them.

mod body;
mod errors;
mod files;
mod handlers;
mod pace;
mod query;
mod request_id;
mod serve;
mod updates;

use std::sync::Arc;

use bytes::Buf;
use futures_util::Stream;
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::http::{HeaderMap, Method};
use warp::reply::Response;

use crate::engine::Engine;
use crate::health;
use query::Query;

pub use serve::{Limits, serve, serve_within};

/// Routes that can be served or combined with others by `or`.
pub type Routes = BoxedFilter<(Response,)>;

/// Webhooks, files, health, readiness, version and metrics.
pub(crate) fn routes(engine: &Arc<Engine>) -> Routes {
    let by_path = warp::path!("webhook" / String).map(Some);
    let legacy = warp::path!("webhook").map(|| None);
    let shared = Arc::clone(engine);
    let webhook = by_path
        .or(legacy)
        .unify()
        .and(warp::method())
        .and(warp::header::headers_cloned())
        .and(query())
        .and(warp::body::stream())
        .then(move |slug, method, headers, query, body| {
            handlers::webhook(Arc::clone(&shared), Call { slug, method, headers, query }, body)
        });
    webhook
        .or(telegram(engine))
        .unify()
        .or(files(engine))
        .unify()
        .or(operations(Arc::clone(engine)))
        .unify()
        .boxed()
}

/// What Telegram delivers.
fn telegram(engine: &Arc<Engine>) -> Routes {
    let engine = Arc::clone(engine);
    warp::path!("telegram" / String)
        .and(warp::method())
        .and(warp::header::headers_cloned())
        .and(warp::body::stream())
        .then(move |bot: String, method, headers, body| {
            updates::deliver(Arc::clone(&engine), (bot, method, headers), body)
        })
        .boxed()
}

/// What people send to customers, for the gateway to fetch; a name may follow.
fn files(engine: &Arc<Engine>) -> Routes {
    let engine = Arc::clone(engine);
    let named = warp::path!("media" / String / String).map(|pass, _| pass);
    let bare = warp::path!("media" / String);
    named
        .or(bare)
        .unify()
        .and(warp::method())
        .and(warp::header::headers_cloned())
        .then(move |pass, method, headers| files::give(Arc::clone(&engine), pass, method, headers))
        .boxed()
}

/// A webhook call without its body.
pub(crate) struct Call {
    /// From the path; absent on the legacy route.
    pub(crate) slug: Option<String>,
    pub(crate) method: Method,
    pub(crate) headers: HeaderMap,
    pub(crate) query: Query,
}

fn query() -> impl Filter<Extract = (Query,), Error = std::convert::Infallible> + Clone {
    let raw = warp::query::raw().or(warp::any().map(String::new)).unify();
    raw.map(|raw: String| Query::parse(&raw))
}

fn operations(engine: Arc<Engine>) -> Routes {
    let read = warp::get().or(warp::head()).unify();
    let with = move || {
        let engine = Arc::clone(&engine);
        warp::any().map(move || Arc::clone(&engine))
    };
    let healthz = warp::path!("healthz").and(read).map(health::healthz);
    let readyz = warp::path!("readyz").and(read).and(with()).then(health::readyz);
    let version = warp::path!("version").and(read).map(health::version);
    let metrics = warp::path!("metrics").and(read).and(with()).map(health::metrics);
    healthz.or(readyz).unify().or(version).unify().or(metrics).unify().boxed()
}

/// A body as warp streams it.
pub(crate) trait Body: Stream<Item = Result<Self::Chunk, warp::Error>> + Send + 'static {
    /// A piece of it.
    type Chunk: Buf + Send;
}

impl<S, B> Body for S
where
    S: Stream<Item = Result<B, warp::Error>> + Send + 'static,
    B: Buf + Send,
{
    type Chunk = B;
}
