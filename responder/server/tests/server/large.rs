//! A house with more tenants than are read before they are served.

use std::time::Duration;

use format::Price;
use runtime::StateStore;
use serde_json::json;
use server::Readiness;

use crate::house::{House, Site, answer, message, until};
use crate::shop::shop;

const TENANTS: usize = 40;

fn slug(nth: usize) -> String {
    format!("wheel_{nth}")
}

async fn site() -> Site {
    let site = Site::new().await;
    for nth in 0..TENANTS {
        site.publish(&shop(&slug(nth)));
    }
    site
}

/// Starts with an hour between looks at the store: nothing is read on in the background.
async fn start(site: Site) -> House {
    let mut config = site.config();
    config.poll_interval = Duration::from_secs(3600);
    site.try_start(config).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_of_which_only_the_head_was_read_answers() {
    let house = start(site().await).await;
    assert_eq!(house.responder.snapshot().tenants.len(), TENANTS);
    for nth in [0, TENANTS - 1] {
        let asked = message(&format!("L-{nth}"), "Сколько стоит камера?");
        assert_eq!(house.deliver(&slug(nth), &asked).await.0, 200);
    }
    until("both are answered", || (house.sent().len() == 2).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_release_is_found_out_soon() {
    let site = site().await;
    let release_id = site.publish(&shop(&slug(7)));
    site.releases.damage(&release_id, br#"{"format":99}"#);
    let house = site.start().await;
    let unreadable = || house.responder.snapshot().unreadable.get(&slug(7)).cloned();
    assert_eq!(until("it is found out", unreadable).await, "release_damaged");
    let (status, body) = answer(house.http.get(format!("{}/readyz", house.url))).await;
    assert_eq!(status, 200);
    assert_eq!(body["tenants"][slug(7)], json!({"ready": false, "reasons": ["release_damaged"]}));
    assert_eq!(house.deliver(&slug(8), &message("D-8", "?")).await.0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_of_a_release_that_cannot_be_read_is_handed_over() {
    let site = site().await;
    let release_id = site.publish(&shop(&slug(7)));
    site.releases.damage(&release_id, br#"{"format":99}"#);
    let house = start(site).await;
    assert_eq!(house.deliver(&slug(7), &message("H-7", "?")).await.0, 200);
    let asked = || house.site.state.handovers(Some(&slug(7))).unwrap().pop();
    assert_eq!(until("a person is asked", asked).await.reason, "error");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mass_of_bad_releases_leaves_the_good_ones() {
    let house = site().await.start().await;
    let good =
        |house: &House, nth: usize| house.responder.snapshot().tenants[&slug(nth)].release_id().to_owned();
    let before: Vec<String> = (0..TENANTS).map(|nth| good(&house, nth)).collect();
    let deadline = std::time::Instant::now() + Duration::from_secs(30);
    while house.metric(r#"tenantry_reloads_total{outcome="served"}"#).await < TENANTS as f64 {
        assert!(std::time::Instant::now() < deadline, "not all are read");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    for nth in 0..TENANTS {
        let mut broken = shop(&slug(nth));
        broken.facts.offers[0].price = Price::Exact(2);
        house.site.releases.damage(&format::release_id(&format::encode(&broken)), br#"{"format":99}"#);
        house.site.publish(&broken);
    }
    for (nth, before) in before.iter().enumerate() {
        let degraded = || match house.responder.snapshot().tenants[&slug(nth)].readiness() {
            Readiness::Degraded(reasons) => Some(reasons.clone()),
            _ => None,
        };
        assert_eq!(until("the bad release is found out", degraded).await, ["release_damaged"]);
        assert_eq!(&good(&house, nth), before);
    }
}
