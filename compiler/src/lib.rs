//! Bundle to release: load, parse, check, lower, plan, apply.

pub mod compile;
pub mod diagnostic;
pub mod load;
pub mod lower;
pub mod source;
pub mod tree;
