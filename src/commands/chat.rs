//! `chat`: talk to a bundle in the terminal.

use std::collections::BTreeMap;
use std::io::{BufRead, IsTerminal, Write};
use std::sync::Arc;

use compiler::rehearsal::{Conversation, Rehearsal, Said};
use decide::{Decision, Slots, TraceEntry};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::outside;
use crate::cli;
use crate::exit::{Exit, Outcome};
use crate::output::Output;
use crate::target;

/// A message, as `--json` reads it.
#[derive(Debug, Default, Deserialize)]
struct Line {
    user: String,
    jid: Option<String>,
    instance_id: Option<String>,
    /// RFC 3339.
    #[serde(default, deserialize_with = "moment")]
    at: Option<Timestamp>,
}

/// Read as text, because jiff's own serde feature would rebuild the engine that shares jiff.
fn moment<'de, D: serde::Deserializer<'de>>(input: D) -> Result<Option<Timestamp>, D::Error> {
    let text: Option<String> = Option::deserialize(input)?;
    text.map(|it| it.parse().map_err(serde::de::Error::custom)).transpose()
}

/// A turn, as `--json` prints it.
#[derive(Debug, Serialize)]
struct Answer<'a> {
    reply: Option<&'a str>,
    action: &'static str,
    intent: &'a str,
    lang: &'static str,
    branch: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    handover: Option<Handover>,
    #[serde(skip_serializing_if = "Option::is_none")]
    slots: Option<&'a Slots>,
    sources: Vec<String>,
    trace: &'a [TraceEntry],
}

#[derive(Debug, Serialize)]
struct Handover {
    reason: &'static str,
}

impl<'a> From<&'a Decision> for Answer<'a> {
    fn from(it: &'a Decision) -> Self {
        Self {
            reply: it.reply(),
            action: it.kind.code(),
            intent: &it.intent,
            lang: it.lang.code(),
            branch: it.branch.as_deref(),
            handover: it.handover().map(|reason| Handover { reason: reason.code() }),
            slots: Some(&it.slots).filter(|slots| !slots.is_empty()),
            sources: it.trace.sources(),
            trace: &it.trace.entries,
        }
    }
}

pub(super) fn run(args: &cli::Chat, output: &Output) -> Outcome {
    let compiled = target::tenant(&args.target, output)?;
    let rehearsal = Rehearsal::new(Arc::new(compiled.release));
    // Better told now than by a reply that is not production's.
    rehearsal.drawer().map_err(outside)?;
    if args.json { lines(&rehearsal, output) } else { talk(&rehearsal, output) }
}

/// One line in, one line out; every jid is a customer of its own.
fn lines(rehearsal: &Rehearsal, output: &Output) -> Outcome {
    let mut customers: BTreeMap<String, Conversation<'_>> = BTreeMap::new();
    let mut exit = Exit::Fine;
    for bytes in std::io::stdin().lock().split(b'\n') {
        let bytes = bytes?;
        let text = String::from_utf8_lossy(&bytes);
        let text = text.trim_end_matches('\r');
        if text.trim().is_empty() {
            continue;
        }
        let line = match read(text) {
            Ok(line) => line,
            Err(problem) => {
                // A line for a line, so that a program that counts them stays in step.
                output.json_line(&serde_json::json!({ "error": problem }))?;
                exit = Exit::Findings;
                continue;
            }
        };
        let customer =
            customers.entry(line.jid.clone().unwrap_or_default()).or_insert_with(|| rehearsal.conversation());
        if let Some(moment) = line.at {
            customer.at(moment);
        }
        let said = Said { instance_id: line.instance_id, jid: line.jid, ..Said::text(&line.user) };
        output.json_line(&Answer::from(&customer.say(said)))?;
    }
    Ok(exit)
}

/// A line that is no JSON object is what the customer says.
fn read(text: &str) -> Result<Line, String> {
    match serde_json::from_str::<serde_json::Value>(text) {
        Ok(value @ serde_json::Value::Object(_)) => {
            serde_json::from_value(value).map_err(|error| error.to_string())
        }
        _ => Ok(Line { user: text.to_owned(), ..Line::default() }),
    }
}

fn talk(rehearsal: &Rehearsal, output: &Output) -> Outcome {
    let terminal = std::io::stdin().is_terminal();
    let name = &rehearsal.release().client.name.ru;
    if terminal {
        output.talk(&format!("{name}: write as a customer. /new is another customer, Ctrl-D ends."));
    }
    let mut customer = rehearsal.conversation();
    let mut input = std::io::stdin().lock();
    let mut bytes = Vec::new();
    loop {
        if terminal {
            write!(std::io::stderr(), "> ")?;
        }
        bytes.clear();
        if input.read_until(b'\n', &mut bytes)? == 0 {
            return Ok(Exit::Fine);
        }
        let text = String::from_utf8_lossy(&bytes);
        match text.trim() {
            "" => {}
            "/new" => customer = rehearsal.conversation(),
            text => show(&customer.say(Said::text(text)), output)?,
        }
    }
}

fn show(decision: &Decision, output: &Output) -> std::io::Result<()> {
    output.data(|out| writeln!(out, "{}", decision.reply().unwrap_or("(silence)")))?;
    let mut note = format!("  [{}, {}, {}", decision.kind.code(), decision.intent, decision.lang.code());
    if let Some(reason) = decision.handover() {
        note.push_str(&format!(", handed over: {}", reason.code()));
    }
    let sources = decision.trace.sources();
    if !sources.is_empty() {
        note.push_str(&format!("; {}", sources.join(", ")));
    }
    output.talk(&(note + "]"));
    Ok(())
}
