//! The mind of the example tenants: what their test files promise, and that the order of words does
//! not change what is decided.

mod amounts;
mod order;
mod trades;

use std::path::{Path, PathBuf};

use compiler::compile::{Compiled, Options, compile};

fn tenants() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tenants")
}

/// The example tenants, compiled.
fn compiled() -> Vec<Compiled> {
    compile(&tenants(), &Options::default()).tenants.into_iter().filter_map(|it| it.compiled).collect()
}
