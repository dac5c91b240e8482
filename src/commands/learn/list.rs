//! `learn list`: the lessons of a tenant.

use std::io::{self, Write};

use format::{Passage, Release};
use runtime::LessonRow;
use serde_json::{Value, json};

use super::super::handovers::moment;
use super::{Queue, plain};
use crate::cli::Format;
use crate::cli::learn::List;
use crate::exit::{Exit, Outcome};
use crate::output::Output;
use crate::place::Place;

pub(super) fn run(args: &List, place: &Place, format: Format, output: &Output) -> Outcome {
    let state = place.conversations()?;
    let queue = Queue::read(state.as_deref(), &args.slug, place)?;
    // A lesson may repeat a passage; without a release its id alone is told.
    let release = super::super::live(&args.slug, place).ok();
    let wanted = |it: &&LessonRow| args.status.is_none_or(|status| status.word() == it.status);
    let rows: Vec<&LessonRow> = queue.rows.iter().filter(wanted).collect();
    if format == Format::Json {
        let rows: Vec<Value> = rows.iter().map(|it| as_json(it, &queue, release.as_ref())).collect();
        output.json(&json!({ "lessons": rows }))?;
        return Ok(Exit::Fine);
    }
    output.data(|out| {
        for it in &rows {
            show(it, &queue, release.as_ref(), out)?;
        }
        let waiting = rows.iter().filter(|it| it.status == "pending").count();
        match (rows.len(), waiting) {
            (0, _) => writeln!(out, "no lessons"),
            (1, 0) => writeln!(out, "1 lesson"),
            (many, 0) => writeln!(out, "{many} lessons"),
            (many, waiting) => {
                let s = if many == 1 { "" } else { "s" };
                writeln!(out, "{many} lesson{s}, {waiting} to decide")
            }
        }
    })?;
    Ok(Exit::Fine)
}

fn show(it: &LessonRow, queue: &Queue, release: Option<&Release>, out: &mut dyn Write) -> io::Result<()> {
    let branch = it.branch.as_deref().map(|it| format!(", {it}")).unwrap_or_default();
    writeln!(
        out,
        "{}   {}   {}{branch}   {}",
        queue.short(&it.id),
        moment(it.created_at_ms),
        standing(it),
        plain(&answered_by(it))
    )?;
    lines("?", &it.question, out)?;
    lines(">", &it.answer, out)?;
    if let Some(known) = it.duplicates_of.as_deref() {
        lines("says again:", &repeated(known, queue, release).in_words(queue), out)?;
    }
    if let Some(fact) = &it.contradiction {
        lines("contradicts:", fact, out)?;
    }
    Ok(())
}

/// A text under its mark, further lines under the first one.
fn lines(mark: &str, text: &str, out: &mut dyn Write) -> io::Result<()> {
    for (index, line) in text.lines().enumerate() {
        let mark = if index == 0 { mark.to_owned() } else { " ".repeat(mark.len()) };
        writeln!(out, "    {mark} {}", plain(line))?;
    }
    Ok(())
}

/// What became of it.
fn standing(it: &LessonRow) -> String {
    let by = it.decided_by.as_deref().map(|by| format!(" by {}", plain(by))).unwrap_or_default();
    let since = match it.status.as_str() {
        "approved" if it.retired_at_ms.is_some() => ", in the release",
        "approved" if !it.is_active => ", replaced by a later one",
        "approved" if it.exported_at_ms.is_some() => ", exported",
        _ => "",
    };
    format!("{}{by}{since}", it.status)
}

fn answered_by(it: &LessonRow) -> String {
    let parts = [it.source_role.as_deref(), it.source_name.as_deref()];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// What a lesson says again.
enum Repeated<'r> {
    Lesson(&'r LessonRow),
    Passage(&'r Passage),
    Gone(&'r str),
}

fn repeated<'r>(id: &'r str, queue: &'r Queue, release: Option<&'r Release>) -> Repeated<'r> {
    if let Some(lesson) = queue.rows.iter().find(|it| it.id == id) {
        return Repeated::Lesson(lesson);
    }
    let passage = release.and_then(|it| it.passages.iter().find(|it| it.digest == id));
    passage.map_or(Repeated::Gone(id), Repeated::Passage)
}

impl Repeated<'_> {
    fn in_words(&self, queue: &Queue) -> String {
        match self {
            Self::Lesson(it) => format!("{} {}", queue.short(&it.id), it.question),
            Self::Passage(it) => format!("{}:{} {}", it.doc, it.line, it.section),
            Self::Gone(id) => format!("{id}, which is not there any more"),
        }
    }

    fn as_json(&self) -> Value {
        match self {
            Self::Lesson(it) => json!({ "lesson": it.id, "question": it.question }),
            Self::Passage(it) => {
                json!({ "passage": it.digest, "doc": it.doc, "line": it.line, "section": it.section })
            }
            Self::Gone(id) => json!({ "gone": id }),
        }
    }
}

fn as_json(it: &LessonRow, queue: &Queue, release: Option<&Release>) -> Value {
    let known = it.duplicates_of.as_deref().map(|id| repeated(id, queue, release).as_json());
    json!({
        "id": it.id,
        "client": it.slug,
        "branch": it.branch,
        "lang": it.lang,
        "status": it.status,
        "in_use": it.is_active,
        "question": it.question,
        "answer": it.answer,
        "answered_by": { "name": it.source_name, "role": it.source_role },
        "decided_by": it.decided_by,
        "says_again": known,
        "contradicts": it.contradiction,
        "request": it.handover_id,
        "created_at": moment(it.created_at_ms),
        "exported_at": it.exported_at_ms.map(moment),
        "retired_at": it.retired_at_ms.map(moment),
    })
}
