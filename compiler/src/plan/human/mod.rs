//! A plan for a terminal: tenants first, dangers and the tally last.

mod answers;
mod changes;
mod tint;

use std::io::{self, Write};

use format::PassageKind;

use super::words::flat;
use super::{Action, Change, Passages, Plan, TenantPlan};

pub(crate) use changes::write_diff;
pub(super) use changes::{Told, told};
pub use changes::{write_change, write_document, write_prompt};
pub use tint::Tint;

/// Tenants that are left alone get a line each up to here, and one line together beyond.
const LINES_EACH: usize = 3;
/// Tenants named in a line they share.
const NAMED: usize = 3;

/// Said where a prompt changes, so that nobody takes silence for sameness.
pub(super) const WITHOUT_MODEL: &str =
    "The prompt changes what the model says; the answers compared here are those without a model.";

/// Writes the plan for a person.
///
/// # Errors
/// Those of `out`.
pub fn human(plan: &Plan, tint: Tint, out: &mut dyn Write) -> io::Result<()> {
    let rare = |action: Action| plan.tenants.iter().filter(|it| it.action == action).count() <= LINES_EACH;
    let alone = [Action::Unchanged, Action::Orphan].map(|it| (it, rare(it)));
    let own_line = |it: &&TenantPlan| alone.iter().all(|(action, rare)| *rare || it.action != *action);
    for it in plan.tenants.iter().filter(own_line) {
        tenant(it, tint, out)?;
    }
    for (action, _) in alone.iter().filter(|(_, rare)| !rare) {
        writeln!(out, "{}{}{:#}", tint.faint, together(plan, *action), tint.faint)?;
    }
    let dangers: Vec<_> =
        plan.tenants.iter().flat_map(|it| it.dangers.iter().map(|danger| (&it.slug, danger))).collect();
    if !dangers.is_empty() {
        writeln!(out)?;
        for (slug, danger) in dangers {
            let red = tint.danger;
            writeln!(out, "{red}! {slug}: {}{red:#}", flat(&danger.message))?;
        }
    }
    writeln!(out)?;
    let strong = tint.strong;
    if let Some(embedding) = plan.embedding.as_ref().filter(|_| plan.embeds()) {
        writeln!(out, "{strong}To embed:{strong:#} {}.", flat(&embedding.told()))?;
    }
    writeln!(out, "{strong}Plan:{strong:#} {}.", tally(plan))?;
    if plan.has_changes() {
        let (faint, rests) = (tint.faint, rests_on(plan));
        writeln!(out, "{faint}{rests}{faint:#}")?;
    }
    Ok(())
}

/// `1 to create, 2 to update, 46 unchanged, 1 dangerous`.
pub(super) fn tally(plan: &Plan) -> String {
    let total = plan.summary;
    let mut told =
        format!("{} to create, {} to update, {} unchanged", total.create, total.update, total.unchanged);
    for (count, one, many) in [
        (total.orphan, "orphan", "orphans"),
        (total.broken, "with errors", "with errors"),
        (total.answers, "answer changes", "answers change"),
        (total.worse, "of them worse", "of them worse"),
        (total.failing - total.failing_before, "test fails", "tests fail"),
        (total.failing_before, "test fails as it does today", "tests fail as they do today"),
        (total.dangers, "dangerous", "dangerous"),
    ] {
        if count > 0 {
            told.push_str(&format!(", {count} {}", if count == 1 { one } else { many }));
        }
    }
    told
}

/// What the plan is made of, so that a reader knows when it does not hold any more.
pub(super) fn rests_on(plan: &Plan) -> String {
    let from = match &plan.provenance.commit {
        Some(commit) => {
            let (id, dirty) = commit.split_once('+').map_or((commit.as_str(), false), |(id, _)| (id, true));
            let dirty = if dirty { " with changes that are not committed" } else { "" };
            format!("commit {}{dirty}", id.get(..12).unwrap_or(id))
        }
        None => "a tree outside of git".to_owned(),
    };
    let bases = plan.tenants.iter().filter(|it| it.writes() && it.base.is_some()).count();
    let on = match bases {
        0 if plan.summary.create == 0 => "what is live stays as it is".to_owned(),
        0 => "nothing of it is live yet".to_owned(),
        1 => "good for the 1 live release named above".to_owned(),
        many => format!("good for the {many} live releases named above"),
    };
    format!("plan {} of {from}; {on}", plan.id)
}

/// `46 unchanged: a, b, c and 43 more`.
pub(super) fn together(plan: &Plan, action: Action) -> String {
    let slugs: Vec<&str> =
        plan.tenants.iter().filter(|it| it.action == action).map(|it| it.slug.as_str()).collect();
    let word = match action {
        Action::Unchanged => "unchanged",
        Action::Orphan => "not in this tree, what is live stays live",
        Action::Broken => "with errors",
        Action::Create => "new",
        Action::Update => "changed",
    };
    let mut line = format!("{} {word}: {}", slugs.len(), slugs[..slugs.len().min(NAMED)].join(", "));
    if slugs.len() > NAMED {
        line.push_str(&format!(" and {} more", slugs.len() - NAMED));
    }
    line
}

fn tenant(it: &TenantPlan, tint: Tint, out: &mut dyn Write) -> io::Result<()> {
    let Tint { faint, strong, .. } = tint;
    let head = headline(it);
    match it.action {
        Action::Unchanged | Action::Orphan => writeln!(out, "{faint}{head}{faint:#}"),
        Action::Broken => writeln!(out, "{}{head}{:#}", tint.danger, tint.danger),
        Action::Create | Action::Update => {
            writeln!(out, "{strong}{head}{strong:#}")?;
            for change in changes(it) {
                write_change(change, tint, out)?;
            }
            for change in &it.prompts {
                write_prompt(change, tint, out)?;
            }
            for change in &it.documents {
                write_document(change, tint, out)?;
            }
            if let Some(passages) = passages(&it.passages) {
                writeln!(out, "  passages: {passages}")?;
            }
            if let Some(verdict) = &it.tests {
                answers::tests(verdict, tint, out)?;
            }
            if !it.prompts.is_empty() && it.base.is_some() {
                writeln!(out, "  {faint}{WITHOUT_MODEL}{faint:#}")?;
            }
            answers::answers(it, tint, out)?;
            match unchanged(it) {
                Some(unchanged) => writeln!(out, "  {faint}unchanged: {unchanged}{faint:#}"),
                None => Ok(()),
            }
        }
    }
}

/// Everything that is told as old → new.
pub(super) fn changes(it: &TenantPlan) -> impl Iterator<Item = &Change> {
    it.facts.iter().chain(&it.settings).chain(&it.pack).chain(&it.standing)
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

/// How many passages are encoded, and for how much, dropped and kept; `None` where there are none.
pub(super) fn passages(found: &Passages) -> Option<String> {
    let (embed, drop, reused) = (found.embed.len(), found.drop.len(), found.reused);
    if embed + drop + reused == 0 {
        return None;
    }
    let cost = if found.cost_usd > 0.0 { format!("${:.4}", found.cost_usd) } else { "free".to_owned() };
    let mut told = format!("{embed} to encode ({cost}), {drop} to drop, {reused} kept");
    let mirrors = found.embed.iter().chain(&found.drop).filter(|it| it.kind == PassageKind::Fact).count();
    if mirrors > 0 && reused > 0 {
        told.push_str(&format!("; {mirrors} of these mirror facts that change"));
    }
    Some(told)
}

/// What stays as it is, in numbers; nothing for a tenant that is new.
pub(super) fn unchanged(it: &TenantPlan) -> Option<String> {
    it.base.as_ref().filter(|base| **base != it.release_id && !it.base_unreadable)?;
    let heard = it.asked.saturating_sub(it.changed_answers());
    let parts = [
        (it.unchanged.facts, "fact", "facts"),
        (it.passages.reused, "passage", "passages"),
        (it.unchanged.prompts, "prompt", "prompts"),
        (heard, "answer", "answers"),
    ];
    let told = parts.iter().filter(|(count, ..)| *count > 0);
    let told: Vec<String> =
        told.map(|(count, one, many)| format!("{count} {}", if *count == 1 { one } else { many })).collect();
    (!told.is_empty()).then(|| told.join(", "))
}
