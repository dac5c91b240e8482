//! `rollback`: an earlier release live again.

use super::{actor, now};
use crate::exit::{Exit, Outcome};
use crate::output::Output;
use crate::place::Place;

pub(super) fn run(slug: &str, to: Option<&str>, place: &Place, output: &Output) -> Outcome {
    let releases = place.published()?;
    let from = releases.live()?.remove(slug).map(|it| it.release_id);
    let live = releases.rollback(slug, to, actor().as_deref(), &now())?;
    output.data(|out| match from {
        Some(from) if from == live => writeln!(out, "{slug}   {live} is live already"),
        Some(from) => writeln!(out, "{slug}   {from} -> {live} is live"),
        None => writeln!(out, "{slug}   {live} is live"),
    })?;
    Ok(Exit::Fine)
}
