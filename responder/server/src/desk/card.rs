//! A request as its card shows it.

use std::time::Duration;

use decide::Memory;
use runtime::MessageRow;
use telegram::card::{Card, Said};
use telegram::{Room, State};

use crate::conversation;
use crate::tenant::Tenant;
use crate::trace::StoredTrace;

/// Passages named on a card.
const MOST_KNOWN: usize = 3;

/// The card of a request now.
pub(super) fn of(tenant: &Tenant, card: &runtime::Card, room: Room, now_ms: i64) -> Card {
    let handover = &card.handover;
    let spoken = |role: &'static str| card.messages.iter().filter(move |it| it.role == role);
    let trace = spoken("assistant").next_back().or(spoken("user").next_back()).and_then(trace_of);
    Card {
        reason: handover.reason.clone(),
        state: state(&handover.status),
        room,
        phone: phone(card),
        name: card.name.clone(),
        branch: branch(tenant, handover.branch.as_deref()),
        burst: spoken("user").map(said).collect(),
        answered: spoken("assistant").next_back().map(|it| it.text.clone()),
        known: trace.as_ref().map(known).unwrap_or_default(),
        gap: gap(card),
        slots: slots(card),
        waiting: since(handover.created_at_ms, now_ms),
        taken_by: card.taken_by_name.clone(),
    }
}

/// Where a request stands, by its stored word.
pub(super) fn state(status: &str) -> State {
    match status {
        "pending" => State::Pending,
        "active" => State::Active,
        "resolved" => State::Resolved,
        _ => State::Returned,
    }
}

/// The customer's number as people write it.
pub(super) fn phone(card: &runtime::Card) -> Option<String> {
    card.phone.as_deref().map(|it| format!("+{}", it.trim_start_matches('+')))
}

/// How the customer is called where others are spoken of too: name, else number.
pub(super) fn called(card: &runtime::Card) -> Option<String> {
    let name = card.name.as_deref().map(str::trim).filter(|it| !it.is_empty());
    match (name, phone(card)) {
        (Some(name), Some(phone)) => Some(format!("{name}, {phone}")),
        (name, phone) => name.map(str::to_owned).or(phone),
    }
}

/// Time since then, nothing where clocks disagree.
pub(super) fn since(then_ms: i64, now_ms: i64) -> Duration {
    Duration::from_millis(u64::try_from(now_ms - then_ms).unwrap_or(0))
}

/// A message as a person sees it.
pub(super) fn said(row: &MessageRow) -> Said {
    Said { text: row.text.clone(), file: row.media.clone() }
}

/// The branch, where there are several to confuse.
fn branch(tenant: &Tenant, slug: Option<&str>) -> Option<String> {
    let head = tenant.head();
    let branch = head.branches.iter().find(|it| Some(it.slug.as_str()) == slug)?;
    (head.branches.len() > 1).then(|| branch.name.ru.clone())
}

fn trace_of(row: &MessageRow) -> Option<StoredTrace> {
    serde_json::from_str(row.trace.as_deref()?).ok()
}

/// What stood in the passages that were found.
fn known(trace: &StoredTrace) -> Vec<String> {
    let sections = trace.passages.iter().map(|it| it.section.clone()).filter(|it| !it.is_empty());
    let mut known: Vec<String> = sections.take(MOST_KNOWN).collect();
    known.dedup();
    known
}

/// What the request is about, beside what the card says in places of its own: the customer's words and
/// name, files, and what a booking has collected.
fn gap(card: &runtime::Card) -> Option<String> {
    let slots: Vec<String> = slots(card).iter().map(|(slot, value)| format!("{slot}: {value}")).collect();
    let is_shown = |line: &str| {
        card.messages.iter().flat_map(|it| it.text.lines()).any(|it| it.trim() == line)
            || slots.iter().any(|it| it == line)
            || line.starts_with("sender: ")
            || line.starts_with("files: ")
    };
    let lines = card.handover.summary.lines().map(str::trim).filter(|it| !it.is_empty() && !is_shown(it));
    let gap = lines.collect::<Vec<_>>().join("\n");
    (!gap.is_empty()).then_some(gap)
}

fn slots(card: &runtime::Card) -> Vec<(String, String)> {
    let memory: Memory = conversation::remembered(&card.memory, &card.handover.conversation_id);
    let intake = memory.intake.or(memory.sent);
    intake.map(|it| it.slots.into_iter().collect()).unwrap_or_default()
}
