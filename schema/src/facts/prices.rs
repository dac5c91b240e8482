//! Prices and promotions.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::Twins;

/// Prices under one heading.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields, extend("x-twins" = true))]
pub struct PriceGroup {
    /// The heading.
    pub category: String,
    /// Its lines.
    pub items: Vec<PriceItem>,
    /// Kazakh siblings.
    #[serde(flatten)]
    #[schemars(skip)]
    pub kk: Twins,
}

/// One line of the price list: a name and `price`, or `price_from`, or `price_from` with `price_to`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields, extend("x-twins" = true))]
pub struct PriceItem {
    /// Its name; services refer to it in price_items.
    pub name: String,
    /// The exact price in whole tenge.
    pub price: Option<u64>,
    /// The lowest price in whole tenge.
    pub price_from: Option<u64>,
    /// The highest price in whole tenge; stands beside price_from.
    pub price_to: Option<u64>,
    /// A remark that belongs to the price, such as a unit or a condition.
    pub note: Option<String>,
    /// Kazakh siblings.
    #[serde(flatten)]
    #[schemars(skip)]
    pub kk: Twins,
}

/// What to say about prices in general.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields, extend("x-twins" = true))]
pub struct PricingFacts {
    /// Why some prices say "from".
    pub price_from_reason: Option<String>,
    /// Kazakh siblings.
    #[serde(flatten)]
    #[schemars(skip)]
    pub kk: Twins,
}

/// Official promotions.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields, extend("x-twins" = true))]
pub struct PromotionFacts {
    /// Whether they add up.
    pub stacking: Option<String>,
    /// More about that.
    pub stacking_notes: Option<String>,
    /// The promotions.
    pub items: Vec<PromotionEntry>,
    /// Kazakh siblings.
    #[serde(flatten)]
    #[schemars(skip)]
    pub kk: Twins,
}

/// An official promotion.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields, extend("x-twins" = true))]
pub struct PromotionEntry {
    /// Its name.
    pub name: String,
    /// Percent off, 0 to 100.
    #[schemars(range(min = 0, max = 100))]
    pub discount_percent: Option<u8>,
    /// Who or what it is for.
    pub eligibility: Option<String>,
    /// What must be shown.
    pub requirements: Option<String>,
    /// Anything else.
    pub notes: Option<String>,
    /// Kazakh siblings.
    #[serde(flatten)]
    #[schemars(skip)]
    pub kk: Twins,
}

/// The price list as a picture.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields, extend("x-twins" = true))]
pub struct PricingMedia {
    /// When the picture is sent.
    #[schemars(extend("x-twin" = false))]
    pub mode: Option<String>,
    /// Its address.
    pub image_url: Option<String>,
    /// The text under it.
    pub caption: Option<String>,
    /// Kazakh siblings.
    #[serde(flatten)]
    #[schemars(skip)]
    pub kk: Twins,
}
