//! Storing what a customer wrote: id, body, usage counter and due time together or not at all.

use uuid::Uuid;

use super::desk::acts;
use crate::sql::{Sql, values};
use crate::{ConversationState, Inbound, Receipt, StoreError};

/// How exactly a customer's last activity is kept, milliseconds.
const ACTIVE_STEP_MS: i64 = 3_600_000;

/// Takes a message in, unless its id was taken in before.
pub(super) fn store(sql: &mut dyn Sql, message: &Inbound) -> Result<Receipt, StoreError> {
    let name = message.sender.as_deref();
    let conversation = match open(sql, message, name)? {
        Some(known) => known,
        // Whoever was forgotten is not made anew by a message that is delivered again.
        None => match seen(sql, message)? {
            Some((conversation_id, _)) => return Ok(Receipt::Duplicate { conversation_id }),
            None => begin(sql, message, name)?,
        },
    };
    if !mark_seen(sql, message, &conversation.id, Kind::Inbound)? {
        let first = seen(sql, message)?.map(|(conversation_id, _)| conversation_id);
        return Ok(Receipt::Duplicate { conversation_id: first.unwrap_or(conversation.id) });
    }
    if conversation.is_outdated {
        user(sql, message, name)?;
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
    // Attempts stay counted: whoever kills the process with each message must be found out.
    sql.run(
        "UPDATE conversations SET
             instance_id = CASE WHEN ?2 = '' THEN instance_id ELSE ?2 END,
             last_message_at_ms = CASE WHEN last_message_at_ms < ?3 THEN ?3 ELSE last_message_at_ms END,
             due_at_ms = CASE WHEN NOT ?4 OR due_at_ms >= ?5 THEN due_at_ms ELSE ?5 END
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
    /// The customer's row knows another name, or activity of an hour ago.
    is_outdated: bool,
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

/// Whether an id was taken in since then.
pub(super) fn has_seen(
    sql: &mut dyn Sql,
    (slug, instance_id, message_id): (&str, &str, &str),
    since_ms: i64,
) -> Result<bool, StoreError> {
    let seen = sql.row(
        "SELECT 1 FROM seen
         WHERE message_id = ?1 AND client_slug = ?2 AND instance_id = ?3 AND received_at_ms >= ?4",
        values![message_id, slug, instance_id, since_ms],
    )?;
    Ok(seen.is_some())
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
    let Some(conversation) = open(sql, message, name)? else { return begin(sql, message, name) };
    if conversation.is_outdated {
        user(sql, message, name)?;
    }
    Ok(conversation)
}

/// The open conversation, if there is one.
fn open(
    sql: &mut dyn Sql,
    message: &Inbound,
    name: Option<&str>,
) -> Result<Option<Conversation>, StoreError> {
    let Inbound { slug, jid, received_at_ms: now, .. } = message;
    let row = sql.row(
        "SELECT c.id, c.state, CASE WHEN u.last_active_at_ms < ?4
                OR (CAST(?3 AS text) IS NOT NULL AND u.name IS DISTINCT FROM CAST(?3 AS text)) THEN 1 ELSE 0 END
         FROM conversations c JOIN users u ON u.id = c.user_id
         WHERE c.client_slug = ?1 AND c.jid = ?2 AND c.closed_at_ms IS NULL /*+ FOR UPDATE OF c */",
        values![slug, jid, name, now - ACTIVE_STEP_MS],
    )?;
    row.map(|it| Ok(Conversation { id: it.get(0)?, state: it.get(1)?, is_outdated: it.get(2)? })).transpose()
}

/// Opens a conversation.
fn begin(sql: &mut dyn Sql, message: &Inbound, name: Option<&str>) -> Result<Conversation, StoreError> {
    let Inbound { slug, jid, received_at_ms: now, .. } = message;
    let user_id = user(sql, message, name)?;
    let id = new_id();
    let opened = sql.run(
        "INSERT INTO conversations (id, client_slug, user_id, jid, instance_id, created_at_ms, last_message_at_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6) ON CONFLICT DO NOTHING",
        values![&id, slug, &user_id, jid, &message.instance_id, *now],
    )?;
    if opened == 1 {
        return Ok(Conversation { id, state: ConversationState::BotActive, is_outdated: false });
    }
    // Another process has opened it in the same moment.
    let opened = open(sql, message, name)?;
    opened.ok_or_else(|| StoreError::Unavailable("the conversation was closed meanwhile".to_owned()))
}

/// Creates or renews the customer's row; returns its id.
fn user(sql: &mut dyn Sql, message: &Inbound, name: Option<&str>) -> Result<String, StoreError> {
    let Inbound { slug, jid, received_at_ms: now, .. } = message;
    let id = new_id();
    let new = sql.run(
        "INSERT INTO users (id, client_slug, jid, phone, name, created_at_ms, last_active_at_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6) ON CONFLICT DO NOTHING",
        values![&id, slug, jid, phone(jid), name, *now],
    )?;
    if new == 1 {
        return Ok(id);
    }
    sql.run(
        "UPDATE users SET name = coalesce(CAST(?3 AS text), name),
             last_active_at_ms = CASE WHEN last_active_at_ms < ?4 THEN ?4 ELSE last_active_at_ms END
         WHERE client_slug = ?1 AND jid = ?2",
        values![slug, jid, name, *now],
    )?;
    let row = sql.row("SELECT id FROM users WHERE client_slug = ?1 AND jid = ?2", values![slug, jid])?;
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
    let Inbound { slug, month, .. } = message;
    let client_id = sql.client_id(slug);
    let counted = sql.run(
        "UPDATE usage SET messages_in = messages_in + 1,
             client_id = CASE WHEN ?3 = client_slug THEN client_id ELSE ?3 END
         WHERE client_slug = ?1 AND month = ?2",
        values![slug, month, &client_id],
    )?;
    if counted == 0 {
        sql.run(
            "INSERT INTO usage (client_id, client_slug, month, messages_in) VALUES (?3, ?1, ?2, 1)",
            values![slug, month, &client_id],
        )?;
    }
    let row =
        sql.row("SELECT messages_in FROM usage WHERE client_slug = ?1 AND month = ?2", values![slug, month])?;
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
