//! The webhook, step by step in the order of CONTRACTS: 413, then 401, then 400.

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use runtime::{Inbound, Receipt, StoreError, crash};
use serde_json::{Map, Value};
use tracing::Instrument as _;
use warp::http::{HeaderMap, Method, StatusCode};
use warp::reply::{Reply, Response};

use super::body::{self, BodyError};
use super::query::Query;
use super::{Body, Call, errors, request_id};
use crate::Config;
use crate::engine::Engine;
use crate::inbound::{Accepted, Alias, Unverified, Verified};
use crate::limits;
use crate::secrets::Presented;
use crate::spans;
use crate::telemetry::Stage;

/// Any method on a webhook's path.
pub(crate) async fn webhook(engine: Arc<Engine>, call: Call, body: impl Body) -> Response {
    let id = request_id::of(&call.headers);
    let response = match (call.method.clone(), &call.slug) {
        (Method::POST, _) => {
            let began = Instant::now();
            let Config { body_limit, body_deadline, .. } = engine.config;
            let read = body::read(body, &call.headers, body_limit, body_deadline).await;
            crash::point("read");
            let response = deliver(&engine, call, read, &id).instrument(spans::request(&id)).await;
            crash::point("acknowledging");
            engine.telemetry.took(Stage::Ack, began.elapsed());
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
    let counted = |slug: &str, outcome| {
        engine.telemetry.count("tenantry_webhook_total", &[("tenant", slug), ("outcome", outcome)]);
    };
    match verify(engine, &call, body) {
        Ok((verified, payload)) => {
            crash::point("verified");
            let (outcome, response) = take(engine, &verified, payload, &call.query, request_id).await;
            counted(verified.tenant().slug(), outcome);
            response
        }
        Err(refusal) => {
            counted("", refusal.outcome());
            refusal.response()
        }
    }
}

/// Why a call is not believed.
#[derive(Clone, Copy)]
enum Refusal {
    Body(BodyError),
    Envelope,
    Unauthorized,
}

impl Refusal {
    /// A word for metrics.
    fn outcome(self) -> &'static str {
        match self {
            Self::Body(BodyError::TooLarge) => "too_large",
            Self::Body(BodyError::Broken) => "broken",
            Self::Envelope => "unparseable",
            Self::Unauthorized => "unauthorized",
        }
    }

    fn response(self) -> Response {
        match self {
            Self::Body(BodyError::TooLarge) => {
                errors::failure(StatusCode::PAYLOAD_TOO_LARGE, "Payload too large")
            }
            Self::Body(BodyError::Broken) => errors::failure(StatusCode::BAD_REQUEST, "Invalid JSON payload"),
            Self::Envelope => errors::failure(StatusCode::BAD_REQUEST, "Invalid webhook payload"),
            Self::Unauthorized => errors::unauthorized(),
        }
    }
}

/// The tenant that the call has the secret of, and the payload unless it is not JSON.
fn verify(
    engine: &Engine,
    call: &Call,
    body: Result<Bytes, BodyError>,
) -> Result<(Verified, Option<Map<String, Value>>), Refusal> {
    let body = body.map_err(Refusal::Body)?;
    let presented = presented(&call.headers, &call.query);
    let snapshot = engine.live.load();
    match &call.slug {
        Some(slug) => {
            let verified = Unverified { slug, presented }.verify(&snapshot).ok_or(Refusal::Unauthorized)?;
            Ok((verified, object(&body)))
        }
        None => {
            // The slug stands in the body, so an unreadable body has to come first here.
            let (slug, payload) = envelope(&body).ok_or(Refusal::Envelope)?;
            let verified = Unverified { slug: &slug, presented }.verify(&snapshot);
            Ok((verified.ok_or(Refusal::Unauthorized)?, Some(payload)))
        }
    }
}

/// Does what a verified call asks for.
async fn take(
    engine: &Engine,
    verified: &Verified,
    payload: Option<Map<String, Value>>,
    query: &Query,
    request_id: &str,
) -> (&'static str, Response) {
    let Some(payload) = payload else {
        return ("unparseable", errors::failure(StatusCode::BAD_REQUEST, "Invalid JSON payload"));
    };
    match verified.read(&payload, query.instance(), request_id, engine.now_ms()) {
        Err(_) => ("no_sender", errors::failure(StatusCode::BAD_REQUEST, "Missing metadata.remoteJid")),
        Ok(Accepted::Ignored(kind)) => (kind.code(), errors::answer(true, "Ignored", None)),
        Ok(Accepted::Echo(echo)) => ("echo", note_echo(engine, echo).await),
        Ok(Accepted::Message(message, alias)) => {
            let message = named(engine, message, alias).await;
            store(engine, verified, message).await
        }
    }
}

/// The header wins over the query; a call without either, or with several that differ, presents
/// nothing.
fn presented(headers: &HeaderMap, query: &Query) -> Presented {
    let given = headers.get_all("x-webhook-secret").iter().map(|it| it.as_bytes().trim_ascii());
    let mut given = given.filter(|it| !it.is_empty());
    match given.next() {
        Some(secret) if given.all(|it| it == secret) => Presented::new(secret),
        Some(_) => Presented::new(b""),
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

/// The message by the name under which it was taken in a moment ago, if it was. Whoever cannot look takes
/// it for new.
async fn named(engine: &Engine, mut message: Inbound, alias: Option<Alias>) -> Inbound {
    let Some(Alias { message_id, since_ms }) = alias else { return message };
    let (slug, instance_id, id) = (message.slug.clone(), message.instance_id.clone(), message_id.clone());
    match engine.with_state(move |state| state.has_seen(&slug, &instance_id, &id, since_ms)).await {
        Ok(true) => message.message_id = message_id,
        Ok(false) => {}
        Err(error) => engine.store_failed("has_seen", &error),
    }
    message
}

async fn store(engine: &Engine, verified: &Verified, message: Inbound) -> (&'static str, Response) {
    let tenant = verified.tenant();
    let month = message.month.clone();
    crash::point("before_store");
    let receipt = match engine.take_in(message).await {
        Ok(receipt) => receipt,
        Err(error) => return ("unavailable", cannot_store(engine, &error)),
    };
    crash::point("stored");
    let (word, conversation_id) = match &receipt {
        Receipt::Stored { conversation_id, .. } => ("Accepted", conversation_id),
        Receipt::Duplicate { conversation_id } => ("Duplicate message_id", conversation_id),
    };
    tracing::info!(
        tenant.slug = %tenant.slug(), conversation.id = %conversation_id, "message stored: {word}"
    );
    if tenant.is_suspended() {
        // Told once for each release that suspends: a client suspended anew is told anew.
        let key = format!("suspended:{}:{}", tenant.slug(), tenant.release_id());
        engine.tell_owner(tenant.slug(), "suspended", key).await;
        return ("suspended", errors::answer(false, "Client suspended", Some(conversation_id)));
    }
    match &receipt {
        Receipt::Stored { messages_in, .. } => {
            engine.arrived.notify_one();
            limits::note(engine, tenant, &month, *messages_in).await;
            crash::point("counted");
            ("accepted", errors::answer(true, word, Some(conversation_id)))
        }
        Receipt::Duplicate { .. } => ("duplicate", errors::answer(true, word, Some(conversation_id))),
    }
}

async fn note_echo(engine: &Engine, echo: Inbound) -> Response {
    let slug = echo.slug.clone();
    crash::point("before_echo");
    match engine.with_state(move |state| state.record_echo(&echo)).await {
        Ok(ours) => {
            crash::point("echo_noted");
            let who = if ours { "ours" } else { "a person's" };
            if !ours {
                engine.ring_desk();
            }
            tracing::info!(tenant.slug = %slug, "echo noted: {who}");
            errors::answer(true, "Ignored", None)
        }
        Err(error) => cannot_store(engine, &error),
    }
}

fn cannot_store(engine: &Engine, error: &StoreError) -> Response {
    tracing::error!("message is not stored, the gateway is told to come back");
    engine.store_failed("inbound", error);
    errors::failure(StatusCode::SERVICE_UNAVAILABLE, "Temporarily unavailable")
}
