//! What is remembered of a conversation between turns; stored as JSON by the caller.

use std::collections::BTreeMap;

use format::Lang;
use serde::{Deserialize, Serialize};

/// Who said something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Speaker {
    /// The customer.
    Customer,
    /// The bot.
    Bot,
    /// A person of the business.
    Manager,
}

/// Something said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// By whom.
    pub by: Speaker,
    /// What.
    pub text: String,
}

/// A booking being collected. Keys: `service`, `date`, `time`, `name`, `phone`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Intake {
    /// What is known.
    pub slots: BTreeMap<String, String>,
    /// The service is not on the list.
    #[serde(default)]
    pub unlisted: bool,
    /// The field asked for last.
    #[serde(default)]
    pub asked: Option<String>,
    /// The first question, which names everything missing, has been asked.
    #[serde(default)]
    pub opened: bool,
}

/// What is remembered of a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Memory {
    /// A person has taken the conversation: the bot is silent. Set by the caller from the
    /// conversation's state before each turn.
    pub manager_active: bool,
    /// A request waits for a person. Set by the caller likewise.
    pub pending: bool,
    /// Language of the last reply.
    pub lang: Option<Lang>,
    /// Branch slug, once known.
    pub branch: Option<String>,
    /// Which branch was asked for and the messages that wait for the answer.
    pub asked_branch: Option<String>,
    /// Id of the intent answered last; carried only into elliptical follow-ups.
    pub topic: Option<String>,
    /// The service spoken of last.
    pub service: Option<String>,
    /// The booking being collected.
    pub intake: Option<Intake>,
    /// The last reply offered to book.
    pub offered: bool,
    /// Consultations given in this conversation.
    pub consulted: u8,
    /// Clarifying questions asked in a row.
    pub clarified: u8,
    /// Unix seconds of the last turn.
    pub last_turn_at: Option<i64>,
    /// Unix seconds until which the customer wants silence.
    pub muted_until: Option<i64>,
    /// How many times silence was wanted.
    pub mutes: u8,
    /// The last ten things said, oldest first.
    pub said: Vec<Said>,
}
