//! What Telegram cannot tell an owner goes to his phone.

use std::sync::Arc;
use std::time::Duration;

use telegram::html;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use super::people;
use crate::engine::Engine;
use crate::outbox;
use crate::ports::{Messenger, Outgoing};
use crate::tenant::Tenant;

/// The pause after each attempt that failed; after the last one nobody is told but the operator.
const PAUSES: [Duration; 4] =
    [Duration::from_secs(5), Duration::from_secs(60), Duration::from_secs(600), Duration::from_secs(3600)];

/// Has the tenant's own number write to its owners, as long as this process lives; nothing where it has
/// no number, or the bundle names no phone of theirs.
pub(super) fn tell(engine: &Engine, tenant: &Tenant, html: &str) {
    let number = tenant.numbers().all().next().map(str::to_owned);
    let (Some(instance_id), Some(token)) = (number, outbox::token(engine, tenant)) else { return };
    for phone in people::owners_phones(tenant) {
        let message = Outgoing {
            msg_id: Uuid::now_v7().to_string(),
            instance_id: instance_id.clone(),
            jid: format!("{phone}@s.whatsapp.net"),
            text: html::for_whatsapp(html),
            token: token.clone(),
        };
        let (messenger, slug) = (Arc::clone(&engine.messenger), tenant.slug().to_owned());
        let (deadline, mut stopping) = (engine.config.send_timeout, engine.stopping());
        tokio::spawn(async move {
            tokio::select! {
                () = stopping.wait() => {}
                sent = deliver(messenger.as_ref(), deadline, &message) => if !sent {
                    tracing::error!(tenant.slug = %slug, "an owner could not be told by WhatsApp either");
                }
            }
        });
    }
}

/// Tries with one id, so that an idempotent gateway delivers it once.
async fn deliver(messenger: &dyn Messenger, deadline: Duration, message: &Outgoing) -> bool {
    for pause in PAUSES {
        if matches!(timeout(deadline, messenger.send_text(message)).await, Ok(Ok(()))) {
            return true;
        }
        sleep(pause).await;
    }
    false
}
