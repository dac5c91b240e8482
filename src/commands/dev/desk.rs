//! The groups and people of the tenants in the pretended Telegram.

use format::{Agent, Head};
use playground::telegram::{Standing, Telegram};
use uuid::Uuid;

use super::secrets::Invented;

/// What numeric ids of people start with: far from those of groups and bots.
const PEOPLE: i64 = 700_000_000;

/// Furnishes what the tenants name: their bots, their groups with the rights a desk needs, and their
/// people. What stands already stays, with what was said there.
pub(super) fn furnish<'a>(
    telegram: &Telegram,
    secrets: &Invented,
    tenants: impl IntoIterator<Item = &'a Head>,
) {
    for head in tenants {
        let token = head.client.secrets.get("telegram_bot_token").and_then(|it| secrets.resolve(it));
        let Some(token) = token else { continue };
        // A real token lies in a file of the data folder, perhaps; what is none has no bot.
        if token.split_once(':').is_none_or(|(id, _)| id.parse::<i64>().is_err()) {
            continue;
        }
        let bot = telegram.ensure_bot(&token, &format!("{}_bot", head.client.slug));
        let people: Vec<i64> = head.agents.iter().map(|it| person(telegram, it)).collect();
        let rights = Standing::Administrator { topics: true, pins: true };
        for (chat, title) in groups(head) {
            telegram.ensure_forum(chat, &title);
            let by = people.first().copied().unwrap_or(PEOPLE);
            let placed = telegram.set_standing(chat, bot, rights, by);
            debug_assert!(placed.is_ok(), "the group was made above");
        }
    }
}

/// The groups of a tenant and what they are called.
fn groups(head: &Head) -> Vec<(i64, String)> {
    let name = &head.client.name.ru;
    let own = head.client.settings.telegram_chat_id.iter().map(|it| (it, name.clone()));
    let branches = head
        .branches
        .iter()
        .filter_map(|it| Some((it.telegram_chat_id.as_ref()?, format!("{name}, {}", it.name.ru))));
    let parsed = own.chain(branches).filter_map(|(id, title)| Some((id.trim().parse().ok()?, title)));
    parsed.filter(|(id, _): &(i64, String)| *id < 0).collect()
}

/// A person of the bundle; one who has only a name gets an id made of it.
fn person(telegram: &Telegram, agent: &Agent) -> i64 {
    let handle = agent.telegram.as_deref().unwrap_or(&agent.name).trim();
    let username = handle.strip_prefix('@');
    let id = handle.parse().unwrap_or_else(|_| {
        let id = Uuid::new_v5(&Uuid::NAMESPACE_OID, handle.to_lowercase().as_bytes());
        PEOPLE + i64::from(id.as_fields().1)
    });
    telegram.add_person(id, &agent.name, username);
    id
}
