//! From a person's answer to the bot's own.

use std::time::{Duration, Instant};

use format::{
    Branch, Passage, PassageKind, Phrases, Policy, PolicyKind, Reference, Release, SHARED_TAG, Settings, Text,
};
use index::OpenAiSettings;
use playground::telegram::{Message, Post, Telegram, Where};
use runtime::{DeskStore, LessonRow, ReleaseStore, StateStore};
use serde_json::{Value, json};
use server::Clock as _;
use uuid::Uuid;
use warp::Filter as _;

use crate::desk::office::{BOT, GROUP, MANAGER, OWNER, Office, STRANGER, buttons, release};
use crate::house::{JID, until};

const QUESTION: &str = "вы чините самокаты с мотором?";
pub(crate) const ANSWER: &str = "Да, чиним, приносите вместе с зарядкой.";
const SECOND: &str = "77000000002@s.whatsapp.net";
const THIRD: &str = "77000000003@s.whatsapp.net";

/// The customer asks until people are asked; the card.
async fn asked(office: &Office, jid: &str, id: &str) -> Message {
    asked_of(office, jid, id, "").await
}

/// As [`asked`], at a number of the tenant's.
pub(crate) async fn asked_of(office: &Office, jid: &str, id: &str, instance: &str) -> Message {
    for nth in 1..=3 {
        writes(office, jid, &format!("{id}-{nth}"), instance).await;
        office.house.settled().await;
        if open(office, jid) {
            break;
        }
    }
    let id = office.handover(jid).replace('-', "");
    let card = |it: &Telegram| {
        let carries = |it: &Message| it.buttons.iter().flatten().any(|it| it.data.contains(&id));
        it.messages(GROUP).into_iter().find(carries)
    };
    office.sees("a card", card).await
}

async fn writes(office: &Office, jid: &str, id: &str, instance: &str) {
    let mut payload = crate::house::message(id, QUESTION);
    payload["metadata"]["remoteJid"] = jid.into();
    if !instance.is_empty() {
        payload["instanceId"] = instance.into();
    }
    assert_eq!(office.house.deliver("wheel", &payload).await.0, 200);
}

fn open(office: &Office, jid: &str) -> bool {
    office.house.site.state.handovers(Some("wheel")).unwrap().iter().any(|it| it.jid == jid)
}

/// Somebody answers in the customer's topic and says that it is done; the topic.
pub(crate) async fn answered(office: &Office, card: &Message, who: i64, answer: &str) -> i32 {
    let topic = card.thread_id.unwrap();
    office.telegram.write(GROUP, topic, who, answer).unwrap();
    office.reaches(answer).await;
    assert_eq!(office.press(card, who, "Решено").await, "Готово, запрос закрыт");
    topic
}

/// A manager's answer and the card that asks the owner about it.
pub(crate) async fn taught(office: &Office) -> Message {
    let card = asked(office, JID, "A").await;
    answered(office, &card, MANAGER, ANSWER).await;
    lesson_card(office).await
}

pub(crate) async fn lesson_card(office: &Office) -> Message {
    let is_card = |it: &Message| it.from == BOT && it.text.starts_with("💡 Запомнить");
    office.sees("a lesson's card", |it| it.messages(GROUP).into_iter().find(is_card)).await
}

/// What the lesson's card says when its buttons are gone.
pub(crate) async fn decided(office: &Office, card: &Message) -> String {
    let gone = |it: &Telegram| it.message(GROUP, card.message_id).filter(|it| it.buttons.is_empty());
    office.sees("a decided card", gone).await.text
}

pub(crate) fn lessons(office: &Office) -> Vec<LessonRow> {
    office.house.site.state.lessons("wheel", None).unwrap()
}

/// Another customer asks, and the bot answers with this by itself.
async fn knows(office: &Office, jid: &str, id: &str, answer: &str) {
    writes(office, jid, id, "").await;
    let deadline = Instant::now() + Duration::from_secs(10);
    let mut nth = 0;
    // The lesson is used at once, but not before it is.
    while !told(office, jid).iter().any(|it| it.text.contains(answer)) {
        assert!(
            Instant::now() < deadline,
            "{:?}",
            told(office, jid).iter().map(|it| &it.text).collect::<Vec<_>>()
        );
        office.house.settled().await;
        if told(office, jid).len() > nth {
            assert!(!open(office, jid), "{:?}", told(office, jid).last().map(|it| &it.text));
            nth = told(office, jid).len();
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(!open(office, jid), "nobody is asked");
}

fn told(office: &Office, jid: &str) -> Vec<runtime::MessageRow> {
    office.house.messages("wheel", jid).into_iter().filter(|it| it.role == "assistant").collect()
}

/// Waits until the release in use has so many lessons.
async fn in_use(office: &Office, count: usize) {
    until("lessons are in use", || {
        (office.house.site.state.approved("wheel").unwrap().len() == count).then_some(())
    })
    .await;
    office.house.responder.reload().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_manager_answers_is_told_to_the_next_when_the_owner_agrees() {
    let office = Office::open().await;
    let card = taught(&office).await;
    assert!(card.text.contains(QUESTION) && card.text.contains(ANSWER), "{}", card.text);
    assert!(card.text.contains("Автор ответа: Ия") && card.text.contains("@boss"), "{}", card.text);
    assert_eq!(buttons(&card), [vec!["В базу", "Отклонить"], vec!["Изменить"]]);
    assert!(office.house.site.state.approved("wheel").unwrap().is_empty());

    assert!(office.press(&card, MANAGER, "В базу").await.starts_with("Решает владелец"));
    assert!(office.press(&card, STRANGER, "Отклонить").await.starts_with("Решает владелец"));
    assert_eq!(lessons(&office)[0].status, "pending");
    assert_eq!(office.press(&card, OWNER, "В базу").await, "Ответ добавлен в базу");
    let shown = decided(&office, &card).await;
    assert!(shown.starts_with("✅ Ответ в базе") && shown.ends_with("Решение: Мира"), "{shown}");

    in_use(&office, 1).await;
    knows(&office, SECOND, "B-1", ANSWER).await;
    let trace = told(&office, SECOND).into_iter().find(|it| it.text.contains(ANSWER)).unwrap().trace.unwrap();
    assert!(trace.contains(r#""doc":"learned""#), "{trace}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_owner_answers_is_known_at_once() {
    let office = Office::open().await;
    let card = asked(&office, JID, "A").await;
    answered(&office, &card, OWNER, ANSWER).await;
    in_use(&office, 1).await;
    knows(&office, SECOND, "B-1", ANSWER).await;
    let row = &lessons(&office)[0];
    assert_eq!((row.status.as_str(), row.decided_by.as_deref()), ("approved", Some("Мира")));
    assert!(
        office.telegram.messages(GROUP).iter().all(|it| !it.text.contains("Запомнить")),
        "nobody is asked"
    );
}

/// What is told of a lesson that nobody was asked about.
async fn announced(office: &Office) -> Message {
    let is_told = |it: &Message| it.from == BOT && it.text.starts_with("✅ Бот запомнил этот ответ");
    office.sees("a lesson is told of", |it| it.messages(GROUP).into_iter().find(is_told)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_learned_unasked_is_told_and_can_be_taken_back() {
    let office =
        Office::of(|it| it.owner_telegram_id = vec!["@boss".to_owned(), "@who".to_owned()], |_| {}).await;
    let card = asked(&office, JID, "A").await;
    answered(&office, &card, OWNER, ANSWER).await;
    let told = announced(&office).await;
    assert_eq!((told.thread_id, buttons(&told)), (card.thread_id, vec![vec!["Отозвать".to_owned()]]));
    assert!(told.text.contains(QUESTION) && told.text.contains(ANSWER), "{}", told.text);
    assert!(!told.text.contains("@boss"), "nobody is called: {}", told.text);
    in_use(&office, 1).await;

    assert!(office.press(&told, MANAGER, "Отозвать").await.starts_with("Решает владелец"));
    let data = told.buttons[0][0].data.clone();
    let elsewhere = office.telegram.forge(BOT, Where::Group(GROUP - 1), 1, OWNER, &data);
    assert!(elsewhere.is_err());
    office.telegram.double_updates(10);
    let (one, other) =
        tokio::join!(office.press(&told, OWNER, "Отозвать"), office.press(&told, STRANGER, "Отозвать"));
    let (winner, loser) =
        if one.starts_with("Ответ отозван") { ("Мира", other) } else { ("Кто-то", one) };
    assert_eq!(loser, format!("Уже отклонено: {winner}"));
    let shown = decided(&office, &told).await;
    assert!(shown.starts_with("🚫") && shown.ends_with(&format!("Решение: {winner}")), "{shown}");
    in_use(&office, 0).await;
    asked(&office, SECOND, "B").await;
    let all = office.telegram.messages(GROUP).into_iter().filter(|it| it.text.contains(ANSWER));
    assert_eq!(all.filter(|it| it.from == BOT).count(), 1, "told once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_that_went_with_its_topic_is_asked_again() {
    let office = Office::open().await;
    let card = taught(&office).await;
    office.telegram.delete_topic(GROUP, card.thread_id.unwrap()).unwrap();
    asked(&office, JID, "B").await;
    let again = lesson_card(&office).await;
    assert_ne!(again.thread_id, card.thread_id);
    assert_eq!(office.press(&again, OWNER, "В базу").await, "Ответ добавлен в базу");
    decided(&office, &again).await;
    in_use(&office, 1).await;
    let is_card = |it: &Message| it.from == BOT && it.text.contains("Вопрос:");
    assert_eq!(office.telegram.messages(GROUP).into_iter().filter(is_card).count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_learns_of_strangers_or_of_the_phone() {
    let office = Office::open().await;
    let card = asked(&office, JID, "A").await;
    answered(&office, &card, STRANGER, ANSWER).await;
    let dropped = r#"tenantry_lessons_total{tenant="wheel",outcome="dropped"}"#;
    let deadline = Instant::now() + Duration::from_secs(10);
    while office.house.metric(dropped).await < 1.0 {
        assert!(Instant::now() < deadline, "the request is considered");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(lessons(&office).is_empty());
    assert!(office.house.site.state.unconsidered("", 10).unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_against_a_price_is_never_known_at_once() {
    let office = Office::open().await;
    let card = asked(&office, JID, "A").await;
    answered(&office, &card, OWNER, "Да, чиним. Правка колеса стоит 9000 тенге.").await;
    let card = lesson_card(&office).await;
    assert!(card.text.contains("Расходится") && card.text.contains("Правка колеса: 4000"), "{}", card.text);
    assert!(office.house.site.state.approved("wheel").unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn other_words_come_as_a_reply_and_go_to_nobody() {
    let office = Office::open().await;
    let card = taught(&office).await;
    let topic = card.thread_id;
    assert!(office.press(&card, OWNER, "Изменить").await.contains("ответом"));
    // The same customer has another request, so that words in the topic would reach him.
    let sent = office.house.sent().len();
    office.writes(JID, "C-0", crate::desk::office::UNKNOWN).await;
    office.house.settled().await;
    until("people are asked again", || open(&office, JID).then_some(())).await;
    let reply = |from, text: &str| {
        let (text, reply_to) = (text.to_owned(), Some(card.message_id));
        office.telegram.post(Post {
            chat_id: GROUP,
            thread_id: topic,
            from,
            text,
            reply_to,
            ..Post::default()
        })
    };
    let word = async |said: i32| {
        let found = |it: &Telegram| {
            it.messages(GROUP).into_iter().find(|it| it.reply_to == Some(said) && it.from == BOT)
        };
        office.sees("a word about it", found).await.text
    };
    assert!(word(reply(MANAGER, "Нет, не чиним").unwrap()).await.starts_with("Решает владелец"));
    assert!(word(reply(OWNER, "А кто это писал?").unwrap()).await.starts_with("Это похоже на вопрос"));
    assert!(word(reply(OWNER, "+7 701 555 44 33").unwrap()).await.contains("ничего не остаётся"));
    let new = "Чиним, но только до 25 кг. Мой номер +7 701 555 44 33";
    assert_eq!(word(reply(OWNER, new).unwrap()).await, "Ответ добавлен в базу");
    assert_eq!(word(reply(OWNER, "Ещё иначе").unwrap()).await, "Уже в базе: Мира");
    let row = &lessons(&office)[0];
    assert!(
        row.answer.starts_with("Чиним, но только до 25 кг") && !row.answer.contains("701"),
        "{}",
        row.answer
    );
    assert!(decided(&office, &card).await.contains("только до 25 кг"));
    in_use(&office, 1).await;
    knows(&office, SECOND, "B-1", "только до 25 кг").await;
    let words: Vec<String> = office.house.sent().split_off(sent);
    assert!(words.iter().all(|it| !it.contains("иначе") && !it.contains("701") && *it != "Нет, не чиним"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_rejected_is_not_told() {
    let office = Office::open().await;
    let card = taught(&office).await;
    assert_eq!(office.press(&card, OWNER, "Отклонить").await, "Ответ не будет использован");
    let shown = decided(&office, &card).await;
    assert!(shown.starts_with("🚫") && shown.ends_with("Решение: Мира"), "{shown}");
    office.house.responder.reload().await.unwrap();
    asked(&office, SECOND, "B").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_owners_one_decides() {
    let office =
        Office::of(|it| it.owner_telegram_id = vec!["@boss".to_owned(), "@who".to_owned()], |_| {}).await;
    let card = taught(&office).await;
    let (one, other) =
        tokio::join!(office.press(&card, OWNER, "В базу"), office.press(&card, STRANGER, "Отклонить"));
    let row = &lessons(&office)[0];
    match row.status.as_str() {
        "approved" => {
            assert_eq!((one.as_str(), other.as_str()), ("Ответ добавлен в базу", "Уже в базе: Мира"))
        }
        _ => assert_eq!(
            (one.as_str(), other.as_str()),
            ("Уже отклонено: Кто-то", "Ответ не будет использован")
        ),
    }
    decided(&office, &card).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn updates_that_come_twice_decide_once() {
    let office = Office::open().await;
    let card = taught(&office).await;
    office.telegram.double_updates(10);
    assert_eq!(office.press(&card, OWNER, "В базу").await, "Ответ добавлен в базу");
    decided(&office, &card).await;
    in_use(&office, 1).await;
    assert_eq!(office.house.site.state.learned_revisions().unwrap()["wheel"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn forged_buttons_decide_nothing() {
    let office = Office::open().await;
    let card = taught(&office).await;
    let data = &card.buttons[0][0].data;
    office.telegram.add_forum(GROUP - 1, "Чужая");
    let rights = playground::telegram::Standing::Administrator { topics: true, pins: true };
    office.telegram.set_standing(GROUP - 1, BOT, rights, OWNER).unwrap();
    let elsewhere = office.telegram.forge(BOT, Where::Group(GROUP - 1), 1, OWNER, data).unwrap();
    assert_eq!(office.answer(&elsewhere).await, "Эта кнопка больше не действует");
    let unknown = format!("learn_yes:{}", Uuid::from_u128(7).simple());
    let unknown = office.telegram.forge(BOT, Where::Group(GROUP), card.message_id, OWNER, &unknown).unwrap();
    assert_eq!(office.answer(&unknown).await, "Эта кнопка больше не действует");
    assert_eq!(lessons(&office)[0].status, "pending");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_taken_back_is_told_no_more() {
    let office = Office::open().await;
    let card = taught(&office).await;
    office.press(&card, OWNER, "В базу").await;
    in_use(&office, 1).await;
    knows(&office, SECOND, "B-1", ANSWER).await;
    let id = lessons(&office)[0].id.clone();
    assert!(office.house.site.state.revoke_lesson(&id, "Мира", 1).unwrap());
    in_use(&office, 0).await;
    asked(&office, THIRD, "C").await;
    let shown = |it: &Telegram| it.message(GROUP, card.message_id).filter(|it| it.text.starts_with("🚫"));
    office.sees("the card shows it", shown).await;
}

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

pub(crate) fn branch(slug: &str) -> Branch {
    Branch {
        slug: slug.to_owned(),
        id: Uuid::new_v5(&Uuid::NAMESPACE_OID, slug.as_bytes()),
        name: Text::plain(slug),
        aliases: Vec::new(),
        instance_id: Some(Reference::Env(format!("NUMBER_{slug}"))),
        phone: None,
        telegram_chat_id: None,
        knowledge_tag: slug.to_owned(),
        is_active: true,
        auto_approve_roles: (slug == "north").then(|| vec!["manager".to_owned()]),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_branchs_lesson_is_told_there_only() {
    let mut shop = release(|_| {});
    shop.branches = vec![branch("north"), branch("south")];
    let office = Office::serving(&shop, |site| {
        site.env.set("NUMBER_north", "number-north");
        site.env.set("NUMBER_south", "number-south");
    })
    .await;
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
    let before = office.house.site.releases.live().unwrap()["wheel"].release_id.clone();
    office.house.site.publish(&merged(|_| {}));
    office.house.responder.reload().await.unwrap();
    in_use(&office, 0).await;
    assert!(lessons(&office)[0].retired_at_ms.is_some());
    knows(&office, SECOND, "B-1", "чиним, приносите вместе с зарядкой").await;
    let trace = told(&office, SECOND).pop().unwrap().trace.unwrap();
    assert!(!trace.contains(r#""doc":"learned""#), "{trace}");

    let back = office.house.site.releases.rollback("wheel", Some(&before), None, "2026-01-15T13:00:00Z");
    back.unwrap();
    office.house.responder.reload().await.unwrap();
    in_use(&office, 1).await;
    knows(&office, THIRD, "C-1", ANSWER).await;
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
