//! What proves an erasure: rows that are left of a tenant, files that rows name, conversations that are no
//! more.

use super::erase::add;
use crate::sql::{Sql, values};
use crate::{Erased, StoreError};

/// Rows of a tenant, whatever stands in them; usage totals do not count.
pub(super) fn left(sql: &mut dyn Sql, slug: &str) -> Result<Erased, StoreError> {
    const OF_TENANT: [(&str, &str); 18] = [
        ("users", "SELECT count(*) FROM users WHERE client_slug = ?1"),
        ("conversations", "SELECT count(*) FROM conversations WHERE client_slug = ?1"),
        (
            "messages",
            "SELECT count(*) FROM messages m JOIN conversations c ON c.id = m.conversation_id
             WHERE c.client_slug = ?1",
        ),
        ("outbox", "SELECT count(*) FROM outbox WHERE client_slug = ?1"),
        ("handovers", "SELECT count(*) FROM handovers WHERE client_slug = ?1"),
        ("timers", "SELECT count(*) FROM timers WHERE client_slug = ?1"),
        ("knowledge_gaps", "SELECT count(*) FROM knowledge_gaps WHERE client_slug = ?1"),
        ("conversation_audit", "SELECT count(*) FROM conversation_audit WHERE client_slug = ?1"),
        ("posts", "SELECT count(*) FROM posts WHERE client_slug = ?1"),
        ("notices", "SELECT count(*) FROM notices WHERE client_slug = ?1"),
        ("topics", "SELECT count(*) FROM topics WHERE client_slug = ?1"),
        ("desk_events", "SELECT count(*) FROM desk_events WHERE client_slug = ?1"),
        ("bindings", "SELECT count(*) FROM bindings WHERE client_slug = ?1"),
        ("learned_responses", "SELECT count(*) FROM learned_responses WHERE client_slug = ?1"),
        ("learned_revisions", "SELECT count(*) FROM learned_revisions WHERE client_slug = ?1"),
        ("seen", "SELECT count(*) FROM seen WHERE client_slug = ?1"),
        ("told", "SELECT count(*) FROM told WHERE key <> replace(key, ':' || CAST(?1 AS text) || ':', '')"),
        (
            "budgets",
            "SELECT count(*) FROM budgets WHERE key <> replace(key, ':' || CAST(?1 AS text) || ':', '')",
        ),
    ];
    let mut found = Erased::new();
    for (table, count) in OF_TENANT {
        if let Some(row) = sql.row(count, values![slug])? {
            add(&mut found, table, row.get(0)?);
        }
    }
    Ok(found)
}

/// What is known of the files of a conversation, or of all of a tenant's, as it was stored.
pub(super) fn files(
    sql: &mut dyn Sql,
    slug: &str,
    conversation_id: Option<&str>,
) -> Result<Vec<String>, StoreError> {
    let rows = sql.rows(
        "SELECT m.file FROM conversations c JOIN messages m ON m.conversation_id = c.id
         WHERE c.client_slug = ?1 AND (CAST(?2 AS text) IS NULL OR c.id = ?2) AND m.file IS NOT NULL
         UNION ALL SELECT o.file FROM conversations c JOIN outbox o ON o.conversation_id = c.id
         WHERE c.client_slug = ?1 AND (CAST(?2 AS text) IS NULL OR c.id = ?2) AND o.file IS NOT NULL",
        values![slug, conversation_id],
    )?;
    rows.iter().map(|row| row.get(0)).collect()
}

/// Those of these ids that are of no conversation of the tenant.
pub(super) fn strangers(sql: &mut dyn Sql, slug: &str, ids: &[String]) -> Result<Vec<String>, StoreError> {
    let each: Vec<_> = ids.iter().map(|id| values![id, slug].to_vec()).collect();
    let known = sql.each("SELECT 1 FROM conversations WHERE id = ?1 AND client_slug = ?2", &each)?;
    let strange = ids.iter().zip(known).filter(|(_, known)| known.is_empty());
    Ok(strange.map(|(id, _)| id.clone()).collect())
}
