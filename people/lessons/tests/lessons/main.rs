//! From what was said to what stands in the bundle, over small invented businesses.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "tests; figures of a threshold are printed")]

mod candidate;
mod clean;
mod contradictions;
mod export;
mod shop;
mod similar;
mod verdict;
