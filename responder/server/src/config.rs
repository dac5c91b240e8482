//! What an operator decides; checked as a whole before anything starts.

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use index::{OpenAiSettings, ServerAddress};
use secrecy::SecretString;

use crate::ports::SecretLookup;

/// ChatFlow's own address.
pub const CHATFLOW_API_URL: &str = "https://app.chatflow.kz/api/v1";
/// OpenAI's own address.
pub const OPENAI_BASE_URL: &str = "https://api.openai.com/v1";
/// Telegram's own address.
pub const TELEGRAM_API_URL: &str = telegram::client::API_URL;
/// The longest a turn may take.
pub const LONGEST_TURN: Duration = Duration::from_secs(20);

/// Everything the responder is told from outside.
#[derive(Clone)]
pub struct Config {
    /// The data folder: relative `file:` references are read from here.
    pub data: PathBuf,
    /// Base of ChatFlow's API, without a trailing slash.
    pub chatflow_api_url: String,
    /// The token of tenants that name none (or name `env:CHATFLOW_TOKEN`).
    pub chatflow_token: Option<SecretString>,
    /// A repeated `msg_id` is not delivered twice.
    pub chatflow_idempotent: bool,
    /// What one number may send in a minute; absent = as much as the gateway takes.
    pub sends_per_minute: Option<NonZeroU32>,
    /// Base of Telegram's Bot API.
    pub telegram_api_url: String,
    /// Base of an OpenAI-compatible API.
    pub openai_base_url: String,
    /// Its key; absent = no model is asked.
    pub openai_api_key: Option<SecretString>,
    /// The model at the same place that turns voice notes into words; absent = customers are asked to
    /// write.
    pub transcription_model: Option<String>,
    /// Where questions are embedded; absent = search is lexical.
    pub embeddings: Option<OpenAiSettings>,
    /// The Qdrant server that holds the passages; absent = an index of this process.
    pub qdrant: Option<ServerAddress>,
    /// Where the world reaches this responder, if it does.
    pub public_base_url: Option<String>,
    /// Where conversations are written before they are erased by age; absent = nowhere.
    pub archive: Option<PathBuf>,
    /// Largest webhook body, bytes.
    pub body_limit: usize,
    /// How often the runtime store is asked for new releases.
    pub poll_interval: Duration,
    /// Turns decided at once.
    pub workers: usize,
    /// Sends under way at once.
    pub senders: usize,
    /// Model calls of one customer in an hour.
    pub model_calls_customer_hour: u32,
    /// Model calls of one tenant in a minute.
    pub model_calls_tenant_minute: u32,
    /// How long a client may take to send a body.
    pub body_deadline: Duration,
    /// Deadline of a whole turn, at most 20 s.
    pub turn_deadline: Duration,
    /// Deadline of one call of the gateway.
    pub send_timeout: Duration,
    /// How long a shutdown waits for what is in flight.
    pub drain: Duration,
    /// Where `env:` references are looked up.
    pub secrets: Arc<dyn SecretLookup>,
}

impl Config {
    /// The defaults of CONTRACTS 4 over this data folder.
    pub fn new(data: impl Into<PathBuf>, secrets: Arc<dyn SecretLookup>) -> Self {
        Self {
            data: data.into(),
            chatflow_api_url: CHATFLOW_API_URL.to_owned(),
            chatflow_token: None,
            chatflow_idempotent: true,
            sends_per_minute: None,
            telegram_api_url: TELEGRAM_API_URL.to_owned(),
            openai_base_url: OPENAI_BASE_URL.to_owned(),
            openai_api_key: None,
            transcription_model: None,
            embeddings: None,
            qdrant: None,
            public_base_url: None,
            archive: None,
            body_limit: 1024 * 1024,
            poll_interval: Duration::from_millis(200),
            workers: 256,
            senders: 64,
            model_calls_customer_hour: 60,
            model_calls_tenant_minute: 240,
            body_deadline: Duration::from_secs(15),
            turn_deadline: LONGEST_TURN,
            send_timeout: Duration::from_secs(30),
            drain: Duration::from_secs(10),
            secrets,
        }
    }

    /// Every mistake of this configuration, each naming the setting to mend; empty = fine.
    #[must_use]
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        let mut url = |name: &str, value: &str| problems.extend(problem_of_url(name, value));
        url("CHATFLOW_API_URL", &self.chatflow_api_url);
        url("TELEGRAM_API_URL", &self.telegram_api_url);
        url("OPENAI_BASE_URL", &self.openai_base_url);
        if let Some(it) = &self.embeddings {
            url("EMBEDDINGS_BASE_URL", &it.base_url);
        }
        if let Some(value) = &self.public_base_url {
            url("PUBLIC_BASE_URL", value);
        }
        let mut positive = |name: &str, fine: bool| {
            if !fine {
                problems.push(format!("{name}: must be more than 0"));
            }
        };
        positive("body limit", self.body_limit > 0);
        positive("poll interval", !self.poll_interval.is_zero());
        positive("workers", self.workers > 0);
        positive("senders", self.senders > 0);
        positive("body deadline", !self.body_deadline.is_zero());
        positive("send timeout", !self.send_timeout.is_zero());
        if self.transcription_model.is_some() && self.openai_api_key.is_none() {
            problems.push("TRANSCRIPTION_MODEL: needs OPENAI_API_KEY".to_owned());
        }
        if self.turn_deadline.is_zero() || self.turn_deadline > LONGEST_TURN {
            problems.push("turn deadline: must be more than 0 and at most 20 s".to_owned());
        }
        problems
    }
}

/// What is wrong with the address of a service, naming the setting; the value stays unsaid, because
/// it may hold a password.
#[must_use]
pub fn problem_of_url(name: &str, value: &str) -> Option<String> {
    let sound = reqwest::Url::parse(value)
        .is_ok_and(|it| matches!(it.scheme(), "http" | "https") && it.has_host() && it.query().is_none());
    (!sound).then(|| format!("{name}: must be an http(s) address without a query"))
}
