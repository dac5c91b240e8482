//! The engine under kills, power cuts, full disks, bad neighbours and races: the built binary over
//! real HTTP, judged by what was acknowledged, what reached phones and what is stored.
//!
//! `TENANTRY_CHAOS_REPEATS=20` does everything that often; `docs/testing.md` tells more.

#![expect(clippy::unwrap_used, reason = "tests")]

mod crashes;
mod crowd;
mod desk;
mod disk;
mod kills;
mod ledger;
mod neighbours;
mod points;
mod poison;
#[path = "../../store/runtime/tests/postgres/mod.rs"]
mod postgres;
mod power;
mod replicas;
mod restore;
#[path = "../cli/tool.rs"]
#[expect(dead_code, reason = "only the clean environment is of use here")]
mod tool;
mod world;

use std::time::Duration;

/// Long enough for a loaded machine; nothing waits this long when all is well.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often a test does what it does.
fn repeats() -> u64 {
    std::env::var("TENANTRY_CHAOS_REPEATS").ok().and_then(|it| it.parse().ok()).unwrap_or(1)
}
