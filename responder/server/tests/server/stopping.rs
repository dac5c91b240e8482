//! The end, and the start after it.

use std::time::{Duration, Instant};

use runtime::StateStore;
use server::Clock;

use crate::gateway::Mood;
use crate::house::{House, JID, Site, message, until};
use crate::shop::shop;

#[tokio::test(flavor = "multi_thread")]
async fn a_send_under_way_ends_before_the_responder_does() {
    let site = Site::new().await;
    site.publish(&shop("wheel"));
    let id = site.owes("wheel", JID, "Правка колеса стоит 4000 ₸.");
    site.gateway.expects([Mood::Hangs(Duration::from_millis(300))]);
    let house = site.start().await;
    until("the send has begun", || (house.site.gateway.calls().len() == 1).then_some(())).await;
    let site = house.stop().await;
    assert_eq!(site.state.next_due().unwrap(), None);
    // Sent and settled: the next start finds nothing half done.
    assert_eq!(site.state.recover_sends(true, true, site.clock.now_ms()).unwrap(), 0);
    assert!(site.state.message(&id).unwrap().is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_does_not_wait_for_ever() {
    let site = Site::new().await;
    site.publish(&shop("wheel"));
    site.owes("wheel", JID, "Правка колеса стоит 4000 ₸.");
    site.gateway.expects([Mood::Hangs(Duration::from_secs(60))]);
    let mut config = site.config();
    config.drain = Duration::from_millis(300);
    let house = site.try_start(config).await.unwrap();
    until("the send has begun", || (house.site.gateway.calls().len() == 1).then_some(())).await;
    let began = Instant::now();
    let site = house.stop().await;
    assert!(began.elapsed() < Duration::from_secs(5));
    // The next start takes it up with the same id.
    let house = site.start().await;
    until("the send is repeated", || (house.site.gateway.calls().len() == 2).then_some(())).await;
    let calls = house.site.gateway.calls();
    assert_eq!(calls[0]["msg_id"], calls[1]["msg_id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_under_way_are_answered_and_later_ones_are_not() {
    let house = House::of_one().await;
    let url = house.url.clone();
    let deliveries: Vec<_> = (0..50)
        .map(|number| {
            let call = house.call("wheel").header("X-Webhook-Secret", crate::shop::secret("wheel"));
            tokio::spawn(call.json(&message(&format!("Z-{number}"), "?")).send())
        })
        .collect();
    until("some are stored", || (!house.stored("wheel", JID).is_empty()).then_some(())).await;
    let http = house.http.clone();
    let site = house.stop().await;
    let mut accepted = 0;
    for delivery in deliveries {
        // Refused connections are the gateway's to repeat; an answer is never anything but 200.
        if let Ok(response) = delivery.await.unwrap() {
            assert_eq!(response.status(), 200);
            accepted += 1;
        }
    }
    let stored =
        site.state.messages("wheel", JID).unwrap().into_iter().filter(|it| it.role == "user").count();
    assert!(stored >= accepted, "{stored} stored, {accepted} accepted");
    assert!(http.get(format!("{url}/healthz")).send().await.is_err());
}
