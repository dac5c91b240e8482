//! ChatFlow, the WhatsApp gateway. Its token travels in the query, so neither addresses nor
//! reqwest's own error texts are ever passed on.

use std::time::Duration;

use async_trait::async_trait;
use reqwest::{Client, Response, StatusCode};
use secrecy::ExposeSecret;
use serde_json::Value;
use tracing::Dispatch;
use tracing::instrument::WithSubscriber;

use crate::ports::{Enclosure, EnclosureKind, Messenger, Outgoing, SendError};

/// More of an answer than this is not read.
const LONGEST_ANSWER: usize = 64 * 1024;

/// The gateway fetches a file before it answers: it has so many deadlines for it.
pub(crate) const FILE_DEADLINES: u32 = 3;

/// It refuses files without words.
const NO_WORDS: &str = " ";

/// Idle connections to the gateway: as many as sends may be under way by default.
const KEPT: usize = 64;

/// The gateway behind [`Messenger`].
pub(crate) struct ChatFlow {
    client: Client,
    base: String,
    deadline: Duration,
}

impl ChatFlow {
    /// A gateway at `base`; one call may take `deadline`.
    pub(crate) fn new(base: &str, deadline: Duration, idempotent: bool) -> Result<Self, reqwest::Error> {
        // A kept connection that the gateway just closed would leave the outcome unknown; without
        // idempotency that costs a hand-over, a new connection costs a round trip.
        let kept = if idempotent { KEPT } else { 0 };
        let client = super::client(base, deadline).pool_max_idle_per_host(kept).build()?;
        Ok(Self { client, base: base.trim_end_matches('/').to_owned(), deadline })
    }

    async fn text(&self, message: &Outgoing) -> Result<(), SendError> {
        self.call("send-text", message, &[("msg", &message.text)], self.deadline).await
    }

    async fn file(&self, message: &Outgoing, file: &Enclosure) -> Result<(), SendError> {
        let (method, address) = match file.kind {
            EnclosureKind::Image => ("send-image", "imageurl"),
            EnclosureKind::Audio => ("send-audio", "audiourl"),
            EnclosureKind::Document => ("send-doc", "docurl"),
            EnclosureKind::Video => ("send-video", "videourl"),
        };
        let words = file.kind != EnclosureKind::Audio && !message.text.trim().is_empty();
        let caption = if words { message.text.as_str() } else { NO_WORDS };
        let what = [("caption", caption), (address, file.url.expose_secret())];
        self.call(method, message, &what, self.deadline * FILE_DEADLINES).await
    }

    async fn call(
        &self,
        method: &str,
        message: &Outgoing,
        what: &[(&str, &str)],
        deadline: Duration,
    ) -> Result<(), SendError> {
        let query = [
            ("token", message.token.expose_secret()),
            ("instance_id", &message.instance_id),
            ("jid", &message.jid),
            ("msg_id", &message.msg_id),
        ];
        let request = self.client.get(format!("{}/{method}", self.base)).query(&query).query(what);
        let response = request.timeout(deadline).send().await.map_err(|it| failed(&it))?;
        let status = response.status();
        if status != StatusCode::OK {
            let what = format!("HTTP {}", status.as_u16());
            // A proxy that lost the gateway's answer does not know what became of the message.
            return Err(match status {
                StatusCode::BAD_GATEWAY | StatusCode::GATEWAY_TIMEOUT => SendError::Ambiguous(what),
                _ => SendError::Refused(what),
            });
        }
        if is_success(&read(response).await?) {
            Ok(())
        } else {
            Err(SendError::Refused("HTTP 200 with success: false".to_owned()))
        }
    }
}

#[async_trait]
impl Messenger for ChatFlow {
    async fn send_text(&self, message: &Outgoing) -> Result<(), SendError> {
        // Whatever the libraries below would log of the address stays unsaid.
        self.text(message).with_subscriber(Dispatch::none()).await
    }

    async fn send_file(&self, message: &Outgoing, file: &Enclosure) -> Result<(), SendError> {
        self.file(message, file).with_subscriber(Dispatch::none()).await
    }
}

async fn read(mut response: Response) -> Result<Vec<u8>, SendError> {
    let mut body = Vec::new();
    while body.len() < LONGEST_ANSWER {
        match response.chunk().await {
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => break,
            Err(error) => return Err(failed(&error)),
        }
    }
    Ok(body)
}

/// HTTP 200 is enough, unless the body is JSON that says otherwise.
fn is_success(body: &[u8]) -> bool {
    let Ok(Value::Object(answer)) = serde_json::from_slice::<Value>(body) else { return true };
    match answer.get("success") {
        None | Some(Value::Null) => true,
        Some(Value::Bool(yes)) => *yes,
        Some(Value::String(text)) => text.eq_ignore_ascii_case("true"),
        Some(other) => other.as_i64() == Some(1),
    }
}

/// Before a connection stood nothing can have gone out; after it nobody knows.
fn failed(error: &reqwest::Error) -> SendError {
    if error.is_connect() {
        SendError::Refused("no connection".to_owned())
    } else if error.is_builder() {
        SendError::Refused("the request cannot be built".to_owned())
    } else if error.is_timeout() {
        SendError::Ambiguous("no answer in time".to_owned())
    } else {
        SendError::Ambiguous("the connection broke".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::is_success;

    #[test]
    fn success_is_read_from_the_body() {
        for body in ["", "ok", "{}", r#"{"success":true}"#, r#"{"success":"true"}"#, r#"{"success":1}"#, "[]"]
        {
            assert!(is_success(body.as_bytes()), "{body}");
        }
        for body in [r#"{"success":false}"#, r#"{"success":"false"}"#, r#"{"success":0,"message":"x"}"#] {
            assert!(!is_success(body.as_bytes()), "{body}");
        }
    }
}
