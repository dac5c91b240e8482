//! Lines as they would be after a repair.

use std::ops::Range;

use super::paint::{Paint, removed, repaired};
use super::window::{cut, numbered};
use super::{positions, visible};
use crate::diagnostic::{Edit, Fix};
use crate::source::SourceMap;

/// Lines of a repair that are shown.
const SHOWN: usize = 8;

/// The lines a repair changes, as they would be. Nothing where it is too much to read, where it
/// reaches into several files, or where a part of it must not be shown.
pub(super) fn draw(sources: &SourceMap, fix: &Fix, gutter: usize, paint: Paint) -> Option<String> {
    let (first, rest) = fix.edits.split_first()?;
    let file = first.place.file;
    let source = sources.file(file);
    let same_file = rest.iter().all(|it| it.place.file == file);
    if !same_file || fix.edits.iter().any(|it| source.hides(&it.place.span)) {
        return None;
    }
    let places = fix.edits.iter().map(|it| positions(sources, &it.place));
    let lines = places.map(|(start, end)| start.line..end.line + 1);
    let lines = lines.reduce(|all, it| all.start.min(it.start)..all.end.max(it.end))?;
    if lines.len() > SHOWN {
        return None;
    }
    let mended = mended(sources, &fix.edits, &lines);
    if mended.lines().count() > SHOWN {
        return None;
    }
    let column = positions(sources, &first.place).0.column - 1;
    let mut out = format!("{:gutter$} {}\n", "", paint.frame('|'));
    if mended.trim().is_empty() {
        for line in lines.clone() {
            let text = part(&source.shown_line(line), 0);
            numbered(line, '-', &paint.with(removed(), text), gutter, paint, &mut out);
        }
    }
    for (offset, text) in mended.lines().enumerate().filter(|(_, it)| !it.trim().is_empty()) {
        let text = part(text, if offset == 0 { column } else { 0 });
        numbered(lines.start + offset, '~', &paint.with(repaired(), text), gutter, paint, &mut out);
    }
    Some(out)
}

/// What is shown of a line where something stands in this column.
fn part(text: &str, column: usize) -> String {
    let text: Vec<char> = text.trim_end().chars().map(visible).collect();
    cut(&text, column).0
}

/// The text of the lines with the edits made, everything that must not be shown still hidden.
fn mended(sources: &SourceMap, edits: &[Edit], lines: &Range<usize>) -> String {
    let Some(file) = edits.first().map(|it| it.place.file) else { return String::new() };
    let source = sources.file(file);
    let mut edits: Vec<&Edit> = edits.iter().collect();
    edits.sort_by_key(|it| it.place.span.start);
    let mut mended = String::new();
    let mut skipping_to = None;
    for line in lines.clone() {
        let shown: Vec<char> = source.shown_line(line).chars().collect();
        let mut at = 0;
        for edit in &edits {
            let (start, end) = positions(sources, &edit.place);
            if start.line == line {
                // A line break of two characters is shown by none.
                let to = shown.len().min(start.column - 1);
                mended.extend(&shown[at.min(to)..to]);
                mended += &edit.text;
                skipping_to = Some((end.line, end.column - 1));
            }
            if let Some((_, column)) = skipping_to.take_if(|(last, _)| *last == line) {
                at = column;
            }
        }
        if skipping_to.is_none() {
            mended.extend(&shown[at.min(shown.len())..]);
            mended.push('\n');
        }
    }
    mended
}
