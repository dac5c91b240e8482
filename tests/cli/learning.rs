//! `learn`: the queue, its decisions, and lessons on their way into the bundle.

use std::fs;

use format::Release;
use lessons::Learned;
use runtime::{
    DeskStore as _, Inbound, NewLesson, ReleaseStore as _, SqliteReleases, SqliteState, StateStore as _,
    TurnCommit, Turnstile, VectorRow,
};

use crate::bundle::Tree;
use crate::tool::{Run, run};

const NOON: i64 = 1_772_323_200_000;

/// A workshop that is published, and what people taught it.
struct School {
    tree: Tree,
    state: SqliteState,
    taught: i64,
}

/// A lesson that somebody may decide about.
struct Taught<'t> {
    question: &'t str,
    answer: &'t str,
    branch: Option<&'t str>,
    duplicates_of: Option<String>,
    contradiction: Option<&'t str>,
}

/// A lesson that holds everywhere and repeats nothing.
fn taught<'t>(question: &'t str, answer: &'t str) -> Taught<'t> {
    Taught { question, answer, branch: None, duplicates_of: None, contradiction: None }
}

impl School {
    fn open() -> Self {
        let tree = Tree::of_two();
        run(tree.path(), &["apply"]).exits(0);
        let state = SqliteState::open(&tree.path().join("var")).unwrap();
        Self { tree, state, taught: 0 }
    }

    /// A customer asks, a person is asked, and a lesson comes of it; its id.
    fn teach(&mut self, it: &Taught<'_>) -> String {
        self.taught += 1;
        let (number, at_ms) = (self.taught, NOON + self.taught * 1000);
        let jid = format!("7701000{number:04}@s.whatsapp.net");
        let inbound = Inbound {
            slug: "spoke".to_owned(),
            instance_id: "spoke-hill".to_owned(),
            message_id: format!("m{number}"),
            jid: jid.clone(),
            sender: None,
            text: it.question.to_owned(),
            media: None,
            file: None,
            request_id: String::new(),
            sent_at: at_ms / 1000,
            received_at_ms: at_ms,
            due_at_ms: at_ms,
            month: "2026-03".to_owned(),
        };
        self.state.store_inbound(&[inbound]).unwrap();
        let claim = self.state.claim_due(at_ms, 60_000, &Turnstile::open(10)).unwrap().remove(0);
        let conversation_id = claim.conversation_id.clone();
        self.state
            .commit_turn(&TurnCommit {
                claim,
                memory: "{}".to_owned(),
                reply: None,
                instance_id: "spoke-hill".to_owned(),
                branch: None,
                handover: Some(("unknown_fact".to_owned(), "спрашивает".to_owned())),
                cancel_handover: false,
                heard: Vec::new(),
                timers: Vec::new(),
                trace: "{}".to_owned(),
                now_ms: at_ms,
                outbox_id: format!("out-{number}"),
                send_until_ms: None,
            })
            .unwrap();
        let open = self.state.handovers(Some("spoke")).unwrap();
        let handover = open.into_iter().find(|it| it.conversation_id == conversation_id).unwrap();
        let lesson = NewLesson {
            slug: "spoke".to_owned(),
            branch: it.branch.map(str::to_owned),
            tag: None,
            lang: Some("ru".to_owned()),
            handover_id: handover.id,
            question: it.question.to_owned(),
            question_normalized: it.question.to_lowercase(),
            answer: it.answer.to_owned(),
            source_name: Some("Ия".to_owned()),
            source_role: Some("manager".to_owned()),
            source_channel: Some("telegram".to_owned()),
            evidence: Some("{\"said\":\"я Зоя, мой номер 77010000009\"}".to_owned()),
            duplicates_of: it.duplicates_of.clone(),
            contradiction: it.contradiction.map(str::to_owned),
            digest: format!("digest-{number}"),
            approved_by: None,
            now_ms: at_ms,
        };
        self.state.add_lesson(&lesson).unwrap()
    }

    fn learn(&self, args: &[&str]) -> Run {
        run(self.tree.path(), &[&["learn"], args].concat())
    }

    fn approve(&self, id: &str) {
        self.learn(&["approve", "spoke", id]).exits(0);
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.tree.file("spoke", name)).unwrap()
    }
}

/// The same text without what differs from run to run: ids, whole or cut short.
fn steady(text: &str, ids: &[&str]) -> String {
    let mut text = text.to_owned();
    for (index, id) in ids.iter().enumerate() {
        let (first, last) = (&id[..8], &id[24..]);
        text = text.replace(&format!("{first}-{last}"), &format!("LESSON-{index}"));
        for width in (8..=id.len()).rev() {
            // Only where no other begins alike.
            let mut others = ids.iter().filter(|it| *it != id);
            if others.all(|it| !it.starts_with(&id[..width])) {
                text = text.replace(&id[..width], &format!("LESSON-{index}"));
            }
        }
    }
    text
}

#[test]
fn the_queue_is_listed_with_what_speaks_against_it() {
    let mut school = School::open();
    let first = school.teach(&taught("Красите рамы?", "Да, порошковой краской,\nсохнет два дня."));
    let second = school.teach(&Taught {
        branch: Some("hill"),
        duplicates_of: Some(first.clone()),
        contradiction: Some("Замена цепи: 4500 ₸"),
        ..taught("А рамы красите? \u{1b}[31m", "Да. Замена цепи тогда за 4 000 ₸.")
    });
    let ids = [first.as_str(), second.as_str()];
    let list = school.learn(&["list", "spoke"]).exits(0);
    assert!(!list.out.contains('\u{1b}') && !list.out.contains("77010000009"), "{}", list.out);
    insta::assert_snapshot!(steady(&list.out, &ids));
    let json = school.learn(&["list", "spoke", "--status", "pending", "--format", "json"]).exits(0).json();
    let newest = &json["lessons"][0];
    assert_eq!((newest["id"].as_str(), newest["branch"].as_str()), (Some(ids[1]), Some("hill")));
    assert_eq!(newest["says_again"]["lesson"], ids[0]);
    assert_eq!(newest["answered_by"]["role"], "manager");
    school.learn(&["reject", "spoke", ids[1]]).exits(0);
    let of = |status: &str| {
        let json = school.learn(&["list", "spoke", "--status", status, "--format", "json"]).exits(0).json();
        json["lessons"].as_array().unwrap().len()
    };
    assert_eq!((of("pending"), of("approved"), of("rejected")), (1, 0, 1));
    school.learn(&["list", "spoke", "--status", "lost"]).exits(2);
    school.learn(&["list", "nobody"]).exits(1);
    assert!(school.learn(&["list", "crumb"]).exits(0).out.contains("no lessons"));
}

#[test]
fn one_decision_counts_and_the_other_is_told() {
    let mut school = School::open();
    let id = school.teach(&taught("Красите рамы?", "Да, за два дня."));
    let other = school.teach(&taught("Есть насос?", "Да, у входа."));
    let short = &id[..id.len() - 1];
    let told = school.learn(&["approve", "spoke", short, "--answer", "Да, но звоните Ие: 8 701 555 22 33"]);
    let told = told.exits(1);
    assert!(told.err.contains("a phone number") && !told.err.contains("555"), "{}", told.err);
    assert!(
        school
            .learn(&["approve", "spoke", short, "--answer", "Да, за три дня."])
            .exits(0)
            .out
            .contains("is approved")
    );
    let row = school.state.lesson(&id).unwrap().unwrap();
    assert_eq!((row.answer.as_str(), row.is_active), ("Да, за три дня.", true));
    assert_ne!(row.digest.as_deref(), Some("digest-1"), "its passage is another one");
    assert!(school.learn(&["approve", "spoke", &id]).exits(0).out.contains("already"));
    let late = school.learn(&["reject", "spoke", &id]).exits(1);
    let by = row.decided_by.unwrap();
    assert!(late.err.contains(&by) && late.err.contains("learn revoke spoke"), "{}", late.err);
    let reworded = school.learn(&["approve", "spoke", &id, "--answer", "Да, за четыре дня."]).exits(1);
    assert!(reworded.err.contains("approved already"), "{}", reworded.err);
    let nothing = school.learn(&["approve", "spoke", &other, "--answer", "Хорошо!"]).exits(1);
    assert!(nothing.err.contains("tells nothing"), "{}", nothing.err);
    assert!(school.learn(&["revoke", "spoke", &other]).exits(1).err.contains("learn reject"));
    let revoked = school.learn(&["revoke", "spoke", &id, "--format", "json"]).exits(0).json();
    assert_eq!((revoked["status"].as_str(), revoked["changed"].as_bool()), (Some("rejected"), Some(true)));
    assert!(school.learn(&["revoke", "spoke", &id]).exits(0).out.contains("not in use"));
    school.learn(&["approve", "spoke", "no-such"]).exits(1);
    school.learn(&["approve", "crumb", &other]).exits(1);
    let common = id.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
    if common > 0 {
        let several = school.learn(&["approve", "spoke", &id[..common]]).exits(2);
        assert!(several.err.contains("several"), "{}", several.err);
    }
    assert_eq!(school.state.lesson(&other).unwrap().unwrap().status, "pending");
}

#[test]
fn an_answer_against_a_fact_is_approved_and_told() {
    let mut school = School::open();
    let id = school.teach(&taught("Почём цепь?", "Замена цепи стоит 4 000 ₸."));
    let told = school.learn(&["approve", "spoke", &id]).exits(0);
    assert!(told.err.contains("4500 ₸") && told.err.contains("SALON_TRUTH.yaml:"), "{}", told.err);
}

#[test]
fn lessons_are_exported_with_tests_that_pass() {
    let mut school = School::open();
    let first = school.teach(&taught("Красите велосипедные рамы порошком?", "Красим, сохнет двое суток."));
    let second = school.teach(&Taught {
        branch: Some("hill"),
        ..taught("Можно прийти с собакой?", "Приходите, во дворе стоит миска.")
    });
    school.teach(&taught("Чините самокаты?", "Чиним."));
    school.approve(&first);
    school.approve(&second);
    let ids = [first.as_str(), second.as_str()];
    let told = school.learn(&["export", "spoke"]).exits(0);
    assert!(told.err.contains("pull request"), "{}", told.err);
    insta::assert_snapshot!("export", steady(&told.out, &ids));
    insta::assert_snapshot!("learned_md", evident(&school.read("knowledge/learned.md"), &ids));
    insta::assert_snapshot!("learned_hill_md", evident(&school.read("knowledge/hill/learned.md"), &ids));
    insta::assert_snapshot!("learned_yaml", evident(&school.read("tests/learned.yaml"), &ids));
    run(school.tree.path(), &["check"]).exits(0);
    let tested = run(school.tree.path(), &["test", "tenants/spoke", "--format", "json"]).exits(0).json();
    assert_eq!(tested["summary"]["total"], 5, "{tested}");
    let before = [school.read("knowledge/learned.md"), school.read("tests/learned.yaml")];
    assert!(
        school.learn(&["export", "spoke", "tenants/spoke"]).exits(0).out.contains("in the bundle already")
    );
    assert_eq!([school.read("knowledge/learned.md"), school.read("tests/learned.yaml")], before);
    assert!(school.state.lesson(&first).unwrap().unwrap().exported_at_ms.is_some());
    school.tree.edit("spoke", "knowledge/learned.md", "двое суток", "два дня и две ночи");
    let reworded = school.learn(&["export", "spoke"]).exits(0);
    assert!(reworded.out.contains("reworded in the bundle"), "{}", reworded.out);
    assert!(reworded.err.contains("learn revoke spoke"), "{}", reworded.err);
    assert!(school.read("knowledge/learned.md").contains("два дня и две ночи"), "what people edit stays");
    let revoked = school.learn(&["revoke", "spoke", &first]).exits(0);
    assert!(revoked.err.contains("knowledge/learned.md"), "{}", revoked.err);
}

/// What stands in a file, without ids of this run.
fn evident(text: &str, ids: &[&str]) -> String {
    let mut pieces = text.split(", request ");
    let mut text = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        // A UUID.
        text.push_str(", request REQUEST");
        text.push_str(&piece[36..]);
    }
    steady(&text, ids)
}

#[test]
fn what_would_break_the_bundle_is_left_out() {
    let mut school = School::open();
    let good = school.teach(&taught("Красите велосипедные рамы порошком?", "Красим, сохнет двое суток."));
    let wrong = school.teach(&taught("Почём поставить новую цепь?", "Замена цепи стоит 4 000 ₸."));
    let gone = school.teach(&Taught {
        branch: Some("lake"), ..taught("Есть пирс?", "Есть, деревянный.")
    });
    let named = school.teach(&taught("Кто чинит втулки?", "Позвоните 8 701 555 22 33, он чинит."));
    for id in [&good, &wrong, &gone, &named] {
        school.approve(id);
    }
    let json = school.learn(&["export", "spoke", "--format", "json"]).exits(1).json();
    assert_eq!(json["written"], serde_json::json!([good]), "{json}");
    let mut why: Vec<(String, String)> = json["left_out"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (it["id"].as_str().unwrap().to_owned(), it["why"].as_str().unwrap().to_owned()))
        .collect();
    why.sort();
    let why_of = |id: &str| why.iter().find(|it| it.0 == id).unwrap_or_else(|| panic!("{why:?}")).1.as_str();
    assert!(why_of(&gone).contains("no branch `lake`"), "{why:?}");
    assert!(why_of(&named).contains("a phone number") && !why_of(&named).contains("555"), "{why:?}");
    assert!(why_of(&wrong).contains("would"), "{why:?}");
    let document = school.read("knowledge/learned.md");
    assert!(document.contains("порошком") && !document.contains("4 000"), "{document}");
    assert!(!school.tree.file("spoke", "knowledge/lake").exists());
    run(school.tree.path(), &["check"]).exits(0);
    run(school.tree.path(), &["test", "tenants/spoke"]).exits(0);
    let one = school.state.lesson(&wrong).unwrap().unwrap();
    assert!(one.exported_at_ms.is_none() && one.is_active);
    school.tree.edit("spoke", "client.yaml", "timezone:", "timezon:");
    assert!(school.learn(&["export", "spoke"]).exits(1).err.contains("has errors"));
    school.learn(&["export", "spoke", "tenants/crumb"]).exits(2);
    school.learn(&["export", "spoke", "nowhere"]).exits(2);
}

#[test]
fn what_a_lesson_had_replaced_is_told_when_it_is_taken_back() {
    let mut school = School::open();
    let first = school.teach(&taught("Красите рамы?", "Да, порошковой краской."));
    let again = Taught {
        duplicates_of: Some(first.clone()),
        ..taught("А рамы красите?", "Да, любой краской.")
    };
    let second = school.teach(&again);
    school.approve(&first);
    school.approve(&second);
    let told = school.learn(&["revoke", "spoke", &second]).exits(0);
    assert!(told.err.contains("what it had replaced is in use again: "), "{}", told.err);
    assert_eq!(school.state.approved("spoke").unwrap()[0].id, first);
    let last = school.learn(&["revoke", "spoke", &first]).exits(0);
    assert!(!last.err.contains("in use again"), "{}", last.err);
}

#[test]
fn a_sweep_leaves_what_was_embedded_of_lessons_in_use() {
    let mut school = School::open();
    let words = [("Красите рамы?", "Да, порошковой краской."), ("Есть парковка?", "Да, во дворе.")];
    let ids = words.map(|(question, answer)| school.teach(&taught(question, answer)));
    ids.iter().for_each(|it| school.approve(it));
    let releases = SqliteReleases::open(&school.tree.path().join("var")).unwrap();
    let id = releases.live().unwrap()["spoke"].release_id.clone();
    let release: Release = format::decode(&releases.release("spoke", &id).unwrap().unwrap().bytes).unwrap();
    let digests = words.map(|(question, answer)| {
        let lesson = Learned { question, answer, branch: None };
        lessons::passage(lesson, &release).unwrap().text_digest()
    });
    let vectors = digests.clone().map(|digest| VectorRow {
        encoder: "dense-1 some/model".to_owned(),
        digest,
        bytes: vec![0; 8],
    });
    releases.keep_vectors(&vectors).unwrap();
    let kept = || releases.known_vectors("dense-1 some/model", &digests.iter().cloned().collect()).unwrap();

    let gc = || run(school.tree.path(), &["gc", "--format", "json"]).exits(0).json();
    assert_eq!((&gc()["vectors"], kept().len()), (&0.into(), 2), "nothing is paid again");
    school.learn(&["revoke", "spoke", &ids[1]]).exits(0);
    assert_eq!(gc()["vectors"], 1);
    assert_eq!(kept(), [digests[0].clone()].into());
}
