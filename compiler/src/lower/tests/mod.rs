//! Small invented bundles of several trades, lowered.

mod facts;
mod identity;
mod packs;
mod passages;
mod problems;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{Document, File, Input, Lines, Lowered, Pack, Problem};
use crate::said::Lang;
use crate::source::{SourceFile, SourceMap};
use crate::tree::{Budget, Tree};

/// A bicycle workshop with two points, in two languages.
const WORKSHOP: &[(&str, &str)] = &[
    ("client.yaml", include_str!("workshop/client.yaml")),
    ("branches.yaml", include_str!("workshop/branches.yaml")),
    ("SALON_TRUTH.yaml", include_str!("workshop/SALON_TRUTH.yaml")),
    ("prompt.yaml", include_str!("workshop/prompt.yaml")),
    ("_packs/base.yaml", include_str!("workshop/base.yaml")),
    ("_packs/repair.yaml", include_str!("workshop/repair.yaml")),
    ("knowledge/tyres.md", "# Шины\n\nКакие шины ставим и почему.\n"),
    ("knowledge/east/lift.md", "# Подъёмник\n\nВелосипед поднимаем на лифте.\n"),
];

/// The smallest bundle: a bakery with one shelf.
const BAKERY: &[(&str, &str)] = &[
    ("client.yaml", "slug: bakery\nname: Колос\n"),
    (
        "SALON_TRUTH.yaml",
        "client_pack:\n  price_list:\n    - category: Хлеб\n      items:\n        - {name: Батон, price: 250}\n",
    ),
];

/// A file in memory.
struct Parsed<T> {
    name: String,
    typed: T,
    tree: Tree,
    source: SourceFile,
}

impl<T> Lines for Parsed<T> {
    fn line(&self, pointer: &str) -> u32 {
        u32::try_from(self.source.position(self.tree.span(pointer).start).line).unwrap()
    }
}

impl<T> Parsed<T> {
    fn file(&self) -> File<'_, T> {
        File { name: &self.name, typed: &self.typed, value: self.tree.value(), lines: self }
    }
}

fn parse<T: DeserializeOwned>(name: &str, text: &str) -> Parsed<T> {
    let source = SourceFile::new(name.into(), text.to_owned());
    let id = SourceMap::default().add(source.clone());
    let read = crate::tree::read(id, source.text(), Budget::default());
    assert!(read.diagnostics.is_empty(), "{name}: {:?}", read.diagnostics);
    let tree = read.tree.unwrap();
    let typed = schema::read(tree.value()).unwrap_or_else(|error| panic!("{name}: {error}"));
    Parsed { name: name.to_owned(), typed, tree, source }
}

fn find<T: DeserializeOwned>(files: &[(&str, &str)], name: &str) -> Option<Parsed<T>> {
    // The last one wins, so that a test can replace a file of a bundle.
    files.iter().rev().find(|(it, _)| *it == name).map(|(name, text)| parse(name, text))
}

/// Lowers a bundle given as `(name, text)`.
fn lower(files: &[(&str, &str)]) -> Result<Lowered, Vec<Problem>> {
    let client = find(files, "client.yaml").unwrap();
    let branches = find(files, "branches.yaml");
    let prompt = find(files, "prompt.yaml");
    let truth = find(files, "SALON_TRUTH.yaml").unwrap();
    let companies = find(files, "companies.yaml");
    let plans = find(files, "plans.yaml");
    let packs: Vec<(String, Parsed<schema::PackFile>)> = files
        .iter()
        .filter_map(|(name, text)| {
            let stem = name.strip_prefix("_packs/")?.strip_suffix(".yaml")?;
            Some((stem.to_owned(), parse(name, text)))
        })
        .collect();
    let packs: Vec<Pack<'_>> = packs.iter().map(|(name, file)| Pack { name, file: file.file() }).collect();
    let documents: Vec<Document<'_>> = files
        .iter()
        .filter(|(path, _)| path.starts_with("knowledge/"))
        .map(|(path, text)| Document { path, text })
        .collect();
    super::lower(&Input {
        client: client.file(),
        branches: branches.as_ref().map(Parsed::file),
        prompt: prompt.as_ref().map(Parsed::file),
        truth: truth.file(),
        companies: companies.as_ref().map(Parsed::file),
        plans: plans.as_ref().map(Parsed::file),
        packs: &packs,
        knowledge: &documents,
    })
}

/// A bundle with some of its files replaced or added.
fn with<'a>(files: &[(&'a str, &'a str)], changed: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    files.iter().chain(changed).copied().collect()
}

/// Lowers a bundle that must be fine.
fn release(files: &[(&str, &str)]) -> format::Release {
    lower(files).unwrap_or_else(|problems| panic!("{problems:#?}")).release
}

/// The problems of a bundle as `file:pointer code message | help`.
fn problems(files: &[(&str, &str)]) -> Vec<String> {
    let Err(problems) = lower(files) else { return Vec::new() };
    let line = |it: &Problem| {
        let help = it.help.as_ref().map(|help| format!(" | {}", help.in_lang(Lang::En))).unwrap_or_default();
        format!("{}:{} {} {}{help}", it.file, it.pointer, it.code, it.message.in_lang(Lang::En))
    };
    problems.iter().map(line).collect()
}

/// JSON of a part of a release, to compare with what is expected.
fn json(part: &impl serde::Serialize) -> Value {
    serde_json::to_value(part).unwrap()
}
