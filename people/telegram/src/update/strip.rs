//! Takes from an update what nests and is not needed, keeping the ids.

use serde_json::{Map, Value};

use super::Replied;
use crate::Press;

/// What was of use in the parts taken away.
#[derive(Debug, Default)]
pub(super) struct Kept {
    /// Place and author of the message, whatever else it says.
    pub(super) message: Option<Value>,
    /// The message that the one here replies to.
    pub(super) reply_to: Option<i32>,
    /// What else is known of it.
    pub(super) replied: Replied,
    /// The message tells that another one was pinned.
    pub(super) is_pin: bool,
    /// Topic of the message a button hangs under.
    pub(super) thread_id: Option<i32>,
}

/// Fields of a message that hold other messages, or nothing a desk needs.
const NEEDLESS: &[&str] = &[
    "reply_to_message",
    "pinned_message",
    "external_reply",
    "quote",
    "reply_to_story",
    "reply_markup",
    "forward_origin",
    "link_preview_options",
];

/// Files that say their media type, or do not.
const FILES: &[&str] = &["voice", "audio", "document", "video", "animation"];
/// Stands for no media type.
pub(super) const UNTYPED: &str = "application/octet-stream";

/// Fields that stay of a message under a button.
const PRESSED: &[&str] = &["message_id", "date", "chat"];

pub(super) fn number(value: Option<&Value>) -> Option<i32> {
    value.and_then(Value::as_i64).and_then(|it| i32::try_from(it).ok())
}

/// Teloxide cannot read a file without a media type, which Telegram may leave out, or with one that
/// is none, which only the sender's program vouches for.
fn type_file(file: &mut Map<String, Value>) {
    let plain = |it: char| it.is_ascii_alphanumeric() || "!#$&^_.+-".contains(it);
    let named = |it: &str| !it.is_empty() && it.chars().all(plain);
    let announced = file.get("mime_type").and_then(Value::as_str).and_then(|it| it.split_once('/'));
    if !announced.is_some_and(|(kind, detail)| named(kind) && named(detail)) {
        file.insert("mime_type".to_owned(), Value::from(UNTYPED));
    }
}

pub(super) fn strip(update: &mut Value) -> Kept {
    let mut kept = Kept::default();
    let Some(update) = update.as_object_mut() else { return kept };
    // Teloxide takes the first field for the kind: what a later Bot API adds must not stand before it.
    if let Some(kind) = super::KINDS.iter().find(|it| update.contains_key(**it)) {
        update.retain(|key, _| key == "update_id" || key == kind);
    }
    for kind in ["message", "edited_message"] {
        if let Some(message) = update.get_mut(kind).and_then(Value::as_object_mut) {
            let replied = message.get("reply_to_message");
            kept.reply_to = number(replied.and_then(|it| it.get("message_id")));
            let in_forum = message.get("chat").and_then(|it| it.get("is_forum")) == Some(&Value::Bool(true));
            let of = |it: &Value| Replied { from: author(it), press: button(it), in_forum };
            kept.replied = replied.map(of).unwrap_or_default();
            kept.is_pin = message.contains_key("pinned_message");
            message.retain(|key, _| !NEEDLESS.contains(&key.as_str()));
            for kind in FILES {
                if let Some(file) = message.get_mut(*kind).and_then(Value::as_object_mut) {
                    type_file(file);
                }
            }
            kept.message = Some(outline(message));
        }
    }
    let pressed = update.get_mut("callback_query").and_then(|it| it.get_mut("message"));
    if let Some(message) = pressed.and_then(Value::as_object_mut) {
        kept.thread_id = number(message.get("message_thread_id"));
        message.retain(|key, _| PRESSED.contains(&key.as_str()));
    }
    kept
}

fn author(message: &Value) -> Option<i64> {
    message.pointer("/from/id")?.as_i64()
}

/// What the first button under a message carries.
fn button(message: &Value) -> Option<Press> {
    Press::decode(message.pointer("/reply_markup/inline_keyboard/0/0/callback_data")?.as_str()?)
}

/// The message without its content.
fn outline(message: &Map<String, Value>) -> Value {
    let fields = [
        "message_id",
        "message_thread_id",
        "is_topic_message",
        "date",
        "edit_date",
        "chat",
        "from",
        "sender_chat",
    ];
    let kept = fields.iter().filter_map(|key| Some(((*key).to_owned(), message.get(*key)?.clone())));
    Value::Object(kept.collect())
}
