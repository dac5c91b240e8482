//! Power cuts, full disks, failing disks.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::crowd::Crowd;
use crate::disk::{Disk, Word};
use crate::ledger::{self, Store};
use crate::world::{Plan, World, until};
use crate::{PATIENCE, repeats};

/// Power cuts whose remains are looked at.
const CUTS: usize = 60;

/// What a power cut left: how many of the acknowledged messages are not there.
fn lost(folder: &Path, acked: &BTreeSet<String>) -> usize {
    let state = rusqlite::Connection::open(folder.join("state.sqlite")).unwrap();
    let sound: String = state.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(sound, "ok", "{}", folder.display());
    let mut rows = state
        .prepare("SELECT m.message_id FROM messages m JOIN seen USING (message_id) WHERE role = 'user'")
        .unwrap();
    let stored: BTreeSet<String> =
        rows.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap();
    acked.difference(&stored).count()
}

/// Acknowledged messages that are missing after so many power cuts, summed up.
async fn lost_by_cuts(cuts: usize, seed: u64, more: &[(&'static str, String)]) -> usize {
    let world = World::new(Plan::default()).await;
    // The tables are there before the power is cut for the first time.
    world.open(&[]).stop().await;
    let disk = Disk::new();
    disk.set(Word::Slow, 500);
    let mut env = disk.below(&world.state_file());
    env.push(("LOSSY_SEED", seed.to_string()));
    env.extend_from_slice(more);
    let serve = world.open(&env);
    let crowd = Crowd::default();
    let (mut sum, mut flood) = (0, crowd.flood(&world, 60, 4));
    for number in 0..cuts {
        if flood.is_finished() {
            flood = crowd.flood(&world, 60, 4);
        }
        // Something new is acknowledged between two cuts.
        let before = crowd.acked();
        until("messages are acknowledged", || crowd.acked() > before || flood.is_finished()).await;
        let acked = crowd.told().into_iter().filter(|it| it.acked).map(|it| it.message_id).collect();
        serve.signal("-USR2");
        let folder = disk.cut(number);
        until("the remains are there", || folder.join("done").exists()).await;
        sum += lost(&folder, &acked);
        fs::remove_dir_all(folder).unwrap();
    }
    flood.await.unwrap();
    assert!(crowd.acked() > cuts, "{} messages for {cuts} cuts", crowd.acked());
    assert!(disk.get(Word::Syncs) > 0, "the disk is below the process");
    sum
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_power_cut_loses_nothing_that_was_acknowledged() {
    for round in 0..repeats() {
        assert_eq!(lost_by_cuts(CUTS, round, &[]).await, 0, "round {round}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn without_syncs_the_same_test_sees_losses() {
    let lost = lost_by_cuts(5, 0, &[("LOSSY_IGNORE", "1".to_owned())]).await;
    assert!(lost > 0, "a disk that lies about syncs loses messages, and the test must see it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn after_power_cuts_everything_is_answered_once() {
    let world = World::new(Plan::default()).await;
    world.open(&[]).stop().await;
    let (disk, crowd) = (Disk::new(), Crowd::default());
    disk.set(Word::Slow, 500);
    let mut floods = Vec::new();
    for round in 0..5 * repeats() {
        let mut env = disk.below(&world.state_file());
        env.push(("LOSSY_SEED", round.to_string()));
        let mut serve = world.open(&env);
        let wanted = crowd.acked() + 40 + usize::try_from(round).unwrap() * 29 % 100;
        floods.push(crowd.flood(&world, 100, 2));
        until("messages are in flight", || crowd.acked() >= wanted).await;
        serve.signal("-USR1");
        let status = serve.ended(PATIENCE).await.expect("the power is cut");
        world.disconnect();
        assert_eq!(status.code(), Some(137));
    }
    let _serve = world.open(&[]);
    for flood in floods {
        flood.await.unwrap();
    }
    let file = world.state_file();
    Store::Sqlite(&file).drained().await;
    ledger::check(&Store::Sqlite(&file), &crowd, &world.gateway);
}

/// A disk that refuses work for a while is no reason to lie about messages or to be restarted.
async fn refuses_and_recovers(trouble: Word) {
    let world = World::new(Plan::default()).await;
    let (disk, crowd) = (Disk::new(), Crowd::default());
    let _serve = world.open(&disk.below(&world.state_file()));
    crowd.flood(&world, 40, 1).await.unwrap();
    disk.set(trouble, 1);
    let waiting = crowd.flood(&world, 60, 2);
    let phone = world.phone();
    for nth in 0..5 {
        let message =
            world.message(1, &format!("7709000000{nth}@s.whatsapp.net"), "Сколько стоит правка колеса?");
        let answer = phone.write(&message).await.unwrap();
        assert_eq!(answer.status, 503, "nothing is acknowledged that is not on the disk: {}", answer.body);
    }
    disk.set(trouble, 0);
    waiting.await.unwrap();
    let file = world.state_file();
    Store::Sqlite(&file).drained().await;
    ledger::check(&Store::Sqlite(&file), &crowd, &world.gateway);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_full_disk_refuses_messages_and_recovers_without_a_restart() {
    refuses_and_recovers(Word::Full).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_disk_that_fails_to_sync_acknowledges_nothing_and_recovers() {
    refuses_and_recovers(Word::Broken).await;
}
