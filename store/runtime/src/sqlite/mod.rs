//! SQLite behind both doors: two files in the data folder.
//!
//! `releases.sqlite` is written by `apply` and read by `serve` at the same time; `state.sqlite` is
//! written by the one process that serves. Both are in WAL mode with `synchronous=FULL`: a commit
//! that returned survives a power cut, and readers never wait for a writer.

mod open;
mod releases;
mod state;

pub use releases::SqliteReleases;
pub use state::{SqliteEngine, SqliteState};
