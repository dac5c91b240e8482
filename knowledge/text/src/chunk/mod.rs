//! Markdown → chunks: pieces of a document that make sense alone and fit one answer.
//!
//! The structure the author wrote decides where to cut: a heading starts a chunk, a block under
//! `###` (a service with price, time and description) stays whole, a question (in bold, after
//! `Вопрос:` or ending with a question mark) stays with its answer, lists and tables are not cut.
//! Only plain paragraphs are packed or split by size.

mod blocks;
mod faq;
mod pack;
mod sentence;

use blocks::blocks;

/// Plain paragraphs of a section are packed until this many characters.
const MIN_CHARS: usize = 200;
/// No plain chunk is longer, in characters.
const MAX_CHARS: usize = 900;
/// What an author keeps together (a list, a table, a block under `###`) is cut only beyond this.
const WHOLE_CHARS: usize = 2400;

/// A piece of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk {
    /// Heading path, ` > ` between levels; the document's name where it has no heading.
    pub section: String,
    /// The text without Markdown's marks; lines as the author broke them.
    pub text: String,
    /// First line in the document, from 1.
    pub line: u32,
    /// Position in the document, from 0.
    pub ordinal: u32,
}

/// Cuts a Markdown document. `doc` is its path, used as section where there is no heading.
///
/// The same bytes always give the same chunks. Byte order marks, CRLF, front matter and HTML
/// comments are left out; headings without a body only name what is below them; a document without
/// text has no chunks.
#[must_use]
pub fn chunk(doc: &str, markdown: &str) -> Vec<Chunk> {
    let name = doc.rsplit('/').next().unwrap_or(doc);
    let name = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let mut path: Vec<(u8, String)> = Vec::new();
    let mut out = Vec::new();
    let blocks = blocks(markdown);
    let mut rest = blocks.as_slice();
    while let Some((first, tail)) = rest.split_first() {
        if let Some(level) = first.heading {
            path.retain(|(it, _)| *it < level);
            path.push((level, first.text.replace('\n', " ")));
            rest = tail;
            continue;
        }
        let end = rest.iter().position(|it| it.heading.is_some()).unwrap_or(rest.len());
        let (body, tail) = rest.split_at(end);
        let titles: Vec<&str> = path.iter().map(|it| it.1.as_str()).filter(|it| !it.is_empty()).collect();
        let section = if titles.is_empty() { name.to_owned() } else { titles.join(" > ") };
        let level = path.last().map_or(0, |it| it.0);
        for (text, line) in pack::pack(body, level) {
            let ordinal = u32::try_from(out.len()).expect("a document has fewer chunks than bytes in 4 GB");
            out.push(Chunk { section: section.clone(), text, line, ordinal });
        }
        rest = tail;
    }
    out
}

/// Length in characters, the unit of all bounds here.
fn length(text: &str) -> usize {
    text.chars().count()
}
