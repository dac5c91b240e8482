//! Every door to the outside, on one page. Each has an honest fake in the tests.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bytes::Bytes;
use decide::Said;
use format::Lang;
use secrecy::SecretString;
use thiserror::Error;
use uuid::Uuid;

/// What time it is.
pub trait Clock: Send + Sync + 'static {
    /// Now, Unix milliseconds.
    fn now_ms(&self) -> i64;

    /// Now, Unix milliseconds, behind [`Clock::now_ms`] after the clock was set ahead: for what must
    /// not be done before its time has passed.
    fn steady_ms(&self) -> i64 {
        self.now_ms()
    }

    /// Time that has passed since some moment of this process; never goes back.
    fn elapsed(&self) -> Duration {
        static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);
        BEGAN.elapsed()
    }

    /// Returns after this time.
    fn sleep(&self, time: Duration) -> Sleep {
        Box::pin(tokio::time::sleep(time))
    }
}

/// A pause.
pub type Sleep = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Where values live that a bundle only refers to.
pub trait SecretLookup: Send + Sync + 'static {
    /// The value of the environment variable `name`, if it is set.
    fn env(&self, name: &str) -> Option<SecretString>;
}

impl<F> SecretLookup for F
where
    F: Fn(&str) -> Option<String> + Send + Sync + 'static,
{
    fn env(&self, name: &str) -> Option<SecretString> {
        self(name).map(SecretString::from)
    }
}

/// What the responder speaks to instead of the services that its configuration names, and how it
/// runs: for a simulation that decides about every answer and every moment.
pub struct StandIns {
    /// The WhatsApp gateway.
    pub messenger: Arc<dyn Messenger>,
    /// The model, if there is one.
    pub generator: Option<Arc<dyn Generator>>,
    /// Ids of replies.
    pub ids: Box<dyn Fn() -> Uuid + Send + Sync>,
}

/// A text on its way to a customer.
#[derive(Clone)]
pub struct Outgoing {
    /// The gateway's idempotency key: the outbox row's own UUID.
    pub msg_id: String,
    /// The WhatsApp number to answer from.
    pub instance_id: String,
    /// The customer's jid.
    pub jid: String,
    /// The text.
    pub text: String,
    /// The gateway's token.
    pub token: SecretString,
}

/// How a file is shown to the customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EnclosureKind {
    /// A picture.
    Image,
    /// Something to listen to. It carries no words.
    Audio,
    /// A file to open.
    Document,
    /// A video.
    Video,
}

/// A file on its way to a customer. The gateway fetches it.
#[derive(Clone)]
pub struct Enclosure {
    /// How it is shown.
    pub kind: EnclosureKind,
    /// Where it is: whoever knows the address has the file.
    pub url: SecretString,
}

/// Why a send failed; never holds a URL, a token or a text.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SendError {
    /// It certainly did not go out, and may yet.
    #[error("gateway refused: {0}")]
    Refused(String),
    /// It certainly did not go out because of what it is, and hardly ever will.
    #[error("gateway rejected: {0}")]
    Rejected(String),
    /// It certainly did not go out; the number it was to leave from has to wait for so long.
    #[error("gateway is busy: {error}")]
    Busy {
        /// What it said.
        error: String,
        /// How long.
        wait: Duration,
    },
    /// It may have gone out: the connection broke or timed out after the request had left, or the answer
    /// does not say.
    #[error("gateway left the outcome unknown: {0}")]
    Ambiguous(String),
}

/// The WhatsApp gateway.
#[async_trait]
pub trait Messenger: Send + Sync + 'static {
    /// Hands a text over to the gateway; returns within the gateway's deadline.
    async fn send_text(&self, message: &Outgoing) -> Result<(), SendError>;

    /// The same with a file, and the text under it; within three times that deadline, because the
    /// gateway fetches the file first.
    async fn send_file(&self, message: &Outgoing, file: &Enclosure) -> Result<(), SendError>;
}

/// A question to the model.
#[derive(Clone)]
pub struct Prompted {
    /// Model id at the endpoint.
    pub model: String,
    /// 0.0–2.0.
    pub temperature: f64,
    /// The system message.
    pub system: String,
    /// What was said before, oldest first.
    pub history: Vec<Said>,
    /// The user message.
    pub user: String,
    /// The JSON Schema of the answer; an endpoint that cannot be held to one is asked without.
    pub schema: &'static str,
}

/// Why the model did not answer; never holds a URL, a key or a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum GenerateError {
    /// It took too long.
    #[error("model timed out")]
    Timeout,
    /// It cannot be reached, or failed in a way that passes by itself.
    #[error("model is unavailable")]
    Unavailable,
    /// The same, and it says when to come back.
    #[error("model is busy")]
    Busy(Duration),
    /// It will not do it: a wrong key, no money left; or it broke off.
    #[error("model refuses")]
    Refused,
    /// The endpoint does not have this model, or not for this key.
    #[error("there is no such model")]
    Unfit,
    /// It answered, but nothing to send to a customer.
    #[error("model answered nonsense")]
    Nonsense,
}

/// The language model.
#[async_trait]
pub trait Generator: Send + Sync + 'static {
    /// The model's text, within `deadline`.
    async fn generate(&self, prompt: &Prompted, deadline: Duration) -> Result<String, GenerateError>;
}

/// A voice note to be turned into words.
#[derive(Clone)]
pub struct Recording {
    /// The file.
    pub content: Bytes,
    /// Its extension, by its content: endpoints go by it.
    pub extension: &'static str,
    /// The language spoken, where it can be only one.
    pub lang: Option<Lang>,
}

/// Why a voice note was not turned into words; never holds a URL, a key or a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TranscribeError {
    /// It took too long.
    #[error("transcription timed out")]
    Timeout,
    /// It cannot be reached, or failed in a way that passes by itself.
    #[error("transcription is unavailable")]
    Unavailable,
    /// The same, and it says when to come back.
    #[error("transcription is busy")]
    Busy(Duration),
    /// It will not do it: a wrong key, an unknown model, no money left; or it broke off.
    #[error("transcription is refused")]
    Refused,
    /// It answered something that is no transcript.
    #[error("transcription is nonsense")]
    Nonsense,
}

/// Speech to text.
#[async_trait]
pub trait Transcriber: Send + Sync + 'static {
    /// What is said, within `deadline`; an empty text where nothing is.
    async fn transcribe(&self, recording: &Recording, deadline: Duration) -> Result<String, TranscribeError>;
}

/// Names to addresses, for downloads that customers ask for.
#[async_trait]
pub(crate) trait Resolver: Send + Sync + 'static {
    /// The addresses of a host now.
    async fn resolve(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>>;
}
