//! A plan as a pull-request comment: the verdict, the answers that change, the rest folded.

use std::io::{self, Write};

use super::human::{flat, headline, short, tally};
use super::{Change, Plan, TenantPlan};

/// Marks our comment, so that the next run finds and replaces it.
const MARKER: &str = "<!-- tenantry plan -->";

/// Writes the plan as Markdown.
///
/// # Errors
/// Those of `out`.
pub fn markdown(plan: &Plan, out: &mut dyn Write) -> io::Result<()> {
    let total = plan.summary;
    writeln!(out, "{MARKER}")?;
    writeln!(
        out,
        "**Plan:** {} to create, {} to update, {} unchanged, {} orphan, {} with errors, {} dangerous.\n",
        total.create, total.update, total.unchanged, total.orphan, total.broken, total.dangers
    )?;
    for it in plan.tenants.iter().filter(|it| it.writes()) {
        tenant(it, out)?;
    }
    let idle: Vec<&TenantPlan> = plan.tenants.iter().filter(|it| !it.writes()).collect();
    if !idle.is_empty() {
        writeln!(out, "<details><summary>{} left alone</summary>\n", idle.len())?;
        for it in idle {
            writeln!(out, "- {}", escape(&headline(it)))?;
        }
        writeln!(out, "\n</details>\n")?;
    }
    let dangers: Vec<_> =
        plan.tenants.iter().flat_map(|it| it.dangers.iter().map(|danger| (&it.slug, danger))).collect();
    if !dangers.is_empty() {
        writeln!(out, "> [!CAUTION]")?;
        for (slug, danger) in dangers {
            writeln!(out, "> - **{slug}**: {}", escape(&danger.message))?;
        }
    }
    Ok(())
}

fn tenant(it: &TenantPlan, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "### {}\n", escape(&headline(it)))?;
    if !it.answers.is_empty() {
        writeln!(out, "| customer asks | before | after | because |\n|---|---|---|---|")?;
        for change in &it.answers {
            let heard = |text: &Option<String>| {
                text.as_deref().map_or_else(|| "(silence)".to_owned(), |it| cell(&flat(it)))
            };
            writeln!(
                out,
                "| {} | {} | {} | {} |",
                cell(&change.question),
                heard(&change.before),
                heard(&change.after),
                cell(&change.sources.join(", "))
            )?;
        }
        writeln!(out)?;
    }
    let changes: Vec<&Change> =
        it.facts.iter().chain(&it.settings).chain(&it.pack).chain(&it.standing).collect();
    if !changes.is_empty() {
        writeln!(out, "<details><summary>{} changed</summary>\n", changes.len())?;
        writeln!(out, "| what | old | new | where |\n|---|---|---|---|")?;
        for change in changes {
            let value =
                |text: &Option<String>| text.as_deref().map_or_else(String::new, |it| cell(&short(it)));
            let source = change.source.as_deref().unwrap_or_default();
            writeln!(
                out,
                "| {} | {} | {} | {} |",
                cell(&change.key),
                value(&change.old),
                value(&change.new),
                cell(source)
            )?;
        }
        writeln!(out, "\n</details>\n")?;
    }
    for prompt in &it.prompts {
        writeln!(out, "<details><summary>prompt {}</summary>\n", escape(&prompt.name))?;
        for change in &prompt.parameters {
            let value = |text: &Option<String>| text.as_deref().map_or_else(|| "(none)".to_owned(), escape);
            writeln!(out, "- {}: {} → {}", escape(&change.key), value(&change.old), value(&change.new))?;
        }
        if !prompt.diff.is_empty() {
            let fence = fence(&prompt.diff);
            writeln!(out, "\n{fence}diff\n{}\n{fence}", prompt.diff.trim_end())?;
        }
        writeln!(out, "\n</details>\n")?;
    }
    writeln!(out, "Passages: {}.\n", tally(&it.passages))
}

/// Backticks that the text does not contain itself.
fn fence(text: &str) -> String {
    let mut fence = "```".to_owned();
    while text.contains(&fence) {
        fence.push('`');
    }
    fence
}

/// A text that stays inside its table cell.
fn cell(text: &str) -> String {
    escape(&flat(text)).replace('|', "\\|")
}

/// A text that opens no tag.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
