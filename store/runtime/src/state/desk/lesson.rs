//! Lessons: what goes in and comes out of the learning queue.

use std::collections::BTreeMap;

use super::{Person, UpdateKey};
use crate::MessageRow;

/// A closed request of which nobody has asked yet what it teaches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unconsidered {
    /// Request.
    pub handover_id: String,
    /// Tenant.
    pub slug: String,
}

/// Who of the people wrote a message.
#[derive(Clone, PartialEq, Eq)]
pub struct Speaker {
    /// Name.
    pub name: String,
    /// Role by the bundle; nothing for people it does not know.
    pub role: Option<String>,
    /// The message in Telegram it comes from, JSON: a correction has the same as what it corrects.
    pub origin: Option<String>,
}

/// What a request may teach.
#[derive(Clone, PartialEq, Eq)]
pub struct LessonMaterial {
    /// Tenant.
    pub slug: String,
    /// Branch slug.
    pub branch: Option<String>,
    /// Reason code.
    pub reason: String,
    /// `pending`, `active`, `resolved`, `returned`, `cancelled`.
    pub status: String,
    /// When it was made, Unix milliseconds.
    pub requested_ms: i64,
    /// The customer's name as WhatsApp shows it.
    pub customer: Option<String>,
    /// Who took the request: name.
    pub taken_by_name: Option<String>,
    /// And role.
    pub taken_by_role: Option<String>,
    /// Who wrote messages with the role `manager`, by the message's id; nobody for those that were
    /// written on the phone.
    pub speakers: BTreeMap<String, Speaker>,
    /// What was said from the customer's burst to the end, oldest first; roles `user`, `assistant`
    /// and `manager`.
    pub messages: Vec<MessageRow>,
}

/// Something learned, to be decided or approved at once.
#[derive(Clone, PartialEq, Eq)]
pub struct NewLesson {
    /// Tenant.
    pub slug: String,
    /// Branch slug.
    pub branch: Option<String>,
    /// Tag of the knowledge it belongs to.
    pub tag: Option<String>,
    /// Language of the question.
    pub lang: Option<String>,
    /// Request; one lesson comes of each.
    pub handover_id: String,
    /// Question in the customer's words, cleaned.
    pub question: String,
    /// Question as it is compared.
    pub question_normalized: String,
    /// Answer, cleaned.
    pub answer: String,
    /// Name of the person who answered.
    pub source_name: Option<String>,
    /// Role.
    pub source_role: Option<String>,
    /// `telegram` or `phone`.
    pub source_channel: Option<String>,
    /// JSON: what it was learned from.
    pub evidence: Option<String>,
    /// Id of a passage or lesson that it says again.
    pub duplicates_of: Option<String>,
    /// What it contradicts.
    pub contradiction: Option<String>,
    /// Digest of its passage.
    pub digest: String,
    /// Approved at once by this person (name) with this role.
    pub approved_by: Option<(String, Option<String>)>,
    /// Now, Unix milliseconds.
    pub now_ms: i64,
}

/// A lesson as stored.
#[derive(Clone, PartialEq, Eq)]
pub struct LessonRow {
    /// UUID.
    pub id: String,
    /// Tenant.
    pub slug: String,
    /// Branch slug.
    pub branch: Option<String>,
    /// Tag.
    pub tag: Option<String>,
    /// Language.
    pub lang: Option<String>,
    /// Request it comes from; nothing once the customer is forgotten.
    pub handover_id: Option<String>,
    /// Question.
    pub question: String,
    /// Question as it is compared.
    pub question_normalized: String,
    /// Answer.
    pub answer: String,
    /// Who answered: name.
    pub source_name: Option<String>,
    /// And role.
    pub source_role: Option<String>,
    /// JSON: what it was learned from.
    pub evidence: Option<String>,
    /// What it says again.
    pub duplicates_of: Option<String>,
    /// What it contradicts.
    pub contradiction: Option<String>,
    /// Digest of its passage.
    pub digest: Option<String>,
    /// `pending`, `approved`, `rejected`.
    pub status: String,
    /// Whether it may be used: approved, not revoked, not in a release.
    pub is_active: bool,
    /// Who decided: name.
    pub decided_by: Option<String>,
    /// Unix milliseconds.
    pub created_at_ms: i64,
    /// When it was exported into the bundle.
    pub exported_at_ms: Option<i64>,
    /// When a release had it.
    pub retired_at_ms: Option<i64>,
}

/// What is decided about a lesson.
#[derive(Clone, PartialEq, Eq)]
pub enum Decision {
    /// It may be used.
    Approve,
    /// It may not.
    Reject,
    /// It may be used in these words.
    Change {
        /// Answer.
        answer: String,
        /// Digest of its passage.
        digest: String,
    },
    /// It was approved and may be used no more.
    Revoke,
}

/// What deciding came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decided {
    /// As asked.
    Done,
    /// It was taken back, and what it had replaced is used again.
    Restored {
        /// Lessons, in the order of their ids.
        ids: Vec<String>,
    },
    /// Another was faster; of a lesson to be taken back `approved` says that a release has it.
    Already {
        /// `approved` or `rejected`.
        status: String,
        /// Who: name.
        by: Option<String>,
    },
    /// There is no such lesson.
    Missing,
}

/// Somebody pressed a button of a lesson's card, or answered it with other words.
#[derive(Clone, PartialEq, Eq)]
pub struct Judgement {
    /// Update.
    pub update: UpdateKey,
    /// The tenants this bot speaks for.
    pub slugs: Vec<String>,
    /// Chat.
    pub chat_id: i64,
    /// The card in Telegram.
    pub message_id: i64,
    /// Lesson.
    pub lesson_id: String,
    /// Nothing where other words are announced: it is only said whether they can still come.
    pub decision: Option<Decision>,
    /// Who.
    pub who: Person,
    /// Now, Unix milliseconds.
    pub now_ms: i64,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JudgementOutcome {
    /// What [`super::DeskStore::decide_lesson`] would say.
    Decided(Decided),
    /// The lesson is not of these tenants, or not shown in this chat.
    Foreign,
    /// The update was seen before.
    Seen,
}
