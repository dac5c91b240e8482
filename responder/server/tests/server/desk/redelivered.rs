//! Updates that Telegram delivers again, because the answer to the first delivery was lost, late, or
//! nobody waited for it.

use playground::telegram::{Telegram, Where};

use crate::desk::office::{GROUP, MANAGER, Office};
use crate::desk::wire::{Fate, Wire};
use crate::house::until;

const ALL: [Fate; 4] = [Fate::Lost, Fate::Late, Fate::Cut, Fate::Twice];

/// So many acts of this kind were written down.
fn acts(office: &Office, kind: &str) -> i64 {
    office.house.column(&format!("SELECT count(*) FROM desk_events WHERE kind = '{kind}'"))[0]
}

/// The newest update was sent again, unless its first delivery came over twice.
fn came_again(wire: &Wire, fate: Fate) {
    assert!(fate == Fate::Twice || wire.repeats() > 1, "{fate:?}: {:?}", wire.seen());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_reaches_the_customer_once() {
    let (office, wire) = Office::on_a_wire().await;
    office.asked().await;
    for fate in ALL {
        let text = format!("Ответ, {fate:?}");
        office.all_taken().await;
        // The second delivery is cut too, as long as nothing comes of it.
        wire.next(&[fate, fate]);
        office.says(MANAGER, &text);
        office.reaches(&text).await;
        office.all_taken().await;
        came_again(&wire, fate);
        assert_eq!(office.house.sent().iter().filter(|it| **it == text).count(), 1, "{fate:?}");
    }
    assert_eq!(acts(&office, "taken"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_press_is_done_once_and_answered_with_what_it_did() {
    for fate in ALL {
        let (office, wire) = Office::on_a_wire().await;
        let card = office.asked().await;
        for (button, words, kind) in
            [("Беру", "Запрос ваш", "taken"), ("Вернуть боту", "Разговор снова ведёт бот", "returned")]
        {
            office.all_taken().await;
            wire.next(&[fate]);
            let told = office.press(&card, MANAGER, button).await;
            office.all_taken().await;
            came_again(&wire, fate);
            assert!(told.starts_with(words), "{fate:?}: {told}");
            assert_eq!(acts(&office, kind), 1, "{fate:?}");
        }
        assert_eq!(office.state(), "bot_active");
    }
}

/// Nothing can be written for as long as this lives.
struct Stuck(rusqlite::Connection);

impl Stuck {
    fn of(office: &Office) -> Self {
        let file = office.house.site.dir.path().join(runtime::SqliteState::FILE);
        let file = rusqlite::Connection::open(file).unwrap();
        file.execute_batch("PRAGMA busy_timeout = 10000; BEGIN IMMEDIATE").unwrap();
        Self(file)
    }

    /// Lasts until Telegram has given up on an update and sent it again.
    async fn until_it_comes_again(self, wire: &Wire, before: usize) {
        let newer = || wire.seen().len() >= before + 2 && wire.repeats() > 1;
        until("Telegram sends it again", || newer().then_some(())).await;
        self.0.execute_batch("ROLLBACK").unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_follows_from_a_press_follows_although_nobody_waited_for_it() {
    let (office, wire) = Office::on_a_wire().await;
    let card = office.asked().await;
    office.all_taken().await;
    let before = wire.seen().len();
    let stuck = Stuck::of(&office);
    let query = office.telegram.press(Where::Group(GROUP), card.message_id, MANAGER, "Не могу").unwrap();
    stuck.until_it_comes_again(&wire, before).await;
    // Nobody else can take it.
    let called = |_: &Telegram| {
        let called = office.told().into_iter().find(|it| it.contains("Клиент ждёт ответа"));
        called.filter(|it| it.contains("@boss"))
    };
    office.sees("the owner is called", called).await;
    office.answer(&query).await;
    assert_eq!(acts(&office, "skipped"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_is_answered_once_although_nobody_waited_for_it() {
    let (office, wire) = Office::on_a_wire().await;
    office.asked().await;
    for (command, words) in [("/mute 2", "Бот молчит с этим клиентом"), ("/status", "Бот молчит ещё")]
    {
        office.all_taken().await;
        let before = wire.seen().len();
        let stuck = Stuck::of(&office);
        office.says(MANAGER, command);
        stuck.until_it_comes_again(&wire, before).await;
        let said = |_: &Telegram| office.told().into_iter().find(|it| it.contains(words));
        office.sees(command, said).await;
        office.all_taken().await;
        let all = office.told();
        assert_eq!(all.iter().filter(|it| it.contains(words)).count(), 1, "{all:?}");
    }
}
