//! The listener: our own accept loop around the routes, because a slow client must not hold a
//! connection for ever and a shutdown must not wait for one for ever.

use std::convert::Infallible;
use std::future::Future;
use std::time::Duration;

use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use warp::Filter;
use warp::http::HeaderMap;
use warp::reject::Rejection;
use warp::reply::Response;

use super::{Routes, errors, request_id};

/// A client has this long to send the head of a request; an idle connection is closed after it.
const HEAD_DEADLINE: Duration = Duration::from_secs(75);
/// Requests under way have this long to end after the shutdown.
const DRAIN: Duration = Duration::from_secs(10);

/// Serves `routes` until `shutdown` completes, then closes the listener and lets requests under way
/// end. Paths that no route knows get a JSON 404, and every answer an `x-request-id`.
pub async fn serve(listener: TcpListener, routes: Routes, shutdown: impl Future<Output = ()> + Send) {
    let service = TowerToHyperService::new(warp::service(finished(routes)));
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_DEADLINE);
    builder.http2().timer(TokioTimer::new()).keep_alive_interval(Some(HEAD_DEADLINE));
    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            () = &mut shutdown => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) => {
                // Answers are small: waiting for more to send would only add latency.
                drop(stream.set_nodelay(true));
                let connection = builder.serve_connection(TokioIo::new(stream), service.clone()).into_owned();
                let connection = graceful.watch(connection);
                connections.spawn(async move {
                    if connection.await.is_err() {
                        tracing::debug!("connection ended early");
                    }
                });
            }
            Err(error) => {
                tracing::warn!(%error, "connection was not accepted");
                // Out of file descriptors, most likely: waiting lets others end.
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
        while connections.try_join_next().is_some() {}
    }
    drop(listener);
    if tokio::time::timeout(DRAIN, graceful.shutdown()).await.is_err() {
        tracing::warn!("requests under way did not end in time");
    }
    connections.shutdown().await;
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
