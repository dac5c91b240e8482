//! Lessons back in the bundle.

use format::{Lang, PassageKind, Role, SHARED_TAG};
use lessons::{Approved, Learned, case_id, cases, document, document_path, is_in, passage};
use proptest::prelude::*;

use crate::shop::release;

fn lesson(id: &str, question: &str, answer: &str) -> Approved {
    Approved {
        id: id.to_owned(),
        question: question.to_owned(),
        answer: answer.to_owned(),
        branch: None,
        role: Some(Role::Manager),
        at_ms: 1_772_323_200_000,
        request_id: "3F6E-61".to_owned(),
    }
}

fn two() -> [Approved; 2] {
    let mut branch = lesson("b2", "Балаға орындық бар ма?", "Иә, екі түрі бар: алдыңғы және артқы.");
    branch.branch = Some("north".to_owned());
    branch.role = Some(Role::Owner);
    [
        lesson("a1", "Красите рамы?\nкарбоновые", "Да, красим за 20 000 ₸.\n- порошком\n1. два дня *сохнет*"),
        branch,
    ]
}

const EDITED: &str = "# Уход\n\nСвоё вступление.\n\n## Рамы\n\nТекст человека.\n\n### Свой вопрос\n\nСвой ответ.\n\n\
    ```\n### не заголовок\n```\n";

#[test]
fn a_new_document() {
    insta::assert_snapshot!(document(None, &two()));
}

#[test]
fn a_document_that_people_edit() {
    insta::assert_snapshot!(document(Some(EDITED), &two()));
}

#[test]
fn new_cases() {
    insta::assert_snapshot!(cases(None, &two()));
}

const CASES: &str = "# Свои.\neval_cases:\n- id: own-1\n  user: привет\n  expected: {action: reply}\n\n# lesson: old\n\
    - id: learned-a1\n  user: старый\n  expected: {action: reply}\n\n# о последнем\n- id: own-2\n  user: пока\nother: 1\n";

#[test]
fn cases_among_others() {
    insta::assert_snapshot!(cases(Some(CASES), &two()));
}

#[test]
fn exporting_again_changes_nothing() {
    for (text, cased) in [(None, None), (Some(EDITED), Some(CASES)), (Some(""), Some("eval_cases: []\n"))] {
        let (first, first_cases) = (document(text, &two()), cases(cased, &two()));
        assert_eq!(document(Some(&first), &two()), first);
        assert_eq!(cases(Some(&first_cases), &two()), first_cases);
    }
}

#[test]
fn what_people_edit_stays_until_the_lesson_changes() {
    let [mut changed, other] = two();
    let edited = document(None, &[changed.clone(), other]).replace("порошком", "порошковой краской");
    assert_eq!(document(Some(&edited), &two()), edited);
    changed.answer = "Больше не красим".to_owned();
    let new = document(Some(&edited), &[changed]);
    assert!(
        new.contains("Больше не красим") && !new.contains("порошковой") && new.contains("екі түрі"),
        "{new}"
    );
}

#[test]
fn a_sharpened_case_stays_until_the_lesson_changes() {
    let [mut changed, _] = two();
    let sharpened = cases(None, &two())
        .replace("must_include_any: [\"20 000\", ", "must_include: [\"20 000\"], must_not: [");
    assert_eq!(cases(Some(&sharpened), &two()), sharpened);
    changed.request_id = "next".to_owned();
    let new = cases(Some(&sharpened), &[changed]);
    assert!(!new.contains("must_not") && new.contains("request next") && new.contains("learned-b2"), "{new}");
}

#[test]
fn ids_of_cases_are_short() {
    let uuid = lesson("01a2077c-50d5-715c-87e2-3ad84b432018", "Красите рамы?", "Да.");
    assert_eq!(case_id(&uuid), "learned-01a2077c-3ad84b432018");
    assert!(cases(None, &[uuid]).contains("- id: learned-01a2077c-3ad84b432018\n"));
    assert_eq!(case_id(&lesson("A 1", "?", "!")), "learned-a-1");
}

#[test]
fn branches_have_documents_of_their_own() {
    assert_eq!(document_path(None), "knowledge/learned.md");
    assert_eq!(document_path(Some("north")), "knowledge/north/learned.md");
}

#[test]
fn a_lesson_is_always_the_same_passage() {
    let release = release();
    let learned =
        Learned { question: "Красите\nрамы?", answer: "Да, красим.", branch: None };
    let one = passage(learned, &release).unwrap();
    assert_eq!((one.kind, one.tag.as_str(), one.doc.as_str()), (PassageKind::Learned, SHARED_TAG, "learned"));
    assert_eq!((one.section.as_str(), one.lang), ("Красите рамы?", Lang::Ru));
    assert_eq!(one.digest, one.own_digest());
    assert_eq!(Some(&one), passage(learned, &release).as_ref());
    let north = passage(Learned { branch: Some("north"), ..learned }, &release).unwrap();
    assert_eq!(north.tag, "north-tag");
    assert_ne!(north.digest, one.digest);
    assert_eq!(passage(Learned { branch: Some("gone"), ..learned }, &release), None);
}

/// The release after the export was merged and compiled.
fn merged(lessons: &[Approved]) -> format::Release {
    let mut release = release();
    for chunk in text::chunk::chunk("knowledge/learned.md", &document(None, lessons)) {
        let mut passage = release.passages[0].clone();
        passage.section = chunk.section;
        passage.text = chunk.text;
        release.passages.push(passage);
    }
    release
}

#[test]
fn a_merged_lesson_is_found_in_the_release() {
    let [mut shared, _] = two();
    shared.answer = "Да, красим за 20 000 ₸.\n\nСохнет *два* дня: [см. выше] #1".to_owned();
    let learned = Learned { question: &shared.question, answer: &shared.answer, branch: None };
    assert!(!is_in(learned, &release()));
    let release = merged(std::slice::from_ref(&shared));
    let text = &release.passages.last().unwrap().text;
    assert!(is_in(learned, &release), "{text}");
    assert!(is_in(Learned { branch: Some("north"), ..learned }, &release));
    assert!(!is_in(Learned { answer: "Нет", ..learned }, &release));
}

proptest! {
    /// Whatever stands in an answer, the chunker reads it as one passage with these words.
    #[test]
    fn documents_read_back(
        answer in "[а-яa-z0-9 .,#*_<>|`~&:\\[\\]()+=!\\\\-]{1,30}(\n[а-яa-z0-9#*=<>+. -]{1,20}){0,3}",
        question in "[а-я #*_<>-]{0,20}[а-я]{3}\\?",
    ) {
        let answer = format!("слово {answer}");
        let release = merged(&[lesson("a1", &question, &answer)]);
        let learned = Learned { question: &question, answer: &answer, branch: None };
        let found = &release.passages[1..];
        prop_assert!(is_in(learned, &release), "{:?} {:?}", answer, found.iter().map(|it| (&it.section, &it.text)).collect::<Vec<_>>());
    }

    #[test]
    fn cases_keep_what_others_wrote(id in "[a-z0-9-]{1,8}", question in "\\PC{0,30}", answer in "\\PC{0,30}") {
        let once = cases(Some(CASES), &[lesson(&format!("x{id}"), &question, &answer)]);
        for line in CASES.lines() {
            prop_assert!(once.lines().any(|it| it == line), "{} lost in {}", line, once);
        }
    }
}
