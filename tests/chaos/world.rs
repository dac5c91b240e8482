//! Small invented shops, the pretended services around them, and the built binary between them.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus, Stdio};
use std::time::Duration;

use playground::gateway::{Gateway, Options};
use playground::loopback::Loopback;
use playground::model::Model;
use playground::phone::{Message, Phone, message_id};
use tempfile::TempDir;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::PATIENCE;
use crate::tool::command;

const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// What a shop sells; each has its own price in each shop.
pub(crate) const SERVICES: [&str; 8] = [
    "Замена цепи",
    "Правка колеса",
    "Прокачка вилки",
    "Заточка коньков",
    "Ремонт насоса",
    "Чистка кассеты",
    "Подгонка седла",
    "Установка звонка",
];

/// The shop whose plan is soon used up.
const SMALL: usize = 0;

/// The phone of every shop's owner, where a plan has owners.
pub(crate) const OWNER: &str = "77090000000@s.whatsapp.net";

/// Everything of one test; gone when it ends.
pub(crate) struct World {
    folder: TempDir,
    pub(crate) gateway: Gateway,
    pub(crate) model: Model,
    pub(crate) shops: usize,
    gateway_url: String,
    _services: Vec<Loopback>,
    model_url: String,
    store: Option<String>,
    /// Where responders are now; what a gateway's operator has in the webhook's address.
    pub(crate) line: Line,
}

/// The replicas that customers' messages may go to.
pub(crate) type Line = watch::Sender<Vec<Phone>>;

/// A running responder; killed when dropped.
pub(crate) struct Serve {
    child: Child,
    /// `http://HOST:PORT`; none when it died before it listened.
    pub(crate) address: Option<String>,
}

/// How a world differs from the usual one.
#[derive(Clone)]
pub(crate) struct Plan {
    pub(crate) shops: usize,
    /// The gateway delivers a repeated `msg_id` once.
    pub(crate) idempotent: bool,
    /// Settings of every shop, as the inside of a YAML flow mapping.
    pub(crate) settings: &'static str,
    /// More secrets of every shop, a YAML line each.
    pub(crate) secrets: &'static str,
    /// Shops have an owner with a phone.
    pub(crate) owner: bool,
    /// The address of a PostgreSQL database.
    pub(crate) store: Option<String>,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            shops: 4,
            idempotent: true,
            settings: "burst_window_ms: {short: 0, long: 0}",
            secrets: "",
            owner: false,
            store: None,
        }
    }
}

impl World {
    pub(crate) async fn new(plan: Plan) -> Self {
        let gateway = Gateway::new(Options { token: None, idempotent: plan.idempotent });
        let open = gateway.serve().await.unwrap();
        let url = open.url();
        Self::with_gateway(plan, gateway, &url, vec![open]).await
    }

    /// A gateway at an address of the test's choice.
    pub(crate) async fn with_gateway(
        plan: Plan,
        gateway: Gateway,
        url: &str,
        mut services: Vec<Loopback>,
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let tenants = folder.path().join("tenants");
        fs::create_dir_all(&tenants).unwrap();
        let plans = "plans:\n  - {slug: small, price_kzt: 1, messages_per_month: 60, documents: null, \
                     whatsapp_numbers: null, dashboard: false}\n  - {slug: large, price_kzt: 1, \
                     messages_per_month: null, documents: null, whatsapp_numbers: null, dashboard: false}\n";
        fs::write(tenants.join("plans.yaml"), plans).unwrap();
        for shop in 0..plan.shops {
            write_shop(&tenants.join(slug(shop)), shop, &plan);
        }
        let model = Model::default();
        let brain = model.serve().await.unwrap();
        let model_url = format!("{}/v1", brain.url());
        services.push(brain);
        let world = Self {
            folder,
            gateway,
            model,
            shops: plan.shops,
            gateway_url: format!("{url}/api/v1"),
            _services: services,
            model_url,
            store: plan.store,
            line: watch::Sender::default(),
        };
        let out = tokio::task::block_in_place(|| world.command().arg("apply").output().unwrap());
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        world
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Where conversations are, unless they are on a server.
    pub(crate) fn state_file(&self) -> PathBuf {
        self.path().join("var/state.sqlite")
    }

    fn command(&self) -> std::process::Command {
        let mut command = command(self.path());
        command.envs(self.store.as_ref().map(|url| ("TENANTRY_STORE", url)));
        for shop in 0..self.shops {
            command.env(format!("{}_SECRET", slug(shop).to_uppercase()), SECRET);
        }
        command
    }

    /// Starts a responder with more in its environment; returns when it listens or is dead.
    pub(crate) fn serve(&self, more: &[(&str, String)]) -> Serve {
        let idempotent = self.gateway.is_idempotent().to_string();
        let mut child = self
            .command()
            .args(["serve", "--listen", "127.0.0.1:0", "--log", "error"])
            .env("CHATFLOW_API_URL", &self.gateway_url)
            .env("CHATFLOW_TOKEN", "token")
            .env("CHATFLOW_IDEMPOTENT", idempotent)
            .env("OPENAI_BASE_URL", &self.model_url)
            .env("OPENAI_API_KEY", "key")
            .envs(more.iter().map(|(name, value)| (name, value)))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut said = String::new();
        let out = child.stdout.take().unwrap();
        tokio::task::block_in_place(|| BufReader::new(out).read_line(&mut said).unwrap());
        let address = said.trim().strip_prefix("listening on ").map(str::to_owned);
        Serve { child, address }
    }

    /// From now on customers' messages go there.
    pub(crate) fn connect<'a>(&self, replicas: impl IntoIterator<Item = &'a Serve>) {
        self.line.send_replace(
            replicas.into_iter().filter_map(|it| it.address.as_ref().map(Phone::new)).collect(),
        );
    }

    /// From now on they go nowhere.
    pub(crate) fn disconnect(&self) {
        self.line.send_replace(Vec::new());
    }

    /// A phone that writes to the one responder there is.
    pub(crate) fn phone(&self) -> Phone {
        self.line.borrow()[0].clone()
    }

    /// Starts a responder that customers' messages go to.
    pub(crate) fn open(&self, more: &[(&str, String)]) -> Serve {
        let serve = self.serve(more);
        self.connect([&serve]);
        serve
    }

    /// A message that has not been sent.
    pub(crate) fn message(&self, shop: usize, jid: &str, text: &str) -> Message {
        Message {
            slug: slug(shop),
            secret: SECRET.to_owned(),
            instance_id: Some(instance(shop)),
            jid: jid.to_owned(),
            sender: "A.".to_owned(),
            text: text.to_owned(),
            message_id: message_id(),
            timestamp: std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs(),
        }
    }
}

impl Serve {
    /// Sends a signal.
    pub(crate) fn signal(&self, name: &str) {
        let sent = std::process::Command::new("kill").args([name, &self.pid().to_string()]).status();
        assert!(sent.unwrap().success(), "kill {name}");
    }

    /// Its process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// `kill -9`.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// How it ended, once it has; none when it is still there after `patience`.
    pub(crate) async fn ended(&mut self, patience: Duration) -> Option<ExitStatus> {
        let deadline = Instant::now() + patience;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return Some(status);
            }
            if Instant::now() > deadline {
                return None;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Asks it to stop and waits until it has.
    pub(crate) async fn stop(mut self) -> Duration {
        let began = Instant::now();
        self.signal("-TERM");
        let status = self.ended(PATIENCE).await.expect("it stops when asked");
        assert!(status.success(), "{status}");
        began.elapsed()
    }
}

impl Drop for Serve {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Waits until something is so.
pub(crate) async fn until(what: &str, mut so: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !so() {
        assert!(Instant::now() < deadline, "{what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// The slug of a shop.
pub(crate) fn slug(shop: usize) -> String {
    format!("shop_{shop}")
}

/// The number of a shop.
pub(crate) fn instance(shop: usize) -> String {
    format!("{}-main", slug(shop))
}

/// The price of a service, tenge.
pub(crate) fn price(shop: usize, service: usize) -> usize {
    1_000 + shop * 1_000 % 8_000 + 110 * (service + 1)
}

/// The price as a reply says it, with plain spaces.
pub(crate) fn priced(shop: usize, service: usize) -> String {
    let price = price(shop, service);
    format!("{} {:03}", price / 1000, price % 1000)
}

fn write_shop(folder: &Path, shop: usize, Plan { settings, secrets, owner, .. }: &Plan) {
    fs::create_dir_all(folder.join("knowledge")).unwrap();
    let plan = if shop == SMALL { "small" } else { "large" };
    let phone = OWNER.split('@').next().unwrap_or_default();
    let agents = format!("agents:\n  - {{name: Хозяин, role: owner, phone: \"{phone}\"}}\n");
    let agents = if *owner { agents.as_str() } else { "" };
    let client = format!(
        "slug: {}\nname: Мастерская {shop}\nplan: {plan}\nlanguages: [ru]\ntimezone: Asia/Almaty\nsecrets:\n  \
         webhook_secret: env:{}_SECRET\n{secrets}settings: {{{settings}}}\n{agents}",
        slug(shop),
        slug(shop).to_uppercase(),
    );
    let mut truth = String::from("client_pack:\n  services_catalog:\n    services:\n");
    for name in SERVICES {
        truth += &format!("      - {{name: {name}, price_items: [{name}]}}\n");
    }
    truth += "  price_list:\n    - category: Ремонт\n      items:\n";
    for (service, name) in SERVICES.iter().enumerate() {
        truth += &format!("        - {{name: {name}, price: {}}}\n", price(shop, service));
    }
    let files = [
        ("client.yaml", client),
        (
            "branches.yaml",
            format!("branches:\n  - {{slug: main, name: у реки, instance_id: {}}}\n", instance(shop)),
        ),
        ("prompt.yaml", "prompts:\n  - {name: system, text: Отвечай коротко.}\n".to_owned()),
        ("SALON_TRUTH.yaml", truth),
        (
            "knowledge/rules.md",
            "# Правила\n\n## Собаки\n\nС собакой прийти можно, если она на поводке.\n\n## Хранение\n\n\
             Забытые велосипеды храним на складе тридцать дней.\n"
                .to_owned(),
        ),
    ];
    for (name, text) in files {
        fs::write(folder.join(name), text).unwrap();
    }
}
