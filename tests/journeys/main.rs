//! Journeys across the house over real HTTP: a folder is published, a customer writes through the
//! pretend gateway, the built binary answers.

#![expect(clippy::unwrap_used, reason = "tests")]

mod booked;
mod erased;
mod house;
#[path = "../../store/runtime/tests/postgres/mod.rs"]
mod postgres;
mod publish;
mod published_elsewhere;

use std::time::Duration;

use playground::gateway::Mode;

use crate::house::House;

/// Long enough for a loaded machine; nothing waits this long when all is well.
const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread")]
async fn publish_ask_and_one_right_reply() {
    let house = House::published().await;
    let serve = house.serve();
    let answer = house.write(&serve, "77010000001@s.whatsapp.net", "Сколько стоит замена цепи?").await;
    assert_eq!((answer.status, &answer.body["message"]), (200, &"Accepted".into()));
    let reply = house.reply("77010000001@s.whatsapp.net").await;
    assert!(reply.text.replace('\u{a0}', " ").contains("4 500"), "{}", reply.text);
    assert_eq!(reply.instance_id, "spoke-main");
    assert!(reply.msg_id.is_some(), "every send carries its own id");
    house.settled(1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_message_ten_times_at_once_is_answered_once() {
    let house = House::published().await;
    let serve = house.serve();
    let jid = "77010000002@s.whatsapp.net";
    let message = house.message(jid, "Сколько стоит замена цепи?");
    let phone = house.phone(&serve);
    let posts: Vec<_> = (0..10)
        .map(|_| {
            let (phone, message) = (phone.clone(), message.clone());
            tokio::spawn(async move { phone.write(&message).await.unwrap() })
        })
        .collect();
    let mut accepted = 0;
    for post in posts {
        let answer = post.await.unwrap();
        assert_eq!(answer.status, 200);
        accepted += usize::from(answer.body["message"] == "Accepted");
    }
    assert_eq!(accepted, 1, "the others are `Duplicate message_id`");
    house.reply(jid).await;
    house.settled(1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_between_acknowledgement_and_reply_loses_and_doubles_nothing() {
    let house = House::published().await;
    let jid = "77010000003@s.whatsapp.net";
    // The gateway delivers and breaks the connection: whether it went out is not known to us.
    house.gateway.set_mode(Mode::AcceptThenDrop, Some(1));
    let serve = house.serve();
    let answer = house.write(&serve, jid, "Сколько стоит замена цепи?").await;
    assert_eq!(answer.body["message"], "Accepted");
    house.called().await;
    serve.kill();
    let again = house.serve();
    house.tried_again().await;
    assert_eq!(house.gateway.delivered_to(jid).len(), 1, "the gateway honours msg_id");
    drop(again);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_right_after_the_acknowledgement_loses_nothing() {
    let house = House::published().await;
    let jid = "77010000004@s.whatsapp.net";
    let serve = house.serve();
    house.write(&serve, jid, "Сколько стоит замена цепи?").await;
    serve.kill();
    let again = house.serve();
    house.reply(jid).await;
    house.settled(1).await;
    drop(again);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_secret_and_an_unknown_slug_look_alike() {
    let house = House::published().await;
    let serve = house.serve();
    let mut wrong = house.message("77010000005@s.whatsapp.net", "привет");
    wrong.secret = "w".repeat(32);
    let mut unknown = house.message("77010000005@s.whatsapp.net", "привет");
    unknown.slug = "nobody".to_owned();
    let phone = house.phone(&serve);
    let (wrong, unknown) = (phone.write(&wrong).await.unwrap(), phone.write(&unknown).await.unwrap());
    assert_eq!((wrong.status, unknown.status), (401, 401));
    assert_eq!(wrong.body, unknown.body);
    assert_eq!(wrong.body["message"], "Unauthorized");
    assert!(house.gateway.calls().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_price_is_heard_without_a_restart() {
    let house = House::published().await;
    let serve = house.serve();
    let (before, after) = ("77010000006@s.whatsapp.net", "77010000007@s.whatsapp.net");
    house.write(&serve, before, "Сколько стоит замена цепи?").await;
    assert!(house.reply(before).await.text.contains('4'));
    house.change_price("4500", "5100");
    // The new release is picked up by polling: ask new customers until one hears it.
    let deadline = tokio::time::Instant::now() + PATIENCE;
    for nth in 0.. {
        let jid = format!("7702000{nth:04}@s.whatsapp.net");
        house.write(&serve, &jid, "Сколько стоит замена цепи?").await;
        if house.reply(&jid).await.text.replace('\u{a0}', " ").contains("5 100") {
            break;
        }
        assert!(tokio::time::Instant::now() < deadline, "the new price was not heard");
    }
    assert!(house.gateway.delivered_to(after).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_wrote_down_is_handed_over_and_recorded() {
    let house = House::published().await;
    let serve = house.serve();
    let jid = "77010000008@s.whatsapp.net";
    house.write(&serve, jid, "А вы сдаёте в аренду зимние палатки?").await;
    let reply = house.reply(jid).await;
    assert!(reply.text.contains("администратор"), "{}", reply.text);
    let queue = house.tool(&["handovers", "spoke", "--format", "json"]);
    assert!(queue.contains("аренду зимние палатки"), "{queue}");
    let stats: serde_json::Value =
        serde_json::from_str(&house.tool(&["stats", "spoke", "--format", "json"])).unwrap();
    let all = &stats["figures"]["all"];
    assert_eq!((&all["requests"], &all["answered"]), (&1.into(), &0.into()), "{stats}");
    drop(serve);
}
