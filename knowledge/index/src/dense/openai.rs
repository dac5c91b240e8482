//! The OpenAI-compatible client.

use std::sync::Once;
use std::time::{Duration, Instant};

use async_openai::Client;
use async_openai::config::OpenAIConfig;
use async_openai::error::{ApiErrorResponse, OpenAIError};
use async_openai::types::embeddings::{CreateEmbeddingRequest, CreateEmbeddingResponse, EmbeddingInput};
use async_trait::async_trait;
use reqwest::redirect::Policy;
use secrecy::{ExposeSecret as _, SecretString};
use tracing::Dispatch;
use tracing::instrument::WithSubscriber as _;

use super::batch::{BATCH, prepared};
use super::{EmbedError, Embedded, Embedder, Noted, noting, single_calls};

/// A connection must stand after this.
const CONNECT: Duration = Duration::from_secs(5);
/// No request takes longer.
const REQUEST: Duration = Duration::from_secs(60);
/// Pauses before asking again.
const PAUSES: [Duration; 3] = [Duration::from_millis(200), Duration::from_secs(1), Duration::from_secs(4)];

/// Where embeddings come from.
#[derive(Debug, Clone)]
pub struct OpenAiSettings {
    /// Base of the API, `https://api.openai.com/v1` and the like.
    pub base_url: String,
    /// The model, as the endpoint calls it.
    pub model: String,
    /// Its key; servers of one's own want none.
    pub key: Option<SecretString>,
}

/// An OpenAI-compatible embedder.
pub struct OpenAiEmbedder {
    client: Client<OpenAIConfig>,
    model: String,
    pauses: &'static [Duration],
}

impl OpenAiEmbedder {
    /// Texts that one call takes at most.
    pub const BATCH: usize = BATCH;

    /// A client; nothing is called yet.
    ///
    /// # Errors
    /// [`EmbedError::Refused`] when the address cannot be one.
    pub fn new(settings: &OpenAiSettings) -> Result<Self, EmbedError> {
        static PROVIDER: Once = Once::new();
        PROVIDER.call_once(|| {
            // Fails only when the process has chosen one already, which is as good.
            drop(rustls::crypto::ring::default_provider().install_default());
        });
        let base = settings.base_url.trim_end_matches('/');
        let url = reqwest::Url::parse(base).ok().filter(|it| matches!(it.scheme(), "http" | "https"));
        let Some(host) = url.as_ref().and_then(reqwest::Url::host_str) else {
            return Err(EmbedError::Refused("its address is none".to_owned()));
        };
        let key = settings.key.as_ref().map_or("", |it| it.expose_secret());
        let config = OpenAIConfig::new().with_api_base(base).with_api_key(key);
        // Requests carry a key, so no redirect is followed.
        let http =
            reqwest::Client::builder().connect_timeout(CONNECT).timeout(REQUEST).redirect(Policy::none());
        let http = if is_loopback(host) { http.no_proxy() } else { http };
        let http = http.build().map_err(|it| EmbedError::Unavailable(it.without_url().to_string()))?;
        Ok(Self { client: single_calls(http, config), model: settings.model.clone(), pauses: &PAUSES })
    }

    /// The same, except that it asks once: for callers that decide themselves when to ask again.
    #[must_use]
    pub fn once(mut self) -> Self {
        self.pauses = &[];
        self
    }

    async fn call(&self, texts: &[String]) -> Result<CreateEmbeddingResponse, EmbedError> {
        let request = CreateEmbeddingRequest {
            model: self.model.clone(),
            input: EmbeddingInput::StringArray(texts.iter().map(|it| prepared(it)).collect()),
            encoding_format: None,
            user: None,
            dimensions: None,
        };
        // The library logs what it sends and is told; none of that belongs in our logs.
        let embeddings = self.client.embeddings();
        let call = embeddings.create(request).with_subscriber(Dispatch::none());
        let (outcome, noted) = noting(call).await;
        outcome.map_err(|error| failure(&error, noted))
    }

    async fn patiently(&self, texts: &[String]) -> Result<CreateEmbeddingResponse, EmbedError> {
        for pause in self.pauses {
            match self.call(texts).await {
                Err(EmbedError::Unavailable(_)) => tokio::time::sleep(*pause).await,
                Err(EmbedError::Busy { after, .. }) => tokio::time::sleep(after.max(*pause)).await,
                settled => return settled,
            }
        }
        self.call(texts).await
    }
}

#[async_trait]
impl Embedder for OpenAiEmbedder {
    fn model(&self) -> &str {
        &self.model
    }

    async fn embed(&self, texts: &[String], deadline: Duration) -> Result<Embedded, EmbedError> {
        if texts.is_empty() {
            return Ok(Embedded::default());
        }
        let began = Instant::now();
        let answer = tokio::time::timeout(deadline, self.patiently(texts)).await;
        let outcome = answer.unwrap_or(Err(EmbedError::Timeout)).and_then(|it| read(it, texts.len()));
        tracing::debug!(
            texts = texts.len(),
            tokens = outcome.as_ref().map_or(0, |it| it.tokens),
            took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
            fine = outcome.is_ok(),
            "texts embedded"
        );
        outcome
    }
}

/// The embeddings in the order of the texts, whatever order they came in.
fn read(answer: CreateEmbeddingResponse, texts: usize) -> Result<Embedded, EmbedError> {
    let nonsense = |why: &str| Err(EmbedError::Nonsense(why.to_owned()));
    let mut vectors: Vec<Vec<f32>> = vec![Vec::new(); texts];
    for it in answer.data {
        let place = usize::try_from(it.index).ok().and_then(|at| vectors.get_mut(at));
        match place {
            Some(place) if place.is_empty() => *place = it.embedding,
            _ => return nonsense("an embedding of a text that was not sent"),
        }
    }
    let size = vectors.first().map_or(0, Vec::len);
    if vectors.iter().any(|it| it.len() != size || it.is_empty()) {
        return nonsense("embeddings are missing or of different sizes");
    }
    let sound = |it: &Vec<f32>| it.iter().all(|it| it.is_finite()) && it.iter().any(|it| *it != 0.0);
    if !vectors.iter().all(sound) {
        return nonsense("an embedding without a direction");
    }
    Ok(Embedded { vectors, tokens: u64::from(answer.usage.total_tokens) })
}

/// What an error means, without the texts, keys and addresses that its message may repeat.
fn failure(error: &OpenAIError, noted: Noted) -> EmbedError {
    match error {
        OpenAIError::Reqwest(it) if it.is_timeout() => EmbedError::Timeout,
        OpenAIError::Reqwest(it) if it.is_connect() => EmbedError::Unavailable("no connection".to_owned()),
        OpenAIError::Reqwest(_) => EmbedError::Unavailable("the connection broke".to_owned()),
        OpenAIError::ApiError(ApiErrorResponse { status_code, api_error, .. }) => {
            let word = api_error.code.as_deref().or(api_error.r#type.as_deref());
            let word = word
                .filter(|it| it.len() < 60 && it.bytes().all(|it| it == b'_' || it.is_ascii_alphanumeric()));
            by_status(*status_code, word, noted)
        }
        // A proxy's refusal does not speak this API, but its status does.
        OpenAIError::JSONDeserialize(..) => match noted.status {
            Some(status) if !status.is_success() => by_status(status, None, noted),
            _ => EmbedError::Nonsense("it does not speak this API".to_owned()),
        },
        _ => EmbedError::Unavailable("the client failed".to_owned()),
    }
}

fn by_status(status: reqwest::StatusCode, word: Option<&str>, noted: Noted) -> EmbedError {
    let told = match word {
        Some(word) => format!("{} {word}", status.as_u16()),
        None => status.as_u16().to_string(),
    };
    // Without money left, asking again changes nothing.
    let passes = status.is_server_error() || matches!(status.as_u16(), 408 | 409 | 429);
    match noted.retry_after {
        _ if !passes || word == Some("insufficient_quota") => EmbedError::Refused(told),
        Some(after) => EmbedError::Busy { told, after },
        None => EmbedError::Unavailable(told),
    }
}

fn is_loopback(host: &str) -> bool {
    let host = host.trim_matches(['[', ']']);
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|it| it.is_loopback())
}
