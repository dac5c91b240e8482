//! Documents and facts → passages.

mod asked;
mod branch;
mod fact;
mod money;
mod spread;

use format::{Lang, Passage, PassageKind, SHARED_TAG};

use super::place::suggest;
use super::{Document, Problem};
use crate::said::say;

pub(super) use asked::Askers;
pub(super) use branch::branch_passages;
pub(super) use fact::fact_drafts;
pub(crate) use fact::is_told;
pub(super) use spread::{View, refuse_shared_tags, spread};

/// The language of a text as the format names it.
fn lang_of(text: &str) -> Lang {
    match text::detect(text) {
        text::Lang::Ru => Lang::Ru,
        text::Lang::Kk => Lang::Kk,
    }
}

/// Passages of the documents, by path. A folder below `knowledge/` is a branch's own.
pub(super) fn documents(
    documents: &[Document<'_>],
    branches: &[format::Branch],
    problems: &mut Vec<Problem>,
) -> Vec<Passage> {
    let mut documents: Vec<_> = documents.iter().collect();
    documents.sort_by_key(|it| it.path);
    let mut passages = Vec::new();
    for document in documents {
        match tag_of(document.path, branches) {
            Ok(tag) => passages.extend(chunks(document, tag)),
            Err(folder) => problems.push(Problem {
                file: document.path.to_owned(),
                pointer: String::new(),
                code: "knowledge-branch-unknown",
                message: say!(
                    "the folder `{folder}` is named after no branch",
                    "папка называется `{folder}`, но такого филиала нет",
                ),
                help: suggest(folder, branches.iter().map(|it| it.slug.as_str())),
            }),
        }
    }
    passages
}

/// The tag of a document; the folder's name where it is no branch's.
fn tag_of<'a>(path: &'a str, branches: &'a [format::Branch]) -> Result<&'a str, &'a str> {
    let inside = path.split_once('/').map_or(path, |(_, rest)| rest);
    match inside.split_once('/') {
        None => Ok(SHARED_TAG),
        Some((folder, _)) => {
            let branch = branches.iter().find(|it| it.slug == folder).ok_or(folder)?;
            Ok(&branch.knowledge_tag)
        }
    }
}

fn chunks(document: &Document<'_>, tag: &str) -> Vec<Passage> {
    let chunks = text::chunk::chunk(document.path, document.text);
    let passage = |chunk: text::chunk::Chunk| {
        let lang = lang_of(&chunk.text);
        Passage {
            digest: Passage::digest_of(&chunk.text, lang, tag, document.path, &chunk.section, chunk.ordinal),
            text: chunk.text,
            lang,
            tag: tag.to_owned(),
            doc: document.path.to_owned(),
            section: chunk.section,
            ordinal: chunk.ordinal,
            kind: PassageKind::Document,
            line: chunk.line,
            asked: Vec::new(),
        }
    };
    chunks.into_iter().map(passage).collect()
}
