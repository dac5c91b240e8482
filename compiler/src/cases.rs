//! One file of conversation tests on its own, for `test --cases FILE`.

use std::path::Path;

use schema::{EvalFile, FileKind};

use crate::compile::{Case, Compilation};
use crate::diagnostic::Diagnostic;
use crate::load;
use crate::shape::{self, Subject};
use crate::source::{FileId, SourceMap};
use crate::tree::{self, Budget};

/// Reads a file of conversation tests.
///
/// # Errors
/// What is wrong with the file, as a compilation without tenants.
pub fn read(path: &Path) -> Result<Vec<Case>, Box<Compilation>> {
    let load::Reader { sources, mut diagnostics } = load::one_file(path);
    let found = sources.iter().next().map(|(file, _)| file);
    let cases = match found.filter(|_| diagnostics.is_empty()) {
        Some(file) => cases(&sources, file, path),
        None => Err(Vec::new()),
    };
    cases.map_err(|more| {
        diagnostics.extend(more);
        Box::new(Compilation { sources, diagnostics, ..Compilation::default() })
    })
}

fn cases(sources: &SourceMap, file: FileId, path: &Path) -> Result<Vec<Case>, Vec<Diagnostic>> {
    let text = sources.text(file);
    let tree::Read { tree, diagnostics } = tree::read(file, text, Budget::default());
    let Some(tree) = tree.filter(|_| diagnostics.is_empty()) else { return Err(diagnostics) };
    let subject = Subject { kind: FileKind::Eval, file, text, tree: &tree };
    let EvalFile { eval_cases } = shape::check(subject)?;
    let line = |index: usize| sources.position(file, tree.span(&format!("/eval_cases/{index}")).start).line;
    let case = |(index, case)| Case { file: path.display().to_string(), line: line(index), case };
    Ok(eval_cases.into_iter().enumerate().map(case).collect())
}
