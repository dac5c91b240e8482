//! `knowledge/learned.md`: a section for each lesson.

use std::fmt::Write as _;

use super::Approved;
use super::markdown::escaped;
use crate::passage::one_line;

/// What a new document begins with.
const TITLE: &str = "# Ответы сотрудников\n";
/// How the comment of a section begins.
const MARK: &str = "<!-- lesson ";

/// Where the lessons of a branch stand in the bundle, or those of all.
#[must_use]
pub fn document_path(branch: Option<&str>) -> String {
    branch.map_or_else(|| "knowledge/learned.md".to_owned(), |it| format!("knowledge/{it}/learned.md"))
}

/// The document with these lessons, into the text that stands there already. A section is found
/// again by the id in its comment and replaced when its lesson has changed since it was written;
/// what people edited in it stays otherwise. Everything else is left as it is, to the byte.
#[must_use]
pub fn document(standing: Option<&str>, lessons: &[Approved]) -> String {
    let mut pieces = pieces(standing.filter(|it| !it.trim().is_empty()).unwrap_or(TITLE));
    for lesson in lessons {
        let id = format!("{MARK}{} ", lesson.key());
        let (new, stamp) = section(lesson);
        match pieces.iter_mut().find(|it| it.contains(&id)) {
            Some(old) if old.contains(&stamp) => {}
            Some(old) => {
                let gap = old.len() - old.trim_end().len();
                let gap = old[old.len() - gap..].to_owned();
                *old = format!("{}{}", new.trim_end(), if gap.is_empty() { "\n" } else { &gap });
            }
            None => {
                if let Some(last) = pieces.last_mut() {
                    let kept = last.trim_end().len();
                    last.truncate(kept);
                    last.push_str("\n\n");
                }
                pieces.push(new);
            }
        }
    }
    pieces.concat()
}

/// The section of a lesson and the comment in it, which tells whether the lesson has changed.
fn section(lesson: &Approved) -> (String, String) {
    let (question, answer) = (escaped(&one_line(&lesson.question)), escaped(&lesson.answer));
    let digest = digest(&format!("{question}\n{answer}"));
    let stamp = format!("{MARK}{} {digest}:", lesson.key());
    let mut out = String::new();
    // Writing to a text cannot fail.
    let _ = write!(out, "### {question}\n\n{stamp} {} -->\n\n{answer}\n", lesson.evidence());
    (out, stamp)
}

/// A short name of the words, FNV-1a: only to see that they have changed.
fn digest(text: &str) -> String {
    let fold = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    format!("{:016x}", text.bytes().fold(0xcbf2_9ce4_8422_2325, fold))
}

/// The text in pieces that each begin at a heading; those in fenced code are none.
fn pieces(text: &str) -> Vec<String> {
    let mut out = vec![String::new()];
    let mut is_code = false;
    for line in text.split_inclusive('\n') {
        is_code ^= line.trim_start().starts_with("```");
        if !is_code && line.starts_with('#') && out.last().is_some_and(|it| !it.is_empty()) {
            out.push(String::new());
        }
        if let Some(last) = out.last_mut() {
            last.push_str(line);
        }
    }
    out
}
