//! The journey of a release whose store is a PostgreSQL server.

use crate::house::House;
use crate::{PATIENCE, postgres};

/// Asks new customers until one hears `wanted`: a new release is picked up by polling.
async fn heard(house: &House, serve: &crate::house::Serve, prefix: &str, wanted: &str) {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    for nth in 0.. {
        let jid = format!("{prefix}{nth:04}@s.whatsapp.net");
        house.write(serve, &jid, "Сколько стоит замена цепи?").await;
        if house.reply(&jid).await.text.replace('\u{a0}', " ").contains(wanted) {
            return;
        }
        assert!(tokio::time::Instant::now() < deadline, "{wanted} was not heard");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_keeps_what_is_published_and_serves_it() {
    let Some(database) = postgres::database() else { return };
    let house = House::published_into(Some(database.url())).await;
    let serve = house.serve();
    heard(&house, &serve, "7703000", "4 500").await;

    house.change_price("4500", "5100");
    heard(&house, &serve, "7704000", "5 100").await;
    let history: serde_json::Value =
        serde_json::from_str(&house.tool(&["history", "spoke", "--format", "json"])).unwrap();
    let releases = history["releases"].as_array().unwrap();
    assert_eq!(releases.iter().map(|it| it["live"] == true).collect::<Vec<_>>(), [true, false]);
    assert!(house.tool(&["plan", "--color", "never"]).contains("0 to"), "what is live is what is written");

    let back = house.tool(&["rollback", "spoke"]);
    assert!(back.contains(releases[1]["release_id"].as_str().unwrap()), "{back}");
    heard(&house, &serve, "7705000", "4 500").await;

    database.sql("INSERT INTO vectors VALUES ('lexical-0', 'unnamed', '\\x00010203')");
    assert_eq!(house.tool(&["gc"]), "swept 1 rows (0 releases, 1 vectors), 4 bytes\n");
    assert_eq!(house.tool(&["gc"]), "swept 0 rows (0 releases, 0 vectors), 0 bytes\n");
    assert_eq!(
        database.sql("SELECT verb, slug, dirty FROM audit ORDER BY id"),
        ["publish|spoke|f", "publish|spoke|f", "rollback|spoke|f", "gc|-|f", "gc|-|f"]
    );
    assert_eq!(database.sql("SELECT status, config ->> 'plan' FROM clients"), ["active|starter"]);
    let told =
        "SELECT count(*) FROM messages m JOIN outbox o USING (id) WHERE o.status IN ('sending', 'sent')";
    assert!(database.sql(told)[0].parse::<u32>().unwrap() >= 3, "conversations are there too");
    let usage = "SELECT messages_in FROM usage JOIN clients ON clients.id::text = usage.client_id";
    assert!(house.tool(&["usage"]).contains(&database.sql(usage)[0]));
    assert!(!house.has_store_file(), "nothing is kept beside the server");
}
