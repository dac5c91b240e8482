//! Logs are for operators: they hold ids and words of ours, nothing a customer or a tenant would
//! not want read.

use std::io::Write;
use std::sync::{Arc, Mutex};

use secrecy::SecretString;
use serde_json::{Value, json};
use tracing_subscriber::fmt::MakeWriter;

use crate::gateway::Mood;
use crate::house::{House, Site, answer, message, until};
use crate::model::{Manner, Model};
use crate::shop::{secret, shop};

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// What nobody may find in a log, wherever it was put.
const CANARIES: [&str; 8] = [
    "канарейка",
    "Канарейкина",
    "canary",
    "77055512345",
    "5551234",
    "gateway-token",
    "model-key",
    "quiet-secret",
];
const REQUEST: &str = "0195f3a2-one-message";

#[tokio::test(flavor = "multi_thread")]
async fn logs_tell_whose_a_line_is_and_nothing_else() {
    let lines = Lines::default();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .with_max_level(tracing_subscriber::filter::LevelFilter::DEBUG)
        .with_writer(lines.clone())
        .finish();
    tracing::subscriber::set_global_default(subscriber).unwrap();

    let model = Model::start(Manner::Says("Отвечает канарейка-модели: 7000 ₸".to_owned())).await;
    let site = Site::new().await;
    site.publish(&shop("quiet"));
    let jid = "77055512345@s.whatsapp.net";
    site.owes("quiet", jid, "слово-канарейка-ответ");
    site.gateway.expects([Mood::Status(500), Mood::Refuses]);
    let mut config = site.config();
    config.openai_base_url = model.url.clone();
    config.openai_api_key = Some(SecretString::from("model-key-canary"));
    let house = site.try_start(config).await.unwrap();
    exercise(&house, jid).await;
    let stored = house.stored("quiet", jid);
    assert!(stored.iter().any(|it| it.request_id == REQUEST), "the row has the request's id");
    house.settled().await;
    house.stop().await;

    let logged = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    assert!(logged.contains("file was not taken"), "files are told of");
    for canary in CANARIES {
        let line = logged.lines().find(|it| it.contains(canary));
        assert!(line.is_none(), "{canary}: {line:?}");
    }
    // From the webhook to the gateway under one id.
    let told: Vec<String> =
        logged.lines().filter(|it| whose(it) == Some(REQUEST.to_owned())).map(what).collect();
    for step in ["message stored: Accepted", "message stored: Duplicate", "turn committed", "reply: sent"] {
        assert!(told.iter().any(|it| it.starts_with(step)), "{step} is not told of {REQUEST}: {told:?}");
    }
}

/// The request of a line.
fn whose(line: &str) -> Option<String> {
    let line: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    Some(line["span"]["request.id"].as_str()?.to_owned())
}

fn what(line: &str) -> String {
    let line: Value = serde_json::from_str(line).unwrap();
    line["fields"]["message"].as_str().unwrap_or_default().to_owned()
}

/// A message with something private in every field.
fn private(jid: &str) -> Value {
    let mut payload = message("K-1", "слово-канарейка-вопрос сколько стоит правка колеса?");
    payload["messageType"] = json!("text-canary");
    payload["instanceId"] = json!("instance-canary");
    payload["metadata"]["remoteJid"] = json!(jid);
    payload["metadata"]["sender"] = json!("Канарейкина");
    payload["mediaData"] =
        json!({"url": "https://canary.example/x.jpg", "caption": "канарейка", "type": "canary"});
    payload["nodeData"] = json!({"webHook": {"text": "https://canary.example/hook", "method": "POST"}});
    payload["canary"] = json!(["canary"]);
    payload
}

async fn exercise(house: &House, jid: &str) {
    let mut payload = private(jid);
    for _ in 0..2 {
        let call =
            house.call("quiet").header("X-Webhook-Secret", secret("quiet")).header("X-Request-Id", REQUEST);
        assert_eq!(answer(call.json(&payload)).await.0, 200);
    }
    for _ in 0..2 {
        house.site.clock.move_on(5_000);
        let before = house.site.gateway.calls().len();
        until("the gateway is called", || (house.site.gateway.calls().len() >= before.max(1)).then_some(()))
            .await;
    }
    until("the reply is sent", || {
        house.site.clock.move_on(500);
        (house.site.gateway.calls().len() >= 3).then_some(())
    })
    .await;
    // A question for the model.
    payload["message"] = json!("Как канарейка переживёт зиму?");
    payload["metadata"]["messageId"] = json!("canary-2");
    assert_eq!(house.deliver("quiet", &payload).await.0, 200);
    payload["fromMe"] = json!(true);
    payload["metadata"]["messageId"] = json!("canary-3");
    assert_eq!(house.deliver("quiet", &payload).await.0, 200);
    strangers(house).await;
}

/// Calls that are refused, with something private wherever there is room.
async fn strangers(house: &House) {
    let query = format!("{}/webhook/quiet?webhook_secret={}", house.url, secret("quiet"));
    drop(house.http.post(query).body("{канарейка").send().await.unwrap());
    let mut voice = message("K-3", "");
    voice["metadata"]["remoteJid"] = json!("77055512346@s.whatsapp.net");
    voice["messageType"] = json!("ptt");
    voice["mediaData"] = json!({"url": "http://канарейка.example/5551234", "fileName": "канарейка.ogg"});
    assert_eq!(house.deliver("quiet", &voice).await.0, 200);
    until("the voice note is answered", || {
        (house.messages("quiet", "77055512346@s.whatsapp.net").len() > 1).then_some(())
    })
    .await;
    drop(house.http.post(format!("{}/webhook/77055512345", house.url)).body("{}").send().await.unwrap());
    let call = house.call("canary?instanceId=canary&webhook_secret=canary");
    let call =
        call.header("X-Webhook-Secret", "secret-canary").header("X-Request-Id", "canary id; not harmless");
    let call = call.header("User-Agent", "canary").header("Authorization", "Bearer canary");
    assert_eq!(answer(call.body("canary")).await.0, 401);
    assert_eq!(answer(house.http.get(format!("{}/canary", house.url))).await.0, 404);
    let legacy = house.http.post(format!("{}/webhook", house.url));
    assert_eq!(answer(legacy.json(&json!({"client_slug": "canary"}))).await.0, 401);
}
