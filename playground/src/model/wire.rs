//! The HTTP face of the pretend model: OpenAI's request, answer and error bodies.

use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::http::StatusCode;
use warp::reply::{Reply, Response};

use super::{Mode, Model, UNKNOWN, best_sentence};

/// A message of a request, its content parts joined.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Said {
    /// `system`, `developer`, `user` or `assistant`.
    pub role: String,
    /// Its text.
    pub text: String,
}

/// A request as it came. The key is not kept.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Ask {
    /// Model id.
    pub model: String,
    /// As sent.
    pub temperature: Option<f64>,
    /// `max_completion_tokens`, or the older `max_tokens`.
    pub max_tokens: Option<u64>,
    /// The answer must be JSON of a schema.
    pub held: bool,
    /// The conversation.
    pub messages: Vec<Said>,
}

#[derive(Deserialize)]
struct Request {
    model: String,
    messages: Vec<RequestMessage>,
    temperature: Option<f64>,
    max_completion_tokens: Option<u64>,
    max_tokens: Option<u64>,
    #[serde(default)]
    stream: bool,
    #[serde(default)]
    response_format: Value,
}

#[derive(Deserialize)]
struct RequestMessage {
    role: String,
    #[serde(default)]
    content: Value,
}

const LARGEST_REQUEST: u64 = 1024 * 1024;

pub(super) fn routes(model: Model) -> BoxedFilter<(Response,)> {
    warp::path!("v1" / "chat" / "completions")
        .and(warp::post())
        .and(warp::header::optional::<String>("authorization"))
        .and(warp::body::content_length_limit(LARGEST_REQUEST))
        .and(warp::body::bytes())
        .then(move |key: Option<String>, body: bytes::Bytes| {
            let model = model.clone();
            async move { complete(&model, key.as_deref(), &body).await }
        })
        .boxed()
}

async fn complete(model: &Model, key: Option<&str>, body: &[u8]) -> Response {
    let key = key.and_then(|it| it.strip_prefix("Bearer ")).unwrap_or_default();
    if key.is_empty() || model.shared.key.as_ref().is_some_and(|it| it != key) {
        return error(StatusCode::UNAUTHORIZED, "invalid_api_key", "Incorrect API key provided.");
    }
    let request: Request = match serde_json::from_slice(body) {
        Ok(request) => request,
        Err(problem) => return error(StatusCode::BAD_REQUEST, "invalid_request", &problem.to_string()),
    };
    if request.messages.is_empty() || request.stream {
        let message = "`messages` must not be empty and `stream` is not supported here.";
        return error(StatusCode::BAD_REQUEST, "invalid_request", message);
    }
    let ask = request.into_ask();
    let mode = {
        let mut book = model.book();
        book.asked.push(ask.clone());
        book.mode.clone()
    };
    match mode {
        Mode::Honest => answer(&ask, &honest(&ask)),
        Mode::Lie(words) => answer(&ask, &words),
        Mode::Error(status) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            error(status, "server_error", "The server had an error while processing your request.")
        }
        Mode::Slow(time) => {
            tokio::time::sleep(time).await;
            answer(&ask, &honest(&ask))
        }
        Mode::Hang => std::future::pending().await,
    }
}

impl Request {
    fn into_ask(self) -> Ask {
        let messages =
            self.messages.into_iter().map(|it| Said { role: it.role, text: text_of(&it.content) }).collect();
        let max_tokens = self.max_completion_tokens.or(self.max_tokens);
        let held = self.response_format["type"] == "json_schema";
        Ask { model: self.model, temperature: self.temperature, max_tokens, held, messages }
    }
}

/// The best sentence, in the shape that this product's prompts ask for where a schema is sent.
fn honest(ask: &Ask) -> String {
    let sentence = best_sentence(&ask.messages);
    if !ask.held {
        return sentence;
    }
    let answer = (sentence != UNKNOWN).then_some(sentence);
    json!({"answer": answer, "passages": []}).to_string()
}

/// Content is a string, or a list of parts of which the texts count.
fn text_of(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => {
            parts.iter().filter_map(|it| it["text"].as_str()).collect::<Vec<_>>().join("\n")
        }
        _ => String::new(),
    }
}

fn answer(ask: &Ask, text: &str) -> Response {
    let prompt_tokens: usize = ask.messages.iter().map(|it| tokens(&it.text)).sum();
    let completion_tokens = tokens(text);
    let created = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |it| it.as_secs());
    warp::reply::json(&json!({
        "id": format!("chatcmpl-{}", uuid::Uuid::new_v4().simple()),
        "object": "chat.completion",
        "created": created,
        "model": ask.model,
        "choices": [{
            "index": 0,
            "message": {"role": "assistant", "content": text, "refusal": null, "annotations": []},
            "logprobs": null,
            "finish_reason": "stop",
        }],
        "usage": {
            "prompt_tokens": prompt_tokens,
            "completion_tokens": completion_tokens,
            "total_tokens": prompt_tokens + completion_tokens,
        },
        "service_tier": "default",
        "system_fingerprint": null,
    }))
    .into_response()
}

/// A fair guess: Cyrillic takes about a token for three letters.
fn tokens(text: &str) -> usize {
    text.chars().count().div_ceil(3)
}

fn error(status: StatusCode, code: &str, message: &str) -> Response {
    let kind = if status.is_server_error() { "server_error" } else { "invalid_request_error" };
    let body = json!({"error": {"message": message, "type": kind, "param": null, "code": code}});
    warp::reply::with_status(warp::reply::json(&body), status).into_response()
}
