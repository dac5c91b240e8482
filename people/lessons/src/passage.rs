//! A lesson as a passage, beside those of the release.

use format::{Lang, Passage, PassageKind, Release, SHARED_TAG};
use text::normalize;

/// The document that lessons stand in until the bundle has them.
const DOC: &str = "learned";

/// A lesson that may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Learned<'l> {
    /// The question, cleaned.
    pub question: &'l str,
    /// The answer, cleaned.
    pub answer: &'l str,
    /// Slug of the branch it holds at; `None` = all.
    pub branch: Option<&'l str>,
}

/// The lesson as a passage; the same lesson is always the same passage. A branch that the release
/// does not have any more gives none: what held there need not hold elsewhere.
#[must_use]
pub fn passage(lesson: Learned<'_>, release: &Release) -> Option<Passage> {
    let tag = match lesson.branch {
        Some(slug) => release.branch(slug)?.knowledge_tag.as_str(),
        None => SHARED_TAG,
    };
    let section = one_line(lesson.question);
    let lang = match text::detect(&format!("{section} {}", lesson.answer)) {
        text::Lang::Ru => Lang::Ru,
        text::Lang::Kk => Lang::Kk,
    };
    let mut passage = Passage {
        digest: String::new(),
        text: lesson.answer.trim().to_owned(),
        lang,
        tag: tag.to_owned(),
        doc: DOC.to_owned(),
        section,
        ordinal: 0,
        kind: PassageKind::Learned,
        line: 1,
        asked: Vec::new(),
    };
    passage.digest = passage.own_digest();
    Some(passage)
}

/// Whether the release's own documents have the lesson, as after an export was merged: then the
/// runtime's copy is no longer needed.
#[must_use]
pub fn is_in(lesson: Learned<'_>, release: &Release) -> bool {
    let (question, answer) = (normalize(&one_line(lesson.question)), normalize(lesson.answer));
    let tag = lesson.branch.map(|it| release.branch(it).map(|it| it.knowledge_tag.as_str()));
    release.passages.iter().any(|it| {
        let holds = match tag {
            None => it.tag == SHARED_TAG,
            Some(tag) => it.tag == SHARED_TAG || Some(it.tag.as_str()) == tag,
        };
        let section = normalize(&it.section);
        let above = section.strip_suffix(question.as_str());
        it.kind == PassageKind::Document
            && holds
            && above.is_some_and(|it| it.is_empty() || it.ends_with(" > "))
            && normalize(&it.text) == answer
    })
}

/// A question on one line.
pub(crate) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
