//! The relational face: the live release as tables for people who write SQL.

use format::{Branch, Client, Prompt, Reference, Release, Standing};
use rusqlite::{Connection, OptionalExtension};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use crate::StoreError;

/// Ids of companies are UUIDv5 of their slug in this namespace.
const COMPANIES: Uuid = Uuid::from_u128(0x2c1f_5c0e_8a53_4d19_b0f7_636f_6d70_616e);

/// Rewrites the rows of one tenant.
pub(super) fn write(
    connection: &Connection,
    release: &Release,
    standing: &Standing,
    release_id: &str,
    at: &str,
) -> Result<(), StoreError> {
    write_company(connection, standing)?;
    write_client(connection, &release.client, release_id, at)?;
    write_settings(connection, &release.client)?;
    write_branches(connection, &release.client, &release.branches)?;
    write_prompts(connection, &release.client, &release.prompts, at)
}

fn write_company(connection: &Connection, standing: &Standing) -> Result<(), StoreError> {
    let Some(company) = &standing.company else { return Ok(()) };
    let id = Uuid::new_v5(&COMPANIES, company.slug.as_bytes()).to_string();
    connection.execute(
        "INSERT INTO companies (id, slug, name, billing) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (slug) DO UPDATE SET name = excluded.name, billing = excluded.billing",
        (id, &company.slug, &company.name, company.billing.to_string()),
    )?;
    Ok(())
}

fn write_client(
    connection: &Connection,
    client: &Client,
    release_id: &str,
    at: &str,
) -> Result<(), StoreError> {
    let id = client.id.to_string();
    let other: Option<String> = connection
        .query_row("SELECT slug FROM clients WHERE id = ?1 AND slug <> ?2", [&id, &client.slug], |row| {
            row.get(0)
        })
        .optional()?;
    if let Some(other) = other {
        return Err(StoreError::Conflict(format!("`{}` and `{other}` have the same id {id}", client.slug)));
    }
    let secrets: serde_json::Map<_, _> =
        client.secrets.keys().map(|name| (name.clone(), json!(secret(client, name)))).collect();
    let config = json!({
        "company": client.company,
        "plan": client.plan,
        "languages": client.languages,
        "timezone": client.timezone,
        "instance_id": client.instance_id.as_ref().map(Reference::as_written),
        "secrets": secrets,
        "media": client.settings.media,
        "release": release_id,
    });
    // A bundle may name an id of its own later on: the keys of the other tables follow.
    connection.execute(
        "INSERT INTO clients (id, name, slug, status, config, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (slug) DO UPDATE SET id = excluded.id, name = excluded.name, status = excluded.status,
             config = excluded.config",
        (id, &client.name.ru, &client.slug, word(&client.status), config.to_string(), at),
    )?;
    Ok(())
}

fn write_settings(connection: &Connection, client: &Client) -> Result<(), StoreError> {
    let it = &client.settings;
    let secret = |name: &str| secret(client, name);
    let quiet = it.quiet_hours.as_ref();
    let owners = it.owner_telegram_id.join(", ");
    let columns: [(&str, &dyn rusqlite::ToSql); 28] = [
        ("client_id", &client.id.to_string()),
        ("telegram_chat_id", &it.telegram_chat_id),
        ("owner_telegram_id", &(!owners.is_empty()).then_some(owners)),
        ("reminder_timeout_1", &it.reminder_timeout_1),
        ("reminder_timeout_2", &it.reminder_timeout_2),
        ("enable_reminders", &it.enable_reminders),
        ("enable_owner_escalation", &it.enable_owner_escalation),
        ("mute_duration_first_minutes", &it.mute_duration_first_minutes),
        ("mute_duration_second_hours", &it.mute_duration_second_hours),
        ("branch_resolution_mode", &word(&it.branch_resolution_mode)),
        ("manager_scope", &word(&it.manager_scope)),
        ("remember_branch_preference", &it.remember_branch_preference),
        ("require_branch_for_pricing", &it.require_branch_for_pricing),
        ("auto_approve_roles", &it.auto_approve_roles.join(", ")),
        ("quiet_hours_from", &quiet.map(|it| &it.from)),
        ("quiet_hours_to", &quiet.map(|it| &it.to)),
        ("customer_reminder_minutes", &it.customer_reminder_minutes),
        ("auto_return_minutes", &it.auto_return_minutes),
        ("burst_window_short_ms", &sql_integer(it.burst_window_ms.short)),
        ("burst_window_long_ms", &sql_integer(it.burst_window_ms.long)),
        ("max_reply_age_minutes", &it.max_reply_age_minutes),
        ("on_limit", &word(&it.on_limit)),
        ("retention_months", &it.retention_months),
        ("data_sharing", &word(&it.data_sharing)),
        ("telegram_bot_token", &secret("telegram_bot_token")),
        ("webhook_secret", &secret("webhook_secret")),
        ("webhook_secret_next", &secret("webhook_secret_next")),
        ("chatflow_token", &secret("chatflow_token")),
    ];
    let names = columns.map(|(name, _)| name).join(", ");
    let places = vec!["?"; columns.len()].join(", ");
    connection
        .prepare_cached(&format!("INSERT OR REPLACE INTO client_settings ({names}) VALUES ({places})"))?
        .execute(columns.map(|(_, value)| value).as_slice())?;
    Ok(())
}

fn write_branches(connection: &Connection, client: &Client, branches: &[Branch]) -> Result<(), StoreError> {
    let client_id = client.id.to_string();
    connection.execute(
        "UPDATE branches SET is_active = 0, instance_id = NULL WHERE client_id = ?1",
        [&client_id],
    )?;
    let mut statement = connection.prepare_cached(
        "INSERT INTO branches (id, client_id, slug, name, instance_id, phone, telegram_chat_id, knowledge_tag,
                               is_active)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
         ON CONFLICT (client_id, slug) DO UPDATE SET id = excluded.id, name = excluded.name,
             instance_id = excluded.instance_id, phone = excluded.phone,
             telegram_chat_id = excluded.telegram_chat_id, knowledge_tag = excluded.knowledge_tag,
             is_active = excluded.is_active",
    )?;
    for branch in branches {
        statement.execute((
            branch.id.to_string(),
            &client_id,
            &branch.slug,
            &branch.name.ru,
            branch.instance_id.as_ref().map(Reference::as_written),
            &branch.phone,
            &branch.telegram_chat_id,
            &branch.knowledge_tag,
            branch.is_active,
        ))?;
    }
    Ok(())
}

/// A version that was live before is activated again, so going back and forth adds no rows.
fn write_prompts(
    connection: &Connection,
    client: &Client,
    prompts: &[Prompt],
    at: &str,
) -> Result<(), StoreError> {
    let client_id = client.id.to_string();
    connection.execute("UPDATE prompts SET is_active = 0 WHERE client_id = ?1", [&client_id])?;
    for prompt in prompts {
        let known = connection
            .prepare_cached(
                "UPDATE prompts SET is_active = ?6
                 WHERE client_id = ?1 AND name = ?2 AND text = ?3 AND model = ?4 AND temperature = ?5",
            )?
            .execute((
                &client_id,
                &prompt.name,
                &prompt.text,
                &prompt.model,
                prompt.temperature,
                prompt.is_active,
            ))?;
        if known == 0 {
            connection
                .prepare_cached(
                    "INSERT INTO prompts (id, client_id, name, text, model, temperature, is_active, created_at)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                )?
                .execute((
                    Uuid::now_v7().to_string(),
                    &client_id,
                    &prompt.name,
                    &prompt.text,
                    &prompt.model,
                    prompt.temperature,
                    prompt.is_active,
                    at,
                ))?;
        }
    }
    Ok(())
}

/// Where a secret is found. The compiler refuses literal ones; were there one, it is not shown here.
fn secret(client: &Client, name: &str) -> Option<String> {
    match client.secrets.get(name)? {
        Reference::Literal(_) => None,
        reference => Some(reference.as_written()),
    }
}

/// The word a unit variant is written as.
fn word(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        other => unreachable!("a unit variant serialises to its name, not to {other:?}"),
    }
}

/// SQLite's integers are signed; a setting beyond them means "as long as possible".
fn sql_integer(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
