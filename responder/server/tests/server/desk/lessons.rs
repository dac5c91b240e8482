//! What people answered is put before those who decide, or learned at once.

use std::time::{Duration, Instant};

use playground::telegram::{Message, Post, Telegram, Where};
use runtime::{Decided, Decision, DeskStore};
use uuid::Uuid;

use crate::desk::office::{BOT, GROUP, MANAGER, OWNER, Office, STRANGER, buttons};
use crate::desk::school::{
    ANSWER, QUESTION, SECOND, THIRD, announced, answered, asked, decided, in_use, knows, lesson_card,
    lessons, open, taught, told,
};
use crate::house::{JID, until};

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
    let rights = playground::telegram::Standing::Administrator { topics: true, pins: true, deletes: true };
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
    let revoked = office.house.site.state.decide_lesson(&id, &Decision::Revoke, "Мира", None, 1);
    assert_eq!(revoked.unwrap(), Decided::Done);
    in_use(&office, 0).await;
    asked(&office, THIRD, "C").await;
    let shown = |it: &Telegram| it.message(GROUP, card.message_id).filter(|it| it.text.starts_with("🚫"));
    office.sees("the card shows it", shown).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_that_wait_with_the_same_question_the_last_agreed_is_used() {
    const BETTER: &str = "Да, чиним, ремонт занимает два дня.";
    let office = Office::open().await;
    let mut cards = Vec::new();
    for (jid, id, answer) in [(JID, "A", ANSWER), (SECOND, "B", BETTER)] {
        let card = asked(&office, jid, id).await;
        answered(&office, &card, MANAGER, answer).await;
        let is_card = |it: &Message| it.text.starts_with("💡 Запомнить") && it.text.contains(answer);
        let card = office.sees("a card", |it| it.messages(GROUP).into_iter().find(is_card)).await;
        cards.push(card);
    }
    for card in &cards {
        assert_eq!(office.press(card, OWNER, "В базу").await, "Ответ добавлен в базу");
    }
    in_use(&office, 1).await;
    assert_eq!(office.house.site.state.approved("wheel").unwrap()[0].answer, BETTER);
    knows(&office, THIRD, "C", BETTER).await;
}
