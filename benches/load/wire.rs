//! Both ends of the wire, as cheap as they can be: they share the machine with what they measure.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use playground::phone::{Message, payload};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

/// When each message was acknowledged and its reply sent; the number of a message stands in the
/// customer's number.
pub(crate) struct Book {
    began: Instant,
    acked: Vec<AtomicU64>,
    sent: Vec<AtomicU64>,
    replied: Vec<Notify>,
}

impl Book {
    /// An empty one for so many messages.
    pub(crate) fn new(messages: usize) -> Arc<Self> {
        let times = || std::iter::repeat_with(AtomicU64::default).take(messages).collect();
        let replied = std::iter::repeat_with(Notify::new).take(messages).collect();
        Arc::new(Self { began: Instant::now(), acked: times(), sent: times(), replied })
    }

    fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_micros()).expect("a bench ends within half a million years")
    }

    /// Waits for the reply to a message.
    pub(crate) async fn replied(&self, message: usize) {
        self.replied[message].notified().await;
    }

    /// Forgets all times.
    pub(crate) fn clear(&self) {
        for time in self.acked.iter().chain(&self.sent) {
            time.store(0, Ordering::SeqCst);
        }
    }

    /// Milliseconds from the acknowledgement to the call of the gateway, sorted; of those answered.
    pub(crate) fn waits(&self, messages: impl Iterator<Item = usize>) -> Vec<f64> {
        let at = |times: &[AtomicU64], message: usize| times[message].load(Ordering::SeqCst);
        let mut waits: Vec<f64> = messages
            .filter(|it| at(&self.sent, *it) > 0)
            // A reply may leave before its acknowledgement has been read here.
            .map(|it| at(&self.sent, it).saturating_sub(at(&self.acked, it)) as f64 / 1_000.0)
            .collect();
        waits.sort_by(f64::total_cmp);
        waits
    }
}

/// The number of the customer who writes this message only.
pub(crate) fn jid(message: usize) -> String {
    format!("7701{message:08}@s.whatsapp.net")
}

/// A gateway that takes everything at once.
pub(crate) async fn gateway(book: Arc<Book>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let url = format!("http://{}", listener.local_addr().expect("it has an address"));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(take(stream, Arc::clone(&book)));
        }
    });
    url
}

async fn take(mut stream: TcpStream, book: Arc<Book>) {
    drop(stream.set_nodelay(true));
    let mut head = Vec::new();
    loop {
        while !head.ends_with(b"\r\n\r\n") {
            match stream.read_buf(&mut head).await {
                Ok(0) | Err(_) => return,
                Ok(_) => {}
            }
        }
        if let Some(message) = number(&head).filter(|it| *it < book.sent.len()) {
            book.sent[message].store(book.now().max(1), Ordering::SeqCst);
            book.replied[message].notify_one();
        }
        head.clear();
        let answer = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 16\r\n\r\n{\"success\":true}";
        if stream.write_all(answer).await.is_err() {
            return;
        }
    }
}

/// The number of the message that a call of the gateway answers.
fn number(head: &[u8]) -> Option<usize> {
    let head = std::str::from_utf8(head).ok()?;
    let digits = head.split("jid=7701").nth(1)?;
    digits.get(..8)?.parse().ok()
}

/// A connection to a responder.
pub(crate) struct Wire {
    stream: TcpStream,
    answer: Vec<u8>,
}

impl Wire {
    /// Connects to `http://HOST:PORT`.
    pub(crate) async fn open(address: &str) -> Self {
        let stream = TcpStream::connect(address.trim_start_matches("http://")).await;
        let stream = stream.expect("the responder listens");
        drop(stream.set_nodelay(true));
        Self { stream, answer: Vec::new() }
    }

    /// Delivers a message, notes the acknowledgement and returns what it took, milliseconds.
    pub(crate) async fn deliver(&mut self, message: &Message, number: usize, book: &Book) -> f64 {
        let body = payload(message).to_string();
        let request = format!(
            "POST /webhook/{}?webhook_secret={}&instanceId={} HTTP/1.1\r\nhost: bench\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            message.slug,
            message.secret,
            message.instance_id.as_deref().unwrap_or_default(),
            body.len(),
        );
        let began = Instant::now();
        self.stream.write_all(request.as_bytes()).await.expect("the responder reads");
        self.answered().await;
        book.acked[number].store(book.now(), Ordering::SeqCst);
        began.elapsed().as_secs_f64() * 1_000.0
    }

    async fn answered(&mut self) {
        self.answer.clear();
        loop {
            let read = self.stream.read_buf(&mut self.answer).await.expect("the responder answers");
            assert!(read > 0, "the responder hung up");
            let text = String::from_utf8_lossy(&self.answer);
            let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
            let length = head.lines().find_map(|it| it.strip_prefix("content-length: "));
            let length: usize = length.and_then(|it| it.parse().ok()).expect("answers say how long they are");
            if body.len() >= length {
                assert!(head.starts_with("HTTP/1.1 200"), "{text}");
                return;
            }
        }
    }
}
