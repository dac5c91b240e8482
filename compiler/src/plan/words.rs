//! Two texts side by side: what differs, with just enough around it.

use similar::{ChangeTag, TextDiff};

/// Unchanged words kept on each side of a changed one.
const AROUND: usize = 4;
/// Unchanged lines kept on each side of a changed one.
const LINES_AROUND: usize = 2;

/// A piece of a text that is shown beside another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    /// The text; `…` stands for unchanged words left out.
    pub(super) text: String,
    /// The other text does not have it.
    pub(super) differs: bool,
}

/// Both texts on one line each, cut into what differs and what does not.
pub(super) fn compared(old: &str, new: &str) -> (Vec<Piece>, Vec<Piece>) {
    let (old, new) = (flat(old), flat(new));
    let (old, new) = (tokens(&old), tokens(&new));
    let diff = TextDiff::from_slices(&old, &new);
    let (mut before, mut after): (Vec<Piece>, Vec<Piece>) = (Vec::new(), Vec::new());
    for change in diff.iter_all_changes() {
        let value = change.value();
        match change.tag() {
            ChangeTag::Delete => push(&mut before, value, true),
            ChangeTag::Insert => push(&mut after, value, true),
            ChangeTag::Equal => {
                push(&mut before, value, false);
                push(&mut after, value, false);
            }
        }
    }
    (before, after)
}

/// As [`compared`]; long unchanged runs become `…`.
pub(super) fn excerpts(old: &str, new: &str) -> (Vec<Piece>, Vec<Piece>) {
    let (before, after) = compared(old, new);
    (shortened(before), shortened(after))
}

/// Words, numbers with their groups and unit (`7 500 ₸`, `9:00`), spaces and signs.
fn tokens(text: &str) -> Vec<&str> {
    let chars: Vec<(usize, char)> = text.char_indices().collect();
    let digit = |index: usize| chars.get(index).is_some_and(|(_, it)| it.is_ascii_digit());
    let unit = |index: usize| chars.get(index).is_some_and(|(_, it)| matches!(it, '₸' | '%'));
    let mut starts = vec![0];
    for (index, (at, it)) in chars.iter().enumerate().skip(1) {
        let before = chars[index - 1].1;
        let joins = match it {
            it if it.is_alphanumeric() => {
                before.is_alphanumeric() || (digit(index) && in_number(&chars, index - 1))
            }
            '.' | ',' | ':' | ' ' => {
                digit(index - 1) && (digit(index + 1) || (*it == ' ' && unit(index + 1)))
            }
            '₸' | '%' => digit(index - 1) || (before == ' ' && index > 1 && digit(index - 2)),
            _ => false,
        };
        if !joins {
            starts.push(*at);
        }
    }
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    starts.iter().zip(ends).map(|(from, to)| &text[*from..to]).filter(|it| !it.is_empty()).collect()
}

/// The sign at `index` stands between two digits.
fn in_number(chars: &[(usize, char)], index: usize) -> bool {
    let digit = |index: usize| chars.get(index).is_some_and(|(_, it)| it.is_ascii_digit());
    matches!(chars[index].1, '.' | ',' | ':' | ' ') && index > 0 && digit(index - 1) && digit(index + 1)
}

/// The pieces as one text.
pub(super) fn joined(pieces: &[Piece]) -> String {
    pieces.iter().map(|it| it.text.as_str()).collect::<String>().trim().to_owned()
}

/// What differs between two texts of several lines, as a unified diff without a header.
pub(crate) fn unified(old: &str, new: &str) -> String {
    let (old, new) = (ended(old), ended(new));
    TextDiff::from_lines(&old, &new).unified_diff().context_radius(LINES_AROUND).to_string()
}

/// A text on one line, without what a terminal or a page would obey.
pub(super) fn flat(text: &str) -> String {
    let visible: String = text.chars().map(|it| if it.is_whitespace() { ' ' } else { it }).collect();
    let visible: String = visible.chars().filter(|it| !is_hidden(*it)).collect();
    visible.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A line of a diff, without what a terminal or a page would obey.
pub(super) fn tame(line: &str) -> String {
    line.chars().filter(|it| *it == '\t' || !is_hidden(*it)).collect()
}

/// Control characters, and those that turn the direction of writing.
fn is_hidden(it: char) -> bool {
    it.is_control()
        || matches!(it, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A missing line break at the end is nobody's change.
fn ended(text: &str) -> String {
    let text = text.trim_end();
    if text.is_empty() { String::new() } else { format!("{text}\n") }
}

fn push(pieces: &mut Vec<Piece>, text: &str, differs: bool) {
    match pieces.last_mut() {
        Some(last) if last.differs == differs => last.text.push_str(text),
        _ => pieces.push(Piece { text: text.to_owned(), differs }),
    }
}

fn shortened(mut pieces: Vec<Piece>) -> Vec<Piece> {
    let last = pieces.len().saturating_sub(1);
    for (index, piece) in pieces.iter_mut().enumerate().filter(|(_, it)| !it.differs) {
        let words: Vec<&str> = piece.text.split_inclusive(' ').collect();
        let head = if index == 0 { 0 } else { AROUND };
        let tail = if index == last { 0 } else { AROUND };
        if words.len() > head + tail + 1 {
            let (from, to) = (words[..head].concat(), words[words.len() - tail..].concat());
            piece.text = format!("{from}… {to}");
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_unchanged_runs_are_left_out() {
        let old = "one two three four five six seven eight nine ten eleven twelve";
        let new = "one two three four five six seven 8 nine ten eleven twelve";
        let (before, after) = excerpts(old, new);
        assert_eq!(joined(&before), "… four five six seven eight nine ten eleven twelve");
        assert_eq!(joined(&after), "… four five six seven 8 nine ten eleven twelve");
        let different: Vec<&str> = after.iter().filter(|it| it.differs).map(|it| it.text.as_str()).collect();
        assert_eq!(different, ["8"]);
    }

    #[test]
    fn numbers_are_compared_whole() {
        let (before, after) = compared("from 7 000 ₸, 9:00–21:00.", "from 7 500 ₸, 9:00–22:00.");
        let different = |list: &[Piece]| -> Vec<String> {
            list.iter().filter(|it| it.differs).map(|it| it.text.clone()).collect()
        };
        assert_eq!(different(&before), ["7 000 ₸", "21:00"]);
        assert_eq!(different(&after), ["7 500 ₸", "22:00"]);
    }

    #[test]
    fn one_text_alone_is_shown_whole() {
        let (before, after) = excerpts("", "all of it");
        assert_eq!((joined(&before), joined(&after)), (String::new(), "all of it".to_owned()));
    }

    #[test]
    fn nothing_that_a_terminal_obeys_is_kept() {
        assert_eq!(flat("a\u{1b}[31mb\u{202e}c\r\nd\u{a0}e"), "a[31mbc d e");
        assert_eq!(tame("-\ta\u{7}b"), "-\tab");
    }

    #[test]
    fn line_breaks_at_the_end_are_no_change() {
        assert_eq!(unified("a\nb\n", "a\nb"), "");
        assert!(unified("a\nb", "a\nc\n").contains("-b\n+c\n"));
    }
}
