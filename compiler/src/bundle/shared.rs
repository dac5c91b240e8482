//! What tenants share: companies, tariffs and packs.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{LazyLock, OnceLock};

use schema::{CompaniesFile, FileKind, PackFile, PlansFile};

use super::read::parse;
use super::{Bundle, Parsed};
use crate::check::Exemplars;
use crate::diagnostic::{Diagnostic, Severity};
use crate::load::{COMPANIES, Loaded, PACKS, PLANS};
use crate::packs;
use crate::parallel;
use crate::source::{FileId, SourceFile, SourceMap};

/// What tenants share.
#[derive(Debug, Clone, Default)]
pub struct Shared {
    /// `companies.yaml`, unless absent or broken.
    pub companies: Option<Parsed<CompaniesFile>>,
    /// `plans.yaml`, unless absent or broken.
    pub plans: Option<Parsed<PlansFile>>,
    /// Packs by name, a tree's own in place of the built-in one.
    pub packs: BTreeMap<String, Parsed<PackFile>>,
    /// Names of what is there and broken: `companies.yaml`, `plans.yaml`, `_packs/<name>.yaml`.
    pub broken: BTreeSet<String>,
    /// The files of the tree that tenants share, broken ones too; none that is built in.
    pub files: Vec<FileId>,
    /// What the packs take for the customer's words, read once for all tenants.
    pub(crate) exemplars: OnceLock<Exemplars>,
}

/// The texts of what tenants share.
pub(crate) struct SharedTexts {
    pub(crate) companies: Option<Loaded>,
    pub(crate) plans: Option<Loaded>,
    pub(crate) packs: BTreeMap<String, Loaded>,
}

impl Shared {
    /// Parses what tenants share; what is wrong with it goes to `diagnostics`.
    pub(crate) fn read(
        sources: &mut SourceMap,
        texts: &SharedTexts,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Self {
        let own = texts.companies.iter().chain(&texts.plans).chain(texts.packs.values());
        let mut shared = Self { files: own.map(|it| it.file).collect(), ..Self::default() };
        for pack in BUILT_IN.iter().filter(|it| !texts.packs.contains_key(it.name)) {
            // The text stands in the binary; this is how it is shown.
            let path = PathBuf::from(format!("(built in)/{}", pack_file(pack.name)));
            let file = sources.add(SourceFile::new(path, pack.text.to_owned()));
            if let Some(parsed) = &*pack.parsed {
                shared.packs.insert(pack.name.to_owned(), Parsed { file, ..parsed.clone() });
            }
        }
        if let Some(loaded) = &texts.companies {
            shared.companies = parse(sources, FileKind::Companies, COMPANIES, loaded, diagnostics);
            shared.note(COMPANIES, shared.companies.is_none());
        }
        if let Some(loaded) = &texts.plans {
            shared.plans = parse(sources, FileKind::Plans, PLANS, loaded, diagnostics);
            shared.note(PLANS, shared.plans.is_none());
        }
        let packs: Vec<(&String, &Loaded)> = texts.packs.iter().collect();
        let parsed = parallel::map(&packs, |(name, loaded)| {
            let mut found = Vec::new();
            (parse(sources, FileKind::Pack, &pack_file(name), loaded, &mut found), found)
        });
        for ((name, _), (parsed, found)) in packs.into_iter().zip(parsed) {
            diagnostics.extend(found);
            match parsed {
                Some(parsed) => drop(shared.packs.insert(name.clone(), parsed)),
                None => shared.note(&pack_file(name), true),
            }
        }
        shared
    }

    fn note(&mut self, name: &str, broken: bool) {
        if broken {
            self.broken.insert(name.to_owned());
        }
    }

    /// Names of the packs a bundle builds on, known or not: `base`, what it extends, and what those
    /// extend.
    #[must_use]
    pub fn used_by(&self, bundle: &Bundle) -> BTreeSet<String> {
        let mut open = vec![packs::BASE];
        let own = bundle.truth.iter().flat_map(|it| &it.typed.domain_pack).flat_map(|it| &it.extends);
        open.extend(own.map(String::as_str));
        let mut used = BTreeSet::new();
        while let Some(name) = open.pop() {
            if used.insert(name.to_owned()) {
                let further = self.packs.get(name).into_iter().flat_map(|it| &it.typed.extends);
                open.extend(further.map(String::as_str));
            }
        }
        used
    }

    /// Whether a pack of this name is there but broken.
    #[must_use]
    pub fn is_broken_pack(&self, name: &str) -> bool {
        self.broken.contains(&pack_file(name))
    }
}

fn pack_file(name: &str) -> String {
    format!("{PACKS}/{name}.yaml")
}

/// Reads a pack when it is asked for.
type Reading = Box<dyn FnOnce() -> Option<Parsed<PackFile>> + Send>;

struct BuiltIn {
    name: &'static str,
    text: &'static str,
    parsed: LazyLock<Option<Parsed<PackFile>>, Reading>,
}

/// The packs inside the binary, each parsed once a process where a tree has none of its name. A test
/// holds that they have no mistakes.
static BUILT_IN: LazyLock<Vec<BuiltIn>> = LazyLock::new(|| {
    let lazy = |&(name, text): &(&'static str, &'static str)| BuiltIn {
        name,
        text,
        parsed: LazyLock::new(Box::new(move || read_built_in(name, text).0)),
    };
    packs::built_in().iter().map(lazy).collect()
});

fn read_built_in(name: &str, text: &str) -> (Option<Parsed<PackFile>>, Vec<Diagnostic>) {
    let mut sources = SourceMap::default();
    let file: FileId = sources.add(SourceFile::new(PathBuf::from(name), text.to_owned()));
    let mut diagnostics = Vec::new();
    let loaded = Loaded { file, broken: false };
    let parsed = parse(&sources, FileKind::Pack, &pack_file(name), &loaded, &mut diagnostics);
    diagnostics.retain(|it| it.severity == Severity::Error);
    (parsed, diagnostics)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_packs_inside_the_binary_have_no_mistakes() {
        for (name, text) in packs::built_in() {
            let (parsed, diagnostics) = read_built_in(name, text);
            assert_eq!(diagnostics, [], "{name}");
            assert!(parsed.is_some(), "{name}");
        }
    }
}
