//! The journey of an erasure while responders run.

use std::fs;

use serde_json::Value;

use crate::house::House;
use crate::postgres;

const JID: &str = "77030000001@s.whatsapp.net";
const ASKED: &str = "Сколько стоит замена цепи?";

/// What a receipt says of the tenant.
fn part(receipt: &Value) -> (bool, &Value) {
    let receipt = &receipt["receipt"];
    (receipt["complete"].as_bool().unwrap(), &receipt["tenants"]["spoke"])
}

#[tokio::test(flavor = "multi_thread")]
async fn files_in_another_responders_folder_are_left_until_it_has_removed_them() {
    let Some(database) = postgres::database() else { return };
    let house = House::published_into(Some(database.url())).await;
    let serve = house.serve_in("replica");
    house.write(&serve, JID, ASKED).await;
    house.reply(JID).await;
    serve.kill();
    // As a turn of that replica keeps a photo: two that rows name, and one that none does.
    let conversation = database.sql("SELECT id FROM conversations").remove(0);
    let folder = house.path("replica/media/spoke").join(&conversation);
    fs::create_dir_all(&folder).unwrap();
    for name in ["0a.jpg", "0b.jpg", "0c.jpg"] {
        fs::write(folder.join(name), "x").unwrap();
    }
    let file = |name: &str| format!(r#"{{"kind":"photo","kept":"media/spoke/{conversation}/{name}"}}"#);
    for (role, name) in [("user", "0a.jpg"), ("assistant", "0b.jpg")] {
        database.sql(&format!("UPDATE messages SET file = '{}' WHERE role = '{role}'", file(name)));
    }

    // Nobody runs who has them.
    let (code, receipt) = house.asked(&["forget", "+77030000001"]);
    let (complete, told) = part(&receipt);
    assert_eq!((code, complete, &told["remaining"]["files"]), (1, false, &Value::from(2)), "{receipt}");
    assert_eq!(told["erased"]["users"], 1);
    assert!(folder.exists());

    let serve = house.serve_in("replica");
    let (code, receipt) = house.asked(&["forget", "+77030000001"]);
    let (complete, told) = part(&receipt);
    assert_eq!((code, complete, &told["erased"]["files"]), (0, true, &Value::from(2)), "{receipt}");
    assert!(!folder.exists());
    assert_eq!(database.sql("SELECT count(*) FROM tallies"), ["0"]);
    drop(serve);
}

#[tokio::test(flavor = "multi_thread")]
async fn passages_in_a_responders_own_index_are_left_until_it_has_dropped_them() {
    let house = House::published().await;
    let serve = house.serve();
    house.write(&serve, JID, ASKED).await;
    house.reply(JID).await;
    house.settled(1).await;
    serve.signal("-STOP");
    let (code, receipt) = house.asked(&["offboard", "spoke", "--yes"]);
    let (complete, told) = part(&receipt);
    assert_eq!((code, complete), (1, false), "it holds its index, and does nothing: {receipt}");
    assert!(told["remaining"]["points"].as_u64().unwrap() > 0 && told["erased"]["users"] == 1, "{receipt}");

    serve.signal("-CONT");
    let (code, receipt) = house.asked(&["offboard", "spoke", "--yes"]);
    let (complete, told) = part(&receipt);
    assert_eq!((code, complete), (0, true), "{receipt}");
    assert!(told["erased"]["points"].as_u64().unwrap() > 0, "{receipt}");
    assert_eq!(fs::read_dir(house.path("var/offboarding")).unwrap().count(), 0, "nothing is put aside");
    drop(serve);
}
