//! Acknowledgements a second: 32 kept connections over loopback, every message on the disk (fsync)
//! before its 200; beside it the same load on a handler that does nothing.
//!
//! `cargo bench --profile dev -p server --bench webhook`

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark prints its figures and may stop")]

#[path = "../tests/server/shop.rs"]
mod shop;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use index::EdgeIndex;
use runtime::{Publication, ReleaseStore, SqliteReleases, SqliteState, StateStore};
use server::{Config, Responder, SystemClock};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use warp::Filter;
use warp::reply::Reply;

const CONNECTIONS: usize = 32;
const WARM_UP: Duration = Duration::from_secs(1);
const MEASURED: Duration = Duration::from_secs(5);

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let bare = bare().await;
        let ours = ours().await;
        println!("bare warp handler   {bare:>8.0} answers/s");
        println!("webhook, fsync on   {ours:>8.0} acknowledgements/s");
        println!("ratio               {:>8.2} (target: at least 2,000/s on two cores)", ours / bare);
    });
}

async fn bare() -> f64 {
    let routes = warp::path!("webhook" / String).and(warp::post()).and(warp::body::bytes()).map(|_, _| {
        let body = serde_json::json!({"success": true, "message": "Accepted"});
        warp::reply::json(&body).into_response()
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let server = tokio::spawn(server::serve(listener, routes.boxed(), std::future::pending()));
    let rate = load(&address).await;
    server.abort();
    rate
}

async fn ours() -> f64 {
    // Beside the build artefacts, because the folder for temporary files may be memory only.
    let dir = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let releases = SqliteReleases::open(dir.path()).unwrap();
    let mut release = shop::shop("wheel");
    release.client.settings.burst_window_ms = format::Settings::default().burst_window_ms;
    publish(&releases, &release);
    let state = Arc::new(SqliteState::open(dir.path()).unwrap());
    let mut config = Config::new(dir.path(), Arc::new(|_: &str| Some(shop::secret("wheel"))));
    // Nobody answers there: replies wait, as they would while a gateway is down.
    config.chatflow_api_url = "http://127.0.0.1:9/api/v1".to_owned();
    let index = Arc::new(EdgeIndex::temporary(index::Layout::default()).unwrap());
    let stores = (Arc::new(releases), Arc::clone(&state) as Arc<dyn StateStore>);
    let responder = Responder::over(config, stores.0, stores.1, Arc::new(SystemClock), index).await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let server = tokio::spawn(server::serve(listener, responder.routes(), std::future::pending()));
    let rate = load(&address).await;
    server.abort();
    responder.shutdown().await;
    let stored: u64 = state.usage(Some("wheel")).unwrap().iter().map(|it| it.messages_in).sum();
    println!("stored              {stored:>8} messages");
    rate
}

fn publish(releases: &SqliteReleases, release: &format::Release) {
    let bytes = format::encode(release);
    let publication = Publication {
        slug: release.client.slug.clone(),
        release_id: format::release_id(&bytes),
        bytes,
        standing: shop::standing(),
        base: None,
        vectors: Vec::new(),
        commit: None,
        author: None,
        actor: None,
        at: "2026-01-15T12:00:00Z".to_owned(),
    };
    releases.publish(&publication).unwrap();
}

/// Answers a second with status 200 over all connections.
async fn load(address: &str) -> f64 {
    let answered = Arc::new(AtomicU64::new(0));
    let callers: Vec<_> = (0..CONNECTIONS)
        .map(|caller| tokio::spawn(call(address.to_owned(), caller, Arc::clone(&answered))))
        .collect();
    tokio::time::sleep(WARM_UP).await;
    let (began, before) = (Instant::now(), answered.load(Ordering::Relaxed));
    tokio::time::sleep(MEASURED).await;
    let rate = (answered.load(Ordering::Relaxed) - before) as f64 / began.elapsed().as_secs_f64();
    callers.iter().for_each(tokio::task::JoinHandle::abort);
    rate
}

/// One kept connection: the next request goes out when the answer before it is in.
async fn call(address: String, caller: usize, answered: Arc<AtomicU64>) {
    let mut stream = TcpStream::connect(&address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let mut answer = vec![0; 4096];
    for number in 0_u64.. {
        let body = format!(
            r#"{{"messageType":"text","message":"Сколько стоит правка колеса?","metadata":{{"sender":"А.","timestamp":1764929737,"messageId":"{caller}-{number}","remoteJid":"7700{caller:03}{:04}@s.whatsapp.net"}},"mediaData":null}}"#,
            number % 1000
        );
        let request = format!(
            "POST /webhook/wheel HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nx-webhook-secret: {}\r\ncontent-length: {}\r\n\r\n{body}",
            shop::secret("wheel"),
            body.len()
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let read = stream.read(&mut answer).await.unwrap();
        if read == 0 {
            return;
        }
        assert!(answer[..read].starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer[..read]));
        answered.fetch_add(1, Ordering::Relaxed);
    }
}
