//! Why a request goes to people.

use serde::{Deserialize, Serialize};

/// The reason of a hand-over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The customer asks for a person.
    HumanRequest,
    /// The customer has had enough.
    Frustration,
    /// Paying.
    Payment,
    /// Money back.
    Refund,
    /// Health.
    Medical,
    /// Something went wrong.
    Complaint,
    /// Another time.
    Reschedule,
    /// No visit after all.
    Cancel,
    /// Law.
    Legal,
    /// Another rule of the tenant.
    Policy,
    /// No passage is good enough.
    LowConfidence,
    /// The question is clear, the fact is missing.
    UnknownFact,
    /// Asked back too often.
    ClarifyLimit,
    /// A complete booking.
    Booking,
    /// A photo or a voice note needs a person.
    Media,
    /// The plan is used up.
    Limit,
    /// Something of ours failed.
    Error,
}

impl Reason {
    /// The word of CONTRACTS: `human_request`, `payment`, …
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::HumanRequest => "human_request",
            Self::Frustration => "frustration",
            Self::Payment => "payment",
            Self::Refund => "refund",
            Self::Medical => "medical",
            Self::Complaint => "complaint",
            Self::Reschedule => "reschedule",
            Self::Cancel => "cancel",
            Self::Legal => "legal",
            Self::Policy => "policy",
            Self::LowConfidence => "low_confidence",
            Self::UnknownFact => "unknown_fact",
            Self::ClarifyLimit => "clarify_limit",
            Self::Booking => "booking",
            Self::Media => "media",
            Self::Limit => "limit",
            Self::Error => "error",
        }
    }

    /// The reason a policy id names, [`Reason::Policy`] for ids of a tenant's own.
    #[must_use]
    pub fn of_policy(id: &str) -> Self {
        const NAMED: [Reason; 9] = [
            Reason::HumanRequest,
            Reason::Frustration,
            Reason::Payment,
            Reason::Refund,
            Reason::Medical,
            Reason::Complaint,
            Reason::Reschedule,
            Reason::Cancel,
            Reason::Legal,
        ];
        NAMED.into_iter().find(|it| it.code() == id).unwrap_or(Self::Policy)
    }
}
