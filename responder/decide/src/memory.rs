//! What is remembered of a conversation between turns; stored as JSON by the caller.

use std::collections::{BTreeMap, BTreeSet};

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

/// The version of [`Memory`] that this code writes. One from the future is a new start.
pub(crate) const VERSION: u16 = 1;

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
    /// The day as a date, `YYYY-MM-DD`, where it is one.
    #[serde(default)]
    pub day: Option<String>,
    /// The time in minutes of the day, where it is one moment.
    #[serde(default)]
    pub minute: Option<i16>,
    /// Turns in a row that were about something else.
    #[serde(default)]
    pub ignored: u8,
    /// Fields the customer will not tell.
    #[serde(default)]
    pub refused: BTreeSet<String>,
}

/// What is remembered of a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Memory {
    /// Version of this shape.
    pub version: u16,
    /// A person has taken the conversation: the bot is silent. Set by the caller from the
    /// conversation's state before each turn.
    pub manager_active: bool,
    /// A request waits for a person. Set by the caller likewise.
    pub pending: bool,
    /// Language of the last reply.
    pub lang: Option<Lang>,
    /// Branch slug, once known.
    pub branch: Option<String>,
    /// The customer named the branch, so the number written to does not change it.
    pub branch_named: bool,
    /// Which branch was asked for and the messages that wait for the answer.
    pub asked_branch: Option<String>,
    /// The question answered from facts last, for «а на Абая?».
    pub question: Option<String>,
    /// Id of the intent answered last; carried only into elliptical follow-ups.
    pub topic: Option<String>,
    /// The service spoken of last.
    pub service: Option<String>,
    /// The booking being collected.
    pub intake: Option<Intake>,
    /// The booking passed to people last, for what is told afterwards.
    pub sent: Option<Intake>,
    /// The last reply offered to book.
    pub offered: bool,
    /// Consultations given in this conversation.
    pub consulted: u8,
    /// Clarifying questions asked in a row.
    pub clarified: u8,
    /// Turns in a row with a voice note that could not be heard.
    pub unheard: u8,
    /// Unix seconds of the last turn.
    pub last_turn_at: Option<i64>,
    /// Unix seconds until which the customer wants silence.
    pub muted_until: Option<i64>,
    /// How many times silence was wanted.
    pub mutes: u8,
    /// The customer wanted silence and asked something at once; the message that waits for a yes.
    pub reengage: Option<String>,
    /// Unix seconds of the turns of the last minute.
    pub recent: Vec<i64>,
    /// An over-long message was answered with a request to be brief.
    pub asked_brief: bool,
    /// The last ten things said, oldest first.
    pub said: Vec<Said>,
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            version: VERSION,
            manager_active: false,
            pending: false,
            lang: None,
            branch: None,
            branch_named: false,
            asked_branch: None,
            question: None,
            topic: None,
            service: None,
            intake: None,
            sent: None,
            offered: false,
            consulted: 0,
            clarified: 0,
            unheard: 0,
            last_turn_at: None,
            muted_until: None,
            mutes: 0,
            reengage: None,
            recent: Vec::new(),
            asked_brief: false,
            said: Vec::new(),
        }
    }
}

/// Seconds after which nothing elliptical refers back: two hours.
const TOPIC: i64 = 2 * 60 * 60;
/// Seconds of silence after which the assistant introduces itself again: a day.
const DAY: i64 = 24 * 60 * 60;

impl Memory {
    /// Forgets what is too old at `now` (Unix seconds, of this turn) and tells whether the customer is
    /// new or was away for a day. `keep_branch`: the branch is remembered for longer.
    pub(crate) fn wake(&mut self, now: i64, keep_branch: bool) -> bool {
        if self.version > VERSION {
            *self = Self { manager_active: self.manager_active, pending: self.pending, ..Self::default() };
        }
        self.version = VERSION;
        let away = self.last_turn_at.map(|last| now - last);
        let first = away.is_none_or(|it| it > DAY);
        if away.is_none_or(|it| it > TOPIC) {
            self.question = None;
            self.topic = None;
            self.service = None;
            self.offered = false;
            self.asked_branch = None;
            self.reengage = None;
            self.clarified = 0;
            self.unheard = 0;
        }
        if first {
            self.intake = None;
            self.sent = None;
            self.mutes = 0;
            self.consulted = 0;
            self.branch_named &= keep_branch;
            self.asked_brief = false;
            if !keep_branch {
                self.branch = None;
            }
        }
        self.last_turn_at = Some(now);
        first
    }
}
