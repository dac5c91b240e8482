//! Files of customers: a host that has them, an endpoint that listens, and what is said.

use std::sync::{Arc, Mutex};

use format::{Release, Text};
use secrecy::SecretString;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use warp::Filter;

use crate::house::{House, JID, Site, message, until};
use crate::shop::shop;

const VOICE: &[u8] = b"OggS\0\x02voice";

/// Has a voice note at `/voice`, says of all voices what a customer asked, and keeps a book.
#[derive(Clone, Default)]
struct Host {
    address: String,
    visits: Arc<Mutex<Vec<String>>>,
}

impl Host {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let host = Self { address: listener.local_addr().unwrap().to_string(), ..Self::default() };
        let visits = Arc::clone(&host.visits);
        let routes = warp::path::full().map(move |path: warp::path::FullPath| {
            visits.lock().unwrap().push(path.as_str().to_owned());
            match path.as_str() {
                "/v1/audio/transcriptions" => {
                    json!({"text": "Сколько стоит правка колеса?"}).to_string().into_bytes()
                }
                _ => VOICE.to_vec(),
            }
        });
        tokio::spawn(warp::serve(routes).incoming(listener).run());
        host
    }

    fn visits(&self, path: &str) -> usize {
        self.visits.lock().unwrap().iter().filter(|it| *it == path).count()
    }

    fn file(&self, id: &str, kind: &str) -> Value {
        let mut payload = message(id, "");
        payload["messageType"] = json!(kind);
        payload["mediaData"] = json!({"url": format!("http://{}/voice", self.address), "seconds": 3});
        payload
    }
}

fn workshop(host: &Host) -> Release {
    let mut release = shop("wheel");
    release.client.settings.media.allowed_hosts = vec![host.address.clone()];
    for (id, text) in [
        ("media.unheard", "Не слышно, напишите."),
        ("media.refused", "Такое не открыть."),
        ("handover.voice", "Снова не слышно, зову мастера."),
    ] {
        release.pack.templates.insert(id.to_owned(), Text::plain(text));
    }
    release
}

/// With an endpoint that listens, or without.
async fn house(host: &Host, model: Option<&str>) -> House {
    let site = Site::new().await;
    site.publish(&workshop(host));
    let mut config = site.config();
    config.openai_base_url = format!("http://{}/v1", host.address);
    config.openai_api_key = model.map(|_| SecretString::from("key"));
    config.transcription_model = model.map(str::to_owned);
    site.try_start(config).await.unwrap()
}

async fn replies(house: &House, count: usize) -> Vec<String> {
    until("the replies are sent", || Some(house.sent()).filter(|it| it.len() >= count)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_voice_note_is_answered_like_a_text() {
    let host = Host::start().await;
    let house = house(&host, Some("whisper-1")).await;
    assert_eq!(house.deliver("wheel", &host.file("V-1", "ptt")).await.1["message"], "Accepted");
    let said = replies(&house, 1).await;
    assert!(said[0].contains("Правка колеса — 4\u{a0}000 ₸"), "{said:?}");
    // The words stand where the text would, the file is kept beside.
    let stored = house.stored("wheel", JID).remove(0);
    assert_eq!(
        (stored.text.as_str(), stored.media.as_deref()),
        ("Сколько стоит правка колеса?", Some("audio"))
    );
    let file: Value = serde_json::from_str(stored.file.as_deref().unwrap()).unwrap();
    let kept = house.site.dir.path().join(file["kept"].as_str().unwrap());
    assert_eq!(std::fs::read(kept).unwrap(), VOICE);
    let answer = house.messages("wheel", JID).remove(1);
    assert!(answer.trace.unwrap().contains("media.heard"));
    let metrics =
        house.http.get(format!("{}/metrics", house.url)).send().await.unwrap().text().await.unwrap();
    let counted = metrics.lines().find(|it| it.starts_with("tenantry_files_total{"));
    assert!(counted.is_some_and(|it| it.contains(r#"outcome="heard""#) && it.ends_with(" 1")), "{counted:?}");
    assert_eq!((host.visits("/voice"), host.visits("/v1/audio/transcriptions")), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nobody_listens_the_customer_is_asked_to_write() {
    let host = Host::start().await;
    let house = house(&host, None).await;
    for (at, id) in ["V-1", "V-2"].into_iter().enumerate() {
        house.deliver("wheel", &host.file(id, "ptt")).await;
        replies(&house, at + 1).await;
    }
    let said = house.sent();
    assert!(said[0].ends_with("Не слышно, напишите."), "{said:?}");
    assert_eq!(said[1], "Снова не слышно, зову мастера.");
    assert_eq!(house.requests(), ["media"]);
    assert_eq!((host.visits("/voice"), host.visits("/v1/audio/transcriptions")), (2, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_customer_cannot_use_up_whoever_listens() {
    let host = Host::start().await;
    let site = Site::new().await;
    site.publish(&workshop(&host));
    let mut config = site.config();
    config.openai_base_url = format!("http://{}/v1", host.address);
    config.openai_api_key = Some(SecretString::from("key"));
    config.transcription_model = Some("whisper-1".to_owned());
    config.model_calls_customer_hour = 1;
    let house = site.try_start(config).await.unwrap();
    for (at, id) in ["V-1", "V-2"].into_iter().enumerate() {
        house.deliver("wheel", &host.file(id, "ptt")).await;
        replies(&house, at + 1).await;
    }
    let said = house.sent();
    assert!(said[0].contains("Правка колеса"), "{said:?}");
    assert!(said[1].ends_with("Не слышно, напишите."), "{said:?}");
    assert_eq!((host.visits("/voice"), host.visits("/v1/audio/transcriptions")), (2, 1));
    let refused = r#"tenantry_budget_refusals_total{tenant="wheel",whose="customer",what="transcriber"}"#;
    assert_eq!(house.metric(refused).await, 1.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_taken_is_said_and_not_downloaded() {
    let host = Host::start().await;
    let house = house(&host, Some("whisper-1")).await;
    house.deliver("wheel", &host.file("V-1", "video")).await;
    let said = replies(&house, 1).await;
    assert!(said[0].ends_with("Такое не открыть."), "{said:?}");
    assert!(house.requests().is_empty() && host.visits("/voice") == 0);
}

#[tokio::test]
async fn a_model_without_a_key_does_not_start() {
    let site = Site::new().await;
    let mut config = site.config();
    config.transcription_model = Some("whisper-1".to_owned());
    let error = site.try_start(config).await.err().unwrap().to_string();
    assert!(error.contains("TRANSCRIPTION_MODEL: needs OPENAI_API_KEY"), "{error}");
}
