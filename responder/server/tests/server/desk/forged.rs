//! Updates that somebody made up and posted to the webhook itself.

use format::Reference;
use playground::telegram::{Message, Standing, Telegram};
use runtime::SqliteState;
use rusqlite::types::Value as Cell;
use serde_json::{Value, json};

use crate::desk::office::{BOT, GROUP, MANAGER, OWNER, Office, UNKNOWN};
use crate::desk::wire::Wire;
use crate::house::{answer, message, until};
use crate::shop::shop;

/// Another tenant's bot, and its group.
const OTHER_BOT: i64 = 4343;
const OTHER_TOKEN: &str = "4343:BBlathe";
const OTHERS: i64 = GROUP - 7;

/// Everything that a forged update could change.
const TABLES: [&str; 10] = [
    "handovers",
    "conversations",
    "messages",
    "outbox",
    "timers",
    "desk_events",
    "learned_responses",
    "topics",
    "posts",
    "bindings",
];

/// Two tenants with a bot each, both asked for people.
struct Two {
    office: Office,
    wire: Wire,
    card: Message,
    other: Message,
}

impl Two {
    async fn open() -> Self {
        let (office, wire) = Office::on_a_wire().await;
        office.telegram.add_bot(OTHER_TOKEN, "lathe_bot");
        office.telegram.add_forum(OTHERS, "Токарня");
        let rights = Standing::Administrator { topics: true, pins: true, deletes: true };
        office.telegram.set_standing(OTHERS, OTHER_BOT, rights, OWNER).unwrap();
        office.house.site.env.set("LATHE_TELEGRAM_TOKEN", OTHER_TOKEN);
        let mut lathe = shop("lathe");
        let token = Reference::Env("LATHE_TELEGRAM_TOKEN".to_owned());
        lathe.client.secrets.insert("telegram_bot_token".to_owned(), token);
        lathe.client.settings.telegram_chat_id = Some(OTHERS.to_string());
        lathe.client.settings.quiet_hours = None;
        office.house.site.publish(&lathe);
        office.house.responder.reload().await.unwrap();
        let card = office.asked().await;
        for nth in 1..=3 {
            let payload = message(&format!("L-{nth}"), UNKNOWN);
            assert_eq!(office.house.deliver("lathe", &payload).await.0, 200);
            office.house.settled().await;
        }
        let other = |it: &Telegram| it.messages(OTHERS).into_iter().find(|it| !it.buttons.is_empty());
        let other = office.sees("a card of the other tenant", other).await;
        Self { office, wire, card, other }
    }

    /// What Telegram shows with the updates of a bot.
    async fn secret(&self, bot: i64) -> String {
        let path = format!("/telegram/{bot}");
        let shown = || self.wire.seen().into_iter().find(|it| it.path == path).map(|it| it.secret);
        until("an update of the bot was delivered", shown).await
    }

    /// The status that a body is answered with.
    async fn posts(&self, bot: i64, secret: Option<&str>, body: Vec<u8>) -> u16 {
        let call = self.office.house.http.post(format!("{}/telegram/{bot}", self.office.house.url));
        let call = match secret {
            Some(secret) => call.header("X-Telegram-Bot-Api-Secret-Token", secret),
            None => call,
        };
        answer(call.header("content-type", "application/json").body(body)).await.0
    }

    /// Every row there is, and what Telegram and the gateway were told; once nothing is on its way.
    async fn everything(&self) -> Vec<String> {
        self.office.house.settled().await;
        let on_its_way = "SELECT count(*) FROM posts WHERE status NOT IN ('sent', 'dead', 'cancelled')";
        until("all is shown", || (self.office.house.column(on_its_way) == [0]).then_some(())).await;
        let file = self.office.house.site.dir.path().join(SqliteState::FILE);
        let file = rusqlite::Connection::open(file).unwrap();
        let mut all = Vec::new();
        for table in TABLES {
            let mut rows = file.prepare(&format!("SELECT * FROM {table}")).unwrap();
            let width = rows.column_count();
            let cells = |row: &rusqlite::Row<'_>| (0..width).map(|at| row.get::<_, Cell>(at)).collect();
            let rows: Vec<Vec<Cell>> = rows.query_map([], cells).unwrap().map(Result::unwrap).collect();
            all.extend(rows.iter().map(|it| format!("{table}: {it:?}")));
        }
        let said = [GROUP, OTHERS].map(|it| self.office.telegram.messages(it));
        all.extend(said.into_iter().flatten().map(|it| format!("{it:?}")));
        all.extend(self.office.house.sent());
        all
    }
}

fn chat(id: i64) -> Value {
    json!({"id": id, "type": "supergroup", "title": "Группа", "is_forum": true})
}

fn person(id: i64) -> Value {
    json!({"id": id, "is_bot": false, "first_name": "Ия"})
}

/// A pressed button under a message of a bot's.
fn press(id: u32, (bot, chat_id, message_id): (i64, i64, i32), who: i64, data: &str) -> Value {
    json!({"update_id": id, "callback_query": {
        "id": format!("77{id}"), "from": person(who), "chat_instance": "1", "data": data,
        "message": {"message_id": message_id, "date": 1_767_000_000, "chat": chat(chat_id), "text": "Карточка",
            "from": {"id": bot, "is_bot": true, "first_name": "wheel_bot"}},
    }})
}

/// Words in a topic.
fn words(id: u32, chat_id: i64, thread_id: i32, text: &str) -> Value {
    json!({"update_id": id, "message": {
        "message_id": 9_000 + id, "date": 1_767_000_000, "chat": chat(chat_id), "from": person(MANAGER),
        "message_thread_id": thread_id, "is_topic_message": true, "text": text,
    }})
}

/// Words in the group itself, in reply to a message of a bot's that has a button.
fn reply(id: u32, (bot, chat_id, message_id): (i64, i64, i32), data: &str) -> Value {
    json!({"update_id": id, "message": {
        "message_id": 9_000 + id, "date": 1_767_000_000, "chat": chat(chat_id), "from": person(MANAGER),
        "text": "Подделка", "reply_to_message": {
            "message_id": message_id, "date": 1_767_000_000, "chat": chat(chat_id), "text": "Карточка",
            "from": {"id": bot, "is_bot": true, "first_name": "wheel_bot"},
            "reply_markup": {"inline_keyboard": [[{"text": "Беру", "callback_data": data}]]}},
    }})
}

/// What a person writes to the bot itself.
fn private(id: u32, chat_id: i64, text: &str) -> Value {
    json!({"update_id": id, "message": {
        "message_id": 9_000 + id, "date": 1_767_000_000, "from": person(MANAGER), "text": text,
        "chat": {"id": chat_id, "type": "private", "first_name": "Ия"},
    }})
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_lacks_the_bots_own_secret_is_refused_whatever_he_says() {
    let two = Two::open().await;
    let (own, others) = (two.secret(BOT).await, two.secret(OTHER_BOT).await);
    let take = two.card.buttons[0][0].data.clone();
    let update = press(5_000_001, (BOT, GROUP, two.card.message_id), MANAGER, &take);
    let before = two.everything().await;
    let cut = &own[..own.len() - 1];
    let (longer, upper) = (format!("{own}0"), own.to_uppercase());
    for (bot, secret) in [
        (BOT, None),
        (BOT, Some("")),
        (BOT, Some("wrong")),
        (BOT, Some(cut)),
        (BOT, Some(&longer)),
        (BOT, Some(&upper)),
        (BOT, Some(&others)),
        (OTHER_BOT, Some(&own)),
        (4444, Some(&own)),
        (0, Some(&own)),
    ] {
        assert_eq!(two.posts(bot, secret, update.to_string().into_bytes()).await, 401, "{bot} {secret:?}");
    }
    assert_eq!(two.everything().await, before);
    assert_eq!(two.office.state(), "pending");
    // Nothing but the secret was wrong with it.
    assert_eq!(two.posts(BOT, Some(&own), update.to_string().into_bytes()).await, 200);
    assert_eq!(two.office.state(), "manager_active");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_update_with_the_secret_of_one_bot_touches_no_tenant() {
    let two = Two::open().await;
    let third = GROUP - 9;
    two.office.telegram.add_forum(third, "Третья");
    let secret = two.secret(BOT).await;
    let before = two.everything().await;
    let Two { card, other, .. } = &two;
    let (own, foreign) = (card.buttons[0][0].data.clone(), other.buttons[0][0].data.clone());
    let (topic, others) = (card.thread_id.unwrap(), other.thread_id.unwrap());
    let (own_at, other_at) = ((BOT, GROUP, card.message_id), (OTHER_BOT, OTHERS, other.message_id));
    let (back, skip) = (other.buttons[0][1].data.clone(), other.buttons[1][0].data.clone());
    let long = format!("{own}{}", "0".repeat(64));
    let mut no_data = press(6_000_000, own_at, MANAGER, &own);
    no_data["callback_query"].as_object_mut().unwrap().remove("data");
    let mut inline = press(6_000_001, own_at, MANAGER, &own);
    inline["callback_query"].as_object_mut().unwrap().remove("message");
    let mut robot = press(6_000_002, own_at, MANAGER, &own);
    robot["callback_query"]["from"]["is_bot"] = json!(true);
    let mut edited = words(6_000_003, OTHERS, others, "Подделка");
    let said = edited.as_object_mut().unwrap().remove("message").unwrap();
    edited["edited_message"] = said;
    let forged = [
        // The other tenant's group, by way of this bot.
        press(6_000_010, other_at, MANAGER, &foreign),
        press(6_000_011, (BOT, OTHERS, other.message_id), OWNER, &foreign),
        press(6_000_012, other_at, OWNER, &back),
        press(6_000_013, other_at, OWNER, &skip),
        words(6_000_014, OTHERS, others, "Подделка"),
        words(6_000_015, OTHERS, others, "/return"),
        words(6_000_016, OTHERS, others, "/mute 2"),
        reply(6_000_017, other_at, &foreign),
        reply(6_000_018, (BOT, OTHERS, other.message_id), &foreign),
        edited,
        // Its request, in our group.
        press(6_000_020, own_at, MANAGER, &foreign),
        press(6_000_021, own_at, OWNER, &back),
        // Ours, where its card does not stand.
        press(6_000_030, (BOT, OTHERS, card.message_id), MANAGER, &own),
        press(6_000_031, (BOT, third, card.message_id), MANAGER, &own),
        press(6_000_032, (BOT, MANAGER, card.message_id), MANAGER, &own),
        // No button of ours.
        press(6_000_040, own_at, MANAGER, ""),
        press(6_000_041, own_at, MANAGER, "take"),
        press(6_000_042, own_at, MANAGER, &long),
        press(6_000_043, own_at, MANAGER, &"я".repeat(32)),
        press(6_000_044, own_at, MANAGER, &"\u{fffd}".repeat(33)),
        press(6_000_045, own_at, MANAGER, &format!("{own}\0")),
        press(6_000_046, own_at, MANAGER, &own.replace("take:", "TAKE:")),
        press(6_000_047, own_at, MANAGER, &own.replace("take:", "learn_yes:")),
        press(6_000_048, own_at, MANAGER, "take:00000000000000000000000000000000"),
        press(6_000_049, own_at, MANAGER, "done:' OR 1=1 --"),
        no_data,
        inline,
        robot,
        // Topics that are nobody's.
        words(6_000_050, GROUP, topic + 7_777, "Подделка"),
        words(6_000_051, GROUP, others + 8_888, "/return"),
        words(6_000_052, third, topic, "Подделка"),
        words(6_000_053, GROUP, 1, "Подделка"),
        words(6_000_054, GROUP, -1, "Подделка"),
        // To the bot itself, and what looks like it.
        private(6_000_060, MANAGER, "Подделка"),
        private(6_000_061, OWNER, "Подделка"),
        private(6_000_062, GROUP, "Подделка"),
    ];
    for update in &forged {
        assert_eq!(
            two.posts(BOT, Some(&secret), update.to_string().into_bytes()).await,
            200,
            "it would come again: {update}"
        );
    }
    for body in unreadable(&press(6_000_070, own_at, MANAGER, &own).to_string()) {
        let status = two.posts(BOT, Some(&secret), body.clone()).await;
        assert_eq!(status, 200, "it would come again: {}", String::from_utf8_lossy(&body));
    }
    assert_eq!(two.everything().await, before);
    assert_eq!(two.office.state(), "pending");
    // Nothing was used up by them: the very same press counts where it belongs.
    assert_eq!(two.office.press(card, MANAGER, "Беру").await.split('.').next(), Some("Запрос ваш"));
    two.office.telegram.write(OTHERS, others, MANAGER, "Это токарня").unwrap();
    two.office.reaches("Это токарня").await;
}

/// A press that is no update any more: broken, not UTF-8, nested, of other types.
fn unreadable(update: &str) -> Vec<Vec<u8>> {
    let with = |from: &str, to: &str| {
        assert!(update.contains(from), "{update}");
        update.replacen(from, to, 1).into_bytes()
    };
    let mut bytes = with("take:", "tak\u{1}:");
    let at = bytes.iter().position(|it| *it == 1).unwrap();
    bytes[at] = 0xff;
    vec![
        Vec::new(),
        b"null".to_vec(),
        b"[]".to_vec(),
        b"{}".to_vec(),
        update.as_bytes()[..update.len() / 2].to_vec(),
        bytes,
        with("take:", r"\ud800take:"),
        with("6000070", "-1"),
        with("6000070", "6000070.5"),
        with("6000070", "99999999999999999999"),
        with("6000070", "\"6000070\""),
        with(&MANAGER.to_string(), "null"),
        "[".repeat(10_000).into_bytes(),
    ]
}
