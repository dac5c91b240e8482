//! `gc`: what no kept release names is removed.

use runtime::Swept;
use serde_json::json;

use super::{actor, now};
use crate::cli::Format;
use crate::exit::{Exit, Outcome};
use crate::output::Output;
use crate::place::Place;

pub(super) const FORMATS: &[Format] = &[Format::Human, Format::Json];

pub(super) fn run(place: &Place, format: Format, output: &Output) -> Outcome {
    // Where nothing was ever published there is nothing to sweep, and no store is made for it.
    let swept = match place.made()? {
        Some(releases) => releases.sweep(actor().as_deref(), &now())?,
        None => Swept::default(),
    };
    let Swept { releases, vectors, bytes } = swept;
    let rows = releases + vectors;
    match format {
        Format::Json => {
            output.json(&json!({ "releases": releases, "vectors": vectors, "rows": rows, "bytes": bytes }))?
        }
        _ => output.data(|out| {
            writeln!(out, "swept {rows} rows ({releases} releases, {vectors} vectors), {bytes} bytes")
        })?,
    }
    Ok(Exit::Fine)
}
