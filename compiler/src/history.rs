//! The releases of a tenant: when, by whom, from which commit, and what each one changed.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::Path;

use format::Release;
use runtime::{HistoryRow, ReleaseStore, StoreError};
use serde::Serialize;

use crate::plan::{Change, Changes, PromptChange, Tint, between, write_change, write_prompt};
use crate::provenance::{Revision, revisions};

/// How many commits of a file are listed.
const REVISIONS: usize = 20;

/// A part of a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topic {
    /// What customers are told.
    Facts,
    /// What the model is told.
    Prompt,
    /// Client, branches and people.
    Settings,
    /// Intents, policies, templates.
    Pack,
    /// Documents.
    Knowledge,
}

impl Topic {
    /// Where the topic stands in a bundle.
    #[must_use]
    pub fn file(self) -> &'static str {
        match self {
            Self::Facts | Self::Pack => "SALON_TRUTH.yaml",
            Self::Prompt => "prompt.yaml",
            Self::Settings => "client.yaml",
            Self::Knowledge => "knowledge",
        }
    }
}

/// One release of a tenant.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Entry {
    /// Its id.
    pub release_id: String,
    /// When it was published, RFC 3339 in UTC.
    pub published_at: String,
    /// The git commit, if known.
    pub commit: Option<String>,
    /// Who made the commit.
    pub author: Option<String>,
    /// It is live now.
    pub live: bool,
    /// What it changed of the release before it: one line each; absent when that is not kept any
    /// more, or when no topic was asked for.
    pub changes: Option<Vec<Change>>,
    /// Prompts it changed.
    pub prompts: Vec<PromptChange>,
}

/// What is known of a tenant's past.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct History {
    /// Its releases, newest first.
    pub releases: Vec<Entry>,
    /// Commits of the file behind the topic, newest first.
    pub revisions: Vec<Revision>,
}

/// Reads a tenant's past. With a topic each release tells what it changed of that, and git is asked
/// for the file behind it below `tree`.
///
/// # Errors
/// Those of the store; [`StoreError::Missing`] when the tenant was never published.
pub fn read(
    store: &dyn ReleaseStore,
    slug: &str,
    topic: Option<Topic>,
    tree: &Path,
) -> Result<History, StoreError> {
    let rows = store.history(slug)?;
    if rows.is_empty() {
        return Err(StoreError::Missing(format!("a release of `{slug}`")));
    }
    let mut newer: Vec<Entry> = Vec::new();
    let mut older: Option<Release> = None;
    for row in rows.into_iter().rev() {
        let mut entry = entry(row);
        if let Some(topic) = topic {
            let stored = store.release(slug, &entry.release_id)?;
            let release = stored.and_then(|it| format::decode(&it.bytes).ok());
            if let (Some(old), Some(new)) = (&older, &release) {
                let (changes, prompts) = changed(topic, old, new);
                entry.changes = Some(changes);
                entry.prompts = prompts;
            }
            older = release;
        }
        newer.push(entry);
    }
    newer.reverse();
    let revisions = topic.map(|it| revisions(&tree.join(slug).join(it.file()), REVISIONS));
    Ok(History { releases: newer, revisions: revisions.unwrap_or_default() })
}

fn entry(row: HistoryRow) -> Entry {
    let HistoryRow { release_id, published_at, commit, author, live } = row;
    Entry { release_id, published_at, commit, author, live, changes: None, prompts: Vec::new() }
}

fn changed(topic: Topic, old: &Release, new: &Release) -> (Vec<Change>, Vec<PromptChange>) {
    let Changes { facts, settings, pack, prompts } = between(old, new);
    match topic {
        Topic::Facts => (facts, Vec::new()),
        Topic::Settings => (settings, Vec::new()),
        Topic::Pack => (pack, Vec::new()),
        Topic::Prompt => (Vec::new(), prompts),
        Topic::Knowledge => (passages(old, new), Vec::new()),
    }
}

fn passages(old: &Release, new: &Release) -> Vec<Change> {
    let digests = |release: &Release| -> BTreeSet<String> {
        release.passages.iter().map(|it| it.digest.clone()).collect()
    };
    let (before, after) = (digests(old), digests(new));
    let only = |release: &Release, other: &BTreeSet<String>| -> Vec<(String, String, String)> {
        let kept = release.passages.iter().filter(|it| !other.contains(&it.digest));
        kept.map(|it| {
            (format!("{} § {}", it.doc, it.section), it.text.clone(), format!("{}:{}", it.doc, it.line))
        })
        .collect()
    };
    let gone = only(old, &after).into_iter().map(|(key, text, at)| Change {
        key,
        old: Some(text),
        new: None,
        source: Some(at),
    });
    let came = only(new, &before).into_iter().map(|(key, text, at)| Change {
        key,
        old: None,
        new: Some(text),
        source: Some(at),
    });
    gone.chain(came).collect()
}

/// Writes the past for a person.
///
/// # Errors
/// Those of `out`.
pub fn human(history: &History, tint: Tint, out: &mut dyn Write) -> io::Result<()> {
    for it in &history.releases {
        let live = if it.live { "   live" } else { "" };
        let commit = it.commit.as_deref().map(short_commit).unwrap_or_default();
        let author = it.author.as_deref().unwrap_or_default();
        writeln!(out, "{}   {}   {commit} {author}{live}", it.release_id, it.published_at)?;
        for change in it.changes.iter().flatten() {
            write_change(change, tint, out)?;
        }
        for change in &it.prompts {
            write_prompt(change, tint, out)?;
        }
    }
    if !history.revisions.is_empty() {
        writeln!(out, "\nin git:")?;
    }
    for Revision { commit, date, author, subject } in &history.revisions {
        writeln!(out, "{commit}   {date}   {author}   {subject}")?;
    }
    Ok(())
}

/// Twelve digits of a commit id, and whether the tree differed from it.
fn short_commit(commit: &str) -> String {
    let (id, dirty) = commit.split_once('+').map_or((commit, ""), |(id, _)| (id, "+dirty"));
    format!("{}{dirty}", id.get(..12).unwrap_or(id))
}
