//! Durable messages per second: one by one, in batches, and from 32 callers at once. Every figure
//! is with `synchronous=FULL` on the disk under the target folder. Run it with
//! `cargo bench -p runtime --profile dev`, which builds nothing that tests have not built.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a bench")]

use std::path::PathBuf;
use std::time::{Duration, Instant};

use runtime::{Inbound, SqliteState, StateStore};

/// How long each way is measured.
const MEASURE: Duration = Duration::from_secs(3);
/// Callers at once.
const CALLERS: usize = 32;
/// Tenants and customers the messages are spread over.
const TENANTS: usize = 50;
const CUSTOMERS: usize = 1000;

fn main() {
    let one_by_one = measure("one by one", |state, until| {
        let mut stored = 0;
        while Instant::now() < until {
            state.store_inbound(&[message(0, stored)]).unwrap();
            stored += 1;
        }
        stored
    });
    let rows = [
        measure("32 callers, blocking", |state, until| from_callers(state, until, store_blocking)),
        measure("32 callers, awaiting", |state, until| from_callers(state, until, store_awaiting)),
        measure("batches of 32", |state, until| {
            let mut stored = 0;
            while Instant::now() < until {
                let batch: Vec<Inbound> = (stored..stored + CALLERS).map(|n| message(0, n)).collect();
                stored += state.store_inbound(&batch).unwrap().len();
            }
            stored
        }),
    ];
    for (name, rate) in rows {
        println!("{name:<24} {:>8.1} x one by one", rate / one_by_one.1);
    }
}

fn measure(name: &'static str, work: impl FnOnce(&SqliteState, Instant) -> usize) -> (&'static str, f64) {
    // Beside the build's own files, where there is a real disk; a temporary folder may be memory.
    let root = std::env::var_os("CARGO_TARGET_DIR").map_or_else(std::env::temp_dir, PathBuf::from);
    let dir = tempfile::tempdir_in(root).unwrap();
    let state = SqliteState::open(dir.path()).unwrap();
    let begun = Instant::now();
    let stored = work(&state, begun + MEASURE);
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    let rate = stored as f64 / begun.elapsed().as_secs_f64();
    println!("{name:<24} {rate:>8.0} rows/s");
    (name, rate)
}

fn from_callers(state: &SqliteState, until: Instant, store: fn(&SqliteState, Inbound)) -> usize {
    std::thread::scope(|scope| {
        let callers: Vec<_> = (0..CALLERS)
            .map(|caller| {
                scope.spawn(move || {
                    let mut stored = 0;
                    while Instant::now() < until {
                        store(state, message(caller, stored));
                        stored += 1;
                    }
                    stored
                })
            })
            .collect();
        callers.into_iter().map(|it| it.join().unwrap()).sum()
    })
}

fn store_blocking(state: &SqliteState, message: Inbound) {
    state.store_inbound(&[message]).unwrap();
}

fn store_awaiting(state: &SqliteState, message: Inbound) {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(state.take_in(message)).unwrap();
}

fn message(caller: usize, n: usize) -> Inbound {
    let customer = (caller * 31 + n) % CUSTOMERS;
    Inbound {
        slug: format!("tenant_{}", customer % TENANTS),
        instance_id: "number-1".to_owned(),
        message_id: format!("3F6E61E2301EC33C{caller:04X}{n:08X}"),
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
