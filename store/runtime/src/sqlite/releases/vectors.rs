//! Vectors by encoder and passage digest.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, OptionalExtension as _, Row, params_from_iter};

use crate::{StoreError, VectorRow};

/// Digests asked for in one statement; SQLite takes 32,766 parameters, but planning grows with them.
const CHUNK: usize = 500;

pub(super) fn known(
    connection: &Connection,
    encoder: &str,
    digests: &BTreeSet<String>,
) -> Result<BTreeSet<String>, StoreError> {
    let mut known = BTreeSet::new();
    each(connection, "digest", encoder, digests, |row| {
        known.insert(row.get(0)?);
        Ok(())
    })?;
    Ok(known)
}

pub(super) fn load(
    connection: &Connection,
    encoder: &str,
    digests: &BTreeSet<String>,
) -> Result<BTreeMap<String, Vec<u8>>, StoreError> {
    let mut vectors = BTreeMap::new();
    each(connection, "digest, bytes", encoder, digests, |row| {
        vectors.insert(row.get(0)?, row.get(1)?);
        Ok(())
    })?;
    Ok(vectors)
}

fn each(
    connection: &Connection,
    columns: &str,
    encoder: &str,
    digests: &BTreeSet<String>,
    mut take: impl FnMut(&Row<'_>) -> rusqlite::Result<()>,
) -> Result<(), StoreError> {
    let digests: Vec<&str> = digests.iter().map(String::as_str).collect();
    for chunk in digests.chunks(CHUNK) {
        let places = vec!["?"; chunk.len()].join(", ");
        let sql = format!("SELECT {columns} FROM vectors WHERE encoder = ? AND digest IN ({places})");
        let mut statement = connection.prepare_cached(&sql)?;
        let mut rows =
            statement.query(params_from_iter(std::iter::once(encoder).chain(chunk.iter().copied())))?;
        while let Some(row) = rows.next()? {
            take(row)?;
        }
    }
    Ok(())
}

pub(super) fn any(connection: &Connection, encoder: &str) -> Result<Option<Vec<u8>>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT bytes FROM vectors WHERE encoder = ? LIMIT 1")?;
    Ok(statement.query_row([encoder], |row| row.get(0)).optional()?)
}

/// Keeps new vectors; says whether there were any.
pub(super) fn keep(connection: &Connection, vectors: &[VectorRow]) -> Result<bool, StoreError> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO vectors (encoder, digest, bytes) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
    )?;
    let mut new = 0;
    for vector in vectors {
        new += statement.execute((&vector.encoder, &vector.digest, &vector.bytes))?;
    }
    Ok(new > 0)
}

/// Drops the vectors of passages that only this release names.
pub(super) fn drop_of(connection: &Connection, slug: &str, release_id: &str) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "DELETE FROM vectors WHERE digest IN (
                 SELECT digest FROM release_passages own WHERE slug = ?1 AND release_id = ?2
                 AND NOT EXISTS (
                     SELECT 1 FROM release_passages other
                     WHERE other.digest = own.digest AND (other.slug, other.release_id) <> (?1, ?2)))",
        )?
        .execute([slug, release_id])?;
    Ok(())
}
