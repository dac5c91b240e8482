//! Removing what no kept release names.

use std::collections::BTreeSet;

use rusqlite::Connection;

use super::audit::{self, Line};
use crate::publication::KEPT;
use crate::{StoreError, Swept};

pub(super) fn sweep(
    connection: &Connection,
    taught: &BTreeSet<String>,
    actor: Option<&str>,
    at: &str,
) -> Result<Swept, StoreError> {
    // Passages go with their releases, so vectors come last.
    let (releases, in_releases) = count(
        connection,
        "DELETE FROM releases WHERE seq IN (
             SELECT seq FROM (
                 SELECT seq, slug, release_id,
                        row_number() OVER (PARTITION BY slug ORDER BY seq DESC) AS place
                 FROM releases) aged
             WHERE place > ?1 AND NOT EXISTS (
                 SELECT 1 FROM live WHERE live.slug = aged.slug AND live.release_id = aged.release_id))
         RETURNING length(bytes)",
        [KEPT],
    )?;
    let taught = serde_json::to_string(taught).expect("strings always serialise");
    let (vectors, in_vectors) = count(
        connection,
        "DELETE FROM vectors WHERE NOT EXISTS (
             SELECT 1 FROM release_passages WHERE release_passages.digest = vectors.digest)
           AND digest NOT IN (SELECT value FROM json_each(?1))
         RETURNING length(bytes)",
        [taught],
    )?;
    let line = Line { at, actor, verb: "gc", slug: None, from: None, to: None, commit: None };
    audit::write(connection, &line)?;
    Ok(Swept { releases, vectors, bytes: in_releases + in_vectors })
}

/// How many rows a statement removed, and the sum of what it returned for them.
fn count(
    connection: &Connection,
    sql: &str,
    params: impl rusqlite::Params,
) -> Result<(u64, u64), StoreError> {
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query(params)?;
    let (mut number, mut bytes) = (0, 0);
    while let Some(row) = rows.next()? {
        number += 1;
        bytes += row.get::<_, i64>(0)?.unsigned_abs();
    }
    Ok((number, bytes))
}
