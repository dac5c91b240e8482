//! A request as its card shows it.

use std::time::Duration;

use decide::Memory;
use format::Passage;
use runtime::MessageRow;
use telegram::card::{Card, Lack, Said};
use telegram::html::{clip, one_line};
use telegram::{Room, State};

use super::lack;
use crate::conversation;
use crate::tenant::Tenant;
use crate::trace::StoredTrace;

/// Passages shown on a card.
const MOST_KNOWN: usize = 3;
/// So much of a passage is shown, UTF-16 units.
const BEGINNING: usize = 160;

/// The card of a request now; `passages` are those of the tenant's release.
pub(super) fn of(
    tenant: &Tenant,
    passages: &[Passage],
    card: &runtime::Card,
    (room, now_ms): (Room, i64),
) -> Card {
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
        known: trace.as_ref().map(|it| known(it, passages)).unwrap_or_default(),
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

/// How the passages that were found begin; the names of sections where a later release has them no more.
fn known(trace: &StoredTrace, passages: &[Passage]) -> Vec<String> {
    let mut known = Vec::new();
    for found in &trace.passages {
        let passage = passages.iter().find(|it| it.digest == found.digest);
        let line = match passage.map(|it| one_line(&it.text)) {
            Some(text) if text.starts_with(&found.section) => clip(&text, BEGINNING),
            Some(text) if found.section.is_empty() => clip(&text, BEGINNING),
            Some(text) => format!("{}: {}", found.section, clip(&text, BEGINNING)),
            None => found.section.clone(),
        };
        if !line.is_empty() && !known.contains(&line) && known.len() < MOST_KNOWN {
            known.push(line);
        }
    }
    known
}

/// What the request is about, beside what the card says in places of its own: the customer's words and
/// name, files, and what a booking has collected. Where nothing answered, what was asked.
fn gap(card: &runtime::Card) -> Option<String> {
    let slots: Vec<String> = slots(card).iter().map(|(slot, value)| format!("{slot}: {value}")).collect();
    let is_shown = |line: &str| {
        card.messages.iter().flat_map(|it| it.text.lines()).any(|it| it.trim() == line)
            || slots.iter().any(|it| it == line)
    };
    let asked = match card.handover.reason.as_str() {
        "unknown_fact" | "low_confidence" => question(card),
        _ => None,
    };
    let lines = card.handover.summary.lines().map(str::trim).filter(|it| !is_shown(it));
    let lacks: Vec<Lack> =
        asked.map(Lack::Answer).into_iter().chain(lines.filter_map(lack::of_line)).collect();
    lack::sentence(&lacks)
}

/// What the customer asked last before people were: a question, else words.
fn question(card: &runtime::Card) -> Option<String> {
    let said = |it: &&MessageRow| it.role == "user" && it.at_ms <= card.handover.created_at_ms;
    let words = card.messages.iter().filter(said).map(|it| it.text.trim()).filter(|it| !it.is_empty());
    let words: Vec<&str> = words.collect();
    let asked = words.iter().rev().find(|it| it.contains('?')).or(words.last())?;
    Some(clip(asked, BEGINNING))
}

fn slots(card: &runtime::Card) -> Vec<(String, String)> {
    let memory: Memory = conversation::remembered(&card.memory, &card.handover.conversation_id);
    let intake = memory.intake.or(memory.sent);
    intake.map(|it| it.slots.into_iter().collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use format::{Lang, PassageKind};
    use runtime::HandoverRow;

    use super::*;
    use crate::trace::StoredPassage;

    fn message(role: &str, text: &str, at_ms: i64) -> MessageRow {
        MessageRow {
            id: format!("{role}-{at_ms}"),
            message_id: format!("{role}-{at_ms}"),
            role: role.to_owned(),
            text: text.to_owned(),
            media: None,
            file: None,
            request_id: String::new(),
            at_ms,
            trace: None,
        }
    }

    /// A request as a turn leaves it: its summary in the words of the machine.
    fn stored(reason: &str, summary: &str, slots: &[(&str, &str)]) -> runtime::Card {
        let slots = slots.iter().map(|(slot, value)| ((*slot).to_owned(), (*value).to_owned()));
        let intake = decide::Intake { slots: slots.collect(), ..decide::Intake::default() };
        let memory = Memory { intake: Some(intake), ..Memory::default() };
        runtime::Card {
            handover: HandoverRow {
                id: "h".to_owned(),
                slug: "wheel".to_owned(),
                conversation_id: "c".to_owned(),
                jid: "77000000001@s.whatsapp.net".to_owned(),
                branch: None,
                reason: reason.to_owned(),
                summary: summary.to_owned(),
                status: "pending".to_owned(),
                created_at_ms: 10,
            },
            taken_at_ms: None,
            taken_by: None,
            taken_by_name: None,
            taken_by_role: None,
            first_answer_at_ms: None,
            human_at_ms: None,
            closed_at_ms: None,
            card_message_id: None,
            name: None,
            phone: None,
            memory: serde_json::to_string(&memory).unwrap(),
            messages: vec![
                message("user", "Здравствуйте!", 1),
                message("user", "А <b>чехлы</b> есть?", 2),
                message("user", "Спасибо", 3),
                message("assistant", "Уточню у коллег", 10),
                message("user", "Вы ещё там?", 20),
            ],
            topic: None,
        }
    }

    #[test]
    fn what_nothing_answers_is_what_is_lacking() {
        let summary = "Здравствуйте!\nА <b>чехлы</b> есть?\nСпасибо\nsender: Аня";
        let lacks = Some("ответа на «А <b>чехлы</b> есть?»".to_owned());
        assert_eq!(gap(&stored("unknown_fact", summary, &[])), lacks);
        assert_eq!(gap(&stored("human_request", summary, &[])), None, "everything stands above");
    }

    #[test]
    fn the_words_of_the_machine_are_peoples_words_on_a_card() {
        let summary =
            "Спасибо\nservice: Камера\nphone: +7700\nservice is not on the list\nfiles: photo\nHTTP 502: Да";
        let card = stored("booking", summary, &[("service", "Камера")]);
        let lacks =
            "телефон: +7700; такой услуги нет в списке; ответ бота не доставлен (у WhatsApp сбой): Да";
        assert_eq!(gap(&card).as_deref(), Some(lacks));
        assert_eq!(slots(&card), [("service".to_owned(), "Камера".to_owned())]);
    }

    #[test]
    fn what_the_bot_knows_is_shown_by_its_beginning() {
        let passage = |digest: &str, section: &str, text: &str| Passage {
            digest: digest.to_owned(),
            text: text.to_owned(),
            lang: Lang::Ru,
            tag: "shared".to_owned(),
            doc: "faq.md".to_owned(),
            section: section.to_owned(),
            ordinal: 0,
            kind: PassageKind::Document,
            line: 1,
            asked: Vec::new(),
        };
        let passages = [
            passage("1", "Хранение", "Храним колёса\nвсю зиму, 500 тенге."),
            passage("2", "Ремонт", &"я".repeat(1_000)),
        ];
        let found = |digest: &str, section: &str| StoredPassage {
            digest: digest.to_owned(),
            section: section.to_owned(),
            ..StoredPassage::default()
        };
        let all = ["1", "2", "3", "4"].map(|it| found(it, if it == "1" { "Хранение" } else { "Ремонт" }));
        let trace = StoredTrace { passages: all.to_vec(), ..StoredTrace::default() };
        let known = known(&trace, &passages);
        assert_eq!(known[0], "Хранение: Храним колёса всю зиму, 500 тенге.");
        assert!(known[1].starts_with("Ремонт: яя") && known[1].ends_with('…') && known[1].len() < 400);
        assert_eq!(known[2..], ["Ремонт"], "of a release before");
    }
}
