//! Vectors by encoder and passage digest.

use std::collections::{BTreeMap, BTreeSet};

use deadpool_postgres::{GenericClient, Transaction};

use super::{execute, rows};
use crate::{StoreError, VectorRow};

/// Vectors written with one statement: a message to the server stays within some megabytes.
const CHUNK: usize = 2_000;

pub(super) async fn known(
    client: &impl GenericClient,
    encoder: &str,
    digests: &[String],
) -> Result<BTreeSet<String>, StoreError> {
    let sql = "SELECT digest FROM vectors WHERE encoder = $1 AND digest = ANY ($2)";
    Ok(rows(client, sql, &[&encoder, &digests]).await?.iter().map(|row| row.get(0)).collect())
}

pub(super) async fn load(
    client: &impl GenericClient,
    encoder: &str,
    digests: &[String],
) -> Result<BTreeMap<String, Vec<u8>>, StoreError> {
    let sql = "SELECT digest, bytes FROM vectors WHERE encoder = $1 AND digest = ANY ($2)";
    Ok(rows(client, sql, &[&encoder, &digests]).await?.iter().map(|row| (row.get(0), row.get(1))).collect())
}

pub(super) async fn any(client: &impl GenericClient, encoder: &str) -> Result<Option<Vec<u8>>, StoreError> {
    let found = rows(client, "SELECT bytes FROM vectors WHERE encoder = $1 LIMIT 1", &[&encoder]).await?;
    Ok(found.first().map(|row| row.get(0)))
}

/// Keeps new vectors; says whether there were any.
pub(super) async fn keep(transaction: &Transaction<'_>, vectors: &[VectorRow]) -> Result<bool, StoreError> {
    let mut new = 0;
    for chunk in vectors.chunks(CHUNK) {
        let encoders: Vec<&str> = chunk.iter().map(|it| it.encoder.as_str()).collect();
        let digests: Vec<&str> = chunk.iter().map(|it| it.digest.as_str()).collect();
        let bytes: Vec<&[u8]> = chunk.iter().map(|it| it.bytes.as_slice()).collect();
        new += execute(
            transaction,
            "INSERT INTO vectors (encoder, digest, bytes)
             SELECT * FROM unnest($1::text[], $2::text[], $3::bytea[]) ON CONFLICT DO NOTHING",
            &[&encoders, &digests, &bytes],
        )
        .await?;
    }
    Ok(new > 0)
}

/// Drops the vectors of passages that only this release names.
pub(super) async fn drop_of(
    transaction: &Transaction<'_>,
    slug: &str,
    release_id: &str,
) -> Result<(), StoreError> {
    execute(
        transaction,
        "DELETE FROM vectors WHERE digest IN (
             SELECT digest FROM release_passages own WHERE slug = $1 AND release_id = $2
             AND NOT EXISTS (
                 SELECT 1 FROM release_passages other
                 WHERE other.digest = own.digest AND (other.slug, other.release_id) <> ($1, $2)))",
        &[&slug, &release_id],
    )
    .await?;
    Ok(())
}
