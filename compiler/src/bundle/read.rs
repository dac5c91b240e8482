//! Texts → parsed files.

use schema::FileKind;
use serde::de::DeserializeOwned;

use super::{Bundle, Document, Parsed};
use crate::diagnostic::Diagnostic;
use crate::load::{self, BRANCHES, CLIENT, EVAL, Folder, KNOWLEDGE, Loaded, PROMPT, TESTS, TRUTH};
use crate::said::say;
use crate::shape::{self, Subject};
use crate::source::{Place, SourceMap};
use crate::tree::{self, Budget};

/// Parses one file and checks its shape; what is wrong goes to `diagnostics`.
pub(super) fn parse<T: DeserializeOwned>(
    sources: &SourceMap,
    kind: FileKind,
    name: &str,
    loaded: &Loaded,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Parsed<T>> {
    if loaded.broken {
        return None;
    }
    let file = loaded.file;
    let text = sources.text(file);
    let read = tree::read(file, text, Budget::default());
    let sound = read.diagnostics.is_empty();
    // What is wrong with a value is said once, by whoever noticed it first.
    let told: Vec<_> = read.diagnostics.iter().map(|it| it.span.clone()).collect();
    diagnostics.extend(read.diagnostics);
    let tree = read.tree?;
    match shape::check(Subject { kind, file, text, tree: &tree }) {
        Ok(typed) => sound.then(|| Parsed { name: name.to_owned(), file, tree, typed }),
        Err(mistakes) => {
            diagnostics.extend(mistakes.into_iter().filter(|it| !told.contains(&it.span)));
            None
        }
    }
}

impl Bundle {
    /// Parses a bundle's files. `broken` are the diagnostics of files that could not even be read.
    #[must_use]
    pub fn read(sources: &SourceMap, folder: &Folder, broken: Vec<Diagnostic>) -> Self {
        let mut diagnostics = broken;
        for name in [CLIENT, TRUTH] {
            if !folder.files.contains_key(name) {
                diagnostics.push(missing(folder, name));
            }
        }
        let client = one(sources, FileKind::Client, CLIENT, folder, &mut diagnostics);
        let branches = one(sources, FileKind::Branches, BRANCHES, folder, &mut diagnostics);
        let prompt = one(sources, FileKind::Prompt, PROMPT, folder, &mut diagnostics);
        let truth = one(sources, FileKind::Truth, TRUTH, folder, &mut diagnostics);
        // Paths sort `EVAL.yaml` before `tests/`.
        let is_test = |name: &str| name == EVAL || name.starts_with(&format!("{TESTS}/"));
        let tests = folder.files.iter().filter(|(name, _)| is_test(name));
        let tests = tests
            .filter_map(|(name, loaded)| parse(sources, FileKind::Eval, name, loaded, &mut diagnostics))
            .collect();
        let documents = documents(sources, folder, &mut diagnostics);
        Self {
            folder: folder.name.clone(),
            root: folder.root.clone(),
            place: folder.place.clone(),
            client,
            branches,
            prompt,
            truth,
            tests,
            documents,
            files: folder.files.values().map(|it| it.file).collect(),
            has_branches: folder.files.contains_key(BRANCHES),
            diagnostics,
        }
    }
}

fn one<T: DeserializeOwned>(
    sources: &SourceMap,
    kind: FileKind,
    name: &str,
    folder: &Folder,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Parsed<T>> {
    parse(sources, kind, name, folder.files.get(name)?, diagnostics)
}

fn missing(folder: &Folder, name: &str) -> Diagnostic {
    let message = say!("`{name}` is missing in this folder", "в этой папке нет файла `{name}`");
    let files = load::BUNDLE_FILES.join(", ");
    let help = say!(
        "write one; a folder with one of {files} is a tenant",
        "создайте его: папка, где есть хотя бы один из файлов {files}, — это бренд",
    );
    Diagnostic::error("missing-file", folder.place.clone(), message).with_help(help)
}

fn documents(sources: &SourceMap, folder: &Folder, diagnostics: &mut Vec<Diagnostic>) -> Vec<Document> {
    let mut documents = Vec::new();
    for (name, loaded) in folder.files.iter().filter(|(name, _)| name.starts_with(&format!("{KNOWLEDGE}/"))) {
        if loaded.broken {
            continue;
        }
        let text = sources.text(loaded.file);
        if let Some((at, character)) = tree::control_character(text) {
            let place = Place::new(loaded.file, at..at + character.len_utf8());
            let code = u32::from(character);
            let message = say!(
                "control character U+{code:04X} in the file",
                "в файле невидимый управляющий символ U+{code:04X}"
            );
            let help = say!(
                "delete it; it is invisible in most editors",
                "удалите его; в большинстве редакторов он не виден",
            );
            diagnostics.push(Diagnostic::error("control-character", place, message).with_help(help));
        } else if text.trim().is_empty() {
            let place = Place::new(loaded.file, 0..0);
            let message = say!("the document is empty", "документ пустой");
            let help = say!("write its text or delete the file", "напишите текст или удалите файл");
            diagnostics.push(Diagnostic::warning("empty-document", place, message).with_help(help));
        }
        documents.push(Document { name: name.clone(), file: loaded.file });
    }
    documents
}
