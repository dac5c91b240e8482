//! Tests and answers that change, for a terminal.

use std::io::{self, Write};

use super::{Tint, changes::short};
use crate::plan::words::{excerpts, flat, joined};
use crate::plan::{AnswerChange, Asked, Because, Grade, TenantPlan, Verdict};

/// Answers listed for one tenant before the rest is counted.
const LISTED: usize = 12;
/// Failing tests listed for one tenant.
const FAILING: usize = 10;
/// Answers up to this long are shown whole.
const WHOLE: usize = 160;

/// Writes what the tests come to.
pub(super) fn tests(verdict: &Verdict, tint: Tint, out: &mut dyn Write) -> io::Result<()> {
    if verdict.total == 0 {
        return writeln!(out, "  no tests");
    }
    if verdict.failing.is_empty() {
        return writeln!(out, "  tests {}/{} pass", verdict.passed, verdict.total);
    }
    let red = tint.danger;
    writeln!(out, "  {red}tests {}/{} pass{red:#}", verdict.passed, verdict.total)?;
    for it in verdict.failing.iter().take(FAILING) {
        let before = match it.passed_before {
            Some(true) => " (passes today)",
            Some(false) => " (fails today too)",
            None => "",
        };
        let (faint, source) = (tint.faint, &it.source);
        writeln!(out, "    {red}FAIL{red:#} {}{before}   {faint}{source}{faint:#}", flat(&it.id))?;
        for failure in &it.failures {
            writeln!(out, "      {}", flat(failure))?;
        }
    }
    if verdict.failing.len() > FAILING {
        writeln!(out, "    and {} more", verdict.failing.len() - FAILING)?;
    }
    Ok(())
}

/// Writes the answers that change.
pub(super) fn answers(it: &TenantPlan, tint: Tint, out: &mut dyn Write) -> io::Result<()> {
    if let Some(why) = &it.unheard {
        let red = tint.danger;
        return writeln!(out, "  {red}answers could not be compared: {why}{red:#}");
    }
    if it.asked == 0 {
        return Ok(());
    }
    if it.answers.is_empty() {
        return writeln!(out, "  answers: none of {} questions is answered differently", it.asked);
    }
    let changed = it.changed_answers();
    writeln!(out, "  answers: {changed} of {} questions {} answered differently", it.asked, are(changed))?;
    for change in it.answers.iter().take(LISTED) {
        answer(change, tint, out)?;
    }
    if it.answers.len() > LISTED {
        writeln!(out, "    and {} more, all of them with --format json", it.answers.len() - LISTED)?;
    }
    Ok(())
}

fn answer(change: &AnswerChange, tint: Tint, out: &mut dyn Write) -> io::Result<()> {
    let grade = match change.grade {
        Grade::Worse => tint.danger,
        Grade::Changed => tint.change,
        Grade::Better => tint.add,
    };
    let (word, faint) = (change.grade.word(), tint.faint);
    let from = match change.asked {
        Asked::Test => format!("   test {}", flat(&change.case)),
        Asked::Typical => format!("   typical of {}", flat(&change.case)),
        Asked::Fact => String::new(),
    };
    writeln!(out, "    {grade}{word}{grade:#} «{}»{faint}{from}{faint:#}", short(&change.question))?;
    let (before, after) = heard(change);
    let Tint { add, remove, .. } = tint;
    writeln!(out, "      {remove}- {before}{remove:#}")?;
    writeln!(out, "      {add}+ {after}{add:#}")?;
    if !change.because.is_empty() {
        let because: Vec<String> = change.because.iter().map(reason).collect();
        writeln!(out, "      {faint}because {}{faint:#}", because.join("; "))?;
    }
    match change.alike.len() {
        0 => Ok(()),
        1 => writeln!(out, "      {faint}and 1 more question gets the same change{faint:#}"),
        more => writeln!(out, "      {faint}and {more} more questions get the same change{faint:#}"),
    }
}

fn reason(it: &Because) -> String {
    match &it.source {
        Some(source) => format!("{}   {source}", flat(&it.what)),
        None => flat(&it.what),
    }
}

/// What is heard before and after; of long answers what differs.
fn heard(change: &AnswerChange) -> (String, String) {
    let (before, after) = (change.before.as_deref().map(flat), change.after.as_deref().map(flat));
    let (mut old, mut new) = match (&before, &after) {
        (Some(before), Some(after)) if before.chars().count().max(after.chars().count()) > WHOLE => {
            let (before, after) = excerpts(before, after);
            (joined(&before), joined(&after))
        }
        _ => {
            let said = |it: Option<String>| it.unwrap_or_else(|| "(silence)".to_owned());
            (said(before), said(after))
        }
    };
    if change.before_action != change.after_action {
        old.push_str(&format!(" [{}]", change.before_action));
        new.push_str(&format!(" [{}]", change.after_action));
    }
    (old, new)
}

fn are(count: usize) -> &'static str {
    if count == 1 { "is" } else { "are" }
}
