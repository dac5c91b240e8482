//! A document line by line, as far as rules need it: what is struck out is gone, places stay.

use std::borrow::Cow;
use std::ops::Range;

/// What is struck out, quoted or commented out by these is not said.
const GONE: [(&str, &str); 4] = [("~~", "~~"), ("<!--", "-->"), ("<s>", "</s>"), ("<del>", "</del>")];

/// The text with blanks in place of what is struck out or commented out.
pub(super) fn said(text: &str) -> Cow<'_, str> {
    let mut said = Cow::Borrowed(text);
    // Nearly every document: one look for the first letters of all four.
    if !text.bytes().any(|it| matches!(it, b'~' | b'<')) {
        return said;
    }
    for (open, close) in GONE {
        let mut from = 0;
        while let Some(start) = said[from..].find(open).map(|it| from + it) {
            let inside = start + open.len();
            let Some(end) = said[inside..].find(close).map(|it| inside + it + close.len()) else { break };
            // A lone `~~` strikes nothing out.
            if open == "~~" && said[inside..end].contains("\n\n") {
                from = inside;
                continue;
            }
            blank(&mut said, start..end);
            from = end;
        }
    }
    said
}

fn blank(text: &mut Cow<'_, str>, range: Range<usize>) {
    let blanks: String = text[range.clone()].bytes().map(|it| if it == b'\n' { '\n' } else { ' ' }).collect();
    text.to_mut().replace_range(range, &blanks);
}

/// A line of a document.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line<'t> {
    /// Where it begins.
    pub(super) start: usize,
    /// Its text without a line break.
    pub(super) text: &'t str,
}

impl<'t> Line<'t> {
    /// The title, where the line is a heading or a question in bold that stands alone.
    pub(super) fn title(&self) -> Option<&'t str> {
        let line = self.text.trim();
        if let Some(heading) = line.strip_prefix('#') {
            return Some(heading.trim_matches(['#', ' ']));
        }
        let bold = line.strip_prefix("**")?.strip_suffix("**")?;
        (!bold.contains("**")).then_some(bold)
    }
}

/// Its lines.
pub(super) fn lines(text: &str) -> impl Iterator<Item = Line<'_>> {
    text.split_inclusive('\n').scan(0, |at, line| {
        let start = *at;
        *at += line.len();
        Some(Line { start, text: line.trim_end_matches(['\n', '\r']) })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_struck_out_is_gone_and_places_stay() {
        let text = "Ключ — ~~1 000 ₸~~ 1 500 ₸ <!-- 2 000 ₸ -->\n~~ одна\n\nдругая ~~";
        let said = said(text);
        assert_eq!(said.len(), text.len());
        assert_eq!(said.find("1 500"), text.find("1 500"));
        assert!(!said.contains("1 000") && !said.contains("2 000") && said.contains("другая"));
    }

    #[test]
    fn titles_are_headings_and_bold_questions() {
        let text = "# Цены #\n**Сколько?**\n**Да** и нет\nтекст";
        let titles: Vec<_> = lines(text).map(|it| it.title()).collect();
        assert_eq!(titles, [Some("Цены"), Some("Сколько?"), None, None]);
    }
}
