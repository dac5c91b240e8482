//! What every runtime store promises. `releases`, `inbox`, `turns`, `sends` and `history` are
//! written against the doors and run here on SQLite; another store runs the same functions.
#![expect(clippy::unwrap_used, reason = "tests")]

mod history;
mod inbox;
mod make;
mod releases;
mod sends;
mod sqlite;
mod turns;
