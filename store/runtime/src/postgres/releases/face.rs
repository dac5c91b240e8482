//! Writing the relational face. Ids are of type `uuid` there and text here; the server reads them.

use deadpool_postgres::Transaction;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::{execute, row};
use crate::StoreError;
use crate::face::{BranchRow, Cell, ClientRow, CompanyRow, Face};

/// Rewrites the rows of one tenant.
pub(super) async fn write(transaction: &Transaction<'_>, face: &Face, at: &str) -> Result<(), StoreError> {
    if let Some(company) = &face.company {
        write_company(transaction, company).await?;
    }
    write_client(transaction, &face.client, at).await?;
    write_settings(transaction, face).await?;
    write_branches(transaction, &face.client.id, &face.branches).await?;
    write_prompts(transaction, face, at).await
}

async fn write_company(transaction: &Transaction<'_>, company: &CompanyRow) -> Result<(), StoreError> {
    let CompanyRow { id, slug, name, billing } = company;
    execute(
        transaction,
        "INSERT INTO companies (id, slug, name, billing) VALUES ($1::text::uuid, $2, $3, $4::text::jsonb)
         ON CONFLICT (slug) DO UPDATE SET name = excluded.name, billing = excluded.billing",
        &[id, slug, name, billing],
    )
    .await?;
    Ok(())
}

async fn write_client(transaction: &Transaction<'_>, client: &ClientRow, at: &str) -> Result<(), StoreError> {
    let ClientRow { id, name, slug, status, config } = client;
    let other = "SELECT slug FROM clients WHERE id = $1::text::uuid AND slug <> $2";
    if let Some(other) = row(transaction, other, &[id, slug]).await? {
        let other: &str = other.get(0);
        return Err(StoreError::Conflict(format!("`{slug}` and `{other}` have the same id {id}")));
    }
    // A bundle may name an id of its own later on: the keys of the other tables follow.
    execute(
        transaction,
        "INSERT INTO clients (id, name, slug, status, config, created_at)
         VALUES ($1::text::uuid, $2, $3, $4, $5::text::jsonb, $6)
         ON CONFLICT (slug) DO UPDATE SET id = excluded.id, name = excluded.name, status = excluded.status,
             config = excluded.config",
        &[id, name, slug, status, config, &at],
    )
    .await?;
    Ok(())
}

async fn write_settings(transaction: &Transaction<'_>, face: &Face) -> Result<(), StoreError> {
    let (mut names, mut places, mut updates) = (String::new(), String::new(), Vec::new());
    let mut values: Vec<&(dyn ToSql + Sync)> = vec![&face.client.id];
    for (name, cell) in &face.settings {
        values.push(match cell {
            Cell::Text(text) => text,
            Cell::Number(number) => number,
            Cell::Flag(flag) => flag,
        });
        names.push_str(&format!(", {name}"));
        places.push_str(&format!(", ${}", values.len()));
        updates.push(format!("{name} = excluded.{name}"));
    }
    let sql = format!(
        "INSERT INTO client_settings (client_id{names}) VALUES ($1::text::uuid{places})
         ON CONFLICT (client_id) DO UPDATE SET {}",
        updates.join(", ")
    );
    execute(transaction, &sql, &values).await?;
    Ok(())
}

async fn write_branches(
    transaction: &Transaction<'_>,
    client_id: &String,
    branches: &[BranchRow],
) -> Result<(), StoreError> {
    execute(
        transaction,
        "UPDATE branches SET is_active = false, instance_id = NULL WHERE client_id = $1::text::uuid",
        &[client_id],
    )
    .await?;
    for it in branches {
        execute(
            transaction,
            "INSERT INTO branches (id, client_id, slug, name, instance_id, phone, telegram_chat_id,
                                   knowledge_tag, is_active)
             VALUES ($1::text::uuid, $2::text::uuid, $3, $4, $5, $6, $7, $8, $9)
             ON CONFLICT (client_id, slug) DO UPDATE SET id = excluded.id, name = excluded.name,
                 instance_id = excluded.instance_id, phone = excluded.phone,
                 telegram_chat_id = excluded.telegram_chat_id, knowledge_tag = excluded.knowledge_tag,
                 is_active = excluded.is_active",
            &[
                &it.id,
                client_id,
                &it.slug,
                &it.name,
                &it.instance_id,
                &it.phone,
                &it.telegram_chat_id,
                &it.knowledge_tag,
                &it.is_active,
            ],
        )
        .await?;
    }
    Ok(())
}

/// A version that was live before is activated again, so going back and forth adds no rows.
async fn write_prompts(transaction: &Transaction<'_>, face: &Face, at: &str) -> Result<(), StoreError> {
    let client_id = &face.client.id;
    let none = "UPDATE prompts SET is_active = false WHERE client_id = $1::text::uuid";
    execute(transaction, none, &[client_id]).await?;
    for it in &face.prompts {
        let known = execute(
            transaction,
            "UPDATE prompts SET is_active = $6 WHERE client_id = $1::text::uuid AND name = $2
                 AND text = $3 AND model = $4 AND temperature = $5",
            &[client_id, &it.name, &it.text, &it.model, &it.temperature, &it.is_active],
        )
        .await?;
        if known > 0 {
            continue;
        }
        let id = Uuid::now_v7().to_string();
        execute(
            transaction,
            "INSERT INTO prompts (id, client_id, name, text, model, temperature, is_active, created_at)
             VALUES ($1::text::uuid, $2::text::uuid, $3, $4, $5, $6, $7, $8)",
            &[&id, client_id, &it.name, &it.text, &it.model, &it.temperature, &it.is_active, &at],
        )
        .await?;
    }
    Ok(())
}
