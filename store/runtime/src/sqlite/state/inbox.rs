//! Storing what a customer wrote: id, body, usage counter and due time together or not at all.

use rusqlite::{Connection, OptionalExtension};
use uuid::Uuid;

use super::clients::ClientIds;
use crate::{ConversationState, Inbound, Receipt, StoreError};

/// How exactly a customer's last activity is kept, milliseconds.
const ACTIVE_STEP_MS: i64 = 3_600_000;

/// Takes a message in, unless its id was taken in before.
pub(super) fn store(
    connection: &Connection,
    clients: &ClientIds,
    message: &Inbound,
) -> Result<Receipt, StoreError> {
    if let Some((conversation_id, _)) = seen(connection, message)? {
        return Ok(Receipt::Duplicate { conversation_id });
    }
    let conversation = conversation(connection, message, message.sender.as_deref())?;
    let asks_for_turn = message.due_at_ms != i64::MAX;
    let settled = match conversation.state {
        ConversationState::ManagerActive => Some("person"),
        _ if !asks_for_turn => Some("never"),
        _ => None,
    };
    insert_message(connection, &conversation.id, message, "user", settled)?;
    mark_seen(connection, message, &conversation.id, Kind::Inbound)?;
    // A new message makes a new burst: attempts at the old one say nothing about it.
    connection
        .prepare_cached(
            "UPDATE conversations SET
                 instance_id = CASE WHEN ?2 = '' THEN instance_id ELSE ?2 END,
                 last_message_at_ms = max(last_message_at_ms, ?3),
                 due_at_ms = CASE WHEN ?4 THEN max(coalesce(due_at_ms, ?5), ?5) ELSE due_at_ms END,
                 attempts = CASE WHEN ?4 THEN 0 ELSE attempts END
             WHERE id = ?1",
        )?
        .execute((
            &conversation.id,
            &message.instance_id,
            message.received_at_ms,
            settled.is_none(),
            message.due_at_ms,
        ))?;
    count(connection, clients, message)?;
    Ok(Receipt::Stored { conversation_id: conversation.id })
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
pub(super) fn seen(connection: &Connection, message: &Inbound) -> Result<Option<(String, Kind)>, StoreError> {
    let seen = connection
        .prepare_cached(
            "SELECT conversation_id, kind FROM seen
             WHERE message_id = ?1 AND client_slug = ?2 AND instance_id = ?3",
        )?
        .query_row([&message.message_id, &message.slug, &message.instance_id], |row| {
            let kind = match row.get_ref(1)?.as_str()? {
                "own_echo" => Kind::OwnEcho,
                "person_echo" => Kind::PersonEcho,
                _ => Kind::Inbound,
            };
            Ok((row.get(0)?, kind))
        })
        .optional()?;
    Ok(seen)
}

/// Takes an id in.
pub(super) fn mark_seen(
    connection: &Connection,
    message: &Inbound,
    conversation_id: &str,
    kind: Kind,
) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO seen (message_id, client_slug, instance_id, conversation_id, kind, received_at_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute((
            &message.message_id,
            &message.slug,
            &message.instance_id,
            conversation_id,
            kind.word(),
            message.received_at_ms,
        ))?;
    Ok(())
}

/// The open conversation with the jid; user and conversation are created where they are missing.
pub(super) fn conversation(
    connection: &Connection,
    message: &Inbound,
    name: Option<&str>,
) -> Result<Conversation, StoreError> {
    let Inbound { slug, jid, received_at_ms: now, .. } = message;
    let open: Option<(Conversation, bool)> = connection
        .prepare_cached(
            "SELECT c.id, c.state, (?3 IS NOT NULL AND u.name IS NOT ?3)
                    OR u.last_active_at_ms < ?4
             FROM conversations c JOIN users u ON u.id = c.user_id
             WHERE c.client_slug = ?1 AND c.jid = ?2 AND c.closed_at_ms IS NULL",
        )?
        .query_row((slug, jid, name, now - ACTIVE_STEP_MS), |row| {
            Ok((Conversation { id: row.get(0)?, state: row.get(1)? }, row.get(2)?))
        })
        .optional()?;
    if let Some((open, is_outdated)) = open {
        if is_outdated {
            user(connection, message, name)?;
        }
        return Ok(open);
    }
    let user_id = user(connection, message, name)?;
    let id = new_id();
    connection
        .prepare_cached(
            "INSERT INTO conversations (id, client_slug, user_id, jid, instance_id, created_at_ms, last_message_at_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)",
        )?
        .execute((&id, slug, user_id, jid, &message.instance_id, now))?;
    Ok(Conversation { id, state: ConversationState::BotActive })
}

/// Creates or renews the customer's row; returns its id.
fn user(connection: &Connection, message: &Inbound, name: Option<&str>) -> Result<String, StoreError> {
    let Inbound { slug, jid, received_at_ms: now, .. } = message;
    let id = connection
        .prepare_cached(
            "INSERT INTO users (id, client_slug, jid, phone, name, created_at_ms, last_active_at_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)
             ON CONFLICT (client_slug, jid) DO UPDATE SET name = coalesce(excluded.name, name),
                 last_active_at_ms = max(last_active_at_ms, excluded.last_active_at_ms)
             RETURNING id",
        )?
        .query_row((new_id(), slug, jid, phone(jid), name, now), |row| row.get(0))?;
    Ok(id)
}

/// Adds what was received to a conversation.
pub(super) fn insert_message(
    connection: &Connection,
    conversation_id: &str,
    message: &Inbound,
    role: &str,
    settled: Option<&str>,
) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO messages (id, conversation_id, message_id, role, text, media, sent_at, at_ms, settled)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?
        .execute((
            new_id(),
            conversation_id,
            &message.message_id,
            role,
            &message.text,
            &message.media,
            message.sent_at,
            message.received_at_ms,
            settled,
        ))?;
    Ok(())
}

fn count(connection: &Connection, clients: &ClientIds, message: &Inbound) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO usage (client_id, client_slug, month, messages_in) VALUES (?1, ?2, ?3, 1)
             ON CONFLICT (client_slug, month) DO UPDATE SET messages_in = messages_in + 1,
                 client_id = CASE WHEN excluded.client_id = client_slug THEN client_id ELSE excluded.client_id END",
        )?
        .execute((clients.id(&message.slug), &message.slug, &message.month))?;
    Ok(())
}

/// Row ids grow with time, so that new rows lie together in the indexes.
pub(super) fn new_id() -> String {
    Uuid::now_v7().to_string()
}

/// The number in a jid: `<digits>[:device]@s.whatsapp.net`. Other servers (`@lid`) hide it.
fn phone(jid: &str) -> Option<&str> {
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
