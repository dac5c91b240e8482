//! Message to decision: understanding, ladder, facts, guard. Pure: no clock, no randomness, no IO.
//!
//! A turn is decided by a step machine:
//!
//! ```text
//! begin(&Mind, Memory, &Turn, now) ─┐
//!     Need(progress, Search{…})   → the caller searches   ─┐
//!     Need(progress, Generate{…}) → the caller asks a model ├→ resume(&Mind, progress, outcome)
//!     (a failure is an outcome too: Failed(Timeout))       ─┘        ↺
//!     Done(Decision { memory, actions, trace, … })
//! ```
//!
//! A [`Mind`] is a release made ready to be asked: exemplars encoded, mentions indexed. It is built
//! once for a release and shared by every turn.

mod action;
mod answer;
mod guard;
mod ladder;
mod lang;
mod memory;
mod mind;
mod quote;
#[cfg(test)]
mod sample;
mod step;
#[cfg(test)]
mod tests;
mod trace;
mod turn;
mod understand;

pub use action::{Action, Decision, Kind, Slots};
pub use answer::VALUES;
pub use lang::language;
pub use memory::{Intake, Memory, Said, Speaker};
pub use mind::Mind;
pub use step::{Effect, Failure, Found, Outcome, Progress, Step, begin, resume};
pub use trace::{RUNGS, Trace, TraceEntry};
pub use turn::{Fate, Media, Message, Turn};
