//! `dev`: compiles a tree, serves it with embedded engines and a page to talk to it, and does so
//! again whenever a file is saved. Needs no account, no key and no network.

mod bench;
mod browser;
mod clock;
mod desk;
mod ledger;
mod publish;
mod samples;
mod scope;
mod secrets;
mod watch;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use playground::bench::Bench;
use playground::clock::Clock;
use playground::gateway::Gateway;
use playground::model::Model;
use playground::phone::Phone;
use playground::telegram::Telegram;
use playground::{guard, page};
use runtime::{SqliteReleases, SqliteState};
use secrecy::SecretString;
use server::{Config, Responder};
use tokio::net::TcpListener;
use tokio::sync::watch::{Receiver, Sender, channel};

use super::serve::{asked_to_stop, install_tls, start_logging};
use crate::cli;
use crate::exit::{Exit, Outcome, Stop};
use crate::output::Output;
use crate::place::Place;
use ledger::StoreLedger;
use publish::Publisher;
use scope::TreeReleases;
use secrets::Invented;

/// Kept apart from what `apply` publishes: trying things out must not touch it.
const FOLDER: &str = "dev";
/// A pretended gateway answers at once, or was told not to.
const SEND_TIMEOUT: Duration = Duration::from_secs(5);

pub(super) fn run(args: &cli::Dev, place: &Place, output: &Output) -> Outcome {
    if !args.listen.ip().is_loopback() {
        let message = "--listen: the page has no password, so `dev` listens on this machine only (127.0.0.1)";
        return Err(Stop::Usage(message.to_owned()));
    }
    if !args.path.is_dir() {
        return Err(Stop::Usage(format!("`{}` is not a folder", args.path.display())));
    }
    start_logging(&std::env::var("TENANTRY_LOG").unwrap_or_else(|_| "warn".to_owned()))?;
    install_tls();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(dev(args, &place.data().join(FOLDER), output))?;
    Ok(Exit::Fine)
}

async fn dev(args: &cli::Dev, data: &Path, output: &Output) -> Result<(), Stop> {
    let listener = TcpListener::bind(args.listen).await;
    let hint = || format!("cannot listen on {} (`--listen 127.0.0.1:0` takes any free port)", args.listen);
    let listener = listener.with_context(hint).map_err(Stop::Outside)?;
    let addr = listener.local_addr()?;

    // Watching begins before the first compile: a file saved in between is not missed.
    let saved = watch::start(&args.path, output);
    let releases = Arc::new(TreeReleases::new(SqliteReleases::open(data)?));
    let secrets = Arc::new(Invented::new(data));
    let mut publisher = Publisher::new(&args.path, Arc::clone(&releases), Arc::clone(&secrets), *output);
    publisher.publish()?;

    let state = Arc::new(SqliteState::open(data)?);
    let clock = clock::open(data);
    let responder = Responder::start(
        config(addr, data, &secrets),
        releases,
        state,
        Arc::new(clock::Bench(clock.clone())),
    )
    .await?;
    let telegram = Telegram::default();
    telegram.advance(Duration::from_millis(clock.ahead_ms().unsigned_abs()));
    desk::furnish(&telegram, &secrets, responder.snapshot().tenants.values().map(|it| it.head()));
    let (bench, shown) = channel(publisher.bench(&responder.snapshot()));
    let routes = routes(addr, &responder, (&secrets, &telegram, &clock), shown);

    // A closed stdout must not stop the page.
    drop(output.data(|out| {
        writeln!(out, "listening on http://{addr}")?;
        writeln!(out, "talk to the tenants on http://{addr}/play/ (Ctrl-C stops)")
    }));
    if !args.no_open {
        browser::open(&format!("http://{addr}/play/"));
    }
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let reloading = async {
        tokio::select! {
            () = asked_to_stop() => {}
            () = clock::keep(&clock, data) => {}
            () = reload(publisher, saved, &bench, (&responder, &telegram, &secrets)) => {}
        }
        // Open pages hold their connections until the bench is gone, and the responder its own, on which
        // it waits for updates, until it stops.
        drop(bench);
        drop(stop);
        responder.shutdown().await;
    };
    let stopped = async { drop(stopped.await) };
    tokio::join!(server::serve(listener, routes, stopped), reloading);
    output.talk("stopped");
    Ok(())
}

/// The responder believes that it talks to ChatFlow, to Telegram and to a model.
fn config(addr: SocketAddr, data: &Path, secrets: &Arc<Invented>) -> Config {
    let lookup = Arc::clone(secrets);
    let mut config = Config::new(data, Arc::new(move |name: &str| Some(lookup.value(name))));
    config.chatflow_api_url = format!("http://{addr}/pretend/chatflow/api/v1");
    config.chatflow_token = Some(SecretString::from(secrets.value("CHATFLOW_TOKEN")));
    config.telegram_api_url = format!("http://{addr}/pretend/telegram");
    // The pretended gateway fetches files of people from here, and updates are delivered.
    config.public_base_url = (addr.ip() == Ipv4Addr::LOCALHOST).then(|| format!("http://{addr}"));
    config.openai_base_url = format!("http://{addr}/pretend/openai/v1");
    config.openai_api_key = Some(SecretString::from(secrets.value("OPENAI_API_KEY")));
    config.send_timeout = SEND_TIMEOUT;
    config
}

/// The page, the pretended services and the responder, for this machine only.
fn routes(
    addr: SocketAddr,
    responder: &Responder,
    (secrets, telegram, clock): (&Arc<Invented>, &Telegram, &Clock),
    bench: Receiver<Bench>,
) -> server::Routes {
    let gateway = Gateway::default();
    let secrets = Arc::clone(secrets);
    let page = page::routes(page::Setup {
        phone: Phone::new(format!("http://{addr}")),
        gateway: gateway.clone(),
        telegram: telegram.clone(),
        clock: clock.clone(),
        ledger: Arc::new(StoreLedger::new(Arc::clone(responder.state()))),
        secrets: Arc::new(move |slug: &str| secrets.webhook(slug)),
        bench,
    });
    guard::loopback_only(playground::with_pretended(
        page,
        &gateway,
        &Model::default(),
        telegram,
        responder.routes(),
    ))
}

/// Publishes whenever something was saved; never returns.
async fn reload(
    mut publisher: Publisher,
    mut saved: watch::Saved,
    bench: &Sender<Bench>,
    (responder, telegram, secrets): (&Responder, &Telegram, &Invented),
) {
    while saved.next().await {
        let publishing = tokio::task::spawn_blocking(move || {
            let outcome = publisher.publish();
            (publisher, outcome)
        });
        let outcome;
        (publisher, outcome) = publishing.await.expect("compiling reports what is wrong and does not panic");
        if let Err(stop) = outcome {
            publisher.complain(&stop);
        }
        if let Err(error) = responder.reload().await {
            publisher.complain(&error.into());
        }
        desk::furnish(telegram, secrets, responder.snapshot().tenants.values().map(|it| it.head()));
        bench.send_replace(publisher.bench(&responder.snapshot()));
    }
    // Without a watcher the page is still there.
    std::future::pending::<()>().await;
}
