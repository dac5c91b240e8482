//! Who may speak to the desk: secrets, forged and foreign updates, repeats.

use format::Reference;
use playground::telegram::{Post, Standing, Telegram, Where};
use runtime::DeskStore as _;
use serde_json::{Value, json};

use crate::desk::office::{BOT, GROUP, MANAGER, OWNER, Office, TOKEN};
use crate::house::{House, JID, answer, message, until};
use crate::shop::shop;

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
    let id = office.handover(JID);
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

#[tokio::test(flavor = "multi_thread")]
async fn tenants_of_one_bot_are_kept_apart() {
    const OTHERS: i64 = GROUP - 7;
    let office = Office::open().await;
    let card = office.asked().await;
    let mut lathe = shop("lathe");
    let token = Reference::Env("WHEEL_TELEGRAM_TOKEN".to_owned());
    lathe.client.secrets.insert("telegram_bot_token".to_owned(), token);
    lathe.client.settings.telegram_chat_id = Some(OTHERS.to_string());
    office.telegram.add_forum(OTHERS, "Токарня");
    let rights = Standing::Administrator { topics: true, pins: true, deletes: true };
    office.telegram.set_standing(OTHERS, BOT, rights, OWNER).unwrap();
    office.house.site.publish(&lathe);
    office.house.responder.reload().await.unwrap();
    // The same person asks there too.
    for nth in 1..=3 {
        let payload = message(&format!("L-{nth}"), crate::desk::office::UNKNOWN);
        assert_eq!(office.house.deliver("lathe", &payload).await.0, 200);
        office.house.settled().await;
    }
    let other = |it: &Telegram| it.messages(OTHERS).into_iter().find(|it| !it.buttons.is_empty());
    let other = office.sees("a card of the other tenant", other).await;
    for (chat, shown, data) in
        [(OTHERS, &other, &card.buttons[0][0].data), (GROUP, &card, &other.buttons[0][0].data)]
    {
        let query = office.telegram.forge(BOT, Where::Group(chat), shown.message_id, OWNER, data).unwrap();
        assert_eq!(office.answer(&query).await, "Эта кнопка больше не действует");
    }
    assert_eq!(office.state(), "pending");
    let before = office.house.site.gateway.calls().len();
    office.telegram.write(OTHERS, other.thread_id.unwrap(), MANAGER, "Это токарня").unwrap();
    office.reaches("Это токарня").await;
    let calls = office.house.site.gateway.calls();
    assert!(calls[before..].iter().all(|it| it["instance_id"] != "wheel-1"), "{calls:?}");
    let of = |slug: &str| office.house.messages(slug, JID).iter().any(|it| it.text == "Это токарня");
    assert!(of("lathe") && !of("wheel"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_anonymous_administrator_answers_and_teaches_nothing() {
    let office = Office::open().await;
    let card = office.asked().await;
    let thread_id = card.thread_id;
    let (text, anonymous) = ("Ответ от группы".to_owned(), true);
    let post = Post { chat_id: GROUP, thread_id, from: OWNER, text, anonymous, ..Post::default() };
    office.telegram.post(post).unwrap();
    office.reaches("Ответ от группы").await;
    assert_eq!(office.press(&card, OWNER, "Решено").await, "Готово, запрос закрыт");
    let dropped = r#"tenantry_lessons_total{tenant="wheel",outcome="dropped"}"#;
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while office.house.metric(dropped).await < 1.0 {
        assert!(std::time::Instant::now() < deadline, "an unknown person teaches nothing");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_groups_limit_is_kept() {
    const WORDS: usize = 45;
    let office = Office::open().await;
    let topic = office.asked().await.thread_id.unwrap();
    for nth in 0..WORDS {
        office.writes(JID, &format!("W-{nth}"), &format!("Слово {nth}")).await;
    }
    let said = || -> Vec<usize> {
        let said = office.telegram.in_topic(GROUP, topic).into_iter();
        // Notes of what nothing answers quote them too.
        said.filter_map(|it| it.text.strip_prefix("Клиент: Слово ")?.trim().parse().ok()).collect()
    };
    // What the bot says in between, and notes of what it cannot answer, take of the limit too.
    until("some of what the limit lets", || (said().len() >= 5).then_some(())).await;
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while said().len() < WORDS {
        assert!(std::time::Instant::now() < deadline, "{:?}", said());
        // Time passes between posts only: one that is on its way would outlast its lease.
        until("nothing is on its way", || {
            (!office.house.site.state.is_posting(BOT, GROUP).unwrap()).then_some(())
        })
        .await;
        // Both clocks, ours slower: over a window it falls behind by more than the one step that a post may
        // still meet on its way, so what is counted on it has left Telegram's for certain.
        let step = std::time::Duration::from_secs(5);
        office.telegram.advance(step);
        office.house.site.clock.move_on(4_400);
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    assert_eq!(said(), (0..WORDS).collect::<Vec<_>>(), "each once, in order");
    let refused = office.telegram.calls().into_iter().filter(|it| it.code == 429).count();
    assert_eq!(refused, 0, "Telegram never had to stop anybody");
}
