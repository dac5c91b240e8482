//! PostgreSQL behind both doors: for many replicas, and for people who bring their own
//! database.
//!
//! The doors block and PostgreSQL's client does not, so a store has threads of its own that talk to
//! the server ([`line`] for releases, hands in [`state`]): it may be called from any thread, also from
//! one that belongs to somebody else's runtime. Every call ends by a deadline.
//!
//! Publishers take turns as in SQLite: each takes the row of `revision` first, so what it reads cannot
//! change before it commits. Writers of conversations work at once, each holding the rows of one
//! conversation. Readers never wait.

mod error;
mod line;
mod migrate;
mod releases;
mod state;
mod tls;
mod url;

pub use releases::PostgresReleases;
pub use state::{PostgresEngine, PostgresState};
pub use url::{PostgresUrl, UrlError};
