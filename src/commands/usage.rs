//! `usage`: messages of each month against the plan.

use std::collections::BTreeMap;

use serde_json::json;

use crate::cli::Format;
use crate::exit::{Exit, Outcome};
use crate::output::Output;
use crate::place::Place;

pub(super) const FORMATS: &[Format] = &[Format::Human, Format::Json];

pub(super) fn run(slug: Option<&str>, place: &Place, format: Format, output: &Output) -> Outcome {
    let rows = match place.conversations()? {
        Some(state) => state.usage(slug)?,
        None => Vec::new(),
    };
    let live = place.shelf()?.live()?;
    let limits: BTreeMap<&str, Option<u64>> =
        live.iter().map(|(slug, row)| (slug.as_str(), row.standing.plan.messages_per_month)).collect();
    if format == Format::Json {
        let rows: Vec<_> = rows
            .iter()
            .map(|it| {
                let limit = limits.get(it.slug.as_str()).copied().flatten();
                json!({ "client": it.slug, "month": it.month, "messages_in": it.messages_in, "limit": limit })
            })
            .collect();
        output.json(&json!({ "usage": rows }))?;
        return Ok(Exit::Fine);
    }
    output.data(|out| {
        for it in &rows {
            write!(out, "{}   {}   {} messages", it.slug, it.month, it.messages_in)?;
            match limits.get(it.slug.as_str()) {
                Some(Some(limit)) => writeln!(out, " of {limit}")?,
                Some(None) => writeln!(out, ", unlimited")?,
                None => writeln!(out)?,
            }
        }
        if rows.is_empty() { writeln!(out, "no messages yet") } else { Ok(()) }
    })?;
    Ok(Exit::Fine)
}
