//! Any OpenAI-compatible model, asked once for each call of ours. The library below logs what models
//! say; that stays out of our logs.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_openai::Client;
use async_openai::config::OpenAIConfig;
use async_openai::error::OpenAIError;
use async_openai::types::chat::{
    ChatCompletionRequestAssistantMessageArgs, ChatCompletionRequestMessage,
    ChatCompletionRequestSystemMessageArgs, ChatCompletionRequestUserMessageArgs,
    CreateChatCompletionRequest, CreateChatCompletionRequestArgs, CreateChatCompletionResponse,
    ResponseFormat, ResponseFormatJsonSchema,
};
use async_trait::async_trait;
use decide::Speaker;
use index::{noting, single_calls};
use secrecy::{ExposeSecret, SecretString};
use tracing::Dispatch;
use tracing::instrument::WithSubscriber;

use super::illness::illness;
use crate::config::LONGEST_TURN;
use crate::ports::{GenerateError, Generator, Prompted};

/// An answer longer than this is not one for WhatsApp.
const LONGEST_ANSWER: usize = 16 * 1024;

/// The model behind [`Generator`].
pub(crate) struct OpenAi {
    client: Client<OpenAIConfig>,
    /// The endpoint has refused to hold a model to a schema.
    unheld: AtomicBool,
}

impl OpenAi {
    /// A model at `base`.
    pub(crate) fn new(base: &str, key: &SecretString) -> Result<Self, reqwest::Error> {
        let config = OpenAIConfig::new()
            .with_api_base(base.trim_end_matches('/'))
            .with_api_key(key.expose_secret().to_owned());
        let http = super::client(base, LONGEST_TURN).build()?;
        Ok(Self { client: single_calls(http, config), unheld: AtomicBool::new(false) })
    }

    async fn call(&self, prompt: &Prompted) -> Result<String, GenerateError> {
        let held = !self.unheld.load(Ordering::Relaxed);
        let (answer, noted) = match noting(self.create(prompt, held)).await {
            // Not every endpoint can hold a model to a schema; the prompt asks for the same in words.
            (Err(OpenAIError::ApiError(it)), _) if held && it.status_code.as_u16() == 400 => {
                let (answer, noted) = noting(self.create(prompt, false)).await;
                self.unheld.store(answer.is_ok(), Ordering::Relaxed);
                (answer, noted)
            }
            outcome => outcome,
        };
        let answer = answer.map_err(|error| GenerateError::from(illness(&error, noted)))?;
        let text = answer.choices.into_iter().next().and_then(|it| it.message.content).unwrap_or_default();
        let text = text.trim();
        if text.is_empty() || text.len() > LONGEST_ANSWER {
            return Err(GenerateError::Nonsense);
        }
        Ok(text.to_owned())
    }

    async fn create(
        &self,
        prompt: &Prompted,
        held: bool,
    ) -> Result<CreateChatCompletionResponse, OpenAIError> {
        self.client.chat().create(request(prompt, held)?).await
    }
}

/// A manager speaks for the business, so the model hears it as what was answered, and by whom.
const MANAGER: &str = "manager";

fn request(prompt: &Prompted, held: bool) -> Result<CreateChatCompletionRequest, OpenAIError> {
    let mut messages: Vec<ChatCompletionRequestMessage> = vec![
        ChatCompletionRequestSystemMessageArgs::default().content(prompt.system.as_str()).build()?.into(),
    ];
    for said in &prompt.history {
        let text = said.text.as_str();
        messages.push(match said.by {
            Speaker::Customer => user(text)?,
            Speaker::Bot => {
                ChatCompletionRequestAssistantMessageArgs::default().content(text).build()?.into()
            }
            Speaker::Manager => ChatCompletionRequestAssistantMessageArgs::default()
                .content(text)
                .name(MANAGER)
                .build()?
                .into(),
        });
    }
    messages.push(user(&prompt.user)?);
    #[expect(clippy::cast_possible_truncation, reason = "0–2 with one or two digits")]
    let temperature = prompt.temperature as f32;
    let mut request = CreateChatCompletionRequestArgs::default();
    request.model(prompt.model.as_str()).temperature(temperature).messages(messages);
    if held {
        let schema =
            serde_json::from_str(prompt.schema).map_err(|it| OpenAIError::InvalidArgument(it.to_string()))?;
        request.response_format(ResponseFormat::JsonSchema {
            json_schema: ResponseFormatJsonSchema {
                description: None,
                name: "answer".to_owned(),
                schema,
                strict: Some(true),
            },
        });
    }
    request.build()
}

fn user(text: &str) -> Result<ChatCompletionRequestMessage, OpenAIError> {
    Ok(ChatCompletionRequestUserMessageArgs::default().content(text).build()?.into())
}

#[async_trait]
impl Generator for OpenAi {
    async fn generate(&self, prompt: &Prompted, deadline: Duration) -> Result<String, GenerateError> {
        let call = self.call(prompt).with_subscriber(Dispatch::none());
        tokio::time::timeout(deadline, call).await.unwrap_or(Err(GenerateError::Timeout))
    }
}

#[cfg(test)]
mod tests {
    use decide::Said;
    use serde_json::{Value, json};

    use super::*;

    fn sent(held: bool) -> Value {
        let said = |by, text: &str| Said { by, text: text.to_owned() };
        let prompt = Prompted {
            model: "m".to_owned(),
            temperature: 0.3,
            system: "rules".to_owned(),
            history: vec![
                said(Speaker::Customer, "first"),
                said(Speaker::Bot, "second"),
                said(Speaker::Manager, "third"),
            ],
            user: "question".to_owned(),
            schema: r#"{"type": "object"}"#,
        };
        serde_json::to_value(request(&prompt, held).unwrap()).unwrap()
    }

    #[test]
    fn a_managers_words_are_not_the_customers() {
        let sent = sent(true);
        let roles: Vec<(&Value, &Value)> =
            sent["messages"].as_array().unwrap().iter().map(|it| (&it["role"], &it["content"])).collect();
        let expected = [
            ("system", "rules"),
            ("user", "first"),
            ("assistant", "second"),
            ("assistant", "third"),
            ("user", "question"),
        ]
        .map(|(role, text)| (json!(role), json!(text)));
        assert_eq!(roles, expected.iter().map(|(role, text)| (role, text)).collect::<Vec<_>>());
        assert_eq!(sent["messages"][3]["name"], MANAGER);
    }

    #[test]
    fn the_schema_goes_along_where_the_endpoint_takes_it() {
        let format = &sent(true)["response_format"];
        assert_eq!(format["type"], "json_schema");
        assert_eq!(format["json_schema"]["schema"], json!({"type": "object"}));
        assert_eq!(sent(false)["response_format"], Value::Null);
    }
}
