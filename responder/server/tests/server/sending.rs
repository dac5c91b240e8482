//! From the outbox to the gateway.

use std::time::Duration;

use format::Reference;
use runtime::StateStore;
use server::Clock;

use crate::gateway::Mood;
use crate::house::{House, JID, Site, until};
use crate::shop::shop;

const TEXT: &str = "Правка колеса стоит 4000 ₸.";

async fn site() -> Site {
    let site = Site::new().await;
    site.publish(&shop("wheel"));
    site
}

async fn calls(house: &House, count: usize) {
    let wanted = || (house.site.gateway.calls().len() >= count).then_some(());
    until(&format!("{count} calls of the gateway"), wanted).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_goes_out_once_with_its_own_id() {
    let site = site().await;
    let id = site.owes("wheel", JID, TEXT);
    let house = site.start().await;
    calls(&house, 1).await;
    house.settled().await;
    let calls = house.site.gateway.calls();
    assert_eq!(calls.len(), 1);
    let sent: Vec<&str> =
        ["token", "instance_id", "jid", "msg", "msg_id"].iter().map(|it| calls[0][*it].as_str()).collect();
    assert_eq!(sent, ["gateway-token-canary", "wheel-1", JID, TEXT, id.as_str()]);
    assert!(house.requests().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_gateway_refuses_is_tried_again_with_the_same_id() {
    for mood in [Mood::Status(500), Mood::Status(503), Mood::Status(502), Mood::Refuses] {
        let site = site().await;
        let id = site.owes("wheel", JID, TEXT);
        site.gateway.expects([mood]);
        let house = site.start().await;
        calls(&house, 1).await;
        house.site.clock.move_on(2_000);
        calls(&house, 2).await;
        house.settled().await;
        let ids: Vec<_> = house.site.gateway.calls().iter().map(|it| it["msg_id"].clone()).collect();
        assert_eq!(ids, [id.clone(), id], "{mood:?}");
        assert!(house.requests().is_empty(), "{mood:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_never_goes_out_is_handed_over() {
    let site = site().await;
    site.owes("wheel", JID, TEXT);
    site.gateway.expects([Mood::Status(500); 20]);
    let house = site.start().await;
    for attempt in 1..10 {
        calls(&house, attempt).await;
        let pause = || {
            let waits = house.site.state.next_due().unwrap()? - house.site.clock.now_ms();
            (waits > 0).then_some(waits)
        };
        let pause = until("the row waits again", pause).await;
        house.site.clock.move_on(pause);
    }
    until("the request is handed over", || (house.requests() == ["error"]).then_some(())).await;
    assert_eq!(house.site.gateway.calls().len(), 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_that_is_too_old_is_handed_over_instead() {
    let site = site().await;
    site.owes("wheel", JID, TEXT);
    site.clock.move_on(61 * 60_000);
    let house = site.start().await;
    until("the request is handed over", || (house.requests() == ["error"]).then_some(())).await;
    assert!(house.site.gateway.calls().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_outcome_is_not_repeated_to_a_forgetful_gateway() {
    let site = site().await;
    site.owes("wheel", JID, TEXT);
    site.gateway.expects([Mood::Hangs(Duration::from_secs(2))]);
    let mut config = site.config();
    config.chatflow_idempotent = false;
    config.send_timeout = Duration::from_millis(100);
    let house = site.try_start(config).await.unwrap();
    until("the request is handed over", || (house.requests() == ["error"]).then_some(())).await;
    house.site.clock.move_on(60_000);
    house.settled().await;
    assert_eq!(house.site.gateway.calls().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_outcome_is_repeated_to_one_that_knows_ids() {
    let site = site().await;
    let id = site.owes("wheel", JID, TEXT);
    site.gateway.expects([Mood::Hangs(Duration::from_secs(2))]);
    let mut config = site.config();
    config.send_timeout = Duration::from_millis(100);
    let house = site.try_start(config).await.unwrap();
    calls(&house, 1).await;
    until("the row waits again", || house.site.state.next_due().unwrap()).await;
    house.site.clock.move_on(2_000);
    calls(&house, 2).await;
    house.settled().await;
    assert!(house.site.gateway.calls().iter().all(|it| it["msg_id"] == id));
    assert!(house.requests().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn replies_of_a_conversation_keep_their_order() {
    let site = site().await;
    let other = "77000000002@s.whatsapp.net";
    for number in 1..=3 {
        site.owes("wheel", JID, &format!("ответ {number}"));
        site.owes("wheel", other, &format!("другой {number}"));
    }
    // The first call of each fails; the later ones must wait for it.
    site.gateway.expects([Mood::Status(500), Mood::Status(500)]);
    let house = site.start().await;
    calls(&house, 2).await;
    house.site.clock.move_on(2_000);
    calls(&house, 8).await;
    house.settled().await;
    let of = |jid: &str| {
        let calls = house.site.gateway.calls();
        calls.iter().filter(|it| it["jid"] == jid).map(|it| it["msg"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(of(JID), ["ответ 1", "ответ 1", "ответ 2", "ответ 3"]);
    assert_eq!(of(other), ["другой 1", "другой 1", "другой 2", "другой 3"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenants_own_token_is_used() {
    let site = Site::new().await;
    let mut release = shop("wheel");
    release.client.secrets.insert("chatflow_token".to_owned(), Reference::Env("WHEEL_TOKEN".to_owned()));
    site.env.set("WHEEL_TOKEN", "own-token-canary");
    site.publish(&release);
    site.owes("wheel", JID, TEXT);
    let house = site.start().await;
    calls(&house, 1).await;
    assert_eq!(house.site.gateway.calls()[0]["token"], "own-token-canary");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_sent_for_a_client_that_is_not_served() {
    for status in [format::Status::Suspended, format::Status::Deleted] {
        let site = Site::new().await;
        let mut release = shop("wheel");
        release.client.status = status;
        site.publish(&release);
        site.owes("wheel", JID, TEXT);
        let house = site.start().await;
        house.settled().await;
        assert!(house.site.gateway.calls().is_empty(), "{status:?}");
    }
}
