//! Bundle → release. Pure: typed files and texts in, a [`format::Release`] or problems out.
//!
//! The files have the right shape already. What lowering finds itself, and nobody else needs to
//! look for, stands in [`Problem::code`]:
//!
//! | code | where |
//! |---|---|
//! | `pack-unknown`, `pack-cycle` | `extends` names no pack, or packs extend each other in a ring |
//! | `pack-incomplete` | a policy, template, category or playbook lacks what no pack below gives it |
//! | `plan-unknown`, `company-unknown` | `client.yaml` names none of `plans.yaml` / `companies.yaml` |
//! | `secret-literal` | a secret is written out; its value is in no message and must not be shown |
//! | `fact-conflict` | `client_pack.X` and a top-level `X` differ |
//! | `facts-unreadable` | a branch's facts do not fit the ones they are laid over |
//! | `price-missing`, `price-conflict` | a price item has none of, or more than one of, its prices |
//! | `price-item-unknown`, `quick-price-unknown` | a service names no price |
//! | `hours-incomplete` | `open` without `close` or the other way round |
//! | `knowledge-branch-unknown` | `knowledge/<folder>/` is no branch |
//! | `knowledge-tag-shared` | branches share a tag although their facts differ |

mod client;
mod facts;
mod pack;
mod passages;
mod place;
mod settings;
mod sheet;
mod standing;
mod twin;

use std::collections::BTreeMap;

use schema::{BranchesFile, ClientFile, CompaniesFile, PackFile, PlansFile, PromptFile, TruthFile};
use serde_json::Value;

pub(crate) use passages::is_told;
use sheet::Sheet;

use crate::said::Said;

/// Code of the one problem whose source line must not be printed.
pub const SECRET_LITERAL: &str = "secret-literal";

/// Where the things of one file stand.
pub trait Lines {
    /// The line (from 1) of the value a JSON pointer leads to; inside repeated content (aliases)
    /// the line of its only text; the nearest thing above where nothing stands there.
    fn line(&self, pointer: &str) -> u32;
}

/// A parsed file.
pub struct File<'a, T> {
    /// Its name in sources and problems: relative to the bundle (`SALON_TRUTH.yaml`), for packs
    /// and the files beside bundles relative to the tree (`_packs/base.yaml`).
    pub name: &'a str,
    /// Its content, typed.
    pub typed: &'a T,
    /// Its content as plain data, aliases written out.
    pub value: &'a Value,
    /// Where things stand in it.
    pub lines: &'a dyn Lines,
}

// Derived, these would ask `T` to be `Copy` although only a reference to it is held.
impl<T> Clone for File<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for File<'_, T> {}

/// A pack that may be named in `extends`.
#[derive(Clone, Copy)]
pub struct Pack<'a> {
    /// Its name: the file's stem.
    pub name: &'a str,
    /// Its file.
    pub file: File<'a, PackFile>,
}

/// A Markdown document.
#[derive(Debug, Clone, Copy)]
pub struct Document<'a> {
    /// Relative to the bundle with `/` between: `knowledge/faq.md`, `knowledge/abay/rules.md`.
    pub path: &'a str,
    /// Its text.
    pub text: &'a str,
}

/// Everything one tenant is made of.
#[derive(Clone, Copy)]
pub struct Input<'a> {
    /// `client.yaml`.
    pub client: File<'a, ClientFile>,
    /// `branches.yaml`, if there is one.
    pub branches: Option<File<'a, BranchesFile>>,
    /// `prompt.yaml`, if there is one.
    pub prompt: Option<File<'a, PromptFile>>,
    /// `SALON_TRUTH.yaml`.
    pub truth: File<'a, TruthFile>,
    /// `companies.yaml` of the tree; without it a company is not looked up.
    pub companies: Option<File<'a, CompaniesFile>>,
    /// `plans.yaml` of the tree; without it the seed plans hold.
    pub plans: Option<File<'a, PlansFile>>,
    /// Every pack there is, a tree's own in place of the built-in one of its name; any order.
    pub packs: &'a [Pack<'a>],
    /// Documents; any order.
    pub knowledge: &'a [Document<'a>],
}

/// A tenant, lowered.
#[derive(Debug, Clone, PartialEq)]
pub struct Lowered {
    /// The release.
    pub release: format::Release,
    /// Plan and company, which stand beside it.
    pub standing: format::Standing,
}

/// Something that makes a release impossible.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// [`File::name`] or [`Document::path`].
    pub file: String,
    /// JSON pointer into the file; empty for a document.
    pub pointer: String,
    /// Kebab-case.
    pub code: &'static str,
    /// What is wrong, in a sentence without a full stop; never a secret.
    pub message: Said,
    /// What to do.
    pub help: Option<Said>,
}

/// Lowers one tenant.
///
/// # Errors
/// Every problem found, by file and pointer; then there is no release.
pub fn lower(input: &Input<'_>) -> Result<Lowered, Vec<Problem>> {
    let mut problems = Vec::new();
    let lowered = try_lower(input, &mut problems);
    problems.sort();
    problems.dedup();
    match lowered {
        Some(lowered) if problems.is_empty() => Ok(lowered),
        _ => Err(problems),
    }
}

/// `None` only after a problem was noted.
fn try_lower(input: &Input<'_>, problems: &mut Vec<Problem>) -> Option<Lowered> {
    let client = client::client(input.client, problems);
    let standing = standing::standing(input, problems);
    let pack = pack::pack(input, problems);
    let entries = input.branches.map(|it| it.typed.branches.as_slice()).unwrap_or_default();
    let branches: Vec<_> = entries.iter().map(|it| client::branch(client.id, it)).collect();
    let mut passages = passages::documents(input.knowledge, &branches, problems);

    let sheet = Sheet::of_client(input, problems)?;
    let facts = facts::facts(&sheet, problems);
    let mut branch_facts = BTreeMap::new();
    for (index, branch) in branches.iter().enumerate() {
        let own = input.branches.and_then(|file| sheet.of_branch(file, index, problems));
        if let Some(own) = own {
            branch_facts.insert(branch.slug.clone(), facts::facts(&own, problems));
        }
    }
    if let Some(file) = input.branches {
        passages::refuse_shared_tags(file, &branches, &branch_facts, problems);
    }
    let askers = pack.as_ref().map(|it| passages::Askers::of(&it.0)).unwrap_or_default();
    let views = branches.iter().filter(|it| it.is_active).map(|branch| passages::View {
        tag: branch.knowledge_tag.clone(),
        drafts: passages::fact_drafts(branch_facts.get(&branch.slug).unwrap_or(&facts), &askers),
    });
    passages.extend(passages::spread(passages::fact_drafts(&facts, &askers), views.collect()));
    if let Some(file) = input.branches {
        let layer = place::Layer::new(file, "/branches");
        let points = branches.iter().enumerate().map(|(index, branch)| {
            (branch, branch_facts.get(&branch.slug), layer.spot(&place::below("", index)).source())
        });
        passages.extend(passages::branch_passages(points));
    }

    let (pack, sources) = pack?;
    let release = format::Release {
        format: format::FORMAT,
        client,
        branches,
        agents: input.client.typed.agents.iter().map(client::agent).collect(),
        prompts: input.prompt.map(|it| client::prompts(it.typed)).unwrap_or_default(),
        facts,
        branch_facts,
        pack,
        passages,
        sources,
    };
    Some(Lowered { release, standing: standing? })
}

#[cfg(test)]
mod tests;
