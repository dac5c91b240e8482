//! `tests/learned.yaml`: a conversation test for each lesson.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use text::money::number;
use text::{stem_kk, stem_ru, words};

use super::Approved;
use crate::passage::one_line;
use crate::words::{ASKING, BARE, FILLER, has};

/// What a new file begins with.
const HEAD: &str = "# yaml-language-server: $schema=../../../schema/json/eval.schema.json\n\
    # Questions that people answered once: the bot must answer them now.\neval_cases:\n";
/// Telling words of an answer that are looked for.
const WORDS: usize = 4;
/// A shorter word tells little, in letters.
const SHORTEST: usize = 4;

/// The file with a case for each of these lessons, into the text that stands there already. A case
/// is found again by its id and replaced when its lesson was answered anew; what people edited in it
/// stays otherwise. Other cases are left as they are, to the byte; so is a file whose list stands on
/// one line.
#[must_use]
pub fn cases(standing: Option<&str>, lessons: &[Approved]) -> String {
    let mut text = standing.filter(|it| !it.trim().is_empty()).unwrap_or(HEAD).to_owned();
    if !text.ends_with('\n') {
        text.push('\n');
    }
    for lesson in lessons {
        text = with_case(&text, lesson);
    }
    text
}

fn with_case(text: &str, lesson: &Approved) -> String {
    let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    let Some(head) = lines.iter().position(|it| it.starts_with("eval_cases:")) else {
        lines.push("eval_cases:\n".to_owned());
        return with_case(&lines.concat(), lesson);
    };
    let rest = lines[head]["eval_cases:".len()..].trim();
    match rest {
        "" => {}
        "[]" => lines[head] = "eval_cases:\n".to_owned(),
        comment if comment.starts_with('#') => {}
        // A list on one line cannot take a case without being written anew.
        _ => return text.to_owned(),
    }
    let is_inside = |it: &String| it.trim().is_empty() || it.starts_with([' ', '#', '-', '\t']);
    let end = lines[head + 1..].iter().position(|it| !is_inside(it)).map_or(lines.len(), |it| head + 1 + it);
    let items: Vec<usize> = items(&lines, head + 1..end);
    let indent = items.first().map_or(2, |it| indent_of(&lines[*it]));
    let new = case(lesson, indent);
    let id = format!("- id: {}", case_id(lesson));
    let is_same = |it: &usize| lines[*it].trim() == id;
    if let Some(at) = items.iter().position(is_same) {
        let (mut from, mut to) = (items[at], items.get(at + 1).copied().unwrap_or(end));
        // The comment above it is its own; that above the next one is not.
        if from > head + 1 && is_evidence(&lines[from - 1]) {
            from -= 1;
            // The same lesson: what people sharpened in its case stays.
            if new.lines().next() == Some(lines[from].trim_end()) {
                return text.to_owned();
            }
        }
        while to > from + 1
            && (lines[to - 1].trim().is_empty() || lines[to - 1].trim_start().starts_with('#'))
        {
            to -= 1;
        }
        lines.splice(from..to, [new]);
    } else {
        let last = lines[..end].iter().rposition(|it| !it.trim().is_empty()).unwrap_or(head);
        lines.insert(last + 1, new);
    }
    lines.concat()
}

/// Lines that begin a case: those of the first one's indent.
fn items(lines: &[String], range: std::ops::Range<usize>) -> Vec<usize> {
    let is_item = |it: &usize| lines[*it].trim_start().starts_with("- ");
    let all: Vec<usize> = range.filter(is_item).collect();
    let Some(indent) = all.first().map(|it| indent_of(&lines[*it])) else { return all };
    all.into_iter().filter(|it| indent_of(&lines[*it]) == indent).collect()
}

fn indent_of(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

fn is_evidence(line: &str) -> bool {
    line.trim_start().starts_with("# lesson: ")
}

/// The id of a lesson's case. Of a UUID the first and the last part will do: all of it behind a word
/// would look like a secret.
#[must_use]
pub fn case_id(lesson: &Approved) -> String {
    let key = lesson.key();
    match key.split('-').collect::<Vec<_>>().as_slice() {
        [first, _, _, _, last] => format!("learned-{first}-{last}"),
        _ => format!("learned-{key}"),
    }
}

fn case(lesson: &Approved, indent: usize) -> String {
    let pad = " ".repeat(indent);
    let mut out = String::new();
    let mut line = |text: String| {
        // Writing to a text cannot fail.
        let _ = writeln!(out, "{pad}{text}");
    };
    line(format!("# lesson: {}", lesson.evidence()));
    line(format!("- id: {}", case_id(lesson)));
    line(format!("  user: {}", quoted(&one_line(&lesson.question))));
    if let Some(branch) = &lesson.branch {
        line(format!("  instance_id: {}", quoted(branch)));
    }
    let told = telling(&lesson.question, &lesson.answer);
    let list: Vec<String> = told.iter().map(|it| quoted(it)).collect();
    line(match list.is_empty() {
        true => "  expected: {action: reply}".to_owned(),
        false => format!("  expected: {{action: reply, must_include_any: [{}]}}", list.join(", ")),
    });
    out
}

/// What tells that the reply is this answer: its numbers, then its longest words without their
/// endings, none of which the question has already.
fn telling(question: &str, answer: &str) -> Vec<String> {
    let asked: BTreeSet<String> = words(question).into_iter().map(|it| root(&it.text)).collect();
    let (mut numbers, mut roots) = (Vec::new(), Vec::new());
    let mut at = 0;
    while let Some((start, _, end)) = number(answer, at) {
        at = end;
        let written = answer[start..end].to_lowercase();
        if written.len() >= 2 && !numbers.contains(&written) && !question.contains(&written) {
            numbers.push(written);
        }
    }
    for word in words(answer) {
        let written = answer[word.start..word.end].to_lowercase();
        if word.is_number() {
            continue;
        }
        let stem = root(&word.text);
        let is_plain = has(FILLER, &word.text) || has(BARE, &word.text) || has(ASKING, &word.text);
        if is_plain || asked.contains(&stem) || word.text.chars().count() < SHORTEST {
            continue;
        }
        // The reply has the word as it was written, which normalising may have changed.
        let told =
            if written.starts_with(&stem) && stem.chars().count() >= SHORTEST { stem } else { written };
        if !roots.contains(&told) {
            roots.push(told);
        }
    }
    roots.sort_by_key(|it| std::cmp::Reverse(it.chars().count()));
    numbers.into_iter().chain(roots).take(WORDS).collect()
}

fn root(word: &str) -> String {
    if text::has_kazakh_letter(word) { stem_kk(word) } else { stem_ru(word) }
}

/// A YAML text in double quotes.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for it in text.chars() {
        match it {
            '"' | '\\' => out.extend(['\\', it]),
            it if it.is_control() || matches!(it, '\u{2028}' | '\u{2029}' | '\u{feff}') => out.push(' '),
            it => out.push(it),
        }
    }
    out.push('"');
    out
}
