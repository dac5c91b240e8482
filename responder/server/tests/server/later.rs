//! Timers: a word to a customer who waits, a request that returns to the bot.

use format::{QuietHours, Settings};
use runtime::StateStore;
use serde_json::json;

use crate::house::{House, JID, Site, message, until};
use crate::shop::shop;

const UNKNOWN: &str = "какой у вас ИИН для договора поставки?";
const REMINDER: &str = "Мастер пока не ответил.";
const MINUTE: i64 = 60_000;
/// A customer of another tenant.
const OTHER: &str = "77000000002@s.whatsapp.net";

/// A tenant with a request that waits, and another one whose customer is told after so many minutes: what
/// was due before has been looked at by then.
async fn asked(told_after: u32, settings: impl FnOnce(&mut Settings)) -> House {
    let site = Site::new().await;
    let mut other = shop("gear");
    other.client.settings.customer_reminder_minutes = told_after;
    other.client.settings.quiet_hours = None;
    site.publish(&other);
    let mut release = shop("wheel");
    release.client.settings.customer_reminder_minutes = 30;
    release.client.settings.auto_return_minutes = 90;
    settings(&mut release.client.settings);
    site.publish(&release);
    let house = site.start().await;
    for id in ["A-1", "A-2", "A-3"] {
        house.deliver("wheel", &message(id, UNKNOWN)).await;
        let mut others = message(id, UNKNOWN);
        others["metadata"]["remoteJid"] = json!(OTHER);
        house.deliver("gear", &others).await;
        house.settled().await;
    }
    assert_eq!((requests(&house, "wheel"), requests(&house, "gear")), (1, 1), "{:?}", house.sent());
    house
}

fn requests(house: &House, slug: &str) -> usize {
    house.site.state.handovers(Some(slug)).unwrap().len()
}

fn told(house: &House, slug: &str, jid: &str) -> usize {
    house.messages(slug, jid).iter().filter(|it| it.text == REMINDER && it.role == "assistant").count()
}

fn reminders(house: &House) -> usize {
    told(house, "wheel", JID)
}

async fn reminded(house: &House) {
    until("the customer is told", || (reminders(house) == 1).then_some(())).await;
}

async fn returned(house: &House) {
    until("the request returns", || (requests(house, "wheel") == 0).then_some(())).await;
}

/// Timers are done in the order in which they are due.
async fn looked_at(house: &House) {
    until("the other tenant's customer is told", || (told(house, "gear", OTHER) == 1).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_waiting_customer_hears_of_it_once_and_the_request_returns() {
    let house = asked(28, |settings| settings.quiet_hours = None).await;
    house.site.clock.move_on(29 * MINUTE);
    looked_at(&house).await;
    assert_eq!(reminders(&house), 0, "not before its time");
    house.site.clock.move_on(2 * MINUTE);
    reminded(&house).await;
    // What was not sent within the hour would be too old.
    house.settled().await;
    assert_eq!(requests(&house, "wheel"), 1);
    house.site.clock.move_on(60 * MINUTE);
    returned(&house).await;
    assert_eq!(reminders(&house), 1);
    house.settled().await;
    assert_eq!(house.sent().iter().filter(|it| *it == REMINDER).count(), 2, "one for each");
}

#[tokio::test(flavor = "multi_thread")]
async fn timers_outlive_the_process() {
    let house = asked(28, |settings| settings.quiet_hours = None).await;
    let site = house.stop().await;
    site.clock.move_on(31 * MINUTE);
    let house = site.start().await;
    reminded(&house).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_who_took_the_request_needs_no_reminder() {
    let house = asked(100, |settings| settings.quiet_hours = None).await;
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
    let house = asked(31, |settings| settings.quiet_hours = Some(all_day)).await;
    house.site.clock.move_on(32 * MINUTE);
    looked_at(&house).await;
    assert_eq!(reminders(&house), 0);
    assert_eq!(requests(&house, "wheel"), 1);
}
