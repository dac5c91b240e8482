//! `gc`: what no kept release names is removed.

use runtime::{ReleaseStore, Swept};
use serde_json::json;

use super::{actor, now, outside};
use crate::cli::{self, Format};
use crate::exit::{Exit, Outcome, Stop};
use crate::knowledge::Engines;
use crate::output::Output;
use crate::place::Place;
use crate::taught::Taught;

pub(super) const FORMATS: &[Format] = &[Format::Human, Format::Json];

pub(super) fn run(args: &cli::Gc, place: &Place, format: Format, output: &Output) -> Outcome {
    // Where nothing was ever published there is nothing to sweep, and no store is made for it.
    let (swept, points) = match place.made()? {
        Some(releases) => {
            let taught = Taught::open(place)?;
            let digests = taught.digests(releases.as_ref())?;
            let swept = releases.sweep(&digests, actor().as_deref(), &now())?;
            (swept, points(args, place, (releases.as_ref(), &taught), output)?)
        }
        None => (Swept::default(), 0),
    };
    let Swept { releases, vectors, bytes } = swept;
    let rows = releases + vectors;
    match format {
        Format::Json => {
            output.json(&json!({ "releases": releases, "vectors": vectors, "points": points, "rows": rows, "bytes": bytes }))?
        }
        _ => output.data(|out| {
            writeln!(out, "swept {rows} rows ({releases} releases, {vectors} vectors), {bytes} bytes")?;
            if place.qdrant().is_some() { writeln!(out, "swept {points} points")? }
            Ok(())
        })?,
    }
    Ok(Exit::Fine)
}

/// Sweeps the Qdrant server, where there is one; an embedded index is swept by its responder.
fn points(
    args: &cli::Gc,
    place: &Place,
    (store, taught): (&dyn ReleaseStore, &Taught),
    output: &Output,
) -> Result<usize, Stop> {
    let engines = Engines::open(&args.embeddings, place, store)?;
    let mut swept = 0;
    if let Some(points) = engines.outside().points {
        for slug in store.live()?.keys() {
            let lessons = taught.of(slug)?;
            let found = points.sweep(slug, store, &|release| lessons.beside(release));
            swept += found.map_err(|it| outside(format!("`{slug}`: {it}")))?;
        }
    }
    for collection in engines.left_behind()? {
        output.talk(&format!(
            "collection `{collection}` is of another model: delete it once no responder uses that model"
        ));
    }
    Ok(swept)
}
