//! The responder: a webhook in, an answer out, and nothing kept in memory in between.
//!
//! ```text
//! HTTP (http/) → verified (inbound) → read (wire/) → stored durably (ingress) → 200
//! worker → claim → decide, doing what it needs (conversation, ports) → one commit
//! outbox → gateway (adapters/chatflow) → settled
//! reload: live releases → snapshot, swapped whole
//! ```
//!
//! [`Responder::start`] wires it, [`Responder::routes`] are its doors and [`serve`] opens them.

mod adapters;
mod config;
mod http;
mod ports;
mod responder;
mod snapshot;

pub use adapters::host::{ProcessEnv, SystemClock};
pub use config::{CHATFLOW_API_URL, Config, LONGEST_TURN, OPENAI_BASE_URL};
pub use http::{Routes, serve};
pub use ports::{Clock, GenerateError, Generator, Messenger, Outgoing, Prompted, SecretLookup, SendError};
pub use responder::{Responder, StartError};
pub use snapshot::{Readiness, Snapshot, Tenant};
