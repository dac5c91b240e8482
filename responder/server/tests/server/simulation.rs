//! The engine on one thread with a clock of its own: customers, a gateway and a model that misbehave,
//! people who take over, crashes, all from a seed. The same seed has the same end.
//!
//! `SIMULATION_SEEDS=10000 cargo test -p tenantry -p server --test server simulation` runs more of them,
//! `SIMULATION_SEED=42` one alone.

mod outage;
mod world;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use format::{Price, Release};
use index::MemoryIndex;
use runtime::{
    HandoverRow, Inbound, Publication, Receipt, ReleaseStore, SqliteReleases, SqliteState, StateStore,
};
use rusqlite::Connection;
use server::{Config, Responder, StandIns};
use tempfile::TempDir;
use uuid::Uuid;

use self::world::{Call, Dice, Shared, World};
use crate::shop::{secret, shop, standing};

const START_MS: i64 = 1_768_000_000_000;
const SPAN_MS: i64 = 45_000;
const TENANTS: [(&str, i64); 2] = [("chain", 4_000), ("gear", 7_777)];
const CUSTOMERS: usize = 3;
/// How often everybody may act before time goes on.
const ROUNDS: usize = 24;
const TEXTS: [&str; 4] =
    ["сколько стоит правка колеса?", "привет", "как хранить велосипед зимой?", "какой у вас ИИН?"];

#[derive(Debug, Clone, PartialEq, Eq)]
enum Deed {
    Writes { id: String, text: &'static str },
    Takes { id: String },
    GivesBack,
}

#[derive(Debug, Clone)]
struct Event {
    at_ms: i64,
    slug: &'static str,
    jid: String,
    deed: Deed,
}

fn jid(tenant: usize, customer: usize) -> String {
    format!("770{tenant}000000{customer}@s.whatsapp.net")
}

/// What happens in a seed's world, in the order of time.
fn script(dice: &mut Dice) -> Vec<Event> {
    let mut events = Vec::new();
    for (tenant, (slug, _)) in TENANTS.into_iter().enumerate() {
        for customer in 0..CUSTOMERS {
            let jid = jid(tenant, customer);
            for n in 0..=dice.below(6) {
                let at_ms = START_MS + i64::try_from(dice.below(SPAN_MS.unsigned_abs())).unwrap();
                let text = TEXTS[usize::try_from(dice.below(4)).unwrap()];
                let id = format!("{slug}-{customer}-{n}");
                for delivery in 0..=dice.below(3) {
                    // Gateways deliver again, sometimes in the same moment.
                    let later = i64::try_from(delivery * dice.below(9_000)).unwrap();
                    let deed = Deed::Writes { id: id.clone(), text };
                    events.push(Event { at_ms: at_ms + later, slug, jid: jid.clone(), deed });
                }
            }
            if dice.below(3) == 0 {
                let at_ms = START_MS + i64::try_from(dice.below(SPAN_MS.unsigned_abs())).unwrap();
                let deed = Deed::Takes { id: format!("phone-{slug}-{customer}") };
                events.push(Event { at_ms, slug, jid: jid.clone(), deed });
                let at_ms = at_ms + 1 + i64::try_from(dice.below(20_000)).unwrap();
                events.push(Event { at_ms, slug, jid, deed: Deed::GivesBack });
            }
        }
    }
    events.sort_by_key(|it| it.at_ms);
    events
}

struct Site {
    dir: TempDir,
    releases: Arc<SqliteReleases>,
    state: Arc<SqliteState>,
    shared: Shared,
}

impl Site {
    fn new(dice: &mut Dice) -> Self {
        Self::of(dice, |_| {})
    }

    /// With other settings.
    fn of(dice: &mut Dice, change: impl Fn(&mut Release)) -> Self {
        // In memory where the system has such a place: nothing here is about the disk.
        let memory = std::path::Path::new("/dev/shm");
        let dir = if memory.is_dir() { TempDir::new_in(memory) } else { TempDir::new() }.unwrap();
        let releases = SqliteReleases::open(dir.path()).unwrap();
        for (slug, price) in TENANTS {
            let mut release = shop(slug);
            release.facts.offers[0].price = Price::Exact(price.unsigned_abs());
            release.client.settings.burst_window_ms.long = 2_500;
            change(&mut release);
            let bytes = format::encode(&release);
            let publication = Publication {
                slug: slug.to_owned(),
                release_id: format::release_id(&bytes),
                bytes,
                standing: standing(),
                base: None,
                vectors: Vec::new(),
                commit: None,
                author: None,
                actor: None,
                at: "2026-01-15T12:00:00Z".to_owned(),
            };
            releases.publish(&publication).unwrap();
        }
        let world = World {
            now_ms: START_MS,
            sleepers: BTreeMap::new(),
            slept: 0,
            idempotent: dice.below(2) == 0,
            dice: dice.clone(),
            calm: false,
            down: 0..0,
            calls: Vec::new(),
            owned: BTreeMap::new(),
            ids: 0,
        };
        Self {
            releases: Arc::new(releases),
            state: Arc::new(SqliteState::open(dir.path()).unwrap()),
            shared: Shared(Arc::new(Mutex::new(world))),
            dir,
        }
    }

    async fn responder(&self) -> Responder {
        let mut config = Config::new(self.dir.path(), Arc::new(|_: &str| Some(secret("any"))));
        config.poll_interval = Duration::from_secs(3_600);
        config.chatflow_idempotent = self.shared.with(|world| world.idempotent);
        let ids = self.shared.clone();
        let outside = StandIns {
            messenger: Arc::new(self.shared.clone()),
            generator: Some(Arc::new(self.shared.clone())),
            ids: Box::new(move || {
                ids.with(|world| {
                    world.ids += 1;
                    Uuid::from_u64_pair(1, world.ids)
                })
            }),
        };
        let stores = (
            Arc::clone(&self.releases) as Arc<dyn ReleaseStore>,
            Arc::clone(&self.state) as Arc<dyn StateStore>,
        );
        let clock = Arc::new(self.shared.clone());
        Responder::simulated(config, stores, clock, Arc::new(MemoryIndex::default()), outside).await.unwrap()
    }

    /// One life of the responder, until it is killed: all its tasks are gone with their runtime,
    /// wherever they stood.
    fn live(&self, killed_ms: i64, events: &[Event]) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let _responder = self.responder().await;
            let mut events = events.iter().peekable();
            while self.shared.now_ms() < killed_ms {
                // Whoever can do something does it, before time goes on.
                for _ in 0..ROUNDS {
                    tokio::task::yield_now().await;
                }
                if events.peek().is_none() && self.shared.with(|it| it.calm) && self.is_done() {
                    return;
                }
                let until_ms = events.peek().map_or(killed_ms, |it| it.at_ms.min(killed_ms));
                self.shared.move_on(until_ms);
                while let Some(event) = events.next_if(|it| it.at_ms <= self.shared.now_ms()) {
                    self.happens(event);
                }
            }
        });
    }

    /// Whether nothing waits to be answered, sent or settled.
    fn is_done(&self) -> bool {
        let queues = self.state.queues(self.shared.now_ms()).unwrap();
        self.state.next_due().unwrap().is_none() && queues.sending == 0
    }

    fn happens(&self, event: &Event) {
        let now_ms = self.shared.now_ms();
        let inbound = |id: &str, text: &str| Inbound {
            slug: event.slug.to_owned(),
            instance_id: "number".to_owned(),
            message_id: id.to_owned(),
            jid: event.jid.clone(),
            sender: None,
            text: text.to_owned(),
            media: None,
            file: None,
            request_id: String::new(),
            sent_at: now_ms / 1_000,
            received_at_ms: now_ms,
            due_at_ms: now_ms + if text.len() > 20 { 0 } else { 2_500 },
            month: "2026-01".to_owned(),
        };
        match &event.deed {
            Deed::Writes { id, text } => {
                let receipt = self.state.store_inbound(&[inbound(id, text)]).unwrap().remove(0);
                assert!(matches!(receipt, Receipt::Stored { .. } | Receipt::Duplicate { .. }));
            }
            Deed::Takes { id } => {
                assert!(!self.state.record_echo(&inbound(id, "Это я, мастер")).unwrap());
                assert!(self.open_request(event).is_some(), "whoever has a talk can give it back");
                self.shared.with(|it| it.owned.entry(event.jid.clone()).or_default().push((now_ms, None)));
            }
            Deed::GivesBack => {
                // By the list of open requests, as people do where there is no desk.
                if let Some(open) = self.open_request(event) {
                    assert!(self.state.release(&open.conversation_id, "resolved", now_ms).unwrap());
                }
                self.shared.with(|world| {
                    if let Some(last) = world.owned.get_mut(&event.jid).and_then(|it| it.last_mut()) {
                        last.1.get_or_insert(now_ms);
                    }
                });
            }
        }
    }

    fn open_request(&self, event: &Event) -> Option<HandoverRow> {
        let open = self.state.handovers(Some(event.slug)).unwrap();
        open.into_iter().find(|it| it.jid == event.jid && it.id != it.conversation_id)
    }

    fn rows(&self, sql: &str) -> Vec<(String, String)> {
        let file = Connection::open(self.dir.path().join(SqliteState::FILE)).unwrap();
        let mut statement = file.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        rows.collect::<Result<_, _>>().unwrap()
    }
}

/// Plays a seed to its end; returns what the gateway saw.
fn play(seed: u64) -> Vec<Call> {
    let mut dice = Dice(seed);
    let events = script(&mut dice);
    let site = Site::new(&mut dice);
    let mut crashes: Vec<i64> =
        (0..dice.below(5)).map(|_| START_MS + i64::try_from(dice.below(60_000)).unwrap()).collect();
    crashes.push(START_MS + SPAN_MS + 30_000);
    crashes.sort_unstable();
    let mut left = events.as_slice();
    for crash_ms in crashes {
        let due = left.partition_point(|it| it.at_ms < crash_ms);
        let (now, later) = left.split_at(due);
        site.live(crash_ms, now);
        left = later;
    }
    site.shared.with(|world| world.calm = true);
    site.live(START_MS + 3_000_000, &[]);
    check(&site, &events, seed);
    site.shared.with(|world| std::mem::take(&mut world.calls))
}

fn check(site: &Site, events: &[Event], seed: u64) {
    let written: BTreeSet<(String, String)> = events
        .iter()
        .filter_map(|it| match &it.deed {
            Deed::Writes { id, .. } => Some((it.jid.clone(), id.clone())),
            _ => None,
        })
        .collect();
    let stored = site.rows("SELECT c.jid, m.message_id FROM messages m JOIN conversations c ON c.id = m.conversation_id WHERE m.role = 'user' ORDER BY 1, 2");
    assert_eq!(stored, written.into_iter().collect::<Vec<_>>(), "seed {seed}: each message once");
    let counted: u64 = site.state.usage(None).unwrap().iter().map(|it| it.messages_in).sum();
    assert_eq!(counted, stored.len() as u64, "seed {seed}: each counted once");
    let open = site.rows("SELECT id, status FROM outbox WHERE status IN ('pending', 'sending')");
    assert_eq!(open, [], "seed {seed}: nothing waits for ever");
    let waiting = site.rows("SELECT message_id, text FROM messages WHERE role = 'user' AND settled IS NULL");
    assert_eq!(waiting, [], "seed {seed}: every message came to an end");
    let unasked = site.rows("SELECT a.id, a.text FROM messages a WHERE a.role = 'assistant' AND a.trace IS NOT NULL AND NOT EXISTS (SELECT 1 FROM messages u WHERE u.answer_id = a.id)");
    assert_eq!(unasked, [], "seed {seed}: a reply answers something");
    let lost = site.rows("SELECT o.id, o.status FROM outbox o WHERE o.status IN ('dead', 'unknown') AND NOT EXISTS (SELECT 1 FROM handovers h WHERE h.conversation_id = o.conversation_id)");
    assert_eq!(lost, [], "seed {seed}: what nobody knows of is shown to a person");

    let order: BTreeMap<String, usize> = site
        .rows("SELECT id, status FROM outbox ORDER BY seq")
        .into_iter()
        .enumerate()
        .map(|(place, (id, _))| (id, place))
        .collect();
    site.shared.with(|world| {
        let mut arrived: BTreeMap<&str, usize> = BTreeMap::new();
        let mut last: BTreeMap<&str, usize> = BTreeMap::new();
        for call in &world.calls {
            let times = arrived.entry(&call.id).or_default();
            *times += usize::from(call.arrived);
            assert!(*times <= 1, "seed {seed}: {call:?} arrived twice");
            if call.arrived {
                let place = order[&call.id];
                let before = last.insert(&call.jid, place);
                assert!(before.is_none_or(|it| it <= place), "seed {seed}: {call:?} out of order");
            }
            let owned = world.owned.get(&call.jid).into_iter().flatten();
            for (from, to) in owned {
                let talks_over = *from < call.at_ms && to.is_none_or(|it| call.at_ms < it);
                assert!(!talks_over, "seed {seed}: {call:?} while a person had it since {from}");
            }
            let foreign = if call.jid.starts_with("7700") { "7 777" } else { "4 000" };
            let text = call.text.replace(['\u{a0}', '\u{202f}'], " ");
            assert!(!text.contains(foreign), "seed {seed}: {call:?} is another tenant's");
        }
    });
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[test]
fn whatever_goes_wrong_nothing_is_lost_doubled_or_said_over_a_person() {
    let seeds = match number("SIMULATION_SEED") {
        Some(seed) => seed..seed + 1,
        None => 1..number("SIMULATION_SEEDS").unwrap_or(200) + 1,
    };
    let mut calls = 0;
    for seed in seeds {
        calls += play(seed).len();
    }
    assert!(calls > 0);
}

#[test]
fn a_seed_plays_the_same_twice() {
    for seed in [3, 17, 101] {
        assert_eq!(play(seed), play(seed), "seed {seed}");
    }
}
