//! Durable messages per second on both databases: one by one, in batches, from 32 callers at once, and
//! with 512 messages on their way; then how long a message waits at a steady pace. SQLite is measured
//! with `synchronous=FULL` on the disk under the target folder, PostgreSQL with `fsync=on` in a private
//! server beside it. Run it with `cargo bench -p runtime --profile dev`, which builds nothing that
//! tests have not built.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a bench")]

#[path = "../tests/postgres/mod.rs"]
mod postgres;

use std::collections::VecDeque;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::mpsc::channel;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use runtime::{Inbound, PostgresState, PostgresUrl, SqliteState, StateStore, Storing};

/// How long each way is measured.
const MEASURE: Duration = Duration::from_secs(3);
/// Callers at once.
const CALLERS: usize = 32;
/// Messages on their way at once.
const IN_FLIGHT: usize = 512;
/// The steady pace, messages per second.
const PACE: u32 = 3_000;
/// Tenants and customers the messages are spread over.
const TENANTS: usize = 50;
const CUSTOMERS: usize = 1000;

fn main() {
    println!("SQLite, synchronous=FULL");
    // Beside the build's own files, where there is a real disk; a temporary folder may be memory.
    let root = std::env::var_os("CARGO_TARGET_DIR").map_or_else(std::env::temp_dir, PathBuf::from);
    let dir = tempfile::tempdir_in(root).unwrap();
    all(&SqliteState::open(dir.path()).unwrap());

    let Some(database) = postgres::database() else { return };
    for setting in ["fsync = on", "full_page_writes = on"] {
        database.sql(&format!("ALTER SYSTEM SET {setting}"));
    }
    database.sql("SELECT pg_reload_conf()");
    println!(
        "PostgreSQL {}, fsync={}",
        database.sql("SHOW server_version")[0],
        database.sql("SHOW fsync")[0]
    );
    all(&PostgresState::open(&PostgresUrl::parse(database.url()).unwrap()).unwrap());
}

fn all(state: &dyn StateStore) {
    measure("one by one", |until| {
        let mut stored = 0;
        while Instant::now() < until {
            state.store_inbound(&[message(0, stored)]).unwrap();
            stored += 1;
        }
        stored
    });
    measure("32 callers, blocking", |until| {
        from_callers(until, |it| drop(state.store_inbound(&[it]).unwrap()))
    });
    measure("32 callers, awaiting", |until| from_callers(until, |it| wait(state.take_in(it))));
    measure("batches of 32", |until| {
        let mut stored = 0;
        while Instant::now() < until {
            let batch: Vec<Inbound> = (stored..stored + CALLERS).map(|n| message(100, n)).collect();
            stored += state.store_inbound(&batch).unwrap().len();
        }
        stored
    });
    measure("512 on their way", |until| {
        let (mut waiting, mut stored) = (VecDeque::new(), 0);
        while Instant::now() < until {
            waiting.push_back(state.take_in(message(101, stored)));
            stored += 1;
            if waiting.len() >= IN_FLIGHT {
                waiting.pop_front().map(wait).unwrap();
            }
        }
        waiting.into_iter().for_each(wait);
        stored
    });
    paced(state);
}

fn measure(name: &'static str, work: impl FnOnce(Instant) -> usize) {
    let begun = Instant::now();
    let stored = work(begun + MEASURE);
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    let rate = stored as f64 / begun.elapsed().as_secs_f64();
    println!("  {name:<24} {rate:>8.0} rows/s");
}

/// Messages come at the pace, whether or not the earlier ones are stored.
fn paced(state: &dyn StateStore) {
    let (send, sent) = channel::<(Instant, Storing)>();
    let mut waits: Vec<Duration> = std::thread::scope(|scope| {
        let collector = scope.spawn(move || {
            let stored = sent.into_iter().map(|(at, it)| {
                wait(it);
                at.elapsed()
            });
            stored.collect()
        });
        let begun = Instant::now();
        for nth in 0..PACE * 5 {
            let due = begun + Duration::from_secs(1) / PACE * nth;
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            send.send((due, state.take_in(message(102, nth as usize)))).unwrap();
        }
        drop(send);
        collector.join().unwrap()
    });
    waits.sort();
    let at = |share: usize| waits[(waits.len() - 1) * share / 1000].as_secs_f64() * 1000.0;
    println!(
        "  at {PACE} rows/s           p50 {:.1} ms, p99 {:.1} ms, most {:.1} ms",
        at(500),
        at(990),
        at(1000)
    );
}

fn from_callers(until: Instant, store: impl Fn(Inbound) + Sync) -> usize {
    std::thread::scope(|scope| {
        let store = &store;
        let callers: Vec<_> = (0..CALLERS)
            .map(|caller| {
                scope.spawn(move || {
                    let mut stored = 0;
                    while Instant::now() < until {
                        store(message(caller + 1, stored));
                        stored += 1;
                    }
                    stored
                })
            })
            .collect();
        callers.into_iter().map(|it| it.join().unwrap()).sum()
    })
}

/// Waits for one message, without a runtime.
fn wait(storing: Storing) {
    struct Unpark(std::thread::Thread);
    impl std::task::Wake for Unpark {
        fn wake(self: std::sync::Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(std::sync::Arc::new(Unpark(std::thread::current())));
    let (mut storing, mut context) = (pin!(storing), Context::from_waker(&waker));
    loop {
        match storing.as_mut().poll(&mut context) {
            Poll::Ready(receipt) => break drop(receipt.unwrap()),
            Poll::Pending => std::thread::park(),
        }
    }
}

fn message(caller: usize, n: usize) -> Inbound {
    let customer = (caller * 31 + n) % CUSTOMERS;
    Inbound {
        slug: format!("tenant_{}", customer % TENANTS),
        instance_id: "number-1".to_owned(),
        message_id: format!("{}{caller:04X}{n:08X}", uuid::Uuid::new_v4().simple()),
        jid: format!("7701{customer:07}@s.whatsapp.net"),
        sender: Some("A customer".to_owned()),
        text: "how much is a new chain, and when are you open? ".repeat(8),
        media: None,
        file: None,
        request_id: String::new(),
        sent_at: 1_736_942_400,
        received_at_ms: 1_736_942_400_000,
        due_at_ms: 1_736_942_400_700,
        month: "2025-01".to_owned(),
    }
}
