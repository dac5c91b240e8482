//! What a customer's words mean: tokens, mentions of services and branches, dates and times,
//! phones and names, and which intents or policies the message speaks to.
//!
//! Everything that belongs to a trade comes from the packs; only the grammar of the two languages
//! (weekdays, conjunctions, yes and no) is written here.

mod answer;
mod classes;
mod lexemes;
mod mention;
mod person;
mod place;
mod reading;
mod segments;
mod when;

pub(crate) use answer::{Answer, begins_with_yes, denies, takes_back, yes_or_no};
pub(crate) use classes::{Builder, Class, Classes};
pub(crate) use mention::{Mention, Mentions, Target};
pub(crate) use person::{find_name, find_phone, is_bare_name, mark_phone};
pub(crate) use place::Place;
pub(crate) use reading::{Lexicon, Reader, Slot, Token, read};
pub(crate) use segments::{Heard, Meaning, cut};
pub(crate) use when::{Day, When, find_when, is_numeral};
