//! What people taught, beside the passages of a release.

use format::{Passage, PassageKind, Release};
use lessons::Learned;
use runtime::LessonRow;

/// A lesson as the bundle's rules see it.
pub(crate) fn learned(row: &LessonRow) -> Learned<'_> {
    Learned { question: &row.question, answer: &row.answer, branch: row.branch.as_deref() }
}

/// Puts lessons behind the release's own passages. Those that its documents have by now, and those of
/// branches that it does not have, are left out.
pub(crate) fn add(release: &mut Release, lessons: &[LessonRow]) {
    let fit = lessons.iter().filter(|it| !lessons::is_in(learned(it), release));
    let passages: Vec<Passage> = fit.filter_map(|it| lessons::passage(learned(it), release)).collect();
    release.passages.extend(passages);
}

/// The release without them.
pub(crate) fn without(release: &Release) -> Release {
    let mut release = release.clone();
    release.passages.retain(|it| it.kind != PassageKind::Learned);
    release
}

/// The release's own passages.
pub(crate) fn own(release: &Release) -> &[Passage] {
    let end = release.passages.iter().position(|it| it.kind == PassageKind::Learned);
    &release.passages[..end.unwrap_or(release.passages.len())]
}

/// Whether there are any.
pub(crate) fn any(release: &Release) -> bool {
    release.passages.last().is_some_and(|it| it.kind == PassageKind::Learned)
}
