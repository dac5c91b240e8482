//! What owners hear of trouble.

use std::num::NonZeroU32;
use std::time::Duration;

use format::{Agent, PlanLimits, Reference, Release, Role, Standing as Plan, Status};
use playground::telegram::{Fault, Rule, Standing};
use runtime::{DeskStore as _, Notices, Pace, StateStore as _};
use server::Clock as _;

use crate::desk::office::{BOT, GROUP, MANAGER, OWNER, Office, PHONE, UNKNOWN, release};
use crate::gateway::{Call, Mood};
use crate::house::{House, JID, Site, message, until};
use crate::shop::{shop, standing};

const MINUTE: i64 = 60_000;

/// Owners can be written to once they have started the bot, also those that are named by a username.
async fn started(office: &Office) {
    office.telegram.write_private(BOT, OWNER, "/start", None).unwrap();
    let greeting = |it: &playground::telegram::Telegram| {
        it.private(BOT, OWNER).iter().any(|it| it.from == BOT).then_some(())
    };
    office.sees("a greeting", greeting).await;
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

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_hears_privately_where_only_branches_have_groups() {
    let mut shop = release(|it| it.telegram_chat_id = None);
    let group = Some(GROUP.to_string());
    shop.branches = vec![format::Branch { telegram_chat_id: group, ..crate::desk::office::branch("north") }];
    let office = Office::serving(&shop, |site| site.env.set("NUMBER_north", "number-north")).await;
    let clock = &office.house.site.clock;
    clock.move_on(4 * 60 * MINUTE - clock.now_ms() % (4 * 60 * MINUTE));
    started(&office).await;
    crate::desk::school::asked_of(&office, JID, "A", "number-north").await;
    clock.move_on(61 * MINUTE);
    hears(&office, "Без ответа").await;
    assert_eq!(told(&office.house.site), Vec::<Call>::new(), "no phone rings");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_hears_of_a_request_that_was_taken_and_not_answered() {
    let office = Office::open().await;
    let clock = &office.house.site.clock;
    clock.move_on(4 * 60 * MINUTE - clock.now_ms() % (4 * 60 * MINUTE));
    let card = office.asked().await;
    started(&office).await;
    office.press(&card, MANAGER, "Беру").await;
    clock.move_on(61 * MINUTE);
    let told = hears(&office, "Без ответа").await;
    assert!(told.contains("1 запрос"), "{told}");
}

/// A workshop without a desk, whose owner has a phone.
fn deskless() -> Release {
    let mut release = shop("wheel");
    release.client.instance_id = Some(Reference::Literal("wheel-1".to_owned()));
    let phone = Some(PHONE.to_owned());
    release.agents =
        vec![Agent { name: "Мира".to_owned(), role: Role::Owner, telegram: None, phone, branch: None }];
    release
}

/// What the gateway was asked to tell the owner.
fn told(site: &Site) -> Vec<Call> {
    let calls = site.gateway.calls().into_iter();
    calls.filter(|it| it["jid"].starts_with(PHONE) && it["msg"].starts_with("⚠️")).collect()
}

async fn all_told(house: &House) {
    let open = || house.site.state.notices(None, 0).unwrap();
    until("owners are told", || (open() == Notices::default()).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_owner_hears_by_whatsapp_outlives_a_restart() {
    let site = Site::new().await;
    let mut release = deskless();
    release.client.status = Status::Suspended;
    site.publish(&release);
    site.gateway.expects([Mood::Status(503)]);
    let house = site.start().await;
    house.deliver("wheel", &message("M-1", "привет")).await;
    until("the gateway refuses", || (told(&house.site).len() == 1).then_some(())).await;
    let site = house.stop().await;
    assert_eq!(site.state.notices(Some("wheel"), 0).unwrap(), Notices { waiting: 1, dead: 0, unknown: 0 });

    site.clock.move_on(10_000);
    let house = site.start().await;
    all_told(&house).await;
    let calls = told(&house.site);
    assert_eq!(calls.len(), 2, "{calls:?}");
    assert_eq!(calls[0], calls[1], "with the same msg_id");
    assert_eq!(calls[0]["instance_id"], "wheel-1");
    assert!(!calls[0]["msg"].contains('<'), "{calls:?}");
    house.deliver("wheel", &message("M-2", "есть кто?")).await;
    all_told(&house).await;
    assert_eq!(told(&house.site).len(), 2, "told once");
    let counted = |outcome| format!(r#"tenantry_owner_messages_total{{tenant="wheel",outcome="{outcome}"}}"#);
    assert!((house.metric(&counted("sent")).await - 1.0).abs() < 0.1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owners_phone_waits_for_as_long_as_the_gateway_says() {
    let site = Site::new().await;
    let mut release = deskless();
    release.client.status = Status::Suspended;
    site.publish(&release);
    site.gateway.expects([Mood::Busy(600)]);
    let house = site.start().await;
    house.deliver("wheel", &message("M-1", "привет")).await;
    let retried = r#"tenantry_owner_messages_total{tenant="wheel",outcome="retry"}"#;
    while house.metric(retried).await < 0.5 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // Much longer than its own pause after a first failure.
    house.site.clock.move_on(5 * MINUTE);
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert_eq!(told(&house.site).len(), 1, "not before it is over");
    house.site.clock.move_on(5 * MINUTE);
    all_told(&house).await;
    let calls = told(&house.site);
    assert_eq!(calls.len(), 2, "{calls:?}");
    assert_eq!(calls[0], calls[1], "with the same msg_id");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_who_is_a_customer_too_goes_on_talking_with_the_bot() {
    let site = Site::new().await;
    let plan = PlanLimits { messages_per_month: Some(1), ..standing().plan };
    site.publish_under(&deskless(), Plan { plan, company: None });
    site.gateway.expects([Mood::Hangs(Duration::from_millis(300)); 3]);
    let house = site.start().await;
    let jid = format!("{PHONE}@s.whatsapp.net");
    let says = |id: &str, text: &str, is_echo: bool| {
        let mut payload = message(id, text);
        payload["metadata"]["remoteJid"] = jid.as_str().into();
        payload["metadata"]["fromMe"] = is_echo.into();
        payload
    };
    house.deliver("wheel", &says("O-1", "привет", false)).await;
    // 80 % and 100 %, one after the other, each with its echo before the gateway has answered.
    for nth in 0..2 {
        let call = until("the owner is told", || told(&house.site).get(nth).cloned()).await;
        for _ in 0..2 {
            let echo = says(&format!("gateway-{nth}"), &call["msg"], true);
            assert_eq!(house.deliver("wheel", &echo).await.1["message"], "Ignored");
        }
    }
    all_told(&house).await;
    assert!(house.messages("wheel", &jid).iter().all(|it| it.role != "manager"), "nobody has spoken");
    let before = house.sent().len();
    house.deliver("wheel", &says("O-2", "сколько стоит правка колеса?", false)).await;
    until("the bot answers", || (house.sent().len() > before).then_some(())).await;
    assert!(house.messages("wheel", JID).is_empty());
    assert_eq!(told(&house.site).len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_without_a_desk_hears_of_requests_that_nobody_answers() {
    let site = Site::new().await;
    let mut release = deskless();
    release.client.settings.quiet_hours = None;
    site.publish(&release);
    site.clock.move_on(4 * 60 * MINUTE - site.clock.now_ms() % (4 * 60 * MINUTE));
    let house = site.start().await;
    for nth in 1..=3 {
        house.deliver("wheel", &message(&format!("A-{nth}"), UNKNOWN)).await;
        house.settled().await;
    }
    assert_eq!(house.requests().len(), 1);
    house.site.clock.move_on(61 * MINUTE);
    let call = until("the owner's phone rings", || told(&house.site).pop()).await;
    assert!(call["msg"].contains("Без ответа") && call["msg"].contains("1 запрос"), "{call:?}");
    all_told(&house).await;
    assert_eq!(told(&house.site).len(), 1);
}

/// What the owner's phone was sent of this, waiting for the first.
async fn rings(office: &Office, words: &str) -> Vec<Call> {
    let calls = || -> Vec<Call> {
        let all = told(&office.house.site).into_iter();
        all.filter(|it| it["msg"].contains(words)).collect()
    };
    until("the owner's phone rings", || Some(calls()).filter(|it| !it.is_empty())).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alert_that_telegram_does_not_take_rings_the_owners_phone() {
    let mut release = release(|_| {});
    release.client.status = Status::Suspended;
    let office = Office::serving(&release, |_| {}).await;
    started(&office).await;
    let refusal = Fault::Refuse { code: 400, description: "Bad Request: can't parse entities".to_owned() };
    office.telegram.fail(Rule::of("sendMessage", refusal, 1));
    office.writes(JID, "S-1", "привет").await;
    let told = rings(&office, "приостановлено").await;
    assert!(told[0]["msg"].contains("Telegram мог не получить это сообщение, оно от "), "{told:?}");
    all_told(&office.house).await;
    let office = office.restarted().await;
    office.writes(JID, "S-2", "есть кто?").await;
    all_told(&office.house).await;
    assert_eq!(rings(&office, "приостановлено").await.len(), 1, "once");
    assert!(!office.telegram.private(BOT, OWNER).iter().any(|it| it.text.contains("приостановлено")));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alert_whose_chat_is_gone_for_a_day_rings_the_owners_phone() {
    let mut release = release(|_| {});
    release.client.status = Status::Suspended;
    // The owner has not started the bot: the group is told.
    let office = Office::serving(&release, |_| {}).await;
    let gone = Fault::Refuse { code: 400, description: "Bad Request: chat not found".to_owned() };
    let rule = |fault| Rule { method: None, chat_id: Some(GROUP), fault, times: None };
    office.telegram.fail(rule(gone));
    office.writes(JID, "S-1", "привет").await;
    let tried = |it: &playground::telegram::Telegram| {
        it.calls().iter().any(|it| it.method.eq_ignore_ascii_case("sendMessage")).then_some(())
    };
    office.sees("the group is tried", tried).await;
    // That the group is lost is told at once, and by nothing else than the phone.
    rings(&office, "не может писать в группу").await;
    let office = office.restarted_after(|site| site.clock.move_on(24 * 60 * MINUTE + MINUTE)).await;
    rings(&office, "приостановлено").await;
    all_told(&office.house).await;
    let office = office.restarted_after(|site| site.clock.move_on(24 * 60 * MINUTE)).await;
    office.writes(JID, "S-2", "есть кто?").await;
    all_told(&office.house).await;
    assert_eq!(rings(&office, "приостановлено").await.len(), 1, "once");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_who_has_blocked_the_bot_is_rung_at_once() {
    let mut release = release(|_| {});
    release.client.status = Status::Suspended;
    let office = Office::serving(&release, |_| {}).await;
    started(&office).await;
    let fault = Fault::Refuse { code: 403, description: "Forbidden: bot was blocked by the user".to_owned() };
    office.telegram.fail(Rule { method: None, chat_id: Some(OWNER), fault, times: None });
    office.writes(JID, "S-1", "привет").await;
    rings(&office, "приостановлено").await;
    all_told(&office.house).await;
    assert!(!office.house.site.state.reachable(BOT, OWNER).unwrap());
    let lost = |it: &Call| it["msg"].contains("не может писать в группу");
    assert!(!told(&office.house.site).iter().any(lost), "the group is not lost");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_hears_which_right_is_missing() {
    let office = Office::open().await;
    started(&office).await;
    let rights = |topics, pins| Standing::Administrator { topics, pins, deletes: true };
    office.telegram.set_standing(GROUP, BOT, rights(true, false), OWNER).unwrap();
    office.asked().await;
    let told = hears(&office, "не хватает права").await;
    assert!(told.ends_with("закрепление сообщений"), "{told}");
    office.telegram.set_standing(GROUP, BOT, rights(false, true), OWNER).unwrap();
    office.writes("77000000003@s.whatsapp.net", "T-1", UNKNOWN).await;
    for nth in 2..=3 {
        office.house.settled().await;
        office.writes("77000000003@s.whatsapp.net", &format!("T-{nth}"), UNKNOWN).await;
    }
    hears(&office, "управление темами").await;
    let all = office.telegram.private(BOT, OWNER).into_iter();
    assert_eq!(all.filter(|it| it.text.contains("не хватает права")).count(), 2, "once for each");
}

/// An owner is told something from a number that may not speak for so long; for how long it may not
/// afterwards.
async fn told_while_others_wait(taken_ms: i64) -> i64 {
    let site = Site::new().await;
    let mut release = deskless();
    release.client.status = Status::Suspended;
    site.publish(&release);
    let mut config = site.config();
    config.sends_per_minute = NonZeroU32::new(1);
    let house = site.try_start(config).await.unwrap();
    let began_ms = house.site.clock.now_ms();
    let ask = |gap_ms: i64, latest_ms: i64| {
        let pace = Pace { now_ms: house.site.clock.now_ms(), gap_ms, latest_ms };
        house.site.state.pace("wheel", "wheel-1", pace).unwrap()
    };
    let first_ms = ask(taken_ms, i64::MAX);
    house.deliver("wheel", &message("M-1", "привет")).await;
    all_told(&house).await;
    assert_eq!(told(&house.site).len(), 1);
    assert!(house.site.clock.now_ms() < began_ms + taken_ms, "at once");
    ask(MINUTE, 0) - first_ms
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_is_told_at_once_from_a_number_with_a_rate_and_counts() {
    assert_eq!(told_while_others_wait(MINUTE).await, 2 * MINUTE, "customers wait for it");
    assert_eq!(told_while_others_wait(11 * MINUTE).await, 11 * MINUTE, "no place is given so far ahead");
}
