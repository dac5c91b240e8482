//! `apply`: publishes a tree, a bundle or a saved plan.

mod progress;

use std::path::Path;

use compiler::apply::{self, Applied, Outcome as Fate};
use compiler::compile;
use compiler::plan::Plan;
use compiler::preview;
use compiler::provenance::Provenance;
use serde_json::{Value, json};

use self::progress::Bar;
use super::{actor, now, outside};
use crate::cli::{self, Format};
use crate::exit::{Exit, Outcome, Stop};
use crate::output::Output;
use crate::place::Place;
use crate::target;

pub(super) const FORMATS: &[Format] = &[Format::Human, Format::Json];

pub(super) fn run(args: &cli::Apply, place: &Place, format: Format, output: &Output) -> Outcome {
    let (mut plan, complete) = match args.path.is_file() {
        true => (saved(&args.path, args.which.only.as_deref(), place)?, true),
        false => fresh(args, place, output)?,
    };
    let held = if args.forward { Vec::new() } else { plan.hold_back() };
    for slug in &held {
        output.error(&format!("`{slug}` was rolled back: confirm with --forward that it goes forward again"));
    }
    if plan.summary.dangers > 0 {
        output.talk(&dangers(&plan));
    }
    // Nothing to write means that no store is made either.
    let applied = match plan.has_changes() {
        true => {
            let store = place.releases()?;
            let bar = Bar::of(&plan, output);
            let applied =
                apply::apply(&plan, store.as_ref(), &plan.provenance, &now(), &mut |step| bar.heed(&step));
            bar.finish();
            applied
        }
        false => apply::untouched(&plan),
    };
    let failed = report(&applied, format, output)?;
    Ok(match (complete && held.is_empty(), failed) {
        (true, None) => Exit::Fine,
        (_, None) => Exit::Findings,
        (_, Some(stop)) => return Err(stop),
    })
}

/// A plan from a file, if it still holds.
fn saved(file: &Path, only: Option<&str>, place: &Place) -> Result<Plan, Stop> {
    let json = std::fs::read(file).map_err(|error| outside(format!("{}: {error}", file.display())))?;
    let plan = Plan::read(&json).map_err(|why| Stop::Finding(format!("{}: {why}", file.display())))?;
    let mut plan = restrict(plan, only)?;
    // Who made the plan is not who carries it out.
    plan.provenance.actor = actor();
    let moved = apply::moved(&plan, place.shelf()?.as_ref())?;
    if moved.is_empty() {
        return Ok(plan);
    }
    let reasons: Vec<String> = moved.iter().map(|it| format!("\n  {it}")).collect();
    Err(Stop::Finding(format!("the store moved since this plan was made: plan again{}", reasons.concat())))
}

/// A plan made now; the flag tells whether every tenant asked for compiles.
fn fresh(args: &cli::Apply, place: &Place, output: &Output) -> Result<(Plan, bool), Stop> {
    let shelf = place.shelf()?;
    let need = preview::need(shelf.as_ref())?;
    let options = target::options(&args.path, &args.which, need)?;
    let compilation = compile::compile(&args.path, &options);
    target::show_errors(&compilation, output)?;
    let mut plan = preview::planned(&compilation, shelf.as_ref())?;
    plan.provenance = Provenance::of(&args.path);
    Ok((restrict(plan, args.which.only.as_deref())?, !compilation.has_errors()))
}

fn restrict(plan: Plan, only: Option<&str>) -> Result<Plan, Stop> {
    match only {
        None => Ok(plan),
        Some(slug) => {
            plan.only(slug).ok_or_else(|| Stop::Usage(format!("--only: there is no tenant `{slug}`")))
        }
    }
}

fn dangers(plan: &Plan) -> String {
    let lines = plan
        .tenants
        .iter()
        .flat_map(|it| it.dangers.iter().map(|danger| format!("! {}: {}", it.slug, danger.message)));
    lines.collect::<Vec<_>>().join("\n")
}

/// Prints what went live; returns the first failure of the store.
fn report(applied: &[Applied], format: Format, output: &Output) -> Result<Option<Stop>, Stop> {
    match format {
        Format::Json => {
            output.json(&json!({ "tenants": applied.iter().map(as_json).collect::<Vec<_>>() }))?
        }
        _ => output.data(|out| {
            for it in applied {
                if let Fate::Live { from, to, embedded } = &it.outcome {
                    let from = from.as_deref().unwrap_or("(new)");
                    let noun = if *embedded == 1 { "passage" } else { "passages" };
                    writeln!(out, "{}   {from} -> {to} is live, {embedded} {noun} embedded", it.slug)?;
                }
            }
            let count = |wanted: fn(&Fate) -> bool| applied.iter().filter(|it| wanted(&it.outcome)).count();
            let live = count(|it| matches!(it, Fate::Live { .. }));
            let failed = count(|it| matches!(it, Fate::Failed(_)));
            write!(out, "{live} went live, {} left as they were", applied.len() - live - failed)?;
            match failed {
                0 => writeln!(out),
                failed => writeln!(out, ", {failed} failed: apply again to finish"),
            }
        })?,
    }
    let mut first = None;
    for it in applied {
        if let Fate::Failed(error) = &it.outcome {
            let message = format!("`{}` was not published: {error}", it.slug);
            match first {
                None => first = Some(outside(message)),
                Some(_) => output.error(&message),
            }
        }
    }
    Ok(first)
}

fn as_json(it: &Applied) -> Value {
    match &it.outcome {
        Fate::Untouched => json!({ "slug": it.slug, "outcome": "untouched" }),
        Fate::Live { from, to, embedded } => {
            json!({ "slug": it.slug, "outcome": "live", "from": from, "to": to, "embedded": embedded })
        }
        Fate::Failed(error) => json!({ "slug": it.slug, "outcome": "failed", "error": error.to_string() }),
    }
}
