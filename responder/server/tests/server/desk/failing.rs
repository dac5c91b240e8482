//! Telegram does what Telegram does: topics vanish, bots are thrown out, floods are stopped, answers
//! are lost.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use playground::telegram::{Fault, Post, Rule, Standing, Telegram};
use runtime::TopicRow;
use server::erasure::{self, DeskTopics, Fate, Others, Places, Receipt, Signer, Topics};

use crate::desk::office::{BOT, GROUP, MANAGER, OWNER, Office, PHONE, TOKEN, UNKNOWN, release};
use crate::house::{JID, Site, until};

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_topic_is_made_anew_with_one_card() {
    let office = Office::open().await;
    office.asked().await;
    let first = office.topic().thread_id;
    office.telegram.delete_topic(GROUP, first).unwrap();
    office.writes(JID, "D-1", "Вы ещё там?").await;
    let second = |it: &playground::telegram::Telegram| {
        let topics = it.topics(GROUP).into_iter().filter(|it| !it.deleted).collect::<Vec<_>>();
        let topic = topics.first()?.thread_id;
        let said = it.in_topic(GROUP, topic);
        said.iter().any(|it| it.text.contains("Вы ещё там?") && it.buttons.is_empty()).then_some(topic)
    };
    let second = office.sees("a new topic with the customer's words", second).await;
    assert_ne!(first, second);
    let cards = office.telegram.in_topic(GROUP, second).into_iter().filter(|it| !it.buttons.is_empty());
    assert_eq!(cards.count(), 1);
    office.says(MANAGER, "Я здесь");
    office.reaches("Я здесь").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_is_waited_out() {
    let office = Office::open().await;
    office.telegram.fail(Rule::of("sendMessage", Fault::Flood { retry_after: 1 }, 2));
    office.asked().await;
    assert_eq!(office.cards().len(), 1);
    let calls: Vec<_> = office.telegram.calls().into_iter().filter(|it| it.method == "sendMessage").collect();
    let gaps = calls.windows(2).take(2).all(|it| it[1].at_ms >= it[0].at_ms + 1_000);
    assert!(gaps, "{calls:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_was_lost_makes_no_third_card() {
    let office = Office::open().await;
    office.telegram.fail(Rule::of("sendMessage", Fault::LoseAnswer, 1));
    office.asked().await;
    office.sees("the buttons work", |_| (!office.cards().is_empty()).then_some(())).await;
    assert!(office.cards().len() <= 2, "{:?}", office.cards());
}

/// A customer asks for people whose group takes nothing; then this comes of it, while time goes on.
async fn unanswered<T>(office: &Office, what: &str, look: impl Fn() -> Option<T>) -> T {
    for nth in 1..=3 {
        office.writes(JID, &format!("U-{nth}"), UNKNOWN).await;
        office.house.settled().await;
    }
    assert_eq!(office.house.requests().len(), 1);
    in_time(office, what, look).await
}

/// What comes of it while time goes on.
async fn in_time<T>(office: &Office, what: &str, look: impl Fn() -> Option<T>) -> T {
    let deadline = std::time::Instant::now() + Duration::from_secs(60);
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(std::time::Instant::now() < deadline, "{what}: {:?}", office.telegram.calls());
        office.house.site.clock.move_on(1_000);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_is_shown_although_telegram_hangs_and_loses_answers() {
    let office = Office::open().await;
    office.telegram.fail(Rule::of("sendMessage", Fault::Hang, 1));
    office.telegram.fail(Rule::of("sendMessage", Fault::Status { code: 504 }, 5));
    unanswered(&office, "a card", || (office.cards().len() == 1).then_some(())).await;
    let card = office.cards().remove(0);
    assert_eq!(
        office.press(&card, MANAGER, "Беру").await,
        "Запрос ваш. Пишите в этой теме — клиент получит ваши сообщения"
    );
    let dead = r#"tenantry_posts_total{tenant="wheel",outcome="dead"}"#;
    assert!(office.house.metric(dead).await < 1.0, "nothing was given up");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_hears_of_a_card_that_was_given_up_and_it_comes_later() {
    let office = Office::open().await;
    office.telegram.write_private(BOT, OWNER, "/start", None).unwrap();
    let told = |words: &'static str| {
        let office = &office;
        move || office.telegram.private(BOT, OWNER).into_iter().find(|it| it.text.contains(words))
    };
    office.sees("a greeting", |_| told("Здравствуйте")()).await;
    let (method, fault) = (Some("sendMessage".to_owned()), Fault::Status { code: 504 });
    office.telegram.fail(Rule { method, chat_id: Some(GROUP), fault, times: None });
    unanswered(&office, "the owner is told", told("Telegram не принял сообщение о клиенте")).await;
    assert!(office.cards().is_empty());

    office.telegram.heal();
    office.writes(JID, "U-9", "Вы ещё там?").await;
    in_time(&office, "a card", || (!office.cards().is_empty()).then_some(())).await;
    let all = office.telegram.private(BOT, OWNER).into_iter();
    assert_eq!(all.filter(|it| it.text.contains("не принял")).count(), 1, "told once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_out_of_order_is_tried_again() {
    let office = Office::open().await;
    office.telegram.fail(Rule::of("createForumTopic", Fault::Status { code: 502 }, 1));
    office.asked().await;
    assert_eq!(office.cards().len(), 1);
    assert_eq!(office.telegram.topics(GROUP).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bot_that_was_thrown_out_is_told_of_and_its_requests_wait() {
    let office = Office::open().await;
    office.telegram.set_standing(GROUP, BOT, Standing::Kicked, OWNER).unwrap();
    for nth in 1..=3 {
        office.writes(JID, &format!("K-{nth}"), crate::desk::office::UNKNOWN).await;
        office.house.settled().await;
    }
    let told = r#"tenantry_owner_notices_total{tenant="wheel",what="telegram_group_lost"}"#;
    let deadline = std::time::Instant::now() + Duration::from_secs(20);
    while office.house.metric(told).await < 1.0 {
        assert!(std::time::Instant::now() < deadline, "the owner is not told");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(office.house.requests().len(), 1);
    let rights = Standing::Administrator { topics: true, pins: true, deletes: true };
    office.telegram.set_standing(GROUP, BOT, rights, OWNER).unwrap();
    office.house.site.clock.move_on(16 * 60_000);
    office.sees("the card comes after all", |_| (!office.cards().is_empty()).then_some(())).await;
    let is_refused = |it: &playground::telegram::Call| it.code == 403 || it.code == 400;
    assert!(office.telegram.calls().iter().any(is_refused), "a post has failed too");
    assert!((office.house.metric(told).await - 1.0).abs() < 0.1, "told once");
}

/// The customer is forgotten while nobody serves.
async fn forgotten(office: Office) -> (Telegram, Receipt) {
    let Office { house, telegram, api_url, .. } = office;
    let site = house.stop().await;
    let receipt = tokio::task::spawn_blocking(move || {
        let signer = Signer::open(&site.dir.path().join("receipts")).unwrap();
        let token = |name: &str| (name == "WHEEL_TELEGRAM_TOKEN").then(|| TOKEN.to_owned());
        let releases = site.releases.as_ref();
        let topics = DeskTopics::new(releases, &token, site.dir.path(), &api_url).unwrap();
        let state = site.state.as_ref();
        let places = Places {
            releases,
            state,
            data: site.dir.path(),
            index: None,
            archive: None,
            topics: Some(&topics),
            others: Others::default(),
        };
        erasure::forget(&places, JID, None, &signer).unwrap()
    });
    (telegram, receipt.await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forgotten_customers_topic_is_deleted_or_told_of() {
    for refuses in [false, true] {
        let office = Office::open().await;
        office.asked().await;
        if refuses {
            let refusal =
                Fault::Refuse { code: 400, description: "Bad Request: not enough rights".to_owned() };
            office.telegram.fail(Rule::of("deleteForumTopic", refusal, 1));
        } else {
            office.telegram.fail(Rule::of("deleteForumTopic", Fault::Flood { retry_after: 1 }, 1));
        }
        let (telegram, receipt) = forgotten(office).await;
        let left = telegram.topics(GROUP).into_iter().filter(|it| !it.deleted).count();
        let part = &receipt.tenants["wheel"];
        if refuses {
            assert_eq!((left, receipt.complete, part.remaining["telegram_topics"]), (1, false, 1));
        } else {
            assert_eq!((left, receipt.complete, part.erased["telegram_topics"]), (0, true, 1), "{part:?}");
        }
        assert_eq!(part.erased["users"], 1, "the rows are gone in any case");
    }
}

/// Ends the workshop as an operator does, with this token in the environment; `dies_at` the nth topic.
async fn ended(site: Site, api_url: &str, token: &'static str, dies_at: usize) -> (Site, Option<Receipt>) {
    /// Is killed once Telegram has deleted a topic and nobody has noted it.
    struct Dying<'a>(DeskTopics<'a>, AtomicUsize);
    impl Topics for Dying<'_> {
        fn delete(&self, slug: &str, topic: &TopicRow) -> bool {
            let is_gone = self.0.delete(slug, topic);
            assert!(self.1.fetch_sub(1, Ordering::SeqCst) > 1, "killed");
            is_gone
        }

        fn delete_message(&self, slug: &str, topic: &TopicRow, message: i64) -> Fate {
            self.0.delete_message(slug, topic, message)
        }
    }
    let api_url = api_url.to_owned();
    let work = tokio::task::spawn_blocking(move || {
        let secrets = |name: &str| (name == "WHEEL_TELEGRAM_TOKEN").then(|| token.to_owned());
        let receipt = {
            let releases = site.releases.as_ref();
            let topics = DeskTopics::new(releases, &secrets, site.dir.path(), &api_url).unwrap();
            let topics = Dying(topics, AtomicUsize::new(dies_at));
            let (state, data) = (site.state.as_ref(), site.dir.path());
            let (topics, others) = (Some(&topics as &dyn Topics), Others::default());
            let places = Places { releases, state, data, index: None, archive: None, topics, others };
            let end = || erasure::offboard(&places, "wheel", (None, "2026-01-15T12:00:00Z"));
            catch_unwind(AssertUnwindSafe(end)).ok().map(Result::unwrap)
        };
        (site, receipt)
    });
    work.await.unwrap()
}

const SECOND: &str = "77000000002@s.whatsapp.net";

#[tokio::test(flavor = "multi_thread")]
async fn an_offboarded_tenants_topics_are_deleted_or_told_of() {
    const FINE: (bool, &str, u64) = (true, TOKEN, 2);
    const NO_RIGHT: (bool, &str, u64) = (false, TOKEN, 0);
    const GONE: (bool, &str, u64) = (true, "4242:AAother", 0);
    for (deletes, token, gone) in [FINE, NO_RIGHT, GONE] {
        let office = Office::open().await;
        office.asked().await;
        office.asked_by(SECOND, "B").await;
        let rights = Standing::Administrator { topics: true, pins: true, deletes };
        office.telegram.set_standing(GROUP, BOT, rights, OWNER).unwrap();
        office.telegram.fail(Rule::of("deleteForumTopic", Fault::Flood { retry_after: 1 }, 1));
        let Office { house, telegram, api_url, .. } = office;
        let (_site, receipt) = ended(house.stop().await, &api_url, token, usize::MAX).await;
        let receipt = receipt.unwrap();
        let part = &receipt.tenants["wheel"];
        let left = telegram.topics(GROUP).into_iter().filter(|it| !it.deleted).count() as u64;
        assert_eq!(left, 2 - gone);
        assert_eq!(part.erased.get("telegram_topics").copied().unwrap_or(0), gone, "{part:?}");
        assert_eq!(part.remaining.get("telegram_topics").copied().unwrap_or(0), left, "{part:?}");
        assert_eq!(part.erased["users"], 2, "the rest goes in any case");
        assert_eq!(receipt.complete, left == 0);
        let tries =
            telegram.calls().into_iter().filter(|it| it.method.eq_ignore_ascii_case("deleteForumTopic"));
        assert!(tries.count() <= 3, "who may not is not asked for every topic");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offboarding_that_was_cut_short_counts_every_topic_once() {
    let office = Office::open().await;
    office.asked().await;
    office.asked_by(SECOND, "B").await;
    let Office { house, telegram, api_url, .. } = office;
    let mut site = house.stop().await;
    for dies_at in [1, 2] {
        let (again, receipt) = ended(site, &api_url, TOKEN, dies_at).await;
        assert!(receipt.is_none(), "killed");
        site = again;
    }
    let (_site, receipt) = ended(site, &api_url, TOKEN, usize::MAX).await;
    let receipt = receipt.unwrap();
    assert!(receipt.complete, "{receipt:?}");
    let erased = &receipt.tenants["wheel"].erased;
    assert_eq!((erased["telegram_topics"], erased.get("telegram_messages")), (2, None), "{receipt:?}");
    assert!(telegram.topics(GROUP).into_iter().all(|it| it.deleted));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_whom_telegram_cannot_reach_is_told_by_whatsapp() {
    let mut shop = release(|_| {});
    shop.branches = vec![crate::desk::office::branch("north")];
    let office = Office::serving(&shop, |site| site.env.set("NUMBER_north", "number-north")).await;
    office.telegram.set_standing(GROUP, BOT, Standing::Kicked, OWNER).unwrap();
    for nth in 1..=3 {
        office.writes(JID, &format!("K-{nth}"), crate::desk::office::UNKNOWN).await;
        office.house.settled().await;
    }
    let calls = || -> Vec<_> {
        let calls = office.house.site.gateway.calls().into_iter();
        calls.filter(|it| it["jid"] == format!("{PHONE}@s.whatsapp.net")).collect()
    };
    until("the owner's phone rings", || (!calls().is_empty()).then_some(())).await;
    assert!(calls()[0]["msg"].contains("Бот не может писать в группу"), "{:?}", calls()[0]);
    assert!(!calls()[0]["msg"].contains('<') && calls().len() == 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forgotten_customers_messages_are_deleted_where_there_are_no_topics() {
    for refuses in [false, true] {
        let office = Office::open().await;
        office.telegram.set_topics(GROUP, false).unwrap();
        office.asked().await;
        office.writes(JID, "M-1", "Вы ещё там?").await;
        let forwarded = |it: &Telegram| {
            it.messages(GROUP).into_iter().find(|it| it.text.ends_with("): Вы ещё там?")).map(drop)
        };
        office.sees("the customer's words", forwarded).await;
        office.house.settled().await;
        if refuses {
            let description = "Bad Request: message can't be deleted".to_owned();
            office.telegram.fail(Rule::of("deleteMessage", Fault::Refuse { code: 400, description }, 1));
        }
        let (telegram, receipt) = forgotten(office).await;
        let part = &receipt.tenants["wheel"];
        let left = telegram.messages(GROUP).into_iter().filter(|it| it.from == BOT).count() as u64;
        assert_eq!(left, u64::from(refuses));
        assert_eq!(part.remaining.get("telegram_messages").copied().unwrap_or_default(), left);
        assert_eq!((part.erased["telegram_messages"] >= 1, receipt.complete), (true, !refuses), "{part:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forgotten_customers_messages_outside_of_his_topic_are_deleted_too() {
    for refuses in [false, true] {
        let office = Office::open().await;
        office.telegram.set_topics(GROUP, false).unwrap();
        let card = office.asked().await;
        let (text, reply_to) = ("Да, можно".to_owned(), Some(card.message_id));
        office
            .telegram
            .post(Post { chat_id: GROUP, from: MANAGER, text, reply_to, ..Post::default() })
            .unwrap();
        office.reaches("Да, можно").await;
        assert_eq!(office.press(&card, MANAGER, "Решено").await, "Готово, запрос закрыт");
        office.telegram.set_topics(GROUP, true).unwrap();
        let second = office.asked_by(JID, "T").await;
        office.house.settled().await;
        if refuses {
            let description = "Bad Request: not enough rights".to_owned();
            office.telegram.fail(Rule::of("deleteForumTopic", Fault::Refuse { code: 400, description }, 1));
        }
        let (telegram, receipt) = forgotten(office).await;
        let part = &receipt.tenants["wheel"];
        let all = telegram.messages(GROUP).into_iter().filter(|it| it.from == BOT);
        let (inside, outside): (Vec<_>, Vec<_>) = all.partition(|it| it.thread_id.is_some());
        assert!(outside.is_empty(), "{outside:?}");
        assert_eq!(inside.iter().any(|it| it.message_id == second.message_id), refuses);
        let left = part.remaining.get("telegram_topics").copied().unwrap_or(0);
        assert_eq!((left, receipt.complete), (u64::from(refuses), !refuses), "{part:?}");
        let cards = telegram.calls().into_iter().filter(|it| it.method.eq_ignore_ascii_case("deleteMessage"));
        let tried = cards.count() as u64;
        assert_eq!(part.erased["telegram_messages"], tried, "what went with its topic is not tried");
        assert!(tried >= 2, "the card and what was told under it: {tried}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changes_a_message_makes_no_second_topic() {
    let office = Office::open().await;
    office.telegram.set_topics(GROUP, false).unwrap();
    let card = office.asked().await;
    let pinned = |it: &Telegram| it.messages(GROUP).into_iter().any(|it| it.pinned).then_some(());
    office.sees("the card is pinned", pinned).await;
    // The first request's pin comes off only while the second request's topic is being made.
    office.telegram.fail(Rule::of("unpinChatMessage", Fault::Status { code: 502 }, 2));
    assert_eq!(office.press(&card, MANAGER, "Вернуть боту").await, "Разговор снова ведёт бот");
    office.telegram.set_topics(GROUP, true).unwrap();
    let before = office.calls("createForumTopic");
    office.telegram.fail(Rule::of("createForumTopic", Fault::Slow(Duration::from_secs(4)), 1));
    let second = office.asked_by(JID, "T").await;
    let waiting = "SELECT count(*) FROM posts WHERE status IN ('unrouted', 'queued', 'pending', 'sending')";
    office.sees("everything is shown", |_| (office.house.column(waiting) == [0]).then_some(())).await;
    assert_eq!(office.calls("unpinChatMessage"), 3);
    assert_eq!(office.calls("createForumTopic") - before, 1);
    assert_eq!(second.thread_id, Some(office.topic().thread_id));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_hour_without_telegram_loses_and_doubles_nothing() {
    const OTHER: &str = "77000000002@s.whatsapp.net";
    let office = Office::open().await;
    office.asked().await;
    let first = office.topic().thread_id;
    let away = Fault::Status { code: 502 };
    office.telegram.fail(Rule { method: None, chat_id: None, fault: away, times: None });
    let before = office.telegram.calls().len();
    for nth in 0..3 {
        office.writes(JID, &format!("H-{nth}"), &format!("Слово {nth}")).await;
        office.writes(OTHER, &format!("O-{nth}"), crate::desk::office::UNKNOWN).await;
        office.house.settled().await;
        office.house.site.clock.move_on(20 * 60_000);
    }
    until("it was tried", || (office.telegram.calls().len() > before).then_some(())).await;
    assert_eq!(office.house.requests().len(), 2, "requests are opened without it");
    office.telegram.heal();
    office.house.site.clock.move_on(16 * 60_000);

    let words = |topic: i32| {
        let said = office.telegram.in_topic(GROUP, topic);
        let said = said.iter().filter_map(|it| it.text.strip_prefix("Клиент: Слово ")?.trim().parse().ok());
        said.collect::<Vec<usize>>()
    };
    let deadline = std::time::Instant::now() + Duration::from_secs(60);
    while words(first).last() != Some(&2) {
        assert!(std::time::Instant::now() < deadline, "{:?}", office.telegram.in_topic(GROUP, first));
        // A group takes twenty a minute. Not so fast that a call under way outlasts its lease.
        office.house.site.clock.move_on(3_000);
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let texts: Vec<_> = office.telegram.in_topic(GROUP, first).into_iter().map(|it| it.text).collect();
    assert_eq!(words(first), [0, 1, 2], "each once, in order: {texts:#?}");
    office.sees("the other customer's card comes", |_| (office.cards().len() == 2).then_some(())).await;
    assert_eq!(office.telegram.topics(GROUP).len(), 2, "one topic for each customer");
    let dead = r#"tenantry_posts_total{tenant="wheel",outcome="dead"}"#;
    assert!(office.house.metric(dead).await < 1.0, "nothing was given up");
}
