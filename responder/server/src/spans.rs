//! The spans that say whose a line of the logs is. They hold ids and slugs only, and are of the
//! highest level, so that no filter parts a line from its request.

use runtime::{Claim, OutboxRow, PostRow, Timer};
use tracing::{Span, error_span};

/// Ids of one burst that are told; whoever sends more is told by the last ones.
const MOST_IDS: usize = 8;

/// A call of a webhook.
pub(crate) fn request(id: &str) -> Span {
    error_span!("request", request.id = %id)
}

/// A turn, with the requests that brought its burst, the newest last.
pub(crate) fn turn(claim: &Claim) -> Span {
    let ids: Vec<&str> =
        claim.burst.iter().map(|it| it.request_id.as_str()).filter(|it| !it.is_empty()).collect();
    let ids = ids[ids.len().saturating_sub(MOST_IDS)..].join(",");
    error_span!("turn", request.id = %ids, tenant.slug = %claim.slug, conversation.id = %claim.conversation_id)
}

/// A send, with the request it answers.
pub(crate) fn send(row: &OutboxRow) -> Span {
    error_span!(
        "send", request.id = %row.request_id, tenant.slug = %row.slug,
        conversation.id = %row.conversation_id, outbox.id = %row.id
    )
}

/// A post in Telegram, with the request that brought what it shows.
pub(crate) fn post(row: &PostRow) -> Span {
    error_span!(
        "post", request.id = %row.request_id, tenant.slug = %row.slug,
        conversation.id = row.conversation_id, post.id = %row.id
    )
}

/// Something done later, with the request that it was asked for by.
pub(crate) fn timer(timer: &Timer) -> Span {
    error_span!(
        "timer", request.id = %timer.request_id, tenant.slug = %timer.slug,
        conversation.id = %timer.conversation_id, timer.id = %timer.id
    )
}
