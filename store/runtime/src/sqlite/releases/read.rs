//! What readers ask for.

use std::collections::BTreeMap;

use format::Standing;
use rusqlite::{Connection, OptionalExtension, Row};

use crate::{HistoryRow, LiveRow, StoreError, StoredHead, StoredRelease};

pub(super) fn revision(connection: &Connection) -> Result<u64, StoreError> {
    let number: i64 =
        connection.prepare_cached("SELECT number FROM revision")?.query_row([], |row| row.get(0))?;
    Ok(number.unsigned_abs())
}

pub(super) fn live(connection: &Connection) -> Result<BTreeMap<String, LiveRow>, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT slug, release_id, standing, rolled_back FROM live")?;
    let mut rows = statement.query([])?;
    let mut live = BTreeMap::new();
    while let Some(row) = rows.next()? {
        live.insert(row.get(0)?, live_row(row)?);
    }
    Ok(live)
}

/// Heads of live releases, where they are stored.
pub(super) fn heads(connection: &Connection) -> Result<BTreeMap<String, StoredHead>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT slug, release_id, head FROM live JOIN release_heads USING (slug, release_id)",
    )?;
    let heads = statement
        .query_map([], |row| Ok((row.get(0)?, StoredHead { release_id: row.get(1)?, bytes: row.get(2)? })))?;
    Ok(heads.collect::<Result<_, _>>()?)
}

/// The live pointer of one tenant.
pub(super) fn live_of(connection: &Connection, slug: &str) -> Result<Option<LiveRow>, StoreError> {
    let mut statement = connection
        .prepare_cached("SELECT slug, release_id, standing, rolled_back FROM live WHERE slug = ?1")?;
    let mut rows = statement.query([slug])?;
    rows.next()?.map(live_row).transpose()
}

fn live_row(row: &Row<'_>) -> Result<LiveRow, StoreError> {
    let standing: String = row.get(2)?;
    let standing: Standing = serde_json::from_str(&standing)
        .map_err(|err| StoreError::Unreadable(format!("plan and company of a live release: {err}")))?;
    Ok(LiveRow { release_id: row.get(1)?, standing, rolled_back: row.get(3)? })
}

pub(super) fn release(
    connection: &Connection,
    slug: &str,
    release_id: &str,
) -> Result<Option<StoredRelease>, StoreError> {
    let stored = connection
        .prepare_cached("SELECT release_id, bytes FROM releases WHERE slug = ?1 AND release_id = ?2")?
        .query_row([slug, release_id], |row| {
            Ok(StoredRelease { release_id: row.get(0)?, bytes: row.get(1)? })
        })
        .optional()?;
    Ok(stored)
}

pub(super) fn history(connection: &Connection, slug: &str) -> Result<Vec<HistoryRow>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT r.release_id, r.published_at, r.git_commit, r.author, l.slug IS NOT NULL
         FROM releases r LEFT JOIN live l USING (slug, release_id)
         WHERE r.slug = ?1 ORDER BY r.seq DESC",
    )?;
    let rows = statement.query_map([slug], |row| {
        Ok(HistoryRow {
            release_id: row.get(0)?,
            published_at: row.get(1)?,
            commit: row.get(2)?,
            author: row.get(3)?,
            live: row.get(4)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
