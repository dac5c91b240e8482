//! The customer writes: a request of the page becomes a webhook of the gateway.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::http::StatusCode;
use warp::reply::{Reply, Response};

use super::Page;
use crate::phone::{self, Message};

const LARGEST_REQUEST: u64 = 64 * 1024;
/// WhatsApp's own limit of a text.
const LONGEST_TEXT: usize = 4096;

#[derive(Deserialize)]
struct Written {
    tenant: String,
    jid: String,
    text: String,
    instance_id: Option<String>,
    #[serde(default)]
    sender: String,
}

pub(super) fn routes(page: Arc<Page>) -> BoxedFilter<(Response,)> {
    warp::path!("play" / "messages")
        .and(warp::post())
        .and(warp::body::content_length_limit(LARGEST_REQUEST))
        .and(warp::body::json())
        .then(move |written: Written| {
            let page = Arc::clone(&page);
            async move { post(&page, written).await }
        })
        .boxed()
}

async fn post(page: &Page, written: Written) -> Response {
    if !is_jid(&written.jid) {
        return problem(StatusCode::BAD_REQUEST, "Неверный номер клиента");
    }
    let length = written.text.chars().count();
    if written.text.trim().is_empty() || length > LONGEST_TEXT {
        return problem(StatusCode::BAD_REQUEST, "Сообщение должно быть от 1 до 4096 знаков");
    }
    let Some(secret) = (page.setup.secrets)(&written.tenant) else {
        return problem(StatusCode::NOT_FOUND, "Такого бизнеса здесь нет");
    };
    let message = Message {
        slug: written.tenant,
        secret,
        instance_id: written.instance_id.filter(|it| !it.is_empty()),
        jid: written.jid,
        sender: written.sender,
        text: written.text,
        message_id: phone::message_id(),
        timestamp: (page.setup.clock.now_ms() / 1000).unsigned_abs(),
    };
    let Ok(answer) = page.setup.phone.write(&message).await else {
        return problem(StatusCode::BAD_GATEWAY, "Ответчик не отвечает");
    };
    page.posted.send_modify(|it| *it += 1);
    if answer.status == 200 && answer.body["success"] == Value::Bool(true) {
        return warp::reply::json(&json!({"ok": true})).into_response();
    }
    let said = answer.body["message"].as_str().unwrap_or_default();
    problem(StatusCode::BAD_GATEWAY, &format!("Сообщение не принято: {} {said}", answer.status))
}

/// Only personal numbers: 5–20 digits at `s.whatsapp.net`.
pub(super) fn is_jid(text: &str) -> bool {
    text.strip_suffix("@s.whatsapp.net")
        .is_some_and(|it| (5..=20).contains(&it.len()) && it.bytes().all(|it| it.is_ascii_digit()))
}

pub(super) fn problem(status: StatusCode, message: &str) -> Response {
    let body = warp::reply::json(&json!({"ok": false, "message": message}));
    warp::reply::with_status(body, status).into_response()
}
