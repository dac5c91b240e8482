//! Test results for a terminal: every failure with what was said, then a line for each tenant.

use std::collections::BTreeMap;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use super::{CaseReport, Coverage, Report};

/// Unspoken facts that are named before they are only counted.
const NAMED: usize = 3;

/// Writes the results for a person; `color` turns ANSI colours on, `every` lists every fact that no
/// test speaks.
///
/// # Errors
/// Those of `out`.
pub fn human(report: &Report, color: bool, every: bool, out: &mut dyn Write) -> io::Result<()> {
    let fore = |it: AnsiColor| if color { Style::new().fg_color(Some(it.into())) } else { Style::new() };
    let (green, red) = (fore(AnsiColor::Green), fore(AnsiColor::Red));
    for case in report.cases.iter().filter(|it| !it.passed) {
        failed(case, red, out)?;
    }
    let mut tenants: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for case in &report.cases {
        let (passed, total) = tenants.entry(&case.tenant).or_default();
        *total += 1;
        *passed += usize::from(case.passed);
    }
    for (tenant, (passed, total)) in tenants {
        let style = if passed == total { green } else { red };
        writeln!(out, "{style}{tenant}{style:#}   {}", share(passed, total))?;
        if let Some(it) = report.coverage.iter().find(|it| it.tenant == tenant) {
            coverage(it, every, out)?;
        }
    }
    let total = report.summary;
    match total.broken {
        0 => {}
        1 => writeln!(out, "{red}1 tenant does not compile{red:#}: its tests did not run")?,
        many => writeln!(out, "{red}{many} tenants do not compile{red:#}: their tests did not run")?,
    }
    writeln!(out, "{}", share(total.passed, total.total))
}

fn coverage(it: &Coverage, every: bool, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "  facts spoken by a test: {}/{}", it.spoken, it.total)?;
    let named = if every { it.missing.len() } else { NAMED };
    for unspoken in it.missing.iter().take(named) {
        writeln!(out, "    not spoken: {}   {}/{}", unspoken.key, it.tenant, unspoken.source)?;
    }
    if let more @ 1.. = it.missing.len().saturating_sub(named) {
        writeln!(out, "    and {more} more: --coverage lists them")?;
    }
    let counts: Vec<String> =
        it.reaches.iter().map(|it| format!("{} {}/{}", it.what, it.reached, it.total)).collect();
    if !counts.is_empty() {
        writeln!(out, "  reached by a test: {}", counts.join(", "))?;
    }
    for reach in it.reaches.iter().filter(|_| every) {
        for missing in &reach.missing {
            let place = match missing.source.as_str() {
                "" => String::new(),
                source if source.starts_with('_') => format!("   {source}"),
                source => format!("   {}/{source}", it.tenant),
            };
            writeln!(out, "    not reached: {}{place}", missing.key)?;
        }
    }
    Ok(())
}

fn failed(case: &CaseReport, red: Style, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{red}FAIL{red:#} {}   {}/{}", case.id, case.tenant, case.source)?;
    for turn in &case.turns {
        for line in turn.user.lines() {
            writeln!(out, "    > {line}")?;
        }
        let said = turn.reply.as_deref().unwrap_or("(silence)");
        for line in said.lines() {
            writeln!(out, "    < {line}")?;
        }
        let rules: Vec<&str> = turn.trace.iter().map(|it| it.rule.as_str()).collect();
        writeln!(out, "      [{}, {}] {}", turn.action, turn.intent, rules.join(" → "))?;
    }
    for failure in &case.failures {
        writeln!(out, "  {red}-{red:#} {failure}")?;
    }
    writeln!(out)
}

/// `88 of 146 passed (60 %)`, rounded down so that only a full house is 100 %.
fn share(passed: usize, total: usize) -> String {
    match (passed * 100).checked_div(total) {
        Some(percent) => format!("{passed} of {total} passed ({percent} %)"),
        None => "no tests".to_owned(),
    }
}
