//! `prompt.yaml`.

use schemars::JsonSchema;
use serde::Deserialize;

/// Prompts for the model that phrases answers from passages.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PromptFile {
    /// One entry a prompt.
    pub prompts: Vec<PromptEntry>,
}

/// A prompt.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PromptEntry {
    /// Its name; `system` is the one in use.
    pub name: String,
    /// Model id at the endpoint.
    #[serde(default = "default_model")]
    pub model: String,
    /// How freely the model phrases: 0 (always alike) to 2.
    #[serde(default = "default_temperature")]
    #[schemars(range(min = 0.0, max = 2.0))]
    pub temperature: f64,
    /// Only active prompts are used.
    #[serde(default = "active")]
    pub is_active: bool,
    /// A strict template: `{{client.name}}`, `{{contact.phone}}`, `{{role}}`, …
    pub text: String,
}

fn default_model() -> String {
    "gpt-4o-mini".to_owned()
}

fn default_temperature() -> f64 {
    0.3
}

fn active() -> bool {
    true
}
