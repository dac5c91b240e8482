//! The desk: requests shown to people in Telegram, and what people do about them there.
//!
//! ```text
//! router   a post that has no chat yet → the branch's group, or the client's
//! poster   posts that are due → calls of Telegram, within its limits
//! show     one post: what it says now
//! updates  what people wrote and pressed → one transaction each
//! poll     fetches updates where nobody can reach this process
//! hook     has them delivered where somebody can
//! watch    what goes wrong slowly → words to owners
//! teach    resolved requests → lessons, used at once or put before the owner
//! enclosed files that people send, fetched by the gateway under a pass
//! shared   files of customers, shown in the topic
//! replied  whose talk a reply belongs to, where there are no topics
//! phone    what owners cannot be told in Telegram → WhatsApp
//! pressed  what a button brings about, after its answer
//! skipped  the owner is called when nobody else can take a request
//! ```
//!
//! The database is the truth: every act of a person or of the engine commits the posts that show it,
//! and a post says what it is about, not in which words. Words are found when it is sent, so a card
//! that waited shows how things stand.

mod alerts;
mod answers;
mod bots;
mod card;
mod enclosed;
mod hook;
mod judge;
mod lack;
mod lesson;
mod noted;
mod pass;
mod people;
mod phone;
mod place;
mod poll;
mod poster;
mod pressed;
mod replied;
mod router;
mod shared;
mod show;
mod skipped;
mod teach;
mod updates;
mod watch;

use std::sync::Arc;

use tokio::task::JoinHandle;

use crate::engine::Engine;

pub(crate) use alerts::tell;
pub(crate) use bots::{Bot, Bots};
pub(crate) use enclosed::{Closed, Obstacle, Opened, enclose, open, word};
pub(crate) use hook::{Knock, Received, address as hook_address, receive};
pub(crate) use people::{owners_of, people_of};

/// Starts everything that runs on its own.
pub(crate) fn run(engine: &Arc<Engine>) -> Vec<JoinHandle<()>> {
    let updates = if engine.config.public_base_url.is_some() {
        tokio::spawn(hook::run(Arc::clone(engine)))
    } else {
        tokio::spawn(poll::run(Arc::clone(engine)))
    };
    vec![
        tokio::spawn(router::run(Arc::clone(engine))),
        tokio::spawn(poster::run(Arc::clone(engine))),
        tokio::spawn(watch::run(Arc::clone(engine))),
        tokio::spawn(phone::run(Arc::clone(engine))),
        tokio::spawn(teach::run(Arc::clone(engine))),
        updates,
    ]
}
