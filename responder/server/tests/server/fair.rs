//! One tenant's flood is not the others' wait.

use runtime::{Inbound, StateStore};
use server::Clock;

use crate::house::{Site, until};
use crate::shop::shop;

const FLOOD: usize = 400;
const QUIET: &str = "77999999999@s.whatsapp.net";

fn waiting(slug: &str, jid: &str, n: usize, at_ms: i64) -> Inbound {
    Inbound {
        slug: slug.to_owned(),
        instance_id: String::new(),
        message_id: format!("{slug}-{n}"),
        jid: jid.to_owned(),
        sender: None,
        text: "сколько стоит правка колеса?".to_owned(),
        media: None,
        file: None,
        request_id: String::new(),
        sent_at: at_ms / 1000,
        received_at_ms: at_ms,
        due_at_ms: at_ms,
        month: "2026-01".to_owned(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flooding_tenant_does_not_keep_another_waiting() {
    let site = Site::new().await;
    for slug in ["flood", "quiet"] {
        site.publish(&shop(slug));
    }
    let now_ms = site.clock.now_ms();
    let flood: Vec<Inbound> = (0..FLOOD)
        .map(|n| waiting("flood", &format!("7700{n:07}@s.whatsapp.net"), n, now_ms - 1_000))
        .collect();
    site.state.store_inbound(&flood).unwrap();
    site.state.store_inbound(&[waiting("quiet", QUIET, 0, now_ms)]).unwrap();
    let mut config = site.config();
    (config.workers, config.senders) = (4, 4);
    let house = site.try_start(config).await.unwrap();
    until("everybody is answered", || (house.sent().len() > FLOOD).then_some(())).await;
    let calls = house.site.gateway.calls();
    let place = calls.iter().position(|it| it["jid"] == QUIET).unwrap();
    assert!(
        place < FLOOD / 4,
        "the quiet tenant's customer came last in time and was answered as number {place}"
    );
}
