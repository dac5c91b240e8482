//! Kazakh siblings of texts.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// What ends the key of a Kazakh sibling.
const SUFFIX: &str = "_kk";

/// A Kazakh sibling.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Twin {
    /// Of a text.
    Text(String),
    /// Of a list of texts.
    List(Vec<String>),
}

/// The Kazakh siblings of one mapping's texts, by the key they belong to: `name_kk` is kept under
/// `name`. Stands in a struct as a flattened field; keys of another kind are unknown fields.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Twins(BTreeMap<String, Twin>);

impl Twins {
    /// The sibling of the text `key`.
    #[must_use]
    pub fn text(&self, key: &str) -> Option<&str> {
        match self.0.get(key)? {
            Twin::Text(text) => Some(text),
            Twin::List(_) => None,
        }
    }

    /// The sibling of the list `key`; empty where there is none.
    #[must_use]
    pub fn list(&self, key: &str) -> &[String] {
        match self.0.get(key) {
            Some(Twin::List(texts)) => texts,
            Some(Twin::Text(text)) => std::slice::from_ref(text),
            None => &[],
        }
    }
}

impl<'de> Deserialize<'de> for Twins {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Siblings;
        impl<'de> Visitor<'de> for Siblings {
            type Value = Twins;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("texts under keys that end with `_kk`")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Twins, A::Error> {
                let mut twins = BTreeMap::new();
                while let Some(key) = map.next_key::<String>()? {
                    match key.strip_suffix(SUFFIX) {
                        Some(base) => twins.insert(base.to_owned(), map.next_value()?),
                        None => return Err(A::Error::custom(format_args!("unknown field `{key}`"))),
                    };
                }
                Ok(Twins(twins))
            }
        }
        deserializer.deserialize_map(Siblings)
    }
}
