//! The place.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::facts::HoursFacts;
use crate::{Detail, Twins};

/// The place itself.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields, extend("x-twins" = true))]
pub struct SalonFacts {
    /// Its name.
    pub name: Option<String>,
    /// Its city.
    pub city: Option<String>,
    /// IANA time zone, such as Asia/Almaty.
    #[schemars(extend("x-twin" = false))]
    pub timezone: Option<String>,
    /// Address of its Instagram page.
    pub instagram: Option<String>,
    /// Address of its site.
    pub website: Option<String>,
    /// Its phone, in quotes: "+7 777 123 45 67".
    pub phone: Option<String>,
    /// Its e-mail address.
    pub email: Option<String>,
    /// For your own notes: audience, average check. Internal, never told to customers.
    pub profile: BTreeMap<String, Value>,
    /// Where it is.
    pub address: AddressFacts,
    /// Where to park.
    pub parking: ParkingFacts,
    /// When it is open.
    pub hours: HoursFacts,
    /// What guests find.
    pub amenities: Amenities,
    /// What it does, in a sentence or two.
    pub services_summary: Option<String>,
    /// How it speaks with customers.
    pub communication: Communication,
    /// Kazakh siblings.
    #[serde(flatten)]
    #[schemars(skip)]
    pub kk: Twins,
}

/// Where the place is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields, extend("x-twins" = true))]
pub struct AddressFacts {
    /// The whole address.
    pub full: Option<String>,
    /// Link to a map.
    pub map_url: Option<String>,
    /// How to find the entrance.
    pub entrance: Option<String>,
    /// What the sign looks like.
    pub signage: Option<String>,
    /// Landmarks; the first one is how to get there.
    pub landmarks: Vec<String>,
    /// Kazakh siblings.
    #[serde(flatten)]
    #[schemars(skip)]
    pub kk: Twins,
}

/// Where to park.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields, extend("x-twins" = true))]
pub struct ParkingFacts {
    /// Whether there is parking.
    pub available: Option<bool>,
    /// Where, how many places, at what price.
    pub details: Option<String>,
    /// Kazakh siblings.
    #[serde(flatten)]
    #[schemars(skip)]
    pub kk: Twins,
}

/// What guests find: true, false, or a text that tells more.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields, extend("x-twins" = true))]
pub struct Amenities {
    /// A place to wait.
    pub waiting_area: Option<Detail>,
    /// A toilet.
    pub toilet: Option<Detail>,
    /// Wi-Fi.
    pub wifi: Option<Detail>,
    /// Drinks.
    pub drinks: Option<Detail>,
    /// Gift certificates.
    pub gift_certificates: Option<Detail>,
    /// Things to buy.
    pub retail: Option<Detail>,
    /// Kazakh siblings.
    #[serde(flatten)]
    #[schemars(skip)]
    pub kk: Twins,
}

/// How the place speaks with customers.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields, extend("x-twins" = true))]
pub struct Communication {
    /// Languages.
    pub languages: Vec<String>,
    /// Tone, such as the polite form of address.
    pub tone: Option<String>,
    /// Kazakh siblings.
    #[serde(flatten)]
    #[schemars(skip)]
    pub kk: Twins,
}
