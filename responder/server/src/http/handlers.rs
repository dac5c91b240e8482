//! The webhook, step by step in the order of CONTRACTS: 413, then 401, then 400.

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use runtime::{Inbound, Receipt, StoreError};
use serde_json::{Map, Value};
use warp::http::{HeaderMap, Method, StatusCode};
use warp::reply::{Reply, Response};

use super::body::{self, BodyError};
use super::query::Query;
use super::{Body, Call, errors, request_id};
use crate::engine::Engine;
use crate::inbound::{Accepted, Unverified, Verified};
use crate::secrets::Presented;

/// Any method on a webhook's path.
pub(crate) async fn webhook(engine: Arc<Engine>, call: Call, body: impl Body) -> Response {
    let id = request_id::of(&call.headers);
    let response = match (call.method.clone(), &call.slug) {
        (Method::POST, _) => {
            let began = Instant::now();
            let limit = engine.config.body_limit;
            let read = body::read(body, &call.headers, limit).await;
            let response = deliver(&engine, call, read, &id).await;
            engine.telemetry.acknowledged(began.elapsed());
            response
        }
        (Method::GET | Method::HEAD, Some(_)) => probe(),
        _ => errors::failure(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed"),
    };
    request_id::put(response, &id)
}

/// The same for any slug: it tells nobody which tenants exist.
fn probe() -> Response {
    warp::reply::json(&serde_json::json!({"ok": true, "message": "Use POST with a JSON payload"}))
        .into_response()
}

async fn deliver(engine: &Engine, call: Call, body: Result<Bytes, BodyError>, request_id: &str) -> Response {
    let counted = |outcome: &str, slug: &str| {
        engine.telemetry.count("tenantry_webhook_total", &[("tenant", slug), ("outcome", outcome)]);
    };
    let body = match body {
        Ok(body) => body,
        Err(BodyError::TooLarge) => {
            counted("too_large", "");
            return errors::failure(StatusCode::PAYLOAD_TOO_LARGE, "Payload too large");
        }
        Err(BodyError::Broken) => {
            counted("broken", "");
            return errors::failure(StatusCode::BAD_REQUEST, "Invalid JSON payload");
        }
    };
    let presented = presented(&call.headers, &call.query);
    let snapshot = engine.live.load_full();
    let (verified, payload) = match call.slug {
        Some(slug) => {
            let Some(verified) = (Unverified { slug: &slug, presented }).verify(&snapshot) else {
                counted("unauthorized", "");
                return errors::unauthorized();
            };
            (verified, object(&body))
        }
        None => {
            // The slug stands in the body, so an unreadable body has to come first here.
            let Some((slug, payload)) = envelope(&body) else {
                counted("unparseable", "");
                return errors::failure(StatusCode::BAD_REQUEST, "Invalid webhook payload");
            };
            let Some(verified) = (Unverified { slug: &slug, presented }).verify(&snapshot) else {
                counted("unauthorized", "");
                return errors::unauthorized();
            };
            (verified, Some(payload))
        }
    };
    let slug = verified.tenant().slug();
    let Some(payload) = payload else {
        counted("unparseable", slug);
        return errors::failure(StatusCode::BAD_REQUEST, "Invalid JSON payload");
    };
    let now_ms = engine.now_ms();
    match verified.read(&payload, call.query.instance(), now_ms) {
        Err(_) => {
            counted("no_sender", slug);
            errors::failure(StatusCode::BAD_REQUEST, "Missing metadata.remoteJid")
        }
        Ok(Accepted::Ignored(kind)) => {
            counted(kind.code(), slug);
            errors::answer(true, "Ignored", None)
        }
        Ok(Accepted::Echo(echo)) => {
            counted("echo", slug);
            note_echo(engine, echo, request_id).await
        }
        Ok(Accepted::Message(message)) => {
            let (outcome, response) = store(engine, &verified, message, request_id).await;
            counted(outcome, slug);
            response
        }
    }
}

/// The header wins over the query; a call without either presents nothing.
fn presented(headers: &HeaderMap, query: &Query) -> Presented {
    let header = headers.get("x-webhook-secret").map(|it| it.as_bytes().trim_ascii());
    match header.filter(|it| !it.is_empty()) {
        Some(secret) => Presented::new(secret),
        None => query.secret().unwrap_or_else(|| Presented::new(b"")),
    }
}

fn object(body: &[u8]) -> Option<Map<String, Value>> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    serde_json::from_slice(body).ok()
}

/// The legacy route's `{"client_slug", "body": {…}}`.
fn envelope(body: &[u8]) -> Option<(String, Map<String, Value>)> {
    let payload = object(body)?;
    let slug = payload.get("client_slug")?.as_str()?.trim().to_owned();
    Some((slug, payload))
}

async fn store(
    engine: &Engine,
    verified: &Verified,
    message: Inbound,
    request_id: &str,
) -> (&'static str, Response) {
    let tenant = verified.tenant();
    let receipt = match engine.take_in(message).await {
        Ok(receipt) => receipt,
        Err(error) => return ("unavailable", cannot_store(engine, &error, request_id)),
    };
    let (word, conversation_id) = match &receipt {
        Receipt::Stored { conversation_id } => ("Accepted", conversation_id),
        Receipt::Duplicate { conversation_id } => ("Duplicate message_id", conversation_id),
    };
    tracing::info!(
        tenant.slug = %tenant.slug(), conversation.id = %conversation_id, request.id = %request_id,
        "message stored: {word}"
    );
    if tenant.is_suspended() {
        // Told once for each release that suspends: a client suspended anew is told anew.
        let key = format!("suspended:{}:{}", tenant.slug(), tenant.release_id());
        engine.tell_owner(tenant.slug(), "suspended", key).await;
        return ("suspended", errors::answer(false, "Client suspended", Some(conversation_id)));
    }
    match receipt {
        Receipt::Stored { .. } => {
            engine.arrived.notify_one();
            ("accepted", errors::answer(true, word, Some(conversation_id)))
        }
        Receipt::Duplicate { .. } => ("duplicate", errors::answer(true, word, Some(conversation_id))),
    }
}

async fn note_echo(engine: &Engine, echo: Inbound, request_id: &str) -> Response {
    let slug = echo.slug.clone();
    match engine.with_state(move |state| state.record_echo(&echo)).await {
        Ok(ours) => {
            let who = if ours { "ours" } else { "a person's" };
            tracing::info!(tenant.slug = %slug, request.id = %request_id, "echo noted: {who}");
            errors::answer(true, "Ignored", None)
        }
        Err(error) => cannot_store(engine, &error, request_id),
    }
}

fn cannot_store(engine: &Engine, error: &StoreError, request_id: &str) -> Response {
    tracing::error!(request.id = %request_id, "message is not stored, the gateway is told to come back");
    engine.store_failed("inbound", error);
    errors::failure(StatusCode::SERVICE_UNAVAILABLE, "Temporarily unavailable")
}
