//! Payloads from `tests/fixtures/chatflow`, each with what it reads as. Phones are invented.

use serde_json::{Map, Value, json};

use super::chatflow::{NoSender, Reading, WireMessage, read};

fn told(reading: Result<Reading, NoSender>) -> Value {
    let fields = |it: WireMessage| {
        json!({
            "jid": it.jid, "message_id": it.message_id, "sender": it.sender, "text": it.text,
            "media": it.media, "timestamp": it.timestamp, "instance_id": it.instance_id,
        })
    };
    match reading {
        Ok(Reading::Message(message)) => json!({"message": fields(message)}),
        Ok(Reading::Echo(message)) => json!({"echo": fields(message)}),
        Ok(Reading::Ignored(ignored)) => json!({"ignored": ignored.code()}),
        Err(NoSender) => json!("no_sender"),
    }
}

#[test]
fn payloads_read_as_their_fixtures_say() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/chatflow");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()).collect();
    files.sort();
    assert!(files.len() >= 30);
    for file in files {
        let fixture: Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
        let payload = fixture["payload"].as_object().unwrap();
        assert_eq!(told(read(payload)), fixture["expect"], "{}: {}", file.display(), fixture["what"]);
    }
}

#[test]
fn no_payload_makes_it_panic() {
    // Every fixture's payload with each of its values replaced by something else, one at a time.
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/chatflow");
    for file in std::fs::read_dir(folder).unwrap() {
        let fixture: Value =
            serde_json::from_str(&std::fs::read_to_string(file.unwrap().path()).unwrap()).unwrap();
        let payload = fixture["payload"].as_object().unwrap();
        for name in payload.keys() {
            for strange in [json!(null), json!([]), json!({}), json!(-1e308), json!("\u{0}"), json!(u64::MAX)]
            {
                let mut changed: Map<String, Value> = payload.clone();
                changed.insert(name.clone(), strange);
                drop(read(&changed));
            }
        }
    }
}

#[test]
fn a_deep_message_is_not_followed_for_ever() {
    let mut message = json!({"text": "а"});
    for _ in 0..100 {
        message = json!({"message": message});
    }
    let payload = json!({"jid": "77000000001", "message": message});
    assert_eq!(told(read(payload.as_object().unwrap())), json!({"ignored": "empty"}));
}
