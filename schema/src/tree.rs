//! The files beside the bundles.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::AgentEntry;

/// Legal entities, for billing.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CompaniesFile {
    /// One entry a company.
    pub companies: Vec<CompanyEntry>,
}

/// A legal entity.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CompanyEntry {
    /// Its short name, referred to by `company:` in client.yaml: a–z, 0–9 and _.
    #[schemars(extend("pattern" = "^[a-z][a-z0-9_]{1,62}$"))]
    pub slug: String,
    /// Its name as on invoices.
    pub name: String,
    /// Free text for invoices.
    #[serde(default)]
    pub billing: Map<String, Value>,
    /// People who own all clients of the company.
    #[serde(default)]
    pub agents: Vec<AgentEntry>,
}

/// Tariffs.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlansFile {
    /// One entry a tariff.
    pub plans: Vec<PlanEntry>,
}

/// A tariff; limits that are absent or null are unlimited.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanEntry {
    /// Its short name, referred to by `plan:` in client.yaml: a–z, 0–9 and _.
    #[schemars(extend("pattern" = "^[a-z][a-z0-9_]{1,62}$"))]
    pub slug: String,
    /// Price in whole tenge per month.
    pub price_kzt: u64,
    /// Customers' messages per month; null = unlimited.
    pub messages_per_month: Option<u64>,
    /// Knowledge documents; null = unlimited.
    pub documents: Option<u32>,
    /// WhatsApp numbers; null = unlimited.
    pub whatsapp_numbers: Option<u32>,
    /// Whether the owner's page is included.
    #[serde(default)]
    pub dashboard: bool,
}
