//! Folder → texts in memory: the only reader of the disk. Everything after it is pure.
//!
//! What is read is decided by name ([`folder`]); hidden and unknown files are left alone. What
//! cannot be read becomes a diagnostic at the file, and the rest is read all the same.

mod file;
mod folder;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::diagnostic::Diagnostic;
use crate::said::say;
use crate::source::{FileId, Place, SourceFile, SourceMap};

pub(crate) use folder::is_bundle;

/// The legal entities.
pub const COMPANIES: &str = "companies.yaml";
/// The tariffs.
pub const PLANS: &str = "plans.yaml";
/// The folder of packs.
pub const PACKS: &str = "_packs";
/// The tenant.
pub const CLIENT: &str = "client.yaml";
/// Its points.
pub const BRANCHES: &str = "branches.yaml";
/// Its prompts.
pub const PROMPT: &str = "prompt.yaml";
/// Its facts.
pub const TRUTH: &str = "SALON_TRUTH.yaml";
/// Its conversation tests; more of them in [`TESTS`].
pub const EVAL: &str = "EVAL.yaml";
/// The folder of further conversation tests.
pub const TESTS: &str = "tests";
/// The folder of documents.
pub const KNOWLEDGE: &str = "knowledge";

/// The files of a bundle that stand at its top.
pub const BUNDLE_FILES: [&str; 5] = [CLIENT, BRANCHES, PROMPT, TRUTH, EVAL];

/// A text that was read.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The text.
    pub file: FileId,
    /// It could not be read as it is; a diagnostic says why, and the text is of no use.
    pub broken: bool,
}

/// Where a bundle lies.
#[derive(Debug, Clone)]
pub struct Root {
    /// The folder's own name.
    pub name: String,
    /// The folder as shown to the user.
    pub path: PathBuf,
    /// Links of the bundle may lead anywhere inside this folder.
    pub boundary: PathBuf,
}

/// A bundle's files.
#[derive(Debug, Clone)]
pub struct Folder {
    /// The folder's own name.
    pub name: String,
    /// The folder as shown to the user.
    pub root: PathBuf,
    /// Its files by their path inside it, `/` between parts.
    pub files: BTreeMap<String, Loaded>,
    /// A stand-in for the folder itself, for findings about what is missing.
    pub place: Place,
}

/// What a path holds: the texts that tenants share, and where each bundle lies.
#[derive(Debug, Default)]
pub struct Tree {
    /// The shared texts, and what could not be read.
    pub reader: Reader,
    /// `companies.yaml`.
    pub companies: Option<Loaded>,
    /// `plans.yaml`.
    pub plans: Option<Loaded>,
    /// Packs by name.
    pub packs: BTreeMap<String, Loaded>,
    /// Bundles by the name of their folder.
    pub bundles: Vec<Root>,
}

/// Texts as they are read, with what could not be.
#[derive(Debug, Clone, Default)]
pub struct Reader {
    /// The texts.
    pub sources: SourceMap,
    /// What could not be read.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads what the tenants of a path share and finds their bundles, whose texts [`bundle`] reads one
/// at a time: a tree may be larger than memory. A finding tells where there is no tenant, or not
/// the one called `only`.
#[must_use]
pub fn survey(path: &Path, only: Option<&str>) -> Tree {
    let mut tree = Tree::default();
    if !path.is_dir() {
        let (code, message) = match path.try_exists() {
            Ok(false) => ("path-missing", say!("there is no such folder", "такой папки нет")),
            Ok(true) => {
                let message = say!(
                    "this is a file; give the folder it stands in",
                    "это файл; укажите папку, в которой он лежит",
                );
                ("path-not-folder", message)
            }
            Err(error) => ("file-unreadable", file::unreadable(&error)),
        };
        let place = tree.reader.stand_in(path);
        tree.reader.diagnostics.push(Diagnostic::error(code, place, message));
        return tree;
    }
    let shared = if folder::is_bundle(path) {
        let parent = folder::shared_root(path);
        let boundary = parent.clone().unwrap_or_else(|| path.to_owned());
        tree.bundles.push(Root { name: folder::name(path), path: path.to_owned(), boundary });
        parent
    } else {
        for folder in tree.reader.subfolders(path) {
            if folder::is_bundle(&folder) {
                let name = folder::name(&folder);
                tree.bundles.push(Root { name, path: folder, boundary: path.to_owned() });
            }
        }
        Some(path.to_owned())
    };
    if let Some(shared) = shared {
        tree.read_shared(&shared);
    }
    tree.refuse_emptiness(path, only);
    tree
}

/// Reads one bundle beside the texts that tenants share.
#[must_use]
pub fn bundle(root: &Root, shared: &SourceMap) -> (Reader, Folder) {
    let mut reader = Reader { sources: shared.clone(), diagnostics: Vec::new() };
    let folder = reader.read_bundle(root);
    (reader, folder)
}

/// Reads some of the files at the top of a bundle, by name; what is wrong with them is not told.
#[must_use]
pub(crate) fn bundle_files(root: &Root, shared: &SourceMap, names: &[&str]) -> (Reader, Folder) {
    let mut reader = Reader { sources: shared.clone(), diagnostics: Vec::new() };
    let place = reader.stand_in(&root.path);
    let read = |name: &&str| {
        let loaded = reader.read_file(&root.path.join(name), &root.boundary)?;
        Some(((*name).to_owned(), loaded))
    };
    let files = names.iter().filter_map(read).collect();
    let folder = Folder { name: root.name.clone(), root: root.path.clone(), files, place };
    (reader, folder)
}

/// Reads one file, wherever it lies; its text is the only one, or a diagnostic says why there is none.
pub(crate) fn one_file(path: &Path) -> Reader {
    let mut reader = Reader::default();
    if reader.read_file(path, Path::new("/")).is_none() {
        let place = reader.stand_in(path);
        let message = say!("there is no such file", "такого файла нет");
        reader.diagnostics.push(Diagnostic::error("path-missing", place, message));
    }
    reader
}

impl Reader {
    /// A place for what has no text: a folder, or a file that is missing or unreadable.
    pub(crate) fn stand_in(&mut self, path: &Path) -> Place {
        let file = self.sources.find(path);
        let file = file.unwrap_or_else(|| self.sources.add(SourceFile::new(path.to_owned(), String::new())));
        Place::new(file, 0..0)
    }
}

impl Tree {
    /// Reads what tenants share.
    fn read_shared(&mut self, root: &Path) {
        self.companies = self.reader.read_file(&root.join(COMPANIES), root);
        self.plans = self.reader.read_file(&root.join(PLANS), root);
        for (name, path) in self.reader.files_in(&root.join(PACKS), "yaml") {
            if let Some(loaded) = self.reader.read_file(&path, root) {
                self.packs.insert(name.trim_end_matches(".yaml").to_owned(), loaded);
            }
        }
    }

    fn refuse_emptiness(&mut self, path: &Path, only: Option<&str>) {
        let names: Vec<&str> = self.bundles.iter().map(|it| it.name.as_str()).collect();
        let (code, message) = match only {
            Some(slug) if !names.contains(&slug) => {
                ("tenant-missing", say!("there is no tenant `{slug}` here", "здесь нет бренда `{slug}`"))
            }
            None if names.is_empty() => {
                ("no-tenants", say!("there is no tenant in this folder", "в этой папке нет ни одного бренда"))
            }
            _ => return,
        };
        let place = self.reader.stand_in(path);
        let help = say!(
            "a tenant is a folder with a {CLIENT}; see `tenants/` of the repository for examples",
            "бренд — это папка, в которой есть {CLIENT}; примеры лежат в `tenants/` репозитория",
        );
        self.reader.diagnostics.push(Diagnostic::error(code, place, message).with_help(help));
    }
}
