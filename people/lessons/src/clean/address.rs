//! Addresses where somebody lives: those with a flat.

use text::{Word, words};

use super::own::Own;
use super::{Found, Personal};
use crate::words::{FLAT, STREET, begins};

/// Words before the flat that its address may have.
const REACH: usize = 12;

pub(super) fn find(text: &str, own: &Own) -> Vec<Found> {
    let words = words(text);
    let mut found = Vec::new();
    for at in 0..words.len() {
        let Some((first, last)) = flat(&words, at) else { continue };
        let from = first.saturating_sub(REACH);
        let clause = |it: &usize| !text[words[*it].start..words[first].start].contains(['!', '?', '\n', ';']);
        let start = (from..first).filter(clause).find(|it| begins(STREET, &words[*it].text));
        // `Абая 10-5, кв 3`: a house without a word for it is a capitalised name and a number.
        let named = |it: &usize| {
            words[it + 1].is_number() && text[words[*it].start..].starts_with(char::is_uppercase)
        };
        let start =
            start.or_else(|| (from..first.saturating_sub(1)).filter(clause).rfind(named)).unwrap_or(first);
        let range = words[start].start..words[last].end;
        if !own.says(&text[range.clone()]) {
            found.push((range, Personal::Address));
        }
    }
    found
}

/// First and last word of a flat: `кв 12`, `12 кв`, not `12 кв м`.
fn flat(words: &[Word], at: usize) -> Option<(usize, usize)> {
    if !FLAT.contains(&words[at].text.as_str()) {
        return None;
    }
    let next = words.get(at + 1);
    if next.is_some_and(Word::is_number) {
        return Some((at, at + 1));
    }
    let is_measure = next.is_some_and(|it| begins(&["м", "метр", "м2"], &it.text));
    let before = at.checked_sub(1).filter(|it| words[*it].is_number() && !is_measure)?;
    Some((before, at))
}
