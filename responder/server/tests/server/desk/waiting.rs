//! Reminders to people.

use crate::desk::office::{BOT, MANAGER, OWNER, Office, STRANGER};

const MINUTE: i64 = 60_000;

fn reminders(office: &Office) -> Vec<String> {
    office.told().into_iter().filter(|it| it.contains("Клиент ждёт ответа")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn people_are_reminded_and_then_the_owner() {
    let office = Office::open().await;
    let card = office.asked().await;
    office.house.site.clock.move_on(31 * MINUTE);
    office.sees("the first", |_| (reminders(&office).len() == 1).then_some(())).await;
    assert!(!reminders(&office)[0].contains("@boss"));
    office.house.site.clock.move_on(30 * MINUTE);
    office.sees("the second", |_| (reminders(&office).len() == 2).then_some(())).await;
    assert!(reminders(&office)[1].contains("@boss"), "{:?}", reminders(&office));
    let replies = office.telegram.in_topic(crate::desk::office::GROUP, office.topic().thread_id);
    assert_eq!(replies.iter().filter(|it| it.reply_to == Some(card.message_id)).count(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nobody_can_the_owner_is_called_at_once_and_once() {
    let office = Office::open().await;
    let card = office.asked().await;
    office.press(&card, STRANGER, "Не могу").await;
    office.press(&card, MANAGER, "Не могу").await;
    office.sees("the owner is called", |_| (reminders(&office).len() == 1).then_some(())).await;
    assert!(reminders(&office)[0].contains("@boss"), "{:?}", reminders(&office));
    office.press(&card, MANAGER, "Не могу").await;
    office.house.site.clock.move_on(61 * MINUTE);
    office
        .sees("the first reminder comes in its time", |_| (reminders(&office).len() == 2).then_some(()))
        .await;
    assert!(!reminders(&office)[1].contains("@boss"), "{:?}", reminders(&office));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_answers_is_not_reminded() {
    let office = Office::open().await;
    office.asked().await;
    office.says(MANAGER, "Я занимаюсь");
    office.reaches("Я занимаюсь").await;
    office.house.site.clock.move_on(61 * MINUTE);
    // The reminders are done with once their rows are gone.
    let file = office.house.site.dir.path().join(runtime::SqliteState::FILE);
    let file = rusqlite::Connection::open(file).unwrap();
    let left = "SELECT count(*) FROM timers WHERE kind LIKE 'remind_people_%'";
    crate::house::until("the timers are done", || {
        (file.query_row(left, [], |row| row.get::<_, i64>(0)).unwrap() == 0).then_some(())
    })
    .await;
    assert_eq!(reminders(&office), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_passed_to_another_account_teaches_nobody_and_is_told() {
    let office = Office::open().await;
    let card = office.asked().await;
    // The owner is seen, and starts the bot.
    office.says(OWNER, "Я тут");
    office.reaches("Я тут").await;
    office.telegram.write_private(BOT, OWNER, "/start", None).unwrap();
    office.sees("a greeting", |it| (!it.private(BOT, OWNER).is_empty()).then_some(())).await;
    office.telegram.add_person(OWNER, "Мира", None);
    office.telegram.add_person(STRANGER, "Кто-то", Some("boss"));
    office.press(&card, STRANGER, "Вернуть боту").await;
    let told = |it: &playground::telegram::Telegram| {
        it.private(BOT, OWNER).into_iter().find(|it| it.text.contains("другой аккаунт"))
    };
    assert!(office.sees("the owner is told", told).await.text.contains("boss"));
}
