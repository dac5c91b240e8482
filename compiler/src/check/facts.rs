//! Sections of facts with their places.
//!
//! A section (`price_list`, `salon`, …) stands in `client_pack`, or at top level in old files, and
//! again in each branch that differs.

use serde_json::Value;

use crate::bundle::Bundle;
use crate::source::{FileId, Place};
use crate::tree::{Tree, value_at};

/// A section where somebody wrote it.
#[derive(Debug, Clone)]
pub(super) struct Section<'a> {
    file: FileId,
    tree: &'a Tree,
    pointer: String,
    value: &'a Value,
}

impl<'a> Section<'a> {
    /// A part of it, by a pointer that starts here.
    pub(super) fn at(&self, pointer: &str) -> Option<Self> {
        let value = value_at(self.value, pointer).filter(|it| !it.is_null())?;
        Some(Self { file: self.file, tree: self.tree, pointer: [&*self.pointer, pointer].concat(), value })
    }

    /// Its items, if it is a list.
    pub(super) fn items(&self) -> impl Iterator<Item = Self> + use<'a, '_> {
        let items = self.value.as_array().into_iter().flatten().enumerate();
        items.filter(|(_, value)| !value.is_null()).map(|(index, value)| Self {
            file: self.file,
            tree: self.tree,
            pointer: [&*self.pointer, "/", &index.to_string()].concat(),
            value,
        })
    }

    /// Its keys and what stands under them, if it is a mapping.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&'a str, Self)> + use<'a, '_> {
        self.value.as_object().into_iter().flatten().filter_map(|(key, _)| {
            let mut pointer = String::new();
            crate::tree::push(&mut pointer, key);
            Some((key.as_str(), self.at(&pointer)?))
        })
    }

    pub(super) fn text(&self) -> Option<&'a str> {
        self.value.as_str()
    }

    /// A whole number that is not negative.
    pub(super) fn whole(&self) -> Option<u64> {
        self.value.as_u64()
    }

    /// The text under one of its keys.
    pub(super) fn text_at(&self, key: &str) -> Option<&'a str> {
        self.value.get(key)?.as_str()
    }

    pub(super) fn place(&self) -> Place {
        Place::new(self.file, self.tree.span(&self.pointer))
    }

    /// The place of the key it stands under.
    pub(super) fn key(&self) -> Place {
        Place::new(self.file, self.tree.key_span(&self.pointer))
    }

    /// The place of what is under one of its keys; of itself where there is no such key.
    pub(super) fn place_at(&self, key: &str) -> Place {
        self.at(&["/", key].concat()).map_or_else(|| self.place(), |it| it.place())
    }
}

/// A section of the tenant's facts.
pub(super) fn section<'a>(bundle: &'a Bundle, name: &str) -> Option<Section<'a>> {
    let truth = bundle.truth.as_ref()?;
    let under = |pointer: String| {
        let value = truth.value(&pointer).filter(|it| !it.is_null())?;
        Some(Section { file: truth.file, tree: &truth.tree, pointer, value })
    };
    under(format!("/client_pack/{name}")).or_else(|| under(format!("/{name}")))
}

/// A section of what one branch changes.
pub(super) fn of_branch<'a>(bundle: &'a Bundle, slug: &str, name: &str) -> Option<Section<'a>> {
    let file = bundle.branches.as_ref()?;
    let index = file.typed.branches.iter().position(|it| it.slug == slug)?;
    let pointer = format!("/branches/{index}/facts/{name}");
    let value = file.value(&pointer).filter(|it| !it.is_null())?;
    Some(Section { file: file.file, tree: &file.tree, pointer, value })
}

/// A section of the tenant's facts and of those that branches change.
pub(super) fn everywhere<'a>(bundle: &'a Bundle, name: &str) -> Vec<Section<'a>> {
    let own = section(bundle, name);
    let branches = bundle.branches.iter().flat_map(|file| {
        (0..file.typed.branches.len()).filter_map(move |index| {
            let pointer = format!("/branches/{index}/facts/{name}");
            let value = file.value(&pointer).filter(|it| !it.is_null())?;
            Some(Section { file: file.file, tree: &file.tree, pointer, value })
        })
    });
    own.into_iter().chain(branches).collect()
}
