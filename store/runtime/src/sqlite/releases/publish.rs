//! Writing a release and moving the live pointer; each function runs inside one transaction.

use format::{Head, Release, Standing};
use rusqlite::{Connection, OptionalExtension};

use super::audit::{self, Line};
use super::{face, read, vectors};
use crate::face::Face;
use crate::publication::{KEPT, decoded, same_base, vector_names};
use crate::{Publication, StoreError};

pub(super) fn publish(
    connection: &Connection,
    publication: &Publication,
    release: &Release,
) -> Result<(), StoreError> {
    let Publication { slug, release_id, standing, at, .. } = publication;
    let live = read::live_of(connection, slug)?;
    let found = live.as_ref().map(|it| it.release_id.as_str());
    same_base(publication, found)?;
    let is_live = found == Some(release_id.as_str());
    let stands = live.as_ref().is_some_and(|it| is_live && !it.rolled_back && it.standing == *standing);
    let embedded = vectors::keep(connection, &publication.vectors)?;
    if embedded && is_live {
        name(connection, slug, release_id, release)?;
    }
    if !stands {
        // The live release keeps its place in the history when only its standing changes.
        if !is_live {
            store(connection, publication)?;
            head(connection, slug, release_id, release)?;
            name(connection, slug, release_id, release)?;
        }
        flip(connection, slug, release_id, standing, false, at)?;
        face::write(connection, &Face::of(release, standing, release_id), at)?;
        drop_old(connection, slug, release_id)?;
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
        audit::write(connection, &line)?;
        touch(connection)?;
    }
    Ok(())
}

pub(super) fn rollback(
    connection: &Connection,
    slug: &str,
    to: Option<&str>,
    actor: Option<&str>,
    at: &str,
) -> Result<String, StoreError> {
    let live = read::live_of(connection, slug)?
        .ok_or_else(|| StoreError::Missing(format!("a live release of `{slug}`")))?;
    let target = match to {
        Some(id) => id.to_owned(),
        None => before(connection, slug, &live.release_id)?,
    };
    if target == live.release_id {
        return Ok(target);
    }
    let stored = read::release(connection, slug, &target)?
        .ok_or_else(|| StoreError::Missing(format!("release {target} of `{slug}`")))?;
    let release = decoded(slug, &target, &stored.bytes)?;
    let (is_newest, commit): (bool, Option<String>) = connection.query_row(
        "SELECT seq = (SELECT max(seq) FROM releases WHERE slug = ?1), git_commit
         FROM releases WHERE slug = ?1 AND release_id = ?2",
        [slug, target.as_str()],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    flip(connection, slug, &target, &live.standing, !is_newest, at)?;
    face::write(connection, &Face::of(&release, &live.standing, &target), at)?;
    let line = Line {
        at,
        actor,
        verb: "rollback",
        slug: Some(slug),
        from: Some(&live.release_id),
        to: Some(&target),
        commit: commit.as_deref(),
    };
    audit::write(connection, &line)?;
    touch(connection)?;
    Ok(target)
}

/// The release published before this one.
fn before(connection: &Connection, slug: &str, release_id: &str) -> Result<String, StoreError> {
    connection
        .query_row(
            "SELECT release_id FROM releases
             WHERE slug = ?1 AND seq < (SELECT seq FROM releases WHERE slug = ?1 AND release_id = ?2)
             ORDER BY seq DESC LIMIT 1",
            [slug, release_id],
            |row| row.get(0),
        )
        .optional()?
        .ok_or_else(|| StoreError::Missing(format!("a release of `{slug}` before {release_id}")))
}

/// Stores the release as the newest; one that is stored already moves to the end.
fn store(connection: &Connection, publication: &Publication) -> Result<(), StoreError> {
    let Publication { slug, release_id, bytes, commit, author, at, .. } = publication;
    let moved = connection.execute(
        "UPDATE releases SET seq = (SELECT max(seq) + 1 FROM releases),
                published_at = ?3, git_commit = ?4, author = ?5
         WHERE slug = ?1 AND release_id = ?2",
        (slug, release_id, at, commit, author),
    )?;
    if moved > 0 {
        return Ok(());
    }
    connection.execute(
        "INSERT INTO releases (slug, release_id, bytes, published_at, git_commit, author)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        (slug, release_id, bytes, at, commit, author),
    )?;
    Ok(())
}

/// Stores what of the release is at hand without reading it.
fn head(connection: &Connection, slug: &str, release_id: &str, release: &Release) -> Result<(), StoreError> {
    connection.execute(
        "INSERT INTO release_heads (slug, release_id, head) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
        (slug, release_id, Head::of(release).encode()),
    )?;
    Ok(())
}

/// Notes which vectors the release needs: those of its passages, and those of their texts.
fn name(connection: &Connection, slug: &str, release_id: &str, release: &Release) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO release_passages (digest, slug, release_id) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
    )?;
    for digest in vector_names(release) {
        statement.execute((digest, slug, release_id))?;
    }
    Ok(())
}

fn flip(
    connection: &Connection,
    slug: &str,
    release_id: &str,
    standing: &Standing,
    rolled_back: bool,
    at: &str,
) -> Result<(), StoreError> {
    let standing = serde_json::to_string(standing).expect("string keys and plain values always serialise");
    connection.execute(
        "INSERT INTO live (slug, release_id, standing, rolled_back, flipped_at) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (slug) DO UPDATE SET release_id = excluded.release_id, standing = excluded.standing,
             rolled_back = excluded.rolled_back, flipped_at = excluded.flipped_at",
        (slug, release_id, standing, rolled_back, at),
    )?;
    Ok(())
}

/// Drops releases beyond the kept ones, with the vectors that only they name.
fn drop_old(connection: &Connection, slug: &str, live: &str) -> Result<(), StoreError> {
    let old: Vec<String> = connection
        .prepare_cached(
            "SELECT release_id FROM (
                 SELECT release_id FROM releases WHERE slug = ?1 ORDER BY seq DESC LIMIT -1 OFFSET ?2)
             WHERE release_id <> ?3",
        )?
        .query_map((slug, KEPT, live), |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for release_id in &old {
        vectors::drop_of(connection, slug, release_id)?;
        connection.execute("DELETE FROM releases WHERE slug = ?1 AND release_id = ?2", [slug, release_id])?;
    }
    Ok(())
}

pub(super) fn touch(connection: &Connection) -> Result<(), StoreError> {
    connection.execute("UPDATE revision SET number = number + 1", [])?;
    Ok(())
}
