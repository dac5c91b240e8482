//! `handovers`: requests that wait for a person.

use runtime::HandoverRow;
use serde_json::json;

use crate::cli::Format;
use crate::exit::{Exit, Outcome};
use crate::output::Output;
use crate::place::Place;

pub(super) const FORMATS: &[Format] = &[Format::Human, Format::Json];

pub(super) fn run(slug: Option<&str>, place: &Place, format: Format, output: &Output) -> Outcome {
    let rows = match place.conversations()? {
        Some(state) => state.handovers(slug)?,
        None => Vec::new(),
    };
    if format == Format::Json {
        let rows: Vec<_> = rows.iter().map(as_json).collect();
        output.json(&json!({ "handovers": rows }))?;
        return Ok(Exit::Fine);
    }
    output.data(|out| {
        for it in &rows {
            let branch = it.branch.as_deref().map(|it| format!(", {it}")).unwrap_or_default();
            writeln!(
                out,
                "{}   {}{branch}   {}   {}   {}",
                moment(it.created_at_ms),
                it.slug,
                it.status,
                it.reason,
                it.jid
            )?;
            for line in it.summary.lines() {
                writeln!(out, "    {line}")?;
            }
        }
        match rows.len() {
            0 => writeln!(out, "nobody is waiting"),
            1 => writeln!(out, "1 request is waiting"),
            many => writeln!(out, "{many} requests are waiting"),
        }
    })?;
    Ok(Exit::Fine)
}

fn as_json(it: &HandoverRow) -> serde_json::Value {
    json!({
        "id": it.id,
        "client": it.slug,
        "conversation_id": it.conversation_id,
        "jid": it.jid,
        "branch": it.branch,
        "reason": it.reason,
        "summary": it.summary,
        "status": it.status,
        "created_at": moment(it.created_at_ms),
    })
}

/// Unix milliseconds as RFC 3339, to the second.
pub(super) fn moment(ms: i64) -> String {
    jiff::Timestamp::from_second(ms.div_euclid(1000)).map_or_else(|_| ms.to_string(), |it| it.to_string())
}
