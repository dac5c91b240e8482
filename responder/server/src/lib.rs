//! The responder: a webhook in, an answer out, and nothing kept in memory in between.
//!
//! ```text
//! HTTP (http/) → verified (inbound) → read (wire/) → stored durably → 200
//! worker → claim → decide, doing what it needs (conversation, ports) → one commit
//! outbox → gateway (adapters/chatflow) → settled
//! reload: live releases → snapshot, swapped whole
//! ```
//!
//! [`Responder::start`] wires it, [`Responder::routes`] are its doors and [`serve`] opens them.

mod adapters;
mod awake;
mod burst;
mod care;
mod config;
mod conversation;
mod desk;
pub mod doctor;
mod effects;
mod engine;
pub mod erasure;
mod fallback;
mod health;
mod http;
mod inbound;
mod learned;
mod leases;
mod limits;
mod load;
mod media;
mod numbers;
mod outbox;
mod passages;
mod ports;
mod prompt;
mod queues;
mod quiet;
mod reload;
mod resolve;
mod responder;
mod secrets;
mod shift;
mod snapshot;
mod spans;
mod stages;
mod telemetry;
mod tenant;
mod timers;
mod trace;
mod turn;
mod upkeep;
mod wire;
mod worker;

pub use adapters::host::{ProcessEnv, SystemClock};
pub use config::{CHATFLOW_API_URL, Config, LONGEST_TURN, OPENAI_BASE_URL, TELEGRAM_API_URL, problem_of_url};
pub use http::{Limits, Routes, serve, serve_within};
pub use media::MediaFolder;
pub use ports::{
    Clock, Enclosure, EnclosureKind, GenerateError, Generator, Messenger, Outgoing, Prompted, Recording,
    SecretLookup, SendError, Sleep, StandIns, TranscribeError, Transcriber,
};
pub use responder::{Responder, StartError};
pub use snapshot::Snapshot;
pub use telemetry::log_panics;
pub use tenant::{Readiness, Tenant};
pub use trace::{StoredModel, StoredPassage, StoredStep, StoredTrace};
