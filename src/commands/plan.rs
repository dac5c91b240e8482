//! `plan`: what apply would do.

use std::path::Path;

use compiler::compile;
use compiler::plan::{self, Tint};
use compiler::preview;
use compiler::provenance::Provenance;

use super::outside;
use crate::cli::{self, Format};
use crate::exit::{Exit, Outcome, Stop};
use crate::knowledge;
use crate::output::Output;
use crate::place::Place;
use crate::target;

pub(super) const FORMATS: &[Format] = &[Format::Human, Format::Json, Format::Markdown];

pub(super) fn run(args: &cli::Plan, place: &Place, format: Format, output: &Output) -> Outcome {
    let shelf = place.shelf()?;
    let need = preview::need(shelf.as_ref())?;
    let options = target::options(&args.path, &args.which, need)?;
    let compilation = compile::compile(&args.path, &options);
    target::show_errors(&compilation, output)?;
    let mut plan = preview::heard(&compilation, shelf.as_ref())?;
    plan.provenance = Provenance::of(&args.path);
    let plan = knowledge::announce(plan, &args.embeddings, shelf.as_ref())?;
    if let Some(file) = &args.out {
        save(&plan, file)?;
        output.talk(&format!("saved: `tenantry apply {}` does exactly this", file.display()));
    }
    let changes = plan.has_changes();
    match format {
        Format::Json => output.json(&plan.without_payloads())?,
        Format::Markdown => output.data(|out| plan::markdown(&plan, out))?,
        _ => output.data(|out| plan::human(&plan, tint(output), out))?,
    }
    Ok(match (compilation.has_errors(), args.detailed_exitcode && changes) {
        (true, _) => Exit::Findings,
        (false, true) => Exit::Changes,
        (false, false) => Exit::Fine,
    })
}

fn save(plan: &plan::Plan, file: &Path) -> Result<(), Stop> {
    let json = serde_json::to_vec_pretty(plan)?;
    std::fs::write(file, json).map_err(|error| outside(format!("{}: {error}", file.display())))
}

fn tint(output: &Output) -> Tint {
    if output.color() { Tint::ansi() } else { Tint::plain() }
}
