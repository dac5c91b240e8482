//! One module for each verb: arguments → library → rendering → exit code.

mod apply;
mod chat;
mod check;
mod dev;
mod doctor;
mod erase;
mod explain;
mod gc;
mod handovers;
mod history;
mod learn;
mod plan;
mod rollback;
mod schema;
mod search;
mod serve;
mod stats;
mod test;
mod usage;
mod why;

use std::path::Path;

use compiler::provenance;
use format::Release;

use crate::cli::{Cli, Verb};
use crate::exit::{Outcome, Stop};
use crate::output::Output;
use crate::place::Place;
use crate::target;

/// Runs the verb.
pub(crate) fn run(cli: &Cli, output: &Output) -> Outcome {
    let format = |known| target::format(cli.global.format, known);
    let place = || Place::of(&cli.global);
    match &cli.verb {
        Verb::Check(args) => check::run(args, format(check::FORMATS)?, output),
        Verb::Explain { code } => explain::run(code.as_deref(), output),
        Verb::Test(args) => test::run(args, format(test::FORMATS)?, output),
        Verb::Plan(args) => plan::run(args, &place()?, format(plan::FORMATS)?, output),
        Verb::Apply(args) => apply::run(args, &place()?, format(apply::FORMATS)?, output),
        Verb::History(args) => history::run(args, &place()?, format(history::FORMATS)?, output),
        Verb::Rollback { slug, to } => rollback::run(slug, to.as_deref(), &place()?, output),
        Verb::Gc(args) => gc::run(args, &place()?, format(gc::FORMATS)?, output),
        Verb::Forget(args) => erase::forget(args, &place()?, format(erase::FORMATS)?, output),
        Verb::Offboard(args) => erase::offboard(args, &place()?, format(erase::FORMATS)?, output),
        Verb::Receipt(args) => erase::receipt(args, &place()?, output),
        Verb::Chat(args) => chat::run(args, output),
        Verb::Search(args) => search::run(args, &place()?, output),
        Verb::Why { id } => why::run(id, &place()?, format(why::FORMATS)?, output),
        Verb::Handovers(args) => handovers::run(args, &place()?, format(handovers::FORMATS)?, output),
        Verb::Usage { slug } => usage::run(slug.as_deref(), &place()?, format(usage::FORMATS)?, output),
        Verb::Stats(args) => stats::run(args, &place()?, format(stats::FORMATS)?, output),
        Verb::Learn(what) => learn::run(what, &place()?, format(learn::FORMATS)?, output),
        Verb::Serve(args) => serve::run(args, &cli.global, output),
        Verb::Doctor(args) => doctor::run(args, &cli.global, format(doctor::FORMATS)?, output),
        Verb::Dev(args) => dev::run(args, &place()?, output),
        Verb::Schema { dir } => schema::run(dir, output),
    }
}

/// A failure of a library that tells it in a sentence.
pub(crate) fn outside(message: String) -> Stop {
    Stop::Outside(anyhow::Error::msg(message))
}

/// The release of a tenant that is live.
fn live(slug: &str, place: &Place) -> Result<Release, Stop> {
    let shelf = place.shelf()?;
    let live = shelf.live()?;
    let unknown = || Stop::Finding(format!("`{slug}` is not published"));
    let row = live.get(slug).ok_or_else(unknown)?;
    let stored = shelf.release(slug, &row.release_id)?.ok_or_else(unknown)?;
    format::decode(&stored.bytes).map_err(|error| Stop::Outside(error.into()))
}

/// Who runs this verb, for the audit.
fn actor() -> Option<String> {
    provenance::actor(Path::new("."))
}

/// Now, RFC 3339 in UTC, to the second.
fn now() -> String {
    let now = jiff::Timestamp::now();
    jiff::Timestamp::from_second(now.as_second()).unwrap_or(now).to_string()
}
