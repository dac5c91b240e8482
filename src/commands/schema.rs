//! `schema`: writes the JSON Schemas of bundle files.

use std::path::Path;

use super::outside;
use crate::exit::{Exit, Outcome};
use crate::output::Output;

pub(super) fn run(dir: &Path, output: &Output) -> Outcome {
    let written =
        schema::json::write_all(dir).map_err(|error| outside(format!("{}: {error}", dir.display())))?;
    output.data(|out| written.iter().try_for_each(|it| writeln!(out, "{}", it.display())))?;
    Ok(Exit::Fine)
}
