//! Where a request stands, as far as the desk shows it.

/// Where a request for a person stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// Nobody has taken it.
    Pending,
    /// A person talks to the customer.
    Active,
    /// A person has finished.
    Resolved,
    /// Given back to the bot, or needless.
    Returned,
}

impl State {
    /// Somebody still has to do something.
    #[must_use]
    pub fn is_open(self) -> bool {
        matches!(self, Self::Pending | Self::Active)
    }
}
