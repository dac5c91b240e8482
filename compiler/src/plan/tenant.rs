//! One tenant's part of a plan.

use std::collections::BTreeSet;

use format::{Lang, Passage, PassageKind, Release, Standing};
use serde::{Deserialize, Serialize};

use super::answers::{AnswerChange, Heard, Verdict};
use super::change::{Change, PromptChange, between};
use super::danger::{self, Danger};
use super::documents::{self, DocumentChange};
use super::{Action, Current, Desired, facts};

/// A passage, named without its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PassageRef {
    /// Document, relative to the bundle.
    pub doc: String,
    /// Heading path.
    pub section: String,
    /// Branch tag or `shared`.
    pub tag: String,
    /// Its language.
    pub lang: Lang,
    /// Where it comes from; those of facts mirror what the facts say.
    pub kind: PassageKind,
    /// Its digest.
    pub digest: String,
}

/// What happens to the knowledge.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Passages {
    /// Passages without a vector yet.
    pub embed: Vec<PassageRef>,
    /// Passages of the live release that the new one has no more.
    pub drop: Vec<PassageRef>,
    /// Passages whose vector is there already.
    pub reused: usize,
    /// What embedding costs in US dollars; the lexical encoder is free.
    pub cost_usd: f64,
}

/// What stays as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Unchanged {
    /// Facts.
    pub facts: usize,
    /// Prompts.
    pub prompts: usize,
}

/// What apply publishes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payload {
    /// The release's canonical bytes, which are JSON.
    pub release: String,
    /// Plan and company.
    pub standing: Standing,
}

/// What apply does with one tenant, and what that changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TenantPlan {
    /// Tenant.
    pub slug: String,
    /// What apply does.
    pub action: Action,
    /// The live release the plan rests on; absent = not published.
    pub base: Option<String>,
    /// The release of the tree (of the store for orphans; empty where there is none).
    pub release_id: String,
    /// The live release cannot be read by this build, so nothing is said about what changes.
    pub base_unreadable: bool,
    /// Facts, old → new.
    pub facts: Vec<Change>,
    /// Client, settings, branches and people.
    pub settings: Vec<Change>,
    /// What the packs say: intents, policies, templates, words.
    pub pack: Vec<Change>,
    /// Plan and company.
    pub standing: Vec<Change>,
    /// Prompts.
    pub prompts: Vec<PromptChange>,
    /// Documents whose text differs.
    pub documents: Vec<DocumentChange>,
    /// What is embedded.
    pub passages: Passages,
    /// What stays as it is.
    pub unchanged: Unchanged,
    /// The bundle's own tests with the new release; absent when they were not run.
    pub tests: Option<Verdict>,
    /// How many questions both releases were asked.
    pub asked: usize,
    /// Answers that change, worse ones first.
    pub answers: Vec<AnswerChange>,
    /// Why answers could not be compared.
    pub unheard: Option<String>,
    /// What deserves a second look.
    pub dangers: Vec<Danger>,
    /// What is published; absent where nothing is, and in plans that are only shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payload: Option<Payload>,
}

impl TenantPlan {
    /// Whether an apply writes anything of it.
    #[must_use]
    pub fn writes(&self) -> bool {
        matches!(self.action, Action::Create | Action::Update)
    }

    /// How many questions are answered differently.
    #[must_use]
    pub fn changed_answers(&self) -> usize {
        self.answers.iter().map(|it| 1 + it.alike.len()).sum()
    }

    /// Takes in what was heard of the new release, and of the live one where there is one.
    pub(crate) fn hear(&mut self, heard: Result<Heard, String>) {
        match heard {
            Ok(Heard { tests, asked, answers }) => {
                self.tests = Some(tests);
                self.asked = asked;
                self.answers = answers;
            }
            Err(why) => self.unheard = Some(why),
        }
    }

    /// A tenant that apply leaves alone.
    pub(super) fn idle(slug: &str, action: Action, current: Option<&Current>) -> Self {
        let base = current.map(|it| it.release_id.clone());
        Self {
            slug: slug.to_owned(),
            action,
            release_id: base.clone().unwrap_or_default(),
            base,
            base_unreadable: false,
            facts: Vec::new(),
            settings: Vec::new(),
            pack: Vec::new(),
            standing: Vec::new(),
            prompts: Vec::new(),
            documents: Vec::new(),
            passages: Passages::default(),
            unchanged: Unchanged::default(),
            tests: None,
            asked: 0,
            answers: Vec::new(),
            unheard: None,
            dangers: Vec::new(),
            payload: None,
        }
    }
}

/// Plans one tenant; `known` gains the passages it would embed, so the next tenant reuses them.
pub(super) fn of(
    current: Option<&Current>,
    desired: &Desired<'_>,
    known: &mut BTreeSet<String>,
) -> TenantPlan {
    let slug = &desired.release.client.slug;
    let same_release = current.is_some_and(|it| it.release_id == desired.release_id);
    if same_release && current.is_some_and(|it| it.standing == *desired.standing) {
        return TenantPlan::idle(slug, Action::Unchanged, current);
    }
    let mut planned = TenantPlan::idle(slug, Action::Create, current);
    desired.release_id.clone_into(&mut planned.release_id);
    planned.payload = Some(Payload {
        release: String::from_utf8_lossy(desired.bytes).into_owned(),
        standing: desired.standing.clone(),
    });
    if let Some(current) = current {
        planned.action = Action::Update;
        planned.standing = super::change::of_standing(&current.standing, desired.standing);
    }
    let old = current.and_then(|it| it.release.as_ref());
    if !same_release {
        planned.base_unreadable = current.is_some() && old.is_none();
        if let Some(old) = old {
            let changes = between(old, desired.release);
            planned.facts = changes.facts;
            planned.settings = changes.settings;
            planned.pack = changes.pack;
            planned.prompts = changes.prompts;
            planned.documents = documents::between(old, desired.release);
            planned.unchanged = unchanged(desired.release, &planned);
        }
        planned.passages = passages(old.map_or(&[], |it| &it.passages), &desired.release.passages, known);
    }
    planned.dangers = danger::of(current, desired);
    planned
}

/// What is in the new release and not among the changes.
fn unchanged(new: &Release, planned: &TenantPlan) -> Unchanged {
    let changed = planned.facts.iter().filter(|it| it.new.is_some()).count();
    Unchanged {
        facts: facts::lines(new).len().saturating_sub(changed),
        prompts: new.prompts.len().saturating_sub(planned.prompts.len()),
    }
}

fn passages(old: &[Passage], new: &[Passage], known: &mut BTreeSet<String>) -> Passages {
    let mut found = Passages::default();
    for passage in new {
        if known.insert(passage.digest.clone()) {
            found.embed.push(named(passage));
        } else {
            found.reused += 1;
        }
    }
    let kept: BTreeSet<&str> = new.iter().map(|it| it.digest.as_str()).collect();
    found.drop = old.iter().filter(|it| !kept.contains(it.digest.as_str())).map(named).collect();
    found
}

fn named(passage: &Passage) -> PassageRef {
    PassageRef {
        doc: passage.doc.clone(),
        section: passage.section.clone(),
        tag: passage.tag.clone(),
        lang: passage.lang,
        kind: passage.kind,
        digest: passage.digest.clone(),
    }
}
