//! Passages in their own words: the part that answers, without Markdown.

use std::collections::BTreeSet;

/// Sentences of a text.
pub(crate) fn sentences(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let mut from = 0;
    let letters: Vec<(usize, char)> = text.char_indices().collect();
    for (nth, (at, it)) in letters.iter().enumerate() {
        let next = letters.get(nth + 1).map(|it| it.1);
        let ends = matches!(it, '.' | '!' | '?' | '…') && next.is_none_or(char::is_whitespace) || *it == '\n';
        if ends {
            out.push(text[from..at + it.len_utf8()].trim());
            from = at + it.len_utf8();
        }
    }
    out.push(text[from..].trim());
    out.into_iter().filter(|it| it.chars().any(char::is_alphanumeric)).collect()
}

fn stems(text: &str) -> BTreeSet<String> {
    let words = text::words(text);
    words.iter().filter(|it| it.text.chars().count() > 2).flat_map(|it| text::stems(&it.text)).collect()
}

/// Markdown marks removed, list items as sentences.
pub(crate) fn plain(line: &str) -> String {
    let line = line.trim().trim_start_matches(['#', '>', '-', '*', '+', ' ']);
    line.replace("**", "").replace("__", "").replace('`', "").trim().to_owned()
}

/// The answer to `question` inside a passage: what follows the question most like it, or else the
/// sentences most like it, in their order; at most `limit` sentences.
pub(crate) fn answer_in(passage: &str, question: &str, limit: usize) -> String {
    let asked = stems(question);
    let lines: Vec<&str> = passage.lines().map(str::trim).filter(|it| !it.is_empty()).collect();
    let is_question =
        |line: &str| plain(line).ends_with('?') || line.starts_with('#') || line.starts_with("**");
    let like = |text: &str| stems(text).intersection(&asked).count();
    let best_question = (0..lines.len())
        .filter(|at| is_question(lines[*at]) && lines.get(at + 1).is_some_and(|it| !is_question(it)))
        .max_by_key(|at| (like(lines[*at]), usize::MAX - at));
    let body: Vec<String> = match best_question.filter(|at| like(lines[*at]) > 0) {
        Some(at) => lines[at + 1..].iter().take_while(|it| !is_question(it)).map(|it| plain(it)).collect(),
        None => {
            let all: Vec<String> = lines.iter().filter(|it| !is_question(it)).map(|it| plain(it)).collect();
            let most = all.iter().map(|it| like(it)).max().unwrap_or(0);
            let from = all.iter().position(|it| like(it) == most).unwrap_or(0);
            all.into_iter().skip(from).collect()
        }
    };
    let mut out: Vec<String> = Vec::new();
    for line in &body {
        for sentence in sentences(line) {
            if out.len() < limit {
                let ended = sentence.ends_with(['.', '!', '?', '…', ':', ';']);
                out.push(if ended { sentence.to_owned() } else { format!("{sentence}.") });
            }
        }
    }
    out.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAQ: &str = "## Доставка\n\n**Сколько идёт посылка?**\nОбычно 3 дня. В праздники дольше.\n\n**Можно ли забрать самому?**\nДа, со склада.";

    #[test]
    fn the_answer_to_the_nearest_question_is_quoted() {
        assert_eq!(answer_in(FAQ, "забрать самой можно?", 3), "Да, со склада.");
        assert_eq!(answer_in(FAQ, "сколько дней идет посылка", 1), "Обычно 3 дня.");
    }
}
