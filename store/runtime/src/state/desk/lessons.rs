//! The learning queue: what people answered, decided by people, used until a release has it.

use std::collections::{BTreeMap, BTreeSet};

use super::{Decided, Decision, LessonRow, NewLesson, judge};
use crate::StoreError;
use crate::sql::{Row, Sql, values};
use crate::state::{Ring, handover, new_id};

/// The columns of a lesson.
macro_rules! lessons {
    ($rest:literal) => {
        concat!(
            "SELECT id, client_slug, branch, tag, lang, handover_id, question_text, question_normalized,
                    response_text, source_name, source_role, evidence, duplicates_of, contradiction, digest,
                    status, is_active, decided_by, created_at_ms, exported_at_ms, retired_at_ms
             FROM learned_responses ",
            $rest
        )
    };
}

fn lesson(row: &Row) -> Result<LessonRow, StoreError> {
    Ok(LessonRow {
        id: row.get(0)?,
        slug: row.get(1)?,
        branch: row.get(2)?,
        tag: row.get(3)?,
        lang: row.get(4)?,
        handover_id: row.get(5)?,
        question: row.get(6)?,
        question_normalized: row.get(7)?,
        answer: row.get(8)?,
        source_name: row.get(9)?,
        source_role: row.get(10)?,
        evidence: row.get(11)?,
        duplicates_of: row.get(12)?,
        contradiction: row.get(13)?,
        digest: row.get(14)?,
        status: row.get(15)?,
        is_active: row.get::<bool>(16)? && row.get::<String>(15)? == "approved",
        decided_by: row.get(17)?,
        created_at_ms: row.get(18)?,
        exported_at_ms: row.get(19)?,
        retired_at_ms: row.get(20)?,
    })
}

/// Adds a lesson; the one that came of the request before where there is one.
pub(super) fn add(sql: &mut dyn Sql, new: &NewLesson) -> Result<String, StoreError> {
    let row = sql.row(
        "SELECT conversation_id FROM handovers WHERE id = ?1 AND client_slug = ?2",
        values![&new.handover_id, &new.slug],
    )?;
    let row = row.ok_or_else(|| StoreError::Missing(format!("request {}", new.handover_id)))?;
    let conversation_id: String = row.get(0)?;
    handover::lock(sql, &conversation_id)?;
    let known =
        sql.row("SELECT id FROM learned_responses WHERE handover_id = ?1", values![&new.handover_id])?;
    judge::considered(sql, &new.handover_id, new.now_ms)?;
    if let Some(known) = known {
        return known.get(0);
    }
    let id = new_id();
    let (by, role) = match &new.approved_by {
        Some((by, role)) => (Some(by.as_str()), role.as_deref()),
        None => (None, None),
    };
    sql.run(
        "INSERT INTO learned_responses (id, client_slug, branch, handover_id, question_text, question_normalized,
             response_text, source, source_name, source_role, source_channel, status, approved_by,
             approved_at_ms, created_at_ms, updated_at_ms, conversation_id, lang, tag, evidence, duplicates_of,
             contradiction, digest, decided_by, decided_role)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'handover', ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?14, ?15, ?16, ?17,
             ?18, ?19, ?20, ?21, ?12, ?22)",
        values![
            &id,
            &new.slug,
            &new.branch,
            &new.handover_id,
            &new.question,
            &new.question_normalized,
            &new.answer,
            &new.source_name,
            &new.source_role,
            &new.source_channel,
            if by.is_some() { "approved" } else { "pending" },
            by,
            by.map(|_| new.now_ms),
            new.now_ms,
            &conversation_id,
            &new.lang,
            &new.tag,
            &new.evidence,
            &new.duplicates_of,
            &new.contradiction,
            &new.digest,
            role,
        ],
    )?;
    if by.is_some() {
        raise(sql, &new.slug)?;
    }
    judge::show(sql, &new.handover_id, (&id, by.is_some()), new.now_ms)?;
    Ok(id)
}

/// What a tenant may use has changed.
fn raise(sql: &mut dyn Sql, slug: &str) -> Result<(), StoreError> {
    sql.ring(Ring::Desk);
    sql.run(
        "INSERT INTO learned_revisions (client_slug, number) VALUES (?1, 1)
         ON CONFLICT (client_slug) DO UPDATE SET number = learned_revisions.number + 1",
        values![slug],
    )?;
    Ok(())
}

/// Numbers that change with what tenants may use.
pub(super) fn revisions(sql: &mut dyn Sql) -> Result<BTreeMap<String, i64>, StoreError> {
    let rows = sql.rows("SELECT client_slug, number FROM learned_revisions", &[])?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// Lessons of a tenant with a status, or all, newest first.
pub(super) fn all(sql: &mut dyn Sql, slug: &str, status: Option<&str>) -> Result<Vec<LessonRow>, StoreError> {
    let rows = sql.rows(
        lessons!(
            "WHERE client_slug = ?1 AND (CAST(?2 AS text) IS NULL OR status = ?2)
             ORDER BY created_at_ms DESC, id DESC"
        ),
        values![slug, status],
    )?;
    let superseded = superseded(sql, slug)?;
    rows.iter().map(|row| Ok(among(lesson(row)?, &superseded))).collect()
}

/// Lessons in whose place another was approved later: of all that say one another again, also by way of
/// others, the last is used.
fn superseded(sql: &mut dyn Sql, slug: &str) -> Result<BTreeSet<String>, StoreError> {
    let rows = sql.rows(
        "SELECT id, duplicates_of, CASE WHEN status = 'approved' THEN coalesce(approved_at_ms, 0) END
         FROM learned_responses WHERE client_slug = ?1 ORDER BY id",
        values![slug],
    )?;
    let mut all: Vec<(String, Option<String>, Option<i64>)> = Vec::new();
    for row in &rows {
        all.push((row.get(0)?, row.get(1)?, row.get(2)?));
    }
    let ids: BTreeSet<&str> = all.iter().map(|it| it.0.as_str()).collect();
    let mut leads: BTreeMap<&str, &str> = BTreeMap::new();
    for (id, other, _) in &all {
        // A document's passage that is said again joins nothing.
        let Some(other) = other.as_deref().filter(|it| ids.contains(it)) else { continue };
        let (one, other) = (root(&leads, id), root(&leads, other));
        if one != other {
            leads.insert(one, other);
        }
    }
    let mut last: BTreeMap<&str, (i64, &str)> = BTreeMap::new();
    let approved = || all.iter().filter_map(|(id, _, at_ms)| Some((id.as_str(), (*at_ms)?)));
    for (id, at_ms) in approved() {
        let known = last.entry(root(&leads, id)).or_insert((at_ms, id));
        *known = (*known).max((at_ms, id));
    }
    let is_last = |id: &str| last.get(root(&leads, id)).is_some_and(|it| it.1 == id);
    Ok(approved().filter(|(id, _)| !is_last(id)).map(|(id, _)| id.to_owned()).collect())
}

/// The one that stands for all that a lesson belongs with.
fn root<'i>(leads: &BTreeMap<&'i str, &'i str>, mut id: &'i str) -> &'i str {
    while let Some(next) = leads.get(id) {
        id = next;
    }
    id
}

fn among(lesson: LessonRow, superseded: &BTreeSet<String>) -> LessonRow {
    LessonRow { is_active: lesson.is_active && !superseded.contains(&lesson.id), ..lesson }
}

/// Lessons that a tenant may use, oldest first.
pub(super) fn approved(sql: &mut dyn Sql, slug: &str) -> Result<Vec<LessonRow>, StoreError> {
    let rows = sql.rows(
        lessons!(
            "WHERE client_slug = ?1 AND status = 'approved' AND is_active = 1 ORDER BY created_at_ms, id"
        ),
        values![slug],
    )?;
    let superseded = superseded(sql, slug)?;
    let all = rows.iter().map(|row| Ok(among(lesson(row)?, &superseded)));
    all.filter(|it| it.as_ref().map_or(true, |it: &LessonRow| it.is_active)).collect()
}

/// One lesson.
pub(super) fn one(sql: &mut dyn Sql, id: &str) -> Result<Option<LessonRow>, StoreError> {
    let Some(row) = sql.row(lessons!("WHERE id = ?1"), values![id])? else { return Ok(None) };
    let row = lesson(&row)?;
    let superseded = if row.is_active { superseded(sql, &row.slug)? } else { BTreeSet::new() };
    Ok(Some(among(row, &superseded)))
}

/// Decides a lesson that waits, or takes one back; one decision counts.
pub(super) fn decide(
    sql: &mut dyn Sql,
    id: &str,
    decision: &Decision,
    (by, role): (&str, Option<&str>),
    now_ms: i64,
) -> Result<Decided, StoreError> {
    judge::lock(sql, id)?;
    let (status, words, digest) = match decision {
        Decision::Approve => ("approved", None, None),
        Decision::Reject => ("rejected", None, None),
        Decision::Change { answer, digest } => ("approved", Some(answer.as_str()), Some(digest.as_str())),
        Decision::Revoke => return revoke(sql, id, (by, role), now_ms),
    };
    let decided = sql.row(
        "UPDATE learned_responses SET status = ?2, response_text = coalesce(?3, response_text),
             digest = coalesce(?4, digest), decided_by = ?5, decided_role = ?6, updated_at_ms = ?7,
             approved_by = CASE WHEN ?2 = 'approved' THEN CAST(?5 AS text) END,
             approved_at_ms = CASE WHEN ?2 = 'approved' THEN CAST(?7 AS bigint) END,
             rejected_at_ms = CASE WHEN ?2 = 'rejected' THEN CAST(?7 AS bigint) END
         WHERE id = ?1 AND status = 'pending' RETURNING client_slug",
        values![id, status, words, digest, by, role, now_ms],
    )?;
    if let Some(row) = decided {
        if status == "approved" {
            raise(sql, &row.get::<String>(0)?)?;
        }
        judge::redraw(sql, id, now_ms)?;
        return Ok(Decided::Done);
    }
    already(sql, id)
}

/// What was decided before.
fn already(sql: &mut dyn Sql, id: &str) -> Result<Decided, StoreError> {
    let row = sql.row("SELECT status, decided_by FROM learned_responses WHERE id = ?1", values![id])?;
    let Some(row) = row else { return Ok(Decided::Missing) };
    Ok(Decided::Already { status: row.get(0)?, by: row.get(1)? })
}

/// Takes an approved lesson back, unless it may not be used anyway.
fn revoke(
    sql: &mut dyn Sql,
    id: &str,
    (by, role): (&str, Option<&str>),
    now_ms: i64,
) -> Result<Decided, StoreError> {
    let of = sql.row("SELECT client_slug FROM learned_responses WHERE id = ?1", values![id])?;
    let Some(of) = of else { return Ok(Decided::Missing) };
    let slug: String = of.get(0)?;
    let before = superseded(sql, &slug)?;
    let row = sql.row(
        "UPDATE learned_responses SET status = 'rejected', is_active = 0, rejected_at_ms = ?2, decided_by = ?3,
             decided_role = ?4, updated_at_ms = ?2
         WHERE id = ?1 AND status = 'approved' AND is_active = 1 RETURNING client_slug",
        values![id, now_ms, by, role],
    )?;
    if row.is_none() {
        return already(sql, id);
    }
    raise(sql, &slug)?;
    judge::redraw(sql, id, now_ms)?;
    let after = superseded(sql, &slug)?;
    let mut ids = Vec::new();
    for id in before.difference(&after) {
        ids.extend(one(sql, id)?.filter(|it| it.is_active).map(|it| it.id));
    }
    Ok(if ids.is_empty() { Decided::Done } else { Decided::Restored { ids } })
}

/// Lessons to retire, because their passages stand in the tenant's live release (true), and to bring back,
/// because they stand there no more.
pub(super) fn misplaced(
    sql: &mut dyn Sql,
    slug: &str,
    digests: &BTreeSet<String>,
) -> Result<Vec<(String, bool)>, StoreError> {
    let rows = sql.rows(
        "SELECT id, digest, is_active FROM learned_responses
         WHERE client_slug = ?1 AND status = 'approved' AND digest IS NOT NULL ORDER BY id",
        values![slug],
    )?;
    let mut misplaced = Vec::new();
    for row in &rows {
        let (digest, is_active): (String, bool) = (row.get(1)?, row.get(2)?);
        let stands = digests.contains(&digest);
        if stands == is_active {
            misplaced.push((row.get(0)?, stands));
        }
    }
    Ok(misplaced)
}

/// Retires a lesson that `stands` in the live release, or brings it back, and shows on its card whether it
/// can be taken back; false when another was faster.
pub(super) fn retire(
    sql: &mut dyn Sql,
    (slug, id): (&str, &str),
    stands: bool,
    now_ms: i64,
) -> Result<bool, StoreError> {
    judge::lock(sql, id)?;
    let changed = sql.run(
        "UPDATE learned_responses SET is_active = ?2, retired_at_ms = ?3, updated_at_ms = ?4
         WHERE id = ?1 AND status = 'approved' AND is_active <> ?2",
        values![id, i64::from(!stands), stands.then_some(now_ms), now_ms],
    )?;
    if changed == 0 {
        return Ok(false);
    }
    raise(sql, slug)?;
    if judge::is_told_of(sql, id)? {
        judge::redraw(sql, id, now_ms)?;
    }
    Ok(true)
}

/// Remembers that lessons were written into the bundle.
pub(super) fn exported(sql: &mut dyn Sql, ids: &[String], now_ms: i64) -> Result<(), StoreError> {
    for id in ids {
        sql.run(
            "UPDATE learned_responses SET exported_at_ms = ?2, updated_at_ms = ?2 WHERE id = ?1",
            values![id, now_ms],
        )?;
    }
    Ok(())
}
