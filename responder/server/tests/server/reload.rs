//! New releases, bad releases, secrets that come and go.

use format::{Branch, Price, Reference, Status};
use serde_json::json;
use server::{Readiness, StartError};
use uuid::Uuid;

use crate::house::{House, Site, answer, message, until};
use crate::shop::shop;

async fn readyz(house: &House) -> (u16, serde_json::Value) {
    answer(house.http.get(format!("{}/readyz", house.url))).await
}

fn live(house: &House, slug: &str) -> Option<String> {
    house.responder.snapshot().tenants.get(slug).map(|it| it.release_id().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_release_is_served_without_a_failed_request() {
    let house = House::of_one().await;
    let mut release = shop("wheel");
    for round in 0..5_u64 {
        release.facts.offers[0].price = Price::Exact(5_000 + round);
        let publishing = house.site.publish(&release);
        let mut delivered = 0;
        while live(&house, "wheel").as_ref() != Some(&publishing) {
            let (status, body) =
                house.deliver("wheel", &message(&format!("N-{round}-{delivered}"), "?")).await;
            assert_eq!((status, &body["message"]), (200, &json!("Accepted")));
            delivered += 1;
            assert!(delivered < 10_000, "the release is never served");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_that_cannot_be_read_leaves_the_last_good_one() {
    let site = Site::new().await;
    let good = site.publish(&shop("wheel"));
    let house = site.start().await;
    let mut broken = shop("wheel");
    broken.facts.offers[0].price = Price::Exact(2);
    let bytes = br#"{"format":99}"#;
    // Damaged on the disk before the responder reads it.
    house.site.releases.damage(&format::release_id(&format::encode(&broken)), bytes);
    house.site.publish(&broken);
    let degraded = || match house.responder.snapshot().tenants["wheel"].readiness() {
        Readiness::Degraded(reasons) => Some(reasons.clone()),
        _ => None,
    };
    assert_eq!(until("the tenant is degraded", degraded).await, ["release_damaged"]);
    assert_eq!(live(&house, "wheel"), Some(good));
    assert_eq!(house.deliver("wheel", &message("B-1", "?")).await.0, 200);
    let mut mended = shop("wheel");
    mended.facts.offers[0].price = Price::Exact(1);
    let mended = house.site.publish(&mended);
    let served = || (live(&house, "wheel").as_ref() == Some(&mended)).then_some(());
    until("the mended release is served", served).await;
    assert_eq!(house.responder.snapshot().tenants["wheel"].readiness(), &Readiness::Ready);
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_that_are_not_their_id_are_not_served() {
    let site = Site::new().await;
    let id = site.publish(&shop("wheel"));
    let mut other = shop("wheel");
    other.facts.offers[0].price = Price::Exact(1);
    site.releases.damage(&id, &format::encode(&other));
    let house = site.start().await;
    assert_eq!(house.deliver("wheel", &message("W-1", "?")).await.0, 401);
    let (status, body) = readyz(&house).await;
    assert_eq!(status, 200);
    assert_eq!(body["tenants"]["wheel"], json!({"ready": false, "reasons": ["release_damaged"]}));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_without_its_secret_is_unready_alone() {
    let site = Site::new().await;
    for slug in ["wheel", "short", "unset"] {
        site.publish(&shop(slug));
    }
    site.env.set("SHORT_WEBHOOK_SECRET", "too-short");
    site.env.unset("UNSET_WEBHOOK_SECRET");
    let house = site.start().await;
    assert_eq!(house.deliver("wheel", &message("U-1", "?")).await.0, 200);
    assert_eq!(house.deliver("unset", &message("U-2", "?")).await.0, 401);
    let short = house.call("short").header("X-Webhook-Secret", "too-short").json(&message("U-3", "?"));
    assert_eq!(answer(short).await.0, 401);
    let (status, body) = readyz(&house).await;
    assert_eq!(status, 200);
    assert_eq!(body["tenants"]["wheel"]["ready"], true);
    assert_eq!(body["tenants"]["short"]["reasons"], json!(["webhook_secret_short"]));
    assert_eq!(body["tenants"]["unset"]["reasons"], json!(["webhook_secret_unresolved"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_number_serves_one_tenant() {
    let site = Site::new().await;
    for (slug, reference) in [("alpha", "number-1"), ("beta", "env:BETA_NUMBER"), ("gamma", "number-2")] {
        let mut release = shop(slug);
        release.client.instance_id = Some(Reference::parse(reference));
        site.publish(&release);
    }
    site.env.set("BETA_NUMBER", "number-1");
    let house = site.start().await;
    assert_eq!(house.deliver("alpha", &message("O-1", "?")).await.0, 200);
    assert_eq!(house.deliver("beta", &message("O-2", "?")).await.0, 401);
    assert_eq!(house.deliver("gamma", &message("O-3", "?")).await.0, 200);
    let body = readyz(&house).await.1;
    assert_eq!(body["tenants"]["beta"]["reasons"], json!(["instance_id_taken"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_only_named_wrongly_degrades() {
    let site = Site::new().await;
    let mut release = shop("wheel");
    let unset = || Reference::Env("NOT_SET".to_owned());
    release.client.secrets.insert("telegram_bot_token".to_owned(), unset());
    release.branches = vec![Branch {
        slug: "north".to_owned(),
        id: Uuid::nil(),
        name: format::Text::plain("Север"),
        aliases: Vec::new(),
        instance_id: Some(unset()),
        phone: None,
        telegram_chat_id: None,
        knowledge_tag: "north".to_owned(),
        is_active: true,
        auto_approve_roles: None,
    }];
    site.publish(&release);
    let house = site.start().await;
    assert_eq!(house.deliver("wheel", &message("G-1", "?")).await.0, 200);
    let reasons = ["instance_id_unresolved:north", "telegram_bot_token_unresolved"];
    assert_eq!(readyz(&house).await.1["tenants"]["wheel"]["reasons"], json!(reasons));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_client_leaves_no_trace_outside() {
    let house = House::of_one().await;
    assert_eq!(house.deliver("wheel", &message("X-1", "?")).await.0, 200);
    let mut gone = shop("wheel");
    gone.client.status = Status::Deleted;
    let id = house.site.publish(&gone);
    until("the deletion is served", || (live(&house, "wheel").as_ref() == Some(&id)).then_some(())).await;
    assert_eq!(house.deliver("wheel", &message("X-2", "?")).await.0, 401);
    assert_eq!(readyz(&house).await.1["tenants"], json!({}));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_mistake_of_the_configuration_is_named_at_once() {
    let site = Site::new().await;
    let mut config = site.config();
    config.chatflow_api_url = "not an address".to_owned();
    config.openai_base_url = "ftp://model".to_owned();
    config.workers = 0;
    let Err(StartError::Config(problems)) = site.try_start(config).await.map(drop) else {
        panic!("it started");
    };
    for (problem, name) in problems.iter().zip(["CHATFLOW_API_URL", "OPENAI_BASE_URL", "workers"]) {
        assert!(problem.starts_with(name), "{problem}");
    }
    assert_eq!(problems.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn operators_see_how_it_is() {
    let house = House::of_one().await;
    let get = |path: &str| answer(house.http.get(format!("{}{path}", house.url)));
    assert_eq!(get("/healthz").await, (200, json!({"ok": true})));
    assert_eq!(get("/version").await, (200, json!({"version": env!("CARGO_PKG_VERSION"), "format": 1})));
    let (status, body) = get("/readyz").await;
    assert_eq!(
        (status, &body["ready"], &body["tenants"]["wheel"]["ready"]),
        (200, &json!(true), &json!(true))
    );
    house.deliver("wheel", &message("H-1", "Секретный вопрос")).await;
    let metrics = house.http.get(format!("{}/metrics", house.url)).send().await.unwrap();
    assert!(metrics.headers()["content-type"].to_str().unwrap().starts_with("text/plain; version=0.0.4"));
    let metrics = metrics.text().await.unwrap();
    assert!(metrics.contains(r#"tenantry_webhook_total{tenant="wheel",outcome="accepted"} 1"#), "{metrics}");
    assert!(metrics.contains(r#"tenantry_stage_seconds_bucket{stage="ack""#), "{metrics}");
    assert!(!metrics.contains("Секретный") && !metrics.contains("7700000"));
}
