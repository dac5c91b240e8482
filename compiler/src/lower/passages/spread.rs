//! Which facts hold everywhere, and which only at a branch.
//!
//! A search at a branch sees the shared passages and the branch's own. A fact that differs between
//! branches must therefore not be shared, or the wrong price would be found beside the right one.

use std::collections::{BTreeMap, BTreeSet};

use format::{Branch, Facts, Lang, Passage, PassageKind, SHARED_TAG, Source};
use schema::BranchesFile;

use crate::lower::place::Layer;
use crate::lower::{File, Problem};
use crate::said::say;

/// A fact in words, not yet tagged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Draft {
    pub(super) section: String,
    pub(super) lang: Lang,
    pub(super) text: String,
    pub(super) source: Source,
    /// How people ask for it.
    pub(super) asked: Vec<String>,
}

/// Facts as one active branch tells them.
pub(crate) struct View {
    pub(crate) tag: String,
    pub(crate) drafts: Vec<Draft>,
}

/// What makes two drafts versions of one fact: section, language, and how many of them came before.
type Identity = (String, Lang, u32);

/// Passages of the tenant's facts: shared where every branch tells the same, else one a branch.
pub(crate) fn spread(client: Vec<Draft>, views: Vec<View>) -> Vec<Passage> {
    let client = identified(client);
    let views: Vec<(String, Vec<(Identity, Draft)>)> =
        views.into_iter().map(|it| (it.tag, identified(it.drafts))).collect();
    let versions: Vec<BTreeMap<&Identity, &Draft>> =
        views.iter().map(|(_, drafts)| drafts.iter().map(|(id, draft)| (id, draft)).collect()).collect();
    let mut passages = Vec::new();
    let mut shared = BTreeSet::new();
    for (id, draft) in &client {
        if versions.iter().all(|it| it.get(id).is_some_and(|version| version.text == draft.text)) {
            shared.insert(id);
            passages.push(passage(id, draft, SHARED_TAG));
        }
    }
    for (tag, drafts) in &views {
        let own = drafts.iter().filter(|(id, _)| !shared.contains(id));
        passages.extend(own.map(|(id, draft)| passage(id, draft, tag)));
    }
    // Branches without facts of their own may share a tag.
    let mut seen = BTreeSet::new();
    passages.retain(|it| seen.insert(it.digest.clone()));
    passages
}

/// Facts of its own need a tag of its own: under a shared one another branch would find them.
pub(crate) fn refuse_shared_tags(
    file: File<'_, BranchesFile>,
    branches: &[Branch],
    own: &BTreeMap<String, Facts>,
    problems: &mut Vec<Problem>,
) {
    for (index, branch) in branches.iter().enumerate().filter(|(_, it)| it.is_active) {
        let tag = &branch.knowledge_tag;
        let other =
            branches.iter().find(|it| it.is_active && it.slug != branch.slug && it.knowledge_tag == *tag);
        let message = match other {
            Some(other) if own.contains_key(&branch.slug) || own.contains_key(&other.slug) => {
                let other = &other.slug;
                say!(
                    "the tag `{tag}` is shared with {other}, but the facts are not",
                    "метка `{tag}` общая с филиалом `{other}`, а факты у них разные",
                )
            }
            _ if tag == SHARED_TAG && own.contains_key(&branch.slug) => say!(
                "the tag `{tag}` is shared with all branches, but the facts are not",
                "метка `{tag}` общая для всех филиалов, а факты у этого филиала свои",
            ),
            _ => continue,
        };
        let spot = Layer::new(file, format!("/branches/{index}")).spot("/knowledge_tag");
        let slug = &branch.slug;
        let help = say!(
            "write `knowledge_tag: {slug}`, or leave it out",
            "напишите `knowledge_tag: {slug}` или удалите эту строку",
        );
        problems.push(spot.problem("knowledge-tag-shared", message, Some(help)));
    }
}

fn identified(drafts: Vec<Draft>) -> Vec<(Identity, Draft)> {
    let mut seen: BTreeMap<(String, Lang), u32> = BTreeMap::new();
    let mut identify = |draft: Draft| {
        let count = seen.entry((draft.section.clone(), draft.lang)).or_default();
        let id = (draft.section.clone(), draft.lang, *count);
        *count += 1;
        (id, draft)
    };
    drafts.into_iter().map(&mut identify).collect()
}

fn passage((section, lang, ordinal): &Identity, draft: &Draft, tag: &str) -> Passage {
    let (doc, line) = draft.source.0.rsplit_once(':').unwrap_or((&draft.source.0, ""));
    let mut passage = Passage {
        digest: String::new(),
        text: draft.text.clone(),
        lang: *lang,
        tag: tag.to_owned(),
        doc: doc.to_owned(),
        section: section.clone(),
        ordinal: *ordinal,
        kind: PassageKind::Fact,
        line: line.parse().unwrap_or(1),
        asked: draft.asked.clone(),
    };
    passage.digest = passage.own_digest();
    passage
}
