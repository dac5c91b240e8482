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
    let mut out = format!("{:gutter$} {}\n", "", paint.frame('|'));
    if mended.trim().is_empty() {
        for line in lines.clone() {
            show(line, '-', &source.shown_line(line), removed(), gutter, paint, &mut out);
        }
    }
    for (offset, text) in mended.lines().enumerate().filter(|(_, it)| !it.trim().is_empty()) {
        show(lines.start + offset, '~', text, repaired(), gutter, paint, &mut out);
    }
    Some(out)
}

fn show(
    line: usize,
    symbol: char,
    text: &str,
    style: anstyle::Style,
    gutter: usize,
    paint: Paint,
    out: &mut String,
) {
    let text: Vec<char> = text.trim_end().chars().map(visible).collect();
    let (text, _) = cut(&text, 0);
    numbered(line, symbol, &paint.with(style, text), gutter, paint, out);
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
                mended.extend(&shown[at.min(start.column - 1)..start.column - 1]);
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
