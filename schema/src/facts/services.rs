//! What is offered.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::Twins;

/// What is offered.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields, extend("x-twins" = true))]
pub struct ServicesCatalog {
    /// What to offer instead of something that is not on the list.
    pub suggestions: Vec<String>,
    /// What to say about something that is not on the list; may hold {suggestions}.
    pub not_found_reply: Option<String>,
    /// What to say when asked whether a service is offered; may hold {service}.
    pub service_presence_reply: Option<String>,
    /// The question back when a duration is asked for without a service.
    pub duration_clarify: Option<String>,
    /// The services.
    pub services: Vec<ServiceEntry>,
    /// Kazakh siblings.
    #[serde(flatten)]
    #[schemars(skip)]
    pub kk: Twins,
}

/// A service.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields, extend("x-twins" = true))]
pub struct ServiceEntry {
    /// Its name.
    pub name: String,
    /// What customers call it, slang included.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// Names of its lines in price_list.
    #[schemars(extend("x-twin" = false))]
    pub price_items: Option<Vec<String>>,
    /// Key of a ready sentence in price_quick_answers.
    #[schemars(extend("x-twin" = false))]
    pub quick_price_key: Option<String>,
    /// How long it takes, in words.
    pub duration_text: Option<String>,
    /// What it is.
    pub description: Option<String>,
    /// Kazakh siblings.
    #[serde(flatten)]
    #[schemars(skip)]
    pub kk: Twins,
}
