//! The built binary, driven as its users drive it.

#![expect(clippy::unwrap_used, reason = "tests")]

mod bundle;
mod chatting;
mod checking;
mod doctor;
mod embedding;
#[path = "../../knowledge/index/tests/endpoint/mod.rs"]
mod endpoint;
mod handovers;
mod learning;
mod publishing;
mod rehearsing;
mod serving;
mod surface;
mod tool;
