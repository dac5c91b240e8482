//! Storing what a customer wrote: id, body, usage counter and due time together or not at all.

use uuid::Uuid;

use super::desk::acts;
use crate::sql::{Row, Sql, values};
use crate::{ConversationState, Inbound, Receipt, StoreError};

/// How exactly a customer's last activity is kept, milliseconds.
const ACTIVE_STEP_MS: i64 = 3_600_000;

/// Takes a message in, unless its id was taken in before.
pub(super) fn store(sql: &mut dyn Sql, message: &Inbound) -> Result<Receipt, StoreError> {
    if let Some((conversation_id, _)) = seen(sql, message)? {
        return Ok(Receipt::Duplicate { conversation_id });
    }
    let conversation = conversation(sql, message, message.sender.as_deref())?;
    if !mark_seen(sql, message, &conversation.id, Kind::Inbound)? {
        // Another process was faster by a moment.
        return Ok(Receipt::Duplicate { conversation_id: conversation.id });
    }
    let asks_for_turn = message.due_at_ms != i64::MAX;
    let settled = match conversation.state {
        ConversationState::ManagerActive => Some("person"),
        _ if !asks_for_turn => Some("never"),
        _ => None,
    };
    let row_id = insert_message(sql, &conversation.id, message, "user", settled)?;
    if conversation.state != ConversationState::BotActive {
        acts::wrote(sql, &conversation.id, &row_id, message.received_at_ms)?;
    }
    // A new message makes a new burst: attempts at the old one say nothing about it.
    sql.run(
        "UPDATE conversations SET
             instance_id = CASE WHEN ?2 = '' THEN instance_id ELSE ?2 END,
             last_message_at_ms = CASE WHEN last_message_at_ms < ?3 THEN ?3 ELSE last_message_at_ms END,
             due_at_ms = CASE WHEN NOT ?4 OR due_at_ms >= ?5 THEN due_at_ms ELSE ?5 END,
             attempts = CASE WHEN ?4 THEN 0 ELSE attempts END
         WHERE id = ?1",
        values![
            &conversation.id,
            &message.instance_id,
            message.received_at_ms,
            settled.is_none(),
            message.due_at_ms,
        ],
    )?;
    let messages_in = count(sql, message)?;
    Ok(Receipt::Stored { conversation_id: conversation.id, messages_in })
}

/// A customer's open conversation.
pub(super) struct Conversation {
    pub(super) id: String,
    pub(super) state: ConversationState,
}

/// What an id of the gateway stood for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A customer's message.
    Inbound,
    /// An echo of a reply of ours.
    OwnEcho,
    /// An echo of what a person wrote on the phone.
    PersonEcho,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::Inbound => "inbound",
            Self::OwnEcho => "own_echo",
            Self::PersonEcho => "person_echo",
        }
    }
}

/// Conversation and kind of an id that was taken in before.
pub(super) fn seen(sql: &mut dyn Sql, message: &Inbound) -> Result<Option<(String, Kind)>, StoreError> {
    let seen = sql.row(
        "SELECT conversation_id, kind FROM seen
         WHERE message_id = ?1 AND client_slug = ?2 AND instance_id = ?3",
        values![&message.message_id, &message.slug, &message.instance_id],
    )?;
    seen.map(|row| {
        let kind = match row.get::<String>(1)?.as_str() {
            "own_echo" => Kind::OwnEcho,
            "person_echo" => Kind::PersonEcho,
            _ => Kind::Inbound,
        };
        Ok((row.get(0)?, kind))
    })
    .transpose()
}

/// Takes an id in; false when it has been taken in.
pub(super) fn mark_seen(
    sql: &mut dyn Sql,
    message: &Inbound,
    conversation_id: &str,
    kind: Kind,
) -> Result<bool, StoreError> {
    let marked = sql.run(
        "INSERT INTO seen (message_id, client_slug, instance_id, conversation_id, kind, received_at_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING",
        values![
            &message.message_id,
            &message.slug,
            &message.instance_id,
            conversation_id,
            kind.word(),
            message.received_at_ms,
        ],
    )?;
    Ok(marked == 1)
}

/// The open conversation with the jid, locked; user and conversation are created where they are
/// missing.
pub(super) fn conversation(
    sql: &mut dyn Sql,
    message: &Inbound,
    name: Option<&str>,
) -> Result<Conversation, StoreError> {
    let Inbound { slug, jid, received_at_ms: now, .. } = message;
    if let Some(row) = open(sql, message, name)? {
        if row.get(2)? {
            user(sql, message, name)?;
        }
        return Ok(Conversation { id: row.get(0)?, state: row.get(1)? });
    }
    let user_id = user(sql, message, name)?;
    sql.run(
        "INSERT INTO conversations (id, client_slug, user_id, jid, instance_id, created_at_ms, last_message_at_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6) ON CONFLICT DO NOTHING",
        values![&new_id(), slug, &user_id, jid, &message.instance_id, *now],
    )?;
    // Read again rather than believed: another process may have opened it in the same moment.
    let row = open(sql, message, name)?;
    let row =
        row.ok_or_else(|| StoreError::Unavailable("the conversation was closed meanwhile".to_owned()))?;
    Ok(Conversation { id: row.get(0)?, state: row.get(1)? })
}

/// The open conversation, if there is one: id, state, whether the customer's row is out of date.
fn open(sql: &mut dyn Sql, message: &Inbound, name: Option<&str>) -> Result<Option<Row>, StoreError> {
    let Inbound { slug, jid, received_at_ms: now, .. } = message;
    sql.row(
        "SELECT c.id, c.state, CASE WHEN u.last_active_at_ms < ?4
                OR (CAST(?3 AS text) IS NOT NULL AND u.name IS DISTINCT FROM CAST(?3 AS text)) THEN 1 ELSE 0 END
         FROM conversations c JOIN users u ON u.id = c.user_id
         WHERE c.client_slug = ?1 AND c.jid = ?2 AND c.closed_at_ms IS NULL /*+ FOR UPDATE OF c */",
        values![slug, jid, name, now - ACTIVE_STEP_MS],
    )
}

/// Creates or renews the customer's row; returns its id.
fn user(sql: &mut dyn Sql, message: &Inbound, name: Option<&str>) -> Result<String, StoreError> {
    let Inbound { slug, jid, received_at_ms: now, .. } = message;
    let row = sql.row(
        "INSERT INTO users (id, client_slug, jid, phone, name, created_at_ms, last_active_at_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)
         ON CONFLICT (client_slug, jid) DO UPDATE SET name = coalesce(excluded.name, users.name),
             last_active_at_ms = CASE WHEN users.last_active_at_ms < excluded.last_active_at_ms
                 THEN excluded.last_active_at_ms ELSE users.last_active_at_ms END
         RETURNING id",
        values![&new_id(), slug, jid, phone(jid), name, *now],
    )?;
    row.ok_or_else(|| StoreError::Missing("a customer's row".to_owned()))?.get(0)
}

/// Adds what was received to a conversation; returns the row's id.
pub(super) fn insert_message(
    sql: &mut dyn Sql,
    conversation_id: &str,
    message: &Inbound,
    role: &str,
    settled: Option<&str>,
) -> Result<String, StoreError> {
    let id = new_id();
    sql.run(
        "INSERT INTO messages (id, conversation_id, message_id, role, text, media, file, request_id, sent_at,
                               at_ms, settled)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        values![
            &id,
            conversation_id,
            &message.message_id,
            role,
            &message.text,
            &message.media,
            &message.file,
            &message.request_id,
            message.sent_at,
            message.received_at_ms,
            settled,
        ],
    )?;
    Ok(id)
}

/// Counts the message; how many there are now.
fn count(sql: &mut dyn Sql, message: &Inbound) -> Result<u64, StoreError> {
    let client_id = sql.client_id(&message.slug);
    let row = sql.row(
        "INSERT INTO usage (client_id, client_slug, month, messages_in) VALUES (?1, ?2, ?3, 1)
         ON CONFLICT (client_slug, month) DO UPDATE SET messages_in = usage.messages_in + 1,
             client_id = CASE WHEN excluded.client_id = usage.client_slug THEN usage.client_id
                 ELSE excluded.client_id END
         RETURNING messages_in",
        values![&client_id, &message.slug, &message.month],
    )?;
    row.ok_or_else(|| StoreError::Missing("a usage counter".to_owned()))?.get(0)
}

/// Row ids grow with time, so that new rows lie together in the indexes.
pub(crate) fn new_id() -> String {
    Uuid::now_v7().to_string()
}

/// The number in a jid: `<digits>[:device]@s.whatsapp.net`. Other servers (`@lid`) hide it.
pub(crate) fn phone(jid: &str) -> Option<&str> {
    let (local, server) = jid.split_once('@')?;
    let digits = local.split_once(':').map_or(local, |(digits, _)| digits);
    let is_number = !digits.is_empty() && digits.bytes().all(|it| it.is_ascii_digit());
    (is_number && matches!(server, "s.whatsapp.net" | "c.us")).then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::phone;

    #[test]
    fn phones_are_read_from_jids_that_show_them() {
        assert_eq!(phone("77015550000@s.whatsapp.net"), Some("77015550000"));
        assert_eq!(phone("77015550000:12@s.whatsapp.net"), Some("77015550000"));
        assert_eq!(phone("120363041234567890@lid"), None);
        assert_eq!(phone("someone@s.whatsapp.net"), None);
        assert_eq!(phone("77015550000"), None);
    }
}
