//! What can become of a call, by what to do next.

use std::time::Duration;

use teloxide_core::ApiError;
use thiserror::Error;

/// A description of Telegram's is kept this long, bytes.
const LONGEST_DESCRIPTION: usize = 200;

/// Words that say the chat cannot be reached.
const GONE: &[&str] = &[
    "chat not found",
    "peer_id_invalid",
    "channel_private",
    "user_is_blocked",
    "user_is_deactivated",
    "chat_restricted",
];

/// Why a call did not do what it should. Holds no token, no address and no words of customers.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CallError {
    /// Too many calls; nothing was done. Come back after this.
    #[error("Telegram asks to wait {} s", .0.as_secs())]
    RetryAfter(Duration),
    /// The topic is deleted.
    #[error("the topic is gone")]
    TopicGone,
    /// The topic is closed, and the bot may not write into closed ones.
    #[error("the topic is closed")]
    TopicClosed,
    /// The bot is not in the chat, the chat is gone, or the person has blocked the bot.
    #[error("the chat is gone")]
    ChatGone,
    /// The bot may not do this in the chat.
    #[error("the bot lacks the right")]
    NoRights,
    /// The group has no topics.
    #[error("the group has no topics")]
    NoTopics,
    /// Nothing would change: as good as done.
    #[error("nothing would change")]
    NotModified,
    /// The message to edit, pin or react to is gone, or may not be edited any more.
    #[error("the message is gone")]
    MessageGone,
    /// The group is a supergroup now, with this id.
    #[error("the group has another id now")]
    Migrated(i64),
    /// A button was pressed too long ago to be answered.
    #[error("the pressed button is too old")]
    QueryTooOld,
    /// The file is larger than asked for, or than Telegram takes.
    #[error("the file is too big")]
    TooBig,
    /// Telegram refuses for another reason: repeating is useless.
    #[error("Telegram refuses: {0}")]
    Refused(String),
    /// The token is not valid.
    #[error("the token of the bot is not valid")]
    Unauthorized,
    /// Somebody else fetches this bot's updates, or a webhook is set.
    #[error("another one takes the updates of this bot")]
    Conflict,
    /// No answer in time; it may have been done.
    #[error("Telegram did not answer in time")]
    Timeout,
    /// Not done: no connection, or Telegram is out of order.
    #[error("Telegram is not available")]
    Unavailable,
    /// Sent, and then the connection broke or the answer made no sense; it may have been done.
    #[error("the answer of Telegram was lost")]
    Ambiguous,
}

impl CallError {
    /// Nobody knows whether it was done: repeating may do it twice.
    #[must_use]
    pub fn may_have_happened(&self) -> bool {
        matches!(self, Self::Timeout | Self::Ambiguous)
    }

    /// The same call may succeed later without anybody's help.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::RetryAfter(_) | Self::Timeout | Self::Unavailable | Self::Ambiguous)
    }

    /// Of a refusal: its code, its description and what came with it.
    pub(super) fn of_refusal(code: i64, description: &str, wait: Option<u64>, moved: Option<i64>) -> Self {
        if let Some(id) = moved {
            return Self::Migrated(id);
        }
        if wait.is_some() || code == 429 {
            return Self::RetryAfter(Duration::from_secs(wait.unwrap_or(1).max(1)));
        }
        match code {
            // A proxy that lost the answer does not know what became of the call.
            504 => return Self::Ambiguous,
            500.. => return Self::Unavailable,
            413 => return Self::TooBig,
            409 => return Self::Conflict,
            401 | 404 => return Self::Unauthorized,
            _ => {}
        }
        // Teloxide knows most descriptions by name; deserializing one does not fail.
        let known = serde_json::from_value(serde_json::Value::String(description.to_owned()));
        let known = known.unwrap_or_else(|_| ApiError::Unknown(description.to_owned()));
        Self::of_known(&known).unwrap_or_else(|| Self::of_words(description))
    }

    fn of_known(error: &ApiError) -> Option<Self> {
        Some(match error {
            ApiError::InvalidToken => Self::Unauthorized,
            ApiError::MessageNotModified => Self::NotModified,
            ApiError::MessageIdInvalid
            | ApiError::MessageCantBeEdited
            | ApiError::MessageToEditNotFound
            | ApiError::MessageToReplyNotFound => Self::MessageGone,
            ApiError::BotBlocked
            | ApiError::ChatNotFound
            | ApiError::UserNotFound
            | ApiError::GroupDeactivated
            | ApiError::BotKicked
            | ApiError::BotKickedFromSupergroup
            | ApiError::BotKickedFromChannel
            | ApiError::UserDeactivated
            | ApiError::CantInitiateConversation
            | ApiError::CantTalkWithBots => Self::ChatGone,
            ApiError::NotEnoughRightsToPinMessage
            | ApiError::NotEnoughRightsToManagePins
            | ApiError::NotEnoughRightsToPostMessages
            | ApiError::NotEnoughRightsToRestrict
            | ApiError::MessageCantBeDeleted => Self::NoRights,
            ApiError::InvalidQueryId => Self::QueryTooOld,
            ApiError::CantGetUpdates | ApiError::TerminatedByOtherGetUpdates => Self::Conflict,
            ApiError::RequestEntityTooLarge => Self::TooBig,
            // The rest of the description quotes the message.
            ApiError::CantParseEntities(_) => Self::Refused("can't parse entities".to_owned()),
            _ => return None,
        })
    }

    /// Of the words of a description that teloxide has no name for.
    fn of_words(description: &str) -> Self {
        let text = description.to_lowercase();
        let says = |words: &[&str]| words.iter().any(|it| text.contains(it));
        if says(&["thread not found", "topic_deleted", "topic_id_invalid", "topic not found"]) {
            Self::TopicGone
        } else if says(&["topic_closed", "topic is closed"]) {
            Self::TopicClosed
        } else if says(&["not modified", "topic_not_modified"]) {
            Self::NotModified
        } else if says(&["not a forum", "channel_forum_missing"]) {
            Self::NoTopics
        } else if says(&[
            "not enough rights",
            "have no rights",
            "need administrator rights",
            "chat_admin_required",
            "chat_write_forbidden",
            "can't be deleted",
        ]) {
            Self::NoRights
        } else if says(&["query is too old", "query_id_invalid"]) {
            Self::QueryTooOld
        } else if says(&["message to", "message not found", "message can't be", "message_id_invalid"]) {
            Self::MessageGone
        } else if says(&["file is too big", "entity too large"]) {
            Self::TooBig
        } else if text.starts_with("forbidden") || says(GONE) {
            Self::ChatGone
        } else {
            Self::Refused(shown(description))
        }
    }

    /// Before a connection stood nothing can have gone out; after it nobody knows.
    pub(super) fn of_transport(error: &reqwest::Error) -> Self {
        if error.is_builder() {
            Self::Refused("the request cannot be built".to_owned())
        } else if error.is_connect() {
            Self::Unavailable
        } else if error.is_timeout() {
            Self::Timeout
        } else {
            Self::Ambiguous
        }
    }
}

fn shown(description: &str) -> String {
    let text = description.strip_prefix("Bad Request: ").unwrap_or(description);
    let plain: String = text.chars().filter(|it| !it.is_control()).collect();
    plain[..plain.floor_char_boundary(LONGEST_DESCRIPTION)].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(code: i64, description: &str) -> CallError {
        CallError::of_refusal(code, description, None, None)
    }

    #[test]
    fn descriptions_say_what_to_do_next() {
        let same = "Bad Request: message is not modified: specified new message content and reply markup \
            are exactly the same as a current content and reply markup of the message";
        let query = "Bad Request: query is too old and response timeout expired or query ID is invalid";
        for (code, description, expected) in [
            (400, "Bad Request: message thread not found", CallError::TopicGone),
            (400, "Bad Request: TOPIC_DELETED", CallError::TopicGone),
            (400, "Bad Request: TOPIC_ID_INVALID", CallError::TopicGone),
            (400, "Bad Request: TOPIC_CLOSED", CallError::TopicClosed),
            (400, "Bad Request: TOPIC_NOT_MODIFIED", CallError::NotModified),
            (400, same, CallError::NotModified),
            (400, "Bad Request: not enough rights to create a topic", CallError::NoRights),
            (
                400,
                "Bad Request: not enough rights to manage pinned messages in the chat",
                CallError::NoRights,
            ),
            (400, "Bad Request: CHAT_ADMIN_REQUIRED", CallError::NoRights),
            (400, "Bad Request: the chat is not a forum", CallError::NoTopics),
            (400, "Bad Request: CHANNEL_FORUM_MISSING", CallError::NoTopics),
            (400, "Bad Request: chat not found", CallError::ChatGone),
            (403, "Forbidden: bot was kicked from the supergroup chat", CallError::ChatGone),
            (403, "Forbidden: bot is not a member of the supergroup chat", CallError::ChatGone),
            (403, "Forbidden: bot was blocked by the user", CallError::ChatGone),
            (403, "Forbidden: bot can't initiate conversation with a user", CallError::ChatGone),
            (400, "Bad Request: message to edit not found", CallError::MessageGone),
            (400, "Bad Request: message to pin not found", CallError::MessageGone),
            (400, "Bad Request: message to delete not found", CallError::MessageGone),
            (400, "Bad Request: message can't be deleted", CallError::NoRights),
            (400, "Bad Request: message can't be deleted for everyone", CallError::NoRights),
            (400, "Bad Request: message to react not found", CallError::MessageGone),
            (400, query, CallError::QueryTooOld),
            (400, "Bad Request: file is too big", CallError::TooBig),
            (413, "Request Entity Too Large", CallError::TooBig),
            (401, "Unauthorized", CallError::Unauthorized),
            (404, "Not Found", CallError::Unauthorized),
            (409, "Conflict: can't use getUpdates method while webhook is active", CallError::Conflict),
            (500, "Internal Server Error", CallError::Unavailable),
            (502, "", CallError::Unavailable),
            (504, "", CallError::Ambiguous),
            (429, "Too Many Requests: retry later", CallError::RetryAfter(Duration::from_secs(1))),
            (400, "Bad Request: BUTTON_DATA_INVALID", CallError::Refused("BUTTON_DATA_INVALID".to_owned())),
        ] {
            assert_eq!(of(code, description), expected, "{description}");
        }
    }

    #[test]
    fn what_quotes_the_message_is_not_kept() {
        let quoted = "Bad Request: can't parse entities: Unsupported start tag \"имя\" at byte offset 5";
        assert_eq!(of(400, quoted), CallError::Refused("can't parse entities".to_owned()));
        let long = CallError::Refused("я".repeat(100));
        assert_eq!(of(400, &format!("Bad Request: {}\n", "я".repeat(500))), long);
    }
}
