//! What is found, in the languages of those who read it.

/// A sentence in English and in Russian.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// English.
    pub en: String,
    /// Russian.
    pub ru: String,
}

impl Words {
    /// The same sentence twice.
    pub(super) fn new(en: String, ru: String) -> Self {
        Self { en, ru }
    }
}

/// Both sentences with the same values, which are named variables as in `format!`.
macro_rules! words {
    ($en:literal, $ru:literal $(,)?) => {
        $crate::doctor::words::Words::new(format!($en), format!($ru))
    };
}
