//! What differs between two releases.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::{self, Line, Lines};
use super::leaves::{self, Leaf};
use super::words;
use format::{Prompt, Release, Standing};
use serde::{Deserialize, Serialize};

/// One thing, old → new.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Dotted key.
    pub key: String,
    /// What it was; absent = it was not there.
    pub old: Option<String>,
    /// What it becomes; absent = it goes.
    pub new: Option<String>,
    /// `file:line` of the new value, or of the old one when it goes.
    pub source: Option<String>,
    /// `file:line` of the old value in the live release.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old_source: Option<String>,
    /// What joined, where the value is a list.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub added: Vec<String>,
    /// What left it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub removed: Vec<String>,
}

impl Change {
    /// A change of which only key and values are known.
    pub(crate) fn bare(key: String, old: Option<String>, new: Option<String>) -> Self {
        Self { key, old, new, source: None, old_source: None, added: Vec::new(), removed: Vec::new() }
    }

    /// Notes what joined and what left, where both values are lists.
    fn of_lists(mut self, old: Option<&[String]>, new: Option<&[String]>) -> Self {
        if let (Some(old), Some(new)) = (old, new) {
            let without = |list: &[String], other: &[String]| -> Vec<String> {
                list.iter().filter(|it| !other.contains(it)).cloned().collect()
            };
            self.added = without(new, old);
            self.removed = without(old, new);
        }
        self
    }
}

/// A prompt, old → new.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromptChange {
    /// Its name.
    pub name: String,
    /// Model, temperature, active.
    pub parameters: Vec<Change>,
    /// Unified diff of the text, empty when it is the same.
    pub diff: String,
}

/// Everything that differs between two releases of a tenant, passages aside.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Changes {
    /// Facts.
    pub facts: Vec<Change>,
    /// Client, settings, branches and people.
    pub settings: Vec<Change>,
    /// What the packs say.
    pub pack: Vec<Change>,
    /// Prompts.
    pub prompts: Vec<PromptChange>,
}

/// Compares two releases.
#[must_use]
pub fn between(old: &Release, new: &Release) -> Changes {
    Changes {
        facts: of_lines(&facts::lines(old), &facts::lines(new)),
        settings: located(of_leaves(&identity(old), &identity(new)), old, new),
        pack: located(of_leaves(&leaves::of("", &old.pack), &leaves::of("", &new.pack)), old, new),
        prompts: of_prompts(&old.prompts, &new.prompts),
    }
}

/// Compares plan and company.
pub(super) fn of_standing(old: &Standing, new: &Standing) -> Vec<Change> {
    of_leaves(&leaves::of("", old), &leaves::of("", new))
}

fn identity(release: &Release) -> BTreeMap<String, Leaf> {
    let mut all = leaves::of("client", &release.client);
    all.extend(leaves::of("branches", &release.branches));
    all.extend(leaves::of("agents", &release.agents));
    // Made of the slug, so it says nothing that the slug does not.
    all.retain(|key, _| !(key.starts_with("branches.") && key.ends_with(".id")));
    all
}

fn of_lines(old: &Lines, new: &Lines) -> Vec<Change> {
    let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    keys.into_iter()
        .filter_map(|key| {
            let (before, after) = (old.get(key), new.get(key));
            let differs = before.map(|it| &it.shown) != after.map(|it| &it.shown);
            differs.then(|| {
                let shown = |line: Option<&Line>| line.map(|it| it.shown.clone());
                let items = |line: Option<&'_ Line>| line.and_then(|it| it.items.clone());
                let mut change = Change::bare(key.clone(), shown(before), shown(after))
                    .of_lists(items(before).as_deref(), items(after).as_deref());
                change.source = after.or(before).and_then(|it| it.source.clone());
                change.old_source = before.and_then(|it| it.source.clone());
                change
            })
        })
        .collect()
}

fn of_leaves(old: &BTreeMap<String, Leaf>, new: &BTreeMap<String, Leaf>) -> Vec<Change> {
    let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    keys.into_iter()
        .filter(|key| old.get(*key) != new.get(*key))
        .map(|key| {
            let (old, new) = (old.get(key), new.get(key));
            Change::bare(key.clone(), old.map(Leaf::shown), new.map(Leaf::shown))
                .of_lists(old.and_then(Leaf::items), new.and_then(Leaf::items))
        })
        .collect()
}

/// Adds where things stand: the release names the path itself or one that holds it.
fn located(mut changes: Vec<Change>, old: &Release, new: &Release) -> Vec<Change> {
    for change in &mut changes {
        let path = source_path(&change.key);
        change.old_source = change.old.is_some().then(|| place(old, &path)).flatten();
        change.source = match change.new {
            Some(_) => place(new, &path),
            None => change.old_source.clone(),
        };
    }
    changes
}

fn place(release: &Release, path: &str) -> Option<String> {
    let mut path = path;
    loop {
        if let Some(source) = release.sources.get(path) {
            return Some(source.0.clone());
        }
        path = path.rsplit_once('.')?.0;
    }
}

/// A pack's lists are plural, what stands in them is singular: `templates.hours` → `template.hours`.
fn source_path(key: &str) -> String {
    const LISTS: [(&str, &str); 4] = [
        ("templates.", "template."),
        ("intents.", "intent."),
        ("policies.", "policy."),
        ("playbooks.", "playbook."),
    ];
    let one = LISTS.iter().find_map(|(many, one)| Some(format!("{one}{}", key.strip_prefix(many)?)));
    one.unwrap_or_else(|| key.to_owned())
}

fn of_prompts(old: &[Prompt], new: &[Prompt]) -> Vec<PromptChange> {
    let named = |list: &'_ [Prompt]| -> BTreeMap<String, Prompt> {
        list.iter().map(|it| (it.name.clone(), it.clone())).collect()
    };
    let (old, new) = (named(old), named(new));
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    names
        .into_iter()
        .filter(|name| old.get(*name) != new.get(*name))
        .map(|name| {
            let text = |it: Option<&Prompt>| it.map_or(String::new(), |it| it.text.clone());
            let (before, after) = (text(old.get(name)), text(new.get(name)));
            let diff = words::unified(&before, &after);
            let parameters = |it: Option<&Prompt>| -> BTreeMap<String, Leaf> {
                let mut all = it.map_or_else(BTreeMap::new, |it| leaves::of("", it));
                all.remove("text");
                all.remove("name");
                all
            };
            let parameters = of_leaves(&parameters(old.get(name)), &parameters(new.get(name)));
            PromptChange { name: name.clone(), parameters, diff }
        })
        .collect()
}
