//! The whole front: a path → diagnostics and, for every tenant without errors, a release.

use std::path::{Path, PathBuf};

use crate::bundle::{self, Bundle, Shared, SharedTexts};
use crate::check::{self, Scene};
use crate::diagnostic::{Diagnostic, Severity};
use crate::load::{self, Folder};
use crate::lower::Lowered;
use crate::parallel;
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
pub fn compile(path: &Path, options: &Options) -> Compilation {
    let tree = load::load(path, options.only.as_deref());
    let load::Tree { mut sources, diagnostics: mut unread, companies, plans, packs, bundles: folders } = tree;
    let mut diagnostics = Vec::new();
    let texts = SharedTexts { companies, plans, packs };
    let shared = Shared::read(&mut sources, &texts, &mut diagnostics);
    let folders: Vec<(Folder, Vec<Diagnostic>)> = folders
        .into_iter()
        .map(|folder| {
            let inside = |it: &mut Diagnostic| sources.file(it.file).path().starts_with(&folder.root);
            let own = unread.extract_if(.., inside).collect();
            (folder, own)
        })
        .collect();
    let drafts = parallel::map(&folders, |(folder, unread)| draft(&sources, &shared, folder, unread));
    let mut bundles: Vec<Bundle> = Vec::new();
    let mut tenants = Vec::new();
    for Draft { mut bundle, compiled } in drafts {
        let standing = compiled.as_ref().map(|it| &it.standing);
        let scene =
            Scene { sources: &sources, bundle: &bundle, earlier: &bundles, shared: &shared, standing };
        let findings = check::run(&scene);
        bundle.diagnostics.extend(findings);
        let compiled = compiled.filter(|_| !bundle.has_errors());
        tenants.push(Tenant { slug: bundle.folder.clone(), root: bundle.root.clone(), compiled });
        bundles.push(bundle);
    }
    diagnostics.append(&mut unread);
    diagnostics.extend(bundles.into_iter().flat_map(|it| it.diagnostics));
    sort(&sources, &mut diagnostics);
    Compilation { sources, diagnostics, tenants }
}

/// A tenant before the rules: what knows of no other tenant.
struct Draft {
    bundle: Bundle,
    compiled: Option<Compiled>,
}

fn draft(sources: &SourceMap, shared: &Shared, folder: &Folder, unread: &[Diagnostic]) -> Draft {
    let mut bundle = Bundle::read(sources, folder, unread.to_vec());
    let lowered = bundle::lower(sources, &bundle, shared).unwrap_or_else(|problems| {
        bundle.diagnostics.extend(problems);
        None
    });
    let compiled = lowered.map(|it| finish(sources, &bundle, it));
    Draft { bundle, compiled }
}

fn finish(sources: &SourceMap, bundle: &Bundle, lowered: Lowered) -> Compiled {
    let Lowered { release, standing } = lowered;
    let bytes = format::encode(&release);
    let release_id = format::release_id(&bytes);
    let cases = bundle.tests.iter().flat_map(|tests| {
        tests.typed.eval_cases.iter().enumerate().map(|(index, case)| {
            let start = tests.tree.span(&format!("/eval_cases/{index}")).start;
            let line = sources.position(tests.file, start).line;
            Case { file: tests.name.clone(), line, case: case.clone() }
        })
    });
    Compiled { release, bytes, release_id, standing, cases: cases.collect() }
}

/// By file and place; each finding once, however many ways lead to it.
fn sort(sources: &SourceMap, diagnostics: &mut Vec<Diagnostic>) {
    diagnostics.sort_by(|left, right| {
        let key = |it: &Diagnostic| (it.span.start, it.span.end, it.severity, it.code);
        let path = |it: &Diagnostic| sources.file(it.file).path().to_owned();
        path(left).cmp(&path(right)).then_with(|| key(left).cmp(&key(right)))
    });
    diagnostics.dedup();
}
