//! A tenant's files, parsed and of the right shape where they could be.

mod lowered;
mod read;
mod shared;

use std::path::PathBuf;

use schema::{BranchesFile, ClientFile, EvalFile, PromptFile, TruthFile};
use serde_json::Value;

use crate::diagnostic::{Diagnostic, Severity};
use crate::source::{FileId, Place};
use crate::tree::{Tree, value_at};

pub(crate) use lowered::lower;
pub use shared::Shared;
pub(crate) use shared::SharedTexts;

/// A file whose content is known.
#[derive(Debug, Clone)]
pub struct Parsed<T> {
    /// Path inside the bundle, or inside the tree for what tenants share.
    pub name: String,
    /// The file.
    pub file: FileId,
    /// Its content with places.
    pub tree: Tree,
    /// Its content, typed.
    pub typed: T,
}

impl<T> Parsed<T> {
    /// The place of the value a JSON pointer leads to.
    #[must_use]
    pub fn place(&self, pointer: &str) -> Place {
        Place::new(self.file, self.tree.span(pointer))
    }

    /// The place of the key a JSON pointer ends with.
    #[must_use]
    pub fn key(&self, pointer: &str) -> Place {
        Place::new(self.file, self.tree.key_span(pointer))
    }

    /// The plain data a JSON pointer leads to.
    #[must_use]
    pub fn value(&self, pointer: &str) -> Option<&Value> {
        value_at(self.tree.value(), pointer)
    }
}

/// A Markdown document.
#[derive(Debug, Clone)]
pub struct Document {
    /// Path inside the bundle.
    pub name: String,
    /// The file.
    pub file: FileId,
}

/// One tenant. A file that is missing here was absent, or is broken and has its diagnostics.
#[derive(Debug, Clone)]
pub struct Bundle {
    /// The folder's own name, which is the slug.
    pub folder: String,
    /// The folder as shown to the user.
    pub root: PathBuf,
    /// A stand-in for the folder.
    pub place: Place,
    /// `client.yaml`.
    pub client: Option<Parsed<ClientFile>>,
    /// `branches.yaml`.
    pub branches: Option<Parsed<BranchesFile>>,
    /// `prompt.yaml`.
    pub prompt: Option<Parsed<PromptFile>>,
    /// `SALON_TRUTH.yaml`.
    pub truth: Option<Parsed<TruthFile>>,
    /// `EVAL.yaml`, then `tests/*.yaml` by name.
    pub tests: Vec<Parsed<EvalFile>>,
    /// `knowledge/**.md` by name.
    pub documents: Vec<Document>,
    /// Every file of the folder that was read, broken ones too.
    pub files: Vec<FileId>,
    /// Whether `branches.yaml` stands in the folder, broken or not.
    pub has_branches: bool,
    /// What is wrong with the files of this tenant.
    pub diagnostics: Vec<Diagnostic>,
}

impl Bundle {
    /// Whether something forbids a release.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|it| it.severity == Severity::Error)
    }
}
