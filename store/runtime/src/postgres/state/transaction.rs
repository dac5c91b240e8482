//! A transaction: statements that are waited for, and those that are sent along with the next of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::PoisonError;
use std::time::Duration;

use futures_util::future::{join_all, try_join_all};
use tokio::runtime::Runtime;
use tokio::time::timeout;
use tokio_postgres::Statement;
use tokio_postgres::types::ToSql;

use super::connection::{CHANNEL, Connection, DESK, Failed, Failure, Target};
use super::text::{Encoded, lifted, row};
use super::turns;
use crate::StoreError;
use crate::sql::{Row, Sql, Value, values};
use crate::state::Ring;

/// How long the server may take over one statement; longer than its own limit, so that it tells why.
const ANSWER: Duration = Duration::from_secs(35);

/// Each statement sees what was committed before it, whatever the server's default is.
pub(super) const WRITE: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";
/// The commit returns before it is on the disk; what is committed after it never gets there before it.
pub(super) const LIGHT: &str =
    "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SET LOCAL synchronous_commit = off";
/// Its plans look at the values and the statistics, as the server plans by itself.
pub(super) const BROAD: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
    SET LOCAL plan_cache_mode = force_custom_plan; SET LOCAL enable_bitmapscan = on; SET LOCAL enable_seqscan = on";
/// All statements see one snapshot; planned likewise.
pub(super) const READ: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
    SET LOCAL plan_cache_mode = force_custom_plan; SET LOCAL enable_bitmapscan = on; SET LOCAL enable_seqscan = on";

/// A transaction, begun with its first statement.
///
/// Statements are sent in the order in which they were asked for, and what is sent together costs one
/// way there and back.
pub(super) struct Transaction<'a> {
    runtime: &'a Runtime,
    target: &'a Target,
    connection: &'a mut Connection,
    /// The statement that begins it, until it has been sent.
    begin: Option<&'static str>,
    /// It is one statement, which the server begins and commits by itself.
    is_bare: bool,
    /// Statements that go with the next one.
    later: Vec<(Statement, Vec<Encoded>)>,
    /// Why no later statement can succeed.
    failure: Option<Failure>,
    /// What other stores on the database are to be told.
    ring: Option<Ring>,
}

/// What waits to be sent, in order.
struct Waiting {
    begin: Option<&'static str>,
    later: Vec<(Statement, Vec<Encoded>)>,
}

impl Waiting {
    /// Sends it, and `last` behind it; what it came to, of several failures the first, and what `last` did.
    async fn and<T>(
        &self,
        client: &tokio_postgres::Client,
        last: impl Future<Output = Result<T, tokio_postgres::Error>>,
    ) -> (Result<(), tokio_postgres::Error>, Result<T, tokio_postgres::Error>) {
        let begun = async {
            match self.begin {
                Some(begin) => client.batch_execute(begin).await,
                None => Ok(()),
            }
        };
        let later =
            join_all(self.later.iter().map(|(statement, values)| client.execute_raw(statement, values)));
        let (begun, later, last) = tokio::join!(biased; begun, later, last);
        (begun.and_then(|()| later.into_iter().try_for_each(|it| it.map(drop))), last)
    }

    /// As [`Self::and`], where it does not matter what has failed.
    async fn with<T>(
        &self,
        client: &tokio_postgres::Client,
        last: impl Future<Output = Result<T, tokio_postgres::Error>>,
    ) -> Result<T, tokio_postgres::Error> {
        let (before, last) = self.and(client, last).await;
        before.and(last)
    }
}

impl<'a> Transaction<'a> {
    /// One that this statement begins; without any, each of its statements is by itself.
    pub(super) fn new(
        runtime: &'a Runtime,
        target: &'a Target,
        connection: &'a mut Connection,
        begin: Option<&'static str>,
    ) -> Self {
        let is_bare = begin.is_none();
        Self { runtime, target, connection, begin, is_bare, later: Vec::new(), failure: None, ring: None }
    }

    /// Why nothing of it can be committed any more.
    pub(super) fn failure(&self) -> Option<Failure> {
        self.failure
    }

    fn waiting(&mut self) -> Waiting {
        Waiting { begin: self.begin.take(), later: std::mem::take(&mut self.later) }
    }

    fn wait<T>(&self, work: impl Future<Output = Result<T, tokio_postgres::Error>>) -> Result<T, Failed> {
        let late = || {
            let why = StoreError::Unavailable("the server took too long over a statement".to_owned());
            Failed { kind: Failure::Unknown, why }
        };
        self.runtime
            .block_on(async { timeout(ANSWER, work).await.map_or_else(|_| Err(late()), |it| Ok(it?)) })
    }

    /// What a failed statement leaves: nothing can be committed any more.
    fn noted<T>(&mut self, outcome: Result<T, Failed>) -> Result<T, StoreError> {
        outcome.map_err(|err| {
            self.failure.get_or_insert(err.kind);
            err.why
        })
    }

    fn prepared(&mut self, sql: &'static str) -> Result<Statement, StoreError> {
        if let Some(known) = self.connection.statements.get(sql) {
            return Ok(known.clone());
        }
        let text = lifted(sql);
        let prepared = self.wait(self.connection.client.prepare(&text));
        let prepared = self.noted(prepared)?;
        self.connection.statements.insert(sql, prepared.clone());
        Ok(prepared)
    }

    /// The rows of a statement, as the server gives them.
    pub(super) fn query(
        &mut self,
        sql: &'static str,
        params: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<tokio_postgres::Row>, StoreError> {
        let (statement, waiting) = (self.prepared(sql)?, self.waiting());
        let client = &self.connection.client;
        let rows = self.wait(waiting.with(client, client.query(&statement, params)));
        self.noted(rows)
    }

    /// Commits; with `ring` other stores on the database are told that something is due, as they are when
    /// the work has asked for it. They are told right behind the commit, not within it: the server lets
    /// one transaction with a notice commit at a time, and that would be one sync after the other.
    pub(super) fn commit(mut self, ring: Option<Ring>) -> Result<(), Failed> {
        if self.is_bare || (self.begin.is_some() && self.later.is_empty()) {
            return Ok(());
        }
        let waiting = self.waiting();
        let client = &self.connection.client;
        let told = self.ring.or(ring).map(|ring| {
            let (origin, desk) = (&self.target.origin, if ring == Ring::Desk { DESK } else { "" });
            format!(
                "BEGIN; SET LOCAL synchronous_commit = off; SELECT pg_notify('{CHANNEL}', '{origin}{desk}'); COMMIT"
            )
        });
        let committing = waiting.and(client, async {
            match &told {
                // A hint that is lost is made up for by looking at the clock.
                Some(told) => {
                    let (committed, told) =
                        tokio::join!(biased; client.batch_execute("COMMIT"), client.batch_execute(told));
                    committed.map(|()| told.is_ok())
                }
                None => client.batch_execute("COMMIT").await.map(|()| true),
            }
        });
        let (before, committed) = self.wait(async { Ok(committing.await) })?;
        // A hint that failed half way leaves a transaction open.
        self.connection.is_spent |= matches!(committed, Ok(false));
        match before {
            // The server said so before it came to the commit, so it has undone everything.
            Err(err) if err.code().is_some() => Err(err.into()),
            Err(err) => Err(Failed { kind: Failure::Unknown, why: err.into() }),
            Ok(()) => committed.map(drop).map_err(|err| match Failed::from(err) {
                Failed { kind: Failure::Lost, why } => Failed { kind: Failure::Unknown, why },
                other => other,
            }),
        }
    }

    /// Undoes everything; false when the connection is of no use any more.
    pub(super) fn roll_back(self) -> bool {
        if matches!(self.failure, Some(Failure::Lost | Failure::Unknown)) {
            return false;
        }
        self.is_bare
            || self.begin.is_some()
            || self.wait(self.connection.client.batch_execute("ROLLBACK")).is_ok()
    }
}

impl Sql for Transaction<'_> {
    fn run(&mut self, sql: &'static str, values: &[Value<'_>]) -> Result<u64, StoreError> {
        let (statement, waiting) = (self.prepared(sql)?, self.waiting());
        let client = &self.connection.client;
        let params = params(values);
        let changed = self.wait(waiting.with(client, client.execute(&statement, &params)));
        self.noted(changed)
    }

    fn rows(&mut self, sql: &'static str, values: &[Value<'_>]) -> Result<Vec<Row>, StoreError> {
        self.query(sql, &params(values))?.iter().map(row).collect()
    }

    fn later(&mut self, sql: &'static str, values: &[Value<'_>]) -> Result<(), StoreError> {
        let statement = self.prepared(sql)?;
        // Behind a statement that could not even be sent, a commit would keep the half of it.
        let encoded = values.iter().zip(statement.params()).map(|(value, kind)| Encoded::of(*value, kind));
        match encoded.collect() {
            Ok(encoded) => self.later.push((statement, encoded)),
            Err(why) => return self.noted(Err(Failed { kind: Failure::Refused, why })),
        }
        Ok(())
    }

    fn runs(&mut self, sql: &'static str, each: &[Vec<Value<'_>>]) -> Result<Vec<u64>, StoreError> {
        let (statement, waiting) = (self.prepared(sql)?, self.waiting());
        let client = &self.connection.client;
        let all = try_join_all(each.iter().map(|it| client.execute_raw(&statement, it)));
        let changed = self.wait(waiting.with(client, all));
        self.noted(changed)
    }

    fn each(&mut self, sql: &'static str, each: &[Vec<Value<'_>>]) -> Result<Vec<Vec<Row>>, StoreError> {
        let (statement, waiting) = (self.prepared(sql)?, self.waiting());
        let client = &self.connection.client;
        let each: Vec<_> = each.iter().map(|it| params(it)).collect();
        let all = try_join_all(each.iter().map(|it| client.query(&statement, it)));
        let found = self.wait(waiting.with(client, all));
        let found = self.noted(found)?;
        found.iter().map(|rows| rows.iter().map(row).collect()).collect()
    }

    fn claim(&mut self, ids: &[&str], now_ms: i64, until_ms: i64) -> Result<Option<Vec<Row>>, StoreError> {
        if ids.is_empty() {
            return Ok(Some(Vec::new()));
        }
        turns::claim(self, ids, (now_ms, until_ms)).map(Some)
    }

    fn ring(&mut self, ring: Ring) {
        self.ring = self.ring.max(Some(ring));
    }

    fn client_id(&mut self, slug: &str) -> String {
        let found = self.client_ids(&BTreeSet::from([slug]));
        found.get(slug).cloned().unwrap_or_else(|| slug.to_owned())
    }
}

impl Transaction<'_> {
    /// The ids of those of these tenants that are published.
    pub(super) fn client_ids(&mut self, slugs: &BTreeSet<&str>) -> BTreeMap<String, String> {
        let mut found = BTreeMap::new();
        {
            let known = self.target.ids.lock().unwrap_or_else(PoisonError::into_inner);
            found.extend(slugs.iter().filter_map(|it| Some(((*it).to_owned(), known.get(*it)?.clone()))));
        }
        if found.len() < slugs.len() && releases_are_here(self).unwrap_or(false) {
            for slug in slugs {
                if !found.contains_key(*slug)
                    && let Ok(Some(id)) = look_up(self, slug)
                {
                    found.insert((*slug).to_owned(), id);
                }
            }
        }
        found
    }
}

/// Whether there is a table of tenants that is ours and may be asked.
fn releases_are_here(sql: &mut Transaction<'_>) -> Result<bool, StoreError> {
    let readable = sql.row(
        "SELECT coalesce(has_table_privilege(to_regclass('clients'), 'SELECT'), false)
             AND EXISTS (SELECT 1 FROM tenantry_schema WHERE part = 'releases')",
        &[],
    )?;
    readable.map_or(Ok(false), |it| it.get(0))
}

fn look_up(sql: &mut Transaction<'_>, slug: &str) -> Result<Option<String>, StoreError> {
    let found = sql.row("SELECT CAST(id AS text) FROM clients WHERE slug = ?1", values![slug])?;
    let found: Option<String> = found.map(|it| it.get(0)).transpose()?;
    if let Some(id) = &found {
        let mut ids = sql.target.ids.lock().unwrap_or_else(PoisonError::into_inner);
        ids.insert(slug.to_owned(), id.clone());
    }
    Ok(found)
}

fn params<'a>(values: &'a [Value<'a>]) -> Vec<&'a (dyn ToSql + Sync)> {
    values.iter().map(|it| -> &(dyn ToSql + Sync) { it }).collect()
}
