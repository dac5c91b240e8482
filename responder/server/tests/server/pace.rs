//! Numbers that speak at a rate which an operator has set.

use std::num::NonZeroU32;

use runtime::StateStore as _;
use server::Clock as _;

use crate::house::{House, Site, until};
use crate::shop::shop;

const MINUTE: i64 = 60_000;

/// A tenant that owes so many customers a reply each, and may send one in a minute.
async fn owing(count: usize, max_age_minutes: u32) -> House {
    let site = Site::new().await;
    let mut release = shop("wheel");
    release.client.settings.max_reply_age_minutes = max_age_minutes;
    site.publish(&release);
    for customer in 0..count {
        site.owes("wheel", &format!("770000001{customer:02}@s.whatsapp.net"), &format!("ответ {customer}"));
    }
    start(site).await
}

async fn start(site: Site) -> House {
    let mut config = site.config();
    config.sends_per_minute = NonZeroU32::new(1);
    site.try_start(config).await.unwrap()
}

/// So many were sent, and no more.
async fn are_sent(house: &House, count: usize) {
    until(&format!("{count} calls"), || (house.site.gateway.calls().len() >= count).then_some(())).await;
    idle(house).await;
    assert_eq!(house.site.gateway.calls().len(), count);
}

/// Nothing is due, and nothing under way.
async fn idle(house: &House) {
    let sending = || house.site.state.queues(house.site.clock.now_ms()).unwrap().sending;
    let due = || house.site.state.next_due().unwrap().is_some_and(|at| at <= house.site.clock.now_ms());
    until("nothing is due", || (sending() == 0 && !due()).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_says_no_more_in_a_minute_than_it_may() {
    let house = owing(4, 60).await;
    for sent in 1..=4 {
        are_sent(&house, sent).await;
        // Until just before the next one may leave.
        let next = house.site.state.next_due().unwrap();
        let Some(next) = next else { break };
        let left = next - house.site.clock.now_ms();
        assert!((55_000..=MINUTE).contains(&left), "{left} ms after {sent}");
        house.site.clock.move_on(left - 2_000);
        idle(&house).await;
        assert_eq!(house.site.gateway.calls().len(), sent);
        house.site.clock.move_on(2_000);
    }
    house.settled().await;
    let texts = house.sent();
    assert_eq!(texts.len(), 4);
    assert!((0..4).all(|it| texts.contains(&format!("ответ {it}"))), "{texts:?}");
    assert!(house.requests().is_empty());
    let put_off = house.metric(r#"tenantry_sends_total{tenant="wheel",outcome="waits"}"#).await;
    let called = house.metric(r#"tenantry_stage_seconds_count{stage="send"}"#).await;
    assert_eq!((put_off.round(), called.round()), (3.0, 4.0), "what was put off was no call");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waited_while_nobody_served_does_not_leave_at_once() {
    let house = owing(14, 60).await;
    are_sent(&house, 1).await;
    let site = house.stop().await;
    // All places have passed.
    site.clock.move_on(12 * MINUTE);
    let house = start(site).await;
    for sent in 2..=14 {
        are_sent(&house, sent).await;
        house.site.clock.move_on(MINUTE);
    }
    house.settled().await;
    assert!(house.requests().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_would_wait_too_long_gets_a_person() {
    let house = owing(8, 5).await;
    are_sent(&house, 1).await;
    until("people are asked", || (house.requests().len() == 3).then_some(())).await;
    for sent in 2..=5 {
        house.site.clock.move_on(MINUTE);
        are_sent(&house, sent).await;
    }
    house.settled().await;
    assert_eq!((house.site.gateway.calls().len(), house.requests().len()), (5, 3));
}
