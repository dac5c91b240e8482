//! One connection of a hand, and the transaction that runs on it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::time::timeout;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Config, Statement};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::text::{lifted, row};
use crate::StoreError;
use crate::postgres::tls;
use crate::postgres::url::PostgresUrl;
use crate::sql::{Row, Sql, Value, values};

/// How long a new connection may take with TLS and password, unless the URL says otherwise.
const CONNECT: Duration = Duration::from_secs(5);
/// How long the server may take over one statement; longer than its own limit, so that it tells why.
const ANSWER: Duration = Duration::from_secs(35);
/// A silent connection is asked for a sign of life after this.
const SILENCE: Duration = Duration::from_secs(15);
/// Limits as the server keeps them. Nothing of ours happens between the statements of a transaction,
/// so one that stands still belongs to a process that is frozen: its locks must not outlast it. And
/// what was acknowledged must be on the disk, whatever the server's default is.
const SESSION: &str = "SET statement_timeout = '30s'; SET lock_timeout = '5s';
    SET idle_in_transaction_session_timeout = '5s';
    SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'";

/// Which database, and what all hands know of it.
pub(super) struct Target {
    pub(super) url: PostgresUrl,
    config: Config,
    tls: MakeRustlsConnect,
    connect: Duration,
    /// Names this store in notices, so that it does not wake itself.
    pub(super) origin: String,
    /// Ids of tenants that are published.
    ids: Mutex<HashMap<String, String>>,
}

impl Target {
    pub(super) fn of(url: &PostgresUrl) -> Result<Self, StoreError> {
        let mut config = url.config.clone();
        config.keepalives_idle(SILENCE).keepalives_interval(SILENCE / 3).keepalives_retries(3);
        let hosts = u32::try_from(config.get_hosts().len().max(1)).unwrap_or(u32::MAX);
        Ok(Self {
            tls: tls::connector(&url.trust)?,
            connect: url.connect_timeout.unwrap_or(CONNECT).saturating_mul(hosts),
            config,
            url: url.clone(),
            origin: uuid::Uuid::new_v4().to_string(),
            ids: Mutex::default(),
        })
    }

    /// A new connection, driven by the runtime that this is awaited on; what the server says
    /// unasked goes to `said`.
    pub(super) async fn connect(
        &self,
        said: impl Fn(tokio_postgres::Notification) + Send + 'static,
    ) -> Result<Client, StoreError> {
        let new = async {
            let (client, mut connection) = self.config.connect(self.tls.clone()).await?;
            tokio::spawn(async move {
                while let Some(Ok(message)) = std::future::poll_fn(|it| connection.poll_message(it)).await {
                    if let tokio_postgres::AsyncMessage::Notification(notice) = message {
                        said(notice);
                    }
                }
            });
            client.batch_execute(SESSION).await?;
            Ok(client)
        };
        let late = || StoreError::Unavailable("the server does not answer".to_owned());
        timeout(self.connect, new).await.unwrap_or_else(|_| Err(late()))
    }

    /// The error with the server's address.
    pub(super) fn placed(&self, err: StoreError) -> StoreError {
        match err {
            StoreError::Unavailable(why) => StoreError::Unavailable(format!("{}: {why}", self.url)),
            other => other,
        }
    }
}

/// Why a transaction came to nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failure {
    /// The server gave it up for the sake of another.
    Again,
    /// The connection broke before anything was committed.
    Lost,
    /// The connection broke while it was being committed, or the server is too slow.
    Unknown,
    /// The work or the server refuses.
    Refused,
}

/// A failure and what is told of it.
pub(super) struct Failed {
    pub(super) kind: Failure,
    pub(super) why: StoreError,
}

impl Failed {
    pub(super) fn lost(why: StoreError) -> Self {
        Self { kind: Failure::Lost, why }
    }
}

impl From<tokio_postgres::Error> for Failed {
    fn from(err: tokio_postgres::Error) -> Self {
        let kind = match err.code() {
            None if err.is_closed()
                || std::error::Error::source(&err).is_some_and(|it| it.is::<std::io::Error>()) =>
            {
                Failure::Lost
            }
            None => Failure::Refused,
            Some(code) => match *code {
                SqlState::T_R_SERIALIZATION_FAILURE | SqlState::T_R_DEADLOCK_DETECTED => Failure::Again,
                SqlState::ADMIN_SHUTDOWN
                | SqlState::CRASH_SHUTDOWN
                | SqlState::CANNOT_CONNECT_NOW
                | SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT
                // The plan or the statement is not what this connection remembers.
                | SqlState::FEATURE_NOT_SUPPORTED
                | SqlState::INVALID_SQL_STATEMENT_NAME => Failure::Lost,
                _ => Failure::Refused,
            },
        };
        Self { kind, why: err.into() }
    }
}

/// A connection with the statements that are prepared on it.
pub(super) struct Connection {
    client: Client,
    statements: HashMap<&'static str, Statement>,
}

impl Connection {
    pub(super) fn open(runtime: &Runtime, target: &Target) -> Result<Self, StoreError> {
        let client = runtime.block_on(target.connect(|_| ()))?;
        Ok(Self { client, statements: HashMap::new() })
    }

    /// Whether it is known to be broken.
    pub(super) fn is_closed(&self) -> bool {
        self.client.is_closed()
    }
}

/// A transaction, begun with its first statement.
pub(super) struct Transaction<'a> {
    pub(super) runtime: &'a Runtime,
    pub(super) target: &'a Target,
    pub(super) connection: &'a mut Connection,
    /// The statement that begins it, until it has been sent.
    pub(super) begin: Option<&'static str>,
    /// Why no later statement can succeed.
    pub(super) failure: Option<Failure>,
    /// Something of it is for the desks of other stores.
    pub(super) is_rousing: bool,
}

/// Each statement sees what was committed before it, whatever the server's default is.
pub(super) const WRITE: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";
/// All statements see one snapshot.
pub(super) const READ: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

impl Transaction<'_> {
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

    /// Runs a statement. The first one is sent right behind the beginning of the transaction.
    async fn sent<T>(
        client: &Client,
        begin: Option<&'static str>,
        statement: impl Future<Output = Result<T, tokio_postgres::Error>>,
    ) -> Result<T, tokio_postgres::Error> {
        let Some(begin) = begin else { return statement.await };
        let (begun, outcome) = tokio::join!(client.batch_execute(begin), statement);
        begun.and(outcome)
    }

    /// The rows of a statement, as the server gives them.
    pub(super) fn query(
        &mut self,
        sql: &'static str,
        params: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<tokio_postgres::Row>, StoreError> {
        let (statement, begin) = (self.prepared(sql)?, self.begin.take());
        let client = &self.connection.client;
        let rows = self.wait(Self::sent(client, begin, client.query(&statement, params)));
        self.noted(rows)
    }

    /// Commits; `notice`: other stores on the database are told that something is due. They are told
    /// right behind the commit, not within it: the server lets one transaction with a notice commit
    /// at a time, and that would be one sync after the other.
    pub(super) fn commit(self, notice: bool) -> Result<(), Failed> {
        if self.begin.is_some() {
            return Ok(());
        }
        let client = &self.connection.client;
        let told = (notice || self.is_rousing).then(|| {
            let (origin, desk) = (&self.target.origin, if self.is_rousing { DESK } else { "" });
            format!(
                "BEGIN; SET LOCAL synchronous_commit = off; SELECT pg_notify('{CHANNEL}', '{origin}{desk}'); COMMIT"
            )
        });
        let committed = self.wait(async {
            match &told {
                // A hint that is lost is made up for by looking at the clock.
                Some(told) => tokio::join!(client.batch_execute("COMMIT"), client.batch_execute(told)).0,
                None => client.batch_execute("COMMIT").await,
            }
        });
        committed.map_err(|err| match err.kind {
            Failure::Lost => Failed { kind: Failure::Unknown, why: err.why },
            _ => err,
        })
    }

    /// Undoes everything; false when the connection is of no use any more.
    pub(super) fn roll_back(self) -> bool {
        if matches!(self.failure, Some(Failure::Lost | Failure::Unknown)) {
            return false;
        }
        self.begin.is_some() || self.wait(self.connection.client.batch_execute("ROLLBACK")).is_ok()
    }
}

/// The channel of notices.
pub(super) const CHANNEL: &str = "tenantry_due";
/// Stands behind the origin of a notice that is for desks too.
pub(super) const DESK: &str = " desk";

impl Sql for Transaction<'_> {
    fn run(&mut self, sql: &'static str, values: &[Value<'_>]) -> Result<u64, StoreError> {
        let (statement, begin) = (self.prepared(sql)?, self.begin.take());
        let client = &self.connection.client;
        let params = params(values);
        let changed = self.wait(Self::sent(client, begin, client.execute(&statement, &params)));
        self.noted(changed)
    }

    fn rows(&mut self, sql: &'static str, values: &[Value<'_>]) -> Result<Vec<Row>, StoreError> {
        self.query(sql, &params(values))?.iter().map(row).collect()
    }

    fn is_near(&self) -> bool {
        false
    }

    fn rouse(&mut self) {
        self.is_rousing = true;
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
