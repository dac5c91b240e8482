//! The groups and people of the tenants in the pretended Telegram.

use format::{Agent, Head};
use playground::bench::{Desk, Group, Person};
use playground::telegram::{Standing, Telegram};
use uuid::Uuid;

use super::secrets::Invented;

/// What numeric ids of people start with: far from those of groups and bots.
const PEOPLE: i64 = 700_000_000;
/// Somebody in the group whom no bundle names.
const STRANGER: i64 = PEOPLE - 1;
/// What he is called.
const STRANGERS_NAME: &str = "Незнакомый человек";

/// Furnishes what the tenants name: their bots, their groups with the rights a desk needs, and their
/// people. What stands already stays, with what was said there.
pub(super) fn furnish<'a>(
    telegram: &Telegram,
    secrets: &Invented,
    tenants: impl IntoIterator<Item = &'a Head>,
) {
    for head in tenants {
        let Some(token) = token(head, secrets) else { continue };
        let Some(desk) = of(head, secrets) else { continue };
        let bot = telegram.ensure_bot(&token, &format!("{}_bot", head.client.slug));
        for agent in &head.agents {
            telegram.add_person(id(agent), &agent.name, handle(agent).strip_prefix('@'));
        }
        telegram.add_person(STRANGER, STRANGERS_NAME, None);
        let rights = Standing::Administrator { topics: true, pins: true, deletes: true };
        for group in desk.groups {
            telegram.ensure_forum(group.chat_id, &group.title);
            let by = head.agents.first().map_or(PEOPLE, id);
            let placed = telegram.set_standing(group.chat_id, bot, rights, by);
            debug_assert!(placed.is_ok(), "the group was made above");
        }
    }
}

/// Where a tenant's people sit; nowhere without a bot.
pub(super) fn of(head: &Head, secrets: &Invented) -> Option<Desk> {
    let bot = token(head, secrets)?.split_once(':')?.0.parse().ok()?;
    let person =
        |it: &Agent| Person { id: id(it), name: it.name.clone(), role: Some(it.role.code().to_owned()) };
    let stranger = Person { id: STRANGER, name: STRANGERS_NAME.to_owned(), role: None };
    let people = head.agents.iter().map(person).chain([stranger]).collect();
    Some(Desk { bot, groups: groups(head), people })
}

/// The token of a tenant's bot. A real one lies in a file of the data folder, perhaps; what is none
/// has no bot.
fn token(head: &Head, secrets: &Invented) -> Option<String> {
    let token = secrets.resolve(head.client.secrets.get("telegram_bot_token")?)?;
    let is_token = token.split_once(':').is_some_and(|(id, _)| id.parse::<i64>().is_ok());
    is_token.then_some(token)
}

/// The groups of a tenant and what they are called, each once.
fn groups(head: &Head) -> Vec<Group> {
    let name = &head.client.name.ru;
    let own = head.client.settings.telegram_chat_id.iter().map(|it| (it, name.clone()));
    let branches = head
        .branches
        .iter()
        .filter_map(|it| Some((it.telegram_chat_id.as_ref()?, format!("{name}, {}", it.name.ru))));
    let mut groups: Vec<Group> = Vec::new();
    for (chat_id, title) in own.chain(branches) {
        let Ok(chat_id) = chat_id.trim().parse() else { continue };
        if chat_id < 0 && groups.iter().all(|it| it.chat_id != chat_id) {
            groups.push(Group { chat_id, title });
        }
    }
    groups
}

fn handle(agent: &Agent) -> &str {
    agent.telegram.as_deref().unwrap_or(&agent.name).trim()
}

/// The id of a person of the bundle; one who has only a name gets an id made of it.
fn id(agent: &Agent) -> i64 {
    let handle = handle(agent);
    handle.parse().unwrap_or_else(|_| {
        let id = Uuid::new_v5(&Uuid::NAMESPACE_OID, handle.to_lowercase().as_bytes());
        PEOPLE + i64::from(id.as_fields().1)
    })
}
