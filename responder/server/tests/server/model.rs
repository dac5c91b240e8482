//! A fake OpenAI-compatible model.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::net::TcpListener;
use warp::Filter;
use warp::http::StatusCode;
use warp::reply::{Reply, Response};

/// What it does with a question.
#[derive(Clone)]
pub(crate) enum Manner {
    /// Says this.
    Says(String),
    /// Answers with this status and a body.
    Fails(u16),
    /// Keeps silent for this long.
    Hangs(Duration),
}

/// The fake model; clones share everything.
#[derive(Clone)]
pub(crate) struct Model {
    manner: Arc<Mutex<Manner>>,
    asked: Arc<Mutex<Vec<Value>>>,
    pub(crate) url: String,
}

impl Model {
    pub(crate) async fn start(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/v1", listener.local_addr().unwrap());
        let model = Self { manner: Arc::new(Mutex::new(manner)), asked: Arc::default(), url };
        let shared = model.clone();
        let routes = warp::path!("v1" / "chat" / "completions")
            .and(warp::post())
            .and(warp::body::json())
            .then(move |question| answer(shared.clone(), question));
        tokio::spawn(warp::serve(routes).incoming(listener).run());
        model
    }

    /// From now on it does this.
    pub(crate) fn changes(&self, manner: Manner) {
        *self.manner.lock().unwrap() = manner;
    }

    /// The bodies of all requests.
    pub(crate) fn asked(&self) -> Vec<Value> {
        self.asked.lock().unwrap().clone()
    }
}

async fn answer(model: Model, question: Value) -> Response {
    model.asked.lock().unwrap().push(question);
    let manner = model.manner.lock().unwrap().clone();
    match &manner {
        Manner::Says(text) => {
            let choice = json!({
                "index": 0, "finish_reason": "stop", "logprobs": null,
                "message": {"role": "assistant", "content": text, "refusal": null},
            });
            let body = json!({
                "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "pretend",
                "choices": [choice], "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
            });
            warp::reply::json(&body).into_response()
        }
        Manner::Fails(code) => {
            let body =
                json!({"error": {"message": "канарейка-модели", "type": "server_error", "code": null}});
            warp::reply::with_status(warp::reply::json(&body), StatusCode::from_u16(*code).unwrap())
                .into_response()
        }
        Manner::Hangs(time) => {
            tokio::time::sleep(*time).await;
            StatusCode::OK.into_response()
        }
    }
}
