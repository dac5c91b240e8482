//! Texts of a compilation: path ↔ [`FileId`] ↔ text, and bytes ↔ lines and columns.
//!
//! Lines and columns count from 1; columns count characters, so a caret stands under the right
//! Cyrillic letter.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A file of one [`SourceMap`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct FileId(u32);

impl FileId {
    /// The id of a place in a list of files.
    pub(crate) fn at(index: usize) -> Self {
        Self(u32::try_from(index).expect("fewer files than a u32 counts"))
    }

    /// Its place in the list of files.
    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }

    /// Whether the file is among the first `count` of its map.
    #[must_use]
    pub fn is_below(self, count: usize) -> bool {
        (self.0 as usize) < count
    }
}

/// A byte range of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The file.
    pub file: FileId,
    /// Bytes of its text.
    pub span: Range<usize>,
}

impl Place {
    /// A byte range of `file`.
    #[must_use]
    pub fn new(file: FileId, span: Range<usize>) -> Self {
        Self { file, span }
    }
}

/// A point of a text, both numbers from 1, the column in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Line.
    pub line: usize,
    /// Column in characters.
    pub column: usize,
}

/// A text with its lines.
#[derive(Debug, Clone)]
pub struct SourceFile {
    path: PathBuf,
    text: String,
    line_starts: Vec<usize>,
    bom: bool,
    hidden: Vec<Range<usize>>,
}

impl SourceFile {
    /// A text under the path it is shown by; a byte-order mark is taken off and remembered.
    #[must_use]
    pub fn new(path: PathBuf, text: String) -> Self {
        let (text, bom) = match text.strip_prefix('\u{feff}') {
            Some(rest) => (rest.to_owned(), true),
            None => (text, false),
        };
        let line_starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { path, text, line_starts, bom, hidden: Vec::new() }
    }

    /// The path it is shown by: the PATH the user gave, joined with the place below it.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its text, without a byte-order mark.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether the file on disk starts with a byte-order mark.
    #[must_use]
    pub fn has_bom(&self) -> bool {
        self.bom
    }

    /// Where a byte stands; a byte past the end or inside a character is moved back to the nearest one.
    #[must_use]
    pub fn position(&self, byte: usize) -> Position {
        let byte = self.text.floor_char_boundary(byte);
        let line = self.line_of(byte);
        let start = self.line_starts[line - 1];
        Position { line, column: self.text[start..byte].chars().count() + 1 }
    }

    /// The line (from 1) a byte stands in.
    #[must_use]
    pub fn line_of(&self, byte: usize) -> usize {
        self.line_starts.partition_point(|&start| start <= byte)
    }

    /// The text of a line (from 1) without its line break; empty past the end.
    #[must_use]
    pub fn line(&self, line: usize) -> &str {
        let range = self.line_range(line);
        self.text[range].trim_end_matches(['\n', '\r'])
    }

    /// The text of a line (from 1) as it may be shown: hidden parts and control characters replaced,
    /// each character by one.
    #[must_use]
    pub fn shown_line(&self, line: usize) -> String {
        let start = self.line_range(line).start;
        let show = |(at, character): (usize, char)| match character {
            _ if self.is_hidden(start + at) => '*',
            '\t' => ' ',
            it => crate::tree::shown(it),
        };
        self.line(line).char_indices().map(show).collect()
    }

    /// Keeps parts of the text from ever being shown.
    #[must_use]
    pub fn hiding(mut self, parts: Vec<Range<usize>>) -> Self {
        self.hidden = parts;
        self
    }

    /// Whether some of these bytes must not be shown.
    #[must_use]
    pub fn hides(&self, part: &Range<usize>) -> bool {
        self.hidden.iter().any(|it| it.start < part.end && part.start < it.end)
    }

    /// Hidden parts stand in order and apart.
    fn is_hidden(&self, at: usize) -> bool {
        let before = self.hidden.partition_point(|it| it.start <= at);
        before.checked_sub(1).is_some_and(|it| self.hidden[it].contains(&at))
    }

    /// What must not be shown, as [`Self::hiding`] was told.
    pub(crate) fn hidden(&self) -> &[Range<usize>] {
        &self.hidden
    }

    /// Bytes of a line (from 1) with its line break; empty past the end.
    #[must_use]
    pub fn line_range(&self, line: usize) -> Range<usize> {
        let at = |line: usize| self.line_starts.get(line).copied().unwrap_or(self.text.len());
        at(line.saturating_sub(1))..at(line)
    }
}

/// Texts of a compilation. A copy shares them.
#[derive(Debug, Clone, Default)]
pub struct SourceMap {
    files: Vec<Arc<SourceFile>>,
}

impl SourceMap {
    /// Adds a file.
    ///
    /// # Panics
    /// After four billion files.
    pub fn add(&mut self, file: SourceFile) -> FileId {
        let id = FileId::at(self.files.len());
        self.files.push(Arc::new(file));
        id
    }

    /// How many files there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Adds a file of another map; returns its id here.
    ///
    /// # Panics
    /// When the id is not of that map.
    pub fn adopt(&mut self, other: &Self, id: FileId) -> FileId {
        let file = Arc::clone(&other.files[id.0 as usize]);
        let id = FileId::at(self.files.len());
        self.files.push(file);
        id
    }

    /// The file of an id.
    ///
    /// # Panics
    /// When the id comes from another map.
    #[must_use]
    pub fn file(&self, id: FileId) -> &SourceFile {
        &self.files[id.0 as usize]
    }

    /// The text of a file.
    #[must_use]
    pub fn text(&self, id: FileId) -> &str {
        self.file(id).text()
    }

    /// Where a byte of a file stands.
    #[must_use]
    pub fn position(&self, id: FileId, byte: usize) -> Position {
        self.file(id).position(byte)
    }

    /// The file shown by this path.
    #[must_use]
    pub fn find(&self, path: &Path) -> Option<FileId> {
        self.iter().find(|(_, file)| file.path == path).map(|(id, _)| id)
    }

    /// All files in the order they were added.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &SourceFile)> {
        (0u32..).map(FileId).zip(self.files.iter().map(Arc::as_ref))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters() {
        let file = SourceFile::new("a.yaml".into(), "\u{feff}имя: Ася\r\nгород: Алматы".to_owned());
        assert!(file.has_bom());
        let at = file.text().find("Ася").unwrap();
        assert_eq!(file.position(at), Position { line: 1, column: 6 });
        let at = file.text().find("Алматы").unwrap();
        assert_eq!(file.position(at), Position { line: 2, column: 8 });
        assert_eq!(file.line(1), "имя: Ася");
        assert_eq!(file.line(2), "город: Алматы");
        assert_eq!(file.line(9), "");
    }

    #[test]
    fn hidden_parts_are_not_shown() {
        let file = SourceFile::new("a".into(), "ключ: тайна\u{1b}\n".to_owned());
        let at = file.text().find("тайна").unwrap();
        let hidden = at..at + "тайна".len();
        let file = file.hiding(std::iter::once(hidden).collect());
        assert_eq!(file.shown_line(1), "ключ: *****\u{fffd}");
        assert!(file.hides(&(0..at + 1)) && !file.hides(&(0..at)));
    }

    #[test]
    fn any_byte_has_a_position() {
        let file = SourceFile::new("a.yaml".into(), "я\n".to_owned());
        for byte in 0..9 {
            let _ = file.position(byte);
        }
        assert_eq!(file.position(1), Position { line: 1, column: 1 });
        assert_eq!(file.position(3), Position { line: 2, column: 1 });
        assert_eq!(SourceFile::new("b".into(), String::new()).position(0), Position { line: 1, column: 1 });
    }
}
