//! Names of people.

use text::{Word, normalize, stems, words};

use super::own::Own;
use super::{Found, Personal};
use crate::words::{ASKING, BARE, FILLER, GREETING, MAYBE_NAMED, NAMED, PATRONYMIC, begins, has};

/// Words of a profile's name that are looked for.
const WORDS: usize = 3;
/// The Kazakh word for «I» and for «and».
const AND: &str = "мен";
/// A shorter word is no name, in letters.
const SHORTEST: usize = 3;

/// Words of a profile's name that may stand in a text, normalised. Profiles hold all sorts of words:
/// only capitalised ones that say nothing else count.
pub(super) fn known(name: &str) -> Vec<String> {
    let is_name = |it: &Word| {
        let letters = it.text.chars().count();
        letters >= SHORTEST && is_capitalised(name, it) && !is_plain(&it.text)
    };
    words(name).into_iter().filter(is_name).take(WORDS).map(|it| it.text).collect()
}

pub(super) fn find(text: &str, known: &[String], own: &Own) -> Vec<Found> {
    let words = words(text);
    let mut names = vec![false; words.len()];
    let mut participants = names.clone();
    for at in 0..words.len() {
        let word = &words[at];
        let is_own = own.uses(&word.text);
        let is_unknown = is_capitalised(text, word) && !is_own && !is_plain(&word.text);
        if is_known(&word.text, known) && (!is_own || is_capitalised(text, word)) {
            participants[at] = true;
        }
        let patronymic = PATRONYMIC.iter().any(|it| word.text.chars().count() > 5 && word.text.ends_with(it));
        if patronymic && is_unknown {
            names[at] = true;
            if at > 0
                && follows(text, &words, at)
                && is_capitalised(text, &words[at - 1])
                && !own.uses(&words[at - 1].text)
                && !is_plain(&words[at - 1].text)
            {
                names[at - 1] = true;
            }
        }
        if is_unknown && behind_mark(text, &words, at) {
            names[at] = true;
        }
        // The words before it go as well: alone they would name whatever comes next.
        if let Some(from) = named_from(text, &words, at).filter(|_| is_name_like(word) && !is_own) {
            names[from..=at].fill(true);
        }
        // A first name brings the second one.
        if at > 0 && (names[at - 1] || participants[at - 1]) && is_unknown && follows(text, &words, at) {
            names[at] = true;
        }
    }
    let place = |at: usize| words[at].start..words[at].end;
    let kinds = (0..words.len()).filter_map(|at| match (participants[at], names[at]) {
        (true, _) => Some((place(at), Personal::Participant)),
        (_, true) => Some((place(at), Personal::Name)),
        _ => None,
    });
    kinds.collect()
}

fn is_known(word: &str, known: &[String]) -> bool {
    let stem_of = |it: &str| stems(it);
    known.iter().any(|it| {
        it == word
            || word.chars().count() > SHORTEST
                && stem_of(it).iter().any(|it| it.chars().count() >= SHORTEST && stem_of(word).contains(it))
    })
}

fn is_plain(word: &str) -> bool {
    has(FILLER, word) || has(BARE, word) || has(ASKING, word) || begins(GREETING, word)
}

fn is_name_like(word: &Word) -> bool {
    word.text.chars().all(char::is_alphabetic)
        && word.text.chars().count() >= SHORTEST
        && !is_plain(&word.text)
}

fn is_capitalised(text: &str, word: &Word) -> bool {
    let mut letters = text[word.start..word.end].chars();
    letters.next().is_some_and(char::is_uppercase)
        && letters.all(|it| it.is_lowercase() || !it.is_alphabetic())
}

/// Whether only a space stands before the word.
fn follows(text: &str, words: &[Word], at: usize) -> bool {
    text[words[at - 1].end..words[at].start].chars().all(|it| matches!(it, ' ' | '\u{a0}'))
}

/// Where the words begin after which a name stands, however it is written.
fn named_from(text: &str, words: &[Word], at: usize) -> Option<usize> {
    NAMED.iter().find_map(|mark| {
        let from = at.checked_sub(mark.len())?;
        let told = words[from..at].iter().zip(*mark).all(|(word, mark)| word.text == normalize(mark));
        let is_gap = |it: char| matches!(it, ' ' | '\u{a0}' | ':' | '-' | '–' | '—');
        (told && text[words[at - 1].end..words[at].start].chars().all(is_gap)).then_some(from)
    })
}

/// Behind a word after which a capitalised one is a name, or behind a greeting.
fn behind_mark(text: &str, words: &[Word], at: usize) -> bool {
    let Some(before) = at.checked_sub(1).map(|it| &words[it]) else { return false };
    let between = &text[before.end..words[at].start];
    // «I» in Kazakh is «and» between two words.
    let begins_clause =
        text[..before.start].trim_end().chars().next_back().is_none_or(|it| !it.is_alphanumeric());
    if MAYBE_NAMED.contains(&before.text.as_str()) && (before.text != AND || begins_clause) {
        return between.chars().all(|it| matches!(it, ' ' | '\u{a0}' | ':' | '-' | '–' | '—'));
    }
    let after = text[words[at].end..].trim_start_matches([' ', '\u{a0}']);
    let ends = after.is_empty() || after.starts_with([',', '!', '.', '\n', ')']);
    GREETING.contains(&before.text.as_str())
        && ends
        && between.chars().all(|it| matches!(it, ' ' | ',' | '\u{a0}'))
}
