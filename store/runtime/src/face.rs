//! The relational face as plain rows: the live release for people who write SQL, before it is
//! written in the words of one database.

use format::{Client, Company, Prompt, Reference, Release, Standing};
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

/// Ids of companies are UUIDv5 of their slug in this namespace.
const COMPANIES: Uuid = Uuid::from_u128(0x2c1f_5c0e_8a53_4d19_b0f7_636f_6d70_616e);

/// The rows of one tenant.
pub(crate) struct Face {
    pub(crate) company: Option<CompanyRow>,
    pub(crate) client: ClientRow,
    /// Columns of `client_settings` but `client_id`.
    pub(crate) settings: [(&'static str, Cell); 27],
    pub(crate) branches: Vec<BranchRow>,
    pub(crate) prompts: Vec<Prompt>,
}

/// A legal entity.
pub(crate) struct CompanyRow {
    pub(crate) id: String,
    pub(crate) slug: String,
    pub(crate) name: String,
    /// JSON.
    pub(crate) billing: String,
}

/// A brand.
pub(crate) struct ClientRow {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) slug: String,
    pub(crate) status: String,
    /// JSON.
    pub(crate) config: String,
}

/// A point of a brand.
pub(crate) struct BranchRow {
    pub(crate) id: String,
    pub(crate) slug: String,
    pub(crate) name: String,
    pub(crate) instance_id: Option<String>,
    pub(crate) phone: Option<String>,
    pub(crate) telegram_chat_id: Option<String>,
    pub(crate) knowledge_tag: String,
    pub(crate) is_active: bool,
}

/// A value of a settings column.
#[derive(Debug)]
pub(crate) enum Cell {
    Text(Option<String>),
    Number(i64),
    Flag(bool),
}

impl Face {
    /// The rows of `release`.
    pub(crate) fn of(release: &Release, standing: &Standing, release_id: &str) -> Self {
        let branches = release.branches.iter().map(|branch| BranchRow {
            id: branch.id.to_string(),
            slug: branch.slug.clone(),
            name: branch.name.ru.clone(),
            instance_id: branch.instance_id.as_ref().map(Reference::as_written),
            phone: branch.phone.clone(),
            telegram_chat_id: branch.telegram_chat_id.clone(),
            knowledge_tag: branch.knowledge_tag.clone(),
            is_active: branch.is_active,
        });
        Self {
            company: standing.company.as_ref().map(company),
            client: client(&release.client, release_id),
            settings: settings(&release.client),
            branches: branches.collect(),
            prompts: release.prompts.clone(),
        }
    }
}

fn company(company: &Company) -> CompanyRow {
    CompanyRow {
        id: Uuid::new_v5(&COMPANIES, company.slug.as_bytes()).to_string(),
        slug: company.slug.clone(),
        name: company.name.clone(),
        billing: company.billing.to_string(),
    }
}

fn client(client: &Client, release_id: &str) -> ClientRow {
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
    ClientRow {
        id: client.id.to_string(),
        name: client.name.ru.clone(),
        slug: client.slug.clone(),
        status: word(&client.status),
        config: config.to_string(),
    }
}

fn settings(client: &Client) -> [(&'static str, Cell); 27] {
    let it = &client.settings;
    let quiet = it.quiet_hours.as_ref();
    let owners = it.owner_telegram_id.join(", ");
    let text = |value: String| Cell::Text(Some(value));
    let secret = |name: &str| Cell::Text(secret(client, name));
    let number = |value: u32| Cell::Number(i64::from(value));
    [
        ("telegram_chat_id", Cell::Text(it.telegram_chat_id.clone())),
        ("owner_telegram_id", Cell::Text(Some(owners).filter(|it| !it.is_empty()))),
        ("reminder_timeout_1", number(it.reminder_timeout_1)),
        ("reminder_timeout_2", number(it.reminder_timeout_2)),
        ("enable_reminders", Cell::Flag(it.enable_reminders)),
        ("enable_owner_escalation", Cell::Flag(it.enable_owner_escalation)),
        ("mute_duration_first_minutes", number(it.mute_duration_first_minutes)),
        ("mute_duration_second_hours", number(it.mute_duration_second_hours)),
        ("branch_resolution_mode", text(word(&it.branch_resolution_mode))),
        ("manager_scope", text(word(&it.manager_scope))),
        ("remember_branch_preference", Cell::Flag(it.remember_branch_preference)),
        ("require_branch_for_pricing", Cell::Flag(it.require_branch_for_pricing)),
        ("auto_approve_roles", text(it.auto_approve_roles.join(", "))),
        ("quiet_hours_from", Cell::Text(quiet.map(|it| it.from.clone()))),
        ("quiet_hours_to", Cell::Text(quiet.map(|it| it.to.clone()))),
        ("customer_reminder_minutes", number(it.customer_reminder_minutes)),
        ("auto_return_minutes", number(it.auto_return_minutes)),
        ("burst_window_short_ms", Cell::Number(signed(it.burst_window_ms.short))),
        ("burst_window_long_ms", Cell::Number(signed(it.burst_window_ms.long))),
        ("max_reply_age_minutes", number(it.max_reply_age_minutes)),
        ("on_limit", text(word(&it.on_limit))),
        ("retention_months", number(it.retention_months)),
        ("data_sharing", text(word(&it.data_sharing))),
        ("telegram_bot_token", secret("telegram_bot_token")),
        ("webhook_secret", secret("webhook_secret")),
        ("webhook_secret_next", secret("webhook_secret_next")),
        ("chatflow_token", secret("chatflow_token")),
    ]
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
        Ok(Value::String(word)) => word,
        other => unreachable!("a unit variant serialises to its name, not to {other:?}"),
    }
}

/// Integers of databases are signed; a setting beyond them means "as long as possible".
fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
