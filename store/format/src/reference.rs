//! Values that live outside the bundle.

use serde::{Deserialize, Serialize};

/// Where a value is found. Secrets are never [`Reference::Literal`]: the compiler refuses them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reference {
    /// The value itself; only for things that are not secret, such as an instance id.
    Literal(String),
    /// The name of an environment variable.
    Env(String),
    /// A file, absolute or relative to the data folder.
    File(String),
}

impl Reference {
    /// Reads `env:NAME`, `file:PATH` or a literal.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        if let Some(name) = text.strip_prefix("env:") {
            Self::Env(name.trim().to_owned())
        } else if let Some(path) = text.strip_prefix("file:") {
            Self::File(path.trim().to_owned())
        } else {
            Self::Literal(text.to_owned())
        }
    }

    /// The text as it stands in the bundle; names only, so it is safe to print and to store.
    #[must_use]
    pub fn as_written(&self) -> String {
        match self {
            Self::Literal(value) => value.clone(),
            Self::Env(name) => format!("env:{name}"),
            Self::File(path) => format!("file:{path}"),
        }
    }
}
