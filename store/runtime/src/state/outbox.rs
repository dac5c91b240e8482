//! Replies on their way out: `pending` → `sending` (committed before the gateway is called) →
//! `sent`, `unknown` or `dead`. In a conversation they leave in order, one at a time.

use super::claim::{in_turn, sql_limit};
use super::desk::acts::{self, Delivery};
use super::{Ring, handover, rate, timers};
use crate::sql::{Row, Sql, values};
use crate::{Claim, ConversationState, OutboxRow, Settlement, StoreError, TurnCommit, Turnstile};

pub(super) use super::rows::Author;

/// Puts the reply of a turn at the end of its conversation's queue, or begins its send where the caller
/// is to send it and nothing has to leave before it (`is_free`).
pub(super) fn queue(
    sql: &mut dyn Sql,
    turn: &TurnCommit,
    text: &str,
    is_free: bool,
) -> Result<Option<OutboxRow>, StoreError> {
    let until_ms = turn.send_until_ms.filter(|_| is_free);
    if until_ms.is_none() {
        sql.ring(Ring::Due);
    }
    let row = queued(turn, text, until_ms);
    put(sql, &row)?;
    Ok(until_ms.map(|_| row.begun(turn.branch.clone())))
}

/// The reply of a turn as a text to be sent.
pub(crate) fn queued<'a>(turn: &'a TurnCommit, text: &'a str, until_ms: Option<i64>) -> Queued<'a> {
    let Claim { conversation_id, slug, jid, burst, .. } = &turn.claim;
    let newest = burst.iter().max_by_key(|it| it.at_ms);
    Queued {
        id: &turn.outbox_id,
        conversation_id,
        slug,
        jid,
        instance_id: &turn.instance_id,
        text,
        now_ms: turn.now_ms,
        received_at_ms: turn.claim.received_at_ms,
        request_id: newest.map_or("", |it| &it.request_id),
        until_ms,
        ..Queued::of_bot()
    }
}

/// A row where anything of a conversation is being sent or waits for it.
pub(super) const UNSENT: &str =
    "SELECT 1 FROM outbox WHERE conversation_id = ?1 AND status IN ('pending', 'sending') LIMIT 1";

/// A text to be sent.
pub(crate) struct Queued<'a> {
    pub(super) id: &'a str,
    pub(super) conversation_id: &'a str,
    pub(super) slug: &'a str,
    pub(super) jid: &'a str,
    pub(super) instance_id: &'a str,
    pub(super) text: &'a str,
    pub(super) now_ms: i64,
    pub(super) received_at_ms: i64,
    pub(super) request_id: &'a str,
    pub(super) author: Author,
    pub(super) media: Option<&'a str>,
    pub(super) file: Option<&'a str>,
    pub(super) origin: Option<&'a str>,
    pub(super) handover_id: Option<&'a str>,
    /// Its send begins now and is the caller's until then.
    pub(super) until_ms: Option<i64>,
}

impl Queued<'_> {
    /// The row as whoever sends it needs it.
    pub(crate) fn begun(&self, branch: Option<String>) -> OutboxRow {
        let owned = |it: Option<&str>| it.map(str::to_owned);
        OutboxRow {
            id: self.id.to_owned(),
            conversation_id: self.conversation_id.to_owned(),
            slug: self.slug.to_owned(),
            instance_id: self.instance_id.to_owned(),
            jid: self.jid.to_owned(),
            text: self.text.to_owned(),
            attempts: 1,
            created_at_ms: self.now_ms,
            received_at_ms: self.received_at_ms,
            request_id: self.request_id.to_owned(),
            author: self.author,
            media: owned(self.media),
            file: owned(self.file),
            origin: owned(self.origin),
            branch,
            slot_ms: None,
        }
    }

    /// Words of the bot's, without the words.
    pub(super) fn of_bot() -> Self {
        Self {
            id: "",
            conversation_id: "",
            slug: "",
            jid: "",
            instance_id: "",
            text: "",
            now_ms: 0,
            received_at_ms: 0,
            request_id: "",
            author: Author::Bot,
            media: None,
            file: None,
            origin: None,
            handover_id: None,
            until_ms: None,
        }
    }
}

/// Puts a text at the end of its conversation's queue.
pub(super) fn put(sql: &mut dyn Sql, row: &Queued<'_>) -> Result<(), StoreError> {
    sql.later(
        "INSERT INTO outbox (id, conversation_id, client_slug, instance_id, jid, text, not_before_ms,
                             created_at_ms, received_at_ms, request_id, author, media, file, origin,
                             handover_id, status, attempts, begun_at_ms, lease_until_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)",
        values![
            row.id,
            row.conversation_id,
            row.slug,
            row.instance_id,
            row.jid,
            row.text,
            row.now_ms,
            row.received_at_ms,
            row.request_id,
            row.author.word(),
            row.media,
            row.file,
            row.origin,
            row.handover_id,
            if row.until_ms.is_some() { "sending" } else { "pending" },
            i64::from(row.until_ms.is_some()),
            row.until_ms.map(|_| row.now_ms),
            row.until_ms,
        ],
    )
}

/// Begins the sends that are due, the tenants in turn. A row waits while an earlier one of its
/// conversation is being sent or waits to be tried again. Looks at as many rows as may pass, however
/// many wait: a gateway that was down for an hour must not slow down the inbox.
pub(super) fn begin(
    sql: &mut dyn Sql,
    now_ms: i64,
    lease_ms: i64,
    pass: &Turnstile,
) -> Result<Vec<OutboxRow>, StoreError> {
    let in_turn = in_turn(sql, due_tenants, now_ms, pass)?;
    let each: Vec<_> =
        in_turn.iter().map(|(slug, share)| values![slug, now_ms, sql_limit(*share)].to_vec()).collect();
    let due = sql.each(
        "SELECT o.id, o.conversation_id, o.client_slug, o.instance_id, o.jid, o.text, o.attempts + 1,
                o.created_at_ms, o.received_at_ms, o.request_id, o.author, o.media, o.file, o.origin, c.state,
                c.branch, o.slot_ms
         FROM outbox o JOIN conversations c ON c.id = o.conversation_id
         WHERE o.client_slug = ?1 AND o.status = 'pending' AND o.not_before_ms <= ?2 AND (
             SELECT 1 FROM outbox e WHERE e.conversation_id = o.conversation_id AND e.seq < o.seq
             AND e.status IN ('pending', 'sending') LIMIT 1) IS NULL
         ORDER BY o.not_before_ms, o.seq LIMIT ?3 /*+ FOR UPDATE OF o, c SKIP LOCKED */",
        &each,
    )?;
    let mut begun = Vec::new();
    for row in due.iter().flatten() {
        let reply = reply(row)?;
        let is_persons = row.get::<ConversationState>(14)? == ConversationState::ManagerActive;
        if is_persons && reply.author == Author::Bot {
            set(sql, &reply.id, "cancelled", None, now_ms)?;
            continue;
        }
        let until_ms = now_ms.saturating_add(lease_ms);
        sql.later(
            "UPDATE outbox SET status = 'sending', attempts = ?2, begun_at_ms = ?3, lease_until_ms = ?4
             WHERE id = ?1",
            values![&reply.id, reply.attempts, now_ms, until_ms],
        )?;
        begun.push(reply);
    }
    Ok(begun)
}

/// A row whose send was begun by a commit of which nobody heard, held anew until then; cancelled where a
/// person has taken the conversation meanwhile.
pub(super) fn begun(
    sql: &mut dyn Sql,
    id: &str,
    until_ms: i64,
    now_ms: i64,
) -> Result<Option<OutboxRow>, StoreError> {
    let of = sql.row("SELECT conversation_id FROM outbox WHERE id = ?1", values![id])?;
    let Some(conversation_id) = of.map(|it| it.get::<String>(0)).transpose()? else { return Ok(None) };
    handover::lock(sql, &conversation_id)?;
    let row = sql.row(
        "SELECT o.id, o.conversation_id, o.client_slug, o.instance_id, o.jid, o.text, o.attempts, o.created_at_ms,
                o.received_at_ms, o.request_id, o.author, o.media, o.file, o.origin, c.state, c.branch, o.slot_ms
         FROM outbox o JOIN conversations c ON c.id = o.conversation_id
         WHERE o.id = ?1 AND o.status = 'sending' AND o.attempts = 1",
        values![id],
    )?;
    let Some(row) = row else { return Ok(None) };
    if row.get::<ConversationState>(14)? == ConversationState::ManagerActive {
        set(sql, id, "cancelled", None, now_ms)?;
        return Ok(None);
    }
    sql.run("UPDATE outbox SET lease_until_ms = ?2 WHERE id = ?1", values![id, until_ms])?;
    reply(&row).map(Some)
}

fn reply(row: &Row) -> Result<OutboxRow, StoreError> {
    Ok(OutboxRow {
        id: row.get(0)?,
        conversation_id: row.get(1)?,
        slug: row.get(2)?,
        instance_id: row.get(3)?,
        jid: row.get(4)?,
        text: row.get(5)?,
        attempts: row.get(6)?,
        created_at_ms: row.get(7)?,
        received_at_ms: row.get(8)?,
        request_id: row.get(9)?,
        author: row.get(10)?,
        media: row.get(11)?,
        file: row.get(12)?,
        origin: row.get(13)?,
        branch: row.get(15)?,
        slot_ms: row.get(16)?,
    })
}

/// Tenants with a reply that may begin to leave.
fn due_tenants(
    sql: &mut dyn Sql,
    (after, until): (&str, &str),
    now_ms: i64,
    most: usize,
) -> Result<Vec<String>, StoreError> {
    let rows = sql.rows(
        "WITH RECURSIVE tenants (slug) AS (
             SELECT (SELECT min(client_slug) FROM outbox WHERE status = 'pending' AND client_slug > ?1)
             UNION ALL
             SELECT (SELECT min(o.client_slug) FROM outbox o
                     WHERE o.status = 'pending' AND o.client_slug > t.slug)
             FROM tenants t WHERE t.slug IS NOT NULL AND t.slug <= ?2)
         SELECT slug FROM tenants WHERE slug IS NOT NULL AND slug <= ?2 AND (
             SELECT 1 FROM outbox o
             WHERE o.client_slug = slug AND o.status = 'pending' AND o.not_before_ms <= ?3 AND (
                 SELECT 1 FROM outbox e WHERE e.conversation_id = o.conversation_id AND e.seq < o.seq
                 AND e.status IN ('pending', 'sending') LIMIT 1) IS NULL
             LIMIT 1) IS NOT NULL
         LIMIT ?4",
        values![after, until, now_ms, sql_limit(most)],
    )?;
    rows.iter().map(|row| row.get(0)).collect()
}

/// A reply as far as settling needs it.
struct Sending {
    id: String,
    conversation_id: String,
    text: String,
    author: Author,
    /// The message in Telegram and the request it answers, where a person wrote it there.
    origin: Option<(String, String)>,
}

impl Sending {
    fn of(row: &Row) -> Result<Self, StoreError> {
        let (origin, handover_id): (Option<String>, Option<String>) = (row.get(4)?, row.get(5)?);
        Ok(Self {
            id: row.get(0)?,
            conversation_id: row.get(1)?,
            text: row.get(2)?,
            author: row.get(3)?,
            origin: origin.zip(handover_id),
        })
    }

    fn by_id(sql: &mut dyn Sql, id: &str) -> Result<Self, StoreError> {
        let found = sql.row(
            "SELECT id, conversation_id, text, author, origin, handover_id FROM outbox WHERE id = ?1",
            values![id],
        )?;
        Self::of(&found.ok_or_else(|| StoreError::Missing(format!("outbox row {id}")))?)
    }
}

/// A person's words went out, or did not: shown where he wrote them.
fn show(sql: &mut dyn Sql, row: &Sending, fate: Delivery<'_>, now_ms: i64) -> Result<(), StoreError> {
    match &row.origin {
        Some((origin, handover_id)) => acts::delivered(sql, handover_id, origin, fate, now_ms),
        None => Ok(()),
    }
}

/// Its echo proved that it went out.
pub(super) fn arrived(sql: &mut dyn Sql, id: &str, now_ms: i64) -> Result<(), StoreError> {
    let row = Sending::by_id(sql, id)?;
    show(sql, &row, Delivery::Whole, now_ms)
}

/// An attempt at a reply that came to an end.
pub(crate) struct Sent {
    pub(crate) id: String,
    pub(crate) attempt: u32,
    pub(crate) now_ms: i64,
}

/// Records that the gateway took a reply of the bot's; false where that is not all there is to be done.
fn settle_sent(sql: &mut dyn Sql, sent: &Sent) -> Result<bool, StoreError> {
    let settled = sql.run(
        "UPDATE outbox SET status = 'sent', error = NULL, settled_at_ms = ?3, lease_until_ms = NULL
         WHERE id = ?1 AND status = 'sending' AND attempts = ?2 AND author = 'bot'",
        values![&sent.id, sent.attempt, sent.now_ms],
    )?;
    Ok(settled == 1)
}

/// Records what a send came to.
pub(crate) fn settle(sql: &mut dyn Sql, send: &Sent, settlement: &Settlement) -> Result<(), StoreError> {
    let Sent { ref id, attempt, now_ms } = *send;
    if *settlement == Settlement::Sent && settle_sent(sql, send)? {
        return Ok(());
    }
    let row = Sending::by_id(sql, id)?;
    handover::lock(sql, &row.conversation_id)?;
    let stands =
        sql.row("SELECT status, attempts FROM outbox WHERE id = ?1 /*+ FOR UPDATE */", values![id])?;
    let stands = stands.ok_or_else(|| StoreError::Missing(format!("outbox row {id}")))?;
    match (stands.get::<String>(0)?.as_str(), stands.get::<u32>(1)?) {
        ("sending", now) if now == attempt => {}
        // Its echo came before the gateway's answer, or the answer is told twice.
        ("sent", _) => return missed(sql, &row, settlement, now_ms),
        // Taken up again since, because nobody heard of this attempt for too long: that it went out
        // after all is good to know, anything else is the later attempt's to tell.
        ("sending" | "pending" | "unknown", _) if *settlement == Settlement::Sent && attempt > 0 => {
            let begun = stands.get::<u32>(1)? >= attempt;
            if !begun {
                return Err(StoreError::Stale);
            }
        }
        _ => return Err(StoreError::Stale),
    }
    match settlement {
        Settlement::Sent => {
            set(sql, id, "sent", None, now_ms)?;
            handover::clear(sql, id, now_ms)?;
            show(sql, &row, Delivery::Whole, now_ms)
        }
        Settlement::SentWithout { error } => {
            set(sql, id, "sent", Some(error), now_ms)?;
            handover::clear(sql, id, now_ms)?;
            show(sql, &row, Delivery::WordsAlone(error), now_ms)
        }
        // It would talk over the person, and hold up what that person says.
        Settlement::Retry { .. } | Settlement::Waits { .. }
            if row.author == Author::Bot && is_a_persons(sql, &row.conversation_id)? =>
        {
            set(sql, id, "cancelled", settlement.error(), now_ms)
        }
        Settlement::Retry { at_ms, error } => {
            sql.run(
                "UPDATE outbox SET status = 'pending', not_before_ms = ?2, error = ?3, slot_ms = NULL,
                                   lease_until_ms = NULL
                 WHERE id = ?1",
                values![id, *at_ms, error],
            )?;
            Ok(())
        }
        Settlement::Waits { at_ms, is_slot } => rate::waits(sql, id, *at_ms, *is_slot),
        Settlement::Unknown { error } => give_up(sql, &row, "unknown", error, now_ms),
        Settlement::Dead { error } => give_up(sql, &row, "dead", error, now_ms),
    }
}

/// The echo of the words settled a row whose file did not go out: that is still to be told, once.
fn missed(sql: &mut dyn Sql, row: &Sending, settlement: &Settlement, now_ms: i64) -> Result<(), StoreError> {
    let Settlement::SentWithout { error } = settlement else { return Ok(()) };
    let untold = sql.run(
        "UPDATE outbox SET error = ?2 WHERE id = ?1 AND error IS DISTINCT FROM CAST(?2 AS text)",
        values![&row.id, error],
    )?;
    if untold == 1 { show(sql, row, Delivery::WordsAlone(error), now_ms) } else { Ok(()) }
}

/// Whether a person has the conversation.
fn is_a_persons(sql: &mut dyn Sql, conversation_id: &str) -> Result<bool, StoreError> {
    let row = sql.row(
        "SELECT 1 FROM conversations WHERE id = ?1 AND state = 'manager_active'",
        values![conversation_id],
    )?;
    Ok(row.is_some())
}

/// Whether a send is left whose lease has run out.
pub(super) fn any_left(sql: &mut dyn Sql, now_ms: i64) -> Result<bool, StoreError> {
    let left = sql.row(
        "SELECT 1 FROM outbox
         WHERE status = 'sending' AND (lease_until_ms IS NULL OR lease_until_ms <= ?1) LIMIT 1",
        values![now_ms],
    )?;
    Ok(left.is_some())
}

/// Settles what a crash or a frozen process left in `sending`; returns how many rows there were.
/// `all`: also those whose lease still runs.
pub(super) fn recover(
    sql: &mut dyn Sql,
    idempotent: bool,
    all: bool,
    now_ms: i64,
) -> Result<usize, StoreError> {
    let left = sql.rows(
        "SELECT id, conversation_id, text, author, origin, handover_id FROM outbox
         WHERE status = 'sending' AND (?2 OR lease_until_ms IS NULL OR lease_until_ms <= ?1)
         ORDER BY seq LIMIT 10000",
        values![now_ms, all],
    )?;
    let mut recovered = 0;
    for row in &left {
        let row = Sending::of(row)?;
        handover::lock(sql, &row.conversation_id)?;
        // Settled in the moment before the lock, perhaps.
        let held = sql.run(
            "UPDATE outbox SET status = 'pending', not_before_ms = ?2, error = 'interrupted', lease_until_ms = NULL
             WHERE id = ?1 AND status = 'sending' AND (?3 OR lease_until_ms IS NULL OR lease_until_ms <= ?2)",
            values![&row.id, now_ms, all],
        )?;
        if held == 1 {
            recovered += 1;
            if !idempotent {
                give_up(sql, &row, "unknown", "interrupted", now_ms)?;
            }
        }
    }
    Ok(recovered)
}

/// The reply is shown to a person instead.
fn give_up(
    sql: &mut dyn Sql,
    row: &Sending,
    status: &'static str,
    error: &str,
    now_ms: i64,
) -> Result<(), StoreError> {
    set(sql, &row.id, status, Some(error), now_ms)?;
    handover::note(sql, &row.conversation_id, "system", "reply not sent", status, now_ms)?;
    if row.author == Author::Person {
        let fate = if status == "unknown" { Delivery::Unsure(error) } else { Delivery::Failed(error) };
        show(sql, row, fate, now_ms)?;
        if acts::open(sql, &row.conversation_id)?.is_some() {
            // Who has the request has been told.
            return Ok(());
        }
    }
    let summary = format!("{error}: {}", row.text);
    let request = handover::Request { reason: "error", summary: &summary, outbox_id: Some(&row.id) };
    if handover::ask(sql, &row.conversation_id, &request, now_ms)? {
        timers::ask(sql, &row.conversation_id, now_ms)?;
    }
    Ok(())
}

/// Settles a row.
pub(super) fn set(
    sql: &mut dyn Sql,
    id: &str,
    status: &str,
    error: Option<&str>,
    now_ms: i64,
) -> Result<(), StoreError> {
    sql.later(
        "UPDATE outbox SET status = ?2, error = ?3, settled_at_ms = ?4, lease_until_ms = NULL WHERE id = ?1",
        values![id, status, error, now_ms],
    )
}
