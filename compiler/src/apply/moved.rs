//! What a store has moved on to since a plan was made, in words.

use std::fmt;

use runtime::StoreError;

use crate::plan::{Change, Plan, TenantPlan, between};
use crate::published::Shelf;

/// Facts that are named; more are counted.
const NAMED: usize = 3;

/// A tenant whose live release is not the one the plan rests on.
#[derive(Debug, Clone, PartialEq)]
pub struct Moved {
    /// Tenant.
    pub slug: String,
    /// The release the plan rests on; absent = it was not published.
    pub planned: Option<String>,
    /// The live release; absent = it is not published any more.
    pub found: Option<String>,
    /// When the live release was published, RFC 3339 in UTC.
    pub at: Option<String>,
    /// Who made its commit.
    pub author: Option<String>,
    /// That commit.
    pub commit: Option<String>,
    /// The live pointer was moved back.
    pub rolled_back: bool,
    /// Facts that changed from the one to the other.
    pub facts: Vec<Change>,
    /// Everything else that changed, counted.
    pub other: usize,
}

/// What moved, for the tenants that the plan publishes; empty = the plan still holds. What the plan
/// has published itself, before it was interrupted, did not move.
///
/// # Errors
/// Those of the store.
pub fn moved(plan: &Plan, shelf: &dyn Shelf) -> Result<Vec<Moved>, StoreError> {
    let live = shelf.live()?;
    let mut moved = Vec::new();
    for it in plan.tenants.iter().filter(|it| it.writes()) {
        let found = live.get(&it.slug);
        let id = found.map(|row| &row.release_id);
        if it.base.as_ref() != id && id != Some(&it.release_id) {
            let rolled_back = found.is_some_and(|row| row.rolled_back);
            moved.push(Moved { rolled_back, ..one(it, id.cloned(), shelf)? });
        }
    }
    Ok(moved)
}

fn one(it: &TenantPlan, found: Option<String>, shelf: &dyn Shelf) -> Result<Moved, StoreError> {
    let row = shelf.history(&it.slug)?.into_iter().find(|row| Some(&row.release_id) == found.as_ref());
    let release = |id: Option<&String>| -> Result<Option<format::Release>, StoreError> {
        let stored = id.map(|id| shelf.release(&it.slug, id)).transpose()?.flatten();
        Ok(stored.and_then(|it| format::decode(&it.bytes).ok()))
    };
    let (facts, other) = match (release(it.base.as_ref())?, release(found.as_ref())?) {
        (Some(old), Some(new)) => {
            let changes = between(&old, &new);
            let other = changes.settings.len() + changes.pack.len() + changes.prompts.len();
            (changes.facts, other)
        }
        _ => (Vec::new(), 0),
    };
    Ok(Moved {
        slug: it.slug.clone(),
        planned: it.base.clone(),
        found,
        at: row.as_ref().map(|it| it.published_at.clone()),
        author: row.as_ref().and_then(|it| it.author.clone()),
        commit: row.and_then(|it| it.commit),
        rolled_back: false,
        facts,
        other,
    })
}

impl fmt::Display for Moved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let planned = self.planned.as_deref().unwrap_or("nothing");
        let found = self.found.as_deref().unwrap_or("nothing");
        write!(f, "`{}` moved: planned on {planned}, now {found} is live", self.slug)?;
        if self.rolled_back {
            write!(f, " after a rollback")?;
        }
        let by = self.author.as_deref().map(|it| format!(" by {it}"));
        let from = self.commit.as_deref().map(|it| format!(" from commit {}", it.get(..12).unwrap_or(it)));
        if let Some(at) = &self.at {
            write!(f, " (published {at}{}{})", by.unwrap_or_default(), from.unwrap_or_default())?;
        }
        let told = self.facts.iter().take(NAMED).map(|it| {
            let value = |it: &Option<String>| it.clone().unwrap_or_else(|| "(none)".to_owned());
            format!("{} {} -> {}", it.key, value(&it.old), value(&it.new))
        });
        let told: Vec<String> = told.collect();
        let more = self.facts.len().saturating_sub(NAMED) + self.other;
        match (told.is_empty(), more) {
            (true, 0) => Ok(()),
            (true, more) => write!(f, "; since then {more} settings, packs or prompts changed"),
            (false, 0) => write!(f, "; since then {}", told.join("; ")),
            (false, more) => write!(f, "; since then {} and {more} more changes", told.join("; ")),
        }
    }
}
