//! The engines that keep both contracts, and the macros that run them on each of them.

use std::time::{Duration, Instant};

use runtime::{
    DeskStore, PostgresReleases, PostgresState, PostgresUrl, ReleaseStore, SqliteReleases, SqliteState,
    StateStore,
};
use rusqlite::Connection;
use tempfile::TempDir;

use crate::postgres::{self, Database};

/// Conversations and the desk: one object has both doors.
pub(crate) trait Desk: StateStore + DeskStore {}
impl<T: StateStore + DeskStore> Desk for T {}

/// A store that can be opened again and looked into; empty at first, gone when dropped.
pub(crate) trait Engine: Sync {
    /// Opens the store, as another process would.
    fn open(&self) -> Box<dyn ReleaseStore>;
    /// Rows of a statement that both engines understand: columns joined by `|`, nothing as `-`.
    fn rows(&self, sql: &str) -> Vec<String>;
    /// Returns when nobody else is at work in the store any more.
    fn settled(&self);
    /// What [`open_at`] needs to open the same store in another process.
    fn place(&self) -> String;
    /// Opens the conversations, as another process would.
    fn state(&self) -> Box<dyn StateStore>;
    /// As [`Self::state`], with the desk.
    fn desk(&self) -> Box<dyn Desk>;
    /// When another process takes up what one that died had begun at `at_ms`, for a minute.
    fn taken_up(&self, at_ms: i64) -> i64;
    /// An empty one of the same kind.
    fn another(&self) -> Box<dyn Engine>;
    /// As [`Self::rows`], of the conversations.
    fn state_rows(&self, sql: &str) -> Vec<String>;
}

/// The store that an engine's `place` names.
pub(crate) fn open_at(place: &str) -> Box<dyn ReleaseStore> {
    match PostgresUrl::parse(place) {
        Ok(url) => Box::new(PostgresReleases::open(&url).unwrap()),
        Err(_) => Box::new(SqliteReleases::open(place.as_ref()).unwrap()),
    }
}

/// A file in a folder of its own.
pub(crate) struct Sqlite(TempDir);

impl Sqlite {
    pub(crate) fn new() -> Option<Self> {
        Some(Self(TempDir::new().unwrap()))
    }
}

impl Engine for Sqlite {
    fn open(&self) -> Box<dyn ReleaseStore> {
        Box::new(SqliteReleases::open(self.0.path()).unwrap())
    }

    fn rows(&self, sql: &str) -> Vec<String> {
        rows(&Connection::open(self.0.path().join(SqliteReleases::FILE)).unwrap(), sql)
    }

    fn settled(&self) {}

    fn place(&self) -> String {
        self.0.path().to_str().unwrap().to_owned()
    }

    fn desk(&self) -> Box<dyn Desk> {
        Box::new(SqliteState::open(self.0.path()).unwrap())
    }

    fn state(&self) -> Box<dyn StateStore> {
        Box::new(SqliteState::open(self.0.path()).unwrap())
    }

    fn taken_up(&self, at_ms: i64) -> i64 {
        at_ms + 100
    }

    fn another(&self) -> Box<dyn Engine> {
        Box::new(Self::new().unwrap())
    }

    fn state_rows(&self, sql: &str) -> Vec<String> {
        rows(&Connection::open(self.0.path().join(SqliteState::FILE)).unwrap(), sql)
    }
}

/// A database of a private server.
pub(crate) struct Postgres(pub(crate) Database);

impl Postgres {
    pub(crate) fn new() -> Option<Self> {
        postgres::database().map(Self)
    }
}

impl Engine for Postgres {
    fn open(&self) -> Box<dyn ReleaseStore> {
        open_at(self.0.url())
    }

    fn rows(&self, sql: &str) -> Vec<String> {
        self.0.sql(sql)
    }

    fn settled(&self) {
        let others = "SELECT count(*) FROM pg_stat_activity
                      WHERE application_name = 'tenantry' AND datname = current_database()";
        let deadline = Instant::now() + Duration::from_secs(30);
        while self.0.sql(others) != ["0"] {
            assert!(Instant::now() < deadline, "the server notices that a client is gone");
        }
    }

    fn place(&self) -> String {
        self.0.url().to_owned()
    }

    fn desk(&self) -> Box<dyn Desk> {
        Box::new(PostgresState::open(&PostgresUrl::parse(self.0.url()).unwrap()).unwrap())
    }

    fn state(&self) -> Box<dyn StateStore> {
        Box::new(PostgresState::open(&PostgresUrl::parse(self.0.url()).unwrap()).unwrap())
    }

    fn taken_up(&self, at_ms: i64) -> i64 {
        at_ms + 60_100
    }

    fn another(&self) -> Box<dyn Engine> {
        Box::new(Self::new().unwrap())
    }

    fn state_rows(&self, sql: &str) -> Vec<String> {
        self.0.sql(sql)
    }
}

/// All rows of a query, columns joined by `|`.
pub(crate) fn rows(connection: &Connection, sql: &str) -> Vec<String> {
    let mut statement = connection.prepare(sql).unwrap();
    let columns = statement.column_count();
    let rows = statement.query_map([], |row| {
        let cells: rusqlite::Result<Vec<String>> = (0..columns)
            .map(|at| {
                rusqlite::Result::Ok(match row.get_ref(at)? {
                    rusqlite::types::ValueRef::Null => "-".to_owned(),
                    rusqlite::types::ValueRef::Integer(it) => it.to_string(),
                    rusqlite::types::ValueRef::Real(it) => it.to_string(),
                    other => other.as_str()?.to_owned(),
                })
            })
            .collect();
        Ok(cells?.join("|"))
    });
    rows.unwrap().collect::<Result<_, rusqlite::Error>>().unwrap()
}

macro_rules! on_every_engine {
    ($($suite:ident: $($test:ident)*;)*) => {
        mod on_sqlite {
            $($(
                #[test]
                fn $test() {
                    crate::$suite::$test(&crate::engines::Sqlite::new().unwrap());
                }
            )*)*
        }

        mod on_postgres {
            $($(
                #[test]
                fn $test() {
                    // Where there is no server it has been said, or refused.
                    if let Some(engine) = crate::engines::Postgres::new() {
                        crate::$suite::$test(&engine);
                    }
                }
            )*)*
        }
    };
}

on_every_engine! {
    releases:
        a_published_release_is_live_and_whole
        the_head_of_what_is_live_is_at_hand
        publishing_what_stands_writes_nothing
        a_plan_on_another_base_is_refused
        bytes_that_are_not_the_release_are_refused
        a_rollback_flips_and_a_publish_goes_forward
        publishing_the_rolled_back_release_clears_the_mark
        the_last_five_releases_are_kept
        a_vector_that_another_tenant_names_stays
        thousands_of_vectors_are_found_by_digest
        two_tenants_cannot_have_one_id
        of_publishers_at_once_one_wins
        tenants_published_at_once_all_go_live
        a_reader_sees_the_old_or_the_new_never_a_mix;
    face:
        the_relational_face_is_plain_sql
        the_relational_face_follows_the_live_release;
    audit:
        every_change_leaves_a_line
        what_changes_nothing_leaves_no_line
        a_tree_that_differs_from_its_commit_is_marked
        embeddings_are_kept_before_and_after_their_release
        a_sweep_removes_what_nothing_names
        a_sweep_keeps_what_people_taught
        a_sweep_keeps_what_is_live;
    kill:
        a_killed_publish_leaves_the_old_or_the_new;
}
