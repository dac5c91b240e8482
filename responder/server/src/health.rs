//! How the responder is, for whoever operates it. Slugs and words only.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;
use warp::http::StatusCode;
use warp::reply::{Reply, Response};

use crate::care;
use crate::engine::Engine;
use crate::tenant::Readiness;

/// Alive.
pub(crate) fn healthz() -> Response {
    warp::reply::json(&serde_json::json!({"ok": true})).into_response()
}

#[derive(Serialize)]
struct Version {
    version: &'static str,
    format: u32,
}

/// Which build this is and which format of releases it reads.
pub(crate) fn version() -> Response {
    warp::reply::json(&Version { version: env!("CARGO_PKG_VERSION"), format: format::FORMAT }).into_response()
}

#[derive(Serialize)]
struct Ready {
    ready: bool,
    store: bool,
    /// Why it is not ready.
    reasons: Vec<&'static str>,
    /// Neighbours that are left alone for now: it serves without them.
    degraded: Vec<&'static str>,
    tenants: BTreeMap<String, TenantReady>,
}

#[derive(Serialize)]
struct TenantReady {
    ready: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    release: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reasons: Vec<String>,
}

/// Whether this replica can take messages. One bad tenant does not make it unready for the others.
pub(crate) async fn readyz(engine: Arc<Engine>) -> Response {
    let store = engine.with_state(|state| state.next_due()).await;
    if let Err(error) = &store {
        engine.store_failed("ready", error);
    }
    let snapshot = engine.live.load_full();
    let mut tenants: BTreeMap<String, TenantReady> = snapshot
        .tenants
        .iter()
        .filter(|(_, it)| !it.is_deleted())
        .map(|(slug, it)| {
            let (ready, reasons) = match it.readiness() {
                Readiness::Ready => (true, Vec::new()),
                Readiness::Degraded(reasons) => (true, reasons.clone()),
                Readiness::Unready(reasons) => (false, reasons.clone()),
            };
            (slug.clone(), TenantReady { ready, release: Some(it.release_id().to_owned()), reasons })
        })
        .collect();
    tenants.extend(snapshot.unreadable.iter().map(|(slug, why)| {
        (slug.clone(), TenantReady { ready: false, release: None, reasons: vec![why.clone()] })
    }));
    let not = [
        ("store", store.is_err()),
        ("loading", !snapshot.loaded),
        ("no_release", snapshot.loaded && tenants.is_empty()),
        ("draining", engine.is_stopping()),
    ];
    let reasons: Vec<_> = not.into_iter().filter(|(_, holds)| *holds).map(|(word, _)| word).collect();
    let ready = reasons.is_empty();
    let degraded = degraded(&engine);
    let body = warp::reply::json(&Ready { ready, store: store.is_ok(), reasons, degraded, tenants });
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    warp::reply::with_status(body, status).into_response()
}

/// What it serves without: neighbours that are left alone, and an embedder whose embeddings have no
/// place in the index, because it could not be asked for their size at the start.
fn degraded(engine: &Engine) -> Vec<&'static str> {
    let mut degraded: Vec<_> = engine.outside.open().collect();
    if engine.embedder.is_some() && !engine.shelf.is_embedded() && !degraded.contains(&care::EMBEDDER) {
        degraded.push(care::EMBEDDER);
    }
    degraded
}

/// Prometheus's text form.
pub(crate) fn metrics(engine: Arc<Engine>) -> Response {
    let body = engine.telemetry.render();
    warp::reply::with_header(body, "content-type", "text/plain; version=0.0.4; charset=utf-8").into_response()
}
