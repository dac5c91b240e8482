//! `serve`: the responder over what is published.

use std::sync::Arc;

use anyhow::Context as _;
use secrecy::{ExposeSecret as _, SecretString};
use server::{Config, ProcessEnv, Responder, StartError, SystemClock};
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

use crate::cli;
use crate::exit::{Exit, Outcome, Stop};
use crate::knowledge;
use crate::output::Output;
use crate::place::Place;

pub(super) fn run(args: &cli::Serve, place: &Place, output: &Output) -> Outcome {
    start_logging(&args.log)?;
    server::log_panics();
    install_tls();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(serve(args, place, output))?;
    Ok(Exit::Fine)
}

async fn serve(args: &cli::Serve, place: &Place, output: &Output) -> Result<(), Stop> {
    warn_of_unused(args);
    let listener =
        TcpListener::bind(args.listen).await.with_context(|| format!("cannot listen on {}", args.listen));
    let listener = listener.map_err(Stop::Outside)?;
    let address = listener.local_addr()?;
    let releases = Arc::from(place.releases()?);
    let state = Arc::from(place.state()?);
    let responder = Responder::start(config(args, place), releases, state, Arc::new(SystemClock)).await?;
    let stop = asked_to_stop();
    // A closed stdout must not stop the responder.
    drop(output.data(|out| writeln!(out, "listening on http://{address}")));
    tracing::info!(%address, "listening");
    server::serve(listener, responder.routes(), stop).await;
    responder.shutdown().await;
    tracing::info!("stopped");
    Ok(())
}

impl From<StartError> for Stop {
    fn from(error: StartError) -> Self {
        match error {
            StartError::Config(problems) => Self::Usage(problems.join("; ")),
            StartError::Store(error) => error.into(),
            other => Self::Outside(other.into()),
        }
    }
}

/// What the flags and the environment say.
fn config(args: &cli::Serve, place: &Place) -> Config {
    let mut config = Config::new(place.data(), Arc::new(ProcessEnv));
    if let Some(url) = given(&args.chatflow_api_url) {
        config.chatflow_api_url = url.to_owned();
    }
    if let Some(url) = given(&args.openai_base_url) {
        config.openai_base_url = url.to_owned();
    }
    config.chatflow_token = secret(args.chatflow_token.as_ref());
    config.chatflow_idempotent = args.chatflow_idempotent;
    config.openai_api_key = secret(args.openai_api_key.as_ref());
    config.transcription_model = args.transcription_model.as_deref().and_then(given).map(str::to_owned);
    config.embeddings = knowledge::settings(&args.embeddings);
    config.qdrant = place.qdrant().cloned();
    config.public_base_url = args.public_base_url.as_deref().and_then(given).map(str::to_owned);
    config
}

/// Settings that later versions use are named, so that nobody waits for what does not happen.
fn warn_of_unused(args: &cli::Serve) {
    if given(&args.telegram_api_url).is_some_and(|it| it != cli::TELEGRAM_API_URL) {
        tracing::warn!("TELEGRAM_API_URL is not used by this version: requests wait in `tenantry handovers`");
    }
}

/// A value; an empty one counts as not given.
fn given(text: &str) -> Option<&str> {
    Some(text.trim()).filter(|it| !it.is_empty())
}

/// A secret; an empty one counts as not given.
fn secret(value: Option<&SecretString>) -> Option<SecretString> {
    value.filter(|it| given(it.expose_secret()).is_some()).cloned()
}

/// JSON lines on stderr.
pub(super) fn start_logging(filter: &str) -> Result<(), Stop> {
    let filter = if filter.trim().is_empty() { "info" } else { filter };
    let filter = EnvFilter::try_new(filter).map_err(|error| Stop::Usage(format!("TENANTRY_LOG: {error}")))?;
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .try_init()
        .map_err(|error| super::outside(error.to_string()))
}

/// Makes *ring* the cryptography of every TLS connection of this process.
pub(super) fn install_tls() {
    // Fails only where one is installed already, and then there is one.
    drop(rustls::crypto::ring::default_provider().install_default());
}

/// Completes on SIGTERM or Ctrl-C; listens from the call on, not only once it is awaited.
#[cfg(unix)]
pub(super) fn asked_to_stop() -> impl Future<Output = ()> + Send {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate()).expect("SIGTERM can be listened to");
    let mut interrupt = signal(SignalKind::interrupt()).expect("SIGINT can be listened to");
    async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    }
}

/// Completes on Ctrl-C.
#[cfg(not(unix))]
pub(super) async fn asked_to_stop() {
    drop(tokio::signal::ctrl_c().await);
}
