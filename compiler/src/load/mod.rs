//! Folder → texts in memory: the only reader of the disk. Everything after it is pure.
//!
//! What is read is decided by name ([`folder`]); hidden and unknown files are left alone. What
//! cannot be read becomes a diagnostic at the file, and the rest is read all the same.

mod file;
mod folder;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::diagnostic::Diagnostic;
use crate::source::{FileId, Place, SourceFile, SourceMap};

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

/// A bundle's folder.
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

/// Everything a path holds.
#[derive(Debug, Default)]
pub struct Tree {
    /// The texts.
    pub sources: SourceMap,
    /// What could not be read.
    pub diagnostics: Vec<Diagnostic>,
    /// `companies.yaml`.
    pub companies: Option<Loaded>,
    /// `plans.yaml`.
    pub plans: Option<Loaded>,
    /// Packs by name.
    pub packs: BTreeMap<String, Loaded>,
    /// Bundles by the name of their folder.
    pub bundles: Vec<Folder>,
}

/// Reads a tree of tenants or one bundle; with `only` just that tenant and what tenants share.
#[must_use]
pub fn load(path: &Path, only: Option<&str>) -> Tree {
    let mut tree = Tree::default();
    if !path.is_dir() {
        let (code, message) = match path.try_exists() {
            Ok(false) => ("path-missing", "there is no such folder".to_owned()),
            Ok(true) => ("path-not-folder", "this is a file; give the folder it stands in".to_owned()),
            Err(error) => ("file-unreadable", format!("this cannot be read: {}", file::reason(&error))),
        };
        let place = tree.stand_in(path);
        tree.diagnostics.push(Diagnostic::error(code, place, message));
        return tree;
    }
    let shared = if folder::is_bundle(path) {
        let parent = folder::shared_root(path);
        let boundary = parent.clone().unwrap_or_else(|| path.to_owned());
        tree.read_bundle(path, &boundary);
        parent
    } else {
        for folder in tree.subfolders(path) {
            let name = folder::name(&folder);
            if only.is_none_or(|it| it == name) && folder::is_bundle(&folder) {
                tree.read_bundle(&folder, path);
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

/// Reads one file, wherever it lies; its text is the only one, or a diagnostic says why there is none.
pub(crate) fn one_file(path: &Path) -> Tree {
    let mut tree = Tree::default();
    if tree.read_file(path, Path::new("/")).is_none() {
        let place = tree.stand_in(path);
        tree.diagnostics.push(Diagnostic::error("path-missing", place, "there is no such file"));
    }
    tree
}

impl Tree {
    /// A place for what has no text: a folder, or a file that is missing or unreadable.
    fn stand_in(&mut self, path: &Path) -> Place {
        let file = self.sources.find(path);
        let file = file.unwrap_or_else(|| self.sources.add(SourceFile::new(path.to_owned(), String::new())));
        Place::new(file, 0..0)
    }

    /// Reads what tenants share.
    fn read_shared(&mut self, root: &Path) {
        self.companies = self.read_file(&root.join(COMPANIES), root);
        self.plans = self.read_file(&root.join(PLANS), root);
        for (name, path) in self.files_in(&root.join(PACKS), "yaml") {
            if let Some(loaded) = self.read_file(&path, root) {
                self.packs.insert(name.trim_end_matches(".yaml").to_owned(), loaded);
            }
        }
    }

    fn refuse_emptiness(&mut self, path: &Path, only: Option<&str>) {
        let names: Vec<&str> = self.bundles.iter().map(|it| it.name.as_str()).collect();
        let (code, message) = match only {
            Some(slug) if !names.contains(&slug) => {
                ("tenant-missing", format!("there is no tenant `{slug}` here"))
            }
            None if names.is_empty() => ("no-tenants", "there is no tenant in this folder".to_owned()),
            _ => return,
        };
        let place = self.stand_in(path);
        let help =
            format!("a tenant is a folder with a {CLIENT}; see `tenants/` of the repository for examples");
        self.diagnostics.push(Diagnostic::error(code, place, message).with_help(help));
    }
}
