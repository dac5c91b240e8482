//! Timers: a word to a customer who waits, a request that returns to the bot.

use format::{QuietHours, Settings};
use runtime::StateStore;
use serde_json::json;

use crate::house::{House, JID, Site, message, until};
use crate::shop::shop;

const UNKNOWN: &str = "какой у вас ИИН для договора поставки?";
const REMINDER: &str = "Мастер пока не ответил.";
const MINUTE: i64 = 60_000;

/// A tenant with a request that waits.
async fn asked(settings: impl FnOnce(&mut Settings)) -> House {
    let site = Site::new().await;
    let mut release = shop("wheel");
    release.client.settings.customer_reminder_minutes = 30;
    release.client.settings.auto_return_minutes = 90;
    settings(&mut release.client.settings);
    site.publish(&release);
    let house = site.start().await;
    house.deliver("wheel", &message("A-1", UNKNOWN)).await;
    house.settled().await;
    house.deliver("wheel", &message("A-2", UNKNOWN)).await;
    house.settled().await;
    house.deliver("wheel", &message("A-3", UNKNOWN)).await;
    house.settled().await;
    assert_eq!(house.requests().len(), 1, "{:?}", house.sent());
    house
}

fn reminders(house: &House) -> usize {
    house.sent().iter().filter(|it| *it == REMINDER).count()
}

async fn reminded(house: &House) {
    until("the customer is told", || (reminders(house) == 1).then_some(())).await;
}

async fn returned(house: &House) {
    until("the request returns", || house.requests().is_empty().then_some(())).await;
}

/// Long enough for the timers to have been looked at twice.
async fn looked_at(house: &House) {
    let looks = || house.responder.snapshot().loaded;
    let until = tokio::time::Instant::now() + std::time::Duration::from_millis(1_200);
    tokio::time::sleep_until(until).await;
    assert!(looks());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_waiting_customer_hears_of_it_once_and_the_request_returns() {
    let house = asked(|settings| settings.quiet_hours = None).await;
    house.site.clock.move_on(29 * MINUTE);
    looked_at(&house).await;
    assert_eq!(reminders(&house), 0, "not before its time");
    house.site.clock.move_on(2 * MINUTE);
    reminded(&house).await;
    assert_eq!(house.requests().len(), 1);
    house.site.clock.move_on(60 * MINUTE);
    returned(&house).await;
    assert_eq!(reminders(&house), 1);
    assert!(house.messages("wheel", JID).iter().any(|it| it.text == REMINDER && it.role == "assistant"));
}

#[tokio::test(flavor = "multi_thread")]
async fn timers_outlive_the_process() {
    let house = asked(|settings| settings.quiet_hours = None).await;
    let site = house.stop().await;
    site.clock.move_on(31 * MINUTE);
    let house = site.start().await;
    reminded(&house).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_who_took_the_request_needs_no_reminder() {
    let house = asked(|settings| settings.quiet_hours = None).await;
    let mut echo = message("PHONE-1", "Сейчас посмотрю");
    echo["fromMe"] = json!(true);
    house.deliver("wheel", &echo).await;
    house.site.clock.move_on(200 * MINUTE);
    looked_at(&house).await;
    assert_eq!(reminders(&house), 0);
    let open = house.site.state.handovers(Some("wheel")).unwrap();
    assert_eq!(open[0].status, "active", "never taken away from a person");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_written_to_unasked_at_night() {
    // Quiet at any time but one minute a day.
    let all_day = QuietHours { from: "00:01".to_owned(), to: "00:00".to_owned() };
    let house = asked(|settings| settings.quiet_hours = Some(all_day)).await;
    house.site.clock.move_on(31 * MINUTE);
    looked_at(&house).await;
    assert_eq!(reminders(&house), 0);
    assert_eq!(house.requests().len(), 1);
}
