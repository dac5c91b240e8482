//! One bundle from its folder to a release, knowing of no other tenant.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::memory::Entry;
use super::numbers::Claim;
use super::{Case, Compiled, Known, Need};
use crate::bundle::{self, Bundle, Shared};
use crate::check::{self, Scene};
use crate::diagnostic::Diagnostic;
use crate::load::{self, Root};
use crate::lower::Lowered;
use crate::secrets;
use crate::source::SourceMap;

/// What is known of a bundle.
pub(super) struct Found {
    pub(super) slug: String,
    pub(super) root: PathBuf,
    /// The shared texts and the bundle's own.
    pub(super) sources: SourceMap,
    pub(super) diagnostics: Vec<Diagnostic>,
    /// Absent when it has errors.
    pub(super) known: Option<Known>,
    /// Absent when it has errors, or where it was not asked for.
    pub(super) compiled: Option<Compiled>,
    /// WhatsApp numbers it claims.
    pub(super) claims: Vec<Claim>,
    /// Packs it builds on.
    pub(super) uses: BTreeSet<String>,
    /// Files whose change is the reason to look at it.
    pub(super) because: Vec<String>,
    /// Every file could be read.
    pub(super) readable: bool,
    /// What to remember of it.
    pub(super) entry: Option<Entry>,
}

impl Found {
    /// Without the texts that no finding points at: a thousand tenants wait here for the others.
    pub(super) fn slim(mut self, shared_texts: &SourceMap) -> Self {
        let mut kept = shared_texts.clone();
        self.diagnostics = super::moved(self.diagnostics, &self.sources, &mut kept, shared_texts.len());
        self.sources = kept;
        self
    }
}

/// Compiles a bundle.
pub(super) fn find(root: &Root, shared_texts: &SourceMap, shared: &Shared, need: &Need) -> Found {
    let (load::Reader { sources, diagnostics: unread }, folder) = load::bundle(root, shared_texts);
    let readable = unread.is_empty();
    let mut bundle = Bundle::read(&sources, &folder, unread);
    let lowered = bundle::lower(&sources, &bundle, shared).unwrap_or_else(|problems| {
        bundle.diagnostics.extend(problems);
        None
    });
    let scene = Scene {
        sources: &sources,
        bundle: &bundle,
        shared,
        standing: lowered.as_ref().map(|it| &it.standing),
        release: lowered.as_ref().map(|it| &it.release),
    };
    let findings = check::run(&scene);
    bundle.diagnostics.extend(findings);
    secrets::redact(&sources, &mut bundle.diagnostics);
    let lowered = lowered.filter(|_| !bundle.has_errors());
    let mut compiled = lowered.map(|it| finish(&sources, &bundle, it));
    let known = compiled
        .as_ref()
        .map(|it| Known { release_id: it.release_id.clone(), standing: it.standing.clone() });
    if known.as_ref().is_some_and(|it| !need.is_for(&bundle.folder, it)) {
        compiled = None;
    }
    Found {
        claims: Claim::all(&bundle, &sources),
        uses: shared.used_by(&bundle),
        slug: bundle.folder,
        root: bundle.root,
        diagnostics: bundle.diagnostics,
        sources,
        known,
        compiled,
        because: Vec::new(),
        readable,
        entry: None,
    }
}

/// The numbers a bundle claims, without compiling it.
pub(super) fn claims(root: &Root, shared_texts: &SourceMap) -> Vec<Claim> {
    let (reader, folder) = load::bundle_files(root, shared_texts, &[load::CLIENT, load::BRANCHES]);
    let bundle = Bundle::read(&reader.sources, &folder, Vec::new());
    Claim::all(&bundle, &reader.sources)
}

fn finish(sources: &SourceMap, bundle: &Bundle, lowered: Lowered) -> Compiled {
    let Lowered { release, standing } = lowered;
    let bytes = format::encode(&release);
    let release_id = format::release_id(&bytes);
    let cases = bundle.tests.iter().flat_map(|tests| {
        tests.typed.eval_cases.iter().enumerate().map(|(index, case)| {
            let start = tests.tree.span(&format!("/eval_cases/{index}")).start;
            let line = sources.file(tests.file).line_of(start);
            Case { file: tests.name.clone(), line, case: case.clone() }
        })
    });
    Compiled { release, bytes, release_id, standing, cases: cases.collect() }
}
