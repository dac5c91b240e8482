//! Finding the sentence of a prompt that answers the question best.

use std::collections::{BTreeMap, BTreeSet};

use super::Said;

/// The sentence of the prompt that shares the rarest words with the last user message; `None` when
/// nothing is shared. It is returned as it stands, so nothing in it is the model's own.
///
/// Words count as equal when their first five letters are: a crude stem that serves Russian and
/// Kazakh alike.
#[must_use]
pub fn best_sentence(messages: &[Said]) -> Option<String> {
    let asked = messages.iter().rposition(|it| it.role == "user")?;
    let question = words(last_paragraph(&messages[asked].text));
    let above =
        &messages[asked].text[..messages[asked].text.len() - last_paragraph(&messages[asked].text).len()];
    let given = messages.iter().enumerate().filter(|(at, it)| *at != asked && it.role != "assistant");
    let sentences: Vec<&str> =
        given.map(|(_, it)| it.text.as_str()).chain([above]).flat_map(sentences).collect();

    let mut holders: BTreeMap<&str, usize> = BTreeMap::new();
    let words_of: Vec<BTreeSet<String>> = sentences.iter().map(|it| words(it)).collect();
    for word in words_of.iter().flatten() {
        *holders.entry(word).or_default() += 1;
    }
    let weigh = |found: &BTreeSet<String>| -> f64 {
        found
            .intersection(&question)
            .map(|word| 1.0 / holders.get(word.as_str()).map_or(1.0, |it| *it as f64))
            .sum()
    };
    let mut best: Option<(f64, &str)> = None;
    for (found, sentence) in words_of.iter().zip(&sentences) {
        let weight = weigh(found);
        if weight > best.map_or(0.0, |it| it.0) {
            best = Some((weight, sentence));
        }
    }
    best.map(|(_, sentence)| sentence.to_owned())
}

/// Prompts may put passages above the question in one message: the question is what stands last.
fn last_paragraph(text: &str) -> &str {
    let text_end = text.trim_end();
    match text_end.rfind("\n\n") {
        Some(at) => &text[at + 2..],
        None => text,
    }
}

fn sentences(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for line in text.lines() {
        let mut rest = line;
        while let Some(end) = end_of_sentence(rest) {
            found.push(&rest[..end]);
            rest = &rest[end..];
        }
        found.push(rest);
    }
    let marks = |it: char| it.is_whitespace() || matches!(it, '-' | '*' | '#' | '•' | '—' | '>');
    found.into_iter().map(|it| it.trim_start_matches(marks).trim_end()).filter(|it| !it.is_empty()).collect()
}

/// After a full stop, question or exclamation mark that white space follows: `10.5` stays whole.
fn end_of_sentence(text: &str) -> Option<usize> {
    let mut after_mark = false;
    for (at, letter) in text.char_indices() {
        if after_mark && letter.is_whitespace() {
            return Some(at);
        }
        after_mark = matches!(letter, '.' | '!' | '?' | '…');
    }
    None
}

fn words(text: &str) -> BTreeSet<String> {
    text.to_lowercase()
        .replace('ё', "е")
        .split(|it: char| !it.is_alphanumeric())
        .filter(|it| it.chars().count() > 2)
        .map(|it| it.chars().take(5).collect())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(role: &str, text: &str) -> Said {
        Said { role: role.to_owned(), text: text.to_owned() }
    }

    #[test]
    fn takes_the_sentence_that_shares_the_rarest_words() {
        let prompt =
            "Отвечай коротко.\n\n- Велосипед чиним за 2 дня. Самокат чиним за 1.5 часа.\n- Лыжи точим зимой.";
        let found = best_sentence(&[said("system", prompt), said("user", "Сколько чините самокаты?")]);
        assert_eq!(found.as_deref(), Some("Самокат чиним за 1.5 часа."));
    }

    #[test]
    fn reads_passages_above_the_question_too() {
        let both = "Пассажи:\nҚоймадан алып кету тегін.\nЖеткізу ақылы.\n\nЖеткізу қанша тұрады?";
        assert_eq!(best_sentence(&[said("user", both)]).as_deref(), Some("Жеткізу ақылы."));
    }

    #[test]
    fn says_nothing_when_nothing_is_shared() {
        assert_eq!(best_sentence(&[said("system", "Лыжи точим зимой."), said("user", "who are you?")]), None);
        assert_eq!(best_sentence(&[]), None);
    }
}
