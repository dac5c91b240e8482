//! [`ReleaseStore`] on PostgreSQL.

mod audit;
mod face;
mod publish;
mod read;
mod remove;
mod sweep;
mod vectors;

use std::collections::{BTreeMap, BTreeSet};

use deadpool_postgres::{GenericClient, Object, Transaction};
use tokio_postgres::types::ToSql;
use tokio_postgres::{IsolationLevel, Row};

use super::line::Line;
use super::migrate::Schema;
use super::url::PostgresUrl;
use crate::VectorRow;
use crate::publication::verified;
use crate::{
    AuditRow, HistoryRow, LiveRow, Publication, ReleaseStore, StoreError, StoredHead, StoredRelease, Swept,
};

const SCHEMA: Schema = Schema {
    part: "releases",
    migrations: &[
        include_str!("../migrations/releases_001.sql"),
        include_str!("../migrations/releases_002.sql"),
    ],
    functions: &[],
};

/// Releases, live pointers, vectors and the relational face in a PostgreSQL database.
///
/// Any number of processes may open it at once: readers see the last commit, writers take turns.
#[derive(Debug)]
pub struct PostgresReleases {
    line: Line,
}

impl PostgresReleases {
    /// Connects, and makes the tables where they are missing.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] when the tables are of a newer build, [`StoreError::Unavailable`]
    /// when the server cannot be reached or refuses.
    pub fn open(url: &PostgresUrl) -> Result<Self, StoreError> {
        let line = Line::open(url)?;
        line.migrate(&SCHEMA)?;
        Ok(Self { line })
    }

    /// Connects where the tables have been made; writes nothing where they have not.
    ///
    /// # Errors
    /// Those of [`Self::open`].
    pub fn open_made(url: &PostgresUrl) -> Result<Option<Self>, StoreError> {
        let line = Line::open(url)?;
        if !line.is_made(&SCHEMA)? {
            return Ok(None);
        }
        line.migrate(&SCHEMA)?;
        Ok(Some(Self { line }))
    }

    /// One transaction that has the right to write from its start. An error undoes it.
    fn write<T, W>(&self, work: W) -> Result<T, StoreError>
    where
        T: Send + 'static,
        W: AsyncFnOnce(&Transaction<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        self.line.call(async move |mut client: Object| {
            // Each statement sees what was committed before it, also where the server's default differs.
            let isolation = IsolationLevel::ReadCommitted;
            let transaction = client.build_transaction().isolation_level(isolation).start().await?;
            // The row stands for that right: one writer has it at a time, in whatever process.
            transaction.query_one("SELECT number FROM revision FOR UPDATE", &[]).await?;
            let result = work(&transaction).await?;
            transaction.commit().await?;
            Ok(result)
        })
    }
}

impl ReleaseStore for PostgresReleases {
    fn revision(&self) -> Result<u64, StoreError> {
        self.line.call(async |client| read::revision(&client).await)
    }

    fn live(&self) -> Result<BTreeMap<String, LiveRow>, StoreError> {
        self.line.call(async |client| read::live(&client).await)
    }

    fn heads(&self) -> Result<BTreeMap<String, StoredHead>, StoreError> {
        self.line.call(async |client| read::heads(&client).await)
    }

    fn release(&self, slug: &str, release_id: &str) -> Result<Option<StoredRelease>, StoreError> {
        let (slug, release_id) = (slug.to_owned(), release_id.to_owned());
        self.line.call(async move |client| read::release(&client, &slug, &release_id).await)
    }

    fn history(&self, slug: &str) -> Result<Vec<HistoryRow>, StoreError> {
        let slug = slug.to_owned();
        self.line.call(async move |client| read::history(&client, &slug).await)
    }

    fn known_vectors(
        &self,
        encoder: &str,
        digests: &BTreeSet<String>,
    ) -> Result<BTreeSet<String>, StoreError> {
        let (encoder, digests) = (encoder.to_owned(), digests.iter().cloned().collect::<Vec<_>>());
        self.line.call(async move |client| vectors::known(&client, &encoder, &digests).await)
    }

    fn vectors(
        &self,
        encoder: &str,
        digests: &BTreeSet<String>,
    ) -> Result<BTreeMap<String, Vec<u8>>, StoreError> {
        let (encoder, digests) = (encoder.to_owned(), digests.iter().cloned().collect::<Vec<_>>());
        self.line.call(async move |client| vectors::load(&client, &encoder, &digests).await)
    }

    fn keep_vectors(&self, vectors: &[VectorRow]) -> Result<(), StoreError> {
        let vectors = vectors.to_vec();
        self.write(async move |transaction| vectors::keep(transaction, &vectors).await).map(drop)
    }

    fn any_vector(&self, encoder: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let encoder = encoder.to_owned();
        self.line.call(async move |client| vectors::any(&client, &encoder).await)
    }

    fn publish(&self, publication: &Publication) -> Result<(), StoreError> {
        // Decoded before the transaction: other processes wait for it.
        let release = verified(publication)?;
        let publication = publication.clone();
        self.write(async move |transaction| publish::publish(transaction, &publication, &release).await)
    }

    fn rollback(
        &self,
        slug: &str,
        to: Option<&str>,
        actor: Option<&str>,
        at: &str,
    ) -> Result<String, StoreError> {
        let (slug, to) = (slug.to_owned(), to.map(str::to_owned));
        let (actor, at) = (actor.map(str::to_owned), at.to_owned());
        self.write(async move |transaction| {
            publish::rollback(transaction, &slug, to.as_deref(), actor.as_deref(), &at).await
        })
    }

    fn sweep(&self, taught: &BTreeSet<String>, actor: Option<&str>, at: &str) -> Result<Swept, StoreError> {
        let (actor, at) = (actor.map(str::to_owned), at.to_owned());
        let taught: Vec<String> = taught.iter().cloned().collect();
        self.write(async move |transaction| sweep::sweep(transaction, &taught, actor.as_deref(), &at).await)
    }

    fn remove(&self, slug: &str, actor: Option<&str>, at: &str) -> Result<BTreeMap<String, u64>, StoreError> {
        let (slug, actor, at) = (slug.to_owned(), actor.map(str::to_owned), at.to_owned());
        self.write(async move |transaction| remove::remove(transaction, &slug, actor.as_deref(), &at).await)
    }

    fn audit(&self, slug: Option<&str>, limit: u32) -> Result<Vec<AuditRow>, StoreError> {
        let slug = slug.map(str::to_owned);
        self.line.call(async move |client| audit::read(&client, slug.as_deref(), limit).await)
    }
}

type Params<'a> = &'a [&'a (dyn ToSql + Sync)];

/// Runs a statement that stays prepared on its connection; says how many rows it changed.
async fn execute(client: &impl GenericClient, sql: &str, params: Params<'_>) -> Result<u64, StoreError> {
    let statement = client.prepare_cached(sql).await?;
    Ok(client.execute(&statement, params).await?)
}

/// The rows of a statement that stays prepared on its connection.
async fn rows(client: &impl GenericClient, sql: &str, params: Params<'_>) -> Result<Vec<Row>, StoreError> {
    let statement = client.prepare_cached(sql).await?;
    Ok(client.query(&statement, params).await?)
}

/// The row of a statement, if there is one.
async fn row(client: &impl GenericClient, sql: &str, params: Params<'_>) -> Result<Option<Row>, StoreError> {
    let statement = client.prepare_cached(sql).await?;
    Ok(client.query_opt(&statement, params).await?)
}
