//! What people write in topics: on its way to the customer, and the request theirs.

use serde_json::json;

use super::claimed::topic;
use super::{Edit, EditOutcome, Person, SayOutcome, Saying, Talk, acts, update};
use crate::StoreError;
use crate::sql::{Row, Sql, values};
use crate::state::outbox::{self, Author, Queued};
use crate::state::{handover, new_id};

/// The customer that a topic of these tenants is about. Outside of topics the message that is replied to
/// tells, also after the group got topics or lost them; what replies to a lesson's card is for nobody.
pub(super) fn talk(
    sql: &mut dyn Sql,
    (slugs, bot_id): (&[String], i64),
    chat_id: i64,
    thread_id: Option<i64>,
    reply_to: Option<i64>,
) -> Result<Option<Talk>, StoreError> {
    // Two bots number the messages of a chat each in its own way, unless it is a large group.
    let rows = match (thread_id, reply_to) {
        (Some(thread_id), _) => sql.rows(
            "SELECT t.id, t.client_slug, t.bot_id, t.chat_id, t.user_id, t.threaded, t.thread_id, t.title, c.id,
                    c.branch
             FROM topics t JOIN conversations c ON c.user_id = t.user_id AND c.closed_at_ms IS NULL
             WHERE t.chat_id = ?1 AND t.thread_id = ?2",
            values![chat_id, thread_id],
        )?,
        (None, Some(message_id)) => sql.rows(
            "SELECT t.id, t.client_slug, t.bot_id, t.chat_id, t.user_id, t.threaded, t.thread_id, t.title, c.id,
                    c.branch
             FROM posts p JOIN topics t ON t.id = p.topic_id
                 JOIN conversations c ON c.user_id = t.user_id AND c.closed_at_ms IS NULL
             WHERE p.chat_id = ?1 AND p.telegram_message_id = ?2 AND p.kind <> 'lesson'
               AND (p.bot_id = ?3 OR p.chat_id <= -1000000000000)
             ORDER BY p.seq DESC",
            values![chat_id, message_id, bot_id],
        )?,
        (None, None) => Vec::new(),
    };
    for row in &rows {
        if let Some(topic) = topic(row, 0)?.filter(|it| slugs.contains(&it.slug)) {
            let conversation_id: String = row.get(8)?;
            let handover_id = acts::open(sql, &conversation_id)?.map(|(id, _)| id);
            let latest_id = latest(sql, &conversation_id)?;
            return Ok(Some(Talk { topic, conversation_id, handover_id, latest_id, branch: row.get(9)? }));
        }
    }
    Ok(None)
}

/// The newest request of a conversation.
fn latest(sql: &mut dyn Sql, conversation_id: &str) -> Result<Option<String>, StoreError> {
    let row = sql.row(
        "SELECT id FROM handovers WHERE conversation_id = ?1 ORDER BY seq DESC LIMIT 1",
        values![conversation_id],
    )?;
    row.map(|row| row.get(0)).transpose()
}

/// Messages on their way to the customer.
pub(super) fn unsent(sql: &mut dyn Sql, conversation_id: &str) -> Result<u64, StoreError> {
    let row = sql.row(
        "SELECT count(*) FROM outbox WHERE conversation_id = ?1 AND status IN ('pending', 'sending')",
        values![conversation_id],
    )?;
    row.map_or(Ok(0), |row| row.get(0))
}

/// A person writes to the customer, and takes the request if nobody has.
pub(super) fn say(sql: &mut dyn Sql, saying: &Saying) -> Result<SayOutcome, StoreError> {
    let Saying { update, chat_id, thread_id, reply_to, who, now_ms, .. } = saying;
    if !update::first(sql, *update, *now_ms)? {
        return Ok(SayOutcome::Seen);
    }
    let Some(talk) = talk(sql, (&saying.slugs, update.bot_id), *chat_id, *thread_id, *reply_to)? else {
        return Ok(SayOutcome::UnknownTopic);
    };
    let id = &talk.conversation_id;
    handover::lock(sql, id)?;
    let Some((handover_id, status)) = acts::open(sql, id)? else { return Ok(SayOutcome::NoRequest) };
    let took = status == "pending";
    handover::take(sql, id, Some(who), *now_ms)?;
    let (media, file) = (saying.media.as_deref(), saying.file.as_deref());
    let words = Words { by: who, text: &saying.text, media, file };
    let origin = origin(*chat_id, saying.message_id);
    let outbox_id = write(sql, (id, &handover_id), &words, &origin, *now_ms)?;
    acts::answered(sql, &handover_id, Some(who), *now_ms)?;
    Ok(SayOutcome::Said { outbox_id, handover_id, took })
}

/// A message of a person's in Telegram, as the outbox names it.
fn origin(chat_id: i64, message_id: i64) -> String {
    json!({"chat_id": chat_id, "message_id": message_id}).to_string()
}

/// What a person says.
struct Words<'a> {
    by: &'a Person,
    text: &'a str,
    media: Option<&'a str>,
    file: Option<&'a str>,
}

/// Stores a person's words and puts them at the end of the queue.
fn write(
    sql: &mut dyn Sql,
    (conversation_id, handover_id): (&str, &str),
    words: &Words<'_>,
    origin: &str,
    now_ms: i64,
) -> Result<String, StoreError> {
    let outbox_id = new_id();
    sql.run(
        "INSERT INTO messages (id, conversation_id, message_id, role, text, media, file, sent_at, at_ms,
                               said_by, said_role)
         VALUES (?1, ?2, ?1, 'manager', ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        values![
            &outbox_id,
            conversation_id,
            words.text,
            words.media,
            words.file,
            now_ms / 1000,
            now_ms,
            &words.by.name,
            &words.by.role,
        ],
    )?;
    let row = sql.row(
        "UPDATE conversations
         SET last_message_at_ms = CASE WHEN last_message_at_ms < ?2 THEN ?2 ELSE last_message_at_ms END
         WHERE id = ?1 RETURNING client_slug, jid, instance_id",
        values![conversation_id, now_ms],
    )?;
    let row = row.ok_or_else(|| StoreError::Missing(format!("conversation {conversation_id}")))?;
    let (slug, jid, instance_id): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
    let queued = Queued {
        id: &outbox_id,
        conversation_id,
        slug: &slug,
        jid: &jid,
        instance_id: &instance_id,
        text: words.text,
        now_ms,
        received_at_ms: now_ms,
        request_id: "",
        author: Author::Person,
        media: words.media,
        file: words.file,
        origin: Some(origin),
        handover_id: Some(handover_id),
        until_ms: None,
    };
    outbox::put(sql, &queued)?;
    Ok(outbox_id)
}

/// The newest words of these tenants that come from a message in Telegram.
struct Sent {
    id: String,
    conversation_id: String,
    slug: String,
    handover_id: Option<String>,
}

fn sent(sql: &mut dyn Sql, slugs: &[String], origin: &str) -> Result<Option<Sent>, StoreError> {
    let rows = sql.rows(
        "SELECT id, conversation_id, client_slug, handover_id FROM outbox
         WHERE origin = ?1 ORDER BY seq DESC",
        values![origin],
    )?;
    let sent = |row: &Row| {
        Ok(Sent {
            id: row.get(0)?,
            conversation_id: row.get(1)?,
            slug: row.get(2)?,
            handover_id: row.get(3)?,
        })
    };
    let is_ours = |it: &Result<Sent, StoreError>| it.as_ref().map_or(true, |it| slugs.contains(&it.slug));
    rows.iter().map(sent).find(is_ours).transpose()
}

/// A person changes what he wrote.
pub(super) fn edit(sql: &mut dyn Sql, edit: &Edit) -> Result<EditOutcome, StoreError> {
    let Edit { update, slugs, chat_id, message_id, who, text, correction, now_ms } = edit;
    if !update::first(sql, *update, *now_ms)? {
        return Ok(EditOutcome::Seen);
    }
    let origin = origin(*chat_id, *message_id);
    let Some(row) = sent(sql, slugs, &origin)? else { return Ok(EditOutcome::Unknown) };
    handover::lock(sql, &row.conversation_id)?;
    let same = sql.row(
        "SELECT 1 FROM outbox WHERE id = ?1 AND (text = ?2 OR text = ?3)",
        values![&row.id, text, correction],
    )?;
    if same.is_some() {
        return Ok(EditOutcome::Same);
    }
    let changed = sql.run(
        "UPDATE outbox SET text = ?2 WHERE id = ?1 AND status = 'pending' AND attempts = 0",
        values![&row.id, text],
    )?;
    if changed == 1 {
        sql.run("UPDATE messages SET text = ?2 WHERE id = ?1", values![&row.id, text])?;
        return Ok(EditOutcome::Changed);
    }
    // A later request is not taken by mending what was said in an earlier one.
    let open = acts::open(sql, &row.conversation_id)?.map(|(id, _)| id);
    let Some(handover_id) = open.filter(|id| row.handover_id.as_ref() == Some(id)) else {
        return Ok(EditOutcome::NoRequest);
    };
    let words = Words { by: who, text: correction, media: None, file: None };
    handover::take(sql, &row.conversation_id, Some(who), *now_ms)?;
    let outbox_id = write(sql, (&row.conversation_id, &handover_id), &words, &origin, *now_ms)?;
    Ok(EditOutcome::Corrected { outbox_id })
}

/// Who has a request: numeric id and name, where it was taken in Telegram.
pub(super) fn owner(sql: &mut dyn Sql, handover_id: &str) -> Result<Option<(i64, String)>, StoreError> {
    let row = sql.row(
        "SELECT taken_by, coalesce(taken_by_name, '') FROM handovers WHERE id = ?1 AND taken_by IS NOT NULL",
        values![handover_id],
    )?;
    row.map(|row| Ok((row.get(0)?, row.get(1)?))).transpose()
}

/// Writes down who has it, unless somebody known has.
pub(in crate::state) fn own(sql: &mut dyn Sql, handover_id: &str, who: &Person) -> Result<bool, StoreError> {
    let owned = sql.run(
        "UPDATE handovers SET taken_by = ?2, taken_by_name = ?3, taken_by_role = ?4
         WHERE id = ?1 AND taken_by IS NULL",
        values![handover_id, who.telegram_id, &who.name, &who.role],
    )?;
    Ok(owned == 1)
}
