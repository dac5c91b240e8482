//! A Qdrant server that accepts and never answers: starts, publishes, facts and other tenants do not
//! wait for it.

use std::collections::BTreeSet;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use format::Price;
use index::{IndexError, MemoryIndex, Point, Query, RawHit, ServerAddress, TenantScope, VectorIndex};
use serde_json::{Value, json};
use server::Limits;
use uuid::Uuid;

use crate::house::{House, Site, answer, message, silence, until};
use crate::shop::shop;

const PRICE: &str = "Сколько стоит правка колеса?";
const CARE: &str = "Как хранить велосипед зимой?";

/// A call of a server that hangs is given up after this.
const CALL: Duration = Duration::from_secs(2);

/// An index on a server that hangs until it is told to answer.
#[derive(Default)]
struct Hanging {
    index: MemoryIndex,
    answers: Mutex<bool>,
    /// Tenants whose points were written.
    filled: Mutex<BTreeSet<String>>,
    bell: Condvar,
}

impl Hanging {
    fn answer(&self) {
        *self.answers.lock().unwrap() = true;
        self.bell.notify_all();
    }

    fn called(&self) -> Result<&MemoryIndex, IndexError> {
        let answers = self.answers.lock().unwrap();
        let (answers, _) = self.bell.wait_timeout_while(answers, CALL, |it| !*it).unwrap();
        if *answers { Ok(&self.index) } else { Err(IndexError::Deadline { seconds: CALL.as_secs() }) }
    }
}

impl VectorIndex for Hanging {
    fn upsert(&self, scope: &TenantScope, points: Vec<Point>) -> Result<(), IndexError> {
        self.called()?.upsert(scope, points)?;
        self.filled.lock().unwrap().insert(scope.client_slug().to_owned());
        Ok(())
    }
    fn search(&self, scope: &TenantScope, query: &Query<'_>) -> Result<Vec<RawHit>, IndexError> {
        self.called()?.search(scope, query)
    }
    fn delete(&self, scope: &TenantScope, ids: &BTreeSet<Uuid>) -> Result<(), IndexError> {
        self.called()?.delete(scope, ids)
    }
    fn clear(&self, scope: &TenantScope) -> Result<(), IndexError> {
        self.called()?.clear(scope)
    }
    fn ids(&self, scope: &TenantScope) -> Result<BTreeSet<Uuid>, IndexError> {
        self.called()?.ids(scope)
    }
    fn count(&self, scope: &TenantScope) -> Result<usize, IndexError> {
        self.called()?.count(scope)
    }
    fn foreign_hits(&self) -> u64 {
        self.index.foreign_hits()
    }
}

async fn site(slugs: &[&str]) -> Site {
    let site = Site::new().await;
    slugs.iter().for_each(|slug| drop(site.publish(&shop(slug))));
    site
}

async fn ask(house: &House, slug: &str, nth: usize, text: &str) -> String {
    let jid = format!("7700000{nth:04}@s.whatsapp.net");
    let mut payload = message(&format!("{slug}-{nth}"), text);
    payload["metadata"]["remoteJid"] = json!(jid);
    assert_eq!(house.deliver(slug, &payload).await.0, 200);
    until("it is answered", || house.messages(slug, &jid).into_iter().find(|it| it.role == "assistant"))
        .await
        .text
        .replace('\u{a0}', " ")
}

async fn readyz(house: &House) -> Value {
    let (status, body) = answer(house.http.get(format!("{}/readyz", house.url))).await;
    assert_eq!(status, 200, "it serves without the index: {body}");
    body
}

async fn reasons(house: &House, slug: &str) -> Value {
    readyz(house).await["tenants"][slug]["reasons"].clone()
}

/// Asks `/readyz` until it says so.
async fn ready_says(house: &House, slug: &str, wanted: Value) {
    let deadline = Instant::now() + Duration::from_secs(40);
    while reasons(house, slug).await != wanted {
        assert!(Instant::now() < deadline, "{}", readyz(house).await);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_says_nothing_holds_up_neither_start_nor_facts_nor_publish() {
    let url = silence().await;
    let site = site(&["chain", "gear", "wheel"]).await;
    let mut config = site.config();
    config.qdrant = Some(ServerAddress::new(&url, None).unwrap());
    let turn_deadline = config.turn_deadline;
    let began = Instant::now();
    let house = site.try_start(config).await.unwrap();
    assert!(began.elapsed() < Duration::from_secs(20), "started after {:?}", began.elapsed());

    let began = Instant::now();
    for (nth, slug) in ["chain", "gear", "wheel"].into_iter().enumerate() {
        assert!(ask(&house, slug, nth, PRICE).await.contains("4 000 ₸"));
    }
    let mut dearer = shop("gear");
    dearer.facts.offers[0].price = Price::Exact(4_500);
    house.site.publish(&dearer);
    house.responder.reload().await.unwrap();
    assert!(ask(&house, "gear", 10, PRICE).await.contains("4 500 ₸"), "what is published is served");
    assert!(began.elapsed() < CALL * 4, "facts after {:?}", began.elapsed());

    let began = Instant::now();
    ask(&house, "wheel", 20, CARE).await;
    assert!(began.elapsed() < turn_deadline, "the deadline holds: {:?}", began.elapsed());
    ready_says(&house, "wheel", json!(["index_failed"])).await;
    assert!(house.metric(r#"tenantry_tenants{readiness="degraded"}"#).await > 0.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_answers_again_is_filled_and_asked() {
    let site = site(&["chain", "wheel"]).await;
    let mut config = site.config();
    // It is never called: the index is the test's.
    config.qdrant = Some(ServerAddress::new("http://127.0.0.1:1", None).unwrap());
    let index = Arc::new(Hanging::default());
    let shared = Arc::clone(&index) as Arc<dyn VectorIndex>;
    let began = Instant::now();
    let house = site.start_with(config, Limits::default(), Some(shared)).await.unwrap();
    assert!(began.elapsed() < CALL, "nothing was waited for: {:?}", began.elapsed());
    assert!(ask(&house, "wheel", 1, PRICE).await.contains("4 000 ₸"));
    ready_says(&house, "wheel", json!(["index_failed"])).await;
    ready_says(&house, "chain", json!(["index_failed"])).await;
    for nth in 2..8 {
        ask(&house, "wheel", nth, CARE).await;
    }
    assert_eq!(readyz(&house).await["degraded"], json!(["index"]), "it is left alone");

    index.answer();
    ready_says(&house, "wheel", Value::Null).await;
    ready_says(&house, "chain", Value::Null).await;
    let filled = index.filled.lock().unwrap().clone();
    assert_eq!(filled.into_iter().collect::<Vec<_>>(), ["chain", "wheel"]);
    house.site.clock.move_on(60_000);
    ask(&house, "wheel", 9, CARE).await;
    assert_eq!(readyz(&house).await["degraded"], json!([]), "it is asked again");
}
