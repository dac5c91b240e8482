//! Where a tree comes from: commit and author, as git tells.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::git;

/// Separates fields of git's answers; no author's name holds it.
const FIELD: char = '\u{1f}';

/// Commit and author of what is published; absent outside a repository.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Provenance {
    /// The checked-out commit; `+dirty` is added when the tree differs from it.
    pub commit: Option<String>,
    /// Who made that commit.
    pub author: Option<String>,
    /// Who publishes. Never part of a saved plan: whoever carries it out is asked then.
    #[serde(skip)]
    pub actor: Option<String>,
}

impl Provenance {
    /// Asks git about the folder; without git or a repository there is nothing to tell.
    #[must_use]
    pub fn of(folder: &Path) -> Self {
        let nowhere = Self { actor: actor(folder), ..Self::default() };
        let Some(head) = git(folder, &["log", "-1", "--format=%H%x1f%an"]) else { return nowhere };
        let Some((commit, author)) = head.trim_end().split_once(FIELD) else { return nowhere };
        let clean = git(folder, &["status", "--porcelain", "--", "."]).is_some_and(|it| it.is_empty());
        let commit = if clean { commit.to_owned() } else { format!("{commit}+dirty") };
        Self { commit: Some(commit), author: Some(author.to_owned()), ..nowhere }
    }
}

/// Who runs this: the name git would write into a commit made in `folder`, else the one the system
/// knows the user by. Never an address.
#[must_use]
pub fn actor(folder: &Path) -> Option<String> {
    let named = git(folder, &["config", "--get", "user.name"]);
    let filled = |name: String| Some(name.trim().to_owned()).filter(|it| !it.is_empty());
    let of_system = |name: &str| std::env::var(name).ok().and_then(filled);
    named.and_then(filled).or_else(|| ["USER", "LOGNAME"].into_iter().find_map(of_system))
}

/// What git prints, or nothing when it is absent, fails or takes too long.
fn git(folder: &Path, args: &[&str]) -> Option<String> {
    git::ask(folder, args).ok()
}
