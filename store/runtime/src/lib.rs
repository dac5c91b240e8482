//! The runtime store: what the compiler publishes and what the responder keeps.
//!
//! Three doors, each with SQLite or PostgreSQL behind it: [`ReleaseStore`] (releases, live pointers,
//! vectors, the relational face, the audit), [`StateStore`] (users, conversations, messages, hand-overs,
//! outbox, timers, usage), and beside it [`DeskStore`] (what people see in Telegram, do and teach).
//! Calls block; async callers wrap them (`spawn_blocking`) or use the state store's own writer.

pub mod crash;
mod error;
mod face;
mod postgres;
#[cfg(test)]
#[path = "../tests/postgres/mod.rs"]
mod private_postgres;
mod publication;
mod redact;
mod releases;
mod removal;
mod sql;
mod sqlite;
mod state;
mod ticket;

pub use error::StoreError;
pub use postgres::{PostgresEngine, PostgresReleases, PostgresState, PostgresUrl, UrlError};
pub use publication::KEPT as KEPT_RELEASES;
pub use releases::{
    AuditRow, HistoryRow, LiveRow, Publication, ReleaseStore, StoredHead, StoredRelease, Swept, VectorRow,
};
pub use sqlite::{SqliteEngine, SqliteReleases, SqliteState};
pub use state::{
    AgedMessage, Alarm, Announcement, Author, Bell, Binding, Bound, Button, Card, Claim, ConversationState,
    Decided, Decision, DeskEvent, DeskStore, Edit, EditOutcome, Erased, HandoverRow, Heard, Held, Inbound,
    Judgement, JudgementOutcome, Later, LessonMaterial, LessonRow, MOST_DOUBT, MessageRow, NewLesson,
    NewNotice, NextSend, NoticeRow, Notices, OutboxRow, Pace, Person, Place, PostKind, PostLimits,
    PostOutcome, PostRow, Press, PressOutcome, Queues, Receipt, Ring, Route, SayOutcome, Saying, Settlement,
    Soon, Speaker, State, StateStore, Storing, Talk, Tell, Timer, TimerCommit, TimerOutcome, TopicMade,
    TopicRow, TurnCommit, Turnstile, Unconsidered, Unrouted, UpdateKey, UsageRow,
};
pub use ticket::Ticket;
