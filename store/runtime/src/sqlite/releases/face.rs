//! Writing the relational face.

use rusqlite::types::ToSqlOutput;
use rusqlite::{Connection, OptionalExtension, ToSql};
use uuid::Uuid;

use crate::StoreError;
use crate::face::{BranchRow, Cell, ClientRow, CompanyRow, Face};

/// Rewrites the rows of one tenant.
pub(super) fn write(connection: &Connection, face: &Face, at: &str) -> Result<(), StoreError> {
    if let Some(company) = &face.company {
        write_company(connection, company)?;
    }
    write_client(connection, &face.client, at)?;
    write_settings(connection, face)?;
    write_branches(connection, &face.client.id, &face.branches)?;
    write_prompts(connection, face, at)
}

fn write_company(connection: &Connection, company: &CompanyRow) -> Result<(), StoreError> {
    connection.execute(
        "INSERT INTO companies (id, slug, name, billing) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (slug) DO UPDATE SET name = excluded.name, billing = excluded.billing",
        (&company.id, &company.slug, &company.name, &company.billing),
    )?;
    Ok(())
}

fn write_client(connection: &Connection, client: &ClientRow, at: &str) -> Result<(), StoreError> {
    let ClientRow { id, name, slug, status, config } = client;
    let other: Option<String> = connection
        .query_row("SELECT slug FROM clients WHERE id = ?1 AND slug <> ?2", [id, slug], |row| row.get(0))
        .optional()?;
    if let Some(other) = other {
        return Err(StoreError::Conflict(format!("`{slug}` and `{other}` have the same id {id}")));
    }
    // A bundle may name an id of its own later on: the keys of the other tables follow.
    connection.execute(
        "INSERT INTO clients (id, name, slug, status, config, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (slug) DO UPDATE SET id = excluded.id, name = excluded.name, status = excluded.status,
             config = excluded.config",
        (id, name, slug, status, config, at),
    )?;
    Ok(())
}

fn write_settings(connection: &Connection, face: &Face) -> Result<(), StoreError> {
    let names: Vec<&str> = face.settings.iter().map(|(name, _)| *name).collect();
    let values: Vec<&dyn ToSql> = std::iter::once(&face.client.id as &dyn ToSql)
        .chain(face.settings.iter().map(|(_, cell)| cell as &dyn ToSql))
        .collect();
    let (names, places) = (names.join(", "), vec!["?"; values.len()].join(", "));
    connection
        .prepare_cached(&format!(
            "INSERT OR REPLACE INTO client_settings (client_id, {names}) VALUES ({places})"
        ))?
        .execute(values.as_slice())?;
    Ok(())
}

impl ToSql for Cell {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        match self {
            Self::Text(text) => text.to_sql(),
            Self::Number(number) => number.to_sql(),
            Self::Flag(flag) => flag.to_sql(),
        }
    }
}

fn write_branches(
    connection: &Connection,
    client_id: &str,
    branches: &[BranchRow],
) -> Result<(), StoreError> {
    connection
        .execute("UPDATE branches SET is_active = 0, instance_id = NULL WHERE client_id = ?1", [client_id])?;
    let mut statement = connection.prepare_cached(
        "INSERT INTO branches (id, client_id, slug, name, instance_id, phone, telegram_chat_id, knowledge_tag,
                               is_active)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
         ON CONFLICT (client_id, slug) DO UPDATE SET id = excluded.id, name = excluded.name,
             instance_id = excluded.instance_id, phone = excluded.phone,
             telegram_chat_id = excluded.telegram_chat_id, knowledge_tag = excluded.knowledge_tag,
             is_active = excluded.is_active",
    )?;
    for it in branches {
        statement.execute((
            &it.id,
            client_id,
            &it.slug,
            &it.name,
            &it.instance_id,
            &it.phone,
            &it.telegram_chat_id,
            &it.knowledge_tag,
            it.is_active,
        ))?;
    }
    Ok(())
}

/// A version that was live before is activated again, so going back and forth adds no rows.
fn write_prompts(connection: &Connection, face: &Face, at: &str) -> Result<(), StoreError> {
    let client_id = &face.client.id;
    connection.execute("UPDATE prompts SET is_active = 0 WHERE client_id = ?1", [client_id])?;
    for it in &face.prompts {
        let known = connection
            .prepare_cached(
                "UPDATE prompts SET is_active = ?6
                 WHERE client_id = ?1 AND name = ?2 AND text = ?3 AND model = ?4 AND temperature = ?5",
            )?
            .execute((client_id, &it.name, &it.text, &it.model, it.temperature, it.is_active))?;
        if known > 0 {
            continue;
        }
        let id = Uuid::now_v7().to_string();
        connection
            .prepare_cached(
                "INSERT INTO prompts (id, client_id, name, text, model, temperature, is_active, created_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?
            .execute((id, client_id, &it.name, &it.text, &it.model, it.temperature, it.is_active, at))?;
    }
    Ok(())
}
