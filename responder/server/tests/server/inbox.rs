//! What is stored, what is ignored, what is counted.

use format::Status;
use runtime::StateStore;
use serde_json::{Value, json};
use server::Clock;

use crate::house::{House, JID, Site, message, until};
use crate::shop::shop;

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_stored_before_it_is_accepted() {
    let house = House::of_one().await;
    let (status, body) = house.deliver("wheel", &message("M-1", "Сколько стоит правка колеса?")).await;
    assert_eq!(status, 200);
    assert_eq!((&body["success"], &body["message"]), (&json!(true), &json!("Accepted")));
    assert!(body["conversation_id"].is_string() && body["bot_response"].is_null());
    let stored = house.stored("wheel", JID);
    assert_eq!(stored.len(), 1);
    assert_eq!(stored[0].message_id, "M-1");
    assert_eq!(stored[0].text, "Сколько стоит правка колеса?");
    assert_eq!(house.site.state.usage(Some("wheel")).unwrap()[0].messages_in, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_deliveries_at_once_are_one_message() {
    let house = House::of_one().await;
    let payload = message("D-1", "Сколько стоит правка колеса?");
    let deliveries = (0..10).map(|_| house.deliver("wheel", &payload));
    let answers = futures_util::future::join_all(deliveries).await;
    assert!(answers.iter().all(|(status, body)| *status == 200 && body["success"] == true), "{answers:?}");
    let words = |word: &str| answers.iter().filter(|(_, body)| body["message"] == word).count();
    assert_eq!((words("Accepted"), words("Duplicate message_id")), (1, 9));
    assert_eq!(house.stored("wheel", JID).len(), 1);
    assert_eq!(house.site.state.usage(Some("wheel")).unwrap()[0].messages_in, 1);
    house.settled().await;
    assert!(house.site.gateway.calls().len() <= 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_needs_no_answer_is_ignored() {
    let house = House::of_one().await;
    let mut payloads: Vec<Value> = Vec::new();
    for jid in ["120363000000000001@g.us", "status@broadcast"] {
        let mut payload = message("I", "привет");
        payload["metadata"]["remoteJid"] = json!(jid);
        payloads.push(payload);
    }
    for kind in ["reaction", "reactionMessage", "receipt", "message_ack", "protocolMessage"] {
        let mut payload = message("I", "👍");
        payload["messageType"] = json!(kind);
        payloads.push(payload);
    }
    payloads.push(message("I", "  "));
    for payload in payloads {
        let (status, body) = house.deliver("wheel", &payload).await;
        assert_eq!(
            (status, &body["message"], &body["success"]),
            (200, &json!("Ignored"), &json!(true)),
            "{payload}"
        );
    }
    assert!(house.messages("wheel", JID).is_empty());
    assert!(house.site.state.usage(Some("wheel")).unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_persons_message_from_the_phone_takes_over() {
    let house = House::of_one().await;
    for place in ["", "metadata", "key", "body"] {
        let jid = format!("7700000010{}@s.whatsapp.net", place.len());
        let mut payload = message(&format!("E-{place}"), "Добрый день, это мастер");
        payload["metadata"]["remoteJid"] = json!(jid);
        match place {
            "" => payload["fromMe"] = json!(true),
            "metadata" => payload["metadata"]["fromMe"] = json!("true"),
            "key" => payload["key"] = json!({"fromMe": 1}),
            _ => payload = json!({"body": payload, "fromMe": false}),
        }
        if place == "body" {
            payload["body"]["fromMe"] = json!(true);
        }
        let (status, body) = house.deliver("wheel", &payload).await;
        assert_eq!((status, &body["message"]), (200, &json!("Ignored")), "{place}");
        let rows = house.messages("wheel", &jid);
        assert_eq!(rows.len(), 1, "{place}");
        assert_eq!(rows[0].role, "manager", "{place}");
        // The person speaks: what the customer writes now is stored and not answered.
        let mut reply = message(&format!("C-{place}"), "Сколько стоит правка колеса?");
        reply["metadata"]["remoteJid"] = json!(jid);
        assert_eq!(house.deliver("wheel", &reply).await.1["message"], "Accepted");
    }
    house.settled().await;
    assert!(house.site.gateway.calls().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_echo_of_ours_takes_nothing_over() {
    let site = Site::new().await;
    site.publish(&shop("wheel"));
    let id = site.owes("wheel", JID, "Правка стоит 4000 ₸.");
    let house = site.start().await;
    until("the reply is sent", || (house.site.gateway.calls().len() == 1).then_some(())).await;
    for (message_id, text) in [(id.as_str(), "другое"), ("3EB0AAAA", "Правка стоит 4000 ₸.")]
    {
        let mut echo = message(message_id, text);
        echo["metadata"]["fromMe"] = json!(true);
        assert_eq!(house.deliver("wheel", &echo).await.1["message"], "Ignored");
    }
    let roles: Vec<_> = house.messages("wheel", JID).into_iter().map(|it| it.role).collect();
    assert_eq!(roles, ["user", "assistant"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_client_stores_and_keeps_silent() {
    let site = Site::new().await;
    let mut release = shop("wheel");
    release.client.status = Status::Suspended;
    site.publish(&release);
    let house = site.start().await;
    for id in ["S-1", "S-2"] {
        let (status, body) = house.deliver("wheel", &message(id, "Сколько стоит правка колеса?")).await;
        assert_eq!(status, 200);
        assert_eq!((&body["success"], &body["message"]), (&json!(false), &json!("Client suspended")));
    }
    assert_eq!(house.stored("wheel", JID).len(), 2);
    assert_eq!(house.site.state.next_due().unwrap(), None);
    assert!(house.site.gateway.calls().is_empty());
    let metrics =
        house.http.get(format!("{}/metrics", house.url)).send().await.unwrap().text().await.unwrap();
    assert!(
        metrics.contains(r#"tenantry_owner_notices_total{tenant="wheel",what="suspended"} 1"#),
        "told once: {metrics}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn media_and_captions_are_stored_as_such() {
    let house = House::of_one().await;
    let mut photo = message("P-1", "");
    photo["messageType"] = json!("image");
    photo["mediaData"] =
        json!({"type": "image", "url": "https://media.example/1.jpg", "caption": "восьмёрка"});
    let mut voice = message("P-2", "");
    voice["messageType"] = json!("ptt");
    for payload in [&photo, &voice] {
        assert_eq!(house.deliver("wheel", payload).await.1["message"], "Accepted");
    }
    let stored = house.stored("wheel", JID);
    let seen: Vec<_> = stored.iter().map(|it| (it.text.as_str(), it.media.as_deref())).collect();
    assert_eq!(seen, [("восьмёрка", Some("photo")), ("", Some("audio"))]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_month_is_the_tenants() {
    let site = Site::new().await;
    site.publish(&shop("wheel"));
    // An hour before March by the clock of the world: in Almaty it is March.
    let edge: jiff::Timestamp = "2027-02-28T23:00:00Z".parse().unwrap();
    site.clock.move_on(edge.as_millisecond() - site.clock.now_ms());
    let house = site.start().await;
    assert_eq!(house.deliver("wheel", &message("T-1", "?")).await.0, 200);
    let months: Vec<_> =
        house.site.state.usage(Some("wheel")).unwrap().into_iter().map(|it| it.month).collect();
    assert_eq!(months, ["2027-03"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_stored_is_not_accepted() {
    let house = House::of_one().await;
    let file = house.site.dir.path().join(runtime::SqliteState::FILE);
    let other = rusqlite::Connection::open(file).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let (status, body) = house.deliver("wheel", &message("V-1", "Сколько стоит правка колеса?")).await;
    assert_eq!((status, &body["success"]), (503, &json!(false)));
    assert!(house.stored("wheel", JID).is_empty());
    other.execute_batch("ROLLBACK").unwrap();
    // The gateway comes back, and nothing was restarted. Where nobody knew in time whether the first was
    // stored, it may have been by now.
    let (status, body) = house.deliver("wheel", &message("V-1", "Сколько стоит правка колеса?")).await;
    assert_eq!((status, &body["success"]), (200, &json!(true)));
    assert_eq!(house.stored("wheel", JID).iter().filter(|it| it.role == "user").count(), 1);
}
