//! The releases of a tenant: when, by whom, from which commit, and what each one changed.

mod human;
mod versions;

use std::collections::BTreeSet;
use std::path::Path;

use format::Release;
use runtime::{HistoryRow, ReleaseStore, StoreError};
use serde::Serialize;

use crate::git;
use crate::plan::{Change, Changes, PromptChange, between};

pub use human::human;
pub use versions::Revision;

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
    fn files(self) -> &'static [&'static str] {
        match self {
            Self::Facts | Self::Pack => &["SALON_TRUTH.yaml"],
            Self::Prompt => &["prompt.yaml"],
            Self::Settings => &["client.yaml", "branches.yaml"],
            Self::Knowledge => &["knowledge"],
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
    /// When, ISO 8601, if git still has it.
    pub date: Option<String>,
    /// Its subject line, if git still has it.
    pub subject: Option<String>,
    /// The tree differed from the commit.
    pub dirty: bool,
    /// It is live now.
    pub live: bool,
    /// It was live, and the live pointer was moved back before it.
    pub rolled_back: bool,
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
    /// The clone lacks older commits: its oldest one seems to have written everything.
    pub shallow: bool,
}

/// Reads a tenant's past, its last `limit` releases. Commits are looked up in the repository around
/// `tree`. With a topic each release tells what it changed of that, and git is asked for the versions
/// of the file behind it.
///
/// # Errors
/// Those of the store; [`StoreError::Missing`] when the tenant was never published.
pub fn read(
    store: &dyn ReleaseStore,
    slug: &str,
    topic: Option<Topic>,
    tree: &Path,
    limit: usize,
) -> Result<History, StoreError> {
    let rows = store.history(slug)?;
    if rows.is_empty() {
        return Err(StoreError::Missing(format!("a release of `{slug}`")));
    }
    let went_back = store.live()?.get(slug).is_some_and(|it| it.rolled_back);
    // One bundle's folder will do as well as the tree around it.
    let bundle = tree.join(slug);
    let bundle = if bundle.is_dir() { bundle } else { tree.to_owned() };
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
    let mut after_live = went_back;
    newer.reverse();
    newer.truncate(limit);
    for entry in &mut newer {
        after_live &= !entry.live;
        entry.rolled_back = after_live;
        if let Some(commit) = entry.commit.as_deref().and_then(|id| versions::commit(&bundle, id)) {
            entry.author = Some(commit.author);
            entry.date = Some(commit.date);
            entry.subject = Some(commit.subject);
        }
    }
    let live = newer.iter().find(|it| it.live).and_then(|it| it.commit.as_deref());
    let revisions = topic.map(|it| versions::of(&bundle, it, live, limit));
    let revisions = revisions.unwrap_or_default();
    let shallow = !revisions.is_empty() && git::is_shallow(&bundle);
    Ok(History { revisions, releases: newer, shallow })
}

fn entry(row: HistoryRow) -> Entry {
    let HistoryRow { release_id, published_at, commit, author, live, .. } = row;
    let dirty = commit.as_deref().is_some_and(|it| it.ends_with("+dirty"));
    Entry {
        release_id,
        published_at,
        commit,
        author,
        date: None,
        subject: None,
        dirty,
        live,
        rolled_back: false,
        changes: None,
        prompts: Vec::new(),
    }
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
    let gone = only(old, &after)
        .into_iter()
        .map(|(key, text, at)| Change { source: Some(at), ..Change::bare(key, Some(text), None) });
    let came = only(new, &before)
        .into_iter()
        .map(|(key, text, at)| Change { source: Some(at), ..Change::bare(key, None, Some(text)) });
    gone.chain(came).collect()
}
