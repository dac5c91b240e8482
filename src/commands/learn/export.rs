//! `learn export`: approved lessons into the bundle, each with a test.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use compiler::compile::{Compilation, Compiled, Tenant};
use format::{Release, Role};
use lessons::{Approved, Cleaner, Learned, case_id, cases, document, document_path, is_in};
use runtime::LessonRow;
use serde_json::json;

use super::draft::{self, Draft, Files, Trouble};
use super::{Queue, personal};
use crate::cli::Format;
use crate::cli::learn::Export;
use crate::exit::{Exit, Outcome, Stop};
use crate::output::Output;
use crate::place::Place;

/// Where the tests of lessons stand in the bundle.
pub(super) const CASES: &str = "tests/learned.yaml";

pub(super) fn run(args: &Export, place: &Place, format: Format, output: &Output) -> Outcome {
    let state = place.conversations()?;
    let queue = Queue::read(state.as_deref(), &args.slug, place)?;
    let compilation = draft::compiled(&args.path, &args.slug, output)?;
    let (tenant, compiled) = whole(&compilation, &args.slug)?;
    let rows: Vec<&LessonRow> = queue.rows.iter().rev().filter(|it| it.is_active).collect();
    let (standing, missing): (Vec<&LessonRow>, Vec<&LessonRow>) =
        rows.into_iter().partition(|it| is_in(learned(it), &compiled.release));
    let mut report = Report { standing, ..Report::default() };
    let bundle = Bundle { root: &tenant.root };
    let mut fit: Vec<&LessonRow> = Vec::new();
    for row in missing {
        match unfit(row, &compiled.release) {
            Some(why) => report.left_out.push((row, why)),
            None if bundle.changes(&[row])?.is_empty() => report.reworded.push(row),
            None => fit.push(row),
        }
    }
    if !fit.is_empty() {
        let targets = fit.iter().map(|it| document_path(it.branch.as_deref()));
        let targets = targets.chain([CASES.to_owned()]).collect();
        let desk = Desk { bundle, draft: Draft::of(&compilation, tenant, targets, output)?, output };
        desk.take(&fit, &mut report)?;
        report.files = bundle.changes(&report.taken)?;
        for (name, text) in &report.files {
            draft::write(&tenant.root.join(name), text)?;
        }
    }
    if let Some(state) = &state {
        let all = report.taken.iter().chain(&report.standing).chain(&report.reworded);
        let all = all.filter(|it| it.exported_at_ms.is_none());
        let ids: Vec<String> = all.map(|it| it.id.clone()).collect();
        state.lessons_exported(&ids, jiff::Timestamp::now().as_millisecond())?;
    }
    report.tell(&queue, &tenant.root, format, output)?;
    Ok(if report.left_out.is_empty() { Exit::Fine } else { Exit::Findings })
}

/// The tenant, if its bundle compiles.
fn whole<'c>(compilation: &'c Compilation, slug: &str) -> Result<(&'c Tenant, &'c Compiled), Stop> {
    let tenant = compilation.tenant(slug);
    let whole = tenant.and_then(|it| Some((it, it.compiled.as_ref()?)));
    whole.ok_or_else(|| Stop::Finding(format!("the bundle of `{slug}` has errors: mend them first")))
}

fn learned(row: &LessonRow) -> Learned<'_> {
    Learned { question: &row.question, answer: &row.answer, branch: row.branch.as_deref() }
}

/// Why a lesson cannot go into this bundle, whatever else is in it.
fn unfit(row: &LessonRow, release: &Release) -> Option<String> {
    if let Some(branch) = row.branch.as_deref().filter(|it| release.branch(it).is_none()) {
        return Some(format!("the bundle has no branch `{branch}`, where it holds"));
    }
    let cleaner = Cleaner::new(release, row.source_name.as_deref());
    let found: BTreeSet<_> =
        [&row.question, &row.answer].into_iter().flat_map(|it| cleaner.clean(it).removed).collect();
    (!found.is_empty()).then(|| format!("it holds {}", personal(&found)))
}

/// A lesson as it is exported.
fn approved(row: &LessonRow) -> Approved {
    Approved {
        id: row.id.clone(),
        question: row.question.clone(),
        answer: row.answer.clone(),
        branch: row.branch.clone(),
        role: row.source_role.as_deref().and_then(Role::of),
        at_ms: row.created_at_ms,
        request_id: row.handover_id.clone().unwrap_or_else(|| "erased".to_owned()),
    }
}

/// What an export comes to.
#[derive(Default)]
struct Report<'r> {
    /// Lessons that were written, oldest first.
    taken: Vec<&'r LessonRow>,
    /// Lessons that the bundle has already.
    standing: Vec<&'r LessonRow>,
    /// Lessons that somebody worded otherwise after they were written, or moved.
    reworded: Vec<&'r LessonRow>,
    /// Lessons that it cannot take, and why.
    left_out: Vec<(&'r LessonRow, String)>,
    /// What was written.
    files: Files,
}

/// A bundle that lessons are written into.
#[derive(Clone, Copy)]
struct Bundle<'b> {
    root: &'b Path,
}

impl Bundle<'_> {
    /// The files with these lessons.
    fn files(self, lessons: &[&LessonRow]) -> Result<Files, Stop> {
        let mut documents: BTreeMap<String, Vec<Approved>> = BTreeMap::new();
        for row in lessons {
            documents.entry(document_path(row.branch.as_deref())).or_default().push(approved(row));
        }
        let mut files = Files::new();
        for (name, lessons) in documents {
            let text = document(self.standing(&name)?.as_deref(), &lessons);
            files.insert(name, text);
        }
        if !lessons.is_empty() {
            let all: Vec<Approved> = lessons.iter().map(|it| approved(it)).collect();
            files.insert(CASES.to_owned(), cases(self.standing(CASES)?.as_deref(), &all));
        }
        Ok(files)
    }

    /// Those of them that would be other than they are.
    fn changes(self, lessons: &[&LessonRow]) -> Result<Files, Stop> {
        let mut files = self.files(lessons)?;
        let names: Vec<String> = files.keys().cloned().collect();
        for name in names {
            if self.standing(&name)?.as_ref() == files.get(&name) {
                files.remove(&name);
            }
        }
        Ok(files)
    }

    /// What stands in a file of the bundle.
    fn standing(self, name: &str) -> Result<Option<String>, Stop> {
        match std::fs::read_to_string(self.root.join(name)) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

/// Where files are drafted before they are written.
struct Desk<'d> {
    bundle: Bundle<'d>,
    draft: Draft,
    output: &'d Output,
}

impl Desk<'_> {
    /// Takes as many of these lessons as the bundle can: all at once where nothing speaks against it,
    /// else each half by itself.
    fn take<'r>(&self, lessons: &[&'r LessonRow], report: &mut Report<'r>) -> Result<(), Stop> {
        let together: Vec<&LessonRow> = report.taken.iter().chain(lessons).copied().collect();
        let troubles = self.troubles(&together)?;
        match (troubles.first(), lessons) {
            (None, _) => report.taken.extend(lessons),
            (Some(trouble), [one]) => report.left_out.push((one, trouble.to_string())),
            (Some(_), several) => {
                let (first, second) = several.split_at(several.len() / 2);
                self.take(first, report)?;
                self.take(second, report)?;
            }
        }
        Ok(())
    }

    fn troubles(&self, lessons: &[&LessonRow]) -> Result<Vec<Trouble>, Stop> {
        let files = self.bundle.files(lessons)?;
        let has = |id: &str| files.get(CASES).is_some_and(|text| text.contains(id));
        if let Some(id) = lessons.iter().map(|it| case_id(&approved(it))).find(|it| !has(it)) {
            let why = format!("`{CASES}` has its list on one line and cannot take more");
            return Ok(vec![Trouble::Test { id, why }]);
        }
        self.draft.try_with(&files, self.output)
    }
}

impl Report<'_> {
    fn tell(&self, queue: &Queue, root: &Path, format: Format, output: &Output) -> Result<(), Stop> {
        let shown = |name: &str| root.join(name).display().to_string();
        if format == Format::Json {
            let ids = |rows: &[&LessonRow]| rows.iter().map(|it| it.id.clone()).collect::<Vec<_>>();
            let left_out = self.left_out.iter().map(|(it, why)| json!({ "id": it.id, "why": why }));
            output.json(&json!({
                "files": self.files.keys().map(|it| shown(it)).collect::<Vec<_>>(),
                "written": ids(&self.taken),
                "standing": ids(&self.standing),
                "reworded": ids(&self.reworded),
                "left_out": left_out.collect::<Vec<_>>(),
            }))?;
            return Ok(());
        }
        output.data(|out| {
            for name in self.files.keys() {
                writeln!(out, "{}", shown(name))?;
            }
            for it in &self.taken {
                writeln!(out, "  {}   {}", queue.short(&it.id), super::plain(&it.question))?;
            }
            for (it, why) in &self.left_out {
                writeln!(out, "left out {}: {}", queue.short(&it.id), super::plain(why))?;
            }
            for it in &self.reworded {
                writeln!(out, "reworded in the bundle {}", queue.short(&it.id))?;
            }
            match (self.taken.len(), self.standing.len() + self.reworded.len()) {
                (0, 0) => writeln!(out, "nothing to export"),
                (0, standing) => writeln!(out, "nothing new; {standing} in the bundle already"),
                (1, _) => writeln!(out, "1 lesson and its test written"),
                (many, _) => writeln!(out, "{many} lessons and their tests written"),
            }
        })?;
        if !self.taken.is_empty() {
            output.talk(
                "read the difference, commit it, open a pull request; the responder's copies retire once it is applied",
            );
        }
        if let Some(first) = self.reworded.first() {
            output.talk(&format!(
                "the responder's copies keep the old words: once the new ones are applied, `tenantry learn revoke {} {}` takes the old ones back",
                queue.slug,
                queue.short(&first.id)
            ));
        }
        if let Some((first, _)) = self.left_out.first() {
            output.talk(&format!(
                "what was left out stays in use; `tenantry learn revoke {} {}` takes it back, or write it into the bundle by hand",
                queue.slug,
                queue.short(&first.id)
            ));
        }
        Ok(())
    }
}
