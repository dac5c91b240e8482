//! Who may speak to the desk: secrets, forged and foreign updates, repeats.

use playground::telegram::Where;
use serde_json::{Value, json};

use crate::desk::office::{BOT, GROUP, MANAGER, OWNER, Office, TOKEN};
use crate::house::{House, answer};

async fn post(house: &House, bot: &str, secret: &str, body: &Value) -> u16 {
    let call = house.http.post(format!("{}/telegram/{bot}", house.url));
    answer(call.header("X-Telegram-Bot-Api-Secret-Token", secret).json(body)).await.0
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_bots_own_secret_opens() {
    let office = Office::open().await;
    let update = json!({"update_id": 1, "message": {}});
    for (bot, secret) in
        [("4242", ""), ("4242", "wrong"), ("4242", TOKEN), ("4343", ""), ("wheel", ""), ("-1", "x")]
    {
        assert_eq!(post(&office.house, bot, secret, &update).await, 401, "{bot} {secret}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_press_of_a_foreign_or_odd_button_is_refused() {
    let office = Office::open().await;
    let card = office.asked().await;
    let other = -1_009_999_999_999;
    office.telegram.add_forum(other, "Чужая группа");
    let id = office.handover(crate::house::JID);
    let take = card.buttons[0][0].data.clone();
    for (chat, data) in [
        (other, take.as_str()),
        (GROUP, "take:00000000-0000-0000-0000-000000000000"),
        (GROUP, ""),
        (GROUP, "x"),
        (GROUP, &format!("drop_{id}")),
    ] {
        let query = office.telegram.forge(BOT, Where::Group(chat), card.message_id, MANAGER, data).unwrap();
        assert_eq!(office.answer(&query).await, "Эта кнопка больше не действует", "{chat} {data}");
    }
    assert_eq!(office.state(), "pending");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_delivered_twice_is_done_once() {
    let office = Office::open().await;
    office.asked().await;
    office.telegram.double_updates(3);
    office.says(MANAGER, "Один раз");
    office.says(OWNER, "И дальше");
    office.reaches("И дальше").await;
    assert_eq!(office.house.sent().iter().filter(|it| *it == "Один раз").count(), 1);
}
