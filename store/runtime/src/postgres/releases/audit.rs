//! Who changed what when.

use deadpool_postgres::{GenericClient, Transaction};
use tokio_postgres::Row;

use super::{execute, rows};
use crate::publication::told_apart;
use crate::{AuditRow, StoreError};

/// What a line tells, but for its id.
pub(super) struct Line<'a> {
    pub(super) at: &'a str,
    pub(super) actor: Option<&'a str>,
    pub(super) verb: &'a str,
    pub(super) slug: Option<&'a str>,
    pub(super) from: Option<&'a str>,
    pub(super) to: Option<&'a str>,
    /// As the release row has it, with its mark of a dirty tree.
    pub(super) commit: Option<&'a str>,
}

pub(super) async fn write(transaction: &Transaction<'_>, line: &Line<'_>) -> Result<(), StoreError> {
    let (commit, dirty) = told_apart(line.commit);
    execute(
        transaction,
        "INSERT INTO audit (at, actor, verb, slug, from_release, to_release, git_commit, dirty)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        &[&line.at, &line.actor, &line.verb, &line.slug, &line.from, &line.to, &commit, &dirty],
    )
    .await?;
    Ok(())
}

pub(super) async fn read(
    client: &impl GenericClient,
    slug: Option<&str>,
    limit: u32,
) -> Result<Vec<AuditRow>, StoreError> {
    let condition = if slug.is_some() { "slug = $1" } else { "$1::text IS NULL" };
    let sql = format!(
        "SELECT id, at, actor, verb, slug, from_release, to_release, git_commit, dirty FROM audit
         WHERE {condition} ORDER BY id DESC LIMIT $2"
    );
    let line = |row: &Row| AuditRow {
        id: row.get::<_, i64>(0).unsigned_abs(),
        at: row.get(1),
        actor: row.get(2),
        verb: row.get(3),
        slug: row.get(4),
        from_release: row.get(5),
        to_release: row.get(6),
        git_commit: row.get(7),
        dirty: row.get(8),
    };
    Ok(rows(client, &sql, &[&slug, &i64::from(limit)]).await?.iter().map(line).collect())
}
