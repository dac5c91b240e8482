//! Clients that are slow on purpose, and too many of them.

use std::time::{Duration, Instant};

use server::Limits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use warp::Filter;
use warp::reply::Reply;

use crate::house::{House, JID, Site, message};
use crate::shop::{secret, shop};

/// Short enough to wait for.
const HEAD: Duration = Duration::from_millis(400);
const IDLE: Duration = Duration::from_secs(3);
/// What a loaded machine may be late by.
const GRACE: Duration = Duration::from_secs(5);

fn limits() -> Limits {
    Limits { head: HEAD, idle: IDLE, ..Limits::default() }
}

async fn house(limits: Limits) -> House {
    let site = Site::new().await;
    site.publish(&shop("wheel"));
    let mut config = site.config();
    config.body_deadline = HEAD;
    site.start_within(config, limits).await.unwrap()
}

async fn connect(house: &House) -> TcpStream {
    TcpStream::connect(house.url.trim_start_matches("http://")).await.unwrap()
}

/// Reads until the other side closes; what came, and how long it took.
async fn to_the_end(stream: &mut TcpStream) -> (String, Duration) {
    let began = Instant::now();
    let mut read = Vec::new();
    let ended = tokio::time::timeout(GRACE + IDLE, stream.read_to_end(&mut read)).await;
    assert!(ended.is_ok(), "the connection is still open");
    (String::from_utf8_lossy(&read).into_owned(), began.elapsed())
}

/// Whether the other side closes within this time; nothing else is expected of it.
async fn is_closed(stream: &mut TcpStream, within: Duration) -> bool {
    tokio::time::timeout(within, stream.read(&mut [0; 64])).await.is_ok()
}

/// One request on a connection that is kept; the head of its answer.
async fn probe(stream: &mut TcpStream) -> String {
    stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let mut answer = vec![0; 1024];
    let read = stream.read(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer[..read]).lines().next().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_without_a_head_is_closed() {
    let house = house(limits()).await;
    let mut silent = connect(&house).await;
    let (answer, took) = to_the_end(&mut silent).await;
    assert!(answer.is_empty() && took < GRACE, "{took:?}: {answer}");
    // The beginning of HTTP/2, which takes its time too.
    let mut other = connect(&house).await;
    other.write_all(b"PRI * HT").await.unwrap();
    assert!(to_the_end(&mut other).await.1 < GRACE);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_that_trickles_is_as_late_as_none() {
    let house = house(limits()).await;
    let mut stream = connect(&house).await;
    let began = Instant::now();
    let head = b"POST /webhook/wheel HTTP/1.1\r\nhost: x\r\nx-slow: ";
    stream.write_all(head).await.unwrap();
    // A byte now and then keeps no connection open.
    while !is_closed(&mut stream, HEAD / 8).await {
        assert!(began.elapsed() < GRACE, "the head may take for ever");
        drop(stream.write_all(b"a").await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kept_connection_rests_longer_than_a_head_may_take() {
    let house = house(limits()).await;
    let mut stream = connect(&house).await;
    assert_eq!(probe(&mut stream).await, "HTTP/1.1 200 OK");
    assert!(!is_closed(&mut stream, HEAD * 2).await, "it is kept");
    assert_eq!(probe(&mut stream).await, "HTTP/1.1 200 OK");
    assert!(to_the_end(&mut stream).await.1 > HEAD, "and not for ever");
    // Once a second request has begun, its head has the deadline of heads.
    let mut stream = connect(&house).await;
    assert_eq!(probe(&mut stream).await, "HTTP/1.1 200 OK");
    stream.write_all(b"GET /hea").await.unwrap();
    assert!(to_the_end(&mut stream).await.1 < IDLE, "a begun head does not rest");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_stops_is_refused() {
    let house = house(limits()).await;
    for framing in ["content-length: 100", "transfer-encoding: chunked"] {
        let mut stream = connect(&house).await;
        let head =
            format!("POST /webhook/wheel HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{framing}\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        let (answer, took) = to_the_end(&mut stream).await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
        assert!(took < GRACE, "{took:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn heads_are_capped() {
    let house = house(limits()).await;
    for head in [
        format!("GET /healthz HTTP/1.1\r\nhost: x\r\nx-large: {}\r\n\r\n", "a".repeat(200_000)),
        format!("GET /healthz HTTP/1.1\r\nhost: x\r\n{}\r\n", "x-many: a\r\n".repeat(200)),
    ] {
        let mut stream = connect(&house).await;
        // It may be answered and closed before all of it was taken.
        drop(stream.write_all(head.as_bytes()).await);
        let mut answer = vec![0; 64];
        let read = stream.read(&mut answer).await.unwrap_or(0);
        let answer = String::from_utf8_lossy(&answer[..read]).into_owned();
        assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_clients_keep_others_waiting_no_longer_than_their_deadline() {
    let house = house(Limits { connections: 4, ..limits() }).await;
    let mut silent = Vec::new();
    for _ in 0..20 {
        silent.push(connect(&house).await);
    }
    let began = Instant::now();
    let (status, body) = house.deliver("wheel", &message("S-1", "?")).await;
    assert_eq!((status, &body["message"]), (200, &"Accepted".into()));
    // Twenty of them, four at once.
    assert!(began.elapsed() < HEAD * 6 + GRACE, "after {:?}", began.elapsed());
    assert_eq!(house.stored("wheel", JID).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_http_is_refused() {
    let house = house(limits()).await;
    let right = secret("wheel");
    for junk in [
        "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}\u{1}\u{fc}\r\n\r\n".to_owned(),
        "GET\r\n\r\n".to_owned(),
        "POST /webhook/wheel HTTP/9.9\r\nhost: x\r\n\r\n".to_owned(),
        format!("POST /webhook/wheel HTTP/1.1\r\nhost: x\r\nx-webhook-secret : {right}\r\n\r\n"),
        format!(
            "POST /webhook/wheel HTTP/1.1\r\nhost: x\r\nx-webhook-secret: {right}\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{{}}"
        ),
        format!(
            "POST /webhook/wheel HTTP/1.1\r\nhost: x\r\nx-webhook-secret: {right}\r\ncontent-length: -1\r\n\r\n{{}}"
        ),
        format!(
            "POST /webhook/wheel HTTP/1.1\r\nhost: x\r\nx-webhook-secret: {right}\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n{{}}\r\n"
        ),
        format!(
            "POST /webhook/wheel HTTP/1.1\r\nhost: x\r\nx-webhook-secret: {right}\r\ntransfer-encoding: nonsense\r\n\r\n{{}}"
        ),
    ] {
        let mut stream = connect(&house).await;
        stream.write_all(junk.as_bytes()).await.unwrap();
        let (answer, _) = to_the_end(&mut stream).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{junk:?}: {answer}");
        assert!(!answer.contains(&right));
    }
    assert!(house.stored("wheel", JID).is_empty());
    assert_eq!(house.deliver("wheel", &message("S-2", "?")).await.0, 200, "others are served on");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_goes_on_is_no_rest() {
    let idle = Duration::from_millis(800);
    let page = warp::path!("endless").map(move || {
        let chunks = futures_util::stream::unfold(0, move |sent| async move {
            tokio::time::sleep(idle / 4).await;
            (sent < 10).then_some((Ok::<_, std::io::Error>(bytes::Bytes::from_static(b"x")), sent + 1))
        });
        warp::reply::stream(chunks).into_response()
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut stream = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let limits = Limits { idle, ..limits() };
    let server = tokio::spawn(server::serve_within(listener, page.boxed(), limits, std::future::pending()));
    stream.write_all(b"GET /endless HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
    let (answer, took) = to_the_end(&mut stream).await;
    assert!(answer.ends_with("0\r\n\r\n") && answer.matches("\r\nx\r\n").count() == 10, "{answer}");
    assert!(took > idle * 2);
    server.abort();
}
