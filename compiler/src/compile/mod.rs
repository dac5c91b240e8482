//! The whole front: a path → diagnostics and, for every tenant without errors, a release.
//!
//! Tenants are compiled one by one on every core, and of each only what was asked for is kept: the
//! texts of a thousand tenants are never in memory together. What was found last time is remembered
//! where a folder for it is named ([`Options::memory`]), so that a tenant whose files did not change
//! is not read again.

mod draft;
mod memory;
mod numbers;
mod stamp;

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use format::Standing;

use crate::bundle::{Shared, SharedTexts};
use crate::check;
use crate::diagnostic::{Diagnostic, Severity};
use crate::load::{self, Root};
use crate::parallel;
use crate::secrets;
use crate::since::Changes;
use crate::source::{FileId, SourceMap};
use draft::Found;
use memory::Memory;

/// What to compile.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Only this tenant (its slug).
    pub only: Option<String>,
    /// Only tenants that these changes touch.
    pub since: Option<Changes>,
    /// Which releases are wanted.
    pub need: Need,
    /// A folder to remember findings in.
    pub memory: Option<PathBuf>,
}

/// Which releases a compilation is asked for. Those of other tenants are not kept, and a tenant
/// whose findings are remembered is not compiled again for its release.
#[derive(Debug, Clone, Default)]
pub enum Need {
    /// All of them.
    #[default]
    Releases,
    /// Findings alone.
    Findings,
    /// Those that differ from what is live, by slug.
    Changed(BTreeMap<String, Known>),
}

impl Need {
    fn is_for(&self, slug: &str, known: &Known) -> bool {
        match self {
            Self::Releases => true,
            Self::Findings => false,
            Self::Changed(live) => live.get(slug) != Some(known),
        }
    }
}

/// What a path came to.
#[derive(Debug, Clone, Default)]
pub struct Compilation {
    /// The texts that findings point at.
    pub sources: SourceMap,
    /// Findings by file and line.
    pub diagnostics: Vec<Diagnostic>,
    /// The tenants found, by slug.
    pub tenants: Vec<Tenant>,
    /// Slugs of tenants that are there and were not asked for.
    pub passed: Vec<String>,
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
    /// What its release is; `None` when the tenant has errors.
    pub known: Option<Known>,
    /// The release, where it was asked for.
    pub compiled: Option<Compiled>,
    /// Why it was looked at, where only changed tenants were asked for: the files that changed.
    pub because: Vec<String>,
}

/// What names a release and what stands beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Content address of the release.
    pub release_id: String,
    /// Plan and company.
    pub standing: Standing,
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
    pub standing: Standing,
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
    let load::Tree { mut reader, companies, plans, packs, bundles } =
        load::survey(path, options.only.as_deref());
    let texts = SharedTexts { companies, plans, packs };
    let mut diagnostics = std::mem::take(&mut reader.diagnostics);
    let shared = Shared::read(&mut reader.sources, &texts, &mut diagnostics);
    diagnostics.extend(check::run_shared(&reader.sources, &shared));
    secrets::redact(&reader.sources, &mut diagnostics);
    let memory = options.memory.as_ref().map(|it| Memory::open(it, path, &reader.sources, &shared));
    let town = Town { sources: &reader.sources, shared: &shared, memory: memory.as_ref(), options };
    let visits = parallel::map(&bundles, |root| town.visit(root));
    let mut gathered = Gathered {
        shared_files: reader.sources.len(),
        compilation: Compilation { sources: reader.sources.clone(), diagnostics, ..Compilation::default() },
    };
    let others = visits.iter().filter_map(|it| match it {
        Visit::Passed { name, claims } => Some((name.as_str(), claims.as_slice())),
        Visit::Seen(_) => None,
    });
    let mut numbers = numbers::Numbers::of(others);
    let mut kept = Vec::new();
    for visit in visits {
        let mut found = match visit {
            Visit::Seen(found) => found,
            Visit::Passed { name, .. } => {
                gathered.compilation.passed.push(name);
                continue;
            }
        };
        numbers.claim(&mut found);
        if let Some(entry) = found.entry.take() {
            kept.push((found.slug.clone(), entry));
        }
        gathered.take(*found);
    }
    if let Some(memory) = memory {
        memory.keep(kept, bundles.iter().map(|it| it.name.as_str()));
    }
    let mut compilation = gathered.compilation;
    sort(&compilation.sources, &mut compilation.diagnostics);
    compilation
}

/// What every tenant is compiled with.
struct Town<'a> {
    sources: &'a SourceMap,
    shared: &'a Shared,
    memory: Option<&'a Memory>,
    options: &'a Options,
}

/// What became of one bundle.
enum Visit {
    /// It was asked for.
    Seen(Box<Found>),
    /// It was not; only the numbers it claims matter to the others.
    Passed { name: String, claims: Vec<numbers::Claim> },
}

impl Town<'_> {
    fn visit(&self, root: &Root) -> Visit {
        let passed = || Visit::Passed { name: root.name.clone(), claims: self.claims(root) };
        if self.options.only.as_ref().is_some_and(|it| *it != root.name) {
            return passed();
        }
        let Some(changes) = &self.options.since else { return Visit::Seen(Box::new(self.found(root))) };
        if !changes.may_touch(&root.name) {
            return passed();
        }
        let mut found = self.found(root);
        found.because = changes.because(&root.name, &found.uses);
        if found.because.is_empty() { passed() } else { Visit::Seen(Box::new(found)) }
    }

    /// What is known of a bundle: remembered where nothing changed, else found out.
    fn found(&self, root: &Root) -> Found {
        let need = &self.options.need;
        let find = || draft::find(root, self.sources, self.shared, need);
        let Some(memory) = self.memory else { return find().slim(self.sources) };
        let remembered = memory.recall(root, self.sources, need);
        remembered.unwrap_or_else(|| memory.watch(root, self.sources.len(), find).slim(self.sources))
    }

    fn claims(&self, root: &Root) -> Vec<numbers::Claim> {
        let remembered = self.memory.and_then(|it| it.claims(root));
        remembered.unwrap_or_else(|| draft::claims(root, self.sources))
    }
}

/// The whole, as its parts come in.
struct Gathered {
    shared_files: usize,
    compilation: Compilation,
}

impl Gathered {
    /// Adds a tenant with the texts its findings point at; its other texts go.
    fn take(&mut self, found: Found) {
        let Found { slug, root, sources, diagnostics, known, compiled, because, .. } = found;
        let broken = diagnostics.iter().any(|it| it.severity == Severity::Error);
        let whole = &mut self.compilation;
        let findings = moved(diagnostics, &sources, &mut whole.sources, self.shared_files);
        whole.diagnostics.extend(findings);
        let (known, compiled) = if broken { (None, None) } else { (known, compiled) };
        whole.tenants.push(Tenant { slug, root, known, compiled, because });
    }
}

/// Findings with the files they point at taken over from one map into another; the shared files,
/// which are the first of both, stay.
fn moved(
    mut findings: Vec<Diagnostic>,
    from: &SourceMap,
    into: &mut SourceMap,
    shared_files: usize,
) -> Vec<Diagnostic> {
    let mut ids: HashMap<FileId, FileId> = HashMap::new();
    for id in findings.iter_mut().flat_map(Diagnostic::files_mut) {
        if !id.is_below(shared_files) {
            *id = *ids.entry(*id).or_insert_with(|| into.adopt(from, *id));
        }
    }
    findings
}

/// By file and place; each finding once, however many ways lead to it.
fn sort(sources: &SourceMap, diagnostics: &mut Vec<Diagnostic>) {
    diagnostics.sort_by(|left, right| {
        let key = |it: &Diagnostic| (it.span.start, it.span.end, it.severity, it.code);
        let path = |it: &Diagnostic| sources.file(it.file).path();
        path(left).cmp(path(right)).then_with(|| key(left).cmp(&key(right)))
    });
    diagnostics.dedup();
}
