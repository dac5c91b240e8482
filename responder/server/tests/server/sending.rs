//! From the outbox to the gateway.

use std::time::Duration;

use format::Reference;
use runtime::StateStore;
use server::Clock;

use crate::gateway::Mood;
use crate::house::{House, JID, Site, message, until};
use crate::shop::shop;

const OTHER: &str = "77000000002@s.whatsapp.net";
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
async fn what_the_gateway_rejects_is_soon_handed_over() {
    let site = site().await;
    site.owes("wheel", JID, TEXT);
    site.gateway.expects([Mood::Status(400); 20]);
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
async fn a_gateway_that_is_away_is_asked_again_until_the_reply_is_too_old() {
    let site = site().await;
    site.owes("wheel", JID, TEXT);
    let began_ms = site.clock.now_ms();
    site.gateway.expects([Mood::Status(503); 100]);
    let house = site.start().await;
    let mut pauses = Vec::new();
    while house.requests().is_empty() {
        // The last one is no call: it is too late by then.
        let called = || house.site.gateway.calls().len() > pauses.len() || !house.requests().is_empty();
        until("a call of the gateway, or a person", || called().then_some(())).await;
        let pause = || {
            if !house.requests().is_empty() {
                return Some(0);
            }
            let waits = house.site.state.next_due().unwrap()? - house.site.clock.now_ms();
            (waits > 0).then_some(waits)
        };
        let pause = until("the row waits again, or is a person's", pause).await;
        house.site.clock.move_on(pause);
        pauses.push(pause);
    }
    assert_eq!(house.requests(), ["error"]);
    let waited_ms = house.site.clock.now_ms() - began_ms;
    assert!((60 * 60_000..61 * 60_000).contains(&waited_ms), "the tenant's hour: {waited_ms}");
    assert!(pauses.len() > 25 && pauses.iter().all(|it| *it <= 144_000), "{pauses:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_is_busy_is_left_alone_for_as_long_as_it_says() {
    let site = site().await;
    let id = site.owes("wheel", JID, TEXT);
    site.gateway.expects([Mood::Busy(30)]);
    let house = site.start().await;
    calls(&house, 1).await;
    let rests = || house.site.state.resting(house.site.clock.now_ms()).unwrap().pop();
    let (slug, number, until_ms) = until("the number rests", rests).await;
    assert_eq!((slug.as_str(), number.as_str()), ("wheel", "wheel-1"));
    // What others are told by the same number waits too, and everything in its order.
    for jid in [JID, OTHER] {
        let mut payload = message(&format!("M-{jid}"), "сколько стоит правка колеса?");
        payload["metadata"]["remoteJid"] = jid.into();
        payload["instanceId"] = "wheel-1".into();
        assert_eq!(house.deliver("wheel", &payload).await.0, 200);
    }
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    let left = until_ms - house.site.clock.now_ms();
    assert!((25_000..30_000).contains(&left), "{left}");
    house.site.clock.move_on(left - 15_000);
    tokio::time::sleep(Duration::from_millis(1_000)).await;
    assert_eq!(house.site.gateway.calls().len(), 1, "not before it is over");
    house.site.clock.move_on(15_000);
    calls(&house, 4).await;
    house.settled().await;
    let of = |jid: &str| {
        let calls = house.site.gateway.calls();
        calls.into_iter().filter(|it| it["jid"] == jid).map(|it| it["msg"].clone()).collect::<Vec<_>>()
    };
    assert_eq!((of(JID).len(), of(OTHER).len()), (3, 1));
    assert_eq!(of(JID)[..2], [TEXT, TEXT]);
    assert_eq!(house.site.gateway.calls().iter().filter(|it| it["msg_id"] == id).count(), 2);
    assert!(house.requests().is_empty(), "nothing is lost");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_replica_was_told_holds_here() {
    let site = site().await;
    site.owes("wheel", JID, TEXT);
    site.state.rest("wheel", "wheel-1", site.clock.now_ms() + 60_000).unwrap();
    let house = site.start().await;
    house.deliver("wheel", &message("M-1", "сколько стоит правка колеса?")).await;
    tokio::time::sleep(Duration::from_millis(800)).await;
    assert!(house.site.gateway.calls().is_empty());
    house.site.clock.move_on(61_000);
    calls(&house, 2).await;
    house.settled().await;
    assert_eq!(house.site.gateway.calls().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forgetful_gateway_hears_nothing_twice_unless_it_proved_that_it_took_nothing() {
    let statuses = [408, 409, 500, 502, 504, 520, 522, 524].map(|it| (it, 1));
    for (status, heard) in statuses.into_iter().chain([404, 429, 503].map(|it| (it, 2))) {
        let site = site().await;
        site.owes("wheel", JID, TEXT);
        site.gateway.expects([Mood::Status(status)]);
        let mut config = site.config();
        config.chatflow_idempotent = false;
        let house = site.try_start(config).await.unwrap();
        calls(&house, 1).await;
        let told = || house.site.state.next_due().unwrap().is_some() || !house.requests().is_empty();
        until("its answer is known", || told().then_some(())).await;
        house.site.clock.move_on(10_000);
        house.settled().await;
        assert_eq!(house.site.gateway.calls().len(), heard, "{status}");
        assert_eq!(house.requests().len(), 2 - heard, "{status}: a person is shown what is unsure");
    }
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
