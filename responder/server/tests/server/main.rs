//! The responder from outside: real HTTP on loopback, real SQLite, the real index.

#![expect(clippy::unwrap_used, reason = "tests")]

mod auth;
mod desk;
mod erasing;
mod fair;
mod files;
mod fuzz;
mod gateway;
mod hanging;
mod house;
mod inbox;
mod large;
mod later;
mod limits;
mod logs;
mod model;
mod neighbours;
mod pace;
mod payloads;
mod reload;
mod sending;
mod shop;
mod simulation;
mod slow;
mod stopping;
mod turns;
