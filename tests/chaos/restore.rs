//! A copy of the conversations that takes their place, and a gateway that delivers everything again because
//! nobody told it otherwise.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::Arc;

use playground::phone::Message;
use tokio::task::JoinSet;

use crate::crowd::{insist, jid};
use crate::ledger::Store;
use crate::postgres;
use crate::replicas::SERVER;
use crate::world::{Plan, SERVICES, World, until};

/// Customers, each with a question of his own.
const CUSTOMERS: usize = 160;

/// Questions that have a price for an answer.
fn questions(world: &World) -> Arc<Vec<Message>> {
    let question = |customer: usize| {
        let shop = customer % world.shops;
        let service = SERVICES[customer % SERVICES.len()].to_lowercase();
        world.message(shop, &jid(shop, customer), &format!("Сколько стоит {service}?"))
    };
    Arc::new((1..=CUSTOMERS).map(question).collect())
}

/// The gateway delivers all of them, until each was answered 200.
async fn deliver(world: &World, questions: &[Message]) {
    let mut posts = JoinSet::new();
    for it in questions {
        let (it, line) = (it.clone(), world.line.subscribe());
        posts.spawn(async move { insist(line, &it, false).await });
    }
    posts.join_all().await;
}

/// How often phones were reached.
fn heard(world: &World) -> BTreeMap<String, usize> {
    let mut heard = BTreeMap::new();
    for call in world.gateway.calls_after(0).into_iter().filter(|it| it.is_delivered()) {
        *heard.entry(call.jid).or_default() += 1;
    }
    heard
}

/// Puts a copy in the place of the file; what the log of the file before holds is not part of it.
fn restore(file: &Path, copy: &Path) {
    for end in ["-wal", "-shm"] {
        let mut log = file.as_os_str().to_owned();
        log.push(end);
        if Path::new(&log).exists() {
            fs::remove_file(log).unwrap();
        }
    }
    fs::copy(copy, file).unwrap();
}

/// Half of all is answered, `copy` is made while the gateway delivers the rest, and the process dies when
/// that is answered too. What was asked.
async fn copied(world: &World, store: &Store<'_>, copy: impl FnOnce()) -> Arc<Vec<Message>> {
    let serve = world.open(&[]);
    let all = questions(world);
    let (first, rest) = all.split_at(CUSTOMERS / 2);
    deliver(world, first).await;
    until("half is answered", || heard(world).len() >= CUSTOMERS / 4).await;
    tokio::join!(deliver(world, rest), async { tokio::task::block_in_place(copy) });
    store.drained().await;
    assert_eq!(heard(world).values().filter(|it| **it == 1).count(), CUSTOMERS);
    world.disconnect();
    serve.kill();
    all
}

/// Everything is delivered again to a responder over the copy: nobody whose reply it knows hears another.
async fn knows_what_was_answered(world: &World, store: &Store<'_>, all: &[Message], more: &[(&str, String)]) {
    // Their replies have ids, by which the gateway knows what it has delivered.
    let replied: BTreeSet<String> =
        store.rows("SELECT jid FROM outbox").into_iter().map(|mut row| row.remove(0)).collect();
    assert!(replied.len() >= CUSTOMERS / 4, "{}", replied.len());
    let serve = world.open(more);
    deliver(world, all).await;
    store.drained().await;
    let after = heard(world);
    assert_eq!(after.len(), CUSTOMERS);
    for (jid, times) in &after {
        assert!(*times == 1 || (*times == 2 && !replied.contains(jid)), "{jid} heard {times} replies");
    }
    serve.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_a_copy_knows_to_be_answered_is_not_answered_again() {
    let world = World::new(Plan { shops: 8, ..Plan::default() }).await;
    let (file, copy) = (world.state_file(), world.path().join("copy.sqlite"));
    // As operators do it, while others write.
    let vacuum = || {
        let from = rusqlite::Connection::open(&file).unwrap();
        from.busy_timeout(crate::PATIENCE).unwrap();
        from.execute("VACUUM INTO ?1", [copy.to_str().unwrap()]).unwrap();
    };
    let all = copied(&world, &Store::Sqlite(&file), vacuum).await;
    restore(&file, &copy);
    knows_what_was_answered(&world, &Store::Sqlite(&file), &all, &[]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_a_dump_knows_to_be_answered_is_not_answered_again() {
    let _shared = SERVER.read().await;
    let (Some(database), Some(restored)) = (postgres::database(), postgres::database()) else { return };
    let plan = Plan { shops: 8, store: Some(database.url().to_owned()), ..Plan::default() };
    let world = World::new(plan).await;
    let file = world.path().join("dump.sql");
    let file = file.to_str().unwrap();
    let dump = || drop(database.run("pg_dump", &["--file", file, database.url()]));
    let all = copied(&world, &Store::Postgres(&database), dump).await;
    restored.run("psql", &["-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", file, restored.url()]);
    let more = [("TENANTRY_STORE", restored.url().to_owned())];
    knows_what_was_answered(&world, &Store::Postgres(&restored), &all, &more).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_copy_of_a_responder_that_was_stopped_has_nothing_to_say() {
    // The gateway would deliver everything that is sent again.
    let world = World::new(Plan { shops: 8, idempotent: false, ..Plan::default() }).await;
    let serve = world.open(&[]);
    let (all, file, copy) = (questions(&world), world.state_file(), world.path().join("copy.sqlite"));
    deliver(&world, &all).await;
    Store::Sqlite(&file).drained().await;
    world.disconnect();
    serve.stop().await;
    fs::copy(&file, &copy).unwrap();
    let calls = world.gateway.calls_after(0).len();
    fs::remove_file(&file).unwrap();

    restore(&file, &copy);
    let serve = world.open(&[]);
    deliver(&world, &all).await;
    Store::Sqlite(&file).drained().await;
    serve.stop().await;
    assert_eq!(world.gateway.calls_after(0).len(), calls);
    assert_eq!(Store::Sqlite(&file).count("SELECT count(*) FROM outbox"), CUSTOMERS);
}
