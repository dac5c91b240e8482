//! What was learned is used, where it holds, until a release has it.

use std::time::Duration;

use format::{Passage, PassageKind, Phrases, Policy, PolicyKind, Release, SHARED_TAG, Settings};
use index::OpenAiSettings;
use playground::telegram::Telegram;
use runtime::{DeskStore, ReleaseStore, StateStore};
use serde_json::{Value, json};
use server::Clock as _;
use warp::Filter as _;

use crate::desk::office::{BOT, GROUP, MANAGER, OWNER, Office, release};
use crate::desk::school::{
    ANSWER, QUESTION, SECOND, THIRD, announced, answered, asked, asked_of, decided, in_use, knows, lessons,
    taught, told, writes,
};
use crate::house::{JID, until};

#[tokio::test(flavor = "multi_thread")]
async fn a_forgotten_customers_lesson_names_nobody() {
    let office = Office::open().await;
    let card = taught(&office).await;
    office.press(&card, OWNER, "В базу").await;
    in_use(&office, 1).await;
    office.house.site.state.forget("wheel", JID, "").unwrap();
    let row = &lessons(&office)[0];
    assert_eq!((row.handover_id.as_ref(), row.evidence.as_ref()), (None, None));
    knows(&office, SECOND, "B-1", ANSWER).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_branchs_lesson_is_told_there_only() {
    let office = Office::of_branches(release(|_| {})).await;
    let card = asked_of(&office, JID, "A", "number-north").await;
    answered(&office, &card, MANAGER, ANSWER).await;
    in_use(&office, 1).await;
    assert_eq!(lessons(&office)[0].branch.as_deref(), Some("north"), "the branch trusts its managers");
    writes(&office, SECOND, "B-1", "number-north").await;
    until("the branch knows", || {
        told(&office, SECOND).iter().any(|it| it.text.contains(ANSWER)).then_some(())
    })
    .await;
    asked_of(&office, THIRD, "C", "number-south").await;
    assert!(told(&office, THIRD).iter().all(|it| !it.text.contains(ANSWER)));
}

/// The release once the lesson was merged into its documents.
fn merged(settings: impl FnOnce(&mut Settings)) -> Release {
    let mut release = release(settings);
    let mut passage = Passage {
        digest: String::new(),
        text: ANSWER.to_owned(),
        lang: format::Lang::Ru,
        tag: SHARED_TAG.to_owned(),
        doc: "knowledge/learned.md".to_owned(),
        section: QUESTION.to_owned(),
        ordinal: 0,
        kind: PassageKind::Document,
        line: 3,
        asked: Vec::new(),
    };
    passage.digest = passage.own_digest();
    release.passages.push(passage);
    release
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_release_has_is_retired_and_comes_back_with_the_release_before() {
    let office = Office::open().await;
    let card = asked(&office, JID, "A").await;
    answered(&office, &card, OWNER, ANSWER).await;
    in_use(&office, 1).await;
    let told_of = announced(&office).await;
    let can_go = |it: &Telegram| it.message(GROUP, told_of.message_id).map(|it| !it.buttons.is_empty());
    let before = office.house.site.releases.live().unwrap()["wheel"].release_id.clone();
    office.house.site.publish(&merged(|_| {}));
    office.house.responder.reload().await.unwrap();
    in_use(&office, 0).await;
    assert!(lessons(&office)[0].retired_at_ms.is_some());
    office.sees("documents are not taken back here", |it| can_go(it).filter(|it| !it)).await;
    knows(&office, SECOND, "B-1", "чиним, приносите вместе с зарядкой").await;
    let trace = told(&office, SECOND).pop().unwrap().trace.unwrap();
    assert!(!trace.contains(r#""doc":"learned""#), "{trace}");

    let back = office.house.site.releases.rollback("wheel", Some(&before), None, "2026-01-15T13:00:00Z");
    back.unwrap();
    office.house.responder.reload().await.unwrap();
    in_use(&office, 1).await;
    knows(&office, THIRD, "C-1", ANSWER).await;
    office.sees("the button is back", |it| can_go(it).filter(|it| *it)).await;
    let pressed = office.press(&told_of, OWNER, "Отозвать").await;
    assert_eq!(pressed, "Ответ отозван, бот его больше не использует");
    in_use(&office, 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_learned_survives_a_restart() {
    let office = Office::open().await;
    let card = asked(&office, JID, "A").await;
    answered(&office, &card, OWNER, ANSWER).await;
    in_use(&office, 1).await;
    let office = office.restarted().await;
    knows(&office, SECOND, "B-1", ANSWER).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_process_closed_is_considered() {
    let office = Office::open().await;
    let card = asked(&office, JID, "A").await;
    office.telegram.write(GROUP, card.thread_id.unwrap(), OWNER, ANSWER).unwrap();
    office.reaches(ANSWER).await;
    let conversation = office.house.site.state.handovers(Some("wheel")).unwrap().remove(0).conversation_id;
    let office = office
        .restarted_after(|site| {
            assert!(site.state.release(&conversation, "resolved", site.clock.now_ms()).unwrap());
        })
        .await;
    in_use(&office, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correction_takes_the_place_of_what_it_corrects() {
    let office = Office::open().await;
    let card = asked(&office, JID, "A").await;
    let said = office.telegram.write(GROUP, card.thread_id.unwrap(), OWNER, "Да, чиним до 25 кг.").unwrap();
    office.reaches("Да, чиним до 25 кг.").await;
    office.sees("it is delivered", |it| it.message(GROUP, said)?.reactions.get(&BOT).cloned()).await;
    office.telegram.edit(GROUP, said, "Да, чиним до 20 кг.").unwrap();
    office.reaches("✏️ Да, чиним до 20 кг.").await;
    office.press(&card, OWNER, "Решено").await;
    in_use(&office, 1).await;
    assert_eq!(lessons(&office)[0].answer, "Да, чиним до 20 кг.");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_decided_here_waits_for_no_look_at_the_store() {
    let office = Office::of(|_| {}, |it| it.poll_interval = Duration::from_secs(3600)).await;
    let card = taught(&office).await;
    assert_eq!(office.press(&card, OWNER, "В базу").await, "Ответ добавлен в базу");
    for nth in 10..60 {
        let jid = format!("770000000{nth}@s.whatsapp.net");
        writes(&office, &jid, &format!("N-{nth}"), "").await;
        office.house.settled().await;
        if told(&office, &jid).iter().any(|it| it.text.contains(ANSWER)) {
            return;
        }
    }
    panic!("the lesson is not used");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_policy_gave_to_people_teaches_nothing() {
    let mut shop = release(|_| {});
    shop.pack.policies.push(Policy {
        id: "refund".to_owned(),
        kind: PolicyKind::HardLaw,
        examples: Phrases {
            ru: vec!["верните деньги".to_owned(), QUESTION.to_owned()], kk: Vec::new()
        },
        counter_examples: Phrases::default(),
        says: None,
    });
    let office = Office::serving(&shop, |_| {}).await;
    let card = asked(&office, JID, "A").await;
    answered(&office, &card, OWNER, ANSWER).await;
    until("it is considered", || {
        office.house.site.state.unconsidered("", 10).unwrap().is_empty().then_some(())
    })
    .await;
    assert!(lessons(&office).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_better_answer_takes_the_place_of_the_first() {
    let better = "Аккумуляторы не берём.\nСамокаты с мотором чиним.";
    let office = Office::open().await;
    let card = taught(&office).await;
    let late = asked(&office, SECOND, "B").await;
    office.press(&card, OWNER, "В базу").await;
    in_use(&office, 1).await;
    answered(&office, &late, OWNER, better).await;
    until("it is learned", || (lessons(&office).len() == 2).then_some(())).await;
    in_use(&office, 1).await;
    let used = office.house.site.state.approved("wheel").unwrap().remove(0);
    assert_eq!(used.answer, better);
    assert_eq!(
        used.duplicates_of,
        lessons(&office).iter().find(|it| it.id != used.id).map(|it| it.id.clone())
    );
    // Not the line alone that is most like the question.
    knows(&office, THIRD, "C-1", "Аккумуляторы не берём.").await;

    let told_of = announced(&office).await;
    assert!(told_of.text.contains("Вместо похожего:"), "{}", told_of.text);
    let pressed = office.press(&told_of, OWNER, "Отозвать").await;
    assert_eq!(pressed, format!("Ответ отозван, снова действует прежний: {ANSWER}"));
    let shown = decided(&office, &told_of).await;
    assert!(shown.starts_with("🚫") && shown.contains("Действует похожее:"), "{shown}");
    in_use(&office, 1).await;
    assert_eq!(office.house.site.state.approved("wheel").unwrap()[0].answer, ANSWER);
}

/// An embedder: what it embeds is one of two things.
async fn embedder() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    let routes =
        warp::path!("v1" / "embeddings").and(warp::post()).and(warp::body::json()).map(|asked: Value| {
            let vector = |it: &Value| match it.as_str().unwrap_or_default().contains("самокат") {
                true => json!([1.0, 0.0, 0.1]),
                false => json!([0.0, 1.0, 0.1]),
            };
            let inputs = asked["input"].as_array().cloned().unwrap_or_default();
            let data: Vec<Value> = inputs
                .iter()
                .enumerate()
                .map(|(at, it)| json!({"object": "embedding", "index": at, "embedding": vector(it)}))
                .collect();
            let usage = json!({"prompt_tokens": 1, "total_tokens": 1});
            warp::reply::json(&json!({"object": "list", "data": data, "model": "of/two", "usage": usage}))
        });
    tokio::spawn(warp::serve(routes).incoming(listener).run());
    url
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_learned_is_embedded() {
    let base_url = embedder().await;
    let settings = OpenAiSettings { base_url, model: "of/two".to_owned(), key: None };
    let office = Office::of(|_| {}, |it| it.embeddings = Some(settings)).await;
    let card = asked(&office, JID, "A").await;
    answered(&office, &card, OWNER, ANSWER).await;
    in_use(&office, 1).await;
    let lesson = lessons::Learned { question: QUESTION, answer: ANSWER, branch: None };
    let passage = lessons::passage(lesson, &release(|_| {})).unwrap();
    let digests = [passage.text_digest()].into();
    let kept = || office.house.site.releases.vectors("dense-1 of/two", &digests).unwrap().pop_first();
    let (_, bytes) = until("the lesson is embedded", kept).await;
    assert_eq!(index::dense_from_bytes(&bytes).unwrap(), [1.0, 0.0, 0.1]);
    knows(&office, SECOND, "B-1", ANSWER).await;
}
