//! `client.yaml`.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::scalar::inline_schema;
use crate::{ChatId, ChatIds, SecretRef, Twins};

/// The brand: one tenant.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields, extend("x-twins" = true))]
pub struct ClientFile {
    /// Its short name, the same as the folder's: a–z, 0–9 and _. It is part of the webhook's
    /// address and never changes.
    #[schemars(extend("pattern" = "^[a-z][a-z0-9_]{1,62}$"))]
    pub slug: String,
    /// The brand's name as customers hear it.
    pub name: String,
    /// A UUID to keep from another system; made from the slug by default.
    #[schemars(extend("pattern" = "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"))]
    pub id: Option<String>,
    /// Slug of the legal entity in companies.yaml.
    #[schemars(extend("x-twin" = false))]
    pub company: Option<String>,
    /// active: answers; suspended: receives but never answers; deleted: gone.
    #[serde(default)]
    pub status: ClientStatus,
    /// Slug of the tariff in plans.yaml; starter by default.
    #[serde(default = "default_plan")]
    #[schemars(extend("x-twin" = false))]
    pub plan: String,
    /// Languages of replies, the default one first.
    #[serde(default = "default_languages")]
    #[schemars(length(min = 1))]
    pub languages: Vec<Language>,
    /// IANA time zone, such as Asia/Almaty.
    #[serde(default = "default_timezone")]
    #[schemars(extend("x-twin" = false))]
    pub timezone: String,
    /// ChatFlow's id of the brand's one WhatsApp number, for branches that have none of their own:
    /// the id itself, or `env:NAME`.
    #[schemars(extend("x-twin" = false))]
    pub instance_id: Option<String>,
    /// Where the secrets are found; never the secrets themselves.
    #[serde(default)]
    pub secrets: SecretRefs,
    /// How requests, reminders and limits work; everything has a default.
    #[serde(default)]
    pub settings: ClientSettings,
    /// People of the business.
    #[serde(default)]
    pub agents: Vec<AgentEntry>,
    /// Kazakh siblings.
    #[serde(flatten)]
    #[schemars(skip)]
    pub kk: Twins,
}

fn default_plan() -> String {
    "starter".to_owned()
}

fn default_languages() -> Vec<Language> {
    vec![Language::Ru, Language::Kk]
}

fn default_timezone() -> String {
    "Asia/Almaty".to_owned()
}

/// Whether a client is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum ClientStatus {
    /// Answers.
    #[default]
    Active,
    /// Receives, never answers.
    Suspended,
    /// Gone.
    Deleted,
}

/// A language of replies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Language {
    /// Russian.
    Ru,
    /// Kazakh.
    Kk,
}

/// Where secrets are found: `env:NAME`, or `file:PATH` (absolute, or relative to the data folder).
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SecretRefs {
    /// What ChatFlow sends with every message; the value must have 32 characters or more.
    pub webhook_secret: Option<SecretRef>,
    /// A second value that is accepted too while the first is being replaced.
    pub webhook_secret_next: Option<SecretRef>,
    /// Token of the Telegram bot that serves the managers.
    pub telegram_bot_token: Option<SecretRef>,
    /// Token of ChatFlow's API; `env:CHATFLOW_TOKEN` by default.
    pub chatflow_token: Option<SecretRef>,
}

/// A person of the business.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields, extend("x-twins" = true))]
pub struct AgentEntry {
    /// Name as shown to colleagues.
    pub name: String,
    /// What the person may do.
    pub role: AgentRole,
    /// `"@username"` (in quotes) or a numeric id.
    pub telegram: Option<ChatId>,
    /// WhatsApp number with the country's code, in quotes: "+7 777 123 45 67". An owner is told there
    /// what Telegram cannot tell.
    #[schemars(extend("x-twin" = false, "pattern" = "^[+]?([ ()-]*[0-9]){10,15}[ ()-]*$"))]
    pub phone: Option<String>,
    /// Slug of the only branch the person works for; all branches by default.
    #[schemars(extend("x-twin" = false))]
    pub branch: Option<String>,
    /// Kazakh siblings.
    #[serde(flatten)]
    #[schemars(skip)]
    pub kk: Twins,
}

/// What a person may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum AgentRole {
    /// Owns the business.
    Owner,
    /// Administers the client.
    Admin,
    /// Heads one branch.
    BranchHead,
    /// Answers customers.
    Manager,
    /// Helps.
    Support,
}

/// How requests, reminders and limits work.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ClientSettings {
    /// Default Telegram group; a branch may have its own.
    pub telegram_chat_id: Option<ChatId>,
    /// The owner or owners: `"@username"`, a number, or a list.
    pub owner_telegram_id: Option<ChatIds>,
    /// Minutes until managers are reminded of a waiting request (30).
    pub reminder_timeout_1: Option<u32>,
    /// Minutes until they are reminded again (60).
    pub reminder_timeout_2: Option<u32>,
    /// Whether managers are reminded at all (true).
    pub enable_reminders: Option<bool>,
    /// Whether the second reminder tags the owner (true).
    pub enable_owner_escalation: Option<bool>,
    /// Minutes of silence when a customer first asks for it (30).
    pub mute_duration_first_minutes: Option<u32>,
    /// Hours of silence the second time (24).
    pub mute_duration_second_hours: Option<u32>,
    /// How the branch is found: by_instance = by the number written to, ask_user = always asked,
    /// hybrid = by the number, asked where that does not tell (hybrid).
    pub branch_resolution_mode: Option<BranchResolution>,
    /// Which requests a manager sees: branch = those of the own branch, global = all (branch).
    pub manager_scope: Option<Scope>,
    /// Whether a chosen branch is remembered for the next time (true).
    pub remember_branch_preference: Option<bool>,
    /// Whether a price is told only once the branch is known; matters only where prices differ
    /// between branches (true).
    pub require_branch_for_pricing: Option<bool>,
    /// Roles whose answers are learned without approval ([owner]).
    pub auto_approve_roles: Option<Vec<AgentRole>>,
    /// Local times between which managers are not reminded, or `off` (22:00 to 08:00). The bot
    /// answers day and night.
    pub quiet_hours: Option<QuietHours>,
    /// Minutes until a customer who waits for a person hears something; 0 = never (120).
    pub customer_reminder_minutes: Option<u32>,
    /// Minutes until a request nobody touched returns to the bot; 0 = never (120).
    pub auto_return_minutes: Option<u32>,
    /// How long the bot waits for the next message before it answers.
    #[serde(default)]
    pub burst_window_ms: BurstWindows,
    /// Minutes after which an unsent reply is handed over instead (60).
    pub max_reply_age_minutes: Option<u32>,
    /// At 100 % of the tariff's messages: notify = only the owner is told, facts_only = no model is
    /// asked any more, pause = silence (notify).
    pub on_limit: Option<LimitAction>,
    /// Months until conversations are erased (6).
    pub retention_months: Option<u32>,
    /// What may be used across clients: off = nothing, aggregate = counts only (off).
    pub data_sharing: Option<Sharing>,
    /// Limits of files that customers send.
    #[serde(default)]
    pub media: MediaLimits,
}

/// How the branch of a conversation is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum BranchResolution {
    /// By the number written to.
    ByInstance,
    /// Always asked.
    AskUser,
    /// By the number, asked where that does not tell.
    Hybrid,
}

/// Which requests a manager sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Scope {
    /// Those of the own branch.
    Branch,
    /// All.
    Global,
}

/// What happens when the tariff's messages are used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum LimitAction {
    /// Only the owner is told.
    Notify,
    /// No model is asked any more.
    FactsOnly,
    /// Silence.
    Pause,
}

/// What may be used across clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Sharing {
    /// Nothing.
    Off,
    /// Counts only.
    Aggregate,
}

/// When managers are not reminded.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Value")]
pub enum QuietHours {
    /// They are always reminded.
    Off,
    /// Between two local times.
    Between(QuietSpan),
}

/// Two local times; the span may cross midnight.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuietSpan {
    /// `HH:MM`.
    pub from: String,
    /// `HH:MM`.
    pub to: String,
}

inline_schema!(QuietHours, {
    "type": ["object", "string"],
    "pattern": "^off$",
    "properties": {
        "from": { "type": "string", "description": "Local time, H:MM.", "pattern": "^([01]?[0-9]|2[0-3]):[0-5][0-9]$" },
        "to": { "type": "string", "description": "Local time, H:MM.", "pattern": "^([01]?[0-9]|2[0-3]):[0-5][0-9]$" },
    },
    "required": ["from", "to"],
    "additionalProperties": false,
});

impl TryFrom<Value> for QuietHours {
    type Error = String;

    fn try_from(value: Value) -> Result<Self, Self::Error> {
        if value == "off" {
            return Ok(Self::Off);
        }
        serde_json::from_value(value).map(Self::Between).map_err(|error| error.to_string())
    }
}

/// How long the bot waits for the next message before it answers, in milliseconds; 0 = not at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct BurstWindows {
    /// After a complete question (700).
    pub short: Option<u64>,
    /// After a greeting or a fragment (2500).
    pub long: Option<u64>,
}

/// Limits of files that customers send.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct MediaLimits {
    /// Megabytes of a photo (8).
    pub photo_mb: Option<u32>,
    /// Megabytes of a voice note (8).
    pub audio_mb: Option<u32>,
    /// Megabytes of a document (10).
    pub document_mb: Option<u32>,
    /// Hosts that files may be downloaded from, `host` or `host:port` ([app.chatflow.kz]).
    pub allowed_hosts: Option<Vec<String>>,
    /// Files per customer in ten minutes (5).
    pub per_10_minutes: Option<u32>,
    /// Files per customer and day (20).
    pub per_day: Option<u32>,
}
