//! How lessons come about: somebody asks what nobody knows, and people answer.

use std::time::{Duration, Instant};

use playground::telegram::{Message, Telegram};
use runtime::{DeskStore, LessonRow, StateStore};

use crate::desk::office::{BOT, GROUP, MANAGER, Office};
use crate::house::{JID, until};

pub(crate) const QUESTION: &str = "вы чините самокаты с мотором?";
pub(crate) const ANSWER: &str = "Да, чиним, приносите вместе с зарядкой.";
pub(crate) const SECOND: &str = "77000000002@s.whatsapp.net";
pub(crate) const THIRD: &str = "77000000003@s.whatsapp.net";

/// The customer asks until people are asked; the card.
pub(crate) async fn asked(office: &Office, jid: &str, id: &str) -> Message {
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

pub(crate) async fn writes(office: &Office, jid: &str, id: &str, instance: &str) {
    let mut payload = crate::house::message(id, QUESTION);
    payload["metadata"]["remoteJid"] = jid.into();
    if !instance.is_empty() {
        payload["instanceId"] = instance.into();
    }
    assert_eq!(office.house.deliver("wheel", &payload).await.0, 200);
}

pub(crate) fn open(office: &Office, jid: &str) -> bool {
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
pub(crate) async fn knows(office: &Office, jid: &str, id: &str, answer: &str) {
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

pub(crate) fn told(office: &Office, jid: &str) -> Vec<runtime::MessageRow> {
    office.house.messages("wheel", jid).into_iter().filter(|it| it.role == "assistant").collect()
}

/// Waits until the release in use has so many lessons.
pub(crate) async fn in_use(office: &Office, count: usize) {
    until("lessons are in use", || {
        (office.house.site.state.approved("wheel").unwrap().len() == count).then_some(())
    })
    .await;
    office.house.responder.reload().await.unwrap();
}

/// What is told of a lesson that nobody was asked about.
pub(crate) async fn announced(office: &Office) -> Message {
    let is_told = |it: &Message| it.from == BOT && it.text.starts_with("✅ Бот запомнил этот ответ");
    office.sees("a lesson is told of", |it| it.messages(GROUP).into_iter().find(is_told)).await
}
