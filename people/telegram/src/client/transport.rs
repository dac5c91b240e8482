//! One call: out, within its deadline, and its answer in our words.

use std::time::Duration;

use reqwest::{RequestBuilder, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use teloxide_core::requests::Payload;
use tracing::Dispatch;
use tracing::instrument::WithSubscriber;

use super::{CallError, Client};

/// More of an answer than this is not read: a hundred updates of the longest texts are a tenth of it.
const LONGEST_ANSWER: usize = 8 * 1024 * 1024;

impl Client {
    /// Calls the method of `payload` and reads `A` from the answer. `A` is ours, with the few fields
    /// that are needed: an answer that a newer Bot API has changed elsewhere is still an answer.
    pub(super) async fn call<P, A>(&self, payload: &P) -> Result<A, CallError>
    where
        P: Payload + Serialize,
        A: DeserializeOwned,
    {
        self.call_within(payload, self.deadline).await
    }

    pub(super) async fn call_within<P, A>(&self, payload: &P, deadline: Duration) -> Result<A, CallError>
    where
        P: Payload + Serialize,
        A: DeserializeOwned,
    {
        let request = self.http.post(self.url(None, P::NAME)).json(payload);
        run(request.timeout(deadline)).await
    }

    /// Calls `method` with a form.
    pub(super) async fn call_form<A: DeserializeOwned>(
        &self,
        method: &str,
        form: reqwest::multipart::Form,
        deadline: Duration,
    ) -> Result<A, CallError> {
        run(self.http.post(self.url(None, method)).multipart(form).timeout(deadline)).await
    }
}

async fn run<A: DeserializeOwned>(request: RequestBuilder) -> Result<A, CallError> {
    // Whatever the libraries below would log of the address, which holds the token, stays unsaid.
    answer(request).with_subscriber(Dispatch::none()).await
}

async fn answer<A: DeserializeOwned>(request: RequestBuilder) -> Result<A, CallError> {
    let response = request.send().await.map_err(|it| CallError::of_transport(&it))?;
    let status = i64::from(response.status().as_u16());
    let body = match read(response, LONGEST_ANSWER).await {
        Err(CallError::TooBig) => return Err(CallError::Ambiguous),
        other => other?,
    };
    let Ok(Value::Object(mut answer)) = serde_json::from_slice::<Value>(&body) else {
        // Not the Bot API but something in front of it.
        return Err(match status {
            200..300 => CallError::Ambiguous,
            300..400 => CallError::Refused("the address of the Bot API leads elsewhere".to_owned()),
            _ => CallError::of_refusal(status, &format!("HTTP {status}"), None, None),
        });
    };
    if answer.get("ok") == Some(&Value::Bool(true)) {
        let result = answer.remove("result").unwrap_or_default();
        // It was done, though nobody can read what.
        return serde_json::from_value(result).map_err(|_| CallError::Ambiguous);
    }
    let code = answer.get("error_code").and_then(Value::as_i64).unwrap_or(status);
    let description = answer.get("description").and_then(Value::as_str).unwrap_or_default();
    let parameter = |name: &str| answer.get("parameters").and_then(|it| it.get(name));
    let wait = parameter("retry_after").and_then(Value::as_u64);
    let moved = parameter("migrate_to_chat_id").and_then(Value::as_i64);
    Err(CallError::of_refusal(code, description, wait, moved))
}

/// The body, of at most `most` bytes.
pub(super) async fn read(mut response: Response, most: usize) -> Result<Vec<u8>, CallError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|it| CallError::of_transport(&it))? {
        if body.len() + chunk.len() > most {
            return Err(CallError::TooBig);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
