//! Groups without topics: many customers share a chat, and what replies to a message about one of them
//! is for that one.

use playground::telegram::{Fault, Message, NewFile, Post, Rule, Standing, Telegram, Where};
use runtime::StateStore as _;

use crate::desk::office::{BOT, GROUP, MANAGER, OWNER, Office, UNKNOWN, buttons};
use crate::house::{JID, until};

const SECOND: &str = "77000000002@s.whatsapp.net";
const HOW: &str = "↩️ Ответьте на это сообщение, и клиент получит ваш ответ";

/// An office whose group has no topics.
async fn plain() -> Office {
    let office = Office::open().await;
    office.telegram.set_topics(GROUP, false).unwrap();
    office
}

impl Office {
    /// Somebody says this, in reply to a message or to nothing.
    fn replies(&self, who: i64, to: Option<i32>, text: &str) -> i32 {
        let (text, reply_to) = (text.to_owned(), to);
        self.telegram.post(Post { chat_id: GROUP, from: who, text, reply_to, ..Post::default() }).unwrap()
    }

    /// What the bot says in reply to a message.
    async fn replied(&self, to: i32) -> Message {
        let reply = |it: &Telegram| {
            it.messages(GROUP).into_iter().find(|it| it.reply_to == Some(to) && it.from == BOT)
        };
        self.sees("a reply", reply).await
    }

    /// The newest message of the bot with these words.
    async fn posts(&self, words: &str) -> Message {
        let post = |it: &Telegram| {
            let all = it.messages(GROUP).into_iter().rev();
            all.into_iter().find(|it| it.from == BOT && it.text.contains(words))
        };
        self.sees(words, post).await
    }

    /// Whom WhatsApp was to bring these words.
    fn reached(&self, text: &str) -> Vec<String> {
        let calls = self.house.site.gateway.calls().into_iter().filter(|it| it["msg"] == text);
        calls.map(|it| it["jid"].clone()).collect()
    }

    async fn marked(&self, message: i32) {
        let mark = |it: &Telegram| it.message(GROUP, message)?.reactions.get(&BOT).cloned();
        assert_eq!(self.sees("a mark of delivery", mark).await, "👌");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_reaches_the_customer_whose_card_it_answers() {
    let office = plain().await;
    let first = office.asked().await;
    let second = office.asked_by(SECOND, "S").await;
    for card in [&first, &second] {
        assert!(card.text.contains(HOW) && card.text.contains(UNKNOWN), "{}", card.text);
        assert_eq!((card.thread_id, card.reply_to), (None, None));
        assert_eq!(buttons(card), [vec!["Беру", "Вернуть боту"], vec!["Не могу"]]);
    }
    let chatter = office.replies(MANAGER, None, "Кто сегодня до вечера?");
    let among = office.replies(OWNER, Some(chatter), "Я");
    let said = office.replies(MANAGER, Some(second.message_id), "Да, можно");
    office.marked(said).await;
    assert_eq!(office.reached("Да, можно"), [SECOND]);
    let taken = office.posts("✋ Отвечает Ия").await;
    assert_eq!(taken.reply_to, Some(second.message_id), "whose request it is can be seen");
    let open = office.house.site.state.handovers(Some("wheel")).unwrap();
    let state = |jid: &str| open.iter().find(|it| it.jid == jid).unwrap().status.clone();
    assert_eq!((state(JID), state(SECOND)), ("pending".to_owned(), "active".to_owned()));

    // Any post about a customer will do: his words, a note, the bot's answer to a command.
    office.writes(SECOND, "S-9", "А завтра?").await;
    let words = office.posts("Клиент (А., +77000000002): А завтра?").await;
    assert_eq!(words.reply_to, Some(second.message_id));
    office.replies(MANAGER, Some(words.message_id), "И завтра");
    office.reaches("И завтра").await;
    office.replies(MANAGER, Some(taken.message_id), "Ждём вас");
    office.reaches("Ждём вас").await;
    assert_eq!([office.reached("И завтра"), office.reached("Ждём вас")], [[SECOND], [SECOND]]);

    assert!(office.press(&first, OWNER, "Беру").await.starts_with("Запрос ваш. Отвечайте на сообщения"));
    office.replies(OWNER, Some(first.message_id), "А вам нет");
    office.reaches("А вам нет").await;
    assert_eq!(office.reached("А вам нет"), [JID]);
    // People talk in their group, and nobody hears of it.
    let all = office.telegram.messages(GROUP);
    assert!(all.iter().all(|it| it.from != BOT || ![Some(chatter), Some(among)].contains(&it.reply_to)));
    for text in ["Кто сегодня до вечера?", "Я"] {
        assert!(office.reached(text).is_empty(), "{text}");
    }
    assert!(office.telegram.topics(GROUP).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn corrections_files_and_stickers_go_by_replies_too() {
    let office = plain().await;
    let card = office.asked().await;
    let said = office.replies(MANAGER, Some(card.message_id), "Завтра в 10");
    office.marked(said).await;
    office.telegram.edit(GROUP, said, "Завтра в 11").unwrap();
    office.reaches("✏️ Завтра в 11").await;
    assert!(office.replied(said).await.text.contains("Исправленный текст отправлен"));

    // Without an address that the gateway reaches, the words go out and the file is told of.
    let photo = NewFile {
        kind: "photo".to_owned(),
        name: "p.jpg".to_owned(),
        mime: "image/jpeg".to_owned(),
        bytes: vec![1; 100].into(),
    };
    let post = |reply_to, file, other| Post {
        chat_id: GROUP,
        from: MANAGER,
        reply_to,
        text: if file { "Вот так".to_owned() } else { String::new() },
        file: file.then(|| photo.clone()),
        other,
        ..Post::default()
    };
    let sent = office.telegram.post(post(Some(card.message_id), true, serde_json::Value::Null)).unwrap();
    office.reaches("Вот так").await;
    assert!(office.replied(sent).await.text.contains("Файл не отправлен клиенту"));

    let dice = serde_json::json!({"dice": {"emoji": "🎲", "value": 3}});
    let odd = office.telegram.post(post(Some(card.message_id), false, dice.clone())).unwrap();
    assert!(office.replied(odd).await.text.contains("Так отправить нельзя"));
    let game = office.telegram.post(post(None, false, dice)).unwrap();
    let last = office.replies(MANAGER, Some(card.message_id), "Последнее");
    office.marked(last).await;
    assert!(office.telegram.messages(GROUP).iter().all(|it| it.reply_to != Some(game)));
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_are_replies_and_their_answers_can_be_replied_to() {
    let office = plain().await;
    let card = office.asked().await;
    let alone = office.replies(MANAGER, None, "/status");
    let before = office.house.sent().len();
    for (command, answer) in [("/help", "тоже ответом"), ("/status", "Ждёт"), ("/history", UNKNOWN)]
    {
        let said = office.replies(MANAGER, Some(card.message_id), command);
        let word = office.replied(said).await;
        assert!(word.text.contains(answer), "{command}: {}", word.text);
    }
    assert_eq!(office.house.sent().len(), before);
    let history = office.posts("Клиент: ").await;
    office.replies(MANAGER, Some(history.message_id), "Вижу, можно");
    office.reaches("Вижу, можно").await;
    office.replies(MANAGER, Some(card.message_id), "/return");
    until("the bot has it again", || (office.state() == "bot_active").then_some(())).await;
    assert!(office.telegram.messages(GROUP).iter().all(|it| it.reply_to != Some(alone)));
    office
        .sees("the card has no hint", |it| {
            (!it.message(GROUP, card.message_id)?.text.contains(HOW)).then_some(())
        })
        .await;

    let sent = office.house.sent().len();
    let late = office.replies(MANAGER, Some(card.message_id), "Ещё кое-что");
    assert!(office.replied(late).await.text.contains("Открытого запроса нет"));
    assert_eq!(office.house.sent().len(), sent);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_group_answers_nobody() {
    let office = plain().await;
    let card = office.asked().await;
    let other = GROUP - 1;
    office.telegram.add_group(other, "Чужая");
    let rights = Standing::Administrator { topics: true, pins: true, deletes: true };
    office.telegram.set_standing(other, BOT, rights, OWNER).unwrap();
    let post = |text: &str, reply_to| {
        let text = text.to_owned();
        office.telegram.post(Post { chat_id: other, from: MANAGER, text, reply_to, ..Post::default() })
    };
    // Its messages have the same numbers.
    let mut last = post("раз", None).unwrap();
    while last < card.message_id {
        last = post("два", None).unwrap();
    }
    let forged = post("Из чужой группы", Some(card.message_id)).unwrap();
    let take = card.buttons[0][0].data.clone();
    let query = office.telegram.forge(BOT, Where::Group(other), card.message_id, MANAGER, &take).unwrap();
    assert_eq!(office.answer(&query).await, "Эта кнопка больше не действует");
    office.replies(MANAGER, Some(card.message_id), "Из своей");
    office.reaches("Из своей").await;
    assert!(office.reached("Из чужой группы").is_empty());
    assert!(office.telegram.messages(other).iter().all(|it| it.reply_to != Some(forged) || it.from != BOT));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_may_lose_its_topics_and_get_them_again() {
    let office = Office::open().await;
    let card = office.asked().await;
    let topic = office.topic().thread_id;
    office.telegram.set_topics(GROUP, false).unwrap();
    office.writes(JID, "L-1", "Вы ещё там?").await;
    let words = office.posts("Клиент (А., +77000000001): Вы ещё там?").await;
    assert_eq!(words.thread_id, None);
    let again = office.cards().pop().unwrap();
    assert!(again.message_id != card.message_id && again.text.contains(HOW), "{}", again.text);
    assert_eq!(words.reply_to, Some(again.message_id));
    // What stood in the topic is a part of the chat now.
    office.replies(MANAGER, Some(card.message_id), "Здесь");
    office.reaches("Здесь").await;
    assert_eq!(office.press(&again, MANAGER, "Решено").await, "Готово, запрос закрыт");

    office.telegram.set_topics(GROUP, true).unwrap();
    let third = office.asked_by(JID, "T").await;
    assert!(third.thread_id.is_some_and(|it| it != topic) && !third.text.contains(HOW), "{}", third.text);
    office.telegram.write(GROUP, third.thread_id.unwrap(), MANAGER, "В теме").unwrap();
    office.reaches("В теме").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_alone_answers_by_replying_to_the_bot() {
    let office = Office::of(|it| it.telegram_chat_id = Some(OWNER.to_string()), |_| {}).await;
    office.telegram.write_private(BOT, OWNER, "/start", None).unwrap();
    for nth in 1..=3 {
        office.writes(JID, &format!("P-{nth}"), UNKNOWN).await;
        office.house.settled().await;
        if !office.house.requests().is_empty() {
            break;
        }
    }
    let card = |it: &Telegram| it.private(BOT, OWNER).into_iter().find(|it| it.text.contains(HOW));
    let card = office.sees("a card", card).await;
    office.telegram.write_private(BOT, OWNER, "Сама себе", None).unwrap();
    office.telegram.write_private(BOT, OWNER, "Да, можно", Some(card.message_id)).unwrap();
    office.reaches("Да, можно").await;
    assert!(office.reached("Сама себе").is_empty());
    assert_eq!(office.state(), "manager_active");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_that_stands_twice_is_replied_to_in_both_places() {
    let office = plain().await;
    office.telegram.fail(Rule::of("sendMessage", Fault::LoseAnswer, 1));
    office.asked().await;
    let cards = office.sees("the second card", |_| Some(office.cards()).filter(|it| it.len() == 2)).await;
    for (text, card) in ["Первой", "Второй"].into_iter().zip(&cards) {
        office.replies(MANAGER, Some(card.message_id), text);
        office.reaches(text).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_to_a_word_of_the_bots_about_nobody_is_not_lost_in_silence() {
    let office = plain().await;
    office.telegram.add_group(GROUP - 1, "Чужая");
    let rights = Standing::Administrator { topics: true, pins: true, deletes: true };
    office.telegram.set_standing(GROUP - 1, BOT, rights, OWNER).unwrap();
    let card = office.asked().await;
    let said = office.replies(MANAGER, Some(card.message_id), "/status");
    let status = office.replied(said).await;
    let known = office.replies(MANAGER, Some(status.message_id), "Понятно кому");
    office.marked(known).await;
    office.house.site.state.forget("wheel", JID, "").unwrap();
    let late = office.replies(MANAGER, Some(card.message_id), "Кому это?");
    assert!(office.replied(late).await.text.contains("непонятно, какому"));
    assert!(office.reached("Кому это?").is_empty());
}
