//! `branches.yaml`.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::client::AgentRole;
use crate::{ChatId, ClientPack, Twins};

/// The points of the brand.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BranchesFile {
    /// One entry a point.
    pub branches: Vec<BranchEntry>,
}

/// A point of the brand.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields, extend("x-twins" = true))]
pub struct BranchEntry {
    /// Its short name, also the folder of its own documents in knowledge/: a–z, 0–9 and _.
    #[schemars(extend("pattern" = "^[a-z][a-z0-9_]{1,62}$"))]
    pub slug: String,
    /// Its name as customers hear it.
    pub name: String,
    /// What customers call it: streets, landmarks, districts.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// ChatFlow's id of its WhatsApp number: the id itself, or `env:NAME`. A number that branches
    /// share stands in client.yaml.
    #[schemars(extend("x-twin" = false))]
    pub instance_id: Option<String>,
    /// Its phone, in quotes: "+7 777 123 45 67".
    #[schemars(extend("x-twin" = false))]
    pub phone: Option<String>,
    /// Its Telegram group; without it the client's.
    pub telegram_chat_id: Option<ChatId>,
    /// Tag of its own documents; the slug by default.
    #[schemars(extend("x-twin" = false))]
    pub knowledge_tag: Option<String>,
    /// Closed branches are never offered; true by default.
    #[serde(default = "active")]
    pub is_active: bool,
    /// Roles whose answers are learned without approval here; the client's setting by default.
    pub auto_approve_roles: Option<Vec<AgentRole>>,
    /// What differs from the client's facts here: mappings merge over them, lists and single
    /// values replace them.
    pub facts: Option<ClientPack>,
    /// Kazakh siblings.
    #[serde(flatten)]
    #[schemars(skip)]
    pub kk: Twins,
}

fn active() -> bool {
    true
}
