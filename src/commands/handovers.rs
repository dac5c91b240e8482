//! `handovers`: requests that wait for a person, or that one works on, and the way back to the bot.

use runtime::{HandoverRow, StateStore};
use serde_json::json;

use crate::cli::{Format, Handovers};
use crate::exit::{Exit, Outcome, Stop};
use crate::output::Output;
use crate::place::Place;

pub(super) const FORMATS: &[Format] = &[Format::Human, Format::Json];

pub(super) fn run(args: &Handovers, place: &Place, format: Format, output: &Output) -> Outcome {
    let state = place.conversations()?;
    let rows = match &state {
        Some(state) => state.handovers(args.slug.as_deref())?,
        None => Vec::new(),
    };
    let closing = match (&args.give_back, &args.resolve) {
        (Some(id), _) => Some((id, "returned")),
        (None, Some(id)) => Some((id, "resolved")),
        (None, None) => None,
    };
    match (closing, state) {
        (None, _) => list(&rows, format, output),
        (Some((id, _)), None) => Err(missing(id, args.slug.as_deref())),
        (Some((id, status)), Some(state)) => {
            let it = one(&rows, id, args.slug.as_deref())?;
            close(state.as_ref(), it, status, (format, output))
        }
    }
}

/// The open request whose id begins like this.
fn one<'r>(rows: &'r [HandoverRow], start: &str, slug: Option<&str>) -> Result<&'r HandoverRow, Stop> {
    let start = start.trim().to_lowercase();
    let found: Vec<&HandoverRow> = rows.iter().filter(|it| it.id.starts_with(&start)).collect();
    match found.as_slice() {
        _ if start.is_empty() => Err(Stop::Usage("ID: an empty one names nothing".to_owned())),
        [one] => Ok(one),
        [] => Err(missing(&start, slug)),
        several => {
            let ids: Vec<&str> = several.iter().map(|it| it.id.as_str()).collect();
            Err(Stop::Usage(format!("ID: `{start}` begins several requests: {}", ids.join(", "))))
        }
    }
}

fn missing(id: &str, slug: Option<&str>) -> Stop {
    let list = slug.map(|it| format!(" {it}")).unwrap_or_default();
    Stop::Finding(format!("no request `{id}` is open; see `tenantry handovers{list}`"))
}

/// Closes a request; the bot has its talk again.
fn close(
    state: &dyn StateStore,
    it: &HandoverRow,
    status: &str,
    (format, output): (Format, &Output),
) -> Outcome {
    let now_ms = jiff::Timestamp::now().as_millisecond();
    let changed = state.release(&it.conversation_id, status, now_ms)?;
    if format == Format::Json {
        output.json(&json!({ "id": it.id, "status": status, "changed": changed }))?;
    } else {
        let what = if changed {
            format!("is {status}, the bot has the talk")
        } else {
            "was closed meanwhile".to_owned()
        };
        output.data(|out| writeln!(out, "{} {what}", it.id))?;
    }
    Ok(Exit::Fine)
}

fn list(rows: &[HandoverRow], format: Format, output: &Output) -> Outcome {
    if format == Format::Json {
        let rows: Vec<_> = rows.iter().map(as_json).collect();
        output.json(&json!({ "handovers": rows }))?;
        return Ok(Exit::Fine);
    }
    output.data(|out| {
        for it in rows {
            let branch = it.branch.as_deref().map(|it| format!(", {it}")).unwrap_or_default();
            writeln!(
                out,
                "{}   {}{branch}   {}   {}   {}   {}",
                moment(it.created_at_ms),
                it.slug,
                it.status,
                it.reason,
                it.jid,
                it.id
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
