//! Logs are for operators: they hold ids and words of ours, nothing a customer or a tenant would
//! not want read.

use std::io::Write;
use std::sync::{Arc, Mutex};

use serde_json::json;
use tracing_subscriber::fmt::MakeWriter;

use crate::gateway::Mood;
use crate::house::{House, Site, message, until};
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

#[tokio::test(flavor = "multi_thread")]
async fn logs_hold_no_words_no_phones_and_no_secrets() {
    let lines = Lines::default();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .with_max_level(tracing_subscriber::filter::LevelFilter::DEBUG)
        .with_writer(lines.clone())
        .finish();
    tracing::subscriber::set_global_default(subscriber).unwrap();

    let site = Site::new().await;
    site.publish(&shop("quiet"));
    let jid = "77055512345@s.whatsapp.net";
    site.owes("quiet", jid, "слово-канарейка-ответ");
    site.gateway.expects([Mood::Status(500), Mood::Refuses]);
    let house = site.start().await;
    exercise(&house, jid).await;
    house.stop().await;

    let logged = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    assert!(
        ["message stored", "reply: sent", "file was not taken"].iter().all(|it| logged.contains(it)),
        "something is logged at all"
    );
    for canary in
        ["канарейка", "77055512345", "5551234", "Канарейкина", &secret("quiet"), "gateway-token-canary"]
    {
        let line = logged.lines().find(|it| it.contains(canary));
        assert!(line.is_none(), "{canary}: {line:?}");
    }
    for line in logged.lines() {
        assert!(serde_json::from_str::<serde_json::Value>(line).is_ok(), "{line}");
    }
}

async fn exercise(house: &House, jid: &str) {
    let mut payload = message("K-1", "слово-канарейка-вопрос сколько стоит правка колеса?");
    payload["metadata"]["remoteJid"] = json!(jid);
    payload["metadata"]["sender"] = json!("Канарейкина");
    assert_eq!(house.deliver("quiet", &payload).await.0, 200);
    assert_eq!(house.deliver("quiet", &payload).await.0, 200);
    payload["fromMe"] = json!(true);
    payload["metadata"]["messageId"] = json!("K-2");
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
    assert_eq!(house.deliver("quiet", &payload).await.0, 200);
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
}
