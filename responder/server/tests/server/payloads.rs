//! The many shapes of a message, through the whole door.

use runtime::StateStore;
use serde_json::{Value, json};
use server::Clock as _;

use crate::house::{House, answer};
use crate::shop::secret;

const JID: &str = "77000000009@s.whatsapp.net";

#[tokio::test(flavor = "multi_thread")]
async fn one_message_in_many_shapes() {
    let house = House::of_one().await;
    let shapes: [(&str, Value); 8] = [
        (
            "bare digits",
            json!({"metadata": {"remoteJid": "77000000009", "messageId": "s1"}, "message": "привет"}),
        ),
        ("top level", json!({"from": "+7 700 000-00-09", "id": "s2", "text": "привет"})),
        ("a number", json!({"phone": 77_000_000_009_i64, "messageId": 12, "message_text": "привет"})),
        ("wrapped", json!({"body": {"chatId": JID, "message_id": "s3", "content": "привет"}})),
        ("object", json!({"jid": JID, "message": {"id": "s4", "text": "привет"}})),
        ("nested", json!({"key": {"remoteJid": JID, "id": "s5"}, "message": {"conversation": "привет"}})),
        ("millis", json!({"jid": JID, "id": "s6", "t": 1_768_000_000_123.5, "message": "привет"})),
        (
            "caption",
            json!({"jid": JID, "id": "s7", "mediaData": {"caption": "привет", "mimetype": "image/png"}}),
        ),
    ];
    for (what, payload) in &shapes {
        let (status, body) = house.deliver("wheel", payload).await;
        assert_eq!((status, &body["message"]), (200, &json!("Accepted")), "{what}");
    }
    let stored = house.stored("wheel", JID);
    assert_eq!(stored.len(), shapes.len());
    assert!(stored.iter().all(|it| it.text == "привет"));
    let mut ids: Vec<_> = stored.iter().map(|it| it.message_id.as_str()).collect();
    ids.sort_unstable();
    assert_eq!(ids, ["12", "s1", "s2", "s3", "s4", "s5", "s6", "s7"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_without_an_id_gets_a_stable_one() {
    let house = House::of_one().await;
    let at = |timestamp: i64, text: &str| json!({"jid": JID, "timestamp": timestamp, "message": text});
    for (payload, word) in [
        (at(1_768_000_000, "да"), "Accepted"),
        (at(1_768_000_000, "да"), "Duplicate message_id"),
        (at(1_768_000_009, "да"), "Accepted"),
        (at(1_768_000_000, "нет"), "Accepted"),
        (json!({"jid": JID, "message": "без времени"}), "Accepted"),
        (json!({"jid": JID, "message": "без времени"}), "Duplicate message_id"),
    ] {
        assert_eq!(house.deliver("wheel", &payload).await.1["message"], word, "{payload}");
    }
    house.site.clock.move_on(121_000);
    let again = json!({"jid": JID, "message": "без времени"});
    assert_eq!(house.deliver("wheel", &again).await.1["message"], "Accepted");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeat_without_a_time_is_one_wherever_two_minutes_end() {
    let house = House::of_one().await;
    let clock = house.site.clock.clone();
    // A second before a full two minutes, and then a few seconds after.
    clock.move_on(119_000 - clock.now_ms().rem_euclid(120_000));
    let payload = json!({"jid": JID, "message": "без времени"});
    for (wait, word) in [
        (0, "Accepted"),
        (5_000, "Duplicate message_id"),
        (100_000, "Duplicate message_id"),
        (20_000, "Accepted"),
        (60_000, "Duplicate message_id"),
    ] {
        clock.move_on(wait);
        assert_eq!(house.deliver("wheel", &payload).await.1["message"], word, "{wait}");
    }
    assert_eq!(house.stored("wheel", JID).len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_number_written_to_is_read_everywhere() {
    let house = House::of_one().await;
    for (number, (query, extra)) in [
        ("instanceId=n-0", json!({})),
        ("instance=n-1", json!({})),
        ("instanceId=other", json!({"instance_id": "n-2"})),
        ("", json!({"nodeData": {"instanceId": "n-3"}})),
        ("", json!({"body": {"whatsapp_instance_id": "n-4"}})),
    ]
    .into_iter()
    .enumerate()
    {
        let mut payload = json!({"message": "?", "messageId": "same", "metadata": {"remoteJid": JID}});
        payload.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        if let Some(body) = payload.get_mut("body") {
            body["message"] = json!("?");
        }
        // The same message id through another number is another message.
        let url = format!("{}/webhook/wheel?{query}", house.url);
        let call = house.http.post(url).header("X-Webhook-Secret", secret("wheel")).json(&payload);
        assert_eq!(answer(call).await.1["message"], "Accepted", "{number}");
    }
    assert_eq!(house.stored("wheel", JID).len(), 5);
    assert_eq!(house.site.state.usage(Some("wheel")).unwrap()[0].messages_in, 5);
}
