//! Who may call, and in which order the answers come.

use std::time::Duration;

use format::{Reference, Status};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::house::{House, Site, answer, message};
use crate::shop::{secret, shop};

fn unauthorized() -> serde_json::Value {
    json!({"success": false, "message": "Unauthorized"})
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_come_in_the_order_of_the_contract() {
    let house = House::of_one().await;
    let large = "x".repeat(1024 * 1024 + 1);
    let right = secret("wheel");
    for (what, slug, given, body, status) in [
        ("too large before unknown", "nobody", None, large.as_str(), 413),
        ("too large with the secret", "wheel", Some(&right), large.as_str(), 413),
        ("unknown before unparseable", "nobody", Some(&right), "{", 401),
        ("no secret before unparseable", "wheel", None, "{", 401),
        ("unparseable", "wheel", Some(&right), "{", 400),
        ("not an object", "wheel", Some(&right), "[1]", 400),
        ("empty", "wheel", Some(&right), "", 400),
        ("broken UTF-8 is still a body", "wheel", Some(&right), "{\"message\":\"\u{fffd}\"}", 400),
        ("no sender", "wheel", Some(&right), r#"{"message":"привет"}"#, 400),
    ] {
        let mut call = house.call(slug).body(body.to_owned());
        if let Some(secret) = given {
            call = call.header("X-Webhook-Secret", secret.as_str());
        }
        assert_eq!(answer(call).await.0, status, "{what}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_legacy_route_reads_its_body_first() {
    let house = House::of_one().await;
    let call = |body: String| house.http.post(format!("{}/webhook", house.url)).body(body);
    let wrapped = |slug: &str| json!({"client_slug": slug, "body": message("L-1", "цена?")}).to_string();
    assert_eq!(answer(call("{".to_owned())).await.0, 400);
    assert_eq!(answer(call("{}".to_owned())).await.0, 400);
    assert_eq!(answer(call(wrapped("wheel"))).await, (401, unauthorized()));
    let known = |slug: &str| call(wrapped(slug)).header("x-webhook-secret", secret("wheel"));
    assert_eq!(answer(known("nobody")).await, (401, unauthorized()));
    let (status, body) = answer(known("wheel")).await;
    assert_eq!((status, &body["message"]), (200, &json!("Accepted")));
    assert_eq!(house.stored("wheel", crate::house::JID).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_are_alike_to_the_byte() {
    let site = Site::new().await;
    site.publish(&shop("wheel"));
    let mut gone = shop("gone");
    gone.client.status = Status::Deleted;
    site.publish(&gone);
    let house = site.start().await;
    let mut seen = Vec::new();
    for (slug, given) in [
        ("nobody", Some(secret("nobody"))),
        ("wheel", None),
        ("wheel", Some(String::new())),
        ("wheel", Some(secret("gone"))),
        ("wheel", Some(format!("{}x", secret("wheel")))),
        ("wheel", Some(secret("wheel")[..40].to_owned())),
        ("WHEEL", Some(secret("wheel"))),
        ("gone", Some(secret("gone"))),
        ("gone", None),
    ] {
        let mut call = house.call(slug).json(&message("A-1", "?"));
        if let Some(secret) = given {
            call = call.header("X-Webhook-Secret", secret);
        }
        let response = call.send().await.unwrap();
        let mut headers = response.headers().clone();
        for own in ["x-request-id", "date"] {
            assert!(headers.remove(own).is_some(), "{own}");
        }
        let status = response.status();
        seen.push((status, format!("{headers:?}"), response.bytes().await.unwrap()));
    }
    assert_eq!(seen[0].2, r#"{"success":false,"message":"Unauthorized"}"#);
    assert!(seen.iter().all(|it| *it == seen[0]), "{seen:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_header_wins_over_the_query() {
    let house = House::of_one().await;
    let with = |query: &str, header: Option<&str>| {
        let call = house.http.post(format!("{}/webhook/wheel?{query}", house.url)).json(&message("Q", "?"));
        header.map_or(call.try_clone().unwrap(), |it| call.header("X-Webhook-Secret", it))
    };
    let right = secret("wheel");
    let in_query = format!("webhook_secret={right}&instanceId=wheel-1");
    let escaped = format!("webhook_secret={}", right.replace('-', "%2D"));
    assert_eq!(answer(with(&in_query, None)).await.0, 200);
    assert_eq!(answer(with(&escaped, None)).await.0, 200);
    assert_eq!(answer(with("webhook_secret=wrong", Some(&right))).await.0, 200);
    assert_eq!(answer(with(&in_query, Some("wrong"))).await.0, 401);
    assert_eq!(answer(with("webhook_secret=", None)).await.0, 401);
    assert_eq!(answer(with("webhook_secret[]=x", None)).await.0, 401);
    // People copy addresses with a slash at the end.
    let slash = house.http.post(format!("{}/webhook/wheel/?webhook_secret={right}", house.url));
    assert_eq!(answer(slash.json(&message("Q", "?"))).await.0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plus_in_the_query_stands_for_itself_or_a_space() {
    for value in ["pa+ss+word+0123456789+0123456789+", "pass word 0123456789 0123456789 0123"] {
        let site = Site::new().await;
        site.publish(&shop("wheel"));
        site.env.set("WHEEL_WEBHOOK_SECRET", value);
        let house = site.start().await;
        let url = format!("{}/webhook/wheel?webhook_secret={}", house.url, value.replace(' ', "+"));
        assert_eq!(answer(house.http.post(url).json(&message("P", "?"))).await.0, 200, "{value}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn both_secrets_open_while_rotating() {
    let site = Site::new().await;
    let mut release = shop("wheel");
    let next = Reference::File("next.txt".to_owned());
    release.client.secrets.insert("webhook_secret_next".to_owned(), next);
    site.publish(&release);
    std::fs::write(site.dir.path().join("next.txt"), format!("{}\n", secret("next"))).unwrap();
    let house = site.start().await;
    let with =
        |secret: String| house.call("wheel").header("X-Webhook-Secret", secret).json(&message("R", "?"));
    assert_eq!(answer(with(secret("wheel"))).await.0, 200);
    assert_eq!(answer(with(secret("next"))).await.0, 200);
    assert_eq!(answer(with(secret("old"))).await.0, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_probe_tells_nobody_apart() {
    let house = House::of_one().await;
    let mut answers = Vec::new();
    for slug in ["wheel", "nobody", "x"] {
        answers.push(answer(house.http.get(format!("{}/webhook/{slug}", house.url))).await);
    }
    assert_eq!(answers[0].0, 200);
    assert_eq!(answers[0].1["ok"], true);
    assert!(answers.iter().all(|it| *it == answers[0]));
    assert_eq!(answer(house.http.put(format!("{}/webhook/wheel", house.url))).await.0, 405);
    assert_eq!(answer(house.http.get(format!("{}/webhook", house.url))).await.0, 405);
    assert_eq!(answer(house.http.get(format!("{}/nowhere", house.url))).await.0, 404);
}

/// Sends `head`, then `chunk` until an answer comes, and returns its status line.
async fn stream(house: &House, head: &str, chunk: &[u8], times: usize) -> String {
    let mut stream = TcpStream::connect(house.url.trim_start_matches("http://")).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    for _ in 0..times {
        if stream.write_all(chunk).await.is_err() {
            break;
        }
    }
    let mut answer = vec![0; 64];
    let read = tokio::time::timeout(Duration::from_secs(8), stream.read(&mut answer)).await;
    let read = read.expect("an answer comes").unwrap();
    String::from_utf8_lossy(&answer[..read]).lines().next().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cap_holds_while_the_body_streams() {
    let house = House::of_one().await;
    let line = "POST /webhook/wheel HTTP/1.1\r\nhost: x\r\n";
    let chunked = format!("{line}transfer-encoding: chunked\r\n\r\n");
    let chunk = [b"10000\r\n".as_slice(), &[b'x'; 0x10000], b"\r\n"].concat();
    // Never ends and never says how long it is.
    assert_eq!(stream(&house, &chunked, &chunk, 20).await, "HTTP/1.1 413 Payload Too Large");
    // Says that it is too long, and asks before it sends.
    let asking = format!("{line}content-length: 99999999\r\nexpect: 100-continue\r\n\r\n");
    assert_eq!(stream(&house, &asking, b"", 0).await, "HTTP/1.1 413 Payload Too Large");
    // Says so and sends.
    let sending = format!("{line}content-length: {}\r\n\r\n", 2 * 1024 * 1024);
    assert_eq!(stream(&house, &sending, &[b'x'; 1024 * 1024], 2).await, "HTTP/1.1 413 Payload Too Large");
    // A chunked body below the cap needs no length.
    let small = format!("{chunked}2\r\n{{}}\r\n0\r\n\r\n");
    assert_eq!(stream(&house, &small, b"", 0).await, "HTTP/1.1 401 Unauthorized");
}
