//! What a turn comes to.

use std::collections::BTreeMap;

use format::{Lang, Reason};
use serde::Serialize;

use crate::{Memory, Trace};

/// Filled booking slots by name.
pub type Slots = BTreeMap<String, String>;

/// Something the caller must do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Send this text to the customer.
    Reply(String),
    /// Commit a hand-over in the same transaction as the reply.
    Handover {
        /// Why.
        reason: Reason,
        /// The customer's words and what was collected, for the person.
        summary: String,
    },
    /// Add this to the request that is open already.
    AddToRequest {
        /// The customer's words, for the person.
        summary: String,
    },
    /// Cancel the open request: the customer asked for that.
    CancelHandover,
    /// Say nothing, for this reason.
    Silence(&'static str),
    /// Tell the owner something once.
    NotifyOwner(&'static str),
}

/// The strongest thing a turn did, as CONTRACTS names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Nothing was said.
    Silence,
    /// An answer.
    Reply,
    /// A booking is being collected.
    BookingFlow,
    /// Handed over.
    Escalate,
}

impl Kind {
    /// The word of CONTRACTS.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Silence => "silence",
            Self::Reply => "reply",
            Self::BookingFlow => "booking_flow",
            Self::Escalate => "escalate",
        }
    }
}

/// The outcome of a turn.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// Memory after the turn.
    pub memory: Memory,
    /// What to do, in order.
    pub actions: Vec<Action>,
    /// The strongest of it.
    pub kind: Kind,
    /// Id of the leading intent or policy.
    pub intent: String,
    /// Language of the reply.
    pub lang: Lang,
    /// Branch slug the turn was answered for.
    pub branch: Option<String>,
    /// Booking slots after the turn, empty outside an intake.
    pub slots: Slots,
    /// Why.
    pub trace: Trace,
    /// The first sentence of the reply that discloses the assistant, if this reply has one; it is
    /// part of the text of [`Action::Reply`].
    pub disclosure: Option<String>,
}

impl Decision {
    /// The text for the customer.
    #[must_use]
    pub fn reply(&self) -> Option<&str> {
        self.actions.iter().find_map(|it| match it {
            Action::Reply(text) => Some(text.as_str()),
            _ => None,
        })
    }

    /// The reason of a hand-over.
    #[must_use]
    pub fn handover(&self) -> Option<Reason> {
        self.actions.iter().find_map(|it| match it {
            Action::Handover { reason, .. } => Some(*reason),
            _ => None,
        })
    }
}
