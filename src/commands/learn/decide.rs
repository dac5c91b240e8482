//! `learn approve`, `learn reject`, `learn revoke`: one decision counts.

use format::Release;
use lessons::{Cleaner, LONGEST_ANSWER, Learned, Personal, contradictions, document_path, passage};
use runtime::{Decided, Decision, LessonRow, StateStore};
use serde_json::json;

use super::super::{actor, live};
use super::{Queue, personal, plain};
use crate::cli::Format;
use crate::cli::learn::{Approve, One};
use crate::exit::{Exit, Outcome, Stop};
use crate::output::Output;
use crate::place::Place;

pub(super) fn approve(args: &Approve, place: &Place, format: Format, output: &Output) -> Outcome {
    let (state, queue) = open(&args.one.slug, place)?;
    let lesson = queue.one(&args.one.id)?;
    let (decision, answer) = match &args.answer {
        None => (Decision::Approve, lesson.answer.clone()),
        Some(words) => {
            let (answer, digest) = reworded(lesson, words, &live(&args.one.slug, place)?)?;
            (Decision::Change { answer: answer.clone(), digest }, answer)
        }
    };
    let told = Told { queue: &queue, lesson, format, output };
    let outcome = told.decide(state.as_ref(), &decision, "approved")?;
    // The decision stands either way: what is published need not be there to decide.
    if let Ok(release) = live(&args.one.slug, place) {
        for it in contradictions(&lesson.question, &answer, &release, lesson.branch.as_deref()) {
            output.talk(&format!(
                "it contradicts `{}` ({}): correct the one that is wrong, this one with `tenantry learn revoke {} {}`",
                plain(&it.fact),
                it.source.0,
                queue.slug,
                queue.short(&lesson.id)
            ));
        }
    }
    Ok(outcome)
}

pub(super) fn reject(args: &One, place: &Place, format: Format, output: &Output) -> Outcome {
    let (state, queue) = open(&args.slug, place)?;
    let lesson = queue.one(&args.id)?;
    Told { queue: &queue, lesson, format, output }.decide(state.as_ref(), &Decision::Reject, "rejected")
}

pub(super) fn revoke(args: &One, place: &Place, format: Format, output: &Output) -> Outcome {
    let (state, queue) = open(&args.slug, place)?;
    let lesson = queue.one(&args.id)?;
    let (slug, id) = (&queue.slug, queue.short(&lesson.id));
    let document = document_path(lesson.branch.as_deref());
    if lesson.status == "pending" {
        return Err(Stop::Finding(format!(
            "{id} waits for a decision: `tenantry learn reject {slug} {id}` settles it"
        )));
    }
    let told = Told { queue: &queue, lesson, format, output };
    let restored = match state.decide_lesson(&lesson.id, &Decision::Revoke, &decider(), None, now_ms())? {
        Decided::Done => Vec::new(),
        Decided::Restored { ids } => ids,
        Decided::Already { status, .. } if status == "approved" => {
            return Err(Stop::Finding(format!(
                "{id} stands in the live release: take its section out of `{document}` and apply"
            )));
        }
        Decided::Already { .. } | Decided::Missing => return told.say("rejected", false, "is not in use"),
    };
    for id in &restored {
        output.talk(&format!("what it had replaced is in use again: {}", queue.short(id)));
    }
    if lesson.exported_at_ms.is_some() {
        output.talk(&format!(
            "it was exported: take its section out of `{document}` and its test out of `{}` too",
            super::export::CASES
        ));
    }
    told.say("rejected", true, "is taken back")
}

fn open(slug: &str, place: &Place) -> Result<(Box<dyn StateStore>, Queue), Stop> {
    let state = place.conversations()?;
    let queue = Queue::read(state.as_deref(), slug, place)?;
    match state {
        Some(state) => Ok((state, queue)),
        None => Err(Stop::Finding(format!("`{slug}` has no lessons"))),
    }
}

/// An answer in other words, and the digest of its passage.
fn reworded(lesson: &LessonRow, words: &str, release: &Release) -> Result<(String, String), Stop> {
    let refuse = |why: String| Err(Stop::Finding(format!("--answer: {why}")));
    let cleaned = Cleaner::new(release, lesson.source_name.as_deref()).clean(words);
    // The name of whoever answered is how he is spoken to: the words are whole without it.
    let found: Vec<&Personal> = cleaned.removed.iter().filter(|it| **it != Personal::Participant).collect();
    if !found.is_empty() {
        return refuse(format!("it holds {}: every customer would read that, leave it out", personal(found)));
    }
    if cleaned.says_nothing() {
        return refuse("it tells nothing".to_owned());
    }
    if cleaned.text.chars().count() > LONGEST_ANSWER {
        return refuse(format!("it is longer than {LONGEST_ANSWER} characters"));
    }
    let learned =
        Learned { question: &lesson.question, answer: &cleaned.text, branch: lesson.branch.as_deref() };
    match passage(learned, release) {
        Some(passage) => Ok((cleaned.text, passage.digest)),
        None => refuse(format!(
            "branch `{}`, where this holds, is not in the live release any more",
            lesson.branch.as_deref().unwrap_or_default()
        )),
    }
}

/// A lesson and how its decision is told.
struct Told<'t> {
    queue: &'t Queue,
    lesson: &'t LessonRow,
    format: Format,
    output: &'t Output,
}

impl Told<'_> {
    fn decide(&self, state: &dyn StateStore, decision: &Decision, wanted: &str) -> Outcome {
        let id = self.queue.short(&self.lesson.id);
        match state.decide_lesson(&self.lesson.id, decision, &decider(), None, now_ms())? {
            Decided::Done | Decided::Restored { .. } => self.say(wanted, true, &format!("is {wanted}")),
            Decided::Missing => Err(Stop::Finding(format!("{id} was erased meanwhile"))),
            Decided::Already { status, by } => {
                let by = by.map(|by| format!(" by {}", plain(&by))).unwrap_or_default();
                let is_other = matches!(decision, Decision::Change { .. }) || status != wanted;
                if !is_other {
                    return self.say(wanted, false, &format!("is {wanted} already{by}"));
                }
                let way_out = match status.as_str() {
                    "approved" => format!("; `tenantry learn revoke {} {id}` takes it back", self.queue.slug),
                    _ => "; what is to be answered after all belongs into the bundle".to_owned(),
                };
                Err(Stop::Finding(format!("{id} is {status} already{by}{way_out}")))
            }
        }
    }

    fn say(&self, status: &str, changed: bool, words: &str) -> Outcome {
        if self.format == Format::Json {
            self.output.json(&json!({ "id": self.lesson.id, "status": status, "changed": changed }))?;
        } else {
            let id = self.queue.short(&self.lesson.id);
            self.output.data(|out| writeln!(out, "{id} {words}"))?;
        }
        Ok(Exit::Fine)
    }
}

/// Who decides, for those who come later.
fn decider() -> String {
    actor().unwrap_or_else(|| "the command line".to_owned())
}

fn now_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}
