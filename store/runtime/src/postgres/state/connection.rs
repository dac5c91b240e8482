//! One connection of a hand, and what can go wrong on it.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::time::timeout;
use tokio_postgres::config::SslMode;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Config, Statement};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::StoreError;
use crate::postgres::tls;
use crate::postgres::url::PostgresUrl;

/// How long a new connection may take with TLS and password, unless the URL says otherwise.
const CONNECT: Duration = Duration::from_secs(5);
/// A silent connection is asked for a sign of life after this.
const SILENCE: Duration = Duration::from_secs(15);
/// Limits as the server keeps them. Nothing of ours happens between the statements of a transaction,
/// so one that stands still belongs to a process that is frozen: its locks must not outlast it. And
/// what was acknowledged must be on the disk, whatever the server's default is.
///
/// Plans are made once, without a look at the values, and go through indexes in their order: queues leave
/// dead entries at the front of theirs, and only such a scan remembers them as dead. A bitmap of them
/// visits each of their rows again, every time.
const SESSION: &str = "SET statement_timeout = '30s'; SET lock_timeout = '5s';
    SET idle_in_transaction_session_timeout = '5s';
    SET plan_cache_mode = force_generic_plan; SET enable_bitmapscan = off; SET enable_seqscan = off;
    SET jit = off;
    SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'";

/// Which database, and what all hands know of it.
pub(super) struct Target {
    pub(super) url: PostgresUrl,
    config: Config,
    /// The same without TLS, where that is tried first.
    plain: Option<Config>,
    tls: MakeRustlsConnect,
    connect: Duration,
    /// Names this store in notices, so that it does not wake itself.
    pub(super) origin: String,
    /// Ids of tenants that are published.
    pub(super) ids: Mutex<HashMap<String, String>>,
}

impl Target {
    pub(super) fn of(url: &PostgresUrl) -> Result<Self, StoreError> {
        let mut config = url.config.clone();
        config.keepalives_idle(SILENCE).keepalives_interval(SILENCE / 3).keepalives_retries(3);
        let mut plain = config.clone();
        plain.ssl_mode(SslMode::Disable);
        let hosts = u32::try_from(config.get_hosts().len().max(1)).unwrap_or(u32::MAX);
        Ok(Self {
            tls: tls::connector(&url.trust)?,
            connect: url.connect_timeout.unwrap_or(CONNECT).saturating_mul(hosts),
            config,
            plain: url.is_private.then_some(plain),
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
            let (client, mut connection) = match &self.plain {
                Some(plain) => match plain.connect(self.tls.clone()).await {
                    // The server takes nobody without TLS.
                    Err(err) if err.code() == Some(&SqlState::INVALID_AUTHORIZATION_SPECIFICATION) => {
                        self.config.connect(self.tls.clone()).await?
                    }
                    connected => connected?,
                },
                None => self.config.connect(self.tls.clone()).await?,
            };
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
    pub(super) client: Client,
    pub(super) statements: HashMap<&'static str, Statement>,
    /// It is not to be used again.
    pub(super) is_spent: bool,
}

impl Connection {
    pub(super) fn open(runtime: &Runtime, target: &Target) -> Result<Self, StoreError> {
        let client = runtime.block_on(target.connect(|_| ()))?;
        Ok(Self { client, statements: HashMap::new(), is_spent: false })
    }

    /// Whether it is known to be of no use.
    pub(super) fn is_closed(&self) -> bool {
        self.is_spent || self.client.is_closed()
    }
}

/// The channel of notices.
pub(super) const CHANNEL: &str = "tenantry_due";
/// Stands behind the origin of a notice that is for desks too.
pub(super) const DESK: &str = " desk";
