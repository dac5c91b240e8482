//! A plan for a terminal: tenants first, dangers and the tally last.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use super::{Action, AnswerChange, Change, Passages, Plan, PromptChange, TenantPlan};

/// Longer values are cut when shown; the saved plan has them whole.
const VALUE_CHARS: usize = 72;
/// Passages listed by name before they are only counted.
const NAMED: usize = 8;

/// Colours, or none.
#[derive(Debug, Clone, Copy, Default)]
pub struct Tint {
    add: Style,
    remove: Style,
    change: Style,
    danger: Style,
    faint: Style,
    strong: Style,
}

impl Tint {
    /// No colours.
    #[must_use]
    pub fn plain() -> Self {
        Self::default()
    }

    /// ANSI colours.
    #[must_use]
    pub fn ansi() -> Self {
        let fore = |color: AnsiColor| Style::new().fg_color(Some(color.into()));
        Self {
            add: fore(AnsiColor::Green),
            remove: fore(AnsiColor::Red),
            change: fore(AnsiColor::Yellow),
            danger: fore(AnsiColor::Red).bold(),
            faint: Style::new().dimmed(),
            strong: Style::new().bold(),
        }
    }
}

/// Writes the plan for a person.
///
/// # Errors
/// Those of `out`.
pub fn human(plan: &Plan, tint: Tint, out: &mut dyn Write) -> io::Result<()> {
    for it in &plan.tenants {
        tenant(it, tint, out)?;
    }
    let dangers: Vec<_> =
        plan.tenants.iter().flat_map(|it| it.dangers.iter().map(|danger| (&it.slug, danger))).collect();
    if !dangers.is_empty() {
        writeln!(out)?;
        for (slug, danger) in dangers {
            let Tint { danger: red, .. } = tint;
            writeln!(out, "{red}! {slug}: {}{red:#}", danger.message)?;
        }
    }
    writeln!(out)?;
    let total = plan.summary;
    let strong = tint.strong;
    write!(
        out,
        "{strong}Plan:{strong:#} {} to create, {} to update, {} unchanged",
        total.create, total.update, total.unchanged
    )?;
    for (count, word) in
        [(total.orphan, "orphan"), (total.broken, "with errors"), (total.dangers, "dangerous")]
    {
        if count > 0 {
            write!(out, ", {count} {word}")?;
        }
    }
    writeln!(out, ".")
}

fn tenant(it: &TenantPlan, tint: Tint, out: &mut dyn Write) -> io::Result<()> {
    let Tint { faint, strong, .. } = tint;
    let head = headline(it);
    match it.action {
        Action::Unchanged | Action::Orphan => writeln!(out, "{faint}{head}{faint:#}"),
        Action::Broken => writeln!(out, "{}{head}{:#}", tint.danger, tint.danger),
        Action::Create | Action::Update => {
            writeln!(out, "{strong}{head}{strong:#}")?;
            for change in it.facts.iter().chain(&it.settings).chain(&it.pack).chain(&it.standing) {
                write_change(change, tint, out)?;
            }
            for change in &it.prompts {
                write_prompt(change, tint, out)?;
            }
            passages(it, tint, out)?;
            for change in &it.answers {
                answer(change, tint, out)?;
            }
            Ok(())
        }
    }
}

/// One line that says what happens to a tenant.
pub(super) fn headline(it: &TenantPlan) -> String {
    let slug = &it.slug;
    let id = &it.release_id;
    match (it.action, &it.base) {
        (Action::Unchanged, _) => format!("{slug}   unchanged, release {id} is live"),
        (Action::Orphan, _) => format!("{slug}   orphan: release {id} stays live, it is not in this tree"),
        (Action::Broken, Some(base)) => format!("{slug}   has errors: release {base} stays live"),
        (Action::Broken, None) => format!("{slug}   has errors: nothing is published"),
        (_, Some(base)) if base == id => {
            format!("{slug}   release {id} stays, what stands beside it changes")
        }
        (_, Some(base)) if it.base_unreadable => {
            format!(
                "{slug}   release {base} -> {id}; the live one is of another format, so changes cannot be listed"
            )
        }
        (_, Some(base)) => format!("{slug}   release {base} -> {id}"),
        (_, None) => format!("{slug}   new, release {id}"),
    }
}

/// Writes one change on a line of its own.
///
/// # Errors
/// Those of `out`.
pub fn write_change(change: &Change, tint: Tint, out: &mut dyn Write) -> io::Result<()> {
    let (mark, style, value) = match (&change.old, &change.new) {
        (Some(old), Some(new)) => ('~', tint.change, format!("{} -> {}", short(old), short(new))),
        (None, Some(new)) => ('+', tint.add, short(new)),
        (Some(old), None) => ('-', tint.remove, short(old)),
        (None, None) => return Ok(()),
    };
    write!(out, "  {style}{mark}{style:#} {}   {value}", change.key)?;
    match &change.source {
        Some(source) => writeln!(out, "   {}{source}{:#}", tint.faint, tint.faint),
        None => writeln!(out),
    }
}

/// Writes the change of a prompt with its diff.
///
/// # Errors
/// Those of `out`.
pub fn write_prompt(change: &PromptChange, tint: Tint, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "  {}~{:#} prompt {}", tint.change, tint.change, change.name)?;
    for parameter in &change.parameters {
        write!(out, "  ")?;
        write_change(parameter, tint, out)?;
    }
    for text in change.diff.lines() {
        let style = match text.chars().next() {
            Some('+') => tint.add,
            Some('-') => tint.remove,
            _ => tint.faint,
        };
        writeln!(out, "      {style}{text}{style:#}")?;
    }
    Ok(())
}

fn passages(it: &TenantPlan, tint: Tint, out: &mut dyn Write) -> io::Result<()> {
    let found = &it.passages;
    if found.embed.is_empty() && found.drop.is_empty() && found.reused == 0 {
        return Ok(());
    }
    writeln!(out, "  passages: {}", tally(found))?;
    if it.action == Action::Create {
        return Ok(());
    }
    for (mark, style, list) in [('+', tint.add, &found.embed), ('-', tint.remove, &found.drop)] {
        for passage in list.iter().take(NAMED) {
            writeln!(out, "    {style}{mark}{style:#} {} § {}", passage.doc, passage.section)?;
        }
        if list.len() > NAMED {
            writeln!(out, "    {style}{mark}{style:#} and {} more", list.len() - NAMED)?;
        }
    }
    Ok(())
}

/// How many passages are embedded, and for how much, dropped and kept.
pub(super) fn tally(found: &Passages) -> String {
    let (embed, drop, reused) = (found.embed.len(), found.drop.len(), found.reused);
    let cost = if found.cost_usd > 0.0 { format!("${:.4}", found.cost_usd) } else { "free".to_owned() };
    format!("{embed} to embed ({cost}), {drop} to drop, {reused} kept")
}

fn answer(change: &AnswerChange, tint: Tint, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "  answer to «{}» ({})", short(&change.question), change.case)?;
    let Tint { add, remove, faint, .. } = tint;
    let heard = |text: &Option<String>| text.as_deref().map_or_else(|| "(silence)".to_owned(), flat);
    writeln!(out, "    {remove}-{remove:#} {}", heard(&change.before))?;
    writeln!(out, "    {add}+{add:#} {}", heard(&change.after))?;
    if !change.sources.is_empty() {
        writeln!(out, "      {faint}{}{faint:#}", change.sources.join(", "))?;
    }
    Ok(())
}

/// A text on one line.
pub(super) fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A text on one line, cut where it gets long.
pub(super) fn short(text: &str) -> String {
    let text = flat(text);
    match text.char_indices().nth(VALUE_CHARS) {
        Some((at, _)) => format!("{}…", text[..at].trim_end()),
        None => text,
    }
}
