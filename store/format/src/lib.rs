//! What machines read: the release, its parts and its codec.
//!
//! A [`Release`] is everything the responder needs to answer for one tenant: identity, settings,
//! branches, prompts, facts, the merged packs and the passages. The compiler writes it, the
//! responder reads it, and nothing here knows YAML, SQL, a clock or a file.
//!
//! Rules of the format: maps are `BTreeMap` so that equal releases have equal bytes; later
//! additions are `Option` or have `#[serde(default)]`; nothing is `flatten`ed or `untagged`.

mod client;
mod codec;
mod facts;
mod handover;
mod head;
mod lang;
mod pack;
mod passage;
mod reference;
mod release;
mod settings;
mod standing;

pub use client::{Agent, Branch, Client, Prompt, Role, Status};
pub use codec::{DecodeError, FORMAT, decode, encode, release_id};
pub use facts::{
    Answer, Booking, DayHours, Discounts, Fact, Facts, Hours, Offer, Payment, Price, Promotion, Service,
    Source, Value,
};
pub use handover::Reason;
pub use head::Head;
pub use lang::{Lang, Text};
pub use pack::{Anchors, Category, Intent, Lexicon, Pack, Phrases, Playbook, Policy, PolicyKind};
pub use passage::{Passage, PassageKind, SHARED_TAG, point_id};
pub use reference::Reference;
pub use release::Release;
pub use settings::{
    BranchMode, BurstWindow, DataSharing, ManagerScope, Media, OnLimit, QuietHours, Settings,
};
pub use standing::{Company, PlanLimits, Standing};
