//! Writing a release and moving the live pointer; each function runs inside one transaction.

use deadpool_postgres::Transaction;
use format::{Head, Release, Standing};

use super::audit::{self, Line};
use super::{execute, face, read, row, rows, vectors};
use crate::face::Face;
use crate::publication::{KEPT, decoded, same_base, vector_names};
use crate::{Publication, StoreError};

pub(super) async fn publish(
    transaction: &Transaction<'_>,
    publication: &Publication,
    release: &Release,
) -> Result<(), StoreError> {
    let Publication { slug, release_id, standing, at, .. } = publication;
    let live = read::live_of(transaction, slug).await?;
    let found = live.as_ref().map(|it| it.release_id.as_str());
    same_base(publication, found)?;
    let is_live = found == Some(release_id.as_str());
    let stands = live.as_ref().is_some_and(|it| is_live && !it.rolled_back && it.standing == *standing);
    let embedded = vectors::keep(transaction, &publication.vectors).await?;
    if embedded && is_live {
        name(transaction, slug, release_id, release).await?;
    }
    if !stands {
        // The live release keeps its place in the history when only its standing changes.
        if !is_live {
            store(transaction, publication).await?;
            head(transaction, slug, release_id, release).await?;
            name(transaction, slug, release_id, release).await?;
        }
        flip(transaction, slug, release_id, standing, false, at).await?;
        face::write(transaction, &Face::of(release, standing, release_id), at).await?;
        drop_old(transaction, slug, release_id).await?;
    }
    if embedded || !stands {
        let line = Line {
            at,
            actor: publication.actor.as_deref(),
            verb: "publish",
            slug: Some(slug),
            from: found,
            to: Some(release_id),
            commit: publication.commit.as_deref(),
        };
        audit::write(transaction, &line).await?;
        touch(transaction).await?;
    }
    Ok(())
}

pub(super) async fn rollback(
    transaction: &Transaction<'_>,
    slug: &str,
    to: Option<&str>,
    actor: Option<&str>,
    at: &str,
) -> Result<String, StoreError> {
    let live = read::live_of(transaction, slug)
        .await?
        .ok_or_else(|| StoreError::Missing(format!("a live release of `{slug}`")))?;
    let target = match to {
        Some(id) => id.to_owned(),
        None => before(transaction, slug, &live.release_id).await?,
    };
    if target == live.release_id {
        return Ok(target);
    }
    let stored = row(
        transaction,
        "SELECT bytes, git_commit, seq = (SELECT max(seq) FROM releases WHERE slug = $1)
         FROM releases WHERE slug = $1 AND release_id = $2",
        &[&slug, &target],
    )
    .await?
    .ok_or_else(|| StoreError::Missing(format!("release {target} of `{slug}`")))?;
    let (commit, is_newest): (Option<String>, bool) = (stored.get(1), stored.get(2));
    let release = decoded(slug, &target, stored.get(0))?;
    flip(transaction, slug, &target, &live.standing, !is_newest, at).await?;
    face::write(transaction, &Face::of(&release, &live.standing, &target), at).await?;
    let line = Line {
        at,
        actor,
        verb: "rollback",
        slug: Some(slug),
        from: Some(&live.release_id),
        to: Some(&target),
        commit: commit.as_deref(),
    };
    audit::write(transaction, &line).await?;
    touch(transaction).await?;
    Ok(target)
}

/// The release published before this one.
async fn before(transaction: &Transaction<'_>, slug: &str, release_id: &str) -> Result<String, StoreError> {
    let found = row(
        transaction,
        "SELECT release_id FROM releases
         WHERE slug = $1 AND seq < (SELECT seq FROM releases WHERE slug = $1 AND release_id = $2)
         ORDER BY seq DESC LIMIT 1",
        &[&slug, &release_id],
    )
    .await?;
    found
        .map(|row| row.get(0))
        .ok_or_else(|| StoreError::Missing(format!("a release of `{slug}` before {release_id}")))
}

/// Stores the release as the newest; one that is stored already moves to the end.
async fn store(transaction: &Transaction<'_>, publication: &Publication) -> Result<(), StoreError> {
    let Publication { slug, release_id, bytes, commit, author, at, .. } = publication;
    let moved = execute(
        transaction,
        "UPDATE releases SET seq = nextval('releases_seq'), published_at = $3, git_commit = $4, author = $5
         WHERE slug = $1 AND release_id = $2",
        &[slug, release_id, at, commit, author],
    )
    .await?;
    if moved > 0 {
        return Ok(());
    }
    execute(
        transaction,
        "INSERT INTO releases (slug, release_id, bytes, published_at, git_commit, author)
         VALUES ($1, $2, $3, $4, $5, $6)",
        &[slug, release_id, bytes, at, commit, author],
    )
    .await?;
    Ok(())
}

/// Stores what of the release is at hand without reading it.
async fn head(
    transaction: &Transaction<'_>,
    slug: &str,
    release_id: &str,
    release: &Release,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO release_heads (slug, release_id, head) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    execute(transaction, sql, &[&slug, &release_id, &Head::of(release).encode()]).await?;
    Ok(())
}

/// Notes which vectors the release needs: those of its passages, and those of their texts.
async fn name(
    transaction: &Transaction<'_>,
    slug: &str,
    release_id: &str,
    release: &Release,
) -> Result<(), StoreError> {
    let digests: Vec<String> = vector_names(release).into_iter().collect();
    execute(
        transaction,
        "INSERT INTO release_passages (digest, slug, release_id)
         SELECT digest, $2, $3 FROM unnest($1::text[]) AS passages (digest) ON CONFLICT DO NOTHING",
        &[&digests, &slug, &release_id],
    )
    .await?;
    Ok(())
}

async fn flip(
    transaction: &Transaction<'_>,
    slug: &str,
    release_id: &str,
    standing: &Standing,
    rolled_back: bool,
    at: &str,
) -> Result<(), StoreError> {
    let standing = serde_json::to_string(standing).expect("string keys and plain values always serialise");
    execute(
        transaction,
        "INSERT INTO live (slug, release_id, standing, rolled_back, flipped_at)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (slug) DO UPDATE SET release_id = excluded.release_id, standing = excluded.standing,
             rolled_back = excluded.rolled_back, flipped_at = excluded.flipped_at",
        &[&slug, &release_id, &standing, &rolled_back, &at],
    )
    .await?;
    Ok(())
}

/// Drops releases beyond the kept ones, with the vectors that only they name.
async fn drop_old(transaction: &Transaction<'_>, slug: &str, live: &str) -> Result<(), StoreError> {
    let old = rows(
        transaction,
        "SELECT release_id FROM (
             SELECT release_id FROM releases WHERE slug = $1 ORDER BY seq DESC OFFSET $2) aged
         WHERE release_id <> $3",
        &[&slug, &i64::from(KEPT), &live],
    )
    .await?;
    for row in &old {
        let release_id: &str = row.get(0);
        vectors::drop_of(transaction, slug, release_id).await?;
        let sql = "DELETE FROM releases WHERE slug = $1 AND release_id = $2";
        execute(transaction, sql, &[&slug, &release_id]).await?;
    }
    Ok(())
}

pub(super) async fn touch(transaction: &Transaction<'_>) -> Result<(), StoreError> {
    execute(transaction, "UPDATE revision SET number = number + 1", &[]).await?;
    Ok(())
}
