//! Calls of an OpenAI-compatible API that are made once.
//!
//! The library asks again by itself, four times in all, whatever its caller's deadline and budget
//! are. Who calls decides that, so the library is given a service that does not; it also notes what
//! the library throws away and a caller needs: the status, and how long to stay away.

use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use async_openai::Client;
use async_openai::config::OpenAIConfig;
use async_openai::error::OpenAIError;
use async_openai::middleware::HttpRequestFactory;
use reqwest::header::RETRY_AFTER;
use reqwest::{Response, StatusCode};
use tower_service::Service;

/// What an endpoint said beside its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Noted {
    /// The status of its answer, if it answered.
    pub status: Option<StatusCode>,
    /// How long it wants to be left alone; dates are not read.
    pub retry_after: Option<Duration>,
}

tokio::task_local! {
    static NOTED: Cell<Noted>;
}

/// A client of this API that makes every call once.
#[must_use]
pub fn single_calls(http: reqwest::Client, config: OpenAIConfig) -> Client<OpenAIConfig> {
    Client::build(http.clone(), config).with_http_service(Once(http))
}

/// Runs a call of such a client; what was noted of its last answer comes along.
pub async fn noting<T>(call: impl Future<Output = T>) -> (T, Noted) {
    let both = async {
        let outcome = call.await;
        (outcome, NOTED.with(Cell::get))
    };
    NOTED.scope(Cell::default(), both).await
}

#[derive(Clone)]
struct Once(reqwest::Client);

impl Service<HttpRequestFactory> for Once {
    type Response = Response;
    type Error = OpenAIError;
    type Future = Pin<Box<dyn Future<Output = Result<Response, OpenAIError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), OpenAIError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: HttpRequestFactory) -> Self::Future {
        let http = self.0.clone();
        Box::pin(async move {
            let response = http.execute(request.build().await?).await.map_err(OpenAIError::Reqwest)?;
            let seconds =
                response.headers().get(RETRY_AFTER).and_then(|it| it.to_str().ok()?.trim().parse().ok());
            let noted =
                Noted { status: Some(response.status()), retry_after: seconds.map(Duration::from_secs) };
            // Fails only where nobody asked for it.
            let _ = NOTED.try_with(|it| it.set(noted));
            Ok(response)
        })
    }
}
