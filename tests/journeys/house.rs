//! A tree of one invented tenant, a pretend gateway, and the built binary between them.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use playground::gateway::{Call, Gateway};
use playground::loopback::Loopback;
use playground::phone::{Answer, Message, Phone, message_id};
use tempfile::TempDir;

use crate::PATIENCE;

const SECRET: &str = "0123456789abcdef0123456789abcdef";

const FILES: &[(&str, &str)] = &[
    (
        "client.yaml",
        "slug: spoke\nname: Веломастерская «Спица»\nlanguages: [ru, kk]\ntimezone: Asia/Almaty\n\
         secrets:\n  webhook_secret: env:SPOKE_SECRET\n\
         settings:\n  burst_window_ms: {short: 0, long: 0}\n",
    ),
    ("branches.yaml", "branches:\n  - slug: main\n    name: у реки\n    instance_id: spoke-main\n"),
    ("prompt.yaml", "prompts:\n  - name: system\n    text: Отвечай коротко.\n"),
    (
        "SALON_TRUTH.yaml",
        "client_pack:\n  salon:\n    address:\n      full: Набережная, 7\n    hours:\n      days: ежедневно\n\
        \x20     open: \"10:00\"\n      close: \"19:00\"\n  services_catalog:\n    services:\n\
        \x20     - name: Замена цепи\n        price_items: [Замена цепи]\n  price_list:\n    - category: Ремонт\n\
        \x20     items:\n        - {name: Замена цепи, price: 4500}\n",
    ),
];

/// Everything a journey needs; gone when it ends.
pub(crate) struct House {
    folder: TempDir,
    pub(crate) gateway: Gateway,
    loopback: Loopback,
    /// Where releases are; the data folder when there is none.
    store: Option<String>,
}

/// A running responder; killed when dropped.
pub(crate) struct Serve {
    child: Child,
    address: String,
}

impl Serve {
    /// Sends a signal.
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([name, &self.child.id().to_string()]).status();
        assert!(sent.unwrap().success(), "kill {name}");
    }

    /// `kill -9`.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Serve {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl House {
    /// The tenant is published, the gateway listens.
    pub(crate) async fn published() -> Self {
        Self::published_into(None).await
    }

    /// The same, with releases in the store of that address.
    pub(crate) async fn published_into(store: Option<&str>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let bundle = folder.path().join("tenants/spoke");
        fs::create_dir_all(&bundle).unwrap();
        for (name, text) in FILES {
            fs::write(bundle.join(name), text).unwrap();
        }
        let gateway = Gateway::default();
        let loopback = gateway.serve().await.unwrap();
        let house = Self { folder, gateway, loopback, store: store.map(str::to_owned) };
        house.tool(&["apply"]);
        house
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tenantry"));
        command.current_dir(self.folder.path()).env("SPOKE_SECRET", SECRET).env("CHATFLOW_TOKEN", "token");
        command.env("TENANTRY_CACHE", self.folder.path().join("cache"));
        for name in ["OPENAI_API_KEY", "TENANTRY_DATA", "TENANTRY_STORE", "QDRANT_URL", "TENANTRY_LOG"] {
            command.env_remove(name);
        }
        command.envs(self.store.as_ref().map(|url| ("TENANTRY_STORE", url)));
        command
    }

    /// Runs a verb that must succeed and returns what it prints.
    #[track_caller]
    pub(crate) fn tool(&self, args: &[&str]) -> String {
        let out = self.command().args(args).output().unwrap();
        let (data, talk) = (String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
        assert!(out.status.success(), "{args:?}: {data}{talk}");
        data.into_owned()
    }

    /// Runs a verb: its exit code, and the JSON that it prints.
    pub(crate) fn asked(&self, args: &[&str]) -> (i32, serde_json::Value) {
        let out = self.command().args(args).args(["--format", "json"]).output().unwrap();
        let talk = String::from_utf8_lossy(&out.stderr);
        let data = serde_json::from_slice(&out.stdout).unwrap_or_else(|error| panic!("{error}: {talk}"));
        (out.status.code().unwrap(), data)
    }

    /// A folder beside the one that holds the data.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Starts the responder.
    pub(crate) fn serve(&self) -> Serve {
        self.serve_in("var")
    }

    /// The same, with a data folder of its own.
    pub(crate) fn serve_in(&self, data: &str) -> Serve {
        let mut child = self
            .command()
            .env("TENANTRY_DATA", data)
            .args(["serve", "--listen", "127.0.0.1:0"])
            .env("CHATFLOW_API_URL", format!("{}/api/v1", self.loopback.url()))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("listening on ").unwrap_or_default().to_owned();
        assert!(address.starts_with("http://"), "{line}");
        Serve { child, address }
    }

    pub(crate) fn phone(&self, serve: &Serve) -> Phone {
        Phone::new(serve.address.clone())
    }

    pub(crate) fn message(&self, jid: &str, text: &str) -> Message {
        Message {
            slug: "spoke".to_owned(),
            secret: SECRET.to_owned(),
            instance_id: Some("spoke-main".to_owned()),
            jid: jid.to_owned(),
            sender: "A.".to_owned(),
            text: text.to_owned(),
            message_id: message_id(),
            timestamp: now(),
        }
    }

    /// A customer writes.
    pub(crate) async fn write(&self, serve: &Serve, jid: &str, text: &str) -> Answer {
        self.phone(serve).write(&self.message(jid, text)).await.unwrap()
    }

    /// The first thing that reaches the customer's phone.
    pub(crate) async fn reply(&self, jid: &str) -> Call {
        self.gateway.wait_for(jid, 0, PATIENCE).await.expect("a reply comes")
    }

    /// Waits for the first call to the gateway, whatever came of it.
    pub(crate) async fn called(&self) {
        self.calls(1).await;
    }

    /// Waits for a second call.
    pub(crate) async fn tried_again(&self) {
        self.calls(2).await;
    }

    async fn calls(&self, count: usize) {
        let mut watch = self.gateway.watch();
        let enough = async {
            while self.gateway.calls().len() < count {
                watch.changed().await.unwrap();
            }
        };
        tokio::time::timeout(PATIENCE, enough).await.expect("the gateway is called");
    }

    /// So many messages were delivered, and the store has nothing more to send.
    pub(crate) async fn settled(&self, delivered: usize) {
        let state = rusqlite::Connection::open(self.folder.path().join("var/state.sqlite")).unwrap();
        let open = "SELECT count(*) FROM outbox WHERE status IN ('pending', 'sending')";
        let deadline = tokio::time::Instant::now() + PATIENCE;
        while state.query_row(open, [], |row| row.get::<_, i64>(0)).unwrap() > 0 {
            assert!(tokio::time::Instant::now() < deadline, "the outbox drains");
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        let calls = self.gateway.calls();
        assert_eq!(calls.iter().filter(|it| it.is_delivered()).count(), delivered, "{calls:?}");
    }

    /// Whether releases or conversations are in the data folder.
    pub(crate) fn has_store_file(&self) -> bool {
        ["releases", "state"].iter().any(|it| self.folder.path().join(format!("var/{it}.sqlite")).exists())
    }

    /// Changes the price and publishes.
    pub(crate) fn change_price(&self, old: &str, new: &str) {
        let file = self.folder.path().join("tenants/spoke/SALON_TRUTH.yaml");
        let text = fs::read_to_string(&file).unwrap();
        fs::write(&file, text.replace(old, new)).unwrap();
        self.tool(&["apply"]);
    }
}

fn now() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs()
}
