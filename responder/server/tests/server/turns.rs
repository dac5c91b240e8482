//! From a stored message to a reply.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use format::{BurstWindow, Lang, Price, Release};
use runtime::{Inbound, StateStore};
use secrecy::SecretString;
use server::{Clock, StoredTrace};

use crate::house::{House, JID, Site, message, until};
use crate::model::{Manner, Model};
use crate::shop::shop;

const PRICE: &str = "Сколько стоит правка колеса?";
const CARE: &str = "Как хранить велосипед зимой?";

async fn first_reply(house: &House) -> String {
    let reply = until("a reply is sent", || house.sent().first().cloned()).await;
    // Thousands are parted by a space that does not break.
    reply.replace('\u{a0}', " ")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_price_is_asked_and_told_once() {
    let house = House::of_one().await;
    let payload = message("T-1", PRICE);
    let deliveries = (0..10).map(|_| house.deliver("wheel", &payload));
    futures_util::future::join_all(deliveries).await;
    let reply = first_reply(&house).await;
    assert!(reply.contains("4 000 ₸"), "{reply}");
    assert!(reply.starts_with("Это помощник «Спица»."), "{reply}");
    house.settled().await;
    assert_eq!(house.sent().len(), 1);
    let stored = house.messages("wheel", JID);
    let answer = stored.iter().find(|it| it.role == "assistant").unwrap();
    let trace: StoredTrace = serde_json::from_str(answer.trace.as_deref().unwrap()).unwrap();
    assert_eq!(
        (trace.action.as_str(), trace.intent.as_str(), trace.lang.as_str()),
        ("reply", "pricing", "ru")
    );
    assert_eq!(trace.release, house.responder.snapshot().tenants["wheel"].release_id());
    let sources: Vec<_> = trace.steps.iter().flat_map(|it| &it.sources).collect();
    assert!(sources.iter().any(|it| *it == "SALON_TRUTH.yaml:12"), "{trace:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_price_is_heard_without_a_restart() {
    let house = House::of_one().await;
    let mut release = shop("wheel");
    release.facts.offers[0].price = Price::Exact(4_700);
    let id = house.site.publish(&release);
    house.responder.reload().await.unwrap();
    assert_eq!(house.responder.snapshot().tenants["wheel"].release_id(), id);
    house.deliver("wheel", &message("T-2", PRICE)).await;
    let reply = first_reply(&house).await;
    assert!(reply.contains("4 700 ₸"), "{reply}");
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_of_one_burst_get_one_reply() {
    let site = Site::new().await;
    let mut release = shop("wheel");
    release.client.settings.burst_window_ms = BurstWindow { short: 60_000, long: 120_000 };
    site.publish(&release);
    let house = site.start().await;
    for (id, text) in [("B-1", "Здравствуйте"), ("B-2", PRICE)] {
        house.deliver("wheel", &message(id, text)).await;
    }
    assert!(house.sent().is_empty());
    // The later message moves the end of the burst on, never back.
    house.site.clock.move_on(121_000);
    let reply = first_reply(&house).await;
    assert!(reply.contains("4 000 ₸"), "{reply}");
    house.settled().await;
    assert_eq!(house.sent().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_messages_at_once_are_one_conversation() {
    let house = House::of_one().await;
    let payloads: Vec<_> = (0..100).map(|number| message(&format!("C-{number}"), PRICE)).collect();
    let answers = futures_util::future::join_all(payloads.iter().map(|it| house.deliver("wheel", it))).await;
    let conversations: BTreeSet<String> =
        answers.iter().map(|(_, body)| body["conversation_id"].to_string()).collect();
    assert_eq!(conversations.len(), 1, "{answers:?}");
    house.settled().await;
    assert_eq!(house.stored("wheel", JID).len(), 100);
    // Bursts that were overtaken started over; every reply belongs to a turn of its own.
    let said = house.messages("wheel", JID).into_iter().filter(|it| it.role == "assistant").count();
    assert!((1..=100).contains(&said));
    assert_eq!(house.sent().len(), said);
    let ids: BTreeSet<_> = house.site.gateway.calls().iter().map(|it| it["msg_id"].clone()).collect();
    assert_eq!(ids.len(), said);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nothing_answers_is_handed_over() {
    let house = House::of_one().await;
    house.deliver("wheel", &message("H-1", "Какой у вас ИИН для договора поставки?")).await;
    house.settled().await;
    let reply = first_reply(&house).await;
    let claims = reply.contains("передаю") || reply.contains("Передаю") || reply.contains("Передам");
    assert_eq!(
        claims,
        !house.requests().is_empty(),
        "a hand-over is said exactly when it is recorded: {reply}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_senders_clock_says_makes_no_message_too_old() {
    let house = House::of_one().await;
    let now_s = house.site.clock.now_ms() / 1000;
    for (nth, sent_at) in [1_764_929_737, now_s - 50, now_s + 3_600].into_iter().enumerate() {
        let mut payload = message(&format!("T-{nth}"), PRICE);
        payload["metadata"]["timestamp"] = sent_at.into();
        payload["metadata"]["remoteJid"] = format!("7700000000{nth}@s.whatsapp.net").into();
        assert_eq!(house.deliver("wheel", &payload).await.0, 200);
        house.settled().await;
        assert_eq!(house.sent().len(), nth + 1, "{sent_at}");
    }
    assert!(house.requests().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waited_while_nobody_served_is_a_persons() {
    let house = House::of_one().await;
    let now_ms = house.site.clock.now_ms();
    let site = house.stop().await;
    let inbound = Inbound {
        slug: "wheel".to_owned(),
        instance_id: String::new(),
        message_id: "W-1".to_owned(),
        jid: JID.to_owned(),
        sender: None,
        text: PRICE.to_owned(),
        media: None,
        file: None,
        request_id: String::new(),
        sent_at: now_ms / 1000,
        received_at_ms: now_ms,
        due_at_ms: now_ms,
        month: "2026-01".to_owned(),
    };
    site.state.store_inbound(&[inbound]).unwrap();
    site.clock.move_on(61 * 60_000);
    let house = site.start().await;
    house.settled().await;
    assert_eq!((house.sent().len(), house.requests()), (0, vec!["error".to_owned()]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_set_back_keeps_nobody_waiting() {
    let site = Site::new().await;
    let mut release = shop("wheel");
    release.client.settings.burst_window_ms = BurstWindow { short: 3_000, long: 3_000 };
    site.publish(&release);
    let house = site.start().await;
    house.site.clock.move_on(3_600_000);
    house.deliver("wheel", &message("S-1", PRICE)).await;
    house.site.clock.move_on(-3_600_000);
    first_reply(&house).await;
}

/// A responder that starts with a first message whose turns were cut short, again and again.
async fn failing(release: &Release, text: &str) -> House {
    let site = Site::new().await;
    site.publish(release);
    let now_ms = site.clock.now_ms();
    let inbound = Inbound {
        slug: "wheel".to_owned(),
        instance_id: String::new(),
        message_id: "F-1".to_owned(),
        jid: JID.to_owned(),
        sender: None,
        text: text.to_owned(),
        media: None,
        file: None,
        request_id: String::new(),
        sent_at: now_ms / 1000,
        received_at_ms: now_ms,
        due_at_ms: now_ms,
        month: "2026-01".to_owned(),
    };
    site.state.store_inbound(&[inbound]).unwrap();
    // Claims that never came to a commit, as a crash in the middle of a turn leaves them.
    for _ in 0..12 {
        assert_eq!(
            site.state.claim_due(site.clock.now_ms(), 1, &runtime::Turnstile::open(1)).unwrap().len(),
            1
        );
        site.clock.move_on(10);
    }
    site.start().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_turn_that_keeps_failing_is_handed_over() {
    let house = failing(&shop("wheel"), PRICE).await;
    assert_eq!(first_reply(&house).await, "Это помощник «Спица». Передам коллегам.");
    assert_eq!(house.requests(), ["error"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_message_whose_turn_fails_is_answered_in_its_own_language() {
    let mut release = shop("wheel");
    release.client.languages = vec![Lang::Ru, Lang::Kk];
    let house = failing(&release, "Сәлеметсіз бе, дөңгелекті түзету қанша тұрады?").await;
    assert_eq!(first_reply(&house).await, "Бұл «Спица» көмекшісі. Әріптестерге айтамын.");
    let mut other = shop("wheel");
    other.client.languages = vec![Lang::Ru];
    let house = failing(&other, "Сәлеметсіз бе, дөңгелекті түзету қанша тұрады?").await;
    assert!(first_reply(&house).await.contains("Передам"), "never one that the tenant does not speak");
}

async fn with_model(manner: Manner) -> (House, Model) {
    let model = Model::start(manner).await;
    let site = Site::new().await;
    site.publish(&shop("wheel"));
    let mut config = site.config();
    config.openai_base_url = model.url.clone();
    config.openai_api_key = Some(SecretString::from("model-key-canary"));
    config.turn_deadline = Duration::from_secs(2);
    (site.try_start(config).await.unwrap(), model)
}

fn trace(house: &House) -> StoredTrace {
    let stored = house.messages("wheel", JID);
    let json = stored.iter().find_map(|it| it.trace.clone()).unwrap();
    serde_json::from_str(&json).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_model_phrases_a_passage_within_its_prompt() {
    let says = "Зимой велосипед лучше хранить в сухом тёплом месте.";
    let (house, model) = with_model(Manner::Says(says.to_owned())).await;
    house.deliver("wheel", &message("G-1", CARE)).await;
    let reply = first_reply(&house).await;
    assert!(reply.contains("в сухом тёплом месте"), "{reply}");
    let asked = model.asked();
    assert_eq!(asked.len(), 1);
    let system = asked[0]["messages"][0]["content"].as_str().unwrap();
    assert!(system.starts_with("Ты отвечаешь за Спица."), "{system}");
    let trace = trace(&house);
    assert_eq!(trace.passages.len(), 1);
    assert_eq!((trace.passages[0].doc.as_str(), trace.passages[0].line), ("knowledge/care.md", 3));
    let part = trace.model.unwrap();
    assert_eq!((part.model.as_str(), part.outcome.as_str()), ("pretend", "answered"));
    assert_eq!(part.prompt.len(), 16);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_fails_does_not_hold_the_customer() {
    let manners = [Manner::Hangs(Duration::from_secs(30)), Manner::Fails(500), Manner::Says(String::new())];
    for (manner, outcome) in manners.into_iter().zip(["timeout", "unavailable", "unavailable"]) {
        let (house, _model) = with_model(manner).await;
        let began = Instant::now();
        house.deliver("wheel", &message("G-2", CARE)).await;
        let reply = first_reply(&house).await;
        assert!(began.elapsed() < Duration::from_secs(5), "{outcome}");
        assert!(!reply.is_empty());
        assert_eq!(trace(&house).model.unwrap().outcome, outcome);
    }
}
