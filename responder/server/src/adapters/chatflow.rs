//! ChatFlow, the WhatsApp gateway. Its token travels in the query, so neither addresses nor
//! reqwest's own error texts are ever passed on.

use std::time::Duration;

use async_trait::async_trait;
use jiff::fmt::rfc2822;
use reqwest::header::{DATE, HeaderMap, HeaderName, RETRY_AFTER};
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

/// It is not left alone for longer than this, whatever it asks for.
const LONGEST_WAIT: Duration = Duration::from_secs(15 * 60);

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
            return Err(unsent(status, wait(response.headers())));
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

/// What a status says of the message, and whether its sender is told to wait. Only an answer that proves
/// that it was not taken may be followed by another call: a server that failed, or a proxy before it, may
/// have passed it on.
fn unsent(status: StatusCode, wait: Option<Duration>) -> SendError {
    let error = format!("HTTP {}", status.as_u16());
    match status.as_u16() {
        429 | 503 => match wait {
            Some(wait) => SendError::Busy { error, wait },
            None => SendError::Refused(error),
        },
        400 | 413 | 414 | 415 | 422 => SendError::Rejected(error),
        // It gave up waiting, has the message already, or was left by its proxy.
        408 | 409 | 499 => SendError::Ambiguous(error),
        400..500 => SendError::Refused(error),
        _ => SendError::Ambiguous(error),
    }
}

/// How long the gateway wants to be left alone: seconds, or a date, which counts from the answer's own.
fn wait(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: HeaderName| headers.get(name)?.to_str().ok().map(str::trim);
    let after = text(RETRY_AFTER)?;
    let wait = match after.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let date = |it: &str| rfc2822::parse(it).ok().map(|it| it.timestamp());
            Duration::try_from(date(after)?.duration_since(date(text(DATE)?)?)).ok()?
        }
    };
    (!wait.is_zero()).then(|| wait.min(LONGEST_WAIT))
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
    use super::*;

    #[test]
    fn only_what_proves_that_nothing_was_taken_may_be_said_again() {
        let unsent = |status: u16| unsent(StatusCode::from_u16(status).unwrap(), None);
        for status in [401, 403, 404, 425, 429, 451, 503] {
            assert!(matches!(unsent(status), SendError::Refused(_)), "{status}");
        }
        for status in [400, 413, 414, 415, 422] {
            assert!(matches!(unsent(status), SendError::Rejected(_)), "{status}");
        }
        for status in [201, 202, 204, 302, 408, 409, 499, 500, 501, 502, 504, 520, 521, 522, 523, 524, 599] {
            assert!(matches!(unsent(status), SendError::Ambiguous(_)), "{status}");
        }
    }

    #[test]
    fn how_long_to_wait_is_said_in_seconds_or_by_a_date() {
        let said = |after: &str, date: Option<&str>| {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, after.parse().unwrap());
            date.map(|it| headers.insert(DATE, it.parse().unwrap()));
            wait(&headers).map(|it| it.as_secs())
        };
        let now = Some("Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(said("30", None), Some(30));
        assert_eq!(said("Sun, 06 Nov 1994 08:50:37 GMT", now), Some(60));
        assert_eq!(said("999999", None), Some(900), "within reason");
        for (after, date) in
            [("0", None), ("-3", None), ("soon", now), ("Sun, 06 Nov 1994 08:50:37 GMT", None)]
        {
            assert_eq!(said(after, date), None, "{after}");
        }
        assert_eq!(said("Sun, 06 Nov 1994 08:49:00 GMT", now), None, "it is over");
        assert_eq!(wait(&HeaderMap::new()), None);
    }

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
