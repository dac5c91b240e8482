//! The versions of a bundle's file, as git keeps them.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::Topic;
use crate::git;
use crate::plan::unified;
use crate::source::{SourceFile, SourceMap};
use crate::tree::{self, Budget};

/// Separates commits in git's answers; begins none of their fields.
const RECORD: char = '\u{1e}';
/// Separates fields; no author's name holds it.
const FIELD: char = '\u{1f}';

/// One commit that touched a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Revision {
    /// Twelve digits of the commit id.
    pub commit: String,
    /// ISO 8601 date of the commit.
    pub date: String,
    /// Its author.
    pub author: String,
    /// Its subject line.
    pub subject: String,
    /// The file as it was called then, from the repository's root.
    pub path: String,
    /// What it changed: of prompts their texts, of anything else its lines.
    pub diff: String,
    /// The live release was made of this version.
    pub live: bool,
}

/// What a commit says of itself.
pub(super) struct Commit {
    pub(super) date: String,
    pub(super) author: String,
    pub(super) subject: String,
}

/// A commit, if the repository around `folder` has it.
pub(super) fn commit(folder: &Path, id: &str) -> Option<Commit> {
    let id =
        id.split('+').next().filter(|it| !it.is_empty() && it.chars().all(|it| it.is_ascii_hexdigit()))?;
    let told = git::ask(folder, &["log", "-1", "--format=%aI%x1f%an%x1f%s", id, "--"]).ok()?;
    let mut fields = told.trim_end_matches('\n').split(FIELD).map(str::to_owned);
    Some(Commit { date: fields.next()?, author: fields.next()?, subject: fields.next()? })
}

/// The last `limit` versions of what stands behind a topic, newest first; none outside a repository,
/// without git, or where the history does not reach (a shallow clone has its newest commits only).
/// `live` is the commit of the live release.
pub(super) fn of(bundle: &Path, topic: Topic, live: Option<&str>, limit: usize) -> Vec<Revision> {
    let mut all: Vec<Revision> =
        topic.files().iter().flat_map(|file| of_file(bundle, file, topic, live, limit)).collect();
    all.sort_by_key(|it| std::cmp::Reverse(moment(&it.date)));
    all.truncate(limit);
    all
}

fn moment(date: &str) -> Option<jiff::Timestamp> {
    date.parse().ok()
}

fn of_file(bundle: &Path, file: &str, topic: Topic, live: Option<&str>, limit: usize) -> Vec<Revision> {
    // One more than is shown, so that the oldest one shown has something to be compared with.
    let count = format!("-{}", limit.saturating_add(1));
    let form = format!("--format={RECORD}%H{FIELD}%aI{FIELD}%an{FIELD}%s");
    let mut args = vec!["-c", "core.quotePath=false", "log", count.as_str(), "--name-status", form.as_str()];
    // Renames of single files are followed, those of folders are not known to git.
    if topic != Topic::Knowledge {
        args.push("--follow");
    }
    args.extend(["--", file]);
    let Ok(told) = git::ask(bundle, &args) else { return Vec::new() };
    let found: Vec<(String, Revision)> = told.split(RECORD).filter_map(|it| record(it, file)).collect();
    let live = live.and_then(|it| touched(bundle, file, it));
    let text = |index: usize| -> Option<String> {
        let (id, it) = found.get(index)?;
        git::ask(bundle, &["show", &format!("{id}:{}", it.path)]).ok()
    };
    let mut newer = (topic != Topic::Knowledge).then(|| text(0)).flatten();
    let mut versions = Vec::new();
    for (index, (id, it)) in found.iter().enumerate().take(limit) {
        let diff = if topic == Topic::Knowledge {
            git::ask(bundle, &["show", "--format=", "--unified=1", id, "--", file]).unwrap_or_default()
        } else {
            let older = text(index + 1);
            let diff =
                diff(topic, older.as_deref().unwrap_or_default(), newer.as_deref().unwrap_or_default());
            newer = older;
            diff
        };
        versions.push(Revision { diff, live: live.as_ref() == Some(id), ..it.clone() });
    }
    versions
}

fn record(record: &str, file: &str) -> Option<(String, Revision)> {
    let (head, names) = record.trim_start_matches('\n').split_once('\n').unwrap_or((record, ""));
    let mut fields = head.split(FIELD).map(str::to_owned);
    let (id, date, author, subject) = (fields.next()?, fields.next()?, fields.next()?, fields.next()?);
    // `R100<tab>old<tab>new`: the file is called by its last name.
    let path = names.lines().find(|it| !it.is_empty()).and_then(|it| it.rsplit('\t').next()).unwrap_or(file);
    let commit = id.get(..12).unwrap_or(&id).to_owned();
    let revision =
        Revision { commit, date, author, subject, path: path.to_owned(), diff: String::new(), live: false };
    Some((id, revision))
}

/// The commit that a file was last touched by, seen from another commit.
fn touched(bundle: &Path, file: &str, from: &str) -> Option<String> {
    let from =
        from.split('+').next().filter(|it| !it.is_empty() && it.chars().all(|it| it.is_ascii_hexdigit()))?;
    let told = git::ask(bundle, &["log", "-1", "--format=%H", from, "--", file]).ok()?;
    Some(told.trim().to_owned()).filter(|it| !it.is_empty())
}

fn diff(topic: Topic, old: &str, new: &str) -> String {
    let prompts = |text: &str| match topic {
        Topic::Prompt => told(text),
        _ => None,
    };
    match (prompts(old), prompts(new)) {
        (Some(old), Some(new)) => unified(&old, &new),
        // A file that was not there yet.
        (None, Some(new)) if old.is_empty() => unified("", &new),
        _ => unified(old, new),
    }
}

/// The prompts of a file as a reader wants them: what they are called, their parameters, their text.
fn told(yaml: &str) -> Option<String> {
    let file = SourceMap::default().add(SourceFile::new(PathBuf::new(), yaml.to_owned()));
    let tree = tree::read(file, yaml, Budget::default()).tree?;
    let prompts = tree.value().get("prompts")?.as_array()?;
    let mut told = String::new();
    for prompt in prompts {
        let map = prompt.as_object()?;
        for (key, value) in map.iter().filter(|(key, _)| *key != "text") {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            told.push_str(&format!("{key}: {value}\n"));
        }
        told.push_str(map.get("text").and_then(serde_json::Value::as_str).unwrap_or_default().trim_end());
        told.push_str("\n\n");
    }
    Some(told)
}
