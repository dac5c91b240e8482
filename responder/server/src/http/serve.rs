//! The listener: our own accept loop around the routes, because a slow client must not hold a
//! connection for ever and a shutdown must not wait for one for ever.

use std::convert::Infallible;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use runtime::crash;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::time::Instant;
use warp::Filter;
use warp::http::HeaderMap;
use warp::reject::Rejection;
use warp::reply::Response;

use super::pace::Paced;
use super::{Routes, errors, request_id};

/// A head larger than this is answered 431.
const LARGEST_HEAD: usize = 64 * 1024;
/// Connections at once, where the system allows twice as many files.
const MOST_CONNECTIONS: usize = 1024;
/// A full house is told of this often at most.
const TOLD_EVERY: Duration = Duration::from_secs(60);

/// What a client may take, and how long.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Connections at once; further ones wait in the system's queue.
    pub connections: usize,
    /// From the first byte of a request, or the beginning of a connection, to the end of the head.
    pub head: Duration,
    /// How long a connection is kept without a request.
    pub idle: Duration,
    /// How long a client may take nothing of what is written to it.
    pub stalled: Duration,
    /// How long connections are still accepted once it is known that the end is near.
    pub notice: Duration,
    /// How long after that moment requests under way may take.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: most_connections(),
            head: Duration::from_secs(10),
            idle: Duration::from_secs(75),
            stalled: Duration::from_secs(30),
            notice: Duration::ZERO,
            drain: Duration::from_secs(5),
        }
    }
}

/// Half of the files this process may open, so that stores and neighbours have the rest.
fn most_connections() -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let line = limits.lines().find_map(|it| it.strip_prefix("Max open files"));
    let files: Option<usize> = line.and_then(|it| it.split_whitespace().next()?.parse().ok());
    files.map_or(MOST_CONNECTIONS, |it| (it / 2).clamp(16, MOST_CONNECTIONS))
}

/// Serves `routes` until `shutdown` completes, then closes the listener and lets requests under way
/// end. Paths that no route knows get a JSON 404, and every answer an `x-request-id`.
///
/// HTTP/1.1 only: every deadline and cap here is one of a connection.
pub async fn serve(listener: TcpListener, routes: Routes, shutdown: impl Future<Output = ()> + Send) {
    serve_within(listener, routes, Limits::default(), shutdown).await;
}

/// As [`serve`], within other limits.
pub async fn serve_within(
    listener: TcpListener,
    routes: Routes,
    limits: Limits,
    shutdown: impl Future<Output = ()> + Send,
) {
    let service = warp::service(finished(routes));
    let mut builder = Builder::new(TokioExecutor::new()).http1_only();
    builder.http1().timer(TokioTimer::new()).header_read_timeout(None).max_buf_size(LARGEST_HEAD);
    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();
    let mut door = Door::new(listener, limits.connections);
    let mut ending = std::pin::pin!(async {
        shutdown.await;
        let told = Instant::now();
        tokio::time::sleep(limits.notice).await;
        told
    });
    let told = loop {
        let (stream, place) = tokio::select! {
            told = &mut ending => break told,
            accepted = door.accept() => accepted,
        };
        crash::point("accepted");
        let paced = Paced::new(stream, limits);
        let service = TowerToHyperService::new(paced.paces(service.clone()));
        let connection = builder.serve_connection(TokioIo::new(paced), service).into_owned();
        let connection = graceful.watch(connection);
        connections.spawn(async move {
            if connection.await.is_err() {
                tracing::debug!("connection ended early");
            }
            drop(place);
        });
        while connections.try_join_next().is_some() {}
    };
    drop(door);
    if tokio::time::timeout_at(told + limits.drain, graceful.shutdown()).await.is_err() {
        tracing::warn!("requests under way did not end in time");
    }
    connections.shutdown().await;
}

/// The listener, with as many places as there may be connections.
struct Door {
    listener: TcpListener,
    places: Arc<Semaphore>,
    told: Option<Instant>,
}

impl Door {
    fn new(listener: TcpListener, places: usize) -> Self {
        Self { listener, places: Arc::new(Semaphore::new(places)), told: None }
    }

    /// The next connection for which there is a place.
    async fn accept(&mut self) -> (TcpStream, OwnedSemaphorePermit) {
        loop {
            if self.places.available_permits() == 0 && self.told.is_none_or(|it| it.elapsed() > TOLD_EVERY) {
                self.told = Some(Instant::now());
                tracing::warn!("there are as many connections as there may be, others wait");
            }
            let places = Arc::clone(&self.places);
            let place = places.acquire_owned().await.expect("nobody closes the places");
            match self.listener.accept().await {
                Ok((stream, _)) => {
                    // Answers are small: waiting for more to send would only add latency.
                    drop(stream.set_nodelay(true));
                    return (stream, place);
                }
                Err(error) => {
                    tracing::warn!(%error, "connection was not accepted");
                    // Out of file descriptors, most likely: waiting lets others end.
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }
}

/// The routes with an answer for what none of them takes, and a request id on every answer.
fn finished(routes: Routes) -> impl Filter<Extract = (Response,), Error = Infallible> + Clone + Send + Sync {
    let answered = routes
        .recover(|rejection: Rejection| async move { Ok::<_, Infallible>(errors::rejected(&rejection)) });
    warp::header::headers_cloned()
        .map(|headers: HeaderMap| request_id::of(&headers))
        .and(answered.unify())
        .map(|id: String, response: Response| request_id::put(response, &id))
}
