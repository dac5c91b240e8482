//! The kinds of files in a tree of tenants.

/// A kind of YAML file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileKind {
    /// `companies.yaml`.
    Companies,
    /// `plans.yaml`.
    Plans,
    /// `_packs/*.yaml`.
    Pack,
    /// `client.yaml`.
    Client,
    /// `branches.yaml`.
    Branches,
    /// `prompt.yaml`.
    Prompt,
    /// `SALON_TRUTH.yaml`.
    Truth,
    /// `EVAL.yaml` and `tests/*.yaml`.
    Eval,
}

impl FileKind {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Companies,
        Self::Plans,
        Self::Pack,
        Self::Client,
        Self::Branches,
        Self::Prompt,
        Self::Truth,
        Self::Eval,
    ];

    /// Name of its file in `schema/json/`.
    #[must_use]
    pub fn schema_file(self) -> &'static str {
        match self {
            Self::Companies => "companies.schema.json",
            Self::Plans => "plans.schema.json",
            Self::Pack => "pack.schema.json",
            Self::Client => "client.schema.json",
            Self::Branches => "branches.schema.json",
            Self::Prompt => "prompt.schema.json",
            Self::Truth => "truth.schema.json",
            Self::Eval => "eval.schema.json",
        }
    }
}
