//! What is told of a request.

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A customer needs a person; its detail is the reason.
    Requested,
    /// The card stands at the desk.
    Shown,
    /// A person took it.
    Taken,
    /// A person's first answer.
    Answered,
    /// A person cannot take it.
    Skipped,
    /// The desk was reminded.
    Reminded,
    /// Closed by a person as done.
    Resolved,
    /// Given back to the bot.
    Returned,
    /// Taken back by the customer.
    Cancelled,
}

impl Kind {
    /// The kind of this name, as events are stored; `None` for others, which tell no figures.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "requested" => Self::Requested,
            "shown" => Self::Shown,
            "taken" => Self::Taken,
            "answered" => Self::Answered,
            "skipped" => Self::Skipped,
            "reminded" => Self::Reminded,
            "resolved" => Self::Resolved,
            "returned" => Self::Returned,
            "cancelled" => Self::Cancelled,
            _ => return None,
        })
    }

    /// Whether the request is over.
    #[must_use]
    pub fn closes(self) -> bool {
        matches!(self, Self::Resolved | Self::Returned | Self::Cancelled)
    }
}

/// Something that happened to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// When, milliseconds since 1970.
    pub at_ms: i64,
    /// Slug of the branch.
    pub branch: Option<String>,
    /// The request.
    pub handover_id: String,
    /// What happened.
    pub kind: Kind,
    /// Role of the person who did it.
    pub role: Option<String>,
    /// The reason of a request; of others, what they want to tell.
    pub detail: String,
}
