//! Any OpenAI-compatible model. The library below retries and logs what models say; both stay
//! inside our deadline and out of our logs.

use std::time::Duration;

use async_openai::Client;
use async_openai::config::OpenAIConfig;
use async_openai::types::chat::{
    ChatCompletionRequestSystemMessageArgs, ChatCompletionRequestUserMessageArgs,
    CreateChatCompletionRequest, CreateChatCompletionRequestArgs,
};
use async_trait::async_trait;
use secrecy::{ExposeSecret, SecretString};
use tracing::instrument::WithSubscriber;
use tracing::subscriber::NoSubscriber;

use crate::config::LONGEST_TURN;
use crate::ports::{GenerateError, Generator, Prompted};

/// An answer longer than this is not one for WhatsApp.
const LONGEST_ANSWER: usize = 16 * 1024;

/// The model behind [`Generator`].
pub(crate) struct OpenAi {
    client: Client<OpenAIConfig>,
}

impl OpenAi {
    /// A model at `base`.
    pub(crate) fn new(base: &str, key: &SecretString) -> Result<Self, reqwest::Error> {
        let config = OpenAIConfig::new()
            .with_api_base(base.trim_end_matches('/'))
            .with_api_key(key.expose_secret().to_owned());
        let http = super::client(base, LONGEST_TURN).build()?;
        Ok(Self { client: Client::build(http, config) })
    }

    async fn call(&self, prompt: &Prompted) -> Result<String, GenerateError> {
        let request = request(prompt).map_err(|_| GenerateError::Unavailable)?;
        let answer = self.client.chat().create(request).await.map_err(|_| GenerateError::Unavailable)?;
        let text = answer.choices.into_iter().next().and_then(|it| it.message.content).unwrap_or_default();
        let text = text.trim();
        if text.is_empty() || text.len() > LONGEST_ANSWER {
            return Err(GenerateError::Unavailable);
        }
        Ok(text.to_owned())
    }
}

fn request(prompt: &Prompted) -> Result<CreateChatCompletionRequest, async_openai::error::OpenAIError> {
    let system = ChatCompletionRequestSystemMessageArgs::default().content(prompt.system.as_str()).build()?;
    let user = ChatCompletionRequestUserMessageArgs::default().content(prompt.user.as_str()).build()?;
    #[expect(clippy::cast_possible_truncation, reason = "0–2 with one or two digits")]
    let temperature = prompt.temperature as f32;
    CreateChatCompletionRequestArgs::default()
        .model(prompt.model.as_str())
        .temperature(temperature)
        .messages([system.into(), user.into()])
        .build()
}

#[async_trait]
impl Generator for OpenAi {
    async fn generate(&self, prompt: &Prompted, deadline: Duration) -> Result<String, GenerateError> {
        let call = self.call(prompt).with_subscriber(NoSubscriber::new());
        tokio::time::timeout(deadline, call).await.unwrap_or(Err(GenerateError::Timeout))
    }
}
