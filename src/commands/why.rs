//! `why`: the provenance of one answer.

use std::io::{self, Write};

use runtime::{HistoryRow, MessageRow, StoreError};
use serde_json::json;
use server::StoredTrace;

use super::handovers::moment;
use super::outside;
use crate::cli::Format;
use crate::exit::{Exit, Outcome, Stop};
use crate::output::Output;
use crate::place::Place;

pub(super) const FORMATS: &[Format] = &[Format::Human, Format::Json];

pub(super) fn run(id: &str, place: &Place, format: Format, output: &Output) -> Outcome {
    let state = place.conversations()?;
    let message = state.map(|it| it.message(id)).transpose()?.flatten();
    let message = message.ok_or_else(|| Stop::Finding(format!("there is no message `{id}`")))?;
    let Some(json) = &message.trace else {
        return Err(Stop::Finding(format!("message `{id}` has not been decided on (yet)")));
    };
    let trace: StoredTrace = serde_json::from_str(json)
        .map_err(|error| outside(format!("trace of `{id}` cannot be read: {error}")))?;
    let published = published(place, &trace.release)?;
    let (client, release) = published.map_or((None, None), |(slug, row)| (Some(slug), Some(row)));
    let commit = release.as_ref().and_then(|it| it.commit.as_deref());
    match format {
        Format::Json => output.json(&json!({
            "id": message.id,
            "message_id": message.message_id,
            "role": message.role,
            "at": moment(message.at_ms),
            "text": message.text,
            "client": client,
            "commit": commit,
            "published_at": release.as_ref().map(|it| &it.published_at),
            "trace": trace,
        }))?,
        _ => output.data(|out| show(&message, &trace, client.as_deref(), commit, out))?,
    }
    Ok(Exit::Fine)
}

/// Whose release it is, and when and from what it was published; releases that were swept are
/// forgotten.
fn published(place: &Place, release_id: &str) -> Result<Option<(String, HistoryRow)>, StoreError> {
    let Some(releases) = place.made()? else { return Ok(None) };
    for slug in releases.live()?.into_keys() {
        if let Some(row) = releases.history(&slug)?.into_iter().find(|it| it.release_id == release_id) {
            return Ok(Some((slug, row)));
        }
    }
    Ok(None)
}

fn show(
    message: &MessageRow,
    trace: &StoredTrace,
    client: Option<&str>,
    commit: Option<&str>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let client = client.unwrap_or("(release swept)");
    writeln!(out, "message   {}   {}   {}", message.role, moment(message.at_ms), message.id)?;
    for line in message.text.lines() {
        writeln!(out, "    {line}")?;
    }
    write!(out, "release   {} of {client}", trace.release)?;
    match commit {
        Some(commit) => writeln!(out, ", commit {commit}")?,
        None => writeln!(out)?,
    }
    write!(out, "decided   {}, {}, {}", trace.action, trace.intent, trace.lang)?;
    for (word, value) in [("branch", &trace.branch), ("handed over", &trace.handover)] {
        if let Some(value) = value {
            write!(out, ", {word} {value}")?;
        }
    }
    writeln!(out, ", in {} ms", trace.took_ms)?;
    for step in &trace.steps {
        writeln!(out, "rule      {}   {}", step.rule, step.detail)?;
        for source in &step.sources {
            match commit {
                Some(commit) => writeln!(out, "    {source}@{}", commit.get(..12).unwrap_or(commit))?,
                None => writeln!(out, "    {source}")?,
            }
        }
    }
    for it in &trace.passages {
        writeln!(
            out,
            "passage   {:.3} (confidence {:.2})   {}:{} § {}",
            it.score, it.confidence, it.doc, it.line, it.section
        )?;
    }
    if let Some(model) = &trace.model {
        writeln!(
            out,
            "model     {} {} in {} ms, prompt {}",
            model.model, model.outcome, model.took_ms, model.prompt
        )?;
    }
    Ok(())
}
