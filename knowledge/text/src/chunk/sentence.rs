//! Where a long paragraph may be cut.

use super::{MAX_CHARS, length};

/// Splits a text into pieces of at most [`MAX_CHARS`] characters, at ends of sentences where there
/// are any, else between words, else anywhere.
pub(super) fn split(text: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut current = String::new();
    let mut current_length = 0;
    for sentence in sentences(text).into_iter().flat_map(bounded) {
        let size = length(sentence);
        if current_length + size > MAX_CHARS && !current.is_empty() {
            out.push(std::mem::take(&mut current));
            current_length = 0;
        }
        current.push_str(sentence);
        current_length += size;
    }
    out.push(current);
    out.into_iter().map(|it| it.trim().to_owned()).filter(|it| !it.is_empty()).collect()
}

/// Sentences with the space that follows them; together they are the text.
fn sentences(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let mut start = 0;
    for (at, _) in text.char_indices().filter(|(_, it)| matches!(it, '\n' | '.' | '!' | '?' | '…')) {
        let Some(end) = sentence_end(text, at) else { continue };
        out.push(&text[start..end]);
        start = end;
    }
    out.push(&text[start..]);
    out
}

/// Where the next sentence begins if the mark at `at` ends one.
fn sentence_end(text: &str, at: usize) -> Option<usize> {
    let (before, after) = text.split_at(at);
    let mark = after.chars().next()?;
    let after = &after[mark.len_utf8()..];
    if mark == '\n' {
        return Some(text.len() - after.len());
    }
    if mark == '.' && is_abbreviation(before) {
        return None;
    }
    let next = after.trim_start_matches(['»', '"', ')', '”']);
    let next_word = next.trim_start_matches([' ', '\t']);
    let spaced = next_word.len() < next.len();
    let starts = next_word.starts_with(|it: char| {
        it.is_uppercase() || it.is_ascii_digit() || matches!(it, '«' | '"' | '“' | '(' | '—' | '–' | '-')
    });
    (spaced && starts).then(|| text.len() - next_word.len())
}

/// `ул. Абая`, `г. Алматы`, `руб.`: a short word in small letters before a full stop.
fn is_abbreviation(before: &str) -> bool {
    let start = before
        .rfind(|it: char| !it.is_alphabetic())
        .map_or(0, |at| at + before[at..].chars().next().map_or(0, char::len_utf8));
    let word = &before[start..];
    (1..=3).contains(&length(word)) && word.chars().all(char::is_lowercase)
}

/// Cuts one sentence that is itself too long.
fn bounded(sentence: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let mut rest = sentence;
    while let Some((limit, _)) = rest.char_indices().nth(MAX_CHARS) {
        let cut = rest[..limit]
            .rfind(char::is_whitespace)
            .map_or(limit, |at| at + rest[at..].chars().next().map_or(0, char::len_utf8));
        let (piece, tail) = rest.split_at(cut);
        out.push(piece);
        rest = tail;
    }
    out.push(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::{MAX_CHARS, length, sentences, split};

    #[test]
    fn sentences_end_where_they_do() {
        assert_eq!(
            sentences("Мы на ул. Абая, 5. Вход со двора! Есть «парковка». 3 места."),
            ["Мы на ул. Абая, 5. ", "Вход со двора! ", "Есть «парковка». ", "3 места."],
        );
    }

    #[test]
    fn nothing_is_longer_than_the_bound_and_nothing_is_lost() {
        for text in ["я".repeat(5000), "слово ".repeat(900), "Раз два три. ".repeat(400)] {
            let pieces = split(&text);
            assert!(pieces.iter().all(|it| length(it) <= MAX_CHARS));
            let kept: usize =
                pieces.iter().map(|it| it.chars().filter(|it| it.is_alphanumeric()).count()).sum();
            assert_eq!(kept, text.chars().filter(|it| it.is_alphanumeric()).count());
        }
    }
}
