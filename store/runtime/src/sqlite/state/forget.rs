//! Erasing a customer. Counters and approved answers stay: they name nobody.

use rusqlite::Connection;

use crate::StoreError;

/// Erases everything about a customer; returns how many rows went. The file is in `secure_delete`
/// mode, so the rows are overwritten.
pub(super) fn customer(connection: &Connection, slug: &str, jid: &str) -> Result<usize, StoreError> {
    const CONVERSATIONS: &str = "SELECT c.id FROM conversations c JOIN users u ON u.id = c.user_id WHERE u.client_slug = ?1 AND u.jid = ?2";
    let mut erased = 0;
    connection.execute(
        &format!(
            "UPDATE learned_responses SET handover_id = NULL WHERE status = 'approved' AND handover_id IN (
                 SELECT id FROM handovers WHERE conversation_id IN ({CONVERSATIONS}))"
        ),
        [slug, jid],
    )?;
    erased += connection.execute(
        &format!(
            "DELETE FROM learned_responses WHERE handover_id IN (
                 SELECT id FROM handovers WHERE conversation_id IN ({CONVERSATIONS}))"
        ),
        [slug, jid],
    )?;
    for table in ["outbox", "handovers", "seen", "timers", "knowledge_gaps", "audit", "messages"] {
        let sql = format!("DELETE FROM {table} WHERE conversation_id IN ({CONVERSATIONS})");
        erased += connection.execute(&sql, [slug, jid])?;
    }
    let sql = format!("DELETE FROM conversations WHERE id IN ({CONVERSATIONS})");
    erased += connection.execute(&sql, [slug, jid])?;
    erased += connection.execute("DELETE FROM users WHERE client_slug = ?1 AND jid = ?2", [slug, jid])?;
    Ok(erased)
}
