//! The page's own doors, with a responder that only writes down what it gets.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::sync::{Arc, Mutex, Once};
use std::time::Duration;

use playground::bench::{Bench, Desk, Group, Ledger, LedgerError, Line, Person, Request, Tenant};
use playground::clock::Clock;
use playground::gateway::Gateway;
use playground::guard::loopback_only;
use playground::model::Model;
use playground::page::{self, Setup};
use playground::phone::Phone;
use playground::telegram::Telegram;
use playground::with_pretended;
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use warp::Filter;
use warp::reply::Reply;

const JID: &str = "77000000001@s.whatsapp.net";
const LONG: Duration = Duration::from_secs(20);

#[derive(Default)]
struct Written(Mutex<Vec<Line>>);

impl Ledger for Written {
    fn conversation(&self, _slug: &str, _jid: &str) -> Result<Vec<Line>, LedgerError> {
        Ok(self.0.lock().unwrap().clone())
    }

    fn requests(&self, slug: &str) -> Result<Vec<Request>, LedgerError> {
        if slug == "lost" { Err(LedgerError("gone".to_owned())) } else { Ok(Vec::new()) }
    }
}

struct Site {
    url: String,
    bench: watch::Sender<Bench>,
    hooks: Arc<Mutex<Vec<(String, Value)>>>,
    telegram: Telegram,
    clock: Clock,
    task: JoinHandle<()>,
}

impl Drop for Site {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn client() -> Client {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
    Client::builder().timeout(LONG).redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

async fn site() -> Site {
    client();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let tenant = Tenant { slug: "forge".to_owned(), name: "Кузница".to_owned(), ..Tenant::default() };
    let (bench, shown) = watch::channel(Bench { revision: 1, tenants: vec![tenant], ..Bench::default() });
    let ledger = Arc::new(Written::default());
    let hooks = Arc::new(Mutex::new(Vec::new()));
    let (written, heard) = (Arc::clone(&ledger), Arc::clone(&hooks));
    let responder = warp::path!("webhook" / String)
        .and(warp::post())
        .and(warp::query::raw())
        .and(warp::body::json())
        .map(move |slug: String, query: String, body: Value| {
            if slug == "strict" {
                let answer = warp::reply::json(&json!({"success": false, "message": "Unauthorized"}));
                return warp::reply::with_status(answer, StatusCode::UNAUTHORIZED).into_response();
            }
            let text = body["message"].as_str().unwrap().to_owned();
            let line = Line { id: "q".to_owned(), role: "user".to_owned(), text, at_ms: 1, trace: None };
            written.0.lock().unwrap().push(line);
            heard.lock().unwrap().push((query, body));
            warp::reply::json(&json!({"success": true, "message": "Accepted"})).into_response()
        })
        .boxed();
    let (gateway, telegram, clock) = (Gateway::default(), Telegram::default(), Clock::default());
    let setup = Setup {
        phone: Phone::new(url.clone()),
        gateway: gateway.clone(),
        telegram: telegram.clone(),
        clock: clock.clone(),
        ledger,
        secrets: Arc::new(|slug: &str| (slug != "nobody").then(|| "s+cret".repeat(8))),
        bench: shown,
    };
    let routes =
        loopback_only(with_pretended(page::routes(setup), &gateway, &Model::default(), &telegram, responder));
    let task = tokio::spawn(warp::serve(routes).incoming(listener).run());
    Site { url, bench, hooks, telegram, clock, task }
}

async fn write(site: &Site, tenant: &str, jid: &str, text: &str) -> StatusCode {
    let body = json!({"tenant": tenant, "jid": jid, "text": text, "instance_id": "n1", "sender": "Гость"});
    client().post(format!("{}/play/messages", site.url)).json(&body).send().await.unwrap().status()
}

/// The events of one open page.
struct Events {
    answer: reqwest::Response,
    unread: Vec<u8>,
}

impl Events {
    async fn of(site: &Site, tenant: &str) -> Self {
        let url = format!("{}/play/events?tenant={tenant}&jid={JID}", site.url);
        Self { answer: client().get(url).send().await.unwrap(), unread: Vec::new() }
    }

    /// Skips to the next event of this name that is as wanted.
    async fn until(&mut self, name: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        loop {
            while let Some(end) = self.unread.windows(2).position(|it| it == b"\n\n") {
                let block: Vec<u8> = self.unread.drain(..end + 2).collect();
                let block = String::from_utf8(block).unwrap();
                let field =
                    |name: &str| block.lines().find_map(|it| it.strip_prefix(name)).unwrap_or_default();
                if field("event:") == name {
                    let value = serde_json::from_str(field("data:")).unwrap();
                    if wanted(&value) {
                        return value;
                    }
                }
            }
            let chunk = tokio::time::timeout(LONG, self.answer.chunk()).await.unwrap().unwrap().unwrap();
            self.unread.extend_from_slice(&chunk);
        }
    }
}

#[tokio::test]
async fn the_page_is_whole_without_the_network() {
    let site = site().await;
    let home = client().get(&site.url).send().await.unwrap();
    assert_eq!(home.headers()["location"], "/play/");
    let page = client().get(format!("{}/play/", site.url)).send().await.unwrap();
    assert!(page.headers()["content-security-policy"].to_str().unwrap().starts_with("default-src 'none'"));
    let text = page.text().await.unwrap();
    assert!(!text.contains("https://"), "{text}");
    let assets: Vec<&str> = text.split('"').filter(|it| it.starts_with("/play/assets/")).collect();
    assert!(assets.len() >= 5, "{assets:?}");
    for asset in assets {
        let found = client().get(format!("{}{asset}", site.url)).send().await.unwrap();
        assert_eq!(found.status(), StatusCode::OK, "{asset}");
        let text = found.text().await.unwrap();
        assert!(!text.contains("https://") && !text.contains("innerHTML"), "{asset}");
    }
    let absent = client().get(format!("{}/play/assets/none.js", site.url)).send().await.unwrap();
    assert_eq!(absent.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_written_message_becomes_a_real_webhook() {
    let site = site().await;
    assert_eq!(write(&site, "forge", JID, "Сколько?").await, StatusCode::OK);
    let (query, body) = site.hooks.lock().unwrap()[0].clone();
    assert!(query.contains("webhook_secret=s%2Bcret") && query.contains("instanceId=n1"), "{query}");
    assert_eq!(body["messageType"], "text");
    assert_eq!(body["metadata"]["remoteJid"], JID);
    assert_eq!(body["metadata"]["messageId"].as_str().unwrap().len(), 20);
    assert!(body["metadata"]["timestamp"].is_u64());
}

#[tokio::test]
async fn nonsense_is_refused() {
    let site = site().await;
    for (tenant, jid, text, expected) in [
        ("forge", "group@g.us", "x", StatusCode::BAD_REQUEST),
        ("forge", JID, "  ", StatusCode::BAD_REQUEST),
        ("nobody", JID, "x", StatusCode::NOT_FOUND),
        ("strict", JID, "x", StatusCode::BAD_GATEWAY),
    ] {
        assert_eq!(write(&site, tenant, jid, text).await, expected);
    }
    let foreign = client().get(format!("{}/play/", site.url)).header("host", "evil.example").send();
    assert_eq!(foreign.await.unwrap().status(), StatusCode::FORBIDDEN);
    let body = json!({"tenant": "forge", "jid": JID, "text": "x"});
    let foreign =
        client().post(format!("{}/play/messages", site.url)).header("origin", "http://evil.example");
    assert_eq!(foreign.json(&body).send().await.unwrap().status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn an_open_page_hears_everything_that_changes() {
    let site = site().await;
    let mut events = Events::of(&site, "forge").await;
    let bench = events.until("bench", |_| true).await;
    assert_eq!(bench["tenants"][0]["name"], "Кузница");
    write(&site, "forge", JID, "Сколько?").await;
    let asked = events.until("conversation", |it| it["lines"][0]["text"] == "Сколько?").await;
    assert_eq!(asked["waiting"], true);
    let query = [("token", "t"), ("instance_id", "n1"), ("jid", JID), ("msg", "5 ₸"), ("msg_id", "a")];
    let send = format!("{}/pretend/chatflow/api/v1/send-text", site.url);
    assert!(client().get(send).query(&query).send().await.unwrap().status().is_success());
    events.until("conversation", |it| it["lines"][1]["text"] == "5 ₸").await;
    site.bench.send_modify(|it| it.revision = 2);
    events.until("bench", |it| it["revision"] == 2).await;
}

/// A bench on which the tenant has a group with a bot and two people.
fn staffed(site: &Site) {
    let bot = site.telegram.ensure_bot("7:secret", "forge_bot");
    site.telegram.ensure_forum(-100, "Кузница");
    let person = |id, name: &str, role: Option<&str>| Person {
        id,
        name: name.to_owned(),
        role: role.map(str::to_owned),
    };
    let desk = Desk {
        bot,
        groups: vec![Group { chat_id: -100, title: "Кузница".to_owned() }],
        people: vec![person(1, "Ия", Some("owner")), person(2, "Кто-то", None)],
    };
    site.bench.send_modify(|it| it.tenants[0].desk = Some(desk));
}

#[tokio::test]
async fn an_open_page_sees_the_telegram_of_its_tenant_alone() {
    let site = site().await;
    staffed(&site);
    site.telegram.ensure_forum(-200, "Чужая");
    let mut events = Events::of(&site, "forge").await;
    events.until("desk", |it| it["people"][0]["role"] == "owner").await;
    let control = format!("{}/pretend/telegram/control/write", site.url);
    for (chat_id, text) in [(-200, "чужое"), (-100, "<b>своё</b>")] {
        let body = json!({"chat_id": chat_id, "from": 1, "text": text});
        assert!(client().post(&control).json(&body).send().await.unwrap().status().is_success());
    }
    let body = json!({"bot": 7, "from": 1, "text": "/start"});
    assert!(client().post(&control).json(&body).send().await.unwrap().status().is_success());
    let desk = events.until("desk", |it| it["private"][0]["messages"][0]["text"] == "/start").await;
    assert_eq!(desk["groups"].as_array().unwrap().len(), 1);
    assert_eq!(desk["groups"][0]["messages"][0]["text"], "<b>своё</b>");
    assert!(!desk.to_string().contains("чужое") && !desk.to_string().contains("secret"), "{desk}");
    let mut others = Events::of(&site, "nobody").await;
    assert!(others.until("desk", |_| true).await["bot"].is_null());
}

#[tokio::test]
async fn the_clock_is_moved_on_by_pages_of_this_machine() {
    let site = site().await;
    let mut events = Events::of(&site, "forge").await;
    assert_eq!(events.until("clock", |_| true).await["ahead_ms"], 0);
    let (before, url) = (site.telegram.now_ms(), format!("{}/play/clock", site.url));
    let post = |ms: u64| client().post(&url).json(&json!({"ms": ms}));
    assert_eq!(post(1_800_000).send().await.unwrap().status(), StatusCode::OK);
    events.until("clock", |it| it["ahead_ms"] == 1_800_000).await;
    assert!(site.telegram.now_ms() >= before + 1_800_000 && site.clock.ahead_ms() == 1_800_000);
    write(&site, "forge", JID, "Сколько?").await;
    let sent = site.hooks.lock().unwrap()[0].1["metadata"]["timestamp"].as_u64().unwrap();
    assert!(sent * 1000 > before + 1_700_000, "customers live in the same time");
    for refused in [0, 8 * 24 * 3_600_000] {
        assert_eq!(post(refused).send().await.unwrap().status(), StatusCode::BAD_REQUEST);
    }
    let foreign = post(1000).header("origin", "http://evil.example").send().await.unwrap();
    assert_eq!(foreign.status(), StatusCode::FORBIDDEN);
    assert_eq!(site.clock.ahead_ms(), 1_800_000);
}

#[tokio::test]
async fn a_store_that_fails_is_told() {
    let site = site().await;
    let told = Events::of(&site, "lost").await.until("trouble", |_| true).await;
    assert_eq!(told, "conversations cannot be read: gone");
}
