//! What the owner must know, told in Telegram: privately to an owner who has started the bot, else in
//! the client's group; where neither can be, by WhatsApp. Logs and metrics tell the operator in any case.

use runtime::{Place, PostKind, StoreError, Tell};
use serde_json::json;
use telegram::note::Alert;

use super::{people, phone, place};
use crate::engine::Engine;
use crate::tenant::Tenant;

/// Tells the owner; nothing where the word is not for owners.
pub(crate) async fn tell(engine: &Engine, slug: &str, what: &str, detail: &str) {
    let snapshot = engine.live.load_full();
    let Some(tenant) = snapshot.tenants.get(slug) else { return };
    let Some(alert) = alert(tenant, what, detail) else { return };
    if let Err(error) = post(engine, tenant, &alert).await {
        engine.store_failed("tell", &error);
    }
}

/// The alert behind a word.
fn alert(tenant: &Tenant, what: &str, detail: &str) -> Option<Alert> {
    let group = || tenant.head().client.name.ru.clone();
    Some(match what {
        "limit_80" => Alert::Usage { percent: 80 },
        "limit_100" => Alert::LimitReached,
        "suspended" => Alert::Suspended,
        "telegram_group_lost" | "telegram_group_moved" | "telegram_token" => {
            Alert::GroupLost { group: group() }
        }
        "telegram_rights" => Alert::RightsMissing { group: group() },
        "account_changed" => Alert::AccountChanged { username: detail.to_owned() },
        _ => return None,
    })
}

/// Tells the owner of a tenant.
pub(super) async fn post(engine: &Engine, tenant: &Tenant, alert: &Alert) -> Result<(), StoreError> {
    let html = alert.html(&tenant.head().client.name.ru);
    let Ok(route) = place::of(tenant, None) else {
        phone::tell(engine, tenant, &html);
        return Ok(());
    };
    let slug = tenant.slug().to_owned();
    let bindings = engine.with_state(move |state| state.bindings(&slug)).await?;
    let owners = people::mentions(tenant, &bindings).into_iter().filter_map(|it| it.telegram_id);
    let mut chats = Vec::new();
    for owner in owners {
        if engine.with_state(move |state| state.reachable(route.bot_id, owner)).await? {
            chats.push(owner);
        }
    }
    // A group that is lost hears nothing; owners who can be reached were found above.
    // Of requests that wait the group itself is reminded.
    match alert {
        Alert::GroupLost { .. } if chats.is_empty() => phone::tell(engine, tenant, &html),
        Alert::GroupLost { .. } | Alert::Unanswered { .. } => {}
        _ if chats.is_empty() => chats.push(route.chat_id),
        _ => {}
    }
    for chat_id in chats {
        let tell = Tell {
            slug: tenant.slug().to_owned(),
            kind: PostKind::Alert,
            payload: json!({"html": html}).to_string(),
            place: Place::Chat { bot_id: route.bot_id, chat_id },
            now_ms: engine.now_ms(),
        };
        engine.with_state(move |state| state.tell(&tell)).await?;
    }
    engine.posted.notify_one();
    Ok(())
}
