//! Flags of `learn`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// What to do with what people taught.
///
/// An answer that somebody gave to a customer becomes a lesson. Lessons that are approved are used at
/// once; `export` writes them into the bundle, and when that is applied the responder's own copies
/// retire. An ID may be cut short as long as it is unmistakable.
#[derive(Debug, Subcommand)]
pub(crate) enum Learn {
    /// List lessons, the newest first
    List(List),
    /// Have the bot use a lesson
    Approve(Approve),
    /// Have the bot never use a lesson that waits
    Reject(One),
    /// Take an approved lesson back
    Revoke(One),
    /// Write approved lessons and a test of each into the bundle
    ///
    /// Nothing is written that would break `check` or `test`, or that holds personal data: such lessons
    /// are left out and named, and the exit code is 1.
    Export(Export),
}

/// Flags of `learn list`.
#[derive(Debug, Args)]
pub(crate) struct List {
    /// The tenant
    pub(crate) slug: String,
    /// Only lessons with this status
    #[arg(long, value_name = "STATUS")]
    pub(crate) status: Option<Status>,
}

/// What was decided about a lesson.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Status {
    /// Nobody has decided.
    Pending,
    /// It may be used.
    Approved,
    /// It may not, or not any more.
    Rejected,
}

impl Status {
    /// The word that the store has.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
        }
    }
}

/// Flags of `learn approve`.
#[derive(Debug, Args)]
pub(crate) struct Approve {
    #[command(flatten)]
    pub(crate) one: One,
    /// The answer in other words
    #[arg(long, value_name = "TEXT")]
    pub(crate) answer: Option<String>,
}

/// One lesson.
#[derive(Debug, Args)]
pub(crate) struct One {
    /// The tenant
    pub(crate) slug: String,
    /// The lesson, as `learn list` names it
    pub(crate) id: String,
}

/// Flags of `learn export`.
#[derive(Debug, Args)]
pub(crate) struct Export {
    /// The tenant
    pub(crate) slug: String,
    /// Its bundle, or the tree that holds it
    #[arg(default_value = "tenants")]
    pub(crate) path: PathBuf,
}
