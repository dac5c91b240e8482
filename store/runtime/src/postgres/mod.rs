//! PostgreSQL behind the door for releases: for many replicas, and for people who bring their own
//! database.
//!
//! The doors block and PostgreSQL's client does not, so a store has one thread of its own that talks
//! to the server ([`line`]): it may be called from any thread, also from one that belongs to somebody
//! else's runtime. Every call ends by a deadline.
//!
//! Writers take turns as in SQLite: each takes the row of `revision` first, so what it reads cannot
//! change before it commits. Readers never wait.

mod error;
mod line;
mod migrate;
mod releases;
mod tls;
mod url;

pub use releases::PostgresReleases;
pub use url::{PostgresUrl, UrlError};
