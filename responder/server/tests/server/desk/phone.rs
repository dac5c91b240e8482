//! Somebody writes to a customer from the business's own phone.

use playground::telegram::{Message, Telegram};
use runtime::DeskStore as _;

use crate::desk::office::{GROUP, MANAGER, OWNER, Office, buttons};
use crate::house::{JID, message, until};

const MINUTE: i64 = 60_000;
const PRICE: &str = "сколько стоит правка колеса?";

/// A person writes to the customer on the phone.
async fn phones(office: &Office, id: &str, text: &str) {
    let mut echo = message(id, text);
    echo["fromMe"] = true.into();
    assert_eq!(office.house.deliver("wheel", &echo).await.1["message"], "Ignored");
}

/// The card in the group.
async fn card(office: &Office) -> Message {
    let card = |it: &Telegram| it.messages(GROUP).into_iter().find(|it| !it.buttons.is_empty());
    office.sees("a card", card).await
}

async fn shows(office: &Office, text: &str) {
    office.sees(text, |_| office.told().iter().any(|it| it.contains(text)).then_some(())).await;
}

async fn bot_answers(office: &Office, id: &str) {
    until("the bot has it again", || (office.state() == "bot_active").then_some(())).await;
    let before = office.house.sent().len();
    office.writes(JID, id, PRICE).await;
    until("the bot answers", || (office.house.sent().len() > before).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_talk_that_begins_on_the_phone_is_shown_until_it_is_given_back() {
    let office = Office::open().await;
    office.writes(JID, "M-1", PRICE).await;
    office.house.settled().await;
    let before = office.house.sent().len();
    phones(&office, "P-1", "Для вас дешевле").await;
    let card = card(&office).await;
    assert!(card.text.contains("Клиенту написали с телефона"), "{}", card.text);
    assert_eq!(buttons(&card), [["Решено", "Вернуть боту"]]);
    shows(&office, "Для вас дешевле").await;
    office.writes(JID, "M-2", "Уже еду").await;
    shows(&office, "Уже еду").await;

    // Nobody is reminded of what a person began, and nobody takes it from him.
    office.house.site.clock.move_on(500 * MINUTE);
    office.house.timed().await;
    assert_eq!(office.house.column("SELECT count(*) FROM posts WHERE kind = 'remind'"), [0]);
    assert!(office.house.site.state.alarms(0).unwrap().is_empty());
    assert_eq!((office.state().as_str(), office.house.sent().len()), ("manager_active", before));
    office.press(&card, MANAGER, "Решено").await;
    bot_answers(&office, "M-3").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_talk_that_begins_on_the_phone_is_given_back_by_a_command() {
    let office = Office::open().await;
    // To somebody who has never written.
    phones(&office, "P-1", "Ваш велосипед готов").await;
    card(&office).await;
    office.writes(JID, "M-1", "Еду").await;
    shows(&office, "Еду").await;
    assert!(office.house.sent().is_empty(), "the bot keeps silent");
    office.says(OWNER, "/return");
    bot_answers(&office, "M-2").await;
}
