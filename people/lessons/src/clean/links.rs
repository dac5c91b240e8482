//! E-mails, handles and links.

use std::ops::Range;

use super::own::Own;
use super::{Found, Personal};

/// How links begin.
const LINK: [&str; 6] = ["https://", "http://", "www.", "wa.me/", "t.me/", "tg://"];
/// Where a link leads to a person's talk.
const TALK: [&str; 5] = ["wa.me/", "t.me/", "tg://", "api.whatsapp.com", "join"];
/// A part of a path that is longer and has digits and letters is a token, characters.
const TOKEN: usize = 16;

pub(super) fn find(text: &str, own: &Own) -> Vec<Found> {
    let links = links(text);
    let mut found = Vec::new();
    for range in &links {
        let link = text[range.clone()].to_lowercase();
        if is_personal(&link) && !own.tells(&link) {
            found.push((range.clone(), Personal::Link));
        }
    }
    for (at, _) in text.match_indices('@') {
        if links.iter().any(|it| it.contains(&at)) {
            continue;
        }
        let (range, kind) = around(text, at);
        if range.end > at + 1 && !own.tells(&text[range.clone()]) {
            found.push((range, kind));
        }
    }
    found
}

fn links(text: &str) -> Vec<Range<usize>> {
    let lower = text.to_ascii_lowercase();
    let mut out: Vec<Range<usize>> = Vec::new();
    for (at, _) in text.char_indices() {
        let inside = out.last().is_some_and(|it| at < it.end);
        let glued = text[..at].ends_with(|it: char| it.is_alphanumeric());
        if inside || glued || !LINK.iter().any(|it| lower[at..].starts_with(it)) {
            continue;
        }
        let length = text[at..]
            .find(|it: char| it.is_whitespace() || matches!(it, '<' | '>' | '"' | '»'))
            .unwrap_or(text.len() - at);
        let link = text[at..at + length].trim_end_matches(['.', ',', '!', ')', ';', ':']);
        out.push(at..at + link.len());
    }
    out
}

fn is_personal(link: &str) -> bool {
    let rest = link.split_once("://").map_or(link, |it| it.1);
    let has_token = |part: &str| {
        let letters = part.chars().filter(|it| it.is_alphabetic()).count();
        let digits = part.chars().filter(char::is_ascii_digit).count();
        part.chars().count() >= TOKEN && letters > 0 && digits > 3
    };
    TALK.iter().any(|it| link.contains(it))
        || rest.contains(['?', '#', '@'])
        || rest.split('/').skip(1).any(has_token)
        || digits_in_a_row(rest) >= 9
}

fn digits_in_a_row(text: &str) -> usize {
    text.split(|it: char| !it.is_ascii_digit()).map(str::len).max().unwrap_or(0)
}

/// The e-mail or the handle around an `@`.
fn around(text: &str, at: usize) -> (Range<usize>, Personal) {
    let is_local = |it: char| it.is_alphanumeric() || matches!(it, '.' | '_' | '-' | '+' | '%');
    let before = &text[..at];
    let start = before.trim_end_matches(is_local).len();
    let after = &text[at + 1..];
    let length =
        after.find(|it: char| !it.is_alphanumeric() && !matches!(it, '.' | '_' | '-')).unwrap_or(after.len());
    let name = after[..length].trim_end_matches(['.', '-']);
    let end = at + 1 + name.len();
    if start < at && !name.is_empty() { (start..end, Personal::Email) } else { (at..end, Personal::Handle) }
}
