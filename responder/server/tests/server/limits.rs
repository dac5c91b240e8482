//! What a plan allows.

use format::{OnLimit, Standing};
use secrecy::SecretString;

use crate::house::{House, JID, Site, message};
use crate::model::{Manner, Model};
use crate::shop::{shop, standing};

const PRICE: &str = "сколько стоит правка колеса?";
const UNKNOWN: &str = "как хранить велосипед зимой в подвале?";

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
    write(&house, 1, 3, PRICE).await;
    assert!(house.sent().last().unwrap().contains("Правка колеса"), "{:?}", house.sent());
    write(&house, 4, 4, UNKNOWN).await;
    assert!(model.asked().is_empty(), "the model costs money");
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
    for n in 1..=4 {
        write(&house, n, n, UNKNOWN).await;
        house.site.clock.move_on(60_000);
    }
    let refused = "tenantry_budget_refusals_total{tenant=\"wheel\",whose=\"customer\"}";
    let asked = model.asked().len();
    assert!(asked <= 2, "asked {asked} times");
    assert_eq!(house.metric(refused).await > 0.0, asked == 2);
}
