//! `Debug` of rows that hold what customers wrote: ids, states and times; never words, names,
//! numbers or decisions about them, so that no log line can leak them by accident.

use std::fmt;

use crate::{
    Card, Claim, Decision, Edit, HandoverRow, Heard, Inbound, LessonMaterial, LessonRow, MessageRow,
    NewLesson, OutboxRow, Person, PostOutcome, PostRow, Press, Saying, Tell, Timer, TimerCommit, TopicRow,
    TurnCommit,
};

macro_rules! show_only {
    ($($row:ident: $($field:ident)*;)*) => {$(
        impl fmt::Debug for $row {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($row))$(.field(stringify!($field), &self.$field))*.finish_non_exhaustive()
            }
        }
    )*};
}

show_only! {
    Inbound: slug message_id media sent_at received_at_ms due_at_ms month;
    MessageRow: id message_id role media at_ms;
    Claim: conversation_id slug state burst lease epoch attempts;
    TurnCommit: claim branch cancel_handover now_ms outbox_id;
    OutboxRow: id conversation_id slug author attempts created_at_ms;
    Heard: id;
    Timer: id slug conversation_id state kind due_at_ms lease;
    TimerCommit: timer now_ms;
    HandoverRow: id slug conversation_id branch reason status created_at_ms;
    Person: telegram_id role;
    TopicRow: id slug bot_id chat_id user_id threaded thread_id;
    PostRow: id slug bot_id chat_id kind attempts unsure handover_id conversation_id topic;
    Tell: slug kind place now_ms;
    Card: handover taken_at_ms first_answer_at_ms closed_at_ms card_message_id topic;
    Saying: update chat_id thread_id message_id reply_to who media now_ms;
    Edit: update chat_id message_id who now_ms;
    Press: update chat_id handover_id button who now_ms;
    LessonMaterial: slug branch status messages;
    NewLesson: slug branch tag lang handover_id duplicates_of digest now_ms;
    LessonRow: id slug branch tag lang handover_id digest status is_active created_at_ms;
}

/// A title holds a customer's name.
impl fmt::Debug for PostOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sent { message_id, thread_id } => {
                f.debug_struct("Sent").field("message_id", message_id).field("thread_id", thread_id).finish()
            }
            Self::Titled { .. } => f.write_str("Titled"),
            Self::Retry { at_ms, error } => {
                f.debug_struct("Retry").field("at_ms", at_ms).field("error", error).finish()
            }
            Self::Unsure => f.write_str("Unsure"),
            Self::TopicLost { thread_id } => {
                f.debug_struct("TopicLost").field("thread_id", thread_id).finish()
            }
            Self::Dead { error } => f.debug_struct("Dead").field("error", error).finish(),
        }
    }
}

impl fmt::Debug for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Approve => "Approve",
            Self::Reject => "Reject",
            Self::Change { .. } => "Change",
            Self::Revoke => "Revoke",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_desk_shows_of_people_is_no_name() {
        let topic = TopicRow {
            id: "t1".to_owned(),
            slug: "spokes".to_owned(),
            bot_id: 1,
            chat_id: -1,
            user_id: "u1".to_owned(),
            threaded: true,
            thread_id: Some(7),
            title: "Anna +77010000001".to_owned(),
        };
        assert!(!format!("{topic:?}").contains("Anna"), "{topic:?}");
        let titled = PostOutcome::Titled { title: topic.title };
        assert_eq!(format!("{titled:?}"), "Titled");
        let changed = Decision::Change { answer: "Anna's words".to_owned(), digest: String::new() };
        assert_eq!(format!("{changed:?}"), "Change");
    }

    #[test]
    fn no_words_and_no_numbers_are_shown() {
        let inbound = Inbound {
            slug: "spokes".to_owned(),
            instance_id: String::new(),
            message_id: "m1".to_owned(),
            jid: "77010000001@s.whatsapp.net".to_owned(),
            sender: Some("Anna".to_owned()),
            text: "my secret".to_owned(),
            media: None,
            file: None,
            request_id: String::new(),
            sent_at: 1,
            received_at_ms: 2,
            due_at_ms: 3,
            month: "2025-01".to_owned(),
        };
        assert_eq!(
            format!("{inbound:?}"),
            "Inbound { slug: \"spokes\", message_id: \"m1\", media: None, sent_at: 1, received_at_ms: 2, \
             due_at_ms: 3, month: \"2025-01\", .. }"
        );
    }
}
