//! Several responders on one PostgreSQL database.

use std::time::Duration;

use playground::{gateway, model};
use tokio::sync::RwLock;
use tokio::time::Instant;

use crate::PATIENCE;
use crate::crowd::{self, Crowd};
use crate::ledger::{self, Store};
use crate::postgres::{self, Database};
use crate::world::{OWNER, Plan, Serve, World, until};

/// One server serves all tests; the one that breaks it wants it for itself.
pub(crate) static SERVER: RwLock<()> = RwLock::const_new(());

async fn world(database: &Database) -> World {
    World::new(Plan { store: Some(database.url().to_owned()), ..Plan::default() }).await
}

/// A replica with a data folder of its own.
fn replica(world: &World, nth: usize) -> Serve {
    let data = world.path().join(format!("replica_{nth}"));
    world.serve(&[("TENANTRY_DATA", data.display().to_string())])
}

fn replicas(world: &World, count: usize) -> Vec<Serve> {
    let all: Vec<_> = (0..count).map(|nth| replica(world, nth)).collect();
    world.connect(&all);
    all
}

/// A replica that customers write to and that is frozen where it passes this point.
fn freezing(world: &World, point: &str) -> Serve {
    let data = world.path().join("frozen").display().to_string();
    let frozen = world.serve(&[("TENANTRY_DATA", data), ("TENANTRY_FREEZE_AT", point.to_owned())]);
    world.connect([&frozen]);
    frozen
}

/// What a replica counts, in Prometheus's text form.
async fn metrics(replica: &Serve) -> String {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!("{}/metrics", replica.address.as_deref().unwrap());
    http.get(url).send().await.unwrap().text().await.unwrap()
}

/// One customer who writes this many messages at once.
async fn rush(world: &World, crowd: &Crowd, messages: usize) {
    let jid = crowd::jid(2, 999_999);
    let mut posts = tokio::task::JoinSet::new();
    for nth in 0..messages {
        let message = world.message(2, &jid, &format!("Сколько стоит правка колеса номер {nth}?"));
        let (crowd, line) = (crowd.clone(), world.line.subscribe());
        posts.spawn(async move { crowd.deliver(line, message, None).await });
    }
    posts.join_all().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_and_four_replicas_race_without_losses_and_doubles() {
    let _shared = SERVER.read().await;
    for count in [2, 4] {
        let Some(database) = postgres::database() else { return };
        let world = world(&database).await;
        let all = replicas(&world, count);
        let crowd = Crowd::default();
        let flood = crowd.flood(&world, 150, 2);
        rush(&world, &crowd, 150).await;
        flood.await.unwrap();
        let store = Store::Postgres(&database);
        store.drained().await;
        ledger::check(&store, &crowd, &world.gateway);
        let open = "SELECT max(n) FROM (SELECT count(*) n FROM conversations WHERE closed_at_ms IS NULL
                    GROUP BY client_slug, jid) x";
        assert_eq!(store.count(open), 1, "one conversation a customer");
        drop(all);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_replica_that_was_frozen_is_fenced_off() {
    let _shared = SERVER.read().await;
    let Some(database) = postgres::database() else { return };
    let world = world(&database).await;
    let store = Store::Postgres(&database);
    let frozen = replica(&world, 0);
    world.connect([&frozen]);
    world.model.set_mode(model::Mode::Slow(Duration::from_secs(3)));
    let crowd = Crowd::default();
    for nth in 0..20 {
        let message = world.message(1, &crowd::jid(1, nth), "Можно ли к вам прийти с собакой?");
        crowd.deliver(world.line.subscribe(), message, None).await;
    }
    // All of them, so that it is frozen while the model thinks and not inside a transaction.
    let held = "SELECT count(*) FROM conversations WHERE lease_until_ms IS NOT NULL";
    until("it holds its claims", || store.count(held) == 20 && !world.model.asked().is_empty()).await;
    frozen.signal("-STOP");
    store.leases_run_out();
    let other = replica(&world, 1);
    world.connect([&other]);
    store.drained().await;
    frozen.signal("-CONT");
    let deadline = Instant::now() + PATIENCE;
    loop {
        let text = metrics(&frozen).await;
        if text.lines().any(|it| it.starts_with("tenantry_turn_failures_total") && it.contains("stale")) {
            break;
        }
        assert!(Instant::now() < deadline, "what it decided is refused");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    store.drained().await;
    let found = ledger::check(&store, &crowd, &world.gateway);
    assert_eq!(found.delivered, 20);
}

/// What a replica that is gone had is another's within this, …
const TAKEN_UP: Duration = Duration::from_secs(10);
/// … and a loaded machine is allowed a little more.
const LOADED: Duration = Duration::from_secs(2);

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_a_killed_replica_held_is_soon_anothers() {
    let _shared = SERVER.read().await;
    let Some(database) = postgres::database() else { return };
    let world = world(&database).await;
    let store = Store::Postgres(&database);
    let killed = replica(&world, 0);
    world.connect([&killed]);
    world.gateway.set_mode(gateway::Mode::Hang, Some(1));
    let crowd = Crowd::default();
    let message = world.message(1, &crowd::jid(1, 50), "Сколько стоит правка колеса?");
    crowd.deliver(world.line.subscribe(), message, None).await;
    let sending = "SELECT count(*) FROM outbox WHERE status = 'sending'";
    until("a reply is being sent", || store.count(sending) == 1).await;
    world.model.set_mode(model::Mode::Slow(Duration::from_secs(17)));
    for nth in 0..10 {
        let message = world.message(1, &crowd::jid(1, nth), "Можно ли к вам прийти с собакой?");
        crowd.deliver(world.line.subscribe(), message, None).await;
    }
    let held = "SELECT count(*) FROM conversations WHERE lease_until_ms IS NOT NULL";
    until("it holds its claims", || store.count(held) == 10).await;
    let other = replica(&world, 1);
    world.connect([&other]);
    // Longer than a lease: whoever is at work keeps what it has.
    tokio::time::sleep(TAKEN_UP).await;
    assert_eq!(store.count("SELECT max(lease) FROM conversations"), 1, "nobody else has claimed them");
    assert_eq!(store.count("SELECT max(attempts) FROM outbox"), 1, "nor sent");
    killed.kill();
    let gone = Instant::now();
    let taken = "SELECT (SELECT count(*) FROM conversations WHERE lease = 2)
                      + (SELECT count(*) FROM outbox WHERE attempts = 2)";
    until("another has all of it", || store.count(taken) == 11).await;
    assert!(gone.elapsed() <= TAKEN_UP + LOADED, "{:?}", gone.elapsed());
    world.model.set_mode(model::Mode::Slow(Duration::ZERO));
    store.drained().await;
    let found = ledger::check(&store, &crowd, &world.gateway);
    assert_eq!(found.delivered, 11);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_replica_that_wakes_late_does_not_talk_over_a_person() {
    let _shared = SERVER.read().await;
    let Some(database) = postgres::database() else { return };
    let world = world(&database).await;
    let store = Store::Postgres(&database);
    let frozen = freezing(&world, "before_send");
    let crowd = Crowd::default();
    let jid = crowd::jid(1, 1);
    let message = world.message(1, &jid, "Сколько стоит правка колеса?");
    crowd.deliver(world.line.subscribe(), message, None).await;
    let of = |status: &str| store.count(&format!("SELECT count(*) FROM outbox WHERE status = '{status}'"));
    until("its reply is about to be sent", || of("sending") == 1).await;
    let other = replica(&world, 1);
    world.connect([&other]);
    let own = world.message(1, &jid, "Здравствуйте, это мастер, сейчас посмотрю.");
    assert_eq!(world.phone().echo(&own).await.unwrap().status, 200);
    until("the reply is not to be sent any more", || of("cancelled") == 1).await;
    frozen.signal("-CONT");
    // It answers, so it is awake; what it was about to send would be gone within a moment.
    let deadline = Instant::now() + Duration::from_secs(5);
    let mut found = String::new();
    while Instant::now() < deadline && !found.contains("retry") {
        let text = metrics(&frozen).await;
        found = text.lines().filter(|it| it.starts_with("tenantry_sends_total")).collect();
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(!found.contains("\"sent\""), "{found}");
    assert_eq!(world.gateway.calls().len(), 0, "it says nothing");
    assert_eq!(of("cancelled"), 1);
}

/// For so long a replica may take a message to an owner to be its own to send.
const NOTICE_LEASE: Duration = Duration::from_secs(45);

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_replica_that_wakes_late_tells_an_owner_nothing_again() {
    let _shared = SERVER.read().await;
    let Some(database) = postgres::database() else { return };
    let plan = Plan { store: Some(database.url().to_owned()), owner: true, ..Plan::default() };
    let world = World::new(plan).await;
    let store = Store::Postgres(&database);
    let frozen = freezing(&world, "before_notice");
    let crowd = Crowd::default();
    // Four fifths of what the shop's plan has.
    let mut posts = tokio::task::JoinSet::new();
    for nth in 0..48 {
        let message = world.message(0, &crowd::jid(0, nth), "Сколько стоит правка колеса?");
        let (crowd, line) = (crowd.clone(), world.line.subscribe());
        posts.spawn(async move { crowd.deliver(line, message, None).await });
    }
    let of = |status: &str| store.count(&format!("SELECT count(*) FROM notices WHERE status = '{status}'"));
    until("the owner is about to be told", || of("sending") == 1).await;
    let begun = Instant::now();
    let told = || world.gateway.calls().into_iter().filter(|it| it.jid == OWNER).count();
    assert_eq!(told(), 0);
    let other = replica(&world, 1);
    world.connect([&other]);
    store.leases_run_out();
    store.owners_told().await;
    assert_eq!(told(), 1);
    tokio::time::sleep_until(begun + NOTICE_LEASE).await;
    frozen.signal("-CONT");
    let deadline = Instant::now() + PATIENCE;
    loop {
        let text = metrics(&frozen).await;
        let mut lines = text.lines().filter(|it| it.starts_with("tenantry_owner_messages_total"));
        if let Some(line) = lines.next() {
            assert!(line.contains("retry"), "{line}");
            break;
        }
        assert!(Instant::now() < deadline, "it wakes");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    posts.join_all().await;
    assert_eq!((told(), of("sent")), (1, 1), "it says nothing, and changes nothing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn backends_that_are_killed_and_a_server_that_restarts_are_survived() {
    let _alone = SERVER.write().await;
    let Some(database) = postgres::database() else { return };
    let world = world(&database).await;
    let all = replicas(&world, 2);
    let crowd = Crowd::default();
    let mut floods = Vec::new();
    let others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
                  AND backend_type = 'client backend'";
    for _ in 0..3 {
        let before = crowd.acked();
        floods.push(crowd.flood(&world, 60, 2));
        until("messages are in flight", || crowd.acked() > before + 20).await;
        database.sql(&format!("SELECT pg_terminate_backend(pid) {others}"));
    }
    // A backend that dies by force takes the whole server down for a moment, as a crash does.
    floods.push(crowd.flood(&world, 60, 2));
    let mut backends = Vec::new();
    until("the replicas have come back", || {
        backends = database.sql(&format!("SELECT pid {others}"));
        !backends.is_empty()
    })
    .await;
    let backend = backends.remove(0);
    assert!(std::process::Command::new("kill").args(["-9", &backend]).status().unwrap().success());
    let (down, before) = (Instant::now(), crowd.acked());
    until("messages are taken again", || crowd.acked() > before + 10).await;
    assert!(down.elapsed() < Duration::from_secs(10), "{:?}", down.elapsed());
    for flood in floods {
        flood.await.unwrap();
    }
    let store = Store::Postgres(&database);
    store.drained().await;
    ledger::check(&store, &crowd, &world.gateway);
    drop(all);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_rolling_restart_refuses_nobody() {
    let _shared = SERVER.read().await;
    let Some(database) = postgres::database() else { return };
    let world = world(&database).await;
    let mut all = replicas(&world, 3);
    let crowd = Crowd::default();
    let mut floods = Vec::new();
    for nth in 0..3 {
        let before = crowd.acked();
        floods.push(crowd.flood(&world, 100, 3));
        until("messages are in flight", || crowd.acked() > before + 30).await;
        let took = all.remove(0).stop().await;
        assert!(took <= Duration::from_secs(11), "it drains within ten seconds: {took:?}");
        all.push(replica(&world, nth + 3));
        world.connect(&all);
    }
    for flood in floods {
        flood.await.unwrap();
    }
    let refused: u32 = crowd.told().iter().map(|it| it.refused).sum();
    assert_eq!(refused, 0, "whoever is connected is served");
    let store = Store::Postgres(&database);
    store.drained().await;
    ledger::check(&store, &crowd, &world.gateway);
}
