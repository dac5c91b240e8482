//! Links and pictures of a document.

use std::ops::Range;

use crate::diagnostic::Diagnostic;
use crate::said::say;
use crate::source::{FileId, Place};

/// More places of one document are counted, not shown.
const SHOWN: usize = 2;

/// A link or a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Link<'t> {
    pub(super) span: Range<usize>,
    pub(super) to: &'t str,
    pub(super) image: bool,
}

impl Link<'_> {
    /// Whether a customer's phone could open it.
    pub(super) fn is_outside(&self) -> bool {
        let scheme = ["https://", "http://", "mailto:", "tel:", "tg://", "//"];
        let local = ["://localhost", "://127.", "://192.168.", "://10."];
        scheme.iter().any(|it| self.to.starts_with(it)) && !local.iter().any(|it| self.to.contains(it))
    }
}

/// Links and pictures in Markdown or HTML, and bare addresses.
pub(super) fn links(text: &str) -> Vec<Link<'_>> {
    let mut found: Vec<Link<'_>> = marked(text).chain(tags(text)).collect();
    found.sort_by_key(|it| it.span.start);
    let mut bare = Vec::new();
    let mut from = 0;
    for (at, _) in text.match_indices("://") {
        let Some(start) = ["https", "http"].iter().find_map(|it| Some(text[..at].strip_suffix(it)?.len()))
        else {
            continue;
        };
        let before = found.partition_point(|it| it.span.start <= start);
        if start < from || before.checked_sub(1).is_some_and(|it| found[it].span.end > start) {
            continue;
        }
        let ends = |it: char| it.is_whitespace() || matches!(it, ')' | '>' | ']' | '"' | '»' | '`' | '<');
        let to = &text[start..start + text[start..].find(ends).unwrap_or(text.len() - start)];
        let to = to.trim_end_matches(['.', ',', ';', ':', '!', '?']);
        from = start + to.len();
        bare.push(Link { span: start..from, to, image: false });
    }
    found.append(&mut bare);
    found.sort_by_key(|it| it.span.start);
    found
}

/// `[text](address)` and `![text](address)`, each on one line.
fn marked(text: &str) -> impl Iterator<Item = Link<'_>> {
    let mut line = 0;
    text.split_inclusive('\n').flat_map(move |written| {
        let start = line;
        line += written.len();
        let mut from = 0;
        std::iter::from_fn(move || {
            loop {
                let middle = from + written[from..].find("](")?;
                let (open, inside) = (written[from..middle].rfind('[').map(|it| from + it), middle + 2);
                let close = inside + written[inside..].find(')')?;
                from = inside;
                let Some(open) = open else { continue };
                // A title may follow the address.
                let to = written[inside..close].split_whitespace().next().unwrap_or_default();
                let image = written[..open].ends_with('!');
                let span = start + open - usize::from(image)..start + close + 1;
                from = close + 1;
                return Some(Link { span, to: to.trim_matches(['<', '>']), image });
            }
        })
    })
}

/// `<img …>`.
fn tags(text: &str) -> impl Iterator<Item = Link<'_>> {
    text.match_indices("<img").map_while(|(at, _)| {
        let end = at + text[at..].find('>')? + 1;
        Some(Link { span: at..end, to: "", image: true })
    })
}

/// One finding for all of a document's.
pub(super) fn once(
    file: FileId,
    links: &[Link<'_>],
    report: impl FnOnce(Place) -> Diagnostic,
) -> Option<Diagnostic> {
    let (first, rest) = links.split_first()?;
    let mut diagnostic = report(Place::new(file, first.span.clone()));
    for (index, link) in rest.iter().take(SHOWN).enumerate() {
        let more = rest.len() - SHOWN.min(rest.len());
        let label = if index + 1 == SHOWN && more > 0 {
            say!("and here, and {more} more", "и здесь, и ещё мест: {more}")
        } else {
            say!("and here", "и здесь")
        };
        diagnostic = diagnostic.with_label(Place::new(file, link.span.clone()), label);
    }
    Some(diagnostic)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<(&str, &str, bool)> {
        links(text).into_iter().map(|it| (&text[it.span.clone()], it.to, it.image)).collect()
    }

    #[test]
    fn links_are_found_with_their_addresses() {
        assert_eq!(
            told("см. [прайс](prices.md \"все\") и ![фото](a.png), https://a.kz/x."),
            [
                ("[прайс](prices.md \"все\")", "prices.md", false),
                ("![фото](a.png)", "a.png", true),
                ("https://a.kz/x", "https://a.kz/x", false)
            ]
        );
        assert_eq!(told("[сайт](https://a.kz)"), [("[сайт](https://a.kz)", "https://a.kz", false)]);
        assert_eq!(told("<img src='a.png'>").len(), 1);
        assert_eq!(told("[да] (нет) [x] a](b\n)"), []);
    }

    #[test]
    fn addresses_inside_a_folder_cannot_be_opened() {
        let outside = |to: &str| Link { span: 0..0, to, image: false }.is_outside();
        assert!(outside("https://a.kz") && outside("mailto:a@a.kz") && outside("tel:+77771234567"));
        assert!(!outside("prices.md") && !outside("#цены") && !outside("http://localhost:8080/x"));
    }
}
