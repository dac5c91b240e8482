//! A bundle and what it shares → the input of lowering, and its problems → diagnostics.

use std::collections::BTreeMap;

use super::{Bundle, Parsed, Shared};
use crate::diagnostic::Diagnostic;
use crate::load::{COMPANIES, PLANS};
use crate::lower::{self, Document, File, Input, Lines, Lowered, Pack, Problem};
use crate::source::{Place, SourceFile, SourceMap};
use crate::tree::Tree;

/// Lines of one file.
struct Places<'a> {
    tree: &'a Tree,
    source: &'a SourceFile,
}

impl Lines for Places<'_> {
    fn line(&self, pointer: &str) -> u32 {
        let line = self.source.line_of(self.tree.span(pointer).start);
        u32::try_from(line).unwrap_or(u32::MAX)
    }
}

/// What lowering needs of every file, kept while it runs.
struct Desk<'a> {
    sources: &'a SourceMap,
    places: BTreeMap<&'a str, (Places<'a>, crate::source::FileId)>,
}

impl<'a> Desk<'a> {
    fn lay<T>(&mut self, parsed: &'a Parsed<T>) {
        let places = Places { tree: &parsed.tree, source: self.sources.file(parsed.file) };
        self.places.insert(&parsed.name, (places, parsed.file));
    }

    fn file<'d, T>(&'d self, parsed: &'d Parsed<T>) -> File<'d, T> {
        let (places, _) = &self.places[parsed.name.as_str()];
        File { name: &parsed.name, typed: &parsed.typed, value: parsed.tree.value(), lines: places }
    }
}

/// Lowers a bundle as far as its files allow. `Ok(None)`: something it needs is broken, which is
/// told elsewhere.
///
/// # Errors
/// What lowering itself finds wrong.
pub(crate) fn lower(
    sources: &SourceMap,
    bundle: &Bundle,
    shared: &Shared,
) -> Result<Option<Lowered>, Vec<Diagnostic>> {
    let (Some(client), Some(truth)) = (&bundle.client, &bundle.truth) else { return Ok(None) };
    if bundle.has_branches && bundle.branches.is_none() || needs_broken(bundle, shared) {
        return Ok(None);
    }
    let mut desk = Desk { sources, places: BTreeMap::new() };
    desk.lay(client);
    desk.lay(truth);
    bundle.branches.iter().for_each(|it| desk.lay(it));
    bundle.prompt.iter().for_each(|it| desk.lay(it));
    shared.companies.iter().for_each(|it| desk.lay(it));
    shared.plans.iter().for_each(|it| desk.lay(it));
    shared.packs.values().for_each(|it| desk.lay(it));
    let pack = |(name, parsed): (&'_ String, _)| -> (String, _) { (name.clone(), desk.file(parsed)) };
    let packs: Vec<_> = shared.packs.iter().map(pack).collect();
    let packs: Vec<Pack<'_>> = packs.iter().map(|(name, file)| Pack { name, file: *file }).collect();
    let document = |it: &'_ super::Document| (it.name.clone(), sources.text(it.file));
    let documents: Vec<_> = bundle.documents.iter().map(document).collect();
    let knowledge: Vec<_> = documents.iter().map(|(path, text)| Document { path, text }).collect();
    let input = Input {
        client: desk.file(client),
        branches: bundle.branches.as_ref().map(|it| desk.file(it)),
        prompt: bundle.prompt.as_ref().map(|it| desk.file(it)),
        truth: desk.file(truth),
        companies: shared.companies.as_ref().map(|it| desk.file(it)),
        plans: shared.plans.as_ref().map(|it| desk.file(it)),
        packs: &packs,
        knowledge: &knowledge,
    };
    lower::lower(&input)
        .map(Some)
        .map_err(|problems| problems.into_iter().map(|it| diagnose(it, bundle, &desk)).collect())
}

/// Whether the bundle builds on a shared file that is broken.
fn needs_broken(bundle: &Bundle, shared: &Shared) -> bool {
    let Some(client) = &bundle.client else { return true };
    let company = client.typed.company.is_some() && shared.broken.contains(COMPANIES);
    if company || shared.broken.contains(PLANS) {
        return true;
    }
    // A broken pack extends nothing that is known; whether it is needed can still be told.
    shared.used_by(bundle).iter().any(|it| shared.is_broken_pack(it))
}

fn diagnose(problem: Problem, bundle: &Bundle, desk: &Desk<'_>) -> Diagnostic {
    let place = match desk.places.get(problem.file.as_str()) {
        Some((places, file)) => Place::new(*file, heading(places, &problem.pointer)),
        None => match bundle.documents.iter().find(|it| it.name == problem.file) {
            Some(document) => Place::new(document.file, 0..0),
            None => bundle.place.clone(),
        },
    };
    let diagnostic = Diagnostic::error(problem.code, place, problem.message);
    match problem.help {
        Some(help) => diagnostic.with_help(help),
        None => diagnostic,
    }
}

/// The first line of the value; of its key where the value is a collection.
fn heading(places: &Places<'_>, pointer: &str) -> std::ops::Range<usize> {
    let value = places.tree.span(pointer);
    let text = &places.source.text()[value.clone()];
    if text.contains('\n') {
        let key = places.tree.key_span(pointer);
        let first = text.lines().next().map_or(0, |it| it.trim_end().len());
        return if key == value { value.start..value.start + first } else { key };
    }
    value
}
