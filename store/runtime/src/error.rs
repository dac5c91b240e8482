//! What can go wrong with the store.

use thiserror::Error;

/// A failure of the store, in our words.
#[derive(Debug, Clone, Error)]
pub enum StoreError {
    /// The file or server cannot be reached or refused.
    #[error("runtime store is unavailable: {0}")]
    Unavailable(String),
    /// The store holds something this build cannot read.
    #[error("runtime store holds what this build cannot read: {0}")]
    Unreadable(String),
    /// The base of a plan is not the live release any more.
    #[error("`{slug}` moved: planned on {planned}, now {found}")]
    Moved {
        /// Tenant.
        slug: String,
        /// Release the plan was made on (`none` = not published).
        planned: String,
        /// Release that is live now.
        found: String,
    },
    /// A lease or ownership epoch has passed on; the caller's work is void.
    #[error("claim is stale")]
    Stale,
    /// There is no such row.
    #[error("{0} does not exist")]
    Missing(String),
    /// Two things of different owners claim the same place.
    #[error("{0}")]
    Conflict(String),
}
