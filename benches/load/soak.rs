//! Days on end: the same customers write every day, few in the morning and many at noon. What a process
//! has, takes and leaves behind must not grow with the days.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::postgres::Database;
use crate::wire::{self, Book, Wire};
use crate::world::{self, World};
use crate::{AT_ONCE, CONNECTIONS, PATIENCE, TENANTS, at, grow, name, process, quiet, tell};

/// Customers; each writes once a day.
const CUSTOMERS: usize = 6_000;
/// A day, from the first customer to the last.
const DAY: Duration = Duration::from_secs(30);
/// Days, unless `TENANTRY_SOAK_DAYS` says how many.
const DAYS: usize = 10;

/// What a day came to.
struct Figures {
    p99_ms: f64,
    memory_mb: u64,
    /// Rows that the server has still to clear away, and rows that live.
    rows: Option<(u64, u64)>,
}

/// Every day's figures; the growth from the second, after everything is warm, to the last.
pub(crate) async fn soak(database: Option<&Database>) {
    let days = std::env::var("TENANTRY_SOAK_DAYS").ok().and_then(|it| it.parse().ok()).unwrap_or(DAYS);
    let (world, book) = grow(CUSTOMERS, TENANTS, AT_ONCE, database).await;
    let serve = world.serve(&[]);
    let (address, pid) = (serve.address.clone().expect("it listens"), serve.pid());
    quiet(pid).await;
    let mut all = Vec::new();
    for day in 0..days {
        write(&world, &book, &address, day).await;
        for customer in 0..CUSTOMERS {
            tokio::time::timeout(PATIENCE, book.replied(customer)).await.expect("a reply comes");
        }
        quiet(pid).await;
        let waits = book.waits(0..CUSTOMERS);
        book.clear();
        let figures =
            Figures { p99_ms: at(&waits, 99), memory_mb: process::memory_mb(pid), rows: database.map(rows) };
        let rows =
            figures.rows.map_or_else(String::new, |(dead, live)| format!(", {dead} dead of {live} rows"));
        tell(&format!(
            "{}: day {}: acknowledged to sent p50 {:.1} ms, p99 {:.1} ms, {} MB{rows}",
            name(database),
            day + 1,
            at(&waits, 50),
            figures.p99_ms,
            figures.memory_mb
        ));
        all.push(figures);
    }
    let (Some(first), Some(last)) = (all.get(1), all.last()) else { return };
    let growth = |first: f64, last: f64| (last / first - 1.0) * 100.0;
    tell(&format!(
        "{}: from the second to the last of {days} days: memory {:+.1} % (target 5), p99 {:+.1} % (target 10)",
        name(database),
        growth(first.memory_mb as f64, last.memory_mb as f64),
        growth(first.p99_ms, last.p99_ms)
    ));
}

/// Every customer writes once, when his time of the day has come.
async fn write(world: &World, book: &Arc<Book>, address: &str, day: usize) {
    let began = Instant::now();
    let blank = world.message(0, "", "Сколько стоит замена цепи?");
    let mut all = JoinSet::new();
    for nth in 0..CONNECTIONS {
        let (book, blank, address) = (Arc::clone(book), blank.clone(), address.to_owned());
        let shops = world.shops;
        all.spawn(async move {
            let mut wire = Wire::open(&address).await;
            for customer in (nth..CUSTOMERS).step_by(CONNECTIONS) {
                let mut message = blank.clone();
                message.slug = world::slug(customer % shops);
                message.instance_id = Some(world::instance(customer % shops));
                message.jid = wire::jid(customer);
                message.message_id = format!("D{day}-{customer}");
                tokio::time::sleep_until((began + DAY.mul_f64(time_of_day(customer))).into()).await;
                wire.deliver(&message, customer, &book).await;
            }
        });
    }
    all.join_all().await;
}

/// When in the day a customer writes, 0 to 1: at noon twice as many as on average, at its ends nobody.
fn time_of_day(customer: usize) -> f64 {
    // The inverse of the share that has written by then, `t - sin(2πt)/2π`, by halves.
    let share = customer as f64 / CUSTOMERS as f64;
    let (mut early, mut late) = (0.0, 1.0);
    for _ in 0..30 {
        let middle = f64::midpoint(early, late);
        let turn = std::f64::consts::TAU * middle;
        if middle - turn.sin() / std::f64::consts::TAU < share { early = middle } else { late = middle }
    }
    early
}

/// Rows that are dead and rows that live, in all tables.
fn rows(database: &Database) -> (u64, u64) {
    let rows = database.sql("SELECT sum(n_dead_tup), sum(n_live_tup) FROM pg_stat_user_tables");
    let counts: Vec<u64> = rows[0].split('|').filter_map(|it| it.parse().ok()).collect();
    (counts[0], counts[1])
}
