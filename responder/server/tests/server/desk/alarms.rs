//! What owners hear of trouble.

use server::Clock as _;

use crate::desk::office::{BOT, OWNER, Office};

const MINUTE: i64 = 60_000;

/// Owners can be written to once they have started the bot, also those that are named by a username.
async fn started(office: &Office) {
    office.telegram.write_private(BOT, OWNER, "/start", None).unwrap();
    office.sees("a greeting", |it| (!it.private(BOT, OWNER).is_empty()).then_some(())).await;
}

async fn hears(office: &Office, words: &str) -> String {
    let told = |it: &playground::telegram::Telegram| {
        it.private(BOT, OWNER).into_iter().map(|it| it.text).find(|it| it.contains(words))
    };
    office.sees(words, told).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_hears_of_requests_that_nobody_answers() {
    let office = Office::open().await;
    // All of it in one of the periods in which an owner hears of a thing once.
    let clock = &office.house.site.clock;
    clock.move_on(4 * 60 * MINUTE - clock.now_ms() % (4 * 60 * MINUTE));
    office.asked().await;
    started(&office).await;
    office.house.site.clock.move_on(61 * MINUTE);
    let told = hears(&office, "Без ответа").await;
    assert!(told.contains("1 запрос") && told.contains("1 ч"), "{told}");
    office.house.site.clock.move_on(5 * MINUTE);
    office.asked_by("77000000003@s.whatsapp.net", "third").await;
    let all = office.telegram.private(BOT, OWNER).into_iter().filter(|it| it.text.contains("Без ответа"));
    assert_eq!(all.count(), 1, "once in a while");
}
