//! Nobody of the branch can take a request: the owner is called at once instead of after a while.

use std::collections::BTreeSet;

use format::{Agent, Role};
use runtime::{Card, StoreError};

use super::people;
use crate::engine::Engine;
use crate::quiet;
use crate::tenant::Tenant;

/// The reminder that calls the owner; it comes once, now or in its time.
const CALLS_OWNER: u32 = 2;

/// Calls the owner if everybody who could take the request has said no. At night, and while the store
/// fails, the reminder comes in its time.
pub(super) async fn heed(engine: &Engine, tenant: &Tenant, card: &Card) {
    let settings = tenant.settings();
    let is_quiet = quiet::until(settings.quiet_hours.as_ref(), &tenant.local(engine.now_ms())).is_some();
    if is_quiet || !settings.enable_owner_escalation || card.handover.status != "pending" {
        return;
    }
    if let Err(error) = call(engine, tenant, card).await {
        engine.store_failed("skippers", &error);
    }
}

async fn call(engine: &Engine, tenant: &Tenant, card: &Card) -> Result<(), StoreError> {
    let (id, slug, now_ms) = (card.handover.id.clone(), tenant.slug().to_owned(), engine.now_ms());
    let (skippers, bindings) = {
        let id = id.clone();
        engine.with_state(move |state| Ok((state.skippers(&id)?, state.bindings(&slug)?))).await?
    };
    let branch = card.handover.branch.as_deref();
    let asked = tenant.head().agents.iter().filter(|it| may_take(it, branch));
    let asked: Vec<Option<i64>> = asked.map(|it| people::telegram_id(it, &bindings)).collect();
    if is_left_alone(&asked, &skippers) {
        engine.with_state(move |state| state.remind(&id, CALLS_OWNER, now_ms)).await?;
        engine.posted.notify_one();
    }
    Ok(())
}

/// Whom the request is for, of those the bundle names: everybody of its branch but owners, whom it is
/// about to reach.
fn may_take(agent: &Agent, branch: Option<&str>) -> bool {
    agent.role != Role::Owner
        && agent.telegram.is_some()
        && (agent.branch.is_none() || agent.branch.as_deref() == branch)
}

/// Everybody said no. Who was never seen in Telegram may still say yes.
fn is_left_alone(asked: &[Option<i64>], skippers: &BTreeSet<i64>) -> bool {
    !asked.is_empty() && asked.iter().all(|it| it.is_some_and(|it| skippers.contains(&it)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_who_says_no_leaves_the_request_alone() {
        let no = |ids: &[i64]| ids.iter().copied().collect::<BTreeSet<_>>();
        assert!(is_left_alone(&[Some(1), Some(2)], &no(&[1, 2, 3])));
        assert!(!is_left_alone(&[Some(1), Some(2)], &no(&[1, 3])));
        assert!(!is_left_alone(&[Some(1), None], &no(&[1])));
        assert!(!is_left_alone(&[], &no(&[1])));
    }
}
