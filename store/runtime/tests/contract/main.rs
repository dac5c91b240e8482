//! What every runtime store promises. `releases`, `face`, `audit` and `kill` are written against the
//! door for releases and run on every engine (`engines`); `inbox`, `turns`, `sends` and `history` are
//! written against the door for state and run here on SQLite; another store runs the same functions.
#![expect(clippy::unwrap_used, reason = "tests")]

mod audit;
mod engines;
mod face;
mod history;
mod inbox;
mod kill;
mod make;
#[path = "../postgres/mod.rs"]
mod postgres;
mod postgres_only;
mod releases;
mod sends;
mod sqlite;
mod turns;
