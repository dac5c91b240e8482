//! A model that hangs or fails is nobody's trouble but its own.

use std::time::{Duration, Instant};

use index::OpenAiSettings;
use runtime::{ReleaseStore as _, VectorRow};
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::house::{House, Site, answer, message, silence, until};
use crate::model::{Manner, Model};
use crate::shop::shop;

const PRICE: &str = "Сколько стоит правка колеса?";
const CARE: &str = "Как хранить велосипед зимой?";
/// So many may call the model at once, and a quarter as many wait for that.
const WORKERS: usize = 8;

async fn with_model(manner: Manner, deadline: Duration) -> (House, Model) {
    let model = Model::start(manner).await;
    let site = Site::new().await;
    site.publish(&shop("wheel"));
    let mut config = site.config();
    config.openai_base_url = model.url.clone();
    config.openai_api_key = Some(SecretString::from("model-key-canary"));
    config.turn_deadline = deadline;
    config.workers = WORKERS;
    (site.try_start(config).await.unwrap(), model)
}

/// A customer of this number asks.
async fn ask(house: &House, number: usize, text: &str) -> String {
    let jid = format!("7700000{number:04}@s.whatsapp.net");
    let mut payload = message(&format!("N-{number}"), text);
    payload["metadata"]["remoteJid"] = json!(jid);
    assert_eq!(house.deliver("wheel", &payload).await.0, 200);
    jid
}

fn reply_to(house: &House, jid: &str) -> Option<String> {
    let calls = house.site.gateway.calls();
    calls.iter().find(|it| it["jid"] == jid).map(|it| it["msg"].clone())
}

async fn readyz(house: &House) -> Value {
    let (status, body) = answer(house.http.get(format!("{}/readyz", house.url))).await;
    assert_eq!(status, 200, "it serves without its neighbours: {body}");
    body
}

async fn metric(house: &House, line: &str) -> bool {
    let shown = house.http.get(format!("{}/metrics", house.url)).send().await.unwrap().text().await.unwrap();
    shown.lines().any(|it| it.starts_with(line))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenants_typo_takes_the_model_from_nobody() {
    for status in [404, 403] {
        let (house, model) = with_model(Manner::Fails(status), Duration::from_secs(4)).await;
        for number in 0..8 {
            let jid = ask(&house, number, CARE).await;
            until("it is answered without the model", || reply_to(&house, &jid)).await;
        }
        assert_eq!(model.asked().len(), 8, "{status}: whoever names one that is there is answered");
        assert_eq!(readyz(&house).await["degraded"], json!([]));
        assert!(metric(&house, r#"tenantry_model_unfit_total{tenant="wheel"} 8"#).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn facts_are_told_at_once_while_the_model_hangs() {
    let deadline = Duration::from_secs(4);
    let (house, model) = with_model(Manner::Hangs(Duration::from_secs(60)), deadline).await;
    let began = Instant::now();
    let mut stuck = Vec::new();
    for number in 0..WORKERS + WORKERS / 4 {
        stuck.push(ask(&house, number, CARE).await);
    }
    until("the model has as many as it may have", || (model.asked().len() == WORKERS).then_some(())).await;
    // Further ones are answered without it, at once, rather than holding every worker.
    for number in 50..55 {
        let jid = ask(&house, number, CARE).await;
        until("it is answered without the model", || reply_to(&house, &jid)).await;
    }
    let jid = ask(&house, 100, PRICE).await;
    let reply = until("the price is told", || reply_to(&house, &jid)).await;
    assert!(reply.replace('\u{a0}', " ").contains("4 000 ₸"), "{reply}");
    assert!(began.elapsed() < deadline, "told after {:?}", began.elapsed());
    assert!(stuck.iter().all(|it| reply_to(&house, it).is_none()), "they still wait");
    assert!(metric(&house, r#"tenantry_rejected_total{what="model",why="full"}"#).await);
    for jid in &stuck {
        until("they are answered without the model", || reply_to(&house, jid)).await;
    }
    assert!(began.elapsed() < deadline + Duration::from_secs(4), "after {:?}", began.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_model_is_left_alone_and_missed_in_readiness() {
    let (house, model) = with_model(Manner::Fails(401), Duration::from_secs(10)).await;
    assert_eq!(readyz(&house).await["degraded"], json!([]));
    for number in 0..5 {
        let jid = ask(&house, number, CARE).await;
        until("it is answered without the model", || reply_to(&house, &jid)).await;
    }
    assert_eq!(model.asked().len(), 5, "what is refused is not asked again");
    assert_eq!(readyz(&house).await["degraded"], json!(["model"]));
    assert!(metric(&house, r#"tenantry_breaker_open{what="model"} 1"#).await);
    let jid = ask(&house, 5, CARE).await;
    until("it is answered without the model", || reply_to(&house, &jid)).await;
    assert_eq!(model.asked().len(), 5, "it is left alone");
    assert!(metric(&house, r#"tenantry_rejected_total{what="model",why="open"} 1"#).await);
    model.changes(Manner::Says("Зимой велосипед лучше хранить в сухом тёплом месте.".to_owned()));
    house.site.clock.move_on(1_000);
    let jid = ask(&house, 6, CARE).await;
    until("it is answered", || reply_to(&house, &jid)).await;
    assert_eq!(model.asked().len(), 6);
    assert_eq!(readyz(&house).await["degraded"], json!([]));
    assert!(metric(&house, r#"tenantry_breaker_open{what="model"} 0"#).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_passes_is_asked_again_within_the_budget() {
    let (house, model) = with_model(Manner::Fails(503), Duration::from_secs(10)).await;
    for number in 0..4 {
        let jid = ask(&house, number, CARE).await;
        until("it is answered without the model", || reply_to(&house, &jid)).await;
    }
    // One call and two repeats, then the last repeat of the budget, then it is left alone.
    let asked = model.asked().len();
    assert!((5..=7).contains(&asked), "{asked} calls: the library below must not repeat them");
    assert!(metric(&house, r#"tenantry_retries_total{what="model"}"#).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hanging_embedder_keeps_neither_facts_nor_passages_from_customers() {
    let site = Site::new().await;
    site.publish(&shop("wheel"));
    let vector = |it: &format::Passage| VectorRow {
        encoder: "dense-1 of/two".to_owned(),
        digest: it.text_digest(),
        bytes: index::dense_to_bytes(&[1.0, 0.0, 0.1]),
    };
    site.releases.keep_vectors(&shop("wheel").passages.iter().map(vector).collect::<Vec<_>>()).unwrap();
    let mut config = site.config();
    let base_url = format!("{}/v1", silence().await);
    config.embeddings = Some(OpenAiSettings { base_url, model: "of/two".to_owned(), key: None });
    let deadline = config.turn_deadline;
    let house = site.try_start(config).await.unwrap();

    let began = Instant::now();
    let mut asked = Vec::new();
    for number in 0..5 {
        asked.push(ask(&house, number, CARE).await);
    }
    let jid = ask(&house, 100, PRICE).await;
    let reply = until("the price is told", || reply_to(&house, &jid)).await;
    assert!(reply.replace('\u{a0}', " ").contains("4 000 ₸"), "{reply}");
    for jid in &asked {
        let reply = until("it is found by its words", || reply_to(&house, jid)).await;
        assert!(reply.contains("сухом"), "{reply}");
    }
    assert!(began.elapsed() < deadline, "after {:?}", began.elapsed());
    // Five failures in a row, and it is left alone.
    assert_eq!(readyz(&house).await["degraded"], json!(["embedder"]));
    assert!(metric(&house, r#"tenantry_breaker_open{what="embedder"} 1"#).await);
}
