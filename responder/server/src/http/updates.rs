//! What Telegram delivers: the secret first, then one transaction, then 200.

use std::sync::Arc;

use serde_json::json;
use warp::http::{HeaderMap, Method, StatusCode};
use warp::reply::{Reply, Response};

use super::body::{self, BodyError};
use super::{Body, errors, request_id};
use crate::Config;
use crate::desk::{self, Knock, Received};
use crate::engine::Engine;
use crate::spans;
use tracing::Instrument as _;

/// Where Telegram shows the secret that the webhook was set with.
const SECRET: &str = "x-telegram-bot-api-secret-token";

/// Any method on a bot's path.
pub(super) async fn deliver(
    engine: Arc<Engine>,
    (bot, method, headers): (String, Method, HeaderMap),
    body: impl Body,
) -> Response {
    let id = request_id::of(&headers);
    if method != Method::POST {
        return request_id::put(errors::failure(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed"), &id);
    }
    let Config { body_limit, body_deadline, .. } = engine.config;
    let response = match body::read(body, &headers, body_limit, body_deadline).await {
        Err(BodyError::TooLarge) => errors::failure(StatusCode::PAYLOAD_TOO_LARGE, "Payload too large"),
        Err(BodyError::Broken) => errors::failure(StatusCode::BAD_REQUEST, "Invalid JSON payload"),
        Ok(body) => {
            let secret = headers.get(SECRET).map(|it| it.as_bytes().to_vec()).unwrap_or_default();
            let knock = Knock { bot_id: bot.parse().ok(), secret };
            match desk::receive(&engine, knock, &body).instrument(spans::request(&id)).await {
                Received::Taken => warp::reply::json(&json!({"ok": true})).into_response(),
                Received::Unauthorized => errors::unauthorized(),
                Received::Failed => errors::failure(StatusCode::SERVICE_UNAVAILABLE, "Try again later"),
            }
        }
    };
    request_id::put(response, &id)
}
