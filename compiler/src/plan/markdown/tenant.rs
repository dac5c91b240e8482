//! One tenant's part of a comment.

use super::budget::Block;
use super::escape::{bold, code, escape, fenced};
use super::weight;
use crate::plan::human::{Told, WITHOUT_MODEL, headline, passages, told, unchanged};
use crate::plan::words::{compared, excerpts, flat, joined};
use crate::plan::{AnswerChange, Change, DocumentChange, Grade, TenantPlan, Verdict};

/// Rows of the table that stand open; the others are folded.
const OPEN: usize = 15;
/// Longer answers are cut to what differs.
const WHOLE: usize = 240;

/// Its blocks in the order of reading.
pub(super) fn blocks(it: &TenantPlan) -> Vec<Block> {
    let mut blocks = vec![head(it)];
    blocks.extend(tests(it));
    blocks.extend(answers(it));
    blocks.extend(dangers(it));
    let lists = [
        ("facts", weight::FACTS, &it.facts),
        ("settings", weight::SETTINGS, &it.settings),
        ("plan and company", weight::SETTINGS, &it.standing),
        ("pack", weight::PACK, &it.pack),
    ];
    blocks.extend(lists.into_iter().filter_map(|(name, weight, list)| changes(name, weight, list)));
    blocks.extend(it.prompts.iter().map(|change| {
        let parameters = change.parameters.iter().map(|it| format!("- {}\n", one(it))).collect::<String>();
        let diff = if change.diff.is_empty() { String::new() } else { format!("{}\n", fenced(&change.diff)) };
        let gap = if parameters.is_empty() || diff.is_empty() { "" } else { "\n" };
        folded(&format!("prompt {}", change.name), weight::PROMPTS, vec![format!("{parameters}{gap}{diff}")])
    }));
    blocks.extend(it.documents.iter().map(document));
    blocks.extend(rest(it));
    blocks
}

fn head(it: &TenantPlan) -> Block {
    let tests = it.tests.as_ref().filter(|it| it.total > 0);
    let tests = tests.map_or_else(String::new, |it| format!(", tests {}/{} pass", it.passed, it.total));
    let asked = match it.asked {
        0 => String::new(),
        asked if it.answers.is_empty() => format!(", {asked} questions answered as before"),
        asked => format!(", {asked} questions asked"),
    };
    let head = format!("### {}{tests}{asked}\n\n", escape(&headline(it)));
    let mut rows = vec![head];
    if let Some(why) = &it.unheard {
        rows.push(format!("Answers could not be compared: {}\n\n", escape(why)));
    }
    if !it.prompts.is_empty() {
        rows.push(format!("{WITHOUT_MODEL}\n\n"));
    }
    Block { weight: weight::HEADS, rows, noun: "lines", ..Block::default() }
}

fn tests(it: &TenantPlan) -> Option<Block> {
    let verdict: &Verdict = it.tests.as_ref().filter(|it| !it.failing.is_empty())?;
    let rows = verdict.failing.iter().map(|test| {
        let failures: Vec<String> = test.failures.iter().map(|it| escape(it)).collect();
        let (mark, before) = match test.passed_before {
            Some(true) => ("🔴", " (passes today)"),
            Some(false) => ("⚪", " (fails today too)"),
            None => ("🔴", ""),
        };
        format!("- {mark} {}{before} {}: {}\n", code(&test.id), code(&test.source), failures.join("; "))
    });
    Some(Block {
        weight: weight::TESTS,
        head: format!("**Tests that fail** ({}):\n\n", escape(&it.slug)),
        rows: rows.collect(),
        tail: "\n".to_owned(),
        noun: "failing tests",
    })
}

fn answers(it: &TenantPlan) -> Vec<Block> {
    let table = |fold: bool, changes: &[AnswerChange]| {
        let (open, close) = match fold {
            true => (
                format!("<details><summary>{} more answers</summary>\n\n", changes.len()),
                "\n</details>\n\n",
            ),
            false => (String::new(), "\n"),
        };
        Block {
            weight: weight::ANSWERS,
            head: format!("{open}| customer asks | before | after | because |\n|---|---|---|---|\n"),
            rows: changes.iter().map(row).collect(),
            tail: close.to_owned(),
            noun: "answers",
        }
    };
    let (open, folded) = it.answers.split_at(it.answers.len().min(OPEN));
    let parts = [(false, open), (true, folded)].into_iter().filter(|(_, list)| !list.is_empty());
    parts.map(|(fold, list)| table(fold, list)).collect()
}

fn row(change: &AnswerChange) -> String {
    let sign = match change.grade {
        Grade::Worse => "🔴 ",
        Grade::Better => "🟢 ",
        Grade::Changed => "",
    };
    let more = match change.alike.len() {
        0 => String::new(),
        1 => "<br><sub>and 1 more question</sub>".to_owned(),
        more => format!("<br><sub>and {more} more questions</sub>"),
    };
    let (before, after) = heard(change);
    let because: Vec<String> = change
        .because
        .iter()
        .map(|it| match &it.source {
            Some(source) => format!("{} {}", escape(&it.what), code(source)),
            None => escape(&it.what),
        })
        .collect();
    let question = escape(&change.question);
    format!("| {sign}{question}{more} | {before} | {after} | {} |\n", because.join("<br>"))
}

/// Before and after, what differs in bold; of long answers only the neighbourhood of it.
fn heard(change: &AnswerChange) -> (String, String) {
    let said = |it: &Option<String>, action: &str, other: &str| {
        let mark = if action == other { String::new() } else { format!(" <i>{}</i>", escape(action)) };
        (it.as_deref().map(flat).unwrap_or_default(), mark)
    };
    let (before, old_mark) = said(&change.before, &change.before_action, &change.after_action);
    let (after, new_mark) = said(&change.after, &change.after_action, &change.before_action);
    let is_long = before.chars().count().max(after.chars().count()) > WHOLE;
    let (old, new) = if is_long { excerpts(&before, &after) } else { compared(&before, &after) };
    let silence = |text: String| if text.is_empty() { "<i>(silence)</i>".to_owned() } else { text };
    (format!("{}{old_mark}", silence(escape(&joined(&old)))), format!("{}{new_mark}", silence(bold(&new))))
}

fn dangers(it: &TenantPlan) -> Option<Block> {
    let rows: Vec<String> =
        it.dangers.iter().map(|danger| format!("- ⚠️ {}\n", escape(&danger.message))).collect();
    (!rows.is_empty()).then(|| Block {
        weight: weight::DANGERS,
        head: format!("**Dangerous** ({}):\n\n", escape(&it.slug)),
        rows,
        tail: "\n".to_owned(),
        noun: "dangers",
    })
}

fn changes(name: &str, weight: u8, list: &[Change]) -> Option<Block> {
    let rows: Vec<String> = list
        .iter()
        .map(|it| {
            let (old, new) = values(it);
            let source = it.source.as_deref().map(code).unwrap_or_default();
            format!("| {} | {old} | {new} | {source} |\n", escape(&it.key))
        })
        .collect();
    (!rows.is_empty()).then(|| {
        let mut block = folded(&format!("{name}: {} changed", list.len()), weight, rows);
        block.head.push_str("| what | old | new | where |\n|---|---|---|---|\n");
        block.noun = "changes";
        block
    })
}

fn values(change: &Change) -> (String, String) {
    match told(change) {
        Told::Items(added, removed) => {
            let list = |sign: &str, it: &str| {
                if it.is_empty() { String::new() } else { format!("{sign} {}", escape(it)) }
            };
            (list("−", &removed), list("+", &added))
        }
        _ => {
            let (old, new) = excerpts(
                change.old.as_deref().unwrap_or_default(),
                change.new.as_deref().unwrap_or_default(),
            );
            let plain = escape(&joined(&old));
            (plain, if change.old.is_some() { bold(&new) } else { escape(&joined(&new)) })
        }
    }
}

fn one(change: &Change) -> String {
    let value = |it: &Option<String>| it.as_deref().map_or_else(|| "(none)".to_owned(), escape);
    format!("{}: {} → {}", escape(&change.key), value(&change.old), value(&change.new))
}

fn document(change: &DocumentChange) -> Block {
    let what = match (change.was, change.is) {
        (false, _) => " is new",
        (_, false) => " is deleted",
        _ => "",
    };
    let rows = change.sections.iter().map(|it| {
        let diff = fenced(&it.diff());
        format!("§ {} {}\n\n{diff}\n\n", escape(&it.section), code(&it.source))
    });
    let title = format!("{}{what}: {} changed", change.doc, counted(change.sections.len(), "section"));
    let mut block = folded(&title, weight::DOCUMENTS, rows.collect());
    block.noun = "sections";
    block
}

fn rest(it: &TenantPlan) -> Option<Block> {
    let told = [
        passages(&it.passages).map(|it| format!("passages: {it}")),
        unchanged(it).map(|it| format!("unchanged: {it}")),
    ];
    let rows: Vec<String> = told.into_iter().flatten().map(|it| format!("- {}\n", escape(&it))).collect();
    (!rows.is_empty()).then(|| Block {
        weight: weight::REST,
        rows,
        tail: "\n".to_owned(),
        noun: "lines",
        ..Block::default()
    })
}

fn folded(title: &str, weight: u8, rows: Vec<String>) -> Block {
    Block {
        weight,
        head: format!("<details><summary>{}</summary>\n\n", escape(title)),
        rows,
        tail: "\n</details>\n\n".to_owned(),
        noun: "lines",
    }
}

fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}
