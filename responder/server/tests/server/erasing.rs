//! Erasing customers and tenants.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use runtime::{DeskStore, StateStore};
use server::erasure::{self, Archive, ErasureError, Others, Places, Receipt, Signer};

use crate::house::{House, JID, Site, message, until};
use crate::shop::{secret, shop};

const PRICE: &str = "сколько стоит правка колеса?";
const OTHER: &str = "77000000002@s.whatsapp.net";

async fn talked() -> House {
    let site = Site::new().await;
    for slug in ["wheel", "wheel_two"] {
        site.publish(&shop(slug));
    }
    let house = site.start().await;
    for slug in ["wheel", "wheel_two"] {
        for (n, jid) in [JID, OTHER].into_iter().enumerate() {
            let mut payload = message(&format!("E-{n}"), PRICE);
            payload["metadata"]["remoteJid"] = jid.into();
            assert_eq!(house.deliver(slug, &payload).await.0, 200);
        }
    }
    house.settled().await;
    house
}

fn places(site: &Site) -> Places<'_> {
    Places {
        releases: site.releases.as_ref(),
        state: site.state.as_ref(),
        data: site.dir.path(),
        index: None,
        archive: None,
        topics: None,
        others: Others::default(),
    }
}

fn forget(site: &Site, who: &str, only: Option<&str>) -> Result<Receipt, ErasureError> {
    let signer = Signer::open(&site.dir.path().join("receipts")).unwrap();
    erasure::forget(&places(site), who, only, &signer)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forgotten_customer_is_nowhere_and_the_receipt_counts_what_went() {
    let site = talked().await.stop().await;
    let conversation = site.state.conversations("wheel", Some(JID)).unwrap().remove(0);
    let folder = site.dir.path().join("media/wheel").join(&conversation);
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("voice.ogg"), "x").unwrap();

    let receipt = forget(&site, "+7 700 000-00-01", Some("wheel")).unwrap();
    assert!(receipt.complete, "{receipt:?}");
    let erased = &receipt.tenants["wheel"].erased;
    assert_eq!((erased["users"], erased["conversations"], erased["files"]), (1, 1, 1), "{erased:?}");
    assert_eq!((erased["messages"], erased["outbox"]), (2, 1), "{erased:?}");
    assert_eq!(receipt.tenants["wheel"].kept["seen"], 1, "the gateway's id, which leads to nobody");
    assert!(!folder.exists());
    assert!(site.state.messages("wheel", JID).unwrap().is_empty());
    assert_eq!(site.state.messages("wheel", OTHER).unwrap().len(), 2, "another customer");
    assert_eq!(site.state.messages("wheel_two", JID).unwrap().len(), 2, "another tenant");
    assert_eq!(site.state.usage(Some("wheel")).unwrap()[0].messages_in, 2, "totals stay");

    let everywhere = forget(&site, JID, None).unwrap();
    assert_eq!(everywhere.tenants["wheel_two"].erased["users"], 1);
    assert!(site.state.messages("wheel_two", JID).unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erasure_that_was_cut_short_ends_with_one_receipt_of_everything() {
    let site = talked().await.stop().await;
    let first = forget(&site, JID, Some("wheel")).unwrap();
    // Killed before the receipt was handed out: the next run tells the same.
    let again = forget(&site, JID, Some("wheel")).unwrap();
    assert_eq!(first, again);
    erasure::close(&places(&site), &again).unwrap();
    assert_eq!(forget(&site, JID, Some("wheel")).unwrap().rows(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offboarded_tenant_is_not_served_and_leaves_only_its_totals() {
    let house = talked().await;
    let receipt = {
        let site = &house.site;
        erasure::offboard(&places(site), "wheel", (Some("An Operator"), "2026-01-15T12:00:00Z")).unwrap()
    };
    assert!(receipt.complete, "{receipt:?}");
    let erased = &receipt.tenants["wheel"].erased;
    assert_eq!((erased["users"], erased["messages"], erased["releases.live"]), (2, 4, 1), "{erased:?}");
    until("its webhook closes", || (!house.responder.snapshot().tenants.contains_key("wheel")).then_some(()))
        .await;
    let (status, body) = house.deliver("wheel", &message("E-9", PRICE)).await;
    assert_eq!((status, body["message"].as_str()), (401, Some("Unauthorized")));
    let (status, _) = house.deliver("wheel_two", &message("E-9", PRICE)).await;
    assert_eq!(status, 200, "a slug that begins with the other's is another tenant");
    house.settled().await;
    let site = house.stop().await;
    assert_eq!(site.state.usage(Some("wheel")).unwrap()[0].messages_in, 2);
    assert_eq!(site.state.traces_of("wheel", JID).unwrap().len(), 0);
    assert_eq!(site.state.messages("wheel_two", OTHER).unwrap().len(), 2);
    assert!(secret("wheel").len() > 31);
    let later = erasure::offboard(&places(&site), "wheel", (None, "2026-01-15T12:00:00Z")).unwrap();
    assert_eq!(
        later.tenants["wheel"].erased, receipt.tenants["wheel"].erased,
        "not closed yet: the same receipt"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_leads_out_of_the_folder_erases_nothing() {
    let site = Site::new().await;
    fs::create_dir_all(site.dir.path().join("media/wheel/c-1")).unwrap();
    fs::write(site.dir.path().join("media/wheel/c-1/voice.ogg"), "x").unwrap();
    for name in ["..", ".", "", "../media", "wheel/c-1", "/", "Wheel"] {
        let refused = erasure::offboard(&places(&site), name, (None, "2026-01-15T12:00:00Z"));
        assert!(matches!(refused, Err(ErasureError::NoSlug(_))), "{name}");
    }
    assert!(site.dir.path().join("media/wheel/c-1/voice.ogg").exists());
}

/// Half a year and more.
const SEVEN_MONTHS_MS: i64 = 215 * 24 * 3_600_000;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_old_is_archived_then_erased_and_an_erasure_reaches_the_archive() {
    let site = talked().await.stop().await;
    let folder = site.dir.path().join("archive");
    let archive = Archive::new(&folder);
    // Cut short before anything was erased, with a line half written.
    let before = archive.fill(site.state.as_ref(), "wheel", i64::MAX).unwrap();
    assert_eq!(before, 4);
    for file in fs::read_dir(folder.join("wheel")).unwrap() {
        let path = file.unwrap().path();
        // Within a letter, as it may come.
        let cut = fs::read_to_string(&path).unwrap().rfind('₸').map(|at| at + 1);
        let whole = fs::read(&path).unwrap();
        fs::write(path, &whole[..cut.unwrap_or(whole.len() - 9)]).unwrap();
    }
    site.clock.move_on(SEVEN_MONTHS_MS);
    let mut config = site.config();
    config.archive = Some(folder.clone());
    let house = site.try_start(config).await.unwrap();
    until("old rows go", || house.site.state.messages("wheel", JID).unwrap().is_empty().then_some(())).await;
    until("of all", || house.site.state.messages("wheel_two", OTHER).unwrap().is_empty().then_some(())).await;
    let site = house.stop().await;

    let of = |slug: &str| -> String {
        let files = fs::read_dir(folder.join(slug)).unwrap();
        let text = |path| String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned();
        files.map(|it| text(it.unwrap().path())).collect()
    };
    for slug in ["wheel", "wheel_two"] {
        let text = of(slug);
        let lines: Vec<serde_json::Value> =
            text.lines().filter_map(|it| serde_json::from_str(it).ok()).collect();
        for jid in [JID, OTHER] {
            let said =
                lines.iter().filter(|it| it["jid"] == jid && it["role"] == "user" && it["text"] == PRICE);
            assert!(said.count() >= 1, "{slug} {jid}: {text}");
            assert!(lines.iter().any(|it| it["jid"] == jid && it["role"] == "assistant"), "{text}");
        }
    }
    let places = Places { archive: Some(&archive), ..places(&site) };
    let signer = Signer::open(&site.dir.path().join("receipts")).unwrap();
    let receipt = erasure::forget(&places, "+7 700 000 00 01", Some("wheel_two"), &signer).unwrap();
    assert!(receipt.complete && receipt.tenants["wheel_two"].erased["archived_messages"] == 2, "{receipt:?}");
    assert!(!of("wheel_two").contains(JID) && of("wheel_two").contains(OTHER) && of("wheel").contains(JID));
    let receipt = erasure::offboard(&places, "wheel", (None, "2026-01-15T12:00:00Z")).unwrap();
    assert!(receipt.tenants["wheel"].erased["archived_messages"] >= 4 && !folder.join("wheel").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_erased_that_cannot_be_archived() {
    let site = talked().await.stop().await;
    site.clock.move_on(SEVEN_MONTHS_MS);
    // A file stands where the folder should be.
    let folder = site.dir.path().join("archive");
    fs::write(&folder, "").unwrap();
    let mut config = site.config();
    config.archive = Some(folder);
    let house = site.try_start(config).await.unwrap();
    let refused = r#"tenantry_store_failures_total{call="archive"}"#;
    let deadline = Instant::now() + Duration::from_secs(30);
    while house.metric(refused).await == 0.0 {
        assert!(Instant::now() < deadline, "it is told");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(house.site.state.messages("wheel", JID).unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_is_delivered_again_makes_no_forgotten_customer_anew() {
    let house = talked().await;
    assert!(forget(&house.site, JID, Some("wheel")).unwrap().complete);
    let mut again = message("E-0", PRICE);
    again["metadata"]["remoteJid"] = JID.into();
    let (status, body) = house.deliver("wheel", &again).await;
    assert_eq!((status, body["message"].as_str()), (200, Some("Duplicate message_id")));
    house.settled().await;
    assert!(house.site.state.customers("wheel", JID).unwrap().is_empty());
    assert_eq!(house.sent().len(), 4, "it is answered no second time");
    assert!(house.site.state.traces_of("wheel", JID).unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_receipt_of_an_offboarding_names_whatever_is_left() {
    let site = talked().await.stop().await;
    site.state.bind("wheel", "dina", 7, 1).unwrap();
    let file = rusqlite::Connection::open(site.dir.path().join(runtime::SqliteState::FILE)).unwrap();
    for table in ["bindings", "seen"] {
        let keep =
            format!("CREATE TRIGGER keep_{table} BEFORE DELETE ON {table} BEGIN SELECT RAISE(IGNORE); END");
        file.execute_batch(&keep).unwrap();
    }
    let offboard = || erasure::offboard(&places(&site), "wheel", (None, "2026-01-15T12:00:00Z")).unwrap();
    let receipt = offboard();
    let remaining = &receipt.tenants["wheel"].remaining;
    assert!(!receipt.complete && remaining["bindings"] == 1 && remaining["seen"] == 2, "{receipt:?}");
    file.execute_batch("DROP TRIGGER keep_bindings; DROP TRIGGER keep_seen").unwrap();
    let receipt = offboard();
    assert!(receipt.complete && receipt.tenants["wheel"].erased["bindings"] == 1, "{receipt:?}");
}

/// A file as a turn keeps it.
fn kept(site: &Site, slug: &str, conversation: &str) -> PathBuf {
    let folder = site.dir.path().join("media").join(slug).join(conversation);
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("voice.ogg"), "x").unwrap();
    folder
}

#[tokio::test(flavor = "multi_thread")]
async fn a_responder_erases_what_came_while_somebody_was_erased() {
    let site = talked().await.stop().await;
    let of = |slug: &str, jid: &str| site.state.conversations(slug, Some(jid)).unwrap().remove(0);
    let (forgotten, other) = (of("wheel_two", JID), of("wheel_two", OTHER));
    assert!(forget(&site, JID, Some("wheel_two")).unwrap().complete);
    // A turn was at work and kept its file behind the back of the erasure.
    let (late, stays) = (kept(&site, "wheel_two", &forgotten), kept(&site, "wheel_two", &other));
    let foreign = kept(&site, "unheard_of", "c-1");
    let receipt = erasure::offboard(&places(&site), "wheel", (None, "2026-01-15T12:00:00Z")).unwrap();
    assert!(receipt.complete, "{receipt:?}");
    // A replica had not noticed yet.
    site.owes("wheel", JID, "It depends.");
    let straggler = kept(&site, "wheel", &site.state.conversations("wheel", None).unwrap()[0]);

    let house = site.start().await;
    until("what came late goes", || (!late.exists() && !straggler.exists()).then_some(())).await;
    let left = || house.site.state.left_of("wheel").unwrap();
    until("also its rows", || left().is_empty().then_some(())).await;
    assert!(stays.exists() && foreign.exists(), "of others nothing");
    assert_eq!(house.messages("wheel_two", OTHER).len(), 2);
}
