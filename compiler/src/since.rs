//! Which tenants a git revision's successors touch.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::git;
use crate::load::{self, COMPANIES, PACKS, PLANS};

/// What changed in a tree since a revision.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Changes {
    /// Changed files by the folder directly below the tree they stand in.
    folders: BTreeMap<String, BTreeSet<String>>,
    /// Names of packs that changed.
    packs: BTreeSet<String>,
    /// Changed files that concern every tenant.
    everywhere: BTreeSet<String>,
}

/// Asks git what changed in the tree since the branch that is checked out left `revision`: committed,
/// staged, unstaged and new files alike.
///
/// # Errors
/// What git says: no repository, no such revision.
pub fn changes(tree: &Path, revision: &str) -> Result<Changes, String> {
    let mut folder = tree.canonicalize().map_err(|error| format!("{}: {error}", tree.display()))?;
    if load::is_bundle(&folder) {
        folder.pop();
    }
    // A name that starts with a dash would be read as an option.
    if revision.starts_with('-') || revision.is_empty() {
        return Err(format!("`{revision}` is no revision"));
    }
    let diff = ["diff", "--name-only", "--relative", "--no-renames", "-z"];
    let since = |range: &[&str]| git::ask(&folder, &[&diff[..], range, &["--", "."]].concat());
    // A shallow clone may not reach the commit where the branch began; then the revision itself counts.
    let changed = since(&["--merge-base", revision]).or_else(|_| since(&[revision]));
    let changed = changed.map_err(|complaint| explained(&folder, complaint))?;
    let new = git::ask(&folder, &["ls-files", "--others", "--exclude-standard", "-z", "--", "."])?;
    let paths = changed.split('\0').chain(new.split('\0')).filter(|it| !it.is_empty());
    Ok(Changes::of(paths))
}

/// What git says where no revisions are, or not all, in words that help.
fn explained(folder: &Path, complaint: String) -> String {
    if git::ask(folder, &["rev-parse", "--git-dir"]).is_err() {
        return "this folder is in no git repository".to_owned();
    }
    if git::is_shallow(folder) {
        return format!(
            "{complaint}; this clone is shallow: fetch its history (`fetch-depth: 0` in a workflow)"
        );
    }
    complaint
}

impl Changes {
    /// Sorts changed paths, `/` between parts, relative to the tree.
    #[must_use]
    pub fn of<'p>(paths: impl Iterator<Item = &'p str>) -> Self {
        let mut changes = Self::default();
        for path in paths {
            match path.split_once('/') {
                None if path == COMPANIES || path == PLANS => {
                    changes.everywhere.insert(path.to_owned());
                }
                None => {}
                Some((PACKS, file)) => {
                    let name = file.strip_suffix(".yaml").unwrap_or(file);
                    changes.packs.insert(name.to_owned());
                }
                Some((folder, file)) => {
                    changes.folders.entry(folder.to_owned()).or_default().insert(file.to_owned());
                }
            }
        }
        changes
    }

    /// Whether a tenant may be touched, as far as that can be told without knowing its packs.
    #[must_use]
    pub fn may_touch(&self, slug: &str) -> bool {
        !self.packs.is_empty() || !self.everywhere.is_empty() || self.folders.contains_key(slug)
    }

    /// Why a tenant that uses `packs` is touched: its own files first, then packs, then what concerns
    /// everybody. Empty = it is not.
    #[must_use]
    pub fn because(&self, slug: &str, packs: &BTreeSet<String>) -> Vec<String> {
        let own = self.folders.get(slug).into_iter().flatten().cloned();
        let packs = self.packs.intersection(packs).map(|it| format!("{PACKS}/{it}.yaml"));
        own.chain(packs).chain(self.everywhere.iter().cloned()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_change_finds_its_tenants() {
        let paths = ["florist/client.yaml", "florist/knowledge/a.md", "_packs/trade.yaml", "README.md"];
        let changes = Changes::of(paths.into_iter());
        let uses = |packs: &[&str]| packs.iter().map(|it| (*it).to_owned()).collect::<BTreeSet<_>>();
        assert_eq!(changes.because("florist", &uses(&["base"])), ["client.yaml", "knowledge/a.md"]);
        assert_eq!(changes.because("bakery", &uses(&["base", "trade"])), ["_packs/trade.yaml"]);
        assert_eq!(changes.because("workshop", &uses(&["base"])), Vec::<String>::new());
        assert!(changes.may_touch("workshop"), "its packs are not known yet");
        assert!(!Changes::of(["florist/client.yaml"].into_iter()).may_touch("bakery"));
        let tariffs = Changes::of(["plans.yaml"].into_iter());
        assert_eq!(tariffs.because("bakery", &uses(&[])), ["plans.yaml"]);
    }
}
