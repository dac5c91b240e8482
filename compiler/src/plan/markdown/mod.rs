//! A plan as a pull-request comment: the verdict, the answers that change, the rest folded.

mod budget;
mod escape;
mod tenant;

use std::collections::BTreeMap;
use std::io::{self, Write};

use self::budget::{BUDGET, Block, fit, length};
use self::escape::escape;
use super::human::{headline, rests_on, tally};
use super::{Action, DangerKind, Plan};

/// Marks our comment, so that the next run finds and replaces it.
const MARKER: &str = "<!-- tenantry plan -->";
/// Tenants named in a list before they are only counted.
const NAMED: usize = 200;

/// Weights of the parts: what is kept longest first.
pub(super) mod weight {
    pub(super) const DANGERS: u8 = 0;
    pub(super) const BROKEN: u8 = 1;
    pub(super) const TESTS: u8 = 2;
    pub(super) const ANSWERS: u8 = 3;
    pub(super) const HEADS: u8 = 4;
    pub(super) const FACTS: u8 = 5;
    pub(super) const SETTINGS: u8 = 6;
    pub(super) const PACK: u8 = 7;
    pub(super) const PROMPTS: u8 = 8;
    pub(super) const DOCUMENTS: u8 = 9;
    pub(super) const REST: u8 = 10;
    pub(super) const IDLE: u8 = 11;
}

/// Writes the plan as Markdown that fits into one comment.
///
/// # Errors
/// Those of `out`.
pub fn markdown(plan: &Plan, out: &mut dyn Write) -> io::Result<()> {
    let head = format!("{MARKER}\n{}\n", verdict(plan));
    let mut blocks: Vec<Block> = broken(plan).into_iter().collect();
    for it in plan.tenants.iter().filter(|it| it.writes()) {
        blocks.extend(tenant::blocks(it));
    }
    blocks.extend(idle(plan));
    let foot = format!("<sub>{}. {}.</sub>\n", escape(&tally(plan)), escape(&rests_on(plan)));
    let cut = |lost: usize| match lost {
        0 => String::new(),
        lost => format!("{lost} lines did not fit here: `tenantry plan` shows everything.\n\n"),
    };
    let room = BUDGET.saturating_sub(length(&head) + length(&foot) + length(&cut(usize::MAX)));
    let (body, lost) = fit(blocks, room);
    write!(out, "{head}\n{body}{}{foot}", cut(lost))
}

/// The alert on top: how bad it is in one line, and who must look.
fn verdict(plan: &Plan) -> String {
    let total = plan.summary;
    // What fails today already is no reason to stop this change.
    let failing = total.failing - total.failing_before;
    let bad = total.worse + failing + total.dangers + total.broken;
    let kind = match (bad, total.answers) {
        (0, 0) => "NOTE",
        (0, _) => "WARNING",
        _ => "CAUTION",
    };
    let mut parts: Vec<String> = Vec::new();
    let mut part = |count: usize, one: &str, many: &str| {
        if count > 0 {
            parts.push(format!("{count} {}", if count == 1 { one } else { many }));
        }
    };
    part(total.worse, "answer gets worse", "answers get worse");
    part(failing, "test fails", "tests fail");
    part(total.broken, "tenant has errors", "tenants have errors");
    part(total.answers - total.worse, "answer changes", "answers change");
    part(total.failing_before, "test fails as it did before", "tests fail as they did before");
    part(total.create, "tenant is new", "tenants are new");
    part(total.update, "tenant is updated", "tenants are updated");
    part(total.dangers, "change is dangerous", "changes are dangerous");
    let mut line = match parts.is_empty() {
        true => "Nothing changes: what is live stays as it is.".to_owned(),
        false => format!("{}.", parts.join(", ")),
    };
    let looks = who_must_look(plan);
    if !looks.is_empty() {
        line.push_str(&format!(" **The owner must look:** {}.", looks.join("; ")));
    }
    if let Some(embedding) = plan.embedding.as_ref().filter(|_| plan.embeds()) {
        line.push_str(&format!(" To embed: {}.", escape(&embedding.told())));
    }
    format!("> [!{kind}]\n> {line}\n")
}

/// `routing, instance id (demo_salon)`.
fn who_must_look(plan: &Plan) -> Vec<String> {
    let mut kinds: BTreeMap<Vec<DangerKind>, Vec<&str>> = BTreeMap::new();
    for it in plan.tenants.iter().filter(|it| !it.dangers.is_empty()) {
        let mut own: Vec<DangerKind> = it.dangers.iter().map(|it| it.kind).collect();
        own.dedup();
        kinds.entry(own).or_default().push(&it.slug);
    }
    let told = kinds.into_iter().map(|(kinds, slugs)| {
        let kinds: Vec<&str> = kinds.into_iter().map(DangerKind::word).collect();
        let more = match slugs.len().checked_sub(3).filter(|it| *it > 0) {
            Some(more) => format!(" and {more} more"),
            None => String::new(),
        };
        let slugs: Vec<String> = slugs.iter().take(3).map(|it| escape(it)).collect();
        format!("{} ({}{more})", kinds.join(", "), slugs.join(", "))
    });
    told.take(5).collect()
}

fn broken(plan: &Plan) -> Option<Block> {
    let rows: Vec<String> = plan
        .tenants
        .iter()
        .filter(|it| it.action == Action::Broken)
        .map(|it| format!("- {}\n", escape(&headline(it))))
        .collect();
    (!rows.is_empty()).then(|| Block {
        weight: weight::BROKEN,
        head: "**Errors:** `tenantry check` says where.\n\n".to_owned(),
        rows,
        tail: "\n".to_owned(),
        noun: "tenants",
    })
}

/// Those that apply leaves alone and that are well.
fn idle(plan: &Plan) -> Vec<Block> {
    let together =
        [(Action::Unchanged, "unchanged"), (Action::Orphan, "not in this tree: what is live stays")];
    let blocks = together.into_iter().filter_map(|(action, words)| {
        let slugs: Vec<String> =
            plan.tenants.iter().filter(|it| it.action == action).map(|it| escape(&it.slug)).collect();
        let more = match slugs.len().checked_sub(NAMED).filter(|it| *it > 0) {
            Some(more) => format!(" and {more} more"),
            None => String::new(),
        };
        (!slugs.is_empty()).then(|| Block {
            weight: weight::IDLE,
            head: format!("<details><summary>{} {words}</summary>\n\n", slugs.len()),
            rows: vec![format!("{}{more}\n", slugs[..slugs.len().min(NAMED)].join(", "))],
            tail: "\n</details>\n\n".to_owned(),
            noun: "lines",
        })
    });
    blocks.collect()
}
