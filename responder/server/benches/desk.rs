//! How long a person's answer takes: from the moment Telegram has it to the gateway's call, on a
//! machine that does nothing else, with the updates delivered and with updates fetched.
//!
//! `cargo bench --profile dev -p server --bench desk`

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    dead_code,
    reason = "a benchmark prints its figures and may stop; it uses a part of what the tests have"
)]

#[path = "../tests/server/gateway.rs"]
mod gateway;
#[path = "../tests/server/house.rs"]
mod house;
#[path = "../tests/server/shop.rs"]
mod shop;

#[path = "../tests/server/desk"]
mod desk {
    pub(crate) mod office;
}

use std::time::{Duration, Instant};

use desk::office::{MANAGER, Office};

const ANSWERS: usize = 100;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        // An empty address stands for the one that the responder has.
        for (how, address) in [("delivered", Some(String::new())), ("fetched", None)] {
            let office = Office::of(|_| {}, |config| config.public_base_url = address).await;
            let mut taken = answers(&office).await;
            taken.sort_unstable();
            println!(
                "updates {how:<9} p50 {:>7.1?}, p99 {:>7.1?} (target: at most 300 ms at the median)",
                taken[ANSWERS / 2],
                taken[ANSWERS * 99 / 100]
            );
        }
    });
}

/// How long each of so many answers took.
async fn answers(office: &Office) -> Vec<Duration> {
    let card = office.asked().await;
    office.press(&card, MANAGER, "Беру").await;
    let mut taken = Vec::new();
    for nth in 0..ANSWERS {
        let words = format!("ответ {nth}");
        let start = Instant::now();
        office.says(MANAGER, &words);
        while !office.house.sent().contains(&words) {
            assert!(start.elapsed() < Duration::from_secs(30), "{words} does not go out");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        taken.push(start.elapsed());
    }
    taken
}
