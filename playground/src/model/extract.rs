//! Finding the sentence of a prompt that answers the question best.

use std::collections::{BTreeMap, BTreeSet};

use super::Said;

/// What prompts ask for when the passages do not answer.
pub const UNKNOWN: &str = "UNKNOWN";

/// The sentence of the prompt that shares the rarest words with the last user message, as it stands,
/// so that nothing in it is the model's own; [`UNKNOWN`] when none shares a third of the words.
///
/// Only what stands between `<passages>` and `</passages>` counts where there is such a part. Words
/// are equal when their first five letters are: a crude stem that serves Russian and Kazakh alike.
#[must_use]
pub fn best_sentence(messages: &[Said]) -> String {
    let Some(asked) = messages.iter().rfind(|it| it.role == "user") else { return UNKNOWN.to_owned() };
    let question = words(&asked.text);
    let prompts = messages.iter().filter(|it| matches!(it.role.as_str(), "system" | "developer"));
    let candidates: Vec<Candidate<'_>> = prompts.flat_map(|it| candidates(passages(&it.text))).collect();

    let mut holders: BTreeMap<&str, f64> = BTreeMap::new();
    for word in candidates.iter().flat_map(|it| &it.words) {
        *holders.entry(word).or_default() += 1.0;
    }
    let mut best = (0.0, UNKNOWN);
    for candidate in &candidates {
        let shared: Vec<&String> = candidate.words.intersection(&question).collect();
        let weight: f64 = shared.iter().map(|it| 1.0 / holders[it.as_str()]).sum();
        if shared.len() * 3 >= question.len() && weight > best.0 {
            best = (weight, candidate.sentence);
        }
    }
    best.1.to_owned()
}

/// A sentence that could be the answer, and the words it stands for.
struct Candidate<'a> {
    sentence: &'a str,
    words: BTreeSet<String>,
}

/// A question or a heading is no answer, but what follows it answers it.
fn candidates(text: &str) -> Vec<Candidate<'_>> {
    let mut found = Vec::new();
    let mut above = BTreeSet::new();
    for line in text.lines() {
        let is_heading = line.starts_with(['#', '[']);
        for sentence in sentences(line) {
            let mut words = words(sentence);
            if is_heading || sentence.ends_with('?') {
                above = words;
            } else {
                words.append(&mut above);
                found.push(Candidate { sentence, words });
            }
        }
    }
    found
}

fn passages(text: &str) -> &str {
    let inner = text.split_once("<passages>").and_then(|(_, rest)| rest.rsplit_once("</passages>"));
    inner.map_or(text, |(inner, _)| inner)
}

fn sentences(line: &str) -> impl Iterator<Item = &str> {
    let mut ends: Vec<usize> = Vec::new();
    let mut after_mark = false;
    for (at, letter) in line.char_indices() {
        // Only where white space follows: `10.5` stays whole.
        if after_mark && letter.is_whitespace() {
            ends.push(at);
        }
        after_mark = matches!(letter, '.' | '!' | '?' | '…');
    }
    ends.push(line.len());
    let marks = |it: char| it.is_whitespace() || matches!(it, '-' | '*' | '#' | '•' | '—' | '>');
    let mut start = 0;
    ends.into_iter()
        .map(move |end| line[std::mem::replace(&mut start, end)..end].trim_start_matches(marks).trim_end())
        .filter(|it| !it.is_empty())
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

    fn ask(prompt: &str, question: &str) -> String {
        let said = |role: &str, text: &str| Said { role: role.to_owned(), text: text.to_owned() };
        best_sentence(&[said("system", prompt), said("user", question)])
    }

    #[test]
    fn takes_the_sentence_that_shares_the_rarest_words() {
        let prompt =
            "Отвечай коротко.\n\n- Велосипед чиним за 2 дня. Самокат чиним за 1.5 часа.\n- Лыжи точим зимой.";
        assert_eq!(ask(prompt, "За сколько самокат чините?"), "Самокат чиним за 1.5 часа.");
    }

    #[test]
    fn quotes_passages_and_not_instructions() {
        let prompt =
            "Жеткізу туралы ойдан шығарма.\n<passages>\nЖеткізу ақылы.\n---\nКепілдік бір жыл.\n</passages>";
        assert_eq!(ask(prompt, "Жеткізу қалай?"), "Жеткізу ақылы.");
    }

    #[test]
    fn what_follows_a_question_answers_it() {
        let prompt = "<passages>\n## Гарантия\nЕсть ли гарантия на ремонт? Да, целый год.\n</passages>";
        assert_eq!(ask(prompt, "Какая гарантия на ремонт?"), "Да, целый год.");
    }

    #[test]
    fn knows_what_it_does_not_know() {
        assert_eq!(ask("Лыжи точим зимой.", "who are you?"), UNKNOWN);
        assert_eq!(best_sentence(&[]), UNKNOWN);
    }
}
