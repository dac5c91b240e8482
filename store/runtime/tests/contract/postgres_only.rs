//! What only PostgreSQL promises: addresses, passwords, TLS, deadlines, other people's runtimes.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use runtime::{PostgresReleases, PostgresState, PostgresUrl, ReleaseStore, StateStore, StoreError};

use crate::engines::{Engine, Postgres};
use crate::make::{SLUG, publication, release};

fn open(url: &str) -> Result<PostgresReleases, StoreError> {
    PostgresReleases::open(&PostgresUrl::parse(url).unwrap())
}

#[track_caller]
fn refused(url: &str) -> String {
    let error = open(url).unwrap_err();
    assert!(matches!(error, StoreError::Unavailable(_)), "{error}");
    let told = format!("{error} {error:?}");
    assert!(!told.contains("canary-of-a-password") && !told.contains("wrong-password"), "{told}");
    error.to_string()
}

#[test]
fn what_cannot_be_opened_is_told_without_the_password() {
    let Some(engine) = Postgres::new() else { return };
    let url = engine.0.url();
    let wrong = refused(&url.replace("canary-of-a-password", "wrong-password"));
    assert!(
        wrong.contains("PostgreSQL at 127.0.0.1:") && wrong.contains("password authentication failed"),
        "{wrong}"
    );
    let missing = refused(&format!("{url}_missing"));
    assert!(missing.contains("does not exist"), "{missing}");
    let store = open(url).unwrap();
    assert!(!format!("{store:?}").contains("canary-of-a-password"), "{store:?}");
}

#[test]
fn a_server_that_is_not_there_is_told_at_once() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let error = refused(&format!("postgres://keeper:wrong-password@{free}/shop"));
    assert!(error.contains(&free.to_string()) && error.contains("refused"), "{error}");
}

#[test]
fn a_server_that_does_not_answer_is_given_up() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap();
    let begun = Instant::now();
    let error = refused(&format!("postgres://keeper:wrong-password@{address}/shop?connect_timeout=1"));
    assert!(error.contains("does not answer"), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());
}

#[test]
fn tables_are_made_once_by_many_at_once() {
    let Some(engine) = Postgres::new() else { return };
    let url = PostgresUrl::parse(engine.0.url()).unwrap();
    assert!(PostgresReleases::open_made(&url).unwrap().is_none(), "nothing has been made");
    assert_eq!(engine.rows("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"), ["0"]);
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| open(engine.0.url()).unwrap());
        }
    });
    assert_eq!(
        engine.rows("SELECT part, version FROM tenantry_schema ORDER BY version"),
        ["releases|1", "releases|2"]
    );
    assert!(PostgresReleases::open_made(&url).unwrap().is_some());
}

#[test]
fn tables_of_a_newer_build_are_refused() {
    let Some(engine) = Postgres::new() else { return };
    drop(engine.open());
    engine.rows("INSERT INTO tenantry_schema (part, version) VALUES ('releases', 99)");
    let error = open(engine.0.url()).unwrap_err();
    assert!(
        matches!(error, StoreError::Unreadable(ref why) if why.contains("99") && why.contains("newer")),
        "{error}"
    );
}

#[test]
fn tables_of_the_state_store_are_none_of_its_business() {
    let Some(engine) = Postgres::new() else { return };
    drop(engine.open());
    engine.rows("INSERT INTO tenantry_schema (part, version) VALUES ('state', 99)");
    drop(engine.open());
}

#[test]
fn a_call_from_anybodys_runtime_works() {
    let Some(engine) = Postgres::new() else { return };
    let single = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let several = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
    for runtime in [&single, &several] {
        let url = engine.0.url().to_owned();
        runtime.block_on(async move {
            let store = open(&url).unwrap();
            assert!(store.live().unwrap().is_empty());
            // Dropped here too, where a runtime must not be.
        });
    }
    let url = engine.0.url().to_owned();
    several.block_on(several.spawn(async move { open(&url).unwrap().revision().unwrap() })).unwrap();
}

#[test]
fn a_connection_that_broke_is_replaced() {
    let Some(engine) = Postgres::new() else { return };
    let store = engine.open();
    let one = publication(&release(SLUG, "one", &["one"]), None, "t1");
    store.publish(&one).unwrap();
    let cut = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
               WHERE application_name = 'tenantry' AND datname = current_database()";
    assert_eq!(engine.rows(cut), ["1"]);
    engine.settled();
    assert_eq!(store.live().unwrap()[SLUG].release_id, one.release_id);
    let two = publication(&release(SLUG, "two", &["two"]), Some(&one.release_id), "t2");
    store.publish(&two).unwrap();
}

#[test]
fn readers_do_not_wait_for_a_writer() {
    let Some(engine) = Postgres::new() else { return };
    let store = engine.open();
    store.publish(&publication(&release(SLUG, "one", &["one"]), None, "t1")).unwrap();
    let url = engine.0.url().to_owned();
    let (locked, is_locked) = std::sync::mpsc::channel();
    let (release, released) = std::sync::mpsc::channel::<()>();
    let writer = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async move {
            let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
            let line = tokio::spawn(connection);
            client.batch_execute("BEGIN; UPDATE revision SET number = 1000").await.unwrap();
            locked.send(()).unwrap();
            tokio::task::spawn_blocking(move || released.recv()).await.unwrap().unwrap();
            client.batch_execute("COMMIT").await.unwrap();
            line.abort();
        });
    });
    is_locked.recv().unwrap();
    assert_eq!(store.revision().unwrap(), 1);
    assert_eq!(store.live().unwrap().len(), 1);
    release.send(()).unwrap();
    writer.join().unwrap();
    assert_eq!(store.revision().unwrap(), 1000);
}

#[test]
fn on_one_machine_conversations_go_without_tls_unless_somebody_wants_it() {
    let Some(engine) = Postgres::new() else { return };
    let url = engine.0.url();
    let within = Instant::now() + Duration::from_secs(60);
    let encrypted = |url: &str| {
        let state = PostgresState::open(&PostgresUrl::parse(url).unwrap()).unwrap();
        // The line that made the tables goes in its own time.
        let lines = "SELECT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
                     WHERE application_name = 'tenantry' AND datname = current_database()";
        while !engine.rows(lines).is_empty() {
            assert!(Instant::now() < within, "the line is closed");
        }
        state.usage(None).unwrap();
        let ssl = engine.rows(lines);
        drop(state);
        engine.settled();
        ssl
    };
    assert_eq!(encrypted(url), ["f"]);
    assert_eq!(encrypted(&format!("{url}?sslmode=prefer")), ["t"]);
    engine.rows(
        "COPY (SELECT 'hostnossl ' || current_database() || ' all all reject'
               UNION ALL SELECT line FROM unnest(string_to_array(pg_read_file('pg_hba.conf'), E'\\n')) AS line)
         TO PROGRAM 'cat > new_hba.conf; mv new_hba.conf pg_hba.conf'",
    );
    engine.rows("SELECT pg_reload_conf()");
    while encrypted(url) != ["t"] {
        assert!(Instant::now() < within, "a server that insists on TLS gets it");
    }
}

#[test]
fn connections_are_encrypted_when_asked_and_servers_believed_when_vouched_for() {
    let Some(engine) = Postgres::new() else { return };
    let url = engine.0.url();
    let encrypted = || {
        engine.rows(
            "SELECT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
             WHERE application_name = 'tenantry' AND datname = current_database()",
        )
    };
    for (mode, expected) in [("disable", "f"), ("prefer", "t"), ("require", "t")] {
        let store = open(&format!("{url}?sslmode={mode}")).unwrap();
        assert_eq!(encrypted(), [expected], "{mode}");
        drop(store);
        engine.settled();
    }
    let unknown = refused(&format!("{url}?sslmode=verify-full"));
    assert!(unknown.contains("certificate"), "{unknown}");
    // The server's folder is its own user's; a copy may be read by anybody.
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, engine.rows("SELECT pg_read_file('server.crt')").join("\n")).unwrap();
    let store = open(&format!("{url}?sslrootcert={}", file.display())).unwrap();
    assert_eq!(encrypted(), ["t"]);
    drop(store);
    let other_name = format!("{url}?sslrootcert={}", file.display()).replace("127.0.0.1", "127.0.0.2");
    refused(&other_name);
}
