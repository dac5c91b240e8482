//! Test results as JUnit XML, one test suite for each tenant.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::{CaseReport, Report};

/// Writes the results as JUnit XML.
///
/// # Errors
/// Those of `out`.
pub fn junit(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut tenants: BTreeMap<&str, Vec<&CaseReport>> = BTreeMap::new();
    for case in &report.cases {
        tenants.entry(&case.tenant).or_default().push(case);
    }
    let total = report.summary;
    writeln!(out, r#"<?xml version="1.0" encoding="UTF-8"?>"#)?;
    writeln!(
        out,
        r#"<testsuites tests="{}" failures="{}" errors="{}">"#,
        total.total, total.failed, total.broken
    )?;
    for (tenant, cases) in tenants {
        let failed = cases.iter().filter(|it| !it.passed).count();
        writeln!(
            out,
            r#"  <testsuite name="{}" tests="{}" failures="{failed}">"#,
            escape(tenant),
            cases.len()
        )?;
        for case in cases {
            one(case, out)?;
        }
        writeln!(out, "  </testsuite>")?;
    }
    writeln!(out, "</testsuites>")
}

fn one(case: &CaseReport, out: &mut dyn Write) -> io::Result<()> {
    let (file, line) = case.source.rsplit_once(':').unwrap_or((&case.source, "0"));
    write!(
        out,
        r#"    <testcase classname="{}" name="{}" file="{}" line="{}""#,
        escape(&case.tenant),
        escape(&case.id),
        escape(file),
        escape(line)
    )?;
    if case.passed {
        return writeln!(out, "/>");
    }
    writeln!(out, ">")?;
    let first = case.failures.first().map_or("", String::as_str);
    write!(out, r#"      <failure message="{}">"#, escape(first))?;
    for failure in &case.failures {
        writeln!(out, "{}", escape(failure))?;
    }
    for turn in &case.turns {
        let reply = turn.reply.as_deref().unwrap_or("(silence)");
        writeln!(out, "{}", escape(&format!("> {}\n< {reply}", turn.user)))?;
    }
    writeln!(out, "</failure>")?;
    writeln!(out, "    </testcase>")
}

/// Text that is safe in XML content and attributes; characters XML 1.0 forbids are dropped.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for it in text.chars() {
        match it {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' => escaped.push_str("&#10;"),
            '\t' | '\r' => escaped.push(' '),
            it if it.is_control() || matches!(it, '\u{fffe}' | '\u{ffff}') => {}
            it => escaped.push(it),
        }
    }
    escaped
}
