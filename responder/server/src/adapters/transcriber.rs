//! Any OpenAI-compatible transcription. Endpoints differ in what they tell beside the text, so only
//! that is read.

use std::time::Duration;

use async_openai::Client;
use async_openai::config::OpenAIConfig;
use async_openai::error::OpenAIError;
use async_openai::types::InputSource;
use async_openai::types::audio::{
    AudioInput, AudioResponseFormat, CreateTranscriptionRequest, CreateTranscriptionRequestArgs,
};
use async_trait::async_trait;
use index::{noting, single_calls};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tracing::Dispatch;
use tracing::instrument::WithSubscriber;

use super::illness::illness;
use crate::config::LONGEST_TURN;
use crate::ports::{Recording, TranscribeError, Transcriber};

/// The transcriber behind [`Transcriber`].
pub(crate) struct OpenAiTranscriber {
    client: Client<OpenAIConfig>,
    model: String,
}

#[derive(Deserialize)]
struct Transcript {
    text: String,
}

impl OpenAiTranscriber {
    /// The model `model` at `base`.
    pub(crate) fn new(base: &str, key: &SecretString, model: &str) -> Result<Self, reqwest::Error> {
        let config = OpenAIConfig::new()
            .with_api_base(base.trim_end_matches('/'))
            .with_api_key(key.expose_secret().to_owned());
        let http = super::client(base, LONGEST_TURN).build()?;
        Ok(Self { client: single_calls(http, config), model: model.to_owned() })
    }

    fn request(&self, recording: &Recording) -> Result<CreateTranscriptionRequest, OpenAIError> {
        let source = InputSource::Bytes {
            filename: format!("voice.{}", recording.extension),
            bytes: recording.content.clone(),
        };
        let mut request = CreateTranscriptionRequestArgs::default();
        request
            .file(AudioInput { source })
            .model(self.model.as_str())
            .response_format(AudioResponseFormat::Json);
        if let Some(lang) = recording.lang {
            request.language(lang.code());
        }
        request.build()
    }

    async fn call(&self, recording: &Recording) -> Result<String, TranscribeError> {
        let request = self.request(recording).map_err(|_| TranscribeError::Refused)?;
        let (answer, noted) = noting(self.client.audio().transcription().create_raw(request)).await;
        let answer = answer.map_err(|error| TranscribeError::from(illness(&error, noted)))?;
        let transcript: Transcript =
            serde_json::from_slice(&answer).map_err(|_| TranscribeError::Nonsense)?;
        Ok(transcript.text)
    }
}

#[async_trait]
impl Transcriber for OpenAiTranscriber {
    async fn transcribe(&self, recording: &Recording, deadline: Duration) -> Result<String, TranscribeError> {
        let call = self.call(recording).with_subscriber(Dispatch::none());
        tokio::time::timeout(deadline, call).await.unwrap_or(Err(TranscribeError::Timeout))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use bytes::Bytes;
    use format::Lang;
    use tokio::net::TcpListener;
    use warp::Filter;
    use warp::http::{HeaderMap, Response};

    use super::*;

    type Asked = Arc<Mutex<Vec<(String, String, Vec<u8>)>>>;

    /// A stand-in that answers with this status and body, and what it was asked.
    async fn stand_in(status: u16, body: &'static str, delay: Duration) -> (OpenAiTranscriber, Asked) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}/v1/", listener.local_addr().unwrap());
        let asked = Asked::default();
        let book = Arc::clone(&asked);
        let routes = warp::post()
            .and(warp::path::full())
            .and(warp::header::headers_cloned())
            .and(warp::body::bytes())
            .then(move |path: warp::path::FullPath, headers: HeaderMap, content: Bytes| {
                let key = headers["authorization"].to_str().unwrap().to_owned();
                book.lock().unwrap().push((path.as_str().to_owned(), key, content.to_vec()));
                async move {
                    tokio::time::sleep(delay).await;
                    Response::builder().status(status).body(body).unwrap()
                }
            });
        tokio::spawn(warp::serve(routes).incoming(listener).run());
        let key = SecretString::from("key-canary");
        (OpenAiTranscriber::new(&base, &key, "whisper-1").unwrap(), asked)
    }

    fn recording(lang: Option<Lang>) -> Recording {
        Recording { content: Bytes::from_static(b"OggS\0voice"), extension: "ogg", lang }
    }

    const PATIENT: Duration = Duration::from_secs(10);

    #[tokio::test]
    async fn a_recording_is_sent_as_a_form_and_the_text_comes_back() {
        // Not every endpoint tells usage or languages.
        let bodies = [
            r#"{"text": "Сколько стоит ремонт?"}"#,
            r#"{"text": "Сколько стоит ремонт?", "usage": {"type": "duration", "seconds": 3}, "languages": []}"#,
        ];
        for body in bodies {
            let (transcriber, asked) = stand_in(200, body, Duration::ZERO).await;
            let text = transcriber.transcribe(&recording(Some(Lang::Kk)), PATIENT).await;
            assert_eq!(text.as_deref(), Ok("Сколько стоит ремонт?"));
            let (path, key, form) = asked.lock().unwrap()[0].clone();
            assert_eq!((path.as_str(), key.as_str()), ("/v1/audio/transcriptions", "Bearer key-canary"));
            let form = String::from_utf8_lossy(&form).into_owned();
            for part in [
                "name=\"file\"; filename=\"voice.ogg\"\r\n\r\nOggS\0voice\r\n",
                "name=\"model\"\r\n\r\nwhisper-1\r\n",
                "name=\"language\"\r\n\r\nkk\r\n",
                "name=\"response_format\"\r\n\r\njson\r\n",
            ] {
                assert!(form.contains(part), "{part:?} in {form:?}");
            }
        }
    }

    #[tokio::test]
    async fn the_language_is_named_only_where_there_is_one() {
        let (transcriber, asked) = stand_in(200, r#"{"text": "да"}"#, Duration::ZERO).await;
        transcriber.transcribe(&recording(None), PATIENT).await.unwrap();
        assert!(!String::from_utf8_lossy(&asked.lock().unwrap()[0].2).contains("language"));
    }

    #[tokio::test]
    async fn failures_are_words_of_ours() {
        let refused = r#"{"error": {"message": "canary", "type": "invalid_request_error", "param": null, "code": null}}"#;
        for (status, body, error) in [
            (400, refused, TranscribeError::Nonsense),
            (401, refused, TranscribeError::Refused),
            (503, "canary", TranscribeError::Unavailable),
            (200, "canary", TranscribeError::Nonsense),
            (200, "{}", TranscribeError::Nonsense),
        ] {
            let (transcriber, _) = stand_in(status, body, Duration::ZERO).await;
            let answer = transcriber.transcribe(&recording(None), PATIENT).await;
            assert_eq!(answer, Err(error), "{status} {body}");
        }
        let (slow, _) = stand_in(200, "{}", PATIENT).await;
        let answer = slow.transcribe(&recording(None), Duration::from_millis(50)).await;
        assert_eq!(answer, Err(TranscribeError::Timeout));
    }
}
