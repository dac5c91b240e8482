//! The way from Telegram to the webhook, on which things get lost; and an office that is reached by it.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use playground::telegram::Options;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::desk::office::{Office, release};

/// Telegram gives up so early that a test need not wait for it.
const PATIENCE: Duration = Duration::from_millis(500);

/// What becomes of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It comes over, and so does its answer, unless Telegram has given up by then.
    Through,
    /// It comes over, and the connection breaks instead of an answer.
    Lost,
    /// It comes over, and its answer does only when nobody waits for it any more.
    Late,
    /// It comes over, and nobody is there any more before the responder can have answered.
    Cut,
    /// It comes over twice at once.
    Twice,
}

/// A delivery as it was sent.
#[derive(Debug, Clone)]
pub(crate) struct Delivery {
    pub(crate) path: String,
    pub(crate) secret: String,
    pub(crate) update: Value,
}

/// Carries deliveries; clones share everything.
#[derive(Clone)]
pub(crate) struct Wire {
    pub(crate) url: String,
    shared: Arc<Shared>,
}

struct Shared {
    /// `HOST:PORT` of the responder, once it has one.
    to: watch::Sender<Option<String>>,
    fates: Mutex<VecDeque<Fate>>,
    seen: Mutex<Vec<Delivery>>,
}

impl Wire {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (fates, seen) = (Mutex::default(), Mutex::default());
        let shared = Arc::new(Shared { to: watch::Sender::new(None), fates, seen });
        let carried = Arc::clone(&shared);
        tokio::spawn(async move {
            while let Ok((from, _)) = listener.accept().await {
                let shared = Arc::clone(&carried);
                tokio::spawn(async move { drop(shared.carry(from).await) });
            }
        });
        Self { url, shared }
    }

    /// The next deliveries end like this.
    pub(crate) fn next(&self, fates: &[Fate]) {
        self.shared.fates.lock().unwrap().extend(fates);
    }

    /// Everything that was sent, in order.
    pub(crate) fn seen(&self) -> Vec<Delivery> {
        self.shared.seen.lock().unwrap().clone()
    }

    /// How often the newest update was sent.
    pub(crate) fn repeats(&self) -> usize {
        let seen = self.seen();
        let id = |it: &Delivery| it.update["update_id"].as_u64();
        let newest = seen.iter().map(id).max().flatten();
        seen.iter().filter(|it| id(it) == newest).count()
    }
}

impl Shared {
    /// Everything of one connection.
    async fn carry(&self, mut from: TcpStream) -> io::Result<()> {
        let mut to = self.to.subscribe();
        let to = to.wait_for(Option::is_some).await.map_err(io::Error::other)?.clone().unwrap_or_default();
        loop {
            let request = read(&mut from).await?;
            let fate = self.fates.lock().unwrap().pop_front().unwrap_or(Fate::Through);
            self.seen.lock().unwrap().push(delivery(&request));
            match fate {
                Fate::Through => {
                    let answer = tokio::select! {
                        answer = ask(&to, &request) => answer?,
                        // Nothing comes before an answer: Telegram is gone, and so is the way on.
                        _ = from.read_u8() => return Ok(()),
                    };
                    from.write_all(&answer).await?;
                }
                Fate::Lost => return ask(&to, &request).await.map(drop),
                Fate::Late => {
                    ask(&to, &request).await?;
                    return from.read_u8().await.map(drop);
                }
                Fate::Cut => return TcpStream::connect(&to).await?.write_all(&request).await,
                Fate::Twice => {
                    let (answer, _) = tokio::try_join!(ask(&to, &request), ask(&to, &request))?;
                    from.write_all(&answer).await?;
                }
            }
        }
    }
}

/// The answer to a request, on a connection of its own.
async fn ask(to: &str, request: &[u8]) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(to).await?;
    stream.write_all(request).await?;
    read(&mut stream).await
}

/// A request or an answer, head and body.
async fn read(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut whole = Vec::new();
    while !whole.ends_with(b"\r\n\r\n") {
        whole.push(stream.read_u8().await?);
    }
    let length = header(&whole, "content-length").and_then(|it| it.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    whole.extend(body);
    Ok(whole)
}

fn header(whole: &[u8], name: &str) -> Option<String> {
    let text = String::from_utf8_lossy(whole);
    let head = text.split("\r\n\r\n").next()?;
    let mut fields = head.lines().filter_map(|it| it.split_once(':'));
    fields.find(|it| it.0.eq_ignore_ascii_case(name)).map(|it| it.1.trim().to_owned())
}

fn delivery(request: &[u8]) -> Delivery {
    let secret = header(request, "x-telegram-bot-api-secret-token").unwrap_or_default();
    let body = request.windows(4).position(|it| it == b"\r\n\r\n").map_or(request.len(), |it| it + 4);
    let line = String::from_utf8_lossy(request);
    let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
    Delivery { path, secret, update: serde_json::from_slice(&request[body..]).unwrap_or_default() }
}

impl Office {
    /// Updates are delivered, by way of a wire.
    pub(crate) async fn on_a_wire() -> (Self, Wire) {
        let wire = Wire::start().await;
        let options = Options { webhook_patience: PATIENCE, ..Options::default() };
        let url = wire.url.clone();
        let configure = |config: &mut server::Config| config.public_base_url = Some(url);
        let office = Self::within(options, &release(|_| {}), |_| {}, configure).await;
        wire.shared.to.send_replace(office.house.url.strip_prefix("http://").map(str::to_owned));
        (office, wire)
    }

    /// Everything that Telegram has for the responder was taken, and what came of it has gone out.
    pub(crate) async fn all_taken(&self) {
        let waiting =
            |it: &playground::telegram::Telegram| (it.waiting(crate::desk::office::BOT) == 0).then_some(());
        self.sees("all updates are taken", waiting).await;
        self.house.settled().await;
    }
}
