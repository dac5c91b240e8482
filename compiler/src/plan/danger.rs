//! Changes that deserve a second look, each in a sentence.

use std::collections::{BTreeMap, BTreeSet};

use format::{BranchMode, OnLimit, PlanLimits, Reference, Release, Status};
use serde::{Deserialize, Serialize};

use super::facts;
use super::{Current, Desired};

/// How many lost facts a danger names before it only counts.
const NAMED: usize = 5;

/// Why a change is dangerous.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DangerKind {
    /// The tenant's status changes.
    Status,
    /// Messages arrive at or leave from another WhatsApp number.
    Instance,
    /// The branch of a conversation is found in another way.
    Routing,
    /// Something goes that customers could hear or choose.
    Deletion,
    /// Less is allowed than before, or less is done when a limit is reached.
    Limit,
    /// The gateway must send another secret.
    Secret,
    /// The tenant was rolled back; publishing goes forward again. Needs a confirmation.
    Forward,
}

impl DangerKind {
    /// In a word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::Instance => "WhatsApp number",
            Self::Routing => "routing",
            Self::Deletion => "deletion",
            Self::Limit => "limits",
            Self::Secret => "secret",
            Self::Forward => "forward again after a rollback",
        }
    }
}

/// A dangerous change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Danger {
    /// Why.
    pub kind: DangerKind,
    /// In words.
    pub message: String,
}

/// The dangers of replacing `current` by `desired`, in the order of [`DangerKind`].
pub(super) fn of(current: Option<&Current>, desired: &Desired<'_>) -> Vec<Danger> {
    let mut found = Vec::new();
    let new = desired.release;
    let old = current.and_then(|it| it.release.as_ref());
    if let Some(message) = status(old.map(|it| it.client.status), new.client.status) {
        found.push(Danger { kind: DangerKind::Status, message });
    }
    if let Some(old) = old {
        found.extend(numbers(old, new).map(|message| Danger { kind: DangerKind::Instance, message }));
        let modes = (old.client.settings.branch_resolution_mode, new.client.settings.branch_resolution_mode);
        if modes.0 != modes.1 {
            let message = format!(
                "branches are found {} instead of {}: open conversations may be asked again or answered for another branch",
                mode(modes.1),
                mode(modes.0)
            );
            found.push(Danger { kind: DangerKind::Routing, message });
        }
        found.extend(deletions(old, new).map(|message| Danger { kind: DangerKind::Deletion, message }));
        found.extend(on_limit(old, new).map(|message| Danger { kind: DangerKind::Limit, message }));
        found.extend(secret(old, new).map(|message| Danger { kind: DangerKind::Secret, message }));
    }
    if let Some(current) = current {
        let lower = limits(&current.standing.plan, &desired.standing.plan);
        found.extend(lower.map(|message| Danger { kind: DangerKind::Limit, message }));
    }
    if let Some(current) = current.filter(|it| it.rolled_back && it.release_id != desired.release_id) {
        let message = format!(
            "was rolled back to {}; publishing goes forward again and needs --forward",
            current.release_id
        );
        found.push(Danger { kind: DangerKind::Forward, message });
    }
    found
}

/// Numbers of a release that tenants have too which stay live without being in the tree: what a
/// renamed folder leaves behind.
pub(super) fn of_numbers(new: &Release, orphans: &[&Release]) -> Vec<Danger> {
    let own = all_numbers(new);
    let mut found = Vec::new();
    for orphan in orphans {
        let taken: BTreeSet<String> = all_numbers(orphan).into_values().flatten().collect();
        for (who, number) in own.iter().filter_map(|(who, it)| Some((who, it.as_ref()?))) {
            if taken.contains(number) {
                let message = format!(
                    "instance id {number} of {who} also belongs to `{}`, which is not in this tree and stays live: \
                     both answer its customers",
                    orphan.client.slug
                );
                found.push(Danger { kind: DangerKind::Instance, message });
            }
        }
    }
    found
}

/// Who has which number, as it is written.
fn all_numbers(release: &Release) -> BTreeMap<String, Option<String>> {
    let written = |it: &Option<Reference>| it.as_ref().map(Reference::as_written);
    let branches =
        release.branches.iter().map(|it| (format!("branch `{}`", it.slug), written(&it.instance_id)));
    branches.chain([("the client".to_owned(), written(&release.client.instance_id))]).collect()
}

fn status(old: Option<Status>, new: Status) -> Option<String> {
    if old == Some(new) || (old.is_none() && new == Status::Active) {
        return None;
    }
    Some(match new {
        Status::Active => "becomes active: customers are answered again".to_owned(),
        Status::Suspended if old.is_none() => "is suspended: customers are not answered".to_owned(),
        Status::Suspended => "becomes suspended: customers are not answered any more".to_owned(),
        Status::Deleted => "becomes deleted: its webhook answers as if it had never existed".to_owned(),
    })
}

fn mode(mode: BranchMode) -> &'static str {
    match mode {
        BranchMode::ByInstance => "by the number written to",
        BranchMode::AskUser => "by asking the customer",
        BranchMode::Hybrid => "by the number, asking where it does not tell",
    }
}

/// Numbers that changed hands; a first number is no danger.
fn numbers(old: &Release, new: &Release) -> impl Iterator<Item = String> {
    let (old, new) = (all_numbers(old), all_numbers(new));
    let changed: Vec<String> = old
        .into_iter()
        .filter_map(|(who, before)| {
            let before = before?;
            let after = new.get(&who)?;
            let becomes = match after {
                Some(after) if *after == before => return None,
                Some(after) => format!("becomes {after}"),
                None => "is taken away".to_owned(),
            };
            Some(format!("instance id {before} of {who} {becomes}: messages go another way"))
        })
        .collect();
    changed.into_iter()
}

fn deletions(old: &Release, new: &Release) -> impl Iterator<Item = String> {
    let mut lost: Vec<String> = Vec::new();
    for branch in old.branches.iter().filter(|it| it.is_active) {
        match new.branch(&branch.slug) {
            None => lost.push(format!("branch `{}` is deleted", branch.slug)),
            Some(it) if !it.is_active => lost.push(format!("branch `{}` is closed", branch.slug)),
            Some(_) => {}
        }
    }
    let (before, after) = (facts::lines(old), facts::lines(new));
    let gone: Vec<&str> = before.keys().filter(|key| !after.contains_key(*key)).map(String::as_str).collect();
    if let Some(list) = listed(&gone) {
        lost.push(format!("{} no longer told: {list}", counted(gone.len(), "fact is", "facts are")));
    }
    let documents = |release: &Release| -> BTreeSet<String> {
        release
            .passages
            .iter()
            .filter(|it| it.kind == format::PassageKind::Document)
            .map(|it| it.doc.clone())
            .collect()
    };
    let kept = documents(new);
    let documents: Vec<String> = documents(old).into_iter().filter(|it| !kept.contains(it)).collect();
    let names: Vec<&str> = documents.iter().map(String::as_str).collect();
    if let Some(list) = listed(&names) {
        lost.push(format!("{} deleted: {list}", counted(names.len(), "document is", "documents are")));
    }
    let prompts: Vec<&str> = old
        .prompts
        .iter()
        .map(|it| it.name.as_str())
        .filter(|name| new.prompts.iter().all(|it| it.name != *name))
        .collect();
    if let Some(list) = listed(&prompts) {
        lost.push(format!("{} deleted: {list}", counted(prompts.len(), "prompt is", "prompts are")));
    }
    lost.into_iter()
}

/// Limits that become lower.
fn limits(old: &PlanLimits, new: &PlanLimits) -> impl Iterator<Item = String> {
    let pairs = [
        ("messages a month", old.messages_per_month, new.messages_per_month),
        ("documents", old.documents.map(u64::from), new.documents.map(u64::from)),
        ("WhatsApp numbers", old.whatsapp_numbers.map(u64::from), new.whatsapp_numbers.map(u64::from)),
    ];
    pairs.into_iter().filter_map(|(what, old, new)| {
        let new = new.filter(|new| old.is_none_or(|old| *new < old))?;
        let old = old.map_or_else(|| "any number".to_owned(), |it| it.to_string());
        Some(format!("only {new} {what} are allowed instead of {old}"))
    })
}

fn on_limit(old: &Release, new: &Release) -> Option<String> {
    let (old, new) = (old.client.settings.on_limit, new.client.settings.on_limit);
    let what = match new {
        _ if new == old => return None,
        OnLimit::Notify => return None,
        OnLimit::FactsOnly => "only facts are told",
        OnLimit::Pause => "customers are not answered",
    };
    Some(format!("when the limit is reached {what}"))
}

fn secret(old: &Release, new: &Release) -> Option<String> {
    const NAME: &str = "webhook_secret";
    let (old, new) = (old.client.secrets.get(NAME)?, new.client.secrets.get(NAME));
    if new == Some(old) {
        return None;
    }
    let becomes = new.map_or_else(|| "is taken away".to_owned(), |it| format!("becomes {}", it.as_written()));
    Some(format!("{NAME} {becomes}: messages that come with the old one are refused"))
}

fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

fn listed(names: &[&str]) -> Option<String> {
    let mut list = names.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
    if names.len() > NAMED {
        list.push_str(&format!(" and {} more", names.len() - NAMED));
    }
    (!list.is_empty()).then_some(list)
}
