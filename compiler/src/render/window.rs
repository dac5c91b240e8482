//! Source lines with marks under them: one window a file, however many places it shows.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::ops::Range;

use anstyle::Style;
use unicode_width::UnicodeWidthChar;

use super::paint::Paint;
use super::{path, plain, positions, visible};
use crate::source::{FileId, Place, SourceMap};

/// Characters of a source line that are shown around the place.
const WIDTH: usize = 160;
/// Of those, how many stand before the place.
const BEFORE: usize = 60;

/// A place to be shown, and how.
pub(super) struct Mark {
    /// Where.
    pub(super) place: Place,
    /// What is drawn under it: `^` under what is wrong, `-` under what belongs to it.
    pub(super) symbol: char,
    /// In which style.
    pub(super) style: Style,
    /// What is said beside it; may be empty.
    pub(super) label: String,
}

/// The part of a mark that is on one line, in characters.
struct Spot<'m> {
    columns: Range<usize>,
    mark: &'m Mark,
}

/// Draws every mark; the first one is what is wrong. Tells whether any source line was shown.
pub(super) fn draw(
    sources: &SourceMap,
    marks: &[Mark],
    gutter: usize,
    paint: Paint,
    out: &mut String,
) -> bool {
    let mut files: Vec<FileId> = Vec::new();
    for mark in marks {
        if !files.contains(&mark.place.file) {
            files.push(mark.place.file);
        }
    }
    let mut shown = false;
    for (index, file) in files.into_iter().enumerate() {
        let marks: Vec<&Mark> = marks.iter().filter(|it| it.place.file == file).collect();
        let first = &marks[0].place;
        let (start, _) = positions(sources, first);
        let arrow = paint.frame(if index == 0 { "-->" } else { ":::" });
        let path = plain(&path(sources, first));
        if index > 0 && shown {
            let _ = writeln!(out, "{:gutter$} {}", "", paint.frame('|'));
        }
        let _ = writeln!(out, "{:gutter$}{arrow} {path}:{}:{}", "", start.line, start.column);
        shown |= lines(sources, file, &marks, gutter, paint, out);
    }
    shown
}

/// The lines of one file that have marks, in their order.
fn lines(
    sources: &SourceMap,
    file: FileId,
    marks: &[&Mark],
    gutter: usize,
    paint: Paint,
    out: &mut String,
) -> bool {
    let mut by_line: BTreeMap<usize, Vec<Spot<'_>>> = BTreeMap::new();
    for mark in marks {
        let (start, end) = positions(sources, &mark.place);
        let length = sources.file(file).line(start.line).chars().count();
        let past = if end.line == start.line { end.column - 1 } else { length };
        let columns = start.column - 1..past.max(start.column);
        by_line.entry(start.line).or_default().push(Spot { columns, mark });
    }
    by_line.retain(|line, _| !sources.file(file).line(*line).trim().is_empty());
    let bar = paint.frame('|');
    let mut before = None;
    for (line, spots) in &by_line {
        match before.map(|it| line - it) {
            None => drop(writeln!(out, "{:gutter$} {bar}", "")),
            Some(1) => {}
            Some(2) => source_line(line - 1, &text(sources, file, line - 1), gutter, paint, out),
            Some(_) => drop(writeln!(out, "{}", paint.frame("..."))),
        }
        before = Some(*line);
        marked_line(*line, &text(sources, file, *line), spots, gutter, paint, out);
    }
    !by_line.is_empty()
}

/// The characters of a line as they may be shown.
fn text(sources: &SourceMap, file: FileId, line: usize) -> Vec<char> {
    sources.file(file).shown_line(line).trim_end().chars().map(visible).collect()
}

fn source_line(line: usize, text: &[char], gutter: usize, paint: Paint, out: &mut String) {
    let (shown, _) = cut(text, 0);
    numbered(line, '|', &shown, gutter, paint, out);
}

/// A line behind its number.
pub(super) fn numbered(line: usize, symbol: char, text: &str, gutter: usize, paint: Paint, out: &mut String) {
    let (number, symbol) = (paint.frame(format_args!("{line:>gutter$}")), paint.frame(symbol));
    let _ = writeln!(out, "{}", format!("{number} {symbol} {text}").trim_end());
}

/// The part of a line around a column, and which characters it holds.
pub(super) fn cut(text: &[char], column: usize) -> (String, Range<usize>) {
    let start = match text.len() {
        length if length <= WIDTH => 0,
        length => column.saturating_sub(BEFORE).min(length - WIDTH),
    };
    let range = start..text.len().min(start + WIDTH);
    let mut shown = String::new();
    shown.extend((range.start > 0).then_some('…'));
    shown.extend(&text[range.clone()]);
    shown.extend((range.end < text.len()).then_some('…'));
    (shown, range)
}

/// Columns of the terminal that a text takes.
fn width(text: &[char]) -> usize {
    text.iter().map(|it| it.width().unwrap_or(0)).sum()
}

fn marked_line(
    line: usize,
    text: &[char],
    spots: &[Spot<'_>],
    gutter: usize,
    paint: Paint,
    out: &mut String,
) {
    let first = spots.iter().map(|it| it.columns.start).min().unwrap_or(0);
    let (shown, range) = cut(text, first);
    numbered(line, '|', &shown, gutter, paint, out);
    let dots = usize::from(range.start > 0);
    let on_screen = |column: usize| {
        let column = column.clamp(range.start, range.end);
        dots + width(&text[range.start..column])
    };
    let mut drawn: Vec<(Range<usize>, &Mark)> = spots
        .iter()
        .map(|it| {
            let start = on_screen(it.columns.start);
            (start..on_screen(it.columns.end).max(start + 1), it.mark)
        })
        .collect();
    // The order of the message: what is wrong is drawn over what belongs to it.
    let mut row = Row::default();
    drawn.iter().rev().for_each(|(columns, mark)| row.put(columns, mark.symbol, mark.style));
    drawn.retain(|(_, mark)| !mark.label.is_empty());
    drawn.sort_by_key(|(columns, _)| columns.start);
    // The last label stands beside its mark, the others hang below theirs.
    if drawn.last().is_some_and(|(columns, _)| columns.end == row.cells.len())
        && let Some((_, mark)) = drawn.pop()
    {
        row.tail = Some((format!(" {}", plain(&mark.label)), mark.style));
    }
    let mut rows = vec![row];
    let hanging = |hung: &[(Range<usize>, &Mark)]| {
        let mut row = Row::default();
        hung.iter().for_each(|(columns, mark)| row.put(&(columns.start..columns.start + 1), '|', mark.style));
        row
    };
    if !drawn.is_empty() {
        rows.push(hanging(&drawn));
    }
    while let Some((columns, mark)) = drawn.pop() {
        let mut row = hanging(&drawn);
        row.cells.resize(columns.start, None);
        row.tail = Some((plain(&mark.label), mark.style));
        rows.push(row);
    }
    let bar = paint.frame('|');
    for row in rows {
        let _ = writeln!(out, "{}", format!("{:gutter$} {bar} {}", "", row.show(paint)).trim_end());
    }
}

/// What stands under a line: marks, and a label behind them.
#[derive(Default)]
struct Row {
    cells: Vec<Option<(char, Style)>>,
    tail: Option<(String, Style)>,
}

impl Row {
    fn put(&mut self, columns: &Range<usize>, symbol: char, style: Style) {
        self.cells.resize(self.cells.len().max(columns.end), None);
        self.cells[columns.clone()].fill(Some((symbol, style)));
    }

    fn show(&self, paint: Paint) -> String {
        let mut shown = String::new();
        for run in self.cells.chunk_by(|left, right| left.map(|it| it.1) == right.map(|it| it.1)) {
            let text: String = run.iter().map(|it| it.map_or(' ', |(symbol, _)| symbol)).collect();
            match run[0] {
                Some((_, style)) => shown += &paint.with(style, text),
                None => shown += &text,
            }
        }
        if let Some((text, style)) = &self.tail {
            shown += &paint.with(*style, text);
        }
        shown
    }
}
