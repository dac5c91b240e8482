//! Removing what no kept release names.

use deadpool_postgres::Transaction;

use super::audit::{self, Line};
use super::rows;
use crate::publication::KEPT;
use crate::{StoreError, Swept};

pub(super) async fn sweep(
    transaction: &Transaction<'_>,
    taught: &[String],
    actor: Option<&str>,
    at: &str,
) -> Result<Swept, StoreError> {
    // Passages go with their releases, so vectors come last.
    let releases = rows(
        transaction,
        "DELETE FROM releases WHERE seq IN (
             SELECT seq FROM (
                 SELECT seq, slug, release_id,
                        row_number() OVER (PARTITION BY slug ORDER BY seq DESC) AS place
                 FROM releases) aged
             WHERE place > $1 AND NOT EXISTS (
                 SELECT 1 FROM live WHERE live.slug = aged.slug AND live.release_id = aged.release_id))
         RETURNING length(bytes)",
        &[&i64::from(KEPT)],
    )
    .await?;
    let vectors = rows(
        transaction,
        "DELETE FROM vectors WHERE NOT EXISTS (
             SELECT 1 FROM release_passages WHERE release_passages.digest = vectors.digest)
           AND digest <> ALL ($1)
         RETURNING length(bytes)",
        &[&taught],
    )
    .await?;
    let line = Line { at, actor, verb: "gc", slug: None, from: None, to: None, commit: None };
    audit::write(transaction, &line).await?;
    let bytes =
        releases.iter().chain(&vectors).map(|row| u64::from(row.get::<_, i32>(0).unsigned_abs())).sum();
    Ok(Swept { releases: releases.len() as u64, vectors: vectors.len() as u64, bytes })
}
