//! From the customer's question through people to the bot again.

use std::num::NonZeroU32;

use playground::telegram::{Fault, Post, Rule};
use runtime::{Pace, StateStore as _};
use server::Clock as _;

use crate::desk::office::{BOT, GROUP, MANAGER, OWNER, Office, STRANGER, UNKNOWN, buttons};
use crate::house::{JID, until};

#[tokio::test(flavor = "multi_thread")]
async fn ask_card_take_answer_resolve() {
    let office = Office::open().await;
    let card = office.asked().await;
    assert!(card.text.contains(UNKNOWN), "{}", card.text);
    assert!(card.text.contains("+77000000001"), "{}", card.text);
    assert!(!card.text.contains("sender"), "{}", card.text);
    assert_eq!(buttons(&card), [vec!["Беру", "Вернуть боту"], vec!["Не могу"]]);
    office.sees("the card is pinned", |it| it.message(GROUP, card.message_id)?.pinned.then_some(())).await;
    assert!(office.topic().name.starts_with("🔔 +77000000001"), "{}", office.topic().name);

    assert!(office.press(&card, MANAGER, "Беру").await.starts_with("Запрос ваш"));
    let rows = |it: &playground::telegram::Telegram| {
        let rows = buttons(&it.message(GROUP, card.message_id)?);
        (rows == [vec!["Решено", "Вернуть боту"]]).then_some(())
    };
    office.sees("the buttons follow", rows).await;
    office.sees("the title follows", |_| office.topic().name.starts_with("💬").then_some(())).await;
    office
        .sees("the others see who", |_| office.told().iter().any(|it| it == "✋ Отвечает Ия").then_some(()))
        .await;
    assert_eq!(office.state(), "manager_active");

    let said = office.says(MANAGER, "Да, можно: 123 <b>456</b>");
    office.reaches("Да, можно: 123 <b>456</b>").await;
    let mark = |it: &playground::telegram::Telegram| it.message(GROUP, said)?.reactions.get(&BOT).cloned();
    assert_eq!(office.sees("a mark of delivery", mark).await, "👌");

    let before = office.house.sent().len();
    office.writes(JID, "B-1", "Спасибо, а <i>завтра</i>?").await;
    office
        .sees("the customer's words follow", |_| {
            office.told().iter().any(|it| it == "Клиент: Спасибо, а <i>завтра</i>?").then_some(())
        })
        .await;
    assert_eq!(office.house.sent().len(), before, "the bot is silent while a person speaks");

    assert_eq!(office.press(&card, MANAGER, "Решено").await, "Готово, запрос закрыт");
    office.sees("the title follows", |_| office.topic().name.starts_with("✅").then_some(())).await;
    let closed = |it: &playground::telegram::Telegram| {
        let card = it.message(GROUP, card.message_id)?;
        (card.buttons.is_empty() && !card.pinned).then_some(())
    };
    office.sees("no buttons, no pin", closed).await;
    assert_eq!(office.state(), "bot_active");
    office.writes(JID, "B-2", "Сколько стоит камера?").await;
    until("the bot answers again", || (office.house.sent().len() > before).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_press_one_has_it() {
    let office = Office::open().await;
    let card = office.asked().await;
    let (one, other) = tokio::join!(office.press(&card, MANAGER, "Беру"), office.press(&card, OWNER, "Беру"));
    let yours = |it: &String| it.starts_with("Запрос ваш");
    assert_eq!([&one, &other].into_iter().filter(|it| yours(it)).count(), 1, "{one} / {other}");
    let (winner, loser) = if yours(&one) { ("Ия", other) } else { ("Мира", one) };
    assert_eq!(loser, format!("Уже отвечает {winner}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn writing_takes_the_request() {
    let office = Office::open().await;
    let card = office.asked().await;
    office.says(STRANGER, "Сейчас узнаю");
    office.reaches("Сейчас узнаю").await;
    assert_eq!(office.state(), "manager_active");
    office
        .sees("the others see who", |_| {
            office.told().iter().any(|it| it == "✋ Отвечает Кто-то").then_some(())
        })
        .await;
    assert_eq!(office.press(&card, OWNER, "Вернуть боту").await, "Разговор снова ведёт бот");
    assert_eq!(office.state(), "bot_active");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_open_request_nothing_is_sent_and_that_is_said() {
    let office = Office::open().await;
    let card = office.asked().await;
    office.press(&card, OWNER, "Вернуть боту").await;
    let before = office.house.sent().len();
    let said = office.says(MANAGER, "Ещё кое-что");
    let word = |it: &playground::telegram::Telegram| {
        it.messages(GROUP).into_iter().find(|it| it.reply_to == Some(said) && it.from == BOT)
    };
    let word = office.sees("a word about it", word).await;
    assert!(word.text.contains("Открытого запроса нет"), "{}", word.text);
    assert_eq!(office.house.sent().len(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_request_of_a_customer_stands_in_the_same_topic() {
    let office = Office::open().await;
    let card = office.asked().await;
    let topic = office.topic().thread_id;
    office.says(MANAGER, "Вот ответ");
    office.reaches("Вот ответ").await;
    office.press(&card, MANAGER, "Решено").await;
    let again = office.asked_by(JID, "C").await;
    assert_ne!(again.message_id, card.message_id);
    assert_eq!((again.thread_id, office.topic().thread_id), (Some(topic), topic));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_corrected_message_is_sent_as_a_correction() {
    let office = Office::open().await;
    office.asked().await;
    let said = office.says(MANAGER, "Завтра в 10");
    office.reaches("Завтра в 10").await;
    office.sees("it is delivered", |it| it.message(GROUP, said)?.reactions.get(&BOT).cloned()).await;
    office.telegram.edit(GROUP, said, "Завтра в 11").unwrap();
    office.reaches("✏️ Завтра в 11").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_are_answered_and_never_reach_the_customer() {
    let office = Office::open().await;
    office.asked().await;
    let before = office.house.sent().len();
    for (command, answer) in [
        ("/help", "/status"),
        ("/status", "Ждёт"),
        ("/history", UNKNOWN),
        ("/mute", "Бот молчит с этим клиентом: 30 минут"),
        ("/mute@wheel_bot 2", "Бот молчит с этим клиентом: 2 часа"),
        ("/status", "Бот молчит ещё 1 час 59 минут"),
        ("/mute завтра", "/mute 2"),
    ] {
        let said = office.says(MANAGER, command);
        let found = |it: &playground::telegram::Telegram| {
            it.messages(GROUP).into_iter().find(|it| it.reply_to == Some(said) && it.from == BOT)
        };
        let word = office.sees(command, found).await;
        assert!(word.text.contains(answer), "{command}: {}", word.text);
    }
    let others = office.says(MANAGER, "/return@other_bot");
    let card = office.cards().remove(0);
    office.press(&card, MANAGER, "Беру").await;
    office.says(MANAGER, "/return");
    until("the bot has it again", || (office.state() == "bot_active").then_some(())).await;
    assert_eq!(office.house.sent().len(), before);
    assert!(office.telegram.messages(GROUP).iter().all(|it| it.reply_to != Some(others)));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_status_of_a_request_that_is_over_is_told() {
    let office = Office::open().await;
    let card = office.asked().await;
    office.says(MANAGER, "Вот ответ");
    office.reaches("Вот ответ").await;
    for (button, state) in [("Решено", "Решено. Ия"), ("Вернуть боту", "Разговор ведёт бот")]
    {
        let card = if button == "Решено" { card.clone() } else { office.asked_by(JID, "S").await };
        office.press(&card, MANAGER, button).await;
        let said = office.says(MANAGER, "/status");
        let found = |it: &playground::telegram::Telegram| {
            it.messages(GROUP).into_iter().find(|it| it.reply_to == Some(said) && it.from == BOT)
        };
        let word = office.sees("a status", found).await;
        assert!(word.text.starts_with(state), "{}", word.text);
    }
}

/// Methods that were called since, in order.
fn methods(office: &Office, since: usize) -> Vec<String> {
    office.telegram.calls().into_iter().skip(since).map(|it| it.method.to_lowercase()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_pressed_is_answered_before_anything_is_shown() {
    let office = Office::open().await;
    let card = office.asked().await;
    office.sees("the card is pinned", |it| it.message(GROUP, card.message_id)?.pinned.then_some(())).await;
    for button in ["Беру", "Вернуть боту"] {
        let since = office.telegram.calls().len();
        office.press(&card, MANAGER, button).await;
        office
            .sees("the card follows", |_| {
                methods(&office, since).contains(&"editmessagetext".into()).then_some(())
            })
            .await;
        // What else is sent meanwhile may be owed to something earlier; the card's own text is not.
        let shown = ["answercallbackquery", "editmessagetext"];
        let called = methods(&office, since).into_iter().find(|it| shown.contains(&it.as_str()));
        assert_eq!(called.as_deref(), Some("answercallbackquery"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_press_is_answered_at_once_while_messages_hang() {
    let office = Office::open().await;
    let card = office.asked().await;
    office.telegram.fail(Rule { times: None, ..Rule::of("sendMessage", Fault::Hang, 1) });
    office.writes(JID, "H-1", "Вы ещё там?").await;
    for nth in 0..5 {
        office.says(MANAGER, &format!("/help@wheel_bot {nth}"));
    }
    let began = std::time::Instant::now();
    assert!(office.press(&card, MANAGER, "Беру").await.starts_with("Запрос ваш"));
    assert!(began.elapsed() < std::time::Duration::from_secs(2), "{:?}", began.elapsed());
    office.telegram.heal();
}

#[tokio::test(flavor = "multi_thread")]
async fn words_to_a_person_come_after_the_pause_that_telegram_wants() {
    let office = Office::open().await;
    let card = office.asked().await;
    office.sees("the card is pinned", |it| it.message(GROUP, card.message_id)?.pinned.then_some(())).await;
    office.house.settled().await;
    let file = office.house.site.dir.path().join(runtime::SqliteState::FILE);
    let file = rusqlite::Connection::open(file).unwrap();
    let count = |table: &str| -> i64 {
        let sql = format!("SELECT count(*) FROM {table} WHERE chat_id = {GROUP}");
        file.query_row(&sql, [], |row| row.get(0)).unwrap()
    };
    let before = count("post_calls");
    office.telegram.fail(Rule::of("sendMessage", Fault::Flood { retry_after: 1 }, 1));
    let said = office.says(MANAGER, "/help");
    let found = |it: &playground::telegram::Telegram| {
        it.messages(GROUP).into_iter().find(|it| it.reply_to == Some(said) && it.from == BOT)
    };
    assert!(office.sees("the answer", found).await.text.contains("/status"));
    assert_eq!(count("blocks"), 1, "others keep it too");
    until("it counts, twice", || (count("post_calls") > before + 1).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_that_forbids_marks_has_notes() {
    let office = Office::open().await;
    office.asked().await;
    let description = "Bad Request: REACTION_INVALID".to_owned();
    office.telegram.fail(Rule::of("setMessageReaction", Fault::Refuse { code: 400, description }, 1));
    let said = office.says(MANAGER, "Да, можно");
    let note = |it: &playground::telegram::Telegram| {
        it.messages(GROUP).into_iter().find(|it| it.reply_to == Some(said) && it.text == "👌 Доставлено")
    };
    office.sees("a note", note).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nothing_answers_stands_on_the_card() {
    let office = Office::open().await;
    let card = office.asked().await;
    let lacks = format!("Не хватает: ответа на «{UNKNOWN}»");
    assert!(card.text.contains(&lacks), "{}", card.text);
    for internal in ["sender", "files:", "service", "unknown_fact"] {
        assert!(!card.text.contains(internal), "{}", card.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn general_bots_and_strange_updates_do_nothing() {
    let office = Office::open().await;
    office.asked().await;
    let before = office.house.sent().len();
    office
        .telegram
        .post(Post {
            chat_id: GROUP, from: MANAGER, text: "В общую тему".to_owned(), ..Post::default()
        })
        .unwrap();
    let said = office.says(MANAGER, "/unknown_command");
    office.says(MANAGER, "Последнее");
    office.reaches("Последнее").await;
    assert_eq!(office.house.sent().len(), before + 1);
    assert!(office.telegram.messages(GROUP).iter().all(|it| it.reply_to != Some(said)));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_talks_with_a_customer_does_not_queue_behind_the_bot() {
    let office = Office::of(|_| {}, |it| it.sends_per_minute = NonZeroU32::new(1)).await;
    let card = office.asked().await;
    office.press(&card, MANAGER, "Беру").await;
    for words in ["Да, можно", "Сегодня до пяти"] {
        office.says(MANAGER, words);
        office.reaches(words).await;
    }
    // The bot's words and both of his have taken a place each.
    let site = &office.house.site;
    let now_ms = site.clock.now_ms();
    let pace = Pace { now_ms, gap_ms: 60_000, latest_ms: 0 };
    let next_ms = site.state.pace("wheel", "wheel-1", pace).unwrap();
    assert!((120_000..=180_000).contains(&(next_ms - now_ms)), "{}", next_ms - now_ms);
}
