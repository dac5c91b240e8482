//! Bookings, payment and discounts.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Number;

use crate::{TextList, Twins};

/// Bookings.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields, extend("x-twins" = true))]
pub struct BookingFacts {
    /// Whether the bot may say that a booking stands; false by default: a person confirms.
    pub bot_can_confirm: bool,
    /// What the bot collects, in the order it asks: service, date, time, name, phone in your words.
    pub collect_fields: Vec<String>,
    /// How bookings are taken.
    #[schemars(extend("x-twin" = false))]
    pub booking_mode: Option<String>,
    /// Where free times come from.
    #[schemars(extend("x-twin" = false))]
    pub availability_provider: Option<String>,
    /// Bookings for the same day.
    pub same_day_policy: Option<String>,
    /// Moving a booking to another time.
    pub reschedule_policy: Option<String>,
    /// Cancelling.
    pub cancel_policy: CancelPolicy,
    /// Coming late.
    pub lateness_policy: LatenessPolicy,
    /// Kazakh siblings.
    #[serde(flatten)]
    #[schemars(skip)]
    pub kk: Twins,
}

/// Cancelling.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields, extend("x-twins" = true))]
pub struct CancelPolicy {
    /// Whether the bot may cancel by itself; false by default.
    pub bot_can_cancel: Option<bool>,
    /// How early a customer should cancel.
    pub notice: CancelNotice,
    /// Anything else.
    pub notes: Option<String>,
    /// Kazakh siblings.
    #[serde(flatten)]
    #[schemars(skip)]
    pub kk: Twins,
}

/// How early a customer should cancel.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields, extend("x-twins" = true))]
pub struct CancelNotice {
    /// Hours before an ordinary service.
    pub standard_services_min_hours: Option<Number>,
    /// Hours before a long service.
    pub long_services_min_hours: Option<Number>,
    /// Which services are long, and anything else.
    pub notes: Option<String>,
    /// Kazakh siblings.
    #[serde(flatten)]
    #[schemars(skip)]
    pub kk: Twins,
}

/// Coming late.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields, extend("x-twins" = true))]
pub struct LatenessPolicy {
    /// Minutes that do no harm.
    pub tolerated_minutes: Option<u32>,
    /// What happens later than that.
    pub notes: Option<String>,
    /// Kazakh siblings.
    #[serde(flatten)]
    #[schemars(skip)]
    pub kk: Twins,
}

/// Discounts beyond the promotions.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct DiscountFacts {
    /// Whether they may be spoken of; false by default: only promotions are told.
    pub enabled: bool,
    /// The discounts.
    pub rules: Vec<DiscountRule>,
}

/// A discount.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields, extend("x-twins" = true))]
pub struct DiscountRule {
    /// A short name of your choice.
    #[schemars(extend("x-twin" = false))]
    pub id: String,
    /// Its name.
    pub label: Option<String>,
    /// When it holds.
    pub when: Option<String>,
    /// How much, in words.
    pub value_text: Option<String>,
    /// Whether a person must confirm it.
    pub confirmation_required: Option<bool>,
    /// Kazakh siblings.
    #[serde(flatten)]
    #[schemars(skip)]
    pub kk: Twins,
}

/// Payment.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields, extend("x-twins" = true))]
pub struct PaymentFacts {
    /// Whether the bot may tell how to pay; false by default: questions go to a person.
    pub allow_payment_info: bool,
    /// Ways to pay.
    pub methods: TextList,
    /// Anything else.
    pub notes: Option<String>,
    /// Kazakh siblings.
    #[serde(flatten)]
    #[schemars(skip)]
    pub kk: Twins,
}
