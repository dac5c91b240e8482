//! A responder over a temporary data folder, with a fake gateway, on a real port.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use format::{Release, Standing};
use index::{EdgeIndex, VectorIndex};
use jiff::Timestamp;
use reqwest::{Client, RequestBuilder};
use runtime::{
    AuditRow, HistoryRow, Inbound, LiveRow, MessageRow, Publication, ReleaseStore, SqliteReleases,
    SqliteState, StateStore, StoreError, StoredHead, StoredRelease, Swept, TurnCommit, VectorRow,
};
use secrecy::SecretString;
use serde_json::{Value, json};
use server::{Clock, Config, Limits, Responder, StartError, SystemClock};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::gateway::Gateway;
use crate::shop;

pub(crate) const JID: &str = "77000000001@s.whatsapp.net";

/// The system's clock, moved on by hand.
#[derive(Clone, Default)]
pub(crate) struct MovedClock {
    moved_ms: Arc<AtomicI64>,
    ahead_ms: Arc<AtomicI64>,
}

impl MovedClock {
    /// So much time passes.
    pub(crate) fn move_on(&self, millis: i64) {
        self.moved_ms.fetch_add(millis, Ordering::SeqCst);
    }

    /// Somebody sets the clock ahead, and no time passes.
    pub(crate) fn set_ahead(&self, millis: i64) {
        self.ahead_ms.fetch_add(millis, Ordering::SeqCst);
    }

    /// Time passes until it is so late in this zone.
    pub(crate) fn move_to(&self, zone: &str, time: &str) {
        let now = Timestamp::from_millisecond(self.now_ms()).unwrap().in_tz(zone).unwrap();
        let time: jiff::civil::Time = time.parse().unwrap();
        let day = if now.time() < time { now.date() } else { now.date().tomorrow().unwrap() };
        let then = day.to_datetime(time).in_tz(zone).unwrap();
        self.move_on(then.timestamp().as_millisecond() - self.now_ms());
    }
}

impl Clock for MovedClock {
    fn now_ms(&self) -> i64 {
        self.steady_ms() + self.ahead_ms.load(Ordering::SeqCst)
    }

    fn steady_ms(&self) -> i64 {
        SystemClock.now_ms() + self.moved_ms.load(Ordering::SeqCst)
    }
}

/// Invented environment.
#[derive(Clone, Default)]
pub(crate) struct Env(Arc<Mutex<BTreeMap<String, String>>>);

impl Env {
    pub(crate) fn set(&self, name: &str, value: &str) {
        self.0.lock().unwrap().insert(name.to_owned(), value.to_owned());
    }

    pub(crate) fn unset(&self, name: &str) {
        self.0.lock().unwrap().remove(name);
    }

    fn lookup(&self) -> Arc<dyn server::SecretLookup> {
        let values = self.clone();
        Arc::new(move |name: &str| values.0.lock().unwrap().get(name).cloned())
    }
}

/// The real store, except that some releases come back damaged.
pub(crate) struct Releases {
    store: SqliteReleases,
    damaged: Mutex<BTreeMap<String, Vec<u8>>>,
}

impl Releases {
    /// From now on this release is read as these bytes.
    pub(crate) fn damage(&self, release_id: &str, bytes: &[u8]) {
        self.damaged.lock().unwrap().insert(release_id.to_owned(), bytes.to_vec());
    }
}

impl ReleaseStore for Releases {
    fn revision(&self) -> Result<u64, StoreError> {
        self.store.revision()
    }
    fn live(&self) -> Result<BTreeMap<String, LiveRow>, StoreError> {
        self.store.live()
    }
    fn heads(&self) -> Result<BTreeMap<String, StoredHead>, StoreError> {
        self.store.heads()
    }
    fn release(&self, slug: &str, release_id: &str) -> Result<Option<StoredRelease>, StoreError> {
        let damaged = self.damaged.lock().unwrap().get(release_id).cloned();
        let mut stored = self.store.release(slug, release_id)?;
        if let (Some(stored), Some(bytes)) = (&mut stored, damaged) {
            stored.bytes = bytes;
        }
        Ok(stored)
    }
    fn history(&self, slug: &str) -> Result<Vec<HistoryRow>, StoreError> {
        self.store.history(slug)
    }
    fn known_vectors(
        &self,
        encoder: &str,
        digests: &BTreeSet<String>,
    ) -> Result<BTreeSet<String>, StoreError> {
        self.store.known_vectors(encoder, digests)
    }
    fn vectors(
        &self,
        encoder: &str,
        digests: &BTreeSet<String>,
    ) -> Result<BTreeMap<String, Vec<u8>>, StoreError> {
        self.store.vectors(encoder, digests)
    }
    fn keep_vectors(&self, vectors: &[VectorRow]) -> Result<(), StoreError> {
        self.store.keep_vectors(vectors)
    }
    fn any_vector(&self, encoder: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.store.any_vector(encoder)
    }
    fn publish(&self, publication: &Publication) -> Result<(), StoreError> {
        self.store.publish(publication)
    }
    fn rollback(
        &self,
        slug: &str,
        to: Option<&str>,
        actor: Option<&str>,
        at: &str,
    ) -> Result<String, StoreError> {
        self.store.rollback(slug, to, actor, at)
    }
    fn sweep(&self, taught: &BTreeSet<String>, actor: Option<&str>, at: &str) -> Result<Swept, StoreError> {
        self.store.sweep(taught, actor, at)
    }
    fn remove(&self, slug: &str, actor: Option<&str>, at: &str) -> Result<BTreeMap<String, u64>, StoreError> {
        self.store.remove(slug, actor, at)
    }
    fn audit(&self, slug: Option<&str>, limit: u32) -> Result<Vec<AuditRow>, StoreError> {
        self.store.audit(slug, limit)
    }
}

/// The address of a service that takes every connection and never answers.
pub(crate) async fn silence() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let mut open = Vec::new();
        while let Ok((connection, _)) = listener.accept().await {
            open.push(connection);
        }
    });
    url
}

/// Everything before the start.
pub(crate) struct Site {
    pub(crate) dir: TempDir,
    pub(crate) releases: Arc<Releases>,
    pub(crate) state: Arc<SqliteState>,
    pub(crate) gateway: Gateway,
    pub(crate) env: Env,
    pub(crate) clock: MovedClock,
}

/// A running responder on a port.
pub(crate) struct House {
    pub(crate) site: Site,
    pub(crate) responder: Responder,
    pub(crate) url: String,
    pub(crate) http: Client,
    stop: oneshot::Sender<()>,
    server: JoinHandle<()>,
}

impl Site {
    pub(crate) async fn new() -> Self {
        let dir = TempDir::new().unwrap();
        Self {
            releases: Arc::new(Releases {
                store: SqliteReleases::open(dir.path()).unwrap(),
                damaged: Mutex::default(),
            }),
            state: Arc::new(SqliteState::open(dir.path()).unwrap()),
            gateway: Gateway::start().await,
            env: Env::default(),
            clock: MovedClock::default(),
            dir,
        }
    }

    /// Publishes with the tenant's usual secret in the environment.
    pub(crate) fn publish(&self, release: &Release) -> String {
        self.publish_under(release, shop::standing())
    }

    /// As [`Self::publish`], under another plan.
    pub(crate) fn publish_under(&self, release: &Release, standing: Standing) -> String {
        let slug = &release.client.slug;
        self.env.set(&shop::variable(slug), &shop::secret(slug));
        let bytes = format::encode(release);
        let release_id = format::release_id(&bytes);
        let base = self.releases.live().unwrap().get(slug).map(|it| it.release_id.clone());
        let publication = Publication {
            slug: slug.clone(),
            release_id: release_id.clone(),
            bytes,
            standing,
            base,
            vectors: Vec::new(),
            commit: None,
            author: None,
            actor: None,
            at: "2026-01-15T12:00:00Z".to_owned(),
        };
        self.releases.publish(&publication).unwrap();
        release_id
    }

    pub(crate) fn config(&self) -> Config {
        let mut config = Config::new(self.dir.path(), self.env.lookup());
        config.chatflow_api_url = self.gateway.url.clone();
        config.chatflow_token = Some(SecretString::from("gateway-token-canary"));
        config.poll_interval = Duration::from_millis(20);
        config
    }

    pub(crate) async fn try_start(self, config: Config) -> Result<House, StartError> {
        self.start_within(config, Limits::default()).await
    }

    /// An empty `PUBLIC_BASE_URL` stands for the address that it will have.
    pub(crate) async fn start_within(self, config: Config, limits: Limits) -> Result<House, StartError> {
        // Its folder lives as long as it does, also when a test fails.
        let index = Arc::new(EdgeIndex::temporary(index::Layout::default()).unwrap());
        let own = config.embeddings.is_none() && config.qdrant.is_none();
        self.start_with(config, limits, own.then_some(index as Arc<dyn VectorIndex>)).await
    }

    /// Over an index of the test's, or the one that the configuration names.
    pub(crate) async fn start_with(
        self,
        mut config: Config,
        limits: Limits,
        index: Option<Arc<dyn VectorIndex>>,
    ) -> Result<House, StartError> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        config.public_base_url.iter_mut().filter(|it| it.is_empty()).for_each(|it| it.clone_from(&url));
        let releases = Arc::clone(&self.releases) as Arc<dyn ReleaseStore>;
        let state = Arc::clone(&self.state) as Arc<dyn StateStore>;
        let clock = Arc::new(self.clock.clone());
        let responder = match index {
            Some(index) => Responder::over(config, releases, state, clock, index).await?,
            None => Responder::start(config, releases, state, clock).await?,
        };
        let (stop, stopped) = oneshot::channel();
        let routes = responder.routes();
        let server = server::serve_within(listener, routes, limits, async { drop(stopped.await) });
        let server = tokio::spawn(server);
        let http = Client::builder().no_proxy().build().unwrap();
        Ok(House { site: self, responder, url, http, stop, server })
    }

    pub(crate) async fn start(self) -> House {
        let config = self.config();
        self.try_start(config).await.unwrap()
    }

    /// Puts a reply into the outbox as a turn would; returns its id.
    pub(crate) fn owes(&self, slug: &str, jid: &str, text: &str) -> String {
        let now_ms = self.clock.now_ms();
        let message = Inbound {
            slug: slug.to_owned(),
            instance_id: "wheel-1".to_owned(),
            message_id: uuid::Uuid::now_v7().to_string(),
            jid: jid.to_owned(),
            sender: None,
            text: "?".to_owned(),
            media: None,
            file: None,
            request_id: String::new(),
            sent_at: now_ms / 1000,
            received_at_ms: now_ms,
            due_at_ms: now_ms,
            month: "2026-01".to_owned(),
        };
        self.state.store_inbound(&[message]).unwrap();
        let claim = self.state.claim_due(now_ms, 60_000, &runtime::Turnstile::open(1)).unwrap().remove(0);
        let outbox_id = uuid::Uuid::now_v7().to_string();
        let turn = TurnCommit {
            claim,
            memory: String::new(),
            reply: Some(text.to_owned()),
            instance_id: "wheel-1".to_owned(),
            branch: None,
            handover: None,
            cancel_handover: false,
            heard: Vec::new(),
            timers: Vec::new(),
            trace: "{}".to_owned(),
            now_ms,
            outbox_id: outbox_id.clone(),
            send_until_ms: None,
        };
        self.state.commit_turn(&turn).unwrap();
        outbox_id
    }
}

impl House {
    /// One workshop called `wheel`.
    pub(crate) async fn of_one() -> Self {
        let site = Site::new().await;
        site.publish(&shop::shop("wheel"));
        site.start().await
    }

    /// A call of the tenant's webhook, without a secret.
    pub(crate) fn call(&self, slug: &str) -> RequestBuilder {
        self.http.post(format!("{}/webhook/{slug}", self.url))
    }

    /// Delivers a payload with the right secret: status and body.
    pub(crate) async fn deliver(&self, slug: &str, payload: &Value) -> (u16, Value) {
        let call = self.call(slug).header("X-Webhook-Secret", shop::secret(slug)).json(payload);
        answer(call).await
    }

    pub(crate) fn messages(&self, slug: &str, jid: &str) -> Vec<MessageRow> {
        self.site.state.messages(slug, jid).unwrap()
    }

    /// What customers wrote.
    pub(crate) fn stored(&self, slug: &str, jid: &str) -> Vec<MessageRow> {
        self.messages(slug, jid).into_iter().filter(|it| it.role == "user").collect()
    }

    /// What the gateway was asked to send.
    pub(crate) fn sent(&self) -> Vec<String> {
        self.site.gateway.calls().iter().map(|it| it["msg"].clone()).collect()
    }

    /// Waits until no turn and no send is due or under way any more.
    pub(crate) async fn settled(&self) {
        let file = rusqlite::Connection::open(self.site.dir.path().join(runtime::SqliteState::FILE)).unwrap();
        let leaving = "SELECT count(*) FROM outbox WHERE status IN ('pending', 'sending')";
        until("everything is settled", || {
            // A send that has begun is not due, nor what waits behind it; neither has reached the gateway.
            let idle = self.site.state.next_due().unwrap().is_none();
            let sent = file.query_row(leaving, [], |row| row.get::<_, i64>(0)).unwrap() == 0;
            (idle && sent).then_some(())
        })
        .await;
    }

    /// Rows of a statement over the conversations, its first column.
    pub(crate) fn column(&self, sql: &str) -> Vec<i64> {
        let file = rusqlite::Connection::open(self.site.dir.path().join(SqliteState::FILE)).unwrap();
        let mut statement = file.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.collect::<Result<_, _>>().unwrap()
    }

    /// Waits until no timer is due any more, at the clock of now.
    pub(crate) async fn timed(&self) {
        let now_ms = self.site.clock.steady_ms();
        let due = format!("SELECT count(*) FROM timers WHERE due_at_ms <= {now_ms}");
        until("what is due is done", || (self.column(&due) == [0]).then_some(())).await;
    }

    /// A counter or gauge, by the beginning of its line in `/metrics`; 0 while there is none.
    pub(crate) async fn metric(&self, line: &str) -> f64 {
        let text = self.http.get(format!("{}/metrics", self.url)).send().await.unwrap().text().await.unwrap();
        let found = text.lines().find_map(|it| it.strip_prefix(line)?.trim().parse().ok());
        found.unwrap_or(0.0)
    }

    /// Reasons of open requests, newest first.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.site.state.handovers(None).unwrap().into_iter().map(|it| it.reason).collect()
    }

    /// Ends it as an operator would; the site can start again.
    pub(crate) async fn stop(self) -> Site {
        self.stop.send(()).expect("the server runs until it is told to stop");
        self.server.await.unwrap();
        self.responder.shutdown().await;
        self.site
    }
}

/// Status and JSON body.
pub(crate) async fn answer(call: RequestBuilder) -> (u16, Value) {
    let response = call.send().await.unwrap();
    let status = response.status().as_u16();
    assert!(response.headers().contains_key("x-request-id"), "every answer carries x-request-id");
    (status, response.json().await.unwrap_or(Value::Null))
}

/// The real shape of a ChatFlow message, written now.
pub(crate) fn message(id: &str, text: &str) -> Value {
    json!({
        "messageType": "text",
        "message": text,
        "metadata": {"sender": "А.", "messageId": id, "remoteJid": JID},
        "mediaData": null,
    })
}

/// Waits until `check` holds; fails after ten seconds.
pub(crate) async fn until<T>(what: &str, mut check: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        if let Some(found) = check() {
            return found;
        }
        assert!(Instant::now() < deadline, "in vain: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
