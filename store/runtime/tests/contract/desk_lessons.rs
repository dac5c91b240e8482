//! What people teach.

use std::collections::BTreeSet;

use runtime::{Decided, Decision, LessonRow, NewLesson, StoreError};

use crate::desk::{asked, shown};
use crate::engines::{Desk, Engine};
use crate::make::{ANNA, BOLAT, NOON, SLUG, message, store};

/// What came of a request.
pub(crate) fn lesson(handover_id: &str, approved_by: Option<&str>) -> NewLesson {
    NewLesson {
        slug: SLUG.to_owned(),
        branch: None,
        tag: Some("shared".to_owned()),
        lang: Some("en".to_owned()),
        handover_id: handover_id.to_owned(),
        question: "Can you mend a bent wheel?".to_owned(),
        question_normalized: "can you mend a bent wheel".to_owned(),
        answer: "Yes, in a day.".to_owned(),
        source_name: Some("Dina".to_owned()),
        source_role: Some("manager".to_owned()),
        source_channel: Some("telegram".to_owned()),
        evidence: Some(r#"{"said":"mine is bent, says Anna"}"#.to_owned()),
        duplicates_of: None,
        contradiction: None,
        digest: format!("digest of {handover_id}"),
        approved_by: approved_by.map(|it| (it.to_owned(), Some("owner".to_owned()))),
        now_ms: NOON + 100,
    }
}

fn ids(lessons: &[LessonRow]) -> Vec<&str> {
    lessons.iter().map(|it| it.id.as_str()).collect()
}

fn revision(desk: &dyn Desk) -> Option<i64> {
    desk.learned_revisions().unwrap().get(SLUG).copied()
}

pub(crate) fn a_request_teaches_what_was_said(engine: &dyn Engine) {
    let desk = engine.desk();
    store(&*desk, &message(ANNA, "m0", "hello", NOON - 10));
    let claim = desk.claim_due(NOON - 10, 60_000, &runtime::Turnstile::open(1)).unwrap().remove(0);
    desk.commit_turn(&crate::make::turn(&claim, Some("Hello!"), "out-0", NOON - 5)).unwrap();
    let (handover_id, _) = shown(&*desk);
    store(&*desk, &message(ANNA, "m2", "it is the front one", NOON + 1));
    desk.record_echo(&message(ANNA, "phone-1", "Yes,", NOON + 2)).unwrap();
    desk.record_echo(&message(ANNA, "phone-2", "in a day.", NOON + 3)).unwrap();
    let conversation_id = claim.conversation_id;
    desk.release(&conversation_id, "resolved", NOON + 4).unwrap();
    store(&*desk, &message(ANNA, "m3", "and another thing", NOON + 5));

    let material = desk.lesson_material(&handover_id).unwrap().unwrap();
    assert_eq!((material.slug.as_str(), material.status.as_str()), (SLUG, "resolved"));
    let said: Vec<(&str, &str)> =
        material.messages.iter().map(|it| (it.role.as_str(), it.text.as_str())).collect();
    assert_eq!(
        said,
        [
            ("user", "can you mend a bent wheel?"),
            ("assistant", "I ask a colleague."),
            ("user", "it is the front one"),
            ("manager", "Yes,"),
            ("manager", "in a day."),
        ]
    );
    assert!(desk.lesson_material("no such").unwrap().is_none());
}

/// It is taken back.
pub(crate) fn revoked(desk: &dyn Desk, id: &str, at_ms: i64) -> Decided {
    desk.decide_lesson(id, &Decision::Revoke, "Olga", None, at_ms).unwrap()
}

pub(crate) fn a_lesson_is_decided_once(engine: &dyn Engine) {
    let (here, there) = (engine.desk(), engine.desk());
    let (handover_id, _) = shown(&*here);
    let id = here.add_lesson(&lesson(&handover_id, None)).unwrap();
    assert_eq!(ids(&here.lessons(SLUG, Some("pending")).unwrap()), [id.as_str()]);
    assert!(here.approved(SLUG).unwrap().is_empty());
    assert_eq!(revision(&*here), None);
    let change = Decision::Change { answer: "Yes, in two days.".to_owned(), digest: "d2".to_owned() };
    let outcomes: Vec<Decided> = std::thread::scope(|scope| {
        let racing = [(&here, change, "Olga"), (&there, Decision::Reject, "Pavel")].map(|it| {
            let (id, (desk, decision, by)) = (&id, it);
            scope.spawn(move || desk.decide_lesson(id, &decision, by, Some("owner"), NOON + 200).unwrap())
        });
        racing.into_iter().map(|it| it.join().unwrap()).collect()
    });
    let row = here.lesson(&id).unwrap().unwrap();
    let (by, status) = (row.decided_by.clone(), row.status.clone());
    let lost = Decided::Already { status, by };
    match row.status.as_str() {
        "approved" => {
            assert_eq!(outcomes, [Decided::Done, lost]);
            assert_eq!((row.answer.as_str(), row.digest.as_deref()), ("Yes, in two days.", Some("d2")));
            assert_eq!((row.decided_by.as_deref(), revision(&*here)), (Some("Olga"), Some(1)));
        }
        _ => {
            assert_eq!(outcomes, [lost, Decided::Done]);
            assert_eq!((row.decided_by.as_deref(), revision(&*here)), (Some("Pavel"), None));
        }
    }
    let missing = here.decide_lesson("no such", &Decision::Approve, "Olga", None, NOON).unwrap();
    assert_eq!(missing, Decided::Missing);
}

pub(crate) fn an_approved_lesson_is_used_until_a_release_has_it(engine: &dyn Engine) {
    let desk = engine.desk();
    let (handover_id, _) = shown(&*desk);
    let first = desk.add_lesson(&lesson(&handover_id, Some("Olga"))).unwrap();
    let other = asked(&*desk, BOLAT, "b1", NOON + 1);
    let second = desk.add_lesson(&lesson(&other, None)).unwrap();
    assert_eq!(revision(&*desk), Some(1), "approved at once");
    let approved =
        desk.decide_lesson(&second, &Decision::Approve, "Olga", Some("owner"), NOON + 200).unwrap();
    assert_eq!((approved, revision(&*desk)), (Decided::Done, Some(2)));
    assert_eq!(desk.approved(SLUG).unwrap().len(), 2);
    desk.lessons_exported(std::slice::from_ref(&first), NOON + 300).unwrap();
    let row = desk.lesson(&first).unwrap().unwrap();
    assert_eq!((row.exported_at_ms, row.is_active), (Some(NOON + 300), true));
    assert_eq!(
        (row.question.as_str(), row.answer.as_str()),
        ("Can you mend a bent wheel?", "Yes, in a day.")
    );

    let released = BTreeSet::from([format!("digest of {handover_id}")]);
    assert_eq!(desk.retire_lessons(SLUG, &released, NOON + 400).unwrap(), 1);
    assert_eq!(desk.retire_lessons(SLUG, &released, NOON + 400).unwrap(), 0);
    assert_eq!(ids(&desk.approved(SLUG).unwrap()), [second.as_str()]);
    assert_eq!(desk.lesson(&first).unwrap().unwrap().retired_at_ms, Some(NOON + 400));
    assert_eq!(desk.retire_lessons(SLUG, &BTreeSet::new(), NOON + 500).unwrap(), 1, "it was rolled back");
    assert_eq!(desk.approved(SLUG).unwrap().len(), 2);

    assert_eq!(revoked(&*desk, &first, NOON + 600), Decided::Done);
    assert!(matches!(revoked(&*desk, &first, NOON + 601), Decided::Already { .. }));
    assert_eq!(desk.retire_lessons(SLUG, &BTreeSet::new(), NOON + 700).unwrap(), 0, "it stays revoked");
    assert_eq!(ids(&desk.approved(SLUG).unwrap()), [second.as_str()]);
    assert_eq!(revision(&*desk), Some(5));
    assert_eq!(desk.lessons(SLUG, None).unwrap().len(), 2);
    assert!(desk.approved("bells").unwrap().is_empty());
}

pub(crate) fn a_lesson_comes_of_a_request_once(engine: &dyn Engine) {
    let desk = engine.desk();
    let (handover_id, _) = shown(&*desk);
    let first = desk.add_lesson(&lesson(&handover_id, None)).unwrap();
    assert_eq!(desk.add_lesson(&lesson(&handover_id, Some("Olga"))).unwrap(), first);
    assert_eq!(desk.lessons(SLUG, None).unwrap()[0].status, "pending");
    let foreign = NewLesson { slug: "bells".to_owned(), ..lesson(&handover_id, None) };
    assert!(matches!(desk.add_lesson(&foreign), Err(StoreError::Missing(_))));
    assert!(matches!(desk.add_lesson(&lesson("no such", None)), Err(StoreError::Missing(_))));
}
