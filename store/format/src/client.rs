//! The tenant itself, its points and its people.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Lang, Reference, Settings, Text};

/// Whether a tenant is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Answers.
    Active,
    /// Receives, stores, never answers; the owner is told once.
    Suspended,
    /// Gone: the webhook answers as if it had never existed.
    Deleted,
}

/// A brand: the tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Client {
    /// `client_slug`; the folder's name.
    pub slug: String,
    /// Stable id, UUIDv5 of the slug unless the bundle names one.
    pub id: Uuid,
    /// The brand's name.
    pub name: Text,
    /// Whether it is served.
    pub status: Status,
    /// Slug of the tariff; its limits stand beside the release.
    pub plan: String,
    /// Slug of the legal entity, if any.
    pub company: Option<String>,
    /// Languages of replies, the default one first; never empty.
    pub languages: Vec<Lang>,
    /// IANA name of the time zone.
    pub timezone: String,
    /// The one WhatsApp number for branches that have none of their own.
    pub instance_id: Option<Reference>,
    /// Secrets by name (`webhook_secret`, `chatflow_token`, …): references only.
    pub secrets: BTreeMap<String, Reference>,
    /// Settings with every default filled in.
    pub settings: Settings,
}

/// A point of the brand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Branch {
    /// Slug, unique in the tenant.
    pub slug: String,
    /// UUIDv5 of client id and slug.
    pub id: Uuid,
    /// Its name.
    pub name: Text,
    /// What customers call it.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// ChatFlow's id of its WhatsApp number.
    pub instance_id: Option<Reference>,
    /// Phone as written.
    pub phone: Option<String>,
    /// Telegram forum group; the client's default where absent.
    pub telegram_chat_id: Option<String>,
    /// Passages with this tag belong to the branch.
    pub knowledge_tag: String,
    /// Closed branches are never offered.
    pub is_active: bool,
    /// Roles whose answers need no approval here; the client's setting where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auto_approve_roles: Option<Vec<String>>,
}

/// What a person of the business may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Owns the business.
    Owner,
    /// Administers the tenant.
    Admin,
    /// Heads one branch.
    BranchHead,
    /// Answers customers.
    Manager,
    /// Helps.
    Support,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Owner, Self::Admin, Self::BranchHead, Self::Manager, Self::Support];

    /// As the bundle names it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Admin => "admin",
            Self::BranchHead => "branch_head",
            Self::Manager => "manager",
            Self::Support => "support",
        }
    }

    /// The role that the bundle names so.
    #[must_use]
    pub fn of(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.code() == code)
    }
}

/// A person of the business.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agent {
    /// Name as shown to colleagues.
    pub name: String,
    /// Role.
    pub role: Role,
    /// `@username` or a numeric id.
    pub telegram: Option<String>,
    /// WhatsApp number, digits alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Branch slug; absent = all branches.
    pub branch: Option<String>,
}

/// A system prompt for the model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Prompt {
    /// `system` is the one in use.
    pub name: String,
    /// Model id at the endpoint.
    pub model: String,
    /// 0.0–2.0.
    pub temperature: f64,
    /// Only active ones are used.
    pub is_active: bool,
    /// A strict minijinja template.
    pub text: String,
}
