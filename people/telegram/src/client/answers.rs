//! The few fields of Telegram's answers that a desk needs.

use serde::Deserialize;

use crate::title::Icon;
use crate::update::{Membership, Rights};

/// A message that was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Sent {
    /// Its id in the chat.
    pub message_id: i32,
    /// The topic it stands in: when this is another one than asked for, that one was lost and the
    /// message stands in the general topic.
    #[serde(default, rename = "message_thread_id")]
    pub thread_id: Option<i32>,
}

/// A topic that was made.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Topic {
    /// Its id in the group.
    #[serde(rename = "message_thread_id")]
    pub thread_id: i32,
    /// Its name, as Telegram keeps it.
    pub name: String,
}

/// The bot itself.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Account {
    /// Numeric id.
    pub id: i64,
    /// Without `@`.
    pub username: String,
    /// It reads every message of groups, not only commands and replies. An administrator does anyway.
    #[serde(default)]
    pub can_read_all_group_messages: bool,
}

/// A chat.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Chat {
    /// Numeric id.
    pub id: i64,
    /// `private`, `group`, `supergroup`, `channel`.
    #[serde(rename = "type")]
    pub kind: String,
    /// What its people call it.
    #[serde(default)]
    pub title: Option<String>,
    /// It has topics.
    #[serde(default)]
    pub is_forum: bool,
}

/// How the updates of the bot travel.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Hook {
    /// Where they are posted; empty when they are fetched.
    pub url: String,
    /// Updates on their way.
    pub pending_update_count: u64,
    /// When the last post failed, Unix seconds.
    #[serde(default)]
    pub last_error_date: Option<i64>,
    /// What Telegram says of it.
    #[serde(default)]
    pub last_error_message: Option<String>,
    /// Kinds of updates that are sent.
    #[serde(default)]
    pub allowed_updates: Option<Vec<String>>,
}

/// Where a file can be fetched from, for an hour.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct FilePlace {
    /// To give to [`super::Client::download`]; absent for files that bots may not fetch.
    #[serde(default, rename = "file_path")]
    pub path: Option<String>,
    /// Bytes, as announced.
    #[serde(default, rename = "file_size")]
    pub size: Option<u64>,
}

/// A sticker that can be a topic's icon.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Sticker {
    #[serde(default)]
    emoji: Option<String>,
    #[serde(default)]
    custom_emoji_id: Option<String>,
}

impl Sticker {
    pub(super) fn icon(self) -> Option<Icon> {
        Some(Icon { emoji: self.emoji?, id: self.custom_emoji_id? })
    }
}

/// A member, as far as a desk asks.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Member {
    status: String,
    #[serde(default)]
    is_member: bool,
    #[serde(default)]
    can_send_messages: bool,
    #[serde(default)]
    can_manage_topics: bool,
    #[serde(default)]
    can_pin_messages: bool,
    #[serde(default)]
    can_delete_messages: bool,
}

impl Member {
    pub(super) fn membership(&self) -> Membership {
        match self.status.as_str() {
            "creator" => Membership::Owner,
            "administrator" => Membership::Administrator(Rights {
                topics: self.can_manage_topics,
                pins: self.can_pin_messages,
                deletes: self.can_delete_messages,
            }),
            "member" => Membership::Member,
            "restricted" => Membership::Restricted { can_write: self.is_member && self.can_send_messages },
            "kicked" => Membership::Kicked,
            _ => Membership::Left,
        }
    }
}
