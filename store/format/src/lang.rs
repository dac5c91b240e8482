//! Languages a tenant speaks, and texts that may have a Kazakh twin.

use serde::{Deserialize, Serialize};

/// A language of replies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    /// Russian.
    #[default]
    Ru,
    /// Kazakh.
    Kk,
}

impl Lang {
    /// The ISO 639-1 code: `ru` or `kk`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Ru => "ru",
            Self::Kk => "kk",
        }
    }
}

/// A text as its author wrote it, with the Kazakh twin where there is one (`key_kk`).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Text {
    /// The main text (Russian in practice).
    pub ru: String,
    /// The `_kk` sibling, if the author wrote one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kk: Option<String>,
}

impl Text {
    /// A text without a twin.
    #[must_use]
    pub fn plain(ru: impl Into<String>) -> Self {
        Self { ru: ru.into(), kk: None }
    }

    /// The text in `lang`, or the main text where there is no twin.
    #[must_use]
    pub fn get(&self, lang: Lang) -> &str {
        match (lang, &self.kk) {
            (Lang::Kk, Some(kk)) => kk,
            _ => &self.ru,
        }
    }
}
