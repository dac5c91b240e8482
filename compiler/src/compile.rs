//! The whole front: a path → diagnostics and, for every tenant without errors, a release.

use std::path::{Path, PathBuf};

use crate::diagnostic::{Diagnostic, Severity};
use crate::source::SourceMap;

/// What to compile.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Only this tenant (its slug); the others are not even read.
    pub only: Option<String>,
}

/// What a path came to.
#[derive(Debug, Clone, Default)]
pub struct Compilation {
    /// Every text that was read.
    pub sources: SourceMap,
    /// Findings by file and line.
    pub diagnostics: Vec<Diagnostic>,
    /// The tenants found, by slug.
    pub tenants: Vec<Tenant>,
}

impl Compilation {
    /// How many findings of this severity there are.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        self.diagnostics.iter().filter(|it| it.severity == severity).count()
    }

    /// Whether anything is wrong enough for exit code 1.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.count(Severity::Error) > 0
    }

    /// The tenant with this slug.
    #[must_use]
    pub fn tenant(&self, slug: &str) -> Option<&Tenant> {
        self.tenants.iter().find(|it| it.slug == slug)
    }
}

/// One bundle.
#[derive(Debug, Clone)]
pub struct Tenant {
    /// `slug:` of its client.yaml, or the folder's name where that cannot be read.
    pub slug: String,
    /// Its folder, as shown to the user.
    pub root: PathBuf,
    /// The release; `None` when the tenant has errors.
    pub compiled: Option<Compiled>,
}

/// A tenant that can be published.
#[derive(Debug, Clone)]
pub struct Compiled {
    /// The release.
    pub release: format::Release,
    /// Its canonical bytes.
    pub bytes: Vec<u8>,
    /// Its content address.
    pub release_id: String,
    /// Plan and company.
    pub standing: format::Standing,
    /// Its conversation tests in the author's order, `EVAL.yaml` first.
    pub cases: Vec<Case>,
}

/// A conversation test.
#[derive(Debug, Clone)]
pub struct Case {
    /// File, relative to the bundle.
    pub file: String,
    /// Line in it, from 1.
    pub line: usize,
    /// The test.
    pub case: schema::EvalCase,
}

/// Compiles a tree of tenants or one bundle. A broken tenant never stops the others; a path that
/// holds nothing to compile is a diagnostic too.
#[must_use]
pub fn compile(_path: &Path, _options: &Options) -> Compilation {
    Compilation::default()
}
