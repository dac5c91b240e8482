//! What every runtime store promises. `releases`, `face`, `audit` and `kill` are written against the
//! door for releases and run on every engine (`engines`), the others against the door for
//! conversations (`states`); `sqlite` and `postgres_only` have what one of them promises alone.
#![expect(clippy::unwrap_used, reason = "tests")]

mod audit;
mod engines;
mod face;
mod history;
mod inbox;
mod kill;
mod make;
mod peeks;
#[path = "../postgres/mod.rs"]
mod postgres;
mod postgres_only;
mod releases;
mod sends;
mod sqlite;
mod states;
mod turns;
