//! What the owner must know, told in Telegram: privately to an owner who has started the bot, else in
//! the client's group; where neither can be, by WhatsApp. Logs and metrics tell the operator in any case.

use runtime::{Announcement, Place, PostKind, StoreError, Tell};
use serde_json::json;
use telegram::alert::{Alert, Right};

use super::updates::groups;
use super::{people, phone, place};
use crate::engine::Engine;
use crate::tenant::Tenant;

/// Tells the owner once for `key`; the operator alone where the word is not for owners.
pub(crate) async fn tell(engine: &Engine, slug: &str, (what, detail): (&str, &str), key: String) {
    let snapshot = engine.live.load_full();
    let told = match snapshot.tenants.get(slug) {
        Some(tenant) => post(engine, tenant, what, (key, alert(tenant, what, detail))).await,
        None => engine.announce(what, nothing(engine, slug, key)).await.map(|_| ()),
    };
    if let Err(error) = told {
        engine.store_failed("tell", &error);
    }
}

/// Under which key an owner is told of a chat: once a day, whoever notices it, and once for each right
/// that is missing.
pub(super) fn key_of_chat(
    engine: &Engine,
    slug: &str,
    what: &str,
    chat_id: i64,
    right: Option<Right>,
) -> String {
    let day = engine.now_ms() / 86_400_000;
    match right {
        Some(right) => format!("{what}:{slug}:{chat_id}:{}:{day}", right.code()),
        None => format!("{what}:{slug}:{chat_id}:{day}"),
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
        "telegram_rights" => Alert::RightsMissing { group: group(), right: Right::of(detail)? },
        "unshown" => Alert::Unshown,
        "account_changed" => Alert::AccountChanged { username: detail.to_owned() },
        _ => return None,
    })
}

/// Nobody but the operator hears of it.
fn nothing(engine: &Engine, slug: &str, key: String) -> Announcement {
    let now_ms = engine.now_ms();
    let (slug, posts) = (slug.to_owned(), Vec::new());
    Announcement { slug, key, posts, notices: Vec::new(), otherwise: Vec::new(), now_ms }
}

/// Tells the owner of a tenant, once for the key. Where and to whom is found before; that it is told and
/// what tells it is one commit.
pub(super) async fn post(
    engine: &Engine,
    tenant: &Tenant,
    what: &str,
    (key, alert): (String, Option<Alert>),
) -> Result<(), StoreError> {
    if engine.has_told(&key) {
        return Ok(());
    }
    let mut told = nothing(engine, tenant.slug(), key);
    let has_nobody = match alert {
        Some(alert) => address(engine, tenant, (what, &alert), &mut told).await?,
        None => false,
    };
    if engine.announce(what, told).await? && has_nobody {
        phone::nobody(engine, tenant.slug());
    }
    Ok(())
}

/// Finds who hears of an alert, and where; whether phones were to ring and there are none.
async fn address(
    engine: &Engine,
    tenant: &Tenant,
    (what, alert): (&str, &Alert),
    told: &mut Announcement,
) -> Result<bool, StoreError> {
    let html = alert.html(&tenant.head().client.name.ru);
    let mut phones = || {
        told.notices = phone::notices(engine, tenant, &html);
        told.notices.is_empty()
    };
    // A gateway that takes nothing does not take that either.
    let by_phone = !matches!(alert, Alert::GatewayDown);
    let Some(bot_id) = tenant.bot().map(|it| it.id) else { return Ok(by_phone && phones()) };
    if what == "telegram_token" {
        // A bot that Telegram does not know can tell nobody there.
        return Ok(phones());
    }
    let slug = tenant.slug().to_owned();
    let bindings = engine.with_state(move |state| state.bindings(&slug)).await?;
    let owners = people::mentions(tenant, &bindings).into_iter().filter_map(|it| it.telegram_id);
    let mut chats = Vec::new();
    for owner in owners {
        if engine.with_state(move |state| state.reachable(bot_id, owner)).await? {
            chats.push(owner);
        }
    }
    // A group that is lost hears nothing; owners who can be reached were found above.
    // Of requests that wait the group itself is reminded, be it the client's or a branch's.
    match (alert, place::of(tenant, None)) {
        _ if !chats.is_empty() => {}
        (Alert::GroupLost { .. } | Alert::RightsMissing { right: Right::Messages, .. }, _) => {
            return Ok(phones());
        }
        (Alert::Unanswered { .. }, _) if groups(tenant).next().is_some() => return Ok(false),
        (Alert::Unanswered { .. }, _) | (_, Err(_)) => return Ok(by_phone && phones()),
        (_, Ok(route)) => chats.push(route.chat_id),
    }
    // Telegram may not take it after all: an owner has his own phone for that, others have all.
    told.otherwise = phone::otherwise(engine, tenant, &html);
    let post = |chat_id| {
        let own = people::phone_of(tenant, &bindings, chat_id).map(|it| phone::jid(&it));
        let otherwise = told.otherwise.iter().filter(|it| own.as_ref().is_none_or(|own| it.jid == *own));
        let otherwise: Vec<&str> = otherwise.map(|it| it.id.as_str()).collect();
        Tell {
            slug: tenant.slug().to_owned(),
            kind: PostKind::Alert,
            payload: json!({"html": html, "otherwise": otherwise, "what": what}).to_string(),
            place: Place::Chat { bot_id, chat_id },
            now_ms: told.now_ms,
        }
    };
    let posts = chats.into_iter().map(post).collect();
    told.posts = posts;
    Ok(false)
}
