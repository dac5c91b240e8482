//! What happened at the desk → figures: how many requests, how soon they were taken, answered and
//! resolved, by the clock and in working time.
//!
//! Pure: events and the period are arguments, the order of events does not matter, and nothing here
//! knows a store, a clock or a person's name.

#![deny(clippy::disallowed_methods)]

mod event;
mod fold;
mod hours;
mod request;
mod spread;
mod table;

pub use event::{Event, Kind};
pub use fold::{Figures, Group, NOBODY, Period, Times, fold};
pub use hours::{Hours, HoursError, Span};
pub use spread::Spread;
