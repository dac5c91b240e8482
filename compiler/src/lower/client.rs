//! `client.yaml`, `branches.yaml` and `prompt.yaml`.

use std::collections::BTreeMap;

use format::{Agent, Branch, Client, Lang, Prompt, Reference, Role, Status};
use schema::{AgentEntry, AgentRole, BranchEntry, ClientFile, ClientStatus, Language, PromptFile, SecretRef};
use uuid::Uuid;

use super::place::{Layer, below};
use super::twin::text;
use super::{File, Problem, SECRET_LITERAL, settings};
use crate::said::say;

/// Namespace of the ids that are made from slugs. Never changes: ids in stores depend on it.
const NAMESPACE: Uuid = Uuid::from_u128(0x8c52_67f3_5e0c_4a7e_b1a4_636c_6965_6e74);

/// The tenant.
pub(super) fn client(file: File<'_, ClientFile>, problems: &mut Vec<Problem>) -> Client {
    let typed = file.typed;
    let default_id = Uuid::new_v5(&NAMESPACE, typed.slug.as_bytes());
    Client {
        slug: typed.slug.clone(),
        id: typed.id.as_deref().and_then(|it| Uuid::parse_str(it).ok()).unwrap_or(default_id),
        name: text!(typed, name),
        status: match typed.status {
            ClientStatus::Active => Status::Active,
            ClientStatus::Suspended => Status::Suspended,
            ClientStatus::Deleted => Status::Deleted,
        },
        plan: typed.plan.clone(),
        company: typed.company.clone(),
        languages: typed.languages.iter().map(|it| lang(*it)).collect(),
        timezone: typed.timezone.clone(),
        instance_id: typed.instance_id.as_deref().map(Reference::parse),
        secrets: secrets(file, problems),
        settings: settings::settings(&typed.settings),
    }
}

fn lang(language: Language) -> Lang {
    match language {
        Language::Ru => Lang::Ru,
        Language::Kk => Lang::Kk,
    }
}

/// References to secrets by name. A literal becomes a problem that does not hold it.
fn secrets(file: File<'_, ClientFile>, problems: &mut Vec<Problem>) -> BTreeMap<String, Reference> {
    let typed = &file.typed.secrets;
    let gateway = SecretRef("env:CHATFLOW_TOKEN".to_owned());
    let given = [
        ("webhook_secret", typed.webhook_secret.as_ref()),
        ("webhook_secret_next", typed.webhook_secret_next.as_ref()),
        ("telegram_bot_token", typed.telegram_bot_token.as_ref()),
        ("chatflow_token", Some(typed.chatflow_token.as_ref().unwrap_or(&gateway))),
    ];
    let mut references = BTreeMap::new();
    for (name, secret) in given {
        match secret {
            Some(secret) if secret.is_reference() => {
                references.insert(name.to_owned(), Reference::parse(&secret.0));
            }
            Some(_) => {
                let spot = Layer::new(file, "/secrets").spot(&below("", name));
                let help = say!(
                    "put the value into an environment variable and write `env:NAME`, or into a file and \
                     write `file:PATH`; a value that was committed must be replaced",
                    "положите значение в переменную окружения и напишите `env:ИМЯ` или в файл и напишите \
                     `file:ПУТЬ`; значение, которое уже попало в git, нужно заменить",
                );
                let message = say!(
                    "`{name}` must be a reference, not the secret itself",
                    "в `{name}` должна стоять ссылка, а не сам секрет",
                );
                problems.push(spot.problem(SECRET_LITERAL, message, Some(help)));
            }
            None => {}
        }
    }
    references
}

/// A point of the tenant.
pub(super) fn branch(client: Uuid, entry: &BranchEntry) -> Branch {
    Branch {
        slug: entry.slug.clone(),
        id: Uuid::new_v5(&client, entry.slug.as_bytes()),
        name: text!(entry, name),
        aliases: super::twin::union(&entry.aliases, entry.kk.list("aliases")),
        instance_id: entry.instance_id.as_deref().map(Reference::parse),
        phone: entry.phone.clone(),
        telegram_chat_id: entry.telegram_chat_id.as_ref().map(|it| it.0.clone()),
        knowledge_tag: entry.knowledge_tag.clone().unwrap_or_else(|| entry.slug.clone()),
        is_active: entry.is_active,
        auto_approve_roles: entry.auto_approve_roles.as_deref().map(role_names),
    }
}

/// A person of the business.
pub(super) fn agent(entry: &AgentEntry) -> Agent {
    Agent {
        name: entry.name.clone(),
        role: role(entry.role),
        telegram: entry.telegram.as_ref().map(|it| it.0.clone()),
        phone: entry.phone.as_ref().map(|it| it.chars().filter(char::is_ascii_digit).collect()),
        branch: entry.branch.clone(),
    }
}

fn role(role: AgentRole) -> Role {
    match role {
        AgentRole::Owner => Role::Owner,
        AgentRole::Admin => Role::Admin,
        AgentRole::BranchHead => Role::BranchHead,
        AgentRole::Manager => Role::Manager,
        AgentRole::Support => Role::Support,
    }
}

/// Roles as settings name them.
pub(super) fn role_names(roles: &[AgentRole]) -> Vec<String> {
    roles.iter().map(|it| role(*it).code().to_owned()).collect()
}

/// Prompts in the author's order.
pub(super) fn prompts(file: &PromptFile) -> Vec<Prompt> {
    let lower = |entry: &schema::PromptEntry| Prompt {
        name: entry.name.clone(),
        model: entry.model.clone(),
        temperature: entry.temperature,
        is_active: entry.is_active,
        text: entry.text.clone(),
    };
    file.prompts.iter().map(lower).collect()
}
