//! `serve`: the responder over what is published.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use runtime::StateStore;
use secrecy::{ExposeSecret as _, SecretString};
use server::{Config, Limits, ProcessEnv, Responder, StartError, SystemClock};
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

use crate::cli;
use crate::exit::{Exit, Outcome, Stop};
use crate::knowledge;
use crate::output::Output;
use crate::place::Place;

/// Connections are accepted so long after the signal to stop: whoever balances the load learns from
/// `/readyz` or its own plans that we are going, and a message that comes meanwhile is still stored.
const NOTICE: Duration = Duration::from_secs(1);

/// Threads that wait for something when everything else has ended are left after this long.
const LAST_CALLS: Duration = Duration::from_secs(1);

/// What the command line and the environment come to.
struct Settings {
    listen: SocketAddr,
    filter: EnvFilter,
    place: Place,
    config: Config,
}

pub(super) fn run(args: &cli::Serve, global: &cli::Global, output: &Output) -> Outcome {
    let settings = settings(args, global).map_err(|problems| Stop::settings(&problems))?;
    log_to_stderr(settings.filter)?;
    server::log_panics();
    install_tls();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let served = runtime.block_on(serve(settings.listen, &settings.place, settings.config, output));
    // A thread that waits for a neighbour which hangs must not hold up the end.
    runtime.shutdown_timeout(LAST_CALLS);
    served.map(|()| Exit::Fine)
}

async fn serve(listen: SocketAddr, place: &Place, config: Config, output: &Output) -> Result<(), Stop> {
    let _alone = place.serves_alone()?;
    let listener = TcpListener::bind(listen).await.with_context(|| format!("cannot listen on {listen}"));
    let listener = listener.map_err(Stop::Outside)?;
    let address = listener.local_addr()?;
    let releases = Arc::from(place.releases()?);
    let state: Arc<dyn StateStore> = Arc::from(place.state()?);
    let responder = Responder::start(config, releases, Arc::clone(&state), Arc::new(SystemClock)).await?;
    let stop = asked_to_stop();
    // A closed stdout must not stop the responder.
    drop(output.data(|out| writeln!(out, "listening on http://{address}")));
    tracing::info!(%address, "listening");
    let stop = async {
        stop.await;
        tracing::info!("stopping");
        responder.drain();
    };
    let limits = Limits { notice: NOTICE, ..Limits::default() };
    server::serve_within(listener, responder.routes(), limits, stop).await;
    responder.shutdown().await;
    fold(state).await;
    tracing::info!("stopped");
    Ok(())
}

/// Leaves a file that can be copied. What keeps it from that loses nothing: the next start reads the log.
async fn fold(state: Arc<dyn StateStore>) {
    let folded = tokio::task::spawn_blocking(move || state.fold());
    if let Ok(Ok(Err(error))) = tokio::time::timeout(LAST_CALLS, folded).await {
        tracing::warn!(%error, "the log of conversations is not folded into their file");
    }
}

impl From<StartError> for Stop {
    fn from(error: StartError) -> Self {
        match error {
            StartError::Config(problems) => Self::settings(&problems),
            StartError::Store(error) => error.into(),
            other => Self::Outside(other.into()),
        }
    }
}

/// Everything that can be told before anything starts: what it comes to, or all that is wrong.
fn settings(args: &cli::Serve, global: &cli::Global) -> Result<Settings, Vec<String>> {
    let listen = args.listen.trim().parse::<SocketAddr>();
    let listen =
        listen.map_err(|_| "--listen: must be an address and a port, such as 127.0.0.1:8080".to_owned());
    let filter = log_filter(&args.log);
    let idempotent = switch("CHATFLOW_IDEMPOTENT", &args.chatflow_idempotent);
    let per_minute = rate("CHATFLOW_PER_MINUTE", args.chatflow_per_minute.as_deref().and_then(given));
    let place = Place::read(global);
    let mut config = config(&args.outside, global, place.as_ref().ok());
    config.chatflow_idempotent = idempotent.as_ref().copied().unwrap_or(true);
    config.sends_per_minute = per_minute.as_ref().copied().unwrap_or_default();
    config.archive = args.archive.clone().filter(|it| !it.as_os_str().is_empty());
    let mut problems = config.problems();
    problems.extend([idempotent.err(), per_minute.err()].into_iter().flatten());
    match (listen, filter, place) {
        (Ok(listen), Ok(filter), Ok(place)) if problems.is_empty() => {
            Ok(Settings { listen, filter, place, config })
        }
        (listen, filter, place) => {
            problems.extend([listen.err(), filter.err()].into_iter().flatten());
            problems.extend(place.err().unwrap_or_default());
            Err(problems)
        }
    }
}

/// Reads a switch; one that is set to nothing is on, as when it is not set.
fn switch(name: &str, text: &str) -> Result<bool, String> {
    match text.trim().to_ascii_lowercase().as_str() {
        "" | "1" | "true" | "yes" | "on" => Ok(true),
        "0" | "false" | "no" | "off" => Ok(false),
        _ => Err(format!("{name}: must be true or false")),
    }
}

/// Reads how many of something there may be in a minute: one each minute to one each millisecond.
fn rate(name: &str, text: Option<&str>) -> Result<Option<NonZeroU32>, String> {
    let read = |it: &str| it.parse().ok().filter(|it: &NonZeroU32| it.get() <= 60_000);
    text.map(|it| read(it).ok_or_else(|| format!("{name}: must be a whole number from 1 to 60000")))
        .transpose()
}

/// What the flags and the environment say of the services outside.
pub(super) fn config(args: &cli::Outside, global: &cli::Global, place: Option<&Place>) -> Config {
    let mut config = Config::new(&global.data, Arc::new(ProcessEnv));
    if let Some(url) = given(&args.chatflow_api_url) {
        config.chatflow_api_url = url.to_owned();
    }
    if let Some(url) = given(&args.telegram_api_url) {
        config.telegram_api_url = url.to_owned();
    }
    if let Some(url) = given(&args.openai_base_url) {
        config.openai_base_url = url.to_owned();
    }
    config.chatflow_token = secret(args.chatflow_token.as_ref());
    config.openai_api_key = secret(args.openai_api_key.as_ref());
    config.transcription_model = args.transcription_model.as_deref().and_then(given).map(str::to_owned);
    config.embeddings = knowledge::settings(&args.embeddings);
    config.qdrant = place.and_then(Place::qdrant).cloned();
    config.public_base_url = args.public_base_url.as_deref().and_then(given).map(str::to_owned);
    config
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
    log_to_stderr(log_filter(filter).map_err(Stop::Usage)?)
}

fn log_filter(filter: &str) -> Result<EnvFilter, String> {
    let filter = if filter.trim().is_empty() { "info" } else { filter };
    EnvFilter::try_new(filter).map_err(|error| format!("TENANTRY_LOG: {error}"))
}

fn log_to_stderr(filter: EnvFilter) -> Result<(), Stop> {
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        // A request or a turn is one span; a list of one says nothing more.
        .with_span_list(false)
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
