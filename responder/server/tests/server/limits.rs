//! What a plan allows.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use format::{OnLimit, Standing};
use index::OpenAiSettings;
use runtime::{ReleaseStore as _, VectorRow};
use secrecy::SecretString;
use serde_json::json;
use server::Clock as _;
use tokio::net::TcpListener;
use warp::Filter as _;

use crate::house::{House, JID, Site, message};
use crate::model::{Manner, Model};
use crate::shop::{shop, standing};

const PRICE: &str = "сколько стоит правка колеса?";
const UNKNOWN: &str = "Как хранить велосипед зимой?";

fn plan_of(messages: u64) -> Standing {
    let mut standing = standing();
    standing.plan.messages_per_month = Some(messages);
    standing
}

async fn site(on_limit: OnLimit, messages: u64) -> Site {
    let site = Site::new().await;
    let mut release = shop("wheel");
    release.client.settings.on_limit = on_limit;
    site.publish_under(&release, plan_of(messages));
    site
}

async fn write(house: &House, from: u32, to: u32, text: &str) {
    for n in from..=to {
        assert_eq!(house.deliver("wheel", &message(&format!("L-{n}"), text)).await.0, 200);
    }
    house.settled().await;
}

async fn told(house: &House) -> (f64, f64) {
    let line = |what: &str| format!("tenantry_owner_notices_total{{tenant=\"wheel\",what=\"{what}\"}}");
    (house.metric(&line("limit_80")).await, house.metric(&line("limit_100")).await)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_owner_is_told_at_eighty_and_at_a_hundred_percent_once() {
    let house = site(OnLimit::Notify, 10).await.start().await;
    write(&house, 1, 7, PRICE).await;
    assert_eq!(told(&house).await, (0.0, 0.0));
    write(&house, 8, 9, PRICE).await;
    assert_eq!(told(&house).await, (1.0, 0.0));
    // A repeat is no message.
    write(&house, 9, 9, PRICE).await;
    assert_eq!(told(&house).await, (1.0, 0.0));
    write(&house, 10, 14, PRICE).await;
    assert_eq!(told(&house).await, (1.0, 1.0));
    let house = house.stop().await.start().await;
    write(&house, 15, 15, PRICE).await;
    assert_eq!(told(&house).await, (0.0, 0.0), "what was told before the restart is not told again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_tenant_is_silent_beyond_its_plan() {
    let house = site(OnLimit::Pause, 3).await.start().await;
    write(&house, 1, 3, PRICE).await;
    let before = house.sent().len();
    assert!(before > 0);
    write(&house, 4, 5, PRICE).await;
    assert_eq!(house.sent().len(), before);
    assert_eq!(house.stored("wheel", JID).len(), 5, "nothing is lost");
    assert!(house.requests().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn beyond_the_plan_facts_answer_and_the_rest_is_a_persons() {
    let model = Model::start(Manner::Says("{}".to_owned())).await;
    let site = site(OnLimit::FactsOnly, 2).await;
    let mut config = site.config();
    config.openai_base_url = model.url.clone();
    config.openai_api_key = Some(SecretString::from("key"));
    let house = site.try_start(config).await.unwrap();
    write(&house, 1, 1, UNKNOWN).await;
    assert_eq!(model.asked().len(), 1, "within the plan it is asked");
    write(&house, 2, 3, PRICE).await;
    assert!(house.sent().last().unwrap().contains("Правка колеса"), "{:?}", house.sent());
    write(&house, 4, 4, UNKNOWN).await;
    assert_eq!(model.asked().len(), 1, "the model costs money");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_customer_cannot_use_up_the_model() {
    let model = Model::start(Manner::Says("{}".to_owned())).await;
    let site = site(OnLimit::Notify, 1_000).await;
    let mut config = site.config();
    config.openai_base_url = model.url.clone();
    config.openai_api_key = Some(SecretString::from("key"));
    config.model_calls_customer_hour = 2;
    let house = site.try_start(config).await.unwrap();
    begin_an_hour(&house);
    for n in 1..=4 {
        write(&house, n, n, UNKNOWN).await;
        house.site.clock.move_on(60_000);
    }
    let refused = |what: &str| {
        format!("tenantry_budget_refusals_total{{tenant=\"wheel\",whose=\"customer\",what=\"{what}\"}}")
    };
    assert_eq!(model.asked().len(), 2);
    assert_eq!(house.metric(&refused("model")).await, 2.0);
    // Another customer has a budget of his own, and an hour later so has this one.
    let mut payload = message("L-5", UNKNOWN);
    payload["metadata"]["remoteJid"] = json!("77000000055@s.whatsapp.net");
    assert_eq!(house.deliver("wheel", &payload).await.0, 200);
    house.settled().await;
    assert_eq!(model.asked().len(), 3);
    house.site.clock.move_on(3_600_000);
    write(&house, 6, 6, UNKNOWN).await;
    assert_eq!(model.asked().len(), 4);
}

/// Embeds everything alike and counts how often it was asked.
async fn embedder() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    let routes = warp::path!("v1" / "embeddings").and(warp::post()).map(move || {
        counted.fetch_add(1, Ordering::SeqCst);
        let data = json!([{"object": "embedding", "index": 0, "embedding": [1.0, 0.0, 0.1]}]);
        let usage = json!({"prompt_tokens": 1, "total_tokens": 1});
        warp::reply::json(&json!({"object": "list", "data": data, "model": "of/two", "usage": usage}))
    });
    tokio::spawn(warp::serve(routes).incoming(listener).run());
    (url, asked)
}

#[tokio::test(flavor = "multi_thread")]
async fn one_customer_cannot_use_up_whoever_embeds() {
    let (base_url, asked) = embedder().await;
    let site = site(OnLimit::Notify, 1_000).await;
    let vectors: Vec<VectorRow> = shop("wheel")
        .passages
        .iter()
        .map(|it| VectorRow {
            encoder: "dense-1 of/two".to_owned(),
            digest: it.text_digest(),
            bytes: index::dense_to_bytes(&[1.0, 0.0, 0.1]),
        })
        .collect();
    site.releases.keep_vectors(&vectors).unwrap();
    let mut config = site.config();
    config.embeddings = Some(OpenAiSettings { base_url, model: "of/two".to_owned(), key: None });
    config.model_calls_customer_hour = 1;
    let house = site.try_start(config).await.unwrap();
    begin_an_hour(&house);
    // Nobody is answered the same again and again, so each asks something else.
    let questions =
        ["зимой", "летом", "осенью", "весной", "в гараже", "на балконе", "в подвале", "под снегом"];
    for (n, place) in (1..).zip(questions) {
        write(&house, n, n, &format!("Как хранить велосипед {place}?")).await;
        house.site.clock.move_on(4 * 60_000);
    }
    assert_eq!(asked.load(Ordering::SeqCst), 4, "four questions for each call of the model");
    let refused = r#"tenantry_budget_refusals_total{tenant="wheel",whose="customer",what="embedder"}"#;
    assert!(house.metric(refused).await >= 1.0, "the others are searched by their words");
}

/// Budgets are of whole hours: what follows stays within one.
fn begin_an_hour(house: &House) {
    let clock = &house.site.clock;
    clock.move_on(3_600_000 - clock.now_ms() % 3_600_000);
}
