//! `kill -9` at every named point while hundreds of messages are in flight.

use std::time::Duration;

use crate::crowd::{self, Crowd};
use crate::ledger::{self, Store};
use crate::points::{POINTS, Reached};
use crate::postgres::Database;
use crate::world::{Plan, Serve, World, until};
use crate::{PATIENCE, postgres, repeats};

/// Customers who write while one process lives, and what each of them writes.
const CUSTOMERS: usize = 120;
const EACH: usize = 2;

/// What the kills of a test came to.
#[derive(Default)]
struct Toll {
    kills: usize,
    /// Sends that a kill interrupted, or whose answer the gateway lost.
    interrupted: usize,
}

/// Kills a process at each of `points` in turn; messages keep coming in.
async fn kill_at(world: &World, store: &Store<'_>, crowd: &Crowd, points: &[(&str, Reached)]) -> Toll {
    let mut toll = Toll::default();
    let mut floods = Vec::new();
    for (name, reached) in points {
        let nth = if let Reached::Traffic(nth) = reached { *nth } else { 1 };
        let armed = [("TENANTRY_CRASH_AT", format!("{name}:{nth}"))];
        if *reached == Reached::Timer {
            // As if hours had passed.
            assert!(store.count("SELECT count(*) FROM timers") > 0, "somebody waits for a person");
            store.change("UPDATE timers SET due_at_ms = 1");
        }
        crowd::lose_answers(&world.gateway, 3);
        let before = crowd.acked();
        let mut serve = world.open(&armed);
        floods.push(crowd.flood(world, CUSTOMERS, EACH));
        if *reached == Reached::Stopping {
            until("messages are in flight", || crowd.acked() > before + CUSTOMERS / 2).await;
            serve.signal("-TERM");
        }
        let status = serve.ended(PATIENCE).await.unwrap_or_else(|| panic!("`{name}` was not reached"));
        world.disconnect();
        assert!(killed(status), "`{name}`: {status}");
        toll.kills += 1;
        toll.interrupted += store.count("SELECT count(*) FROM outbox WHERE status = 'sending'");
        store.leases_run_out();
    }
    let serve = world.open(&[]);
    for flood in floods {
        flood.await.unwrap();
    }
    store.drained().await;
    store.owners_told().await;
    echoes_settle(store).await;
    // Ended in order, so that the next process finds what this one left.
    serve.stop().await;
    toll
}

/// The points with these names.
fn of(names: &[&str]) -> Vec<(&'static str, Reached)> {
    let points: Vec<_> = POINTS.iter().filter(|it| names.contains(&it.0)).copied().collect();
    assert_eq!(points.len(), names.len());
    points
}

fn killed(status: std::process::ExitStatus) -> bool {
    std::os::unix::process::ExitStatusExt::signal(&status) == Some(9)
}

/// Whatever a gateway that echoes has delivered is known to have been delivered, in the end.
async fn echoes_settle(store: &Store<'_>) {
    let open = "SELECT count(*) FROM outbox WHERE status = 'unknown' AND client_slug IN ('shop_1', 'shop_3')";
    let mut last = usize::MAX;
    // Those that were interrupted before they reached the gateway have no echo.
    loop {
        let now = store.count(open);
        if now == last {
            return;
        }
        last = now;
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
}

/// Points around sending, where what became of a reply may be unknown.
const SENDING: [&str; 13] = [
    "before_sync",
    "synced",
    "claimed",
    "committed",
    "sends_begun",
    "before_send",
    "sent",
    "settled",
    "before_echo",
    "echo_noted",
    "recovered",
    "stopping",
    "sends_ended",
];

fn on(database: Option<&Database>) -> Plan {
    Plan { store: database.map(|it| it.url().to_owned()), ..Plan::default() }
}

/// Kills at all points but those of a desk, with a gateway that honours `msg_id`.
async fn with_an_idempotent_gateway(database: Option<&Database>) {
    let world = World::new(Plan { owner: true, ..on(database) }).await;
    let crowd = Crowd::default();
    let echoes = crowd::echoes(&world);
    let file = world.state_file();
    let store = database.map_or(Store::Sqlite(&file), Store::Postgres);
    // A file has one writer, and a point of its own in it.
    let is_here = |it: &&(&str, Reached)| {
        !matches!(it.1, Reached::Desk(_)) && (database.is_none() || it.0 != "transaction_begun")
    };
    let points: Vec<_> = POINTS.iter().filter(is_here).copied().collect();
    let toll = kill_at(&world, &store, &crowd, &points).await;
    echoes.abort();
    let found = ledger::check(&store, &crowd, &world.gateway);
    assert_eq!(toll.kills, points.len());
    let told = "SELECT count(*) FROM notices WHERE client_slug = 'shop_0' AND status = 'sent'";
    assert_eq!(store.count(told), 2, "the owner heard of 80 % and of 100 % of the plan");
    assert_eq!(found.unknown, 0, "the gateway honours msg_id: nothing is left open");
    assert!(found.delivered > points.len() * CUSTOMERS / 2);
}

/// Kills around sending, with a gateway that does not.
async fn with_a_forgetful_gateway(database: Option<&Database>) {
    let world = World::new(Plan { idempotent: false, ..on(database) }).await;
    let crowd = Crowd::default();
    let echoes = crowd::echoes(&world);
    let points = of(&SENDING);
    let file = world.state_file();
    let store = database.map_or(Store::Sqlite(&file), Store::Postgres);
    let toll = kill_at(&world, &store, &crowd, &points).await;
    echoes.abort();
    let found = ledger::check(&store, &crowd, &world.gateway);
    let lost_answers = 3 * points.len();
    assert!(found.unknown <= toll.interrupted + lost_answers, "{found:?}, {}", toll.interrupted);
    // With the echo, only what never reached the gateway stays open.
    let echoed =
        store.rows("SELECT id FROM outbox WHERE status = 'unknown' AND client_slug IN ('shop_1', 'shop_3')");
    for row in echoed {
        let delivered =
            world.gateway.calls_after(0).into_iter().find(|it| it.msg_id.as_ref() == Some(&row[0]));
        assert!(delivered.is_none_or(|it| !it.is_delivered()), "its echo has settled {row:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_kill_loses_or_doubles_anything_with_an_idempotent_gateway() {
    for _ in 0..repeats() {
        with_an_idempotent_gateway(None).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_kill_loses_or_doubles_anything_on_a_server() {
    let _shared = crate::replicas::SERVER.read().await;
    for _ in 0..repeats() {
        let Some(database) = postgres::database() else { return };
        with_an_idempotent_gateway(Some(&database)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_a_forgetful_gateway_leaves_open_is_shown_or_settled_by_its_echo() {
    for _ in 0..repeats() {
        with_a_forgetful_gateway(None).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_a_forgetful_gateway_leaves_open_is_shown_or_settled_on_a_server_too() {
    let _shared = crate::replicas::SERVER.read().await;
    for _ in 0..repeats() {
        let Some(database) = postgres::database() else { return };
        with_a_forgetful_gateway(Some(&database)).await;
    }
}

/// A process that is killed and started again and again, at moments of no importance.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn kills_at_any_moment_lose_and_double_nothing() {
    let world = World::new(Plan::default()).await;
    let crowd = Crowd::default();
    let mut floods = Vec::new();
    for round in 0..4 * repeats() {
        let serve: Serve = world.open(&[]);
        let before = crowd.acked();
        floods.push(crowd.flood(&world, CUSTOMERS, EACH));
        let wanted = before + 1 + usize::try_from(round).unwrap() * 37 % 150;
        until("messages are in flight", || crowd.acked() >= wanted).await;
        world.disconnect();
        serve.kill();
    }
    let serve = world.open(&[]);
    for flood in floods {
        flood.await.unwrap();
    }
    let file = world.state_file();
    Store::Sqlite(&file).drained().await;
    drop(serve);
    ledger::check(&Store::Sqlite(&file), &crowd, &world.gateway);
}
