//! The HTTP face of the pretend ChatFlow.

use std::collections::HashMap;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::json;
use warp::filters::BoxedFilter;
use warp::http::StatusCode;
use warp::reply::{Reply, Response};
use warp::{Filter, Rejection};

use super::{Call, Gateway, Kind, Outcome, fetch};

pub(super) fn routes(gateway: Gateway) -> BoxedFilter<(Response,)> {
    warp::path!("api" / "v1" / String)
        .and(warp::get())
        .and(warp::query::<HashMap<String, String>>())
        .and_then(move |method: String, query| {
            let gateway = gateway.clone();
            async move { send(&gateway, &method, query).await }
        })
        .boxed()
}

async fn send(
    gateway: &Gateway,
    method: &str,
    query: HashMap<String, String>,
) -> Result<Response, Rejection> {
    let (kind, needed): (_, &[&str]) = match method {
        "send-text" => (Kind::Text, &["token", "instance_id", "jid", "msg"]),
        "send-image" => (Kind::Image, &["token", "instance_id", "caption", "jid", "imageurl"]),
        "send-audio" => (Kind::Audio, &["token", "instance_id", "caption", "jid", "audiourl"]),
        "send-doc" => (Kind::Doc, &["token", "instance_id", "caption", "jid", "docurl"]),
        "send-video" => (Kind::Video, &["token", "instance_id", "caption", "jid", "videourl"]),
        _ => return Err(warp::reject::not_found()),
    };
    let value = |key: &str| query.get(key).map(String::as_str).unwrap_or_default();
    if needed.iter().any(|key| value(key).is_empty()) {
        return Ok(refusal(&format!("Parameter [{}] are required", needed.join(", "))));
    }
    if !gateway.is_known_token(value("token")) {
        return Ok(refusal("Invalid token"));
    }
    let url = if kind == Kind::Text { None } else { needed.last().map(|key| value(key).to_owned()) };
    let file = match &url {
        Some(url) => Some(fetch::fetch(url).await),
        None => None,
    };
    let outcome = gateway.take(Call {
        seq: 0,
        kind,
        instance_id: value("instance_id").to_owned(),
        jid: value("jid").to_owned(),
        text: value(if kind == Kind::Text { "msg" } else { "caption" }).to_owned(),
        url,
        file,
        msg_id: query.get("msg_id").filter(|it| !it.is_empty()).cloned(),
        at_ms: now_ms(),
        outcome: Outcome::Hung,
    });
    Ok(answer(outcome).await)
}

async fn answer(outcome: Outcome) -> Response {
    match outcome {
        Outcome::Delivered | Outcome::Repeated => {
            warp::reply::json(&json!({"success": true, "message": "Message sent successfully"}))
                .into_response()
        }
        Outcome::Refused => refusal("Instance is not connected"),
        Outcome::Failed { status } => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            warp::reply::with_status("upstream error", status).into_response()
        }
        Outcome::Dropped => {
            // A body that fails makes the server close the connection in the middle of the answer.
            let cut = std::io::Error::from(std::io::ErrorKind::ConnectionAborted);
            let body = futures_util::stream::once(async { Err::<bytes::Bytes, _>(cut) });
            warp::reply::stream(body).into_response()
        }
        Outcome::Hung => std::future::pending().await,
    }
}

/// ChatFlow answers 200 also when it refuses; only the body tells.
fn refusal(message: &str) -> Response {
    warp::reply::json(&json!({"success": false, "message": message})).into_response()
}

fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |it| it.as_millis() as u64)
}
