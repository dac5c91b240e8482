//! What changes in the documents, section by section.

use std::collections::{BTreeMap, BTreeSet};

use format::{Passage, PassageKind, Release};
use serde::{Deserialize, Serialize};

use super::words;

/// A section whose text differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SectionChange {
    /// Heading path.
    pub section: String,
    /// What it said; absent = it is new.
    pub old: Option<String>,
    /// What it says; absent = it goes.
    pub new: Option<String>,
    /// `file:line` of the new text, or of the old one when it goes.
    pub source: String,
}

/// A document whose text differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentChange {
    /// The document, relative to the bundle.
    pub doc: String,
    /// It was there before.
    pub was: bool,
    /// It is there now.
    pub is: bool,
    /// Its sections that differ, in the order of the document.
    pub sections: Vec<SectionChange>,
}

impl SectionChange {
    /// What differs, line by line.
    #[must_use]
    pub fn diff(&self) -> String {
        words::unified(self.old.as_deref().unwrap_or_default(), self.new.as_deref().unwrap_or_default())
    }
}

/// A section's text and where it starts.
struct Section {
    text: String,
    line: u32,
    ordinal: u32,
}

type Sections = BTreeMap<String, Section>;

/// Compares the documents of two releases.
pub(super) fn between(old: &Release, new: &Release) -> Vec<DocumentChange> {
    let (before, after) = (documents(old), documents(new));
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let none = Sections::new();
    let changed = names.into_iter().filter_map(|doc| {
        let (old, new) = (before.get(doc), after.get(doc));
        let sections = sections(doc, old.unwrap_or(&none), new.unwrap_or(&none));
        let change = DocumentChange { doc: doc.clone(), was: old.is_some(), is: new.is_some(), sections };
        (!change.sections.is_empty()).then_some(change)
    });
    changed.collect()
}

fn documents(release: &Release) -> BTreeMap<String, Sections> {
    let mut found: BTreeMap<String, Sections> = BTreeMap::new();
    let mut passages: Vec<&Passage> =
        release.passages.iter().filter(|it| it.kind == PassageKind::Document).collect();
    passages.sort_by_key(|it| (&it.doc, it.ordinal));
    for it in passages {
        let sections = found.entry(it.doc.clone()).or_default();
        let section = sections.entry(it.section.clone()).or_insert_with(|| Section {
            text: String::new(),
            line: it.line,
            ordinal: it.ordinal,
        });
        section.text.push_str(it.text.trim_end());
        section.text.push('\n');
    }
    found
}

fn sections(doc: &str, old: &Sections, new: &Sections) -> Vec<SectionChange> {
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let mut changed: Vec<(u32, SectionChange)> = names
        .into_iter()
        .filter_map(|section| {
            let (before, after) = (old.get(section), new.get(section));
            let text = |it: Option<&Section>| it.map(|it| it.text.clone());
            let stands = after.or(before)?;
            (text(before) != text(after)).then(|| {
                let source = format!("{doc}:{}", stands.line);
                let change =
                    SectionChange { section: section.clone(), old: text(before), new: text(after), source };
                (stands.ordinal, change)
            })
        })
        .collect();
    changed.sort_by_key(|(ordinal, _)| *ordinal);
    changed.into_iter().map(|(_, change)| change).collect()
}
