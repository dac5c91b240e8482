//! Erasing: a customer, a tenant, what is older than a tenant keeps. Usage totals stay: they name
//! nobody.

use super::claim::sql_limit;
use crate::sql::{Sql, values};
use crate::{Erased, StoreError, TopicRow};

/// How ids of the gateway are counted that stay although their customer is forgotten.
const SEEN_KEPT: &str = "kept.seen";

/// Erases everything about a customer.
pub(super) fn customer(sql: &mut dyn Sql, slug: &str, jid: &str) -> Result<Erased, StoreError> {
    let ids = conversations(sql, slug, Some(jid))?;
    let mut erased = Erased::new();
    for id in &ids {
        conversation(sql, id, &mut erased)?;
        seen(sql, id, jid, &mut erased)?;
    }
    let topics = sql.run(
        "DELETE FROM topics WHERE user_id IN (SELECT id FROM users WHERE client_slug = ?1 AND jid = ?2)",
        values![slug, jid],
    )?;
    add(&mut erased, "topics", topics);
    let notices = sql.run("DELETE FROM notices WHERE client_slug = ?1 AND jid = ?2", values![slug, jid])?;
    add(&mut erased, "notices", notices);
    let users = sql.run("DELETE FROM users WHERE client_slug = ?1 AND jid = ?2", values![slug, jid])?;
    add(&mut erased, "users", users);
    let key = budget_key(slug, jid);
    // … and those of single neighbours.
    let spent = sql.run(
        "DELETE FROM budgets WHERE key IN (?1, ?1 || ':transcriber', ?1 || ':embedder')",
        values![&key],
    )?;
    add(&mut erased, "budgets", spent);
    Ok(erased)
}

/// The ids of the gateway stay for their days, so that nothing that is delivered again makes the customer
/// anew, but lead to no conversation any more; those in which the customer's number stands go.
fn seen(sql: &mut dyn Sql, conversation_id: &str, jid: &str, erased: &mut Erased) -> Result<(), StoreError> {
    // No index leads to them: read whole for one customer, and together for a tenant. Behind the
    // conversation's lock, because a message that comes meanwhile adds one.
    let name = jid.split(['@', ':']).next().filter(|it| !it.is_empty()).unwrap_or(jid);
    let gone = sql.run(
        "DELETE FROM seen WHERE conversation_id = ?1 AND message_id <> replace(message_id, ?2, '')",
        values![conversation_id, name],
    )?;
    add(erased, "seen", gone);
    let kept =
        sql.run("UPDATE seen SET conversation_id = '' WHERE conversation_id = ?1", values![conversation_id])?;
    add(erased, SEEN_KEPT, kept);
    Ok(())
}

/// A topic is gone in Telegram; counted once.
pub(super) fn topic(sql: &mut dyn Sql, topic: &TopicRow, tally: &str) -> Result<bool, StoreError> {
    let gone = sql.run(
        "UPDATE topics SET thread_id = NULL WHERE id = ?1 AND thread_id = ?2",
        values![&topic.id, topic.thread_id],
    )?;
    if let (1, Some(thread_id)) = (gone, topic.thread_id) {
        super::desk::gone_with_topic(sql, &topic.id, thread_id)?;
        super::tally::add(sql, tally, &Erased::from([("telegram_topics".to_owned(), 1)]))?;
    }
    Ok(gone == 1)
}

/// The key of what a customer may use up.
fn budget_key(slug: &str, jid: &str) -> String {
    format!("customer:{slug}:{jid}")
}

/// Ids of conversations with a customer, or with everybody, of the longest silent first.
pub(super) fn conversations(
    sql: &mut dyn Sql,
    slug: &str,
    jid: Option<&str>,
) -> Result<Vec<String>, StoreError> {
    let rows = match jid {
        Some(jid) => sql.rows(
            "SELECT c.id FROM conversations c JOIN users u ON u.id = c.user_id
             WHERE u.client_slug = ?1 AND u.jid = ?2 ORDER BY c.id",
            values![slug, jid],
        )?,
        None => sql.rows(
            "SELECT c.id FROM users u JOIN conversations c ON c.user_id = u.id
             WHERE u.client_slug = ?1 ORDER BY c.id",
            values![slug],
        )?,
    };
    rows.iter().map(|row| row.get(0)).collect()
}

/// Tables with rows of a conversation, in the order in which they may go.
const OF_CONVERSATION: [(&str, &str); 8] = [
    ("posts", "DELETE FROM posts WHERE conversation_id = ?1"),
    ("outbox", "DELETE FROM outbox WHERE conversation_id = ?1"),
    ("handovers", "DELETE FROM handovers WHERE conversation_id = ?1"),
    ("timers", "DELETE FROM timers WHERE conversation_id = ?1"),
    ("knowledge_gaps", "DELETE FROM knowledge_gaps WHERE conversation_id = ?1"),
    ("conversation_audit", "DELETE FROM conversation_audit WHERE conversation_id = ?1"),
    ("messages", "DELETE FROM messages WHERE conversation_id = ?1"),
    ("conversations", "DELETE FROM conversations WHERE id = ?1"),
];

fn conversation(sql: &mut dyn Sql, id: &str, erased: &mut Erased) -> Result<(), StoreError> {
    // A turn at work on it finds it gone; one that commits first is erased with the rest.
    super::handover::lock(sql, id)?;
    // What was approved is the business's own; where it came from is not.
    sql.run(
        "UPDATE learned_responses SET handover_id = NULL, conversation_id = NULL, evidence = NULL
         WHERE status = 'approved' AND conversation_id = ?1",
        values![id],
    )?;
    let learned = sql.run("DELETE FROM learned_responses WHERE conversation_id = ?1", values![id])?;
    add(erased, "learned_responses", learned);
    for (table, delete) in OF_CONVERSATION {
        let rows = sql.run(delete, values![id])?;
        add(erased, table, rows);
    }
    Ok(())
}

/// Erases up to `limit` conversations of a tenant, or what is left beside them.
pub(super) fn tenant(sql: &mut dyn Sql, slug: &str, limit: usize) -> Result<Erased, StoreError> {
    const REST: [(&str, &str); 13] = [
        // In the order in which the end of a post locks them.
        ("posts", "DELETE FROM posts WHERE client_slug = ?1"),
        ("notices", "DELETE FROM notices WHERE client_slug = ?1"),
        ("topics", "DELETE FROM topics WHERE client_slug = ?1"),
        ("desk_events", "DELETE FROM desk_events WHERE client_slug = ?1"),
        ("bindings", "DELETE FROM bindings WHERE client_slug = ?1"),
        ("learned_revisions", "DELETE FROM learned_revisions WHERE client_slug = ?1"),
        ("users", "DELETE FROM users WHERE client_slug = ?1"),
        ("learned_responses", "DELETE FROM learned_responses WHERE client_slug = ?1"),
        ("knowledge_gaps", "DELETE FROM knowledge_gaps WHERE client_slug = ?1"),
        ("conversation_audit", "DELETE FROM conversation_audit WHERE client_slug = ?1"),
        ("seen", "DELETE FROM seen WHERE client_slug = ?1"),
        ("told", "DELETE FROM told WHERE key <> replace(key, ':' || CAST(?1 AS text) || ':', '')"),
        ("budgets", "DELETE FROM budgets WHERE key <> replace(key, ':' || CAST(?1 AS text) || ':', '')"),
    ];
    const NEXT: [&str; 2] = [
        "SELECT id FROM conversations WHERE client_slug = ?1 AND closed_at_ms IS NULL LIMIT ?2",
        "SELECT c.id FROM users u JOIN conversations c ON c.user_id = u.id WHERE u.client_slug = ?1 LIMIT ?2",
    ];
    // Open ones are found by an index that shrinks as they go.
    let mut rows = sql.rows(NEXT[0], values![slug, sql_limit(limit)])?;
    if rows.is_empty() {
        rows = sql.rows(NEXT[1], values![slug, sql_limit(limit)])?;
    }
    let mut erased = Erased::new();
    for row in &rows {
        conversation(sql, &row.get::<String>(0)?, &mut erased)?;
    }
    if rows.is_empty() {
        // What Telegram still has is known until these rows go: counted with them.
        let left = sql.row(
            "SELECT count(*) FROM topics WHERE client_slug = ?1 AND threaded = 1 AND thread_id IS NOT NULL",
            values![slug],
        )?;
        add(&mut erased, "telegram_topics_left", left.map_or(Ok(0), |it| it.get(0))?);
        for (table, delete) in REST {
            let gone = sql.run(delete, values![slug])?;
            add(&mut erased, table, gone);
        }
    }
    Ok(erased)
}

/// Erases up to `limit` messages older than `before_ms`, with what hangs on them, and customers who
/// have been silent since.
pub(super) fn expired(
    sql: &mut dyn Sql,
    slug: &str,
    before_ms: i64,
    limit: usize,
) -> Result<Erased, StoreError> {
    let mut erased = Erased::new();
    let silent = sql.rows(
        // The customer's own activity is never later than the conversation's.
        "SELECT c.id FROM users u JOIN conversations c ON c.user_id = u.id
         WHERE u.client_slug = ?1 AND u.last_active_at_ms < ?2 AND c.last_message_at_ms < ?2 LIMIT ?3",
        values![slug, before_ms, sql_limit(limit.div_ceil(20))],
    )?;
    for row in &silent {
        conversation(sql, &row.get::<String>(0)?, &mut erased)?;
    }
    let users = sql.run(
        "DELETE FROM users WHERE client_slug = ?1 AND last_active_at_ms < ?2
         AND NOT EXISTS (SELECT 1 FROM conversations c WHERE c.user_id = users.id)",
        // The hour to which activity is kept.
        values![slug, before_ms - 3_600_000],
    )?;
    add(&mut erased, "users", users);
    for (table, delete) in AGED {
        let rows = sql.run(delete, values![slug, before_ms, sql_limit(limit)])?;
        add(&mut erased, table, rows);
    }
    sql.run(
        "UPDATE learned_responses SET handover_id = NULL, conversation_id = NULL, evidence = NULL
         WHERE client_slug = ?1 AND created_at_ms < ?2 AND conversation_id IS NOT NULL",
        values![slug, before_ms],
    )?;
    Ok(erased)
}

/// Keys of up to `limit` ids of the gateway that were taken in before this. No index leads to them, so they
/// are looked for where nobody waits for it.
pub(super) fn old_seen(
    sql: &mut dyn Sql,
    before_ms: i64,
    limit: usize,
) -> Result<Vec<[String; 3]>, StoreError> {
    let rows = sql.rows(
        "SELECT message_id, client_slug, instance_id FROM seen WHERE received_at_ms < ?1 LIMIT ?2",
        values![before_ms, sql_limit(limit)],
    )?;
    let keys = rows.iter().map(|row| Ok([row.get(0)?, row.get(1)?, row.get(2)?]));
    let mut keys: Vec<_> = keys.collect::<Result<_, StoreError>>()?;
    // Two who drop the same ones lock them in one order.
    keys.sort();
    Ok(keys)
}

/// Drops those of these ids of the gateway that are as old as that still: one that another process has
/// dropped may have been taken in anew.
pub(super) fn drop_seen(sql: &mut dyn Sql, keys: &[[String; 3]], before_ms: i64) -> Result<u64, StoreError> {
    let mut each = Vec::with_capacity(keys.len());
    for [message_id, slug, instance_id] in keys {
        each.push(values![message_id, slug, instance_id, before_ms].to_vec());
    }
    let dropped =
        sql.runs("DELETE FROM seen WHERE message_id = ?1 AND client_slug = ?2 AND instance_id = ?3 AND received_at_ms < ?4", &each)?;
    Ok(dropped.iter().sum())
}

/// Old rows of conversations that go on. What still waits stays.
const AGED: [(&str, &str); 9] = [
    (
        "posts",
        "DELETE FROM posts WHERE id IN (
             SELECT p.id FROM posts p LEFT JOIN topics t ON t.id = p.topic_id
             WHERE p.client_slug = ?1 AND p.created_at_ms < ?2
               AND p.status NOT IN ('queued', 'pending', 'sending')
               AND (p.makes = 0 OR p.telegram_message_id IS NULL OR t.id IS NULL
                   OR p.telegram_message_id >= t.thread_id) LIMIT ?3)",
    ),
    // Which messages outside of topics show a customer, and which in a topic that may be gone, is known as
    // long as the customer is: to be forgotten they are deleted one by one.
    (
        "posts",
        "UPDATE posts SET payload = '{}', message_id = NULL, handover_id = NULL, error = NULL
         WHERE id IN (
             SELECT id FROM posts WHERE client_slug = ?1 AND created_at_ms < ?2
               AND status NOT IN ('queued', 'pending', 'sending')
               AND makes = 1 AND telegram_message_id IS NOT NULL AND topic_id IS NOT NULL
               AND (payload <> '{}' OR message_id IS NOT NULL OR handover_id IS NOT NULL OR error IS NOT NULL)
               AND NOT EXISTS (SELECT 1 FROM topics t
                   WHERE t.id = posts.topic_id AND posts.telegram_message_id >= t.thread_id) LIMIT ?3)",
    ),
    (
        "desk_events",
        "DELETE FROM desk_events WHERE seq IN (
             SELECT seq FROM desk_events WHERE client_slug = ?1 AND at_ms < ?2 LIMIT ?3)",
    ),
    (
        "learned_responses",
        "DELETE FROM learned_responses WHERE id IN (
             SELECT id FROM learned_responses WHERE client_slug = ?1 AND created_at_ms < ?2
             AND status <> 'approved' LIMIT ?3)",
    ),
    (
        "messages",
        "DELETE FROM messages WHERE id IN (
             SELECT m.id FROM users u JOIN conversations c ON c.user_id = u.id
                 JOIN messages m ON m.conversation_id = c.id
             WHERE u.client_slug = ?1 AND m.at_ms < ?2 AND (m.role <> 'user' OR m.settled IS NOT NULL)
             LIMIT ?3)",
    ),
    (
        "outbox",
        "DELETE FROM outbox WHERE id IN (
             SELECT o.id FROM users u JOIN conversations c ON c.user_id = u.id
                 JOIN outbox o ON o.conversation_id = c.id
             WHERE u.client_slug = ?1 AND o.created_at_ms < ?2 AND o.status NOT IN ('pending', 'sending')
             LIMIT ?3)",
    ),
    (
        "handovers",
        "DELETE FROM handovers WHERE id IN (
             SELECT id FROM handovers WHERE client_slug = ?1 AND closed_at_ms < ?2 LIMIT ?3)",
    ),
    (
        "knowledge_gaps",
        "DELETE FROM knowledge_gaps WHERE id IN (
             SELECT id FROM knowledge_gaps WHERE client_slug = ?1 AND last_seen_at_ms < ?2 LIMIT ?3)",
    ),
    (
        "conversation_audit",
        "DELETE FROM conversation_audit WHERE seq IN (
             SELECT seq FROM conversation_audit WHERE client_slug = ?1 AND at_ms < ?2 LIMIT ?3)",
    ),
];

/// Rows of a tenant in which a text stands.
pub(super) fn traces(sql: &mut dyn Sql, slug: &str, text: &str) -> Result<Erased, StoreError> {
    const WHERE: [(&str, &str); 12] = [
        (
            "notices",
            "SELECT count(*) FROM notices WHERE client_slug = ?1
             AND (jid = ?2 OR jid = ?2 || '@s.whatsapp.net' OR text <> replace(text, ?2, ''))",
        ),
        (
            "users",
            "SELECT count(*) FROM users WHERE client_slug = ?1
             AND (jid = ?2 OR phone = ?2 OR name = ?2)",
        ),
        (
            "conversations",
            "SELECT count(*) FROM conversations WHERE client_slug = ?1
             AND (jid = ?2 OR id = ?2 OR memory <> replace(memory, ?2, ''))",
        ),
        (
            "messages",
            "SELECT count(*) FROM messages m JOIN conversations c ON c.id = m.conversation_id
             WHERE c.client_slug = ?1 AND (m.message_id = ?2 OR c.jid = ?2
                 OR m.text <> replace(m.text, ?2, ''))",
        ),
        (
            "outbox",
            "SELECT count(*) FROM outbox WHERE client_slug = ?1
             AND (jid = ?2 OR conversation_id = ?2 OR text <> replace(text, ?2, '')
                 OR file <> replace(file, ?2, ''))",
        ),
        (
            "posts",
            "SELECT count(*) FROM posts WHERE client_slug = ?1
             AND (conversation_id = ?2 OR payload <> replace(payload, ?2, ''))",
        ),
        (
            "topics",
            "SELECT count(*) FROM topics t JOIN users u ON u.id = t.user_id WHERE t.client_slug = ?1
             AND (u.jid = ?2 OR u.id = ?2 OR t.title <> replace(t.title, ?2, ''))",
        ),
        (
            "handovers",
            "SELECT count(*) FROM handovers WHERE client_slug = ?1
             AND (conversation_id = ?2 OR summary <> replace(summary, ?2, ''))",
        ),
        (
            "seen",
            "SELECT count(*) FROM seen WHERE client_slug = ?1 AND (message_id = ?2 OR conversation_id = ?2)",
        ),
        (
            "learned_responses",
            "SELECT count(*) FROM learned_responses WHERE client_slug = ?1
             AND (conversation_id = ?2 OR question_text <> replace(question_text, ?2, '')
                 OR evidence <> replace(evidence, ?2, '')
                 OR response_text <> replace(response_text, ?2, ''))",
        ),
        (
            "knowledge_gaps",
            "SELECT count(*) FROM knowledge_gaps WHERE client_slug = ?1
             AND (conversation_id = ?2 OR text <> replace(text, ?2, ''))",
        ),
        (
            "budgets",
            "SELECT count(*) FROM budgets
             WHERE key <> replace(key, ':' || CAST(?1 AS text) || ':', '') AND key <> replace(key, ?2, '')",
        ),
    ];
    let mut found = Erased::new();
    for (table, count) in WHERE {
        if let Some(row) = sql.row(count, values![slug, text])? {
            add(&mut found, table, row.get(0)?);
        }
    }
    Ok(found)
}

pub(super) fn add(erased: &mut Erased, table: &str, rows: u64) {
    if rows > 0 {
        *erased.entry(table.to_owned()).or_default() += rows;
    }
}
