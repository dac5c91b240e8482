//! Facts of one tenant (or of one branch of it), each with the place it was read from.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Text;

/// Where a fact stands: `file:line`, the file relative to the bundle, lines from 1.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Source(pub String);

/// A scalar or a list of the client pack, as text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Value {
    /// A text.
    Text(String),
    /// A number as its author wrote it.
    Number(String),
    /// Yes or no.
    Flag(bool),
    /// A list of texts.
    List(Vec<String>),
}

/// One fact that may be told to a customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// The value.
    pub value: Value,
    /// Its Kazakh twin (`key_kk`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value_kk: Option<Value>,
    /// Where it stands.
    pub source: Source,
}

/// A price in whole tenge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Price {
    /// Exactly this.
    Exact(u64),
    /// At least this.
    From(u64),
    /// Between the two, both included.
    Range(u64, u64),
}

/// One line of the price list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// The heading it stands under.
    pub category: Text,
    /// Its name.
    pub name: Text,
    /// Its price.
    pub price: Price,
    /// A remark that belongs to the price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Text>,
    /// Where it stands.
    pub source: Source,
}

/// One entry of the services catalog.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    /// Its name.
    pub name: Text,
    /// What customers call it, in any language.
    pub aliases: Vec<String>,
    /// Indices into [`Facts::offers`].
    pub offers: Vec<usize>,
    /// A ready sentence with its prices (`quick_price_key`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price_text: Option<Text>,
    /// How long it takes, in the author's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration: Option<Text>,
    /// What it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<Text>,
    /// Where it stands.
    pub source: Source,
}

/// Opening hours of one day; times are local `H:MM` as written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DayHours {
    /// Open between the two.
    Open {
        /// `H:MM`.
        open: String,
        /// `H:MM`.
        close: String,
    },
    /// Not open at all.
    Closed,
}

/// When the place is open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hours {
    /// Which days, in words.
    pub days: Text,
    /// The usual day; `Closed` only when the author gave no times.
    pub usual: DayHours,
    /// Last appointment, in words.
    pub last_appointment: Option<Text>,
    /// Holidays and other exceptions, in words.
    pub exceptions: Option<Text>,
    /// By weekday, `mon` … `sun`; absent days are usual.
    pub week: BTreeMap<String, DayHours>,
    /// By date, `YYYY-MM-DD`; stronger than the weekday.
    pub dates: BTreeMap<String, DayHours>,
    /// Where it stands.
    pub source: Source,
}

/// An official promotion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promotion {
    /// Its name.
    pub name: Text,
    /// Percent off, 0–100.
    pub discount_percent: Option<u8>,
    /// Who or what it is for.
    pub eligibility: Option<Text>,
    /// What must be shown.
    pub requirements: Option<Text>,
    /// Anything else.
    pub notes: Option<Text>,
    /// Where it stands.
    pub source: Source,
}

/// A fact that has no key of its own: questions and the answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Its id.
    pub id: String,
    /// Ways to ask, in any language.
    pub questions: Vec<String>,
    /// The answer.
    pub text: Text,
    /// Where it stands.
    pub source: Source,
}

/// Rules of the intake of a booking.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Booking {
    /// Whether the bot may say that a booking stands.
    pub can_confirm: bool,
    /// What must be collected, in the author's words and order.
    pub collect: Vec<Text>,
}

/// Whether payment may be spoken of.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Payment {
    /// Without this, questions about payment go to a person.
    pub allowed: bool,
    /// Methods in words.
    pub methods: Vec<String>,
}

/// Whether discounts beyond the promotions may be spoken of.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Discounts {
    /// Without this only promotions are told.
    pub enabled: bool,
}

/// Everything the tenant, or one branch of it, may tell.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Facts {
    /// Scalars and lists of the client pack by dotted key (`salon.address.full`); internal keys
    /// such as `salon.profile` are left out.
    pub texts: BTreeMap<String, Fact>,
    /// The price list in the author's order.
    pub offers: Vec<Offer>,
    /// The services catalog in the author's order.
    pub services: Vec<Service>,
    /// Opening hours.
    pub hours: Option<Hours>,
    /// Official promotions.
    pub promotions: Vec<Promotion>,
    /// Facts without a key of their own.
    pub answers: Vec<Answer>,
    /// The intake of bookings.
    pub booking: Booking,
    /// Payment.
    pub payment: Payment,
    /// Discounts.
    pub discounts: Discounts,
}
