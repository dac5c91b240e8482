//! The customer's side: posts what ChatFlow posts when a customer writes.

use std::time::Duration;

use serde_json::{Value, json};
use thiserror::Error;

/// The responder has this long to acknowledge.
const PATIENCE: Duration = Duration::from_secs(10);

/// A message of a customer.
#[derive(Clone)]
pub struct Message {
    /// Tenant written to.
    pub slug: String,
    /// The tenant's webhook secret.
    pub secret: String,
    /// The WhatsApp number written to, as the operator puts it into the webhook's address.
    pub instance_id: Option<String>,
    /// The customer.
    pub jid: String,
    /// The name WhatsApp shows.
    pub sender: String,
    /// The text.
    pub text: String,
    /// The gateway's id of the message.
    pub message_id: String,
    /// Unix seconds.
    pub timestamp: u64,
}

/// What the responder answered.
#[derive(Debug, Clone)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Its JSON, null when there was none.
    pub body: Value,
}

/// The message did not reach the responder.
#[derive(Debug, Error)]
pub enum PhoneError {
    /// No connection, or no answer in ten seconds.
    #[error("the responder does not answer")]
    Unreachable,
}

/// Posts webhooks to a responder.
#[derive(Clone)]
pub struct Phone {
    http: reqwest::Client,
    responder: String,
}

impl Phone {
    /// A phone that writes to the responder at `http://HOST:PORT`.
    #[must_use]
    pub fn new(responder: impl Into<String>) -> Self {
        // Fails only when the process has chosen one already, which is as good.
        drop(rustls::crypto::ring::default_provider().install_default());
        let http = reqwest::Client::builder().timeout(PATIENCE).no_proxy().build();
        let http = http.expect("a client with a TLS provider and no certificates of its own can be built");
        Self { http, responder: responder.into() }
    }

    /// Posts a text message to `/webhook/{slug}`.
    ///
    /// # Errors
    /// [`PhoneError::Unreachable`]; any HTTP answer is an [`Answer`].
    pub async fn write(&self, message: &Message) -> Result<Answer, PhoneError> {
        self.post(message, payload(message)).await
    }

    /// Posts the echo of a text that went out to the customer: written by a person on the business's
    /// phone, or one of the responder's own.
    ///
    /// # Errors
    /// As [`Phone::write`].
    pub async fn echo(&self, message: &Message) -> Result<Answer, PhoneError> {
        let mut body = payload(message);
        body["fromMe"] = Value::Bool(true);
        self.post(message, body).await
    }

    async fn post(&self, message: &Message, body: Value) -> Result<Answer, PhoneError> {
        let mut query = vec![("webhook_secret", message.secret.as_str())];
        query.extend(message.instance_id.as_deref().map(|it| ("instanceId", it)));
        let request = self.http.post(format!("{}/webhook/{}", self.responder, message.slug));
        // The error names the address and the address holds the secret: it is not passed on.
        let answer = request.query(&query).json(&body).send().await.map_err(|_| PhoneError::Unreachable)?;
        let status = answer.status().as_u16();
        Ok(Answer { status, body: answer.json().await.unwrap_or(Value::Null) })
    }
}

/// The body of ChatFlow's webhook for a text message.
#[must_use]
pub fn payload(message: &Message) -> Value {
    json!({
        "messageType": "text",
        "message": message.text,
        "metadata": {
            "sender": message.sender,
            "timestamp": message.timestamp,
            "messageId": message.message_id,
            "remoteJid": message.jid,
        },
        "mediaData": null,
        "nodeData": {"webHook": {"text": "http://127.0.0.1/webhook", "method": "POST"}},
    })
}

/// A new message id that looks like WhatsApp's: twenty upper-case hex digits.
#[must_use]
pub fn message_id() -> String {
    uuid::Uuid::new_v4().simple().to_string().to_uppercase()[..20].to_owned()
}
