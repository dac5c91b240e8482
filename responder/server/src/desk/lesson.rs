//! What a request teaches, by the rules of the bundle.

use std::collections::BTreeMap;

use format::{Release, Role};
use lessons::{
    Candidate, Cleaned, Cleaner, Judged, Learned, Material, Message, Standing, Verdict, What, Who,
};
use runtime::{LessonMaterial, LessonRow, MessageRow, NewLesson};
use serde_json::json;

use super::updates::CORRECTION;
use crate::learned;

/// Requests that a policy gave to people: what was said there is about one customer, and the bot must
/// not say it to the next, whatever it knows. What somebody began on the phone is such a talk too.
const PEOPLES_OWN: &[&str] = &[
    "payment",
    "refund",
    "medical",
    "complaint",
    "reschedule",
    "cancel",
    "legal",
    "policy",
    "booking",
    "phone",
];

/// The lesson of a request, approved at once or to be decided; nothing where it teaches nothing.
pub(super) fn of(
    release: &Release,
    handover_id: &str,
    material: &LessonMaterial,
    lessons: &[LessonRow],
    now_ms: i64,
) -> Option<NewLesson> {
    if material.status != "resolved" || PEOPLES_OWN.contains(&material.reason.as_str()) {
        return None;
    }
    let messages = said(material);
    let branch = material.branch.as_deref();
    let candidate =
        lessons::candidate(Material { messages: &messages, requested_ms: material.requested_ms })?;
    let speakers = || material.speakers.values().map(|it| it.name.as_str());
    let cleaner = Cleaner::new(release, material.customer.as_deref().into_iter().chain(speakers()));
    let (question, answer) = (cleaner.clean(&candidate.question), cleaner.clean(&candidate.answer));
    let (verdict, contradiction) = judged(release, &candidate, (&question, &answer), branch);
    let approved = match verdict {
        Verdict::Drop(_) => return None,
        Verdict::Approve { by } => Some(by),
        Verdict::Ask(_) => None,
    };
    let lesson = Learned { question: &question.text, answer: &answer.text, branch };
    let passage = lessons::passage(lesson, release)?;
    if lessons::is_in(lesson, release) {
        return None;
    }
    let duplicates_of = duplicate(release, &candidate, &question.text, branch, lessons);
    let by = |role: Role| material.speakers.values().find(|it| it.role.as_deref() == Some(role.code()));
    let mut names: Vec<&str> =
        candidate.by.iter().flatten().filter_map(|it| by(*it)).map(|it| it.name.as_str()).collect();
    names.dedup();
    let ids: Vec<&str> = material.messages.iter().map(|it| it.id.as_str()).collect();
    Some(NewLesson {
        slug: material.slug.clone(),
        branch: material.branch.clone(),
        tag: Some(passage.tag),
        lang: Some(candidate.lang.code().to_owned()),
        handover_id: handover_id.to_owned(),
        question_normalized: text::normalize(&question.text),
        question: question.text,
        answer: answer.text,
        source_name: (!names.is_empty()).then(|| names.join(", ")),
        source_role: candidate.by.iter().flatten().next().map(|it| it.code().to_owned()),
        source_channel: Some("telegram".to_owned()),
        evidence: Some(json!({"messages": ids}).to_string()),
        duplicates_of,
        contradiction,
        digest: passage.digest,
        approved_by: approved.map(|role| {
            let name = by(role).map(|it| it.name.clone()).unwrap_or_default();
            (name, Some(role.code().to_owned()))
        }),
        now_ms,
    })
}

/// What becomes of it, and the facts it contradicts, one on each line.
fn judged(
    release: &Release,
    candidate: &Candidate,
    (question, answer): (&Cleaned, &Cleaned),
    branch: Option<&str>,
) -> (Verdict, Option<String>) {
    let against = lessons::contradictions(&question.text, &answer.text, release, branch);
    let verdict = lessons::verdict(Judged {
        question,
        answer,
        by: &candidate.by,
        contradictions: against.len(),
        auto_approve_roles: lessons::auto_approve_roles(release, branch),
    });
    let lines: Vec<&str> = against.iter().map(|it| it.fact.as_str()).collect();
    (verdict, (!lines.is_empty()).then(|| lines.join("\n")))
}

/// The lesson or passage that asks the same. Lessons of other branches hold there, not here.
fn duplicate(
    release: &Release,
    candidate: &Candidate,
    question: &str,
    branch: Option<&str>,
    lessons: &[LessonRow],
) -> Option<String> {
    let here = lessons.iter().filter(|it| it.branch.as_deref() == branch);
    let standing: Vec<Standing<'_>> =
        here.map(|it| Standing { id: &it.id, question: &it.question, answer: &it.answer }).collect();
    let found = lessons::similar(question, candidate.lang, &standing, learned::own(release));
    // A lesson can be replaced, a document not: the likest lesson goes first.
    let lesson = found.iter().find(|it| matches!(it.what, What::Lesson(_)));
    lesson.or(found.first()).map(|it| match &it.what {
        What::Lesson(id) | What::Passage(id) => id.clone(),
    })
}

/// What was said, with what was mended left out.
fn said(material: &LessonMaterial) -> Vec<Message> {
    let mut last: BTreeMap<&str, &str> = BTreeMap::new();
    let origin = |it: &MessageRow| material.speakers.get(&it.id).and_then(|it| it.origin.as_deref());
    for row in &material.messages {
        if let Some(origin) = origin(row) {
            last.insert(origin, &row.id);
        }
    }
    let stands = |it: &&MessageRow| origin(it).is_none_or(|origin| last.get(origin) == Some(&it.id.as_str()));
    let message = |it: &MessageRow| Message {
        who: match (it.role.as_str(), material.speakers.get(&it.id)) {
            ("user", _) => Who::Customer,
            ("manager", Some(who)) => {
                Who::Person { name: Some(who.name.clone()), role: who.role.as_deref().and_then(Role::of) }
            }
            // Whoever writes on the phone may be anybody.
            ("manager", None) => Who::Person { name: None, role: None },
            _ => Who::Bot,
        },
        text: it.text.strip_prefix(CORRECTION).unwrap_or(&it.text).to_owned(),
        at_ms: it.at_ms,
    };
    material.messages.iter().filter(stands).map(message).collect()
}
