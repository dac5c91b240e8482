//! What every runtime store promises. `releases`, `face`, `audit` and `kill` are written against the
//! door for releases and run on every engine (`engines`), the others against the door for
//! conversations (`states`); `sqlite`, `postgres_only` and
//! `postgres_state` have what one of them promises alone.
#![expect(clippy::unwrap_used, reason = "tests")]

mod audit;
mod desk;
mod desk_crowd;
mod desk_erase;
mod desk_files;
mod desk_instead;
mod desk_lessons;
mod desk_limits;
mod desk_notices;
mod desk_people;
mod desk_phone;
mod desk_teaching;
mod desk_topics;
mod desk_waiting;
mod engines;
mod erasing;
mod face;
mod fair;
mod history;
mod inbox;
mod kill;
mod make;
mod peeks;
#[path = "../postgres/mod.rs"]
mod postgres;
mod postgres_only;
mod postgres_state;
mod releases;
mod replicas;
mod sends;
mod sqlite;
mod states;
mod suspects;
mod timers;
mod together;
mod turns;
