//! The desk: what people see in Telegram and what they do there. The database is the truth; every act
//! writes the posts that show it in its own transaction.

pub(super) mod acts;
mod alarms;
mod card;
mod claim;
mod claimed;
mod deeds;
mod events;
mod judge;
mod kind;
mod lesson;
mod lessons;
pub(super) mod notices;
mod people;
mod port;
mod posts;
mod press;
mod route;
mod rows;
mod settle;
mod store;
pub(super) mod talk;
mod update;
mod windows;

pub use deeds::{
    Binding, Bound, Button, Card, DeskEvent, Edit, EditOutcome, Person, Press, PressOutcome, SayOutcome,
    Saying, Talk, UpdateKey,
};
pub use kind::PostKind;
pub use lesson::{
    Decided, Decision, Judgement, JudgementOutcome, LessonMaterial, LessonRow, NewLesson, Speaker,
    Unconsidered,
};
pub use port::DeskStore;
pub use rows::{
    Alarm, Announcement, NewNotice, NoticeRow, Notices, Place, PostLimits, PostOutcome, PostRow, Route, Tell,
    TopicMade, TopicRow, Unrouted,
};
pub(super) use settle::gone_with_topic;
