//! The rungs a message climbs, strongest first. Each rung is a module of its own; this one holds the
//! order and nothing else.
//!
//! flood shield → ownership → files → hard law and gates → a request taken back → a person asked for,
//! frustration → opt-out and mute → branch → booking intake and questions answered by facts → passages → consultations → small talk → out of
//! the trade → clarify.

mod booking;
mod branch;
mod clarify;
mod consult;
mod media;
mod model;
mod mute;
mod passages;
mod policy;
mod questions;
mod rest;
mod services;
mod shield;
mod talk;
mod verdict;
mod waiting;

use jiff::Zoned;

pub(crate) use passages::Waiting;
pub(crate) use talk::Talk;
pub(crate) use verdict::Verdict;

use crate::{Memory, Mind, Outcome, Step, Turn};

/// A meaning counts as understood from here on.
pub(crate) const UNDERSTOOD: f32 = 0.52;

/// Climbs until a rung decides or needs something from outside.
pub(crate) fn begin(mind: &Mind, memory: Memory, turn: &Turn, now: &Zoned) -> Step {
    let mut talk = Talk::new(mind, memory, turn, now);
    let early = shield::hold(mind, &mut talk)
        .or_else(|| rest::ownership(&mut talk))
        .or_else(|| media::look(mind, &mut talk))
        .or_else(|| policy::hard_law(mind, &mut talk))
        .or_else(|| waiting::take_back(mind, &mut talk))
        .or_else(|| policy::person(mind, &mut talk))
        .or_else(|| mute::keep(mind, &mut talk))
        .or_else(|| branch::settle(mind, &mut talk));
    if let Some(verdict) = early {
        return verdict.done(mind, talk);
    }
    let collecting = booking::collect(mind, &mut talk);
    if !collecting.is_reluctant() {
        // «не хочу называть» asks for nothing.
        questions::answer(mind, &mut talk);
    }
    let verdict = branch::ask(mind, &mut talk)
        .or_else(|| booking::go_on(mind, &mut talk, &collecting))
        .or_else(|| waiting::note(mind, &mut talk))
        .or_else(|| questions::compose(mind, &mut talk))
        .or_else(|| consult::advise(mind, &mut talk))
        .or_else(|| rest::small_talk(mind, &mut talk))
        .or_else(|| rest::off_topic(mind, &mut talk))
        .or_else(|| clarify::fragment(mind, &mut talk));
    match verdict {
        Some(verdict) => verdict.done(mind, talk),
        None => passages::search(talk),
    }
}

/// Goes on where the ladder waited.
pub(crate) fn resume(mind: &Mind, talk: Talk, waiting: Waiting, outcome: Outcome) -> Step {
    passages::resume(mind, talk, waiting, outcome)
}
