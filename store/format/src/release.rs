//! The release.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Agent, Branch, Client, Facts, Pack, Passage, Prompt, Source};

/// Everything the responder needs for one tenant; immutable and content-addressed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Release {
    /// Version of this format, [`crate::FORMAT`].
    pub format: u32,
    /// The tenant.
    pub client: Client,
    /// Its points.
    pub branches: Vec<Branch>,
    /// Its people.
    pub agents: Vec<Agent>,
    /// Its prompts.
    pub prompts: Vec<Prompt>,
    /// Its facts.
    pub facts: Facts,
    /// Facts of branches that differ from the tenant's, complete, by branch slug.
    pub branch_facts: BTreeMap<String, Facts>,
    /// Merged packs.
    pub pack: Pack,
    /// Knowledge.
    pub passages: Vec<Passage>,
    /// Where further things stand, by dotted path (`template.location`, `policy.payment`).
    #[serde(default)]
    pub sources: BTreeMap<String, Source>,
}

impl Release {
    /// Facts as they hold at `branch`, or the tenant's.
    #[must_use]
    pub fn facts_at(&self, branch: Option<&str>) -> &Facts {
        branch.and_then(|slug| self.branch_facts.get(slug)).unwrap_or(&self.facts)
    }

    /// The branch with this slug.
    #[must_use]
    pub fn branch(&self, slug: &str) -> Option<&Branch> {
        self.branches.iter().find(|it| it.slug == slug)
    }
}
