//! What readers ask for; each is one statement, so it sees one commit.

use std::collections::BTreeMap;

use deadpool_postgres::GenericClient;
use format::Standing;
use tokio_postgres::Row;

use super::{row, rows};
use crate::{HistoryRow, LiveRow, StoreError, StoredHead, StoredRelease};

pub(super) async fn revision(client: &impl GenericClient) -> Result<u64, StoreError> {
    let number = row(client, "SELECT number FROM revision", &[]).await?;
    Ok(number.map_or(0, |it| it.get::<_, i64>(0).unsigned_abs()))
}

pub(super) async fn live(client: &impl GenericClient) -> Result<BTreeMap<String, LiveRow>, StoreError> {
    let found = rows(client, "SELECT slug, release_id, standing, rolled_back FROM live", &[]).await?;
    found.iter().map(|row| Ok((row.get(0), live_row(row)?))).collect()
}

/// Heads of live releases, where they are stored.
pub(super) async fn heads(client: &impl GenericClient) -> Result<BTreeMap<String, StoredHead>, StoreError> {
    let sql = "SELECT slug, release_id, head FROM live JOIN release_heads USING (slug, release_id)";
    let found = rows(client, sql, &[]).await?;
    Ok(found
        .iter()
        .map(|row| (row.get(0), StoredHead { release_id: row.get(1), bytes: row.get(2) }))
        .collect())
}

/// The live pointer of one tenant.
pub(super) async fn live_of(client: &impl GenericClient, slug: &str) -> Result<Option<LiveRow>, StoreError> {
    let sql = "SELECT slug, release_id, standing, rolled_back FROM live WHERE slug = $1";
    row(client, sql, &[&slug]).await?.as_ref().map(live_row).transpose()
}

fn live_row(row: &Row) -> Result<LiveRow, StoreError> {
    let standing: Standing = serde_json::from_str(row.get(2))
        .map_err(|err| StoreError::Unreadable(format!("plan and company of a live release: {err}")))?;
    Ok(LiveRow { release_id: row.get(1), standing, rolled_back: row.get(3) })
}

pub(super) async fn release(
    client: &impl GenericClient,
    slug: &str,
    release_id: &str,
) -> Result<Option<StoredRelease>, StoreError> {
    let sql = "SELECT release_id, bytes FROM releases WHERE slug = $1 AND release_id = $2";
    let found = row(client, sql, &[&slug, &release_id]).await?;
    Ok(found.map(|row| StoredRelease { release_id: row.get(0), bytes: row.get(1) }))
}

pub(super) async fn history(client: &impl GenericClient, slug: &str) -> Result<Vec<HistoryRow>, StoreError> {
    let found = rows(
        client,
        "SELECT r.release_id, r.published_at, r.git_commit, r.author, l.slug IS NOT NULL
         FROM releases r LEFT JOIN live l USING (slug, release_id)
         WHERE r.slug = $1 ORDER BY r.seq DESC",
        &[&slug],
    )
    .await?;
    let line = |row: &Row| HistoryRow {
        release_id: row.get(0),
        published_at: row.get(1),
        commit: row.get(2),
        author: row.get(3),
        live: row.get(4),
    };
    Ok(found.iter().map(line).collect())
}
