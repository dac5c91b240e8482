//! What a booking has collected, as people see it on the card of its request: dialogues out of bundles
//! of several trades, played over real HTTP at the moment at which their own tests play.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use compiler::compile::{Case, Compiled, Options, compile};
use compiler::rehearsal::Rehearsal;
use compiler::suite;
use format::{BurstWindow, Reference};
use index::EdgeIndex;
use playground::gateway::Gateway;
use playground::loopback::Loopback;
use playground::phone::{Message, Phone, message_id};
use playground::telegram::{Standing, Telegram};
use runtime::{Publication, ReleaseStore as _, SqliteReleases, SqliteState};
use server::{Clock, Config, Responder, SecretLookup};
use tokio::net::TcpListener;

use crate::PATIENCE;

const SECRET: &str = "0123456789abcdef0123456789abcdef";
const BOT: i64 = 4242;
const JID: &str = "77010000099@s.whatsapp.net";
/// The moment at which bundles' tests begin: noon of 15 January 2025 in Almaty.
const NOON_MS: i64 = 1_736_924_400_000;

/// What people call the slots that every booking knows; others are called as their bundle calls them.
const LABELS: [(&str, &str); 6] = [
    ("service", "услуга"),
    ("date", "день"),
    ("time", "время"),
    ("name", "имя"),
    ("phone", "телефон"),
    ("branch", "филиал"),
];

/// Begins at noon and goes on as clocks do.
struct FromNoon(Instant);

impl Clock for FromNoon {
    fn now_ms(&self) -> i64 {
        NOON_MS + i64::try_from(self.0.elapsed().as_millis()).unwrap()
    }
}

/// A tenant of a tree and one of its tests.
fn bundle(tree: &str, slug: &str, id: &str) -> (Compiled, Case) {
    let tree = Path::new(env!("CARGO_MANIFEST_DIR")).join(tree);
    let tenants = compile(&tree, &Options { only: Some(slug.to_owned()), ..Options::default() }).tenants;
    let found = tenants.into_iter().find_map(|it| it.compiled.filter(|it| it.release.client.slug == slug));
    let mut compiled = found.unwrap();
    compiled.release.client.settings.burst_window_ms = BurstWindow { short: 0, long: 0 };
    let case = compiled.cases.iter().find(|it| it.case.id.0 == id).unwrap().clone();
    (compiled, case)
}

/// The number that the customer writes to.
fn number(compiled: &Compiled, case: &Case) -> String {
    let named = case.case.instance_id.as_ref().map(|it| it.0.as_str());
    let mut branches = compiled.release.branches.iter();
    let branch = branches.find(|it| named.is_none_or(|named| it.slug == named)).unwrap();
    match branch.instance_id.as_ref().unwrap() {
        Reference::Literal(number) => number.clone(),
        other => panic!("{other:?}"),
    }
}

/// The tenant at work, with its group in a pretend Telegram.
struct Shop {
    telegram: Telegram,
    gateway: Gateway,
    phone: Phone,
    group: i64,
    _open: (Responder, [Loopback; 2], tempfile::TempDir),
}

impl Shop {
    async fn open(compiled: &Compiled) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let client = &compiled.release.client;
        let group: i64 = client.settings.telegram_chat_id.as_deref().unwrap().parse().unwrap();
        let (telegram, gateway) = (Telegram::default(), Gateway::default());
        telegram.add_bot(&format!("{BOT}:AA"), "desk_bot");
        telegram.add_forum(group, &client.name.ru);
        let rights = Standing::Administrator { topics: true, pins: true, deletes: true };
        telegram.set_standing(group, BOT, rights, 1).unwrap();
        let open = [telegram.serve().await.unwrap(), gateway.serve().await.unwrap()];

        let releases = Arc::new(SqliteReleases::open(folder.path()).unwrap());
        let bytes = format::encode(&compiled.release);
        let publication = Publication {
            slug: client.slug.clone(),
            release_id: format::release_id(&bytes),
            bytes,
            standing: compiled.standing.clone(),
            base: None,
            vectors: Vec::new(),
            commit: None,
            author: None,
            actor: None,
            at: "2025-01-15T07:00:00Z".to_owned(),
        };
        releases.publish(&publication).unwrap();
        let state = Arc::new(SqliteState::open(folder.path()).unwrap());
        let secrets: Arc<dyn SecretLookup> = Arc::new(|name: &str| match name.ends_with("TELEGRAM_TOKEN") {
            true => Some(format!("{BOT}:AA")),
            false => Some(SECRET.to_owned()),
        });
        let mut config = Config::new(folder.path(), secrets);
        config.telegram_api_url = open[0].url();
        config.chatflow_api_url = format!("{}/api/v1", open[1].url());
        config.chatflow_token = Some("token".to_owned().into());
        let clock = Arc::new(FromNoon(Instant::now()));
        let index = Arc::new(EdgeIndex::temporary(index::Layout::default()).unwrap());
        let responder = Responder::over(config, releases, state, clock, index).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let phone = Phone::new(format!("http://{}", listener.local_addr().unwrap()));
        tokio::spawn(server::serve(listener, responder.routes(), std::future::pending()));
        Self { telegram, gateway, phone, group, _open: (responder, open, folder) }
    }

    /// The customer writes; the bot's answer.
    async fn asks(&self, slug: &str, number: &str, text: &str) -> String {
        let seen = self.gateway.calls().last().map_or(0, |it| it.seq);
        let message = Message {
            slug: slug.to_owned(),
            secret: SECRET.to_owned(),
            instance_id: Some(number.to_owned()),
            jid: JID.to_owned(),
            sender: "A.".to_owned(),
            text: text.to_owned(),
            message_id: message_id(),
            timestamp: u64::try_from(NOON_MS / 1000).unwrap(),
        };
        assert_eq!(self.phone.write(&message).await.unwrap().status, 200);
        let reply = self.gateway.wait_for(JID, seen, PATIENCE).await;
        reply.unwrap_or_else(|| panic!("no answer to {text}")).text
    }

    /// The card of the request, as shown.
    async fn card(&self) -> String {
        let card = |it: &Telegram| it.messages(self.group).into_iter().find(|it| !it.buttons.is_empty());
        let shown = self.telegram.wait(Duration::from_secs(30), card).await;
        shown.unwrap_or_else(|| panic!("no card: {:?}", self.telegram.messages(self.group))).text
    }
}

/// The lines of a card under «Уже известно о записи:».
fn collected(card: &str) -> Vec<(String, String)> {
    let lines = card.lines().skip_while(|it| *it != "Уже известно о записи:").skip(1);
    let lines = lines.map_while(|it| it.strip_prefix("• ")?.split_once(": "));
    lines.map(|(label, value)| (label.to_owned(), value.to_owned())).collect()
}

/// Plays the test as a customer; the card, and what the rehearsal of the same test has collected.
async fn booked(tree: &str, slug: &str, id: &str) -> Vec<(String, String)> {
    let (compiled, case) = bundle(tree, slug, id);
    let rehearsal = Rehearsal::new(Arc::new(compiled.release.clone()));
    let played = suite::play(&rehearsal, &case);
    assert!(played.report.passed, "{:?}", played.report.failures);
    let (shop, number) = (Shop::open(&compiled).await, number(&compiled, &case));
    let turns = case.case.turns.as_ref().unwrap();
    for turn in turns {
        shop.asks(slug, &number, &turn.user).await;
    }
    let card = shop.card().await;
    assert!(card.starts_with("Заявка на запись"), "{slug}: {card}");
    let shown = collected(&card);

    let memory = &played.decisions.last().unwrap().memory;
    let slots = &memory.intake.as_ref().or(memory.sent.as_ref()).unwrap().slots;
    let label = |slot: &String| {
        let known = LABELS.iter().find(|it| it.0 == slot.as_str());
        known.map_or(slot.clone(), |it| it.1.to_owned())
    };
    let expected: Vec<(String, String)> = slots.iter().map(|(slot, it)| (label(slot), it.clone())).collect();
    assert_eq!(shown, expected, "{slug}: {card}");
    let lacks = card.lines().find(|it| it.starts_with("Не хватает: ")).unwrap_or_default();
    for (label, value) in &shown {
        assert!(!value.trim().is_empty() && !lacks.contains(value), "{label}: {card}");
    }
    // Who comes and how he is reached are in the customer's own last words.
    let (last, digits) =
        (&turns.last().unwrap().user, |it: &str| it.replace(|it: char| !it.is_ascii_digit(), ""));
    let value = |wanted: &str| shown.iter().find(|it| it.0 == wanted).map(|it| it.1.as_str()).unwrap();
    assert!(last.contains(value("имя")), "{card}");
    let phone = digits(value("телефон"));
    assert!(digits(last).contains(&phone[phone.len() - 10..]), "{card}");
    for code in LABELS.iter().map(|it| format!("{}:", it.0)) {
        assert!(!card.contains(&code), "people read their own language: {card}");
    }
    shown
}

fn labels(shown: &[(String, String)]) -> Vec<&str> {
    let mut labels: Vec<&str> = shown.iter().map(|it| it.0.as_str()).collect();
    labels.sort_unstable();
    labels
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_shows_what_a_booking_has_collected() {
    for (tree, slug, id) in
        [("tenants", "demo_salon", "ru-booking"), ("tests/fixtures/trades", "stom_aru", "g01")]
    {
        let shown = booked(tree, slug, id).await;
        let labels = labels(&shown);
        assert!(["время", "день", "имя", "телефон", "услуга"].iter().all(|it| labels.contains(it)), "{slug}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_only_one_bundle_asks_for_is_called_as_it_calls_it() {
    for (slug, id) in [("avto_temir", "b03"), ("gul_market", "b03")] {
        let shown = booked("tests/fixtures/trades", slug, id).await;
        let own: Vec<&str> =
            labels(&shown).into_iter().filter(|it| LABELS.iter().all(|known| known.1 != *it)).collect();
        assert_eq!(own.len(), 1, "{slug}: {shown:?}");
    }
}
