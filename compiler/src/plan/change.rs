//! What differs between two releases.

use std::collections::{BTreeMap, BTreeSet};

use format::{Prompt, Release, Standing};
use serde::{Deserialize, Serialize};
use similar::TextDiff;

use super::facts::{self, Lines};
use super::leaves::{self, Leaf};

/// Lists up to this long are shown whole, longer ones by what joined and what left.
const SHORT_LIST: usize = 5;

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
    all
}

fn of_lines(old: &Lines, new: &Lines) -> Vec<Change> {
    let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    keys.into_iter()
        .filter_map(|key| {
            let (before, after) = (old.get(key), new.get(key));
            let differs = before.map(|it| &it.shown) != after.map(|it| &it.shown);
            differs.then(|| Change {
                key: key.clone(),
                old: before.map(|it| it.shown.clone()),
                new: after.map(|it| it.shown.clone()),
                source: after.or(before).and_then(|it| it.source.clone()),
            })
        })
        .collect()
}

fn of_leaves(old: &BTreeMap<String, Leaf>, new: &BTreeMap<String, Leaf>) -> Vec<Change> {
    let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    keys.into_iter()
        .filter(|key| old.get(*key) != new.get(*key))
        .map(|key| {
            let (old, new) = shown(old.get(key), new.get(key));
            Change { key: key.clone(), old, new, source: None }
        })
        .collect()
}

fn shown(old: Option<&Leaf>, new: Option<&Leaf>) -> (Option<String>, Option<String>) {
    if let (Some(Leaf::Many(before)), Some(Leaf::Many(after))) = (old, new)
        && before.len().max(after.len()) > SHORT_LIST
    {
        let without = |list: &[String], other: &[String]| {
            let gone: Vec<&str> = list.iter().filter(|it| !other.contains(it)).map(String::as_str).collect();
            if gone.is_empty() { "…".to_owned() } else { format!("… {}", gone.join(", ")) }
        };
        return (Some(without(before, after)), Some(without(after, before)));
    }
    let text = |leaf: &Leaf| match leaf {
        Leaf::One(text) => text.clone(),
        Leaf::Many(items) => items.join(", "),
    };
    (old.map(text), new.map(text))
}

/// Adds where things stand: the release names the path itself or one that holds it.
fn located(mut changes: Vec<Change>, old: &Release, new: &Release) -> Vec<Change> {
    for change in &mut changes {
        let release = if change.new.is_some() { new } else { old };
        let path = source_path(&change.key);
        let mut path = path.as_str();
        loop {
            if let Some(source) = release.sources.get(path) {
                change.source = Some(source.0.clone());
                break;
            }
            match path.rsplit_once('.') {
                Some((parent, _)) => path = parent,
                None => break,
            }
        }
    }
    changes
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
            let diff = TextDiff::from_lines(&before, &after).unified_diff().context_radius(2).to_string();
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
