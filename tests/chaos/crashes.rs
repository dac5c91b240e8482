//! A PostgreSQL server that ends without finishing anything, and starts again.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::crowd::Crowd;
use crate::ledger::{self, Store};
use crate::postgres::{self, Database};
use crate::repeats;
use crate::replicas::SERVER;
use crate::world::{Plan, World, until};

/// Crashes of the server while messages come in.
const CRASHES: usize = 4;

/// As an operator sets it up, except that nothing but a commit that waits for it writes the log: what is
/// not waited for is lost.
const DURABLE: [&str; 4] =
    ["fsync = on", "full_page_writes = on", "wal_writer_delay = '10s'", "autovacuum = off"];

/// There as long as the server is.
const PID: &str = "postmaster.pid";

/// The tests' server, taken by hand.
struct Cluster<'a> {
    database: &'a Database,
    data: PathBuf,
    binaries: PathBuf,
    port: String,
}

impl<'a> Cluster<'a> {
    fn of(database: &'a Database) -> Self {
        for setting in DURABLE {
            database.sql(&format!("ALTER SYSTEM SET {setting}"));
        }
        database.sql("SELECT pg_reload_conf()");
        let data = PathBuf::from(database.sql("SHOW data_directory").remove(0));
        let port = database.sql("SHOW port").remove(0);
        let server = std::fs::read_link(format!("/proc/{}/exe", postmaster(&data))).unwrap();
        Self { database, binaries: server.parent().unwrap().to_owned(), data, port }
    }

    /// `pg_ctl -m immediate stop`: every process of the server ends where it stands.
    async fn crash(&self) {
        let pid = postmaster(&self.data);
        assert!(Command::new("kill").args(["-QUIT", &pid]).status().unwrap().success());
        until("the server has ended", || !self.data.join(PID).exists()).await;
    }

    /// It recovers from its log.
    fn start(&self) {
        let program = self.binaries.join("pg_ctl");
        let owner = std::fs::metadata(&self.data).unwrap();
        let mut command = match std::fs::metadata("/proc/self").unwrap() {
            own if uid(&own) == uid(&owner) => Command::new(program),
            _ => {
                let mut command = Command::new("setpriv");
                let id = uid(&owner);
                command.args([format!("--reuid={id}"), format!("--regid={id}"), "--clear-groups".to_owned()]);
                command.arg("--").arg(program);
                command
            }
        };
        let log = self.data.join("../log");
        let args = ["-w", "-o", &format!("-p {}", self.port), "start"];
        let started = command.current_dir("/").arg("-D").arg(&self.data).arg("-l").arg(log).args(args);
        assert!(started.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap().success());
    }
}

impl Drop for Cluster<'_> {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.database.sql("ALTER SYSTEM RESET ALL");
            self.database.sql("SELECT pg_reload_conf()");
        }
    }
}

fn uid(file: &std::fs::Metadata) -> u32 {
    std::os::unix::fs::MetadataExt::uid(file)
}

/// The first process of the server with this folder.
fn postmaster(data: &Path) -> String {
    let file = std::fs::read_to_string(data.join(PID)).unwrap();
    file.lines().next().unwrap().to_owned()
}

/// How many acknowledged messages were missing after so many crashes, summed up.
async fn lost(world: &World, crowd: &Crowd, cluster: &Cluster<'_>) -> usize {
    let mut sum = 0;
    let mut floods = Vec::new();
    for _ in 0..CRASHES {
        let before = crowd.acked();
        floods.push(crowd.flood(world, 100, 3));
        until("messages are acknowledged", || crowd.acked() > before + 40).await;
        cluster.crash().await;
        // Nothing can be stored any more, so nothing may be acknowledged.
        let acked: BTreeSet<String> =
            crowd.told().into_iter().filter(|it| it.acked).map(|it| it.message_id).collect();
        tokio::task::block_in_place(|| cluster.start());
        let stored = "SELECT m.message_id FROM messages m JOIN seen USING (message_id) WHERE m.role = 'user'";
        let stored: BTreeSet<String> = cluster.database.sql(stored).into_iter().collect();
        sum += acked.difference(&stored).count();
        until("messages are taken again", || crowd.acked() > acked.len()).await;
    }
    for flood in floods {
        flood.await.unwrap();
    }
    sum
}

async fn world(database: &Database) -> World {
    World::new(Plan { store: Some(database.url().to_owned()), ..Plan::default() }).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_server_that_crashes_loses_nothing_that_was_acknowledged() {
    let _alone = SERVER.write().await;
    for _ in 0..repeats() {
        let Some(database) = postgres::database() else { return };
        let (world, crowd) = (world(&database).await, Crowd::default());
        let cluster = Cluster::of(&database);
        let serve = world.open(&[]);
        assert_eq!(lost(&world, &crowd, &cluster).await, 0);
        let store = Store::Postgres(&database);
        store.leases_run_out();
        store.drained().await;
        ledger::check(&store, &crowd, &world.gateway);
        drop(serve);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn with_commits_that_wait_for_nothing_the_same_test_sees_losses() {
    let _alone = SERVER.write().await;
    let Some(database) = postgres::database() else { return };
    let (world, crowd) = (world(&database).await, Crowd::default());
    let serve = world.open(&[]);
    database.sql(
        "CREATE FUNCTION hurry() RETURNS trigger LANGUAGE plpgsql AS
             $$ BEGIN PERFORM set_config('synchronous_commit', 'off', true); RETURN NULL; END $$",
    );
    for table in ["seen", "messages", "outbox", "conversations"] {
        database.sql(&format!(
            "CREATE TRIGGER hurry AFTER INSERT OR UPDATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION hurry()"
        ));
    }
    let cluster = Cluster::of(&database);
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(
        lost(&world, &crowd, &cluster).await > 0,
        "what is not on the disk is lost, and the test sees it"
    );
    drop(serve);
}
