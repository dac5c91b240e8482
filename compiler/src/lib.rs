//! Bundle to release: load, parse, check, lower, plan, apply.

pub mod apply;
pub mod cases;
pub mod compile;
pub mod diagnostic;
pub mod drawer;
pub mod history;
pub mod load;
pub mod lower;
pub mod packs;
pub mod plan;
pub mod preview;
pub mod provenance;
pub mod published;
pub mod rehearsal;
pub mod shape;
pub mod source;
pub mod suite;
pub mod tree;

#[cfg(test)]
mod samples;
