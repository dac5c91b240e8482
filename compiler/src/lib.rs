//! Bundle to release: load, parse, check, lower, plan, apply.

pub mod apply;
pub mod bundle;
pub mod cases;
pub mod check;
pub mod compile;
pub mod diagnostic;
pub mod drawer;
pub mod embedding;
pub mod explain;
pub mod fix;
mod git;
pub mod history;
pub mod load;
pub mod lower;
pub mod packs;
mod parallel;
pub mod plan;
pub mod preview;
pub mod provenance;
pub mod published;
pub mod rehearsal;
pub mod render;
pub mod said;
mod secrets;
pub mod shape;
pub mod since;
pub mod source;
pub mod suite;
pub mod tree;
mod words;

#[cfg(test)]
mod samples;
