//! Whoever has not the secret gets nowhere, however he asks; and a recorded call has no second effect.

use std::collections::BTreeSet;
use std::time::Duration;

use format::Reference;
use reqwest::RequestBuilder;
use serde_json::{Value, json};

use crate::house::{House, JID, Site, answer, message, until};
use crate::shop::{secret, shop};

const REFUSED: &str = r#"{"success":false,"message":"Unauthorized"}"#;

/// Small, and the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        // https://en.wikipedia.org/wiki/Xorshift
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % most as u64).unwrap()
    }

    /// A secret or a slug that is nearly right.
    fn spoilt(&mut self, right: &str) -> String {
        let mut bytes = right.as_bytes().to_vec();
        let at = self.below(bytes.len());
        match self.below(6) {
            0 => bytes[at] = b'!' + u8::try_from(self.below(90)).unwrap(),
            1 => bytes.truncate(at),
            2 => bytes.push(b'0'),
            3 => bytes.insert(at, b'_'),
            4 => bytes.reverse(),
            _ => bytes.iter_mut().for_each(|it| it.make_ascii_uppercase()),
        }
        let spoilt = String::from_utf8(bytes).unwrap();
        if spoilt == right { format!("{right}x") } else { spoilt }
    }
}

/// Two tenants, one of them between two secrets after an older one.
async fn house() -> House {
    let site = Site::new().await;
    let mut release = shop("wheel");
    let next = Reference::File("next.txt".to_owned());
    release.client.secrets.insert("webhook_secret_next".to_owned(), next);
    site.publish(&release);
    std::fs::write(site.dir.path().join("next.txt"), secret("next")).unwrap();
    site.publish(&shop("other"));
    site.start().await
}

fn query(value: &str) -> String {
    value.bytes().map(|it| format!("%{it:02X}")).collect()
}

/// Status, headers but for those of the moment, body.
async fn whole(call: RequestBuilder) -> (u16, String, String) {
    let response = call.send().await.unwrap();
    let mut headers = response.headers().clone();
    for own in ["x-request-id", "date"] {
        assert!(headers.remove(own).is_some(), "{own}");
    }
    (response.status().as_u16(), format!("{headers:?}"), response.text().await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_shape_of_a_wrong_secret_is_refused_alike() {
    let house = house().await;
    let right = secret("wheel");
    let (other, old) = (secret("other"), secret("old"));
    let body = message("F-1", "?");
    let path = |query: String| house.http.post(format!("{}/webhook/wheel{query}", house.url)).json(&body);
    let header = |values: &[&str]| {
        values.iter().fold(path(String::new()), |call, it| call.header("X-Webhook-Secret", *it))
    };
    let encoded = query(&right);
    let calls = [
        path(String::new()),
        header(&[""]),
        header(&["   "]),
        header(&[&other]),
        header(&[&old]),
        header(&[&right, &other]),
        header(&[&other, &right]),
        header(&[&format!("{right}, {right}")]),
        header(&[&format!("[\"{right}\"]")]),
        header(&[&format!("\"{right}\"")]),
        header(&[&format!("Bearer {right}")]),
        header(&[&encoded]),
        header(&[&"x".repeat(8_000)]),
        path("?webhook_secret".to_owned()),
        path("?webhook_secret=".to_owned()),
        path(format!("?webhook_secret={other}")),
        path(format!("?webhook_secret={old}")),
        path(format!("?webhook_secret={right}&webhook_secret={other}")),
        path(format!("?webhook_secret={other}&webhook_secret={right}")),
        path(format!("?webhook_secret[]={right}")),
        path(format!("?webhook_secret[0]={right}")),
        path(format!("?webhook_secret=[{right}]")),
        path(format!("?webhook_secret={}", encoded.replace('%', "%25"))),
        path(format!("?webhook_secret={right}%00")),
        path(format!("?WEBHOOK_SECRET={right}")),
        path(format!("?x=webhook_secret={right}")),
        path(format!("?{}webhook_secret={right}", "a=b&".repeat(100))),
        path(format!("?webhook_secret={right}")).header("X-Webhook-Secret", &other),
        path(String::new()).header("Authorization", format!("Bearer {right}")),
        path(String::new()).header("Cookie", format!("webhook_secret={right}")),
        path(String::new()).json(&json!({"webhook_secret": right, "body": body})),
        house.call("nobody").header("X-Webhook-Secret", &right).json(&body),
        house.call("nobody").json(&body),
    ];
    let mut seen = BTreeSet::new();
    for (number, call) in calls.into_iter().enumerate() {
        let answer = whole(call).await;
        assert_eq!((answer.0, answer.2.as_str()), (401, REFUSED), "call {number}");
        seen.insert(answer);
    }
    assert_eq!(seen.len(), 1, "{seen:?}");
    assert!(house.stored("wheel", JID).is_empty());
    // The same calls with the secret in its places.
    for call in [
        header(&[&right]),
        header(&[&right, &right]),
        header(&[&secret("next")]),
        path(format!("?webhook_secret={encoded}")),
        path(format!("?webhook_secret={other}")).header("X-Webhook-Secret", &right),
    ] {
        assert_eq!(answer(call).await.0, 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_learns_which_tenants_there_are() {
    let house = house().await;
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    let mut seen = BTreeSet::new();
    for number in 0..400 {
        let body = message(&format!("D-{number}"), "?");
        let slug = match dice.below(3) {
            0 => "wheel".to_owned(),
            1 => "other".to_owned(),
            // What stays of it must be one segment of a path.
            _ => dice.spoilt("wheel").replace(|it: char| !it.is_ascii_alphanumeric(), "-"),
        };
        let slug = if slug.is_empty() { "-".to_owned() } else { slug };
        let whose = if dice.below(2) == 0 { "wheel" } else { "next" };
        let given = dice.spoilt(&secret(whose));
        let call = house.call(&slug).json(&body);
        let call = match dice.below(3) {
            0 => call,
            1 => call.header("X-Webhook-Secret", given),
            _ => call.query(&[("webhook_secret", given)]),
        };
        seen.insert(whole(call).await);
    }
    assert_eq!(seen.len(), 1, "{seen:?}");
    let (status, _, body) = seen.pop_first().unwrap();
    assert_eq!((status, body.as_str()), (401, REFUSED));
    assert!(house.stored("wheel", JID).is_empty() && house.stored("other", JID).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_are_refused_for_their_size_then_their_sender_then_their_shape() {
    let house = house().await;
    let right = secret("wheel");
    let ten = "x".repeat(10 * 1024 * 1024);
    for slug in ["wheel", "nobody"] {
        for given in [right.as_str(), ""] {
            let call = house.call(slug).header("X-Webhook-Secret", given).body(ten.clone());
            assert_eq!(answer(call).await.0, 413, "{slug}");
        }
    }
    for body in ["", "null", "[]", "\"text\"", "7", "true", "{", "{\"a\":}", "\u{0}", "<xml/>", "a=b&c=d"] {
        for kind in ["application/json", "text/plain", "application/x-www-form-urlencoded", "nonsense"] {
            let call = || house.call("wheel").header("Content-Type", kind).body(body);
            assert_eq!(whole(call()).await.2, REFUSED, "{kind}: {body}");
            let (status, told) = answer(call().header("X-Webhook-Secret", &right)).await;
            assert_eq!((status, &told["success"]), (400, &Value::Bool(false)), "{kind}: {body}");
        }
    }
    let deep = format!("{}{}", "[".repeat(50_000), "]".repeat(50_000));
    let nested = format!("{{\"message\":{deep}}}");
    let call = house.call("wheel").header("X-Webhook-Secret", &right).body(nested);
    assert_eq!(answer(call).await.0, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recorded_call_has_no_second_effect() {
    let house = house().await;
    let recorded = message("R-1", "Сколько стоит правка колеса?");
    assert_eq!(house.deliver("wheel", &recorded).await.1["message"], "Accepted");
    until("it is answered", || (house.sent().len() == 1).then_some(())).await;
    for later in [Duration::from_secs(1), Duration::from_secs(3600), Duration::from_secs(7 * 24 * 3600)] {
        house.site.clock.move_on(i64::try_from(later.as_millis()).unwrap());
        for _ in 0..3 {
            let (status, told) = house.deliver("wheel", &recorded).await;
            assert_eq!((status, &told["message"]), (200, &json!("Duplicate message_id")));
        }
    }
    house.settled().await;
    assert_eq!((house.stored("wheel", JID).len(), house.sent().len()), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_recognised_for_longer_than_any_gateway_repeats_and_then_forgotten() {
    const DAY: i64 = 24 * 3_600_000;
    let recorded = message("R-1", "Сколько стоит правка колеса?");
    let old = "INSERT INTO seen (message_id, client_slug, instance_id, conversation_id, kind, received_at_ms)
               VALUES ('old', 'wheel', '', 'c', 'inbound', 1)";
    let ids = |site: &Site| -> Vec<String> {
        let file = rusqlite::Connection::open(site.dir.path().join(runtime::SqliteState::FILE)).unwrap();
        let mut ids = file.prepare("SELECT message_id FROM seen ORDER BY 1").unwrap();
        ids.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    let mut house = house().await;
    assert_eq!(house.deliver("wheel", &recorded).await.1["message"], "Accepted");
    // Eight days, and two and a half more: old ones are looked for soon after each start.
    for (later, left, told) in [
        (8 * DAY + DAY / 2, ["R-1"].as_slice(), "Duplicate message_id"),
        (2 * DAY, [].as_slice(), "Accepted"),
    ] {
        house.settled().await;
        let site = house.stop().await;
        let file = rusqlite::Connection::open(site.dir.path().join(runtime::SqliteState::FILE)).unwrap();
        file.execute_batch(old).unwrap();
        site.clock.move_on(later);
        house = site.start().await;
        until("old ids are dropped", || (!ids(&house.site).contains(&"old".to_owned())).then_some(())).await;
        until("all of them", || (ids(&house.site) == left).then_some(())).await;
        assert_eq!(house.deliver("wheel", &recorded).await.1["message"], told);
    }
}
