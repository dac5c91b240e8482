//! The outside, spoken to in its own words.

pub(crate) mod host;
