//! `SALON_TRUTH.yaml`: what the tenant may tell, and how its customers speak.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::facts::{
    AnswerEntry, BookingFacts, DiscountFacts, OpenMap, PaymentFacts, PriceGroup, PricingFacts, PricingMedia,
    PromotionFacts, SalonFacts, ServicesCatalog,
};
use crate::{PackFile, Twins};

/// Facts of one tenant (`client_pack`) and how its customers speak (`domain_pack`).
#[derive(Debug, Clone, PartialEq, Default, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields, extend("x-twins" = true))]
pub struct TruthFile {
    /// How customers of the trade speak. Holds everything a pack file may; no facts.
    pub domain_pack: Option<PackFile>,
    /// Facts: the only place they come from.
    pub client_pack: Option<ClientPack>,
    /// Facts at top level, as in old files: each is used where `client_pack` lacks it.
    #[serde(flatten)]
    pub legacy: ClientPack,
}

/// Facts. Any text or list of texts may have a Kazakh sibling: `full` and `full_kk`.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields, extend("x-twins" = true))]
pub struct ClientPack {
    /// The place itself.
    pub salon: SalonFacts,
    /// What is offered.
    pub services_catalog: ServicesCatalog,
    /// Prices by heading, in whole tenge.
    pub price_list: Vec<PriceGroup>,
    /// Ready sentences with prices, by the key that a service names as quick_price_key.
    pub price_quick_answers: OpenMap,
    /// What to say about prices in general.
    pub pricing: PricingFacts,
    /// Official promotions.
    pub promotions: PromotionFacts,
    /// Bookings.
    pub booking: BookingFacts,
    /// Discounts beyond the promotions.
    pub discounts: DiscountFacts,
    /// Payment.
    pub payment: PaymentFacts,
    /// The price list as a picture.
    pub pricing_media: PricingMedia,
    /// Facts that have no key of their own.
    pub facts: Vec<AnswerEntry>,
    /// Rules for guests, by topic.
    pub guest_policy: OpenMap,
    /// How things are kept clean, by topic.
    pub hygiene: OpenMap,
    /// Brands and materials, by topic.
    pub brands: OpenMap,
    /// Notes on safety, by topic.
    pub safety: OpenMap,
    /// Who works here, by topic.
    pub team: OpenMap,
    /// Promises and guarantees, by topic.
    pub quality: OpenMap,
    /// What to do after a service, by topic.
    pub aftercare: OpenMap,
    /// What to do before a service, by topic.
    pub preparation: OpenMap,
    /// What can be combined, by topic.
    pub procedure_compatibility: OpenMap,
    /// What to say about examples and pictures, by topic.
    pub style_reference: OpenMap,
    /// Questions back, by topic.
    pub service_clarify: OpenMap,
    /// The question back when it is unclear whether price or duration is asked for.
    pub duration_or_price_clarify: Option<String>,
    /// Durations by topic, in words.
    pub service_duration_estimates: OpenMap,
    /// What the bot says about itself, by occasion.
    pub system_messages: OpenMap,
    /// Kazakh siblings.
    #[serde(flatten)]
    #[schemars(skip)]
    pub kk: Twins,
}
