//! `apply`: publishes a tree, a bundle or a saved plan.

mod progress;

use std::path::Path;

use compiler::apply::{self, Applied, ApplyError, Outcome as Fate, Points};
use compiler::compile;
use compiler::plan::Plan;
use compiler::preview;
use compiler::provenance::Provenance;
use runtime::ReleaseStore;
use serde_json::{Value, json};

use self::progress::Bar;
use super::{actor, now, outside};
use crate::cli::{self, Format};
use crate::exit::{Exit, Outcome, Stop};
use crate::knowledge::{self, Engines};
use crate::output::Output;
use crate::place::Place;
use crate::target;
use crate::taught::Taught;

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
        true => carry_out(&plan, args, place, output)?,
        false => apply::untouched(&plan),
    };
    let failed = report(&applied, format, output)?;
    Ok(match (complete && held.is_empty(), failed) {
        (true, None) => Exit::Fine,
        (_, None) => Exit::Findings,
        (_, Some(stop)) => return Err(stop),
    })
}

fn carry_out(plan: &Plan, args: &cli::Apply, place: &Place, output: &Output) -> Result<Vec<Applied>, Stop> {
    let store = place.releases()?;
    let engines = Engines::open(&args.embeddings, place, store.as_ref())?;
    let planned = plan.embedding.as_ref().map(|it| it.model.as_str());
    if planned.is_some() && planned != engines.model() {
        let model = planned.unwrap_or_default();
        return Err(Stop::Finding(format!(
            "the plan embeds with `{model}`, EMBEDDINGS_MODEL names {}: plan again",
            engines.model().map_or("none".to_owned(), |it| format!("`{it}`")),
        )));
    }
    let outside = engines.outside();
    let bar = Bar::of(plan, output);
    let (store, from) = (store.as_ref(), (&plan.provenance, now()));
    let applied = apply::apply(plan, store, &outside, (from.0, &from.1), &mut |step| bar.heed(&step));
    bar.finish();
    if bar.tokens() > 0 {
        output.talk(&format!("the embedder counted {} tokens", bar.tokens()));
    }
    if let Some(points) = &outside.points {
        for it in applied.iter().filter(|it| matches!(it.outcome, Fate::Live { .. } | Fate::Embedded { .. }))
        {
            // What is live is served; what is left over only takes room until the next sweep.
            if let Err(error) = sweep(points, &it.slug, store, place) {
                output.error(&format!("`{}` is live, but old points stay until `gc`: {error}", it.slug));
            }
        }
    }
    Ok(applied)
}

/// Deletes what neither a kept release nor a lesson in use names.
fn sweep(
    points: &Points<'_>,
    slug: &str,
    store: &dyn ReleaseStore,
    place: &Place,
) -> Result<usize, ApplyError> {
    let lessons = Taught::open(place)?.of(slug)?;
    points.sweep(slug, store, &|release| lessons.beside(release))
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
    let plan = knowledge::announce(plan, &args.embeddings, shelf.as_ref())?;
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
                let noun =
                    |count: usize, one: &str| format!("{count} {one}{}", if count == 1 { "" } else { "s" });
                match &it.outcome {
                    Fate::Live { from, to, encoded, embedded } => {
                        let from = from.as_deref().unwrap_or("(new)");
                        let dense = match embedded {
                            0 => String::new(),
                            texts => format!(", {} embedded", noun(*texts, "text")),
                        };
                        let encoded = noun(*encoded, "passage");
                        writeln!(out, "{}   {from} -> {to} is live, {encoded} encoded{dense}", it.slug)?;
                    }
                    Fate::Embedded { texts } => {
                        writeln!(out, "{}   stays as it is, {} embedded", it.slug, noun(*texts, "text"))?;
                    }
                    Fate::Untouched | Fate::Failed(_) => {}
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
        Fate::Live { from, to, encoded, embedded } => json!({
            "slug": it.slug, "outcome": "live", "from": from, "to": to, "encoded": encoded, "embedded": embedded
        }),
        Fate::Embedded { texts } => json!({ "slug": it.slug, "outcome": "embedded", "embedded": texts }),
        Fate::Failed(error) => json!({ "slug": it.slug, "outcome": "failed", "error": error.to_string() }),
    }
}
