//! What stands beside a release: changing it changes no release id.

use serde::{Deserialize, Serialize};

use crate::Agent;

/// Limits of a tariff; `None` = unlimited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanLimits {
    /// Its slug.
    pub slug: String,
    /// Price per month in tenge.
    pub price_kzt: u64,
    /// Messages in per month.
    pub messages_per_month: Option<u64>,
    /// Knowledge documents.
    pub documents: Option<u32>,
    /// WhatsApp numbers.
    pub whatsapp_numbers: Option<u32>,
    /// Whether the owner's page is included.
    pub dashboard: bool,
}

/// The legal entity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Company {
    /// Its slug.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// Free text for invoices, as JSON.
    pub billing: serde_json::Value,
    /// People who own all its clients.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub agents: Vec<Agent>,
}

/// Plan and company of a tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// The tariff.
    pub plan: PlanLimits,
    /// The legal entity, if named.
    pub company: Option<Company>,
}
