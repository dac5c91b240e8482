//! `rollback`: an earlier release live again.

use compiler::plan::{self, Tint};
use runtime::{ReleaseStore, StoreError};

use super::{actor, now};
use crate::exit::{Exit, Outcome, Stop};
use crate::output::Output;
use crate::place::Place;

/// Facts that are listed.
const LISTED: usize = 20;

pub(super) fn run(slug: &str, to: Option<&str>, place: &Place, output: &Output) -> Outcome {
    let releases = place.published()?;
    let from = releases.live()?.remove(slug).map(|it| it.release_id);
    let to = to.map(|it| whole(releases.as_ref(), slug, it)).transpose()?;
    let live = releases.rollback(slug, to.as_deref(), actor().as_deref(), &now())?;
    let tint = if output.color() { Tint::ansi() } else { Tint::plain() };
    let Some(from) = from.filter(|it| *it != live) else {
        output.data(|out| writeln!(out, "{slug}   {live} is live already"))?;
        return Ok(Exit::Fine);
    };
    // What cannot be read any more is not listed; what is live says the store, not we.
    let release = |id: &str| -> Result<Option<format::Release>, StoreError> {
        Ok(releases.release(slug, id)?.and_then(|it| format::decode(&it.bytes).ok()))
    };
    let changes = match (release(&from)?, release(&live)?) {
        (Some(old), Some(new)) => Some(plan::between(&old, &new)),
        _ => None,
    };
    output.data(|out| {
        writeln!(out, "{slug}   {from} -> {live} is live")?;
        let Some(changes) = changes else { return Ok(()) };
        for change in changes.facts.iter().take(LISTED) {
            plan::write_change(change, tint, out)?;
        }
        let more = changes.facts.len().saturating_sub(LISTED);
        let others = [
            (more, "more fact", "more facts"),
            (changes.settings.len(), "setting", "settings"),
            (changes.pack.len(), "pack entry", "pack entries"),
            (changes.prompts.len(), "prompt", "prompts"),
        ];
        let told = others.iter().filter(|(count, ..)| *count > 0);
        let told: Vec<String> = told
            .map(|(count, one, many)| format!("{count} {}", if *count == 1 { one } else { many }))
            .collect();
        if !told.is_empty() {
            writeln!(out, "  and {} back as before", told.join(", "))?;
        }
        Ok(())
    })?;
    Ok(Exit::Fine)
}

/// The id that begins like this.
fn whole(releases: &dyn ReleaseStore, slug: &str, start: &str) -> Result<String, Stop> {
    let rows = releases.history(slug)?;
    let mut ids: Vec<String> =
        rows.into_iter().map(|it| it.release_id).filter(|it| it.starts_with(start)).collect();
    match ids.len() {
        1 => Ok(ids.remove(0)),
        0 => Err(StoreError::Missing(format!("release {start} of `{slug}`")).into()),
        _ => Err(Stop::Usage(format!("--to: `{start}` begins several releases: {}", ids.join(", ")))),
    }
}
