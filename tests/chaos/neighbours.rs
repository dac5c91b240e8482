//! Gateways that are down, hang, fail, throttle or lose answers; messages that come late, twice or
//! all at once.

use std::time::Duration;

use playground::gateway::{Gateway, Mode, Options};
use playground::loopback::Loopback;
use playground::model;
use playground::phone::payload;
use serde_json::json;
use tokio::net::TcpSocket;

use crate::PATIENCE;
use crate::crowd::{self, Crowd};
use crate::ledger::{self, Store};
use crate::world::{Plan, SERVICES, World, priced, until};

/// A port that refuses connections until somebody listens on it.
fn refusing() -> (TcpSocket, String) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let url = format!("http://{}", socket.local_addr().unwrap());
    (socket, url)
}

fn honest_gateway() -> Gateway {
    Gateway::new(Options { token: None, idempotent: true })
}

const PENDING: &str = "SELECT count(*) FROM outbox WHERE status = 'pending' AND attempts > 0";

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_gateway_that_was_down_gets_everything_once_it_is_back() {
    let (socket, url) = refusing();
    let world = World::with_gateway(Plan::default(), honest_gateway(), &url, Vec::new()).await;
    let (file, crowd) = (world.state_file(), Crowd::default());
    let _serve = world.open(&[]);
    crowd.flood(&world, 100, 2).await.unwrap();
    until("it has tried", || Store::Sqlite(&file).count(PENDING) > 0).await;
    let _up = Loopback::over(socket.listen(1024).unwrap(), world.gateway.routes()).unwrap();
    Store::Sqlite(&file).drained().await;
    let found = ledger::check(&Store::Sqlite(&file), &crowd, &world.gateway);
    assert_eq!(found.unknown, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_too_old_when_the_gateway_is_back_is_a_persons() {
    let (socket, url) = refusing();
    let world = World::with_gateway(Plan::default(), honest_gateway(), &url, Vec::new()).await;
    let (file, crowd) = (world.state_file(), Crowd::default());
    let serve = world.open(&[]);
    crowd.flood(&world, 30, 1).await.unwrap();
    let waiting = "SELECT count(*) FROM messages WHERE role = 'user' AND settled IS NULL";
    until("everything is decided", || Store::Sqlite(&file).count(waiting) == 0).await;
    serve.kill();
    // As if a day had passed.
    Store::Sqlite(&file).change(
        "UPDATE outbox SET created_at_ms = created_at_ms - 86400000, not_before_ms = 1,
                 received_at_ms = received_at_ms - 86400000;",
    );
    let _up = Loopback::over(socket.listen(1024).unwrap(), world.gateway.routes()).unwrap();
    let _serve = world.open(&[]);
    Store::Sqlite(&file).drained().await;
    let found = ledger::check(&Store::Sqlite(&file), &crowd, &world.gateway);
    assert_eq!(found.delivered, 0, "nobody wants yesterday's answer");
    assert_eq!(Store::Sqlite(&file).count("SELECT count(*) FROM outbox WHERE status = 'dead'"), 30);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_gateway_that_fails_throttles_refuses_and_loses_answers_delivers_once() {
    let world = World::new(Plan::default()).await;
    let (file, crowd) = (world.state_file(), Crowd::default());
    let _serve = world.open(&[]);
    for mode in [
        Mode::Fail { status: 500 },
        Mode::Fail { status: 503 },
        Mode::Fail { status: 429 },
        Mode::Refuse,
        Mode::AcceptThenDrop,
    ] {
        world.gateway.set_mode(mode, Some(30));
        crowd.flood(&world, 40, 2).await.unwrap();
    }
    Store::Sqlite(&file).drained().await;
    let found = ledger::check(&Store::Sqlite(&file), &crowd, &world.gateway);
    assert_eq!(found.unknown, 0);
    let calls = world.gateway.calls_after(0).len();
    assert!(calls > found.delivered, "some were tried again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_forgetful_gateway_that_loses_answers_is_asked_once_and_a_person_looks() {
    let world = World::new(Plan { idempotent: false, ..Plan::default() }).await;
    let (file, crowd) = (world.state_file(), Crowd::default());
    let _serve = world.open(&[]);
    crowd::lose_answers(&world.gateway, 10);
    crowd.flood(&world, 60, 1).await.unwrap();
    Store::Sqlite(&file).drained().await;
    let found = ledger::check(&Store::Sqlite(&file), &crowd, &world.gateway);
    assert_eq!(found.unknown, 10, "one for each answer that was lost");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn calls_that_hang_hold_up_nobody_else_and_survive_a_kill() {
    let world = World::new(Plan::default()).await;
    let (file, crowd) = (world.state_file(), Crowd::default());
    let serve = world.open(&[]);
    world.gateway.set_mode(Mode::Hang, Some(10));
    crowd.flood(&world, 100, 1).await.unwrap();
    let sending = "SELECT count(*) FROM outbox WHERE status = 'sending'";
    let open = "SELECT count(*) FROM outbox WHERE status IN ('pending', 'sending')";
    let waiting = "SELECT count(*) FROM messages WHERE role = 'user' AND settled IS NULL";
    until("only the calls that hang are open", || {
        let store = Store::Sqlite(&file);
        store.count(waiting) == 0 && store.count(sending) == 10 && store.count(open) == 10
    })
    .await;
    serve.kill();
    let _serve = world.open(&[]);
    Store::Sqlite(&file).drained().await;
    ledger::check(&Store::Sqlite(&file), &crowd, &world.gateway);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_delivered_again_at_once_or_an_hour_later_changes_nothing() {
    let world = World::new(Plan::default()).await;
    let (file, crowd) = (world.state_file(), Crowd::default());
    let serve = world.open(&[]);
    let messages: Vec<_> = (0..20)
        .map(|nth| world.message(1, &crowd::jid(1, 900_000 + nth), "Сколько стоит правка колеса?"))
        .collect();
    let expects = Some(priced(1, 1));
    let mut posts = tokio::task::JoinSet::new();
    for message in messages.iter().flat_map(|it| std::iter::repeat_n(it, 10)) {
        let (crowd, line) = (crowd.clone(), world.line.subscribe());
        let (message, expects) = (message.clone(), expects.clone());
        posts.spawn(async move { crowd.deliver(line, message, expects).await });
    }
    posts.join_all().await;
    Store::Sqlite(&file).drained().await;
    let first = ledger::check(&Store::Sqlite(&file), &crowd, &world.gateway);
    let accepted: u32 = crowd.told().iter().map(|it| it.accepted).sum();
    assert_eq!((accepted, first.delivered), (20, 20), "the others are `Duplicate message_id`");
    serve.stop().await;
    Store::Sqlite(&file).change(
        "UPDATE seen SET received_at_ms = received_at_ms - 3600000;
             UPDATE messages SET at_ms = at_ms - 3600000, sent_at = sent_at - 3600;",
    );
    let _serve = world.open(&[]);
    for message in &messages {
        crowd.deliver(world.line.subscribe(), message.clone(), expects.clone()).await;
    }
    Store::Sqlite(&file).drained().await;
    assert_eq!(ledger::check(&Store::Sqlite(&file), &crowd, &world.gateway), first);
}

/// Bursts are merged for a while.
fn merging() -> Plan {
    Plan { settings: "burst_window_ms: {short: 700, long: 2500}", ..Plan::default() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn messages_out_of_order_are_read_in_the_senders_order() {
    let world = World::new(merging()).await;
    let serve = world.open(&[]);
    let phone = world.phone();
    let jid = crowd::jid(1, 1);
    let asks = |service: usize, seconds: u64| {
        let mut message =
            world.message(1, &jid, &format!("Сколько стоит {}?", SERVICES[service].to_lowercase()));
        message.timestamp -= seconds;
        message
    };
    // The one that was written first arrives last.
    for message in [asks(2, 10), asks(0, 60)] {
        assert_eq!(phone.write(&message).await.unwrap().status, 200);
    }
    let reply = world.gateway.wait_for(&jid, 0, PATIENCE).await.expect("a reply comes");
    let text = reply.text.replace('\u{a0}', " ");
    let at = |service: usize| text.find(&priced(1, service)).unwrap_or_else(|| panic!("{text}"));
    assert!(at(0) < at(2), "{text}");
    Store::Sqlite(&world.state_file()).drained().await;
    assert_eq!(world.gateway.delivered_to(&jid).len(), 1);
    drop(serve);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_album_of_six_is_answered_once() {
    let world = World::new(merging()).await;
    let serve = world.open(&[]);
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let jid = crowd::jid(1, 1);
    let address = serve.address.clone().unwrap();
    for nth in 0..6 {
        let mut message = world.message(1, &jid, "");
        message.message_id = format!("ALBUM{nth}");
        let mut body = payload(&message);
        body["messageType"] = json!("image");
        body["mediaData"] =
            json!({"type": "image", "mimetype": "image/jpeg", "url": "https://media.example/p.jpg"});
        let call = http.post(format!("{address}/webhook/{}", message.slug)).query(&[
            ("webhook_secret", message.secret.as_str()),
            ("instanceId", message.instance_id.as_deref().unwrap_or_default()),
        ]);
        assert_eq!(call.json(&body).send().await.unwrap().status(), 200);
        tokio::time::sleep(Duration::from_millis(214 / 6)).await;
    }
    world.gateway.wait_for(&jid, 0, PATIENCE).await.expect("a reply comes");
    let file = world.state_file();
    Store::Sqlite(&file).drained().await;
    assert_eq!(world.gateway.delivered_to(&jid).len(), 1);
    assert_eq!(Store::Sqlite(&file).count("SELECT count(*) FROM messages WHERE media = 'photo'"), 6);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_burst_while_the_model_thinks_is_answered_once() {
    let world = World::new(Plan::default()).await;
    let serve = world.open(&[]);
    world.model.set_mode(model::Mode::Slow(Duration::from_secs(2)));
    let phone = world.phone();
    let jid = crowd::jid(1, 1);
    phone.write(&world.message(1, &jid, "Можно ли к вам прийти с собакой?")).await.unwrap();
    until("the model is asked", || !world.model.asked().is_empty()).await;
    for text in ["И сколько стоит правка колеса?", "И сколько стоит замена цепи?"]
    {
        phone.write(&world.message(1, &jid, text)).await.unwrap();
    }
    world.gateway.wait_for(&jid, 0, PATIENCE).await.expect("a reply comes");
    Store::Sqlite(&world.state_file()).drained().await;
    let replies = world.gateway.delivered_to(&jid);
    assert_eq!(replies.len(), 1, "{replies:?}");
    let text = replies[0].text.replace('\u{a0}', " ");
    assert!(text.contains(&priced(1, 0)) && text.contains(&priced(1, 1)), "{text}");
    drop(serve);
}
