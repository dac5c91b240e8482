//! Reminders to people.

use crate::desk::office::{MANAGER, Office};

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
