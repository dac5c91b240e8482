//! Timers: a word to a customer who waits, a request that returns to the bot.

use format::{QuietHours, Settings};
use runtime::StateStore;
use serde_json::json;

use crate::house::{House, JID, Site, message, until};
use crate::shop::shop;

const UNKNOWN: &str = "какой у вас ИИН для договора поставки?";
const REMINDER: &str = "Мастер пока не ответил.";
const MINUTE: i64 = 60_000;
/// Where the workshop is.
const ZONE: &str = "Asia/Almaty";

/// A house with one tenant.
async fn opened(settings: impl FnOnce(&mut Settings)) -> House {
    let site = Site::new().await;
    let mut release = shop("wheel");
    settings(&mut release.client.settings);
    site.publish(&release);
    site.start().await
}

/// A customer whose question is a request now.
async fn asks(house: &House, slug: &str) {
    for id in ["A-1", "A-2", "A-3"] {
        house.deliver(slug, &message(id, UNKNOWN)).await;
        house.settled().await;
    }
    assert_eq!(requests(house, slug), 1, "{:?}", house.sent());
}

/// A tenant that is awake by night and has a request that waits: reminded after 30 minutes, returned after 90.
async fn asked(settings: impl FnOnce(&mut Settings)) -> House {
    let house = opened(|it| {
        it.customer_reminder_minutes = 30;
        it.auto_return_minutes = 90;
        it.quiet_hours = None;
        settings(it);
    });
    let house = house.await;
    asks(&house, "wheel").await;
    house
}

fn requests(house: &House, slug: &str) -> usize {
    house.site.state.handovers(Some(slug)).unwrap().len()
}

/// What the customer of the workshop was told: words to whoever waits, and requests that are open.
fn stands(house: &House) -> (usize, usize) {
    let said = house.messages("wheel", JID);
    let reminders = said.iter().filter(|it| it.text == REMINDER && it.role == "assistant").count();
    (reminders, requests(house, "wheel"))
}

/// The same after so many minutes, with all done that is due by then.
async fn after(house: &House, minutes: i64) -> (usize, usize) {
    house.site.clock.move_on(minutes * MINUTE);
    house.timed().await;
    stands(house)
}

/// The same at a time of the day.
async fn at(house: &House, time: &str) -> (usize, usize) {
    house.site.clock.move_to(ZONE, time);
    house.timed().await;
    stands(house)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_waiting_customer_hears_of_it_once_and_the_request_returns() {
    let house = asked(|_| {}).await;
    assert_eq!(after(&house, 29).await, (0, 1), "not before its time");
    assert_eq!(after(&house, 2).await, (1, 1));
    // What was not sent within the hour would be too old.
    house.settled().await;
    assert_eq!(after(&house, 60).await, (1, 0));
    house.settled().await;
    assert_eq!(house.sent().iter().filter(|it| *it == REMINDER).count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn timers_outlive_the_process() {
    let house = asked(|_| {}).await;
    let site = house.stop().await;
    site.clock.move_on(31 * MINUTE);
    let house = site.start().await;
    house.timed().await;
    assert_eq!(stands(&house), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_who_took_the_request_needs_no_reminder() {
    let house = asked(|_| {}).await;
    let mut echo = message("PHONE-1", "Сейчас посмотрю");
    echo["fromMe"] = json!(true);
    house.deliver("wheel", &echo).await;
    assert_eq!(after(&house, 200).await, (0, 1));
    let open = house.site.state.handovers(Some("wheel")).unwrap();
    assert_eq!(open[0].status, "active", "never taken away from a person");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_written_to_unasked_at_night() {
    // Quiet at any time but one minute a day.
    let all_day = QuietHours { from: "00:01".to_owned(), to: "00:00".to_owned() };
    let house = asked(|settings| settings.quiet_hours = Some(all_day)).await;
    house.site.clock.move_to(ZONE, "12:00");
    assert_eq!(after(&house, 95).await, (0, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_of_the_night_waits_for_the_morning() {
    let house = opened(|_| {}).await;
    house.site.clock.move_to(ZONE, "22:30");
    asks(&house, "wheel").await;
    assert_eq!(at(&house, "00:45").await, (0, 1), "nobody was reminded of it yet");
    assert_eq!(at(&house, "07:59").await, (0, 1));
    assert_eq!(at(&house, "08:01").await, (1, 1), "the customer is told in the morning");
    assert_eq!(at(&house, "09:59").await, (1, 1));
    assert_eq!(at(&house, "10:01").await, (1, 0), "after two hours in which people were awake");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_night_in_which_nobody_serves_returns_nothing() {
    let house = opened(|_| {}).await;
    house.site.clock.move_to(ZONE, "17:30");
    asks(&house, "wheel").await;
    let site = house.stop().await;
    site.clock.move_to(ZONE, "23:00");
    let house = site.start().await;
    house.timed().await;
    assert_eq!(stands(&house), (0, 1));
    assert_eq!(at(&house, "08:01").await, (1, 1), "first the customer is told");
    assert_eq!(at(&house, "08:35").await, (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_told_to_wait_is_not_given_up_in_the_same_moment() {
    let house = opened(|_| {}).await;
    house.site.clock.move_to(ZONE, "12:00");
    asks(&house, "wheel").await;
    assert_eq!(after(&house, 118).await, (0, 1));
    assert_eq!(after(&house, 3).await, (1, 1), "both are due after two hours");
    assert_eq!(after(&house, 28).await, (1, 1));
    assert_eq!(after(&house, 4).await, (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_over_a_reply_that_did_not_go_out_has_timers_too() {
    let site = Site::new().await;
    let mut release = shop("wheel");
    release.client.settings.quiet_hours = None;
    site.publish(&release);
    site.owes("wheel", JID, "7 000");
    site.clock.move_on(61 * MINUTE);
    let house = site.start().await;
    until("the reply is too old", || (house.requests() == ["error"]).then_some(())).await;
    house.timed().await;
    assert_eq!(after(&house, 119).await, (0, 1));
    assert_eq!(after(&house, 2).await, (1, 1));
    assert_eq!(after(&house, 31).await, (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_set_ahead_makes_nothing_due() {
    let site = Site::new().await;
    for (slug, minutes) in [("wheel", 30), ("gear", 5)] {
        let mut release = shop(slug);
        release.client.settings.customer_reminder_minutes = minutes;
        release.client.settings.quiet_hours = None;
        site.publish(&release);
    }
    let house = site.start().await;
    asks(&house, "wheel").await;
    asks(&house, "gear").await;
    house.site.clock.set_ahead(500 * MINUTE);
    house.site.clock.move_on(6 * MINUTE);
    let told = || house.messages("gear", JID).iter().any(|it| it.text == REMINDER);
    until("the other tenant's customer is told", || told().then_some(())).await;
    assert_eq!(stands(&house), (0, 1));
    assert_eq!(
        house.column("SELECT lease FROM timers WHERE client_slug = 'wheel'"),
        [0; 4],
        "nobody has touched them"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_due_in_many_talks_is_done_without_pauses() {
    let house = opened(|_| {}).await;
    // With a pause after each of 64 this takes half a minute.
    let talks = "WITH RECURSIVE talks (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM talks WHERE n < 4000)";
    let file = rusqlite::Connection::open(house.site.dir.path().join(runtime::SqliteState::FILE)).unwrap();
    file.execute_batch(&format!(
        "BEGIN;
         INSERT INTO users (id, client_slug, jid, created_at_ms, last_active_at_ms)
             {talks} SELECT 'u' || n, 'wheel', n || '@lid', 1, 1 FROM talks;
         INSERT INTO conversations (id, client_slug, user_id, jid, instance_id, created_at_ms, last_message_at_ms)
             SELECT 'c' || id, client_slug, id, jid, '', 1, 1 FROM users;
         INSERT INTO timers (id, client_slug, conversation_id, kind, due_at_ms)
             SELECT 't' || id, client_slug, id, 'return_to_bot', 1 FROM conversations;
         COMMIT;"
    ))
    .unwrap();
    house.timed().await;
}
