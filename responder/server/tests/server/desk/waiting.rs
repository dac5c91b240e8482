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
    office.house.timed().await;
    assert_eq!(asked_to_remind(&office), 0);
}

/// Reminders that were asked for, shown or not.
fn asked_to_remind(office: &Office) -> usize {
    office.house.column("SELECT seq FROM posts WHERE kind = 'remind'").len()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_takes_a_request_and_says_nothing_is_reminded() {
    let office = Office::open().await;
    let card = office.asked().await;
    office.house.site.clock.move_on(61 * MINUTE);
    office.sees("both reminders", |_| (reminders(&office).len() == 2).then_some(())).await;
    assert!(office.press(&card, MANAGER, "Беру").await.starts_with("Запрос ваш"));
    office.house.site.clock.move_on(29 * MINUTE);
    office.house.timed().await;
    assert_eq!(asked_to_remind(&office), 2, "whoever takes it has time to answer");
    office.house.site.clock.move_on(2 * MINUTE);
    office.sees("the first once more", |_| (reminders(&office).len() == 3).then_some(())).await;
    assert!(!reminders(&office)[2].contains("@boss"));
    office.house.site.clock.move_on(30 * MINUTE);
    office.sees("the second once more", |_| (reminders(&office).len() == 4).then_some(())).await;
    assert!(reminders(&office)[3].contains("@boss"), "{:?}", reminders(&office));
    office.house.site.clock.move_on(500 * MINUTE);
    office.house.timed().await;
    assert_eq!(office.state(), "manager_active", "nobody takes a talk away from people");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_takes_a_request_and_answers_is_not_reminded() {
    let office = Office::open().await;
    let card = office.asked().await;
    office.press(&card, MANAGER, "Беру").await;
    office.says(MANAGER, "Я занимаюсь");
    office.reaches("Я занимаюсь").await;
    office.house.site.clock.move_on(500 * MINUTE);
    office.house.timed().await;
    assert_eq!(asked_to_remind(&office), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn people_are_reminded_in_the_morning_of_what_came_by_night() {
    let quiet = format::Settings::default().quiet_hours;
    let office = Office::of(|settings| settings.quiet_hours = quiet, |_| {}).await;
    let clock = &office.house.site.clock;
    clock.move_to("Asia/Almaty", "22:30");
    office.asked().await;
    clock.move_to("Asia/Almaty", "07:59");
    office.house.timed().await;
    assert_eq!(asked_to_remind(&office), 0, "not at night");
    clock.move_to("Asia/Almaty", "08:01");
    office.sees("both reminders", |_| (reminders(&office).len() == 2).then_some(())).await;
    let reminders = reminders(&office);
    assert!(!reminders[0].contains("@boss") && reminders[1].contains("@boss"), "{reminders:?}");
    let card = office.cards().remove(0);
    assert!(
        office.press(&card, MANAGER, "Беру").await.starts_with("Запрос ваш"),
        "it is open in the morning"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_wants_no_reminders_has_none() {
    let office = Office::of(|settings| settings.enable_reminders = false, |_| {}).await;
    let card = office.asked().await;
    office.house.site.clock.move_on(61 * MINUTE);
    office.house.timed().await;
    office.press(&card, MANAGER, "Беру").await;
    office.house.site.clock.move_on(61 * MINUTE);
    office.house.timed().await;
    assert_eq!(asked_to_remind(&office), 0);
    let kinds = office.house.column("SELECT count(*) FROM timers WHERE kind LIKE 'remind_people%'");
    assert_eq!(kinds, [0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_who_wants_no_calls_is_not_called() {
    let office = Office::of(|settings| settings.enable_owner_escalation = false, |_| {}).await;
    let card = office.asked().await;
    office.press(&card, STRANGER, "Не могу").await;
    office.press(&card, MANAGER, "Не могу").await;
    assert_eq!(asked_to_remind(&office), 0, "not at once");
    office.house.site.clock.move_on(61 * MINUTE);
    office.sees("both reminders", |_| (reminders(&office).len() == 2).then_some(())).await;
    assert!(!reminders(&office).iter().any(|it| it.contains("@boss")), "{:?}", reminders(&office));
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
