//! A webhook call on its way in: nothing of it is believed before the secret is verified, and the
//! types say so.

use std::sync::Arc;

use runtime::Inbound;
use serde_json::{Map, Value};

use crate::burst;
use crate::secrets::{Presented, WebhookKeys};
use crate::snapshot::Snapshot;
use crate::tenant::Tenant;
use crate::wire::chatflow::{self, NoSender, Reading, WireMessage};

/// A call whose secret has not been looked at.
pub(crate) struct Unverified<'a> {
    /// The tenant it names.
    pub(crate) slug: &'a str,
    /// The secret it came with.
    pub(crate) presented: Presented,
}

/// A call that came with the tenant's secret; the only way to a tenant's inbox.
pub(crate) struct Verified {
    tenant: Arc<Tenant>,
}

impl Unverified<'_> {
    /// Compares with the tenant's secrets, or with a dummy where there is no such tenant: the same
    /// work either way, so that neither answer nor time tells which tenants exist.
    pub(crate) fn verify(self, snapshot: &Snapshot) -> Option<Verified> {
        let tenant = snapshot.served(self.slug);
        let matches = match tenant {
            Some(tenant) => tenant.keys().accept(&self.presented),
            None => WebhookKeys::dummy().accept(&self.presented),
        };
        tenant.filter(|_| matches).map(|tenant| Verified { tenant: Arc::clone(tenant) })
    }
}

/// The id that a message without one, and without a time, would have had a moment ago.
pub(crate) struct Alias {
    pub(crate) message_id: String,
    /// … if it was taken in since then, Unix milliseconds.
    pub(crate) since_ms: i64,
}

/// What a verified call asks for.
pub(crate) enum Accepted {
    /// Store it and answer later; unless it was delivered before under this other id.
    Message(Inbound, Option<Alias>),
    /// Note that it was said.
    Echo(Inbound),
    /// Nothing.
    Ignored(chatflow::Ignored),
}

impl Verified {
    /// The tenant called.
    pub(crate) fn tenant(&self) -> &Arc<Tenant> {
        &self.tenant
    }

    /// Reads the payload; `query_instance` is the number named in the address.
    pub(crate) fn read(
        &self,
        payload: &Map<String, Value>,
        query_instance: Option<String>,
        request_id: &str,
        now_ms: i64,
    ) -> Result<Accepted, NoSender> {
        let inbound = |message| self.inbound(message, query_instance, request_id, now_ms);
        Ok(match chatflow::read(payload)? {
            Reading::Message(message) => {
                let alias = alias(&message, now_ms);
                Accepted::Message(inbound(message), alias)
            }
            Reading::Echo(message) => Accepted::Echo(inbound(message)),
            Reading::Ignored(ignored) => Accepted::Ignored(ignored),
        })
    }

    fn inbound(
        &self,
        message: WireMessage,
        query_instance: Option<String>,
        request_id: &str,
        now_ms: i64,
    ) -> Inbound {
        let tenant = &self.tenant;
        let sent_at = message.timestamp.filter(|at| *at <= now_ms / 1000 + CLOCK_SKEW_S);
        let due_at_ms = if tenant.is_suspended() {
            i64::MAX
        } else {
            let window = &tenant.settings().burst_window_ms;
            now_ms.saturating_add(burst::window_ms(window, &message.text))
        };
        Inbound {
            slug: tenant.slug().to_owned(),
            message_id: message.message_id.clone().unwrap_or_else(|| derived_id(&message, now_ms / NEAR_MS)),
            instance_id: message.instance_id.or(query_instance).unwrap_or_default(),
            jid: message.jid,
            sender: message.sender,
            text: message.text,
            media: message.media.map(str::to_owned),
            file: message.file.map(|it| it.to_json()),
            request_id: request_id.to_owned(),
            sent_at: sent_at.unwrap_or(now_ms / 1000),
            received_at_ms: now_ms,
            due_at_ms,
            month: tenant.month(now_ms),
        }
    }
}

/// A sender's clock further ahead than this is not believed: its messages would stay the newest.
const CLOCK_SKEW_S: i64 = 24 * 3600;

/// Repeats of a message without an id and without a time are one message within this time, so that a
/// customer may say the same word twice.
const NEAR_MS: i64 = 120_000;

/// What a repeat of a message was perhaps called: spans end, also in the moment between two deliveries.
fn alias(message: &WireMessage, now_ms: i64) -> Option<Alias> {
    let is_nameless = message.message_id.is_none() && message.timestamp.is_none();
    is_nameless
        .then(|| Alias { message_id: derived_id(message, now_ms / NEAR_MS - 1), since_ms: now_ms - NEAR_MS })
}

/// An id for a message that came without one: the same message sent again gets the same id. Where there is
/// no timestamp either, the span of time is part of it.
fn derived_id(message: &WireMessage, span: i64) -> String {
    let when = match message.timestamp {
        Some(at) => format!("at {at}"),
        None => format!("near {span}"),
    };
    let mut hasher = blake3::Hasher::new();
    for part in [&message.jid, &when, &message.text, &message.media_mark] {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    format!("derived-{}", &hasher.finalize().to_hex()[..32])
}
