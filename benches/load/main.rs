//! The responder under load: acknowledgements, replies, processor time, syncs, memory, wake-up,
//! neighbours, timers and replicas, each beside its target. Run with `cargo bench --bench load`, or with
//! `--profile dev`; `-- sqlite`, `syncs`, `timers`, `postgres`, `wal`, `replicas`, or on both stores
//! `parked`, `neighbours` or `ready`, measures a part; `soak` and `soak postgres`, days on end, is measured
//! only where it is asked for.
//!
//! The customers and the gateway share the machine with the responder, so figures are floors.

#[path = "../../tests/chaos/disk.rs"]
#[expect(dead_code, clippy::unwrap_used, reason = "the tests' disk; only its counter is of use here")]
mod disk;
#[path = "../../store/runtime/tests/postgres/mod.rs"]
#[expect(clippy::unwrap_used, reason = "the tests' server")]
mod postgres;
mod process;
mod soak;
mod timers;
#[path = "../../tests/cli/tool.rs"]
#[expect(dead_code, clippy::unwrap_used, reason = "the tests' clean environment")]
mod tool;
mod wire;
#[path = "../../tests/chaos/world.rs"]
#[expect(dead_code, clippy::unwrap_used, reason = "the tests' shops")]
mod world;

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use playground::gateway::Gateway;
use tokio::task::JoinSet;

use crate::disk::{Disk, Word};
use crate::postgres::Database;
use crate::wire::{Book, Wire};
use crate::world::{Plan, Serve, World};

const PATIENCE: Duration = Duration::from_secs(60);

/// Connections of the gateway.
const CONNECTIONS: usize = 64;
const TENANTS: usize = 50;
/// Messages of the measurement of acknowledgements, and of the one of replies.
const MESSAGES: usize = 15_000;
const REPLIES: usize = 8_000;
const WAKES: usize = 200;
const PARKED: usize = 10_000;
const AT_ONCE: &str = "burst_window_ms: {short: 0, long: 0}";

fn main() {
    // `cargo bench --bench load -- sqlite ready` measures only that; cargo adds a flag of its own.
    let asked: Vec<String> = std::env::args().skip(1).filter(|it| !it.starts_with("--")).collect();
    let wanted = |what: &str| asked.is_empty() || asked.iter().any(|it| it == what);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.expect("a runtime can be built").block_on(async {
        if asked.iter().any(|it| it == "soak") {
            let on_server = asked.iter().any(|it| it == "postgres");
            let database = on_server.then(|| measured().expect("PostgreSQL is installed"));
            return soak::soak(database.as_ref()).await;
        }
        if wanted("sqlite") {
            store(None).await;
        }
        if wanted("syncs") {
            syncs().await;
        }
        if wanted("timers") {
            timers::timers().await;
        }
        let on_both: [&str; 3] = ["parked", "neighbours", "ready"];
        for what in on_both.into_iter().filter(|it| wanted(it)) {
            on(what, None).await;
        }
        if !on_both.into_iter().chain(["postgres", "replicas", "wal"]).any(wanted) {
            return;
        }
        let Some(database) = measured() else {
            return tell("PostgreSQL is not installed: no figures of it");
        };
        if wanted("postgres") {
            store(Some(&database)).await;
        }
        if wanted("wal") {
            wal().await;
        }
        for what in on_both.into_iter().filter(|it| wanted(it)) {
            on(what, measured().as_ref()).await;
        }
        if wanted("replicas") {
            replicas().await;
        }
    });
}

/// A measurement that each store can be asked for.
async fn on(what: &str, database: Option<&Database>) {
    match what {
        "parked" => parked(database).await,
        "neighbours" => neighbours(database).await,
        _ => ready(database).await,
    }
}

fn name(database: Option<&Database>) -> &'static str {
    if database.is_some() { "PostgreSQL" } else { "SQLite" }
}

fn tell(line: &str) {
    writeln!(std::io::stdout(), "{line}").expect("somebody reads the figures");
}

/// A world whose gateway writes into a new book.
async fn grow(
    messages: usize,
    tenants: usize,
    settings: &'static str,
    store: Option<&Database>,
) -> (World, Arc<Book>) {
    let book = Book::new(messages);
    let url = wire::gateway(Arc::clone(&book)).await;
    let store = store.map(|it| it.url().to_owned());
    let plan = Plan { shops: tenants, settings, store, ..Plan::default() };
    (World::with_gateway(plan, Gateway::default(), &url, Vec::new()).await, book)
}

/// Delivers the messages of `numbers` over all connections, each from a customer of its own, and
/// waits for each reply where `closed`; what acknowledgements took, sorted.
async fn deliver(
    world: &World,
    book: &Arc<Book>,
    serves: &[Serve],
    numbers: std::ops::Range<usize>,
    closed: bool,
) -> Vec<f64> {
    let next = Arc::new(AtomicUsize::new(numbers.start));
    let blank = world.message(0, "", "Сколько стоит замена цепи?");
    let mut all = JoinSet::new();
    for nth in 0..CONNECTIONS {
        let address = serves[nth % serves.len()].address.clone().expect("it listens");
        let (book, next, blank, end) = (Arc::clone(book), Arc::clone(&next), blank.clone(), numbers.end);
        let shops = world.shops;
        all.spawn(async move {
            let mut wire = Wire::open(&address).await;
            let mut took = Vec::new();
            loop {
                let number = next.fetch_add(1, Ordering::SeqCst);
                if number >= end {
                    return took;
                }
                let mut message = blank.clone();
                message.slug = world::slug(number % shops);
                message.instance_id = Some(world::instance(number % shops));
                message.jid = wire::jid(number);
                message.message_id = format!("M{number}");
                took.push(wire.deliver(&message, number, &book).await);
                if closed {
                    tokio::time::timeout(PATIENCE, book.replied(number)).await.expect("a reply comes");
                }
            }
        });
    }
    let mut took: Vec<f64> = all.join_all().await.concat();
    took.sort_by(f64::total_cmp);
    took
}

/// A sorted list's value below which so many hundredths lie.
fn at(sorted: &[f64], percent: usize) -> f64 {
    sorted
        .get((sorted.len() * percent / 100).min(sorted.len().saturating_sub(1)))
        .copied()
        .unwrap_or(f64::NAN)
}

fn spread(sorted: &[f64]) -> String {
    format!("p50 {:.1} ms, p95 {:.1} ms, p99 {:.1} ms", at(sorted, 50), at(sorted, 95), at(sorted, 99))
}

async fn store(database: Option<&Database>) {
    let (name, acks) = (name(database), if database.is_some() { 3_000 } else { 5_000 });
    let total = MESSAGES + REPLIES + WAKES;
    let (world, book) = grow(total, TENANTS, AT_ONCE, database).await;
    let serves = [world.serve(&[])];
    let pid = serves[0].pid();
    // The first start fills the index.
    quiet(pid).await;
    tell(&format!("{name}: idle memory {} MB (target 150)", process::memory_mb(pid)));

    let began = Instant::now();
    let took = deliver(&world, &book, &serves, 0..MESSAGES, false).await;
    let rate = MESSAGES as f64 / began.elapsed().as_secs_f64();
    tell(&format!(
        "{name}: {rate:.0} acknowledgements/s (target {acks}), {} (p99 target 40 ms)",
        spread(&took)
    ));
    tokio::time::timeout(PATIENCE, book.replied(MESSAGES - 1)).await.expect("the last reply comes");
    quiet(pid).await;

    let (began, cpu) = (Instant::now(), process::cpu_ms(pid));
    deliver(&world, &book, &serves, MESSAGES..MESSAGES + REPLIES, true).await;
    let rate = REPLIES as f64 / began.elapsed().as_secs_f64();
    let cpu = (process::cpu_ms(pid) - cpu) as f64 * 1_000.0 / REPLIES as f64;
    let waits = book.waits(MESSAGES..MESSAGES + REPLIES);
    tell(&format!(
        "{name}: {rate:.0} replies/s end to end (target 2000), acknowledged to sent {} (targets p50 10 ms, p99 80 ms), \
         {cpu:.0} ms of processor for 1000 messages (target 300)",
        spread(&waits)
    ));

    quiet(pid).await;
    let blank = world.message(0, "", "Сколько стоит замена цепи?");
    let mut wire = Wire::open(serves[0].address.as_deref().expect("it listens")).await;
    for number in MESSAGES + REPLIES..total {
        let mut message = blank.clone();
        message.jid = wire::jid(number);
        message.message_id = format!("M{number}");
        wire.deliver(&message, number, &book).await;
        tokio::time::timeout(PATIENCE, book.replied(number)).await.expect("a reply comes");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let waits = book.waits(MESSAGES + REPLIES..total);
    tell(&format!(
        "{name}: one message into an idle system, acknowledged to sent {} (p99 target 15 ms)",
        spread(&waits)
    ));
}

/// Waits until the process has nothing to do any more.
async fn quiet(pid: u32) {
    let deadline = Instant::now() + PATIENCE;
    let mut before = process::cpu_ms(pid);
    loop {
        tokio::time::sleep(Duration::from_millis(500)).await;
        let now = process::cpu_ms(pid);
        if now - before <= 50 || Instant::now() > deadline {
            return;
        }
        before = now;
    }
}

/// Syncs of the disk; counted below the process, which costs it some speed.
async fn syncs() {
    let (world, book) = grow(MESSAGES, TENANTS, AT_ONCE, None).await;
    let disk = Disk::new();
    let mut env = disk.below(&world.state_file());
    env.push(("LOSSY_REAL", "1".to_owned()));
    let serves = [world.serve(&env)];
    let before = disk.get(Word::Syncs);
    deliver(&world, &book, &serves, 0..MESSAGES, false).await;
    let acked = disk.get(Word::Syncs) - before;
    tokio::time::timeout(PATIENCE, book.replied(MESSAGES - 1)).await.expect("the last reply comes");
    let each = |syncs: u64| syncs as f64 / MESSAGES as f64;
    tell(&format!("SQLite: {:.3} syncs a message while they come in (target 0.125)", each(acked)));
}

/// Conversations whose burst is open.
async fn parked(database: Option<&Database>) {
    let settings = "burst_window_ms: {short: 60000, long: 60000}";
    let (world, book) = grow(PARKED, TENANTS, settings, database).await;
    let serves = [world.serve(&[])];
    deliver(&world, &book, &serves, 0..PARKED, false).await;
    let memory = process::memory_mb(serves[0].pid());
    let name = name(database);
    tell(&format!("{name}: {memory} MB with {PARKED} conversations parked (target 512)"));
}

/// One tenant floods with a thousand messages a second; the others write one a second each.
async fn neighbours(database: Option<&Database>) {
    const SECONDS: usize = 10;
    const OTHERS: usize = (TENANTS - 1) * SECONDS;
    const FLOOD: usize = 60_000;
    const PACE: u32 = 1_000;
    let (world, book) = grow(3 * OTHERS + FLOOD, TENANTS, AT_ONCE, database).await;
    let serves = [world.serve(&[])];
    quiet(serves[0].pid()).await;
    let address = serves[0].address.clone().expect("it listens");
    let mut p99 = Vec::new();
    // The first round wakes the tenants.
    for round in 0..3 {
        let stop = Arc::new(AtomicUsize::new(3 * OTHERS));
        let end = 3 * OTHERS + if round == 2 { FLOOD } else { 0 };
        let began = Instant::now();
        let mut flood = JoinSet::new();
        for _ in 0..CONNECTIONS / 2 {
            let (stop, book, address) = (Arc::clone(&stop), Arc::clone(&book), address.clone());
            let blank = world.message(0, "", "Сколько стоит замена цепи?");
            flood.spawn(async move {
                let mut wire = Wire::open(&address).await;
                loop {
                    let number = stop.fetch_add(1, Ordering::SeqCst);
                    if number >= end {
                        return;
                    }
                    let mut message = blank.clone();
                    message.jid = wire::jid(number);
                    message.message_id = format!("M{number}");
                    let nth = u32::try_from(number - 3 * OTHERS).expect("a flood of thousands");
                    tokio::time::sleep_until((began + Duration::from_secs(1) / PACE * nth).into()).await;
                    wire.deliver(&message, number, &book).await;
                }
            });
        }
        let mut others = JoinSet::new();
        for shop in 1..TENANTS {
            let (book, address) = (Arc::clone(&book), address.clone());
            let blank = world.message(shop, "", "Сколько стоит замена цепи?");
            others.spawn(async move {
                let mut wire = Wire::open(&address).await;
                tokio::time::sleep(Duration::from_millis(20 * shop as u64)).await;
                for second in 0..SECONDS {
                    let number = round * OTHERS + (shop - 1) * SECONDS + second;
                    let mut message = blank.clone();
                    message.jid = wire::jid(number);
                    message.message_id = format!("M{number}");
                    wire.deliver(&message, number, &book).await;
                    tokio::time::timeout(PATIENCE, book.replied(number)).await.expect("a reply comes");
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
            });
        }
        others.join_all().await;
        stop.store(usize::MAX / 2, Ordering::SeqCst);
        flood.join_all().await;
        p99.push(at(&book.waits(round * OTHERS..(round + 1) * OTHERS), 99));
    }
    tell(&format!(
        "{}: acknowledged to sent p99 of {} tenants {:.1} ms alone, {:.1} ms beside one that floods: {:.1} times (target 2)",
        name(database),
        TENANTS - 1,
        p99[1],
        p99[2],
        p99[2] / p99[1]
    ));
}

/// A thousand tenants from the start of the process to the first message it would take.
async fn ready(database: Option<&Database>) {
    let (world, _) = grow(1, 1_000, AT_ONCE, database).await;
    // The index is filled by the first start; later ones find it.
    for what in ["with an empty index", "again"] {
        let began = Instant::now();
        let serve = world.serve(&[]);
        assert!(serve.address.is_some(), "it listens");
        tell(&format!(
            "{}: 1000 tenants ready in {} ms {what} (target 2000), {} MB",
            name(database),
            began.elapsed().as_millis(),
            process::memory_mb(serve.pid())
        ));
    }
}

/// What the server writes into its log and how often it syncs.
async fn wal() {
    let Some(database) = measured() else { return };
    let (world, book) = grow(MESSAGES, TENANTS, AT_ONCE, Some(&database)).await;
    let serves = [world.serve(&[])];
    quiet(serves[0].pid()).await;
    let before = logged(&database);
    deliver(&world, &book, &serves, 0..MESSAGES, false).await;
    tokio::time::timeout(PATIENCE, book.replied(MESSAGES - 1)).await.expect("the last reply comes");
    quiet(serves[0].pid()).await;
    let each = logged(&database).into_iter().zip(before).map(|(now, then)| (now - then) / MESSAGES as f64);
    let each: Vec<f64> = each.collect();
    let [records, bytes, syncs] = each[..] else { return };
    tell(&format!(
        "PostgreSQL: {records:.1} records and {bytes:.0} bytes of the log for a message and its reply, {syncs:.3} syncs"
    ));
}

/// Records, bytes and syncs of the server's log since it began.
fn logged(database: &Database) -> Vec<f64> {
    // What a session counts reaches the view within a second.
    std::thread::sleep(Duration::from_millis(1_500));
    let rows = database.sql("SELECT wal_records, wal_bytes, wal_sync FROM pg_stat_wal");
    let first = rows.first().expect("the view has a row");
    first.split('|').map(|it| it.parse().expect("a number")).collect()
}

/// An empty database. The tests' server does not wait for the disk; one that is measured does.
fn measured() -> Option<Database> {
    let database = postgres::database()?;
    for sql in
        ["ALTER SYSTEM SET fsync = on", "ALTER SYSTEM SET full_page_writes = on", "SELECT pg_reload_conf()"]
    {
        database.sql(sql);
    }
    Some(database)
}

/// Replicas on one database and one machine.
async fn replicas() {
    let mut base = None;
    for count in [1, 2, 4] {
        let Some(database) = measured() else { return };
        let (world, book) = grow(REPLIES, TENANTS, AT_ONCE, Some(&database)).await;
        let start = |nth: usize| {
            let data = world.path().join(format!("replica_{nth}")).display().to_string();
            world.serve(&[("TENANTRY_DATA", data)])
        };
        let serves: Vec<_> = (0..count).map(start).collect();
        let began = Instant::now();
        deliver(&world, &book, &serves, 0..REPLIES, true).await;
        let rate = REPLIES as f64 / began.elapsed().as_secs_f64();
        let base = *base.get_or_insert(rate);
        tell(&format!(
            "PostgreSQL: {rate:.0} replies/s with {count} replicas on one machine, {:.2} times one (targets 1.7 and 3 with a machine each)",
            rate / base
        ));
    }
}
