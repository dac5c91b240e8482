//! Topics of a group.

use serde_json::{Value, json};

use super::super::html::units;
use super::super::world::{Topic, World};
use super::{Asked, Refusal, bad, is_icon};

/// Telegram's colours of icons.
const COLOURS: [i64; 6] = [7_322_096, 16_766_590, 13_338_331, 9_367_192, 16_749_490, 16_478_047];
/// Longest name, UTF-16 units.
const LONGEST: usize = 128;

impl World {
    fn may_make_topics(&self, asked: &Asked<'_>, what: &str) -> Result<(), Refusal> {
        let room = self.room(asked)?;
        if !room.is_forum {
            return Err(bad("the chat is not a forum"));
        }
        if !room.standing(asked.bot).has_topics() {
            return Err(bad(&format!("not enough rights to {what}")));
        }
        Ok(())
    }

    /// The topic of a call, with the rights to change it.
    fn topic(&mut self, asked: &Asked<'_>, what: &str) -> Result<&mut Topic, Refusal> {
        self.may_make_topics(asked, what)?;
        let id = asked.args.id("message_thread_id");
        let topic = self.room_mut(asked)?.topics.get_mut(&id.unwrap_or_default());
        let topic = topic.ok_or_else(|| bad("TOPIC_ID_INVALID"))?;
        if topic.deleted { Err(bad("TOPIC_DELETED")) } else { Ok(topic) }
    }

    pub(super) fn create_topic(&mut self, asked: &Asked<'_>) -> Result<Value, Refusal> {
        self.may_make_topics(asked, "create a topic")?;
        let name = asked.args.text("name").unwrap_or_default();
        check_name(&name)?;
        let icon = asked.args.text("icon_custom_emoji_id").filter(|it| !it.is_empty());
        if icon.as_deref().is_some_and(|it| !is_icon(it)) {
            return Err(bad("DOCUMENT_INVALID"));
        }
        let colour = asked.args.number("icon_color").unwrap_or(COLOURS[0]);
        if !COLOURS.contains(&colour) {
            return Err(bad("wrong icon color specified"));
        }
        let by = asked.bot;
        let room = self.room_mut(asked)?;
        let thread_id = room.next_id();
        let mut out = json!({"message_thread_id": thread_id, "name": name, "icon_color": colour});
        if let Some(icon) = &icon {
            out["icon_custom_emoji_id"] = json!(icon);
        }
        room.topics
            .insert(thread_id, Topic { thread_id, name, colour, icon, closed: false, deleted: false, by });
        Ok(out)
    }

    pub(super) fn edit_topic(&mut self, asked: &Asked<'_>) -> Result<Value, Refusal> {
        let name = asked.args.text("name").filter(|it| !it.is_empty());
        let icon = asked.args.text("icon_custom_emoji_id");
        if let Some(name) = &name {
            check_name(name)?;
        }
        if icon.as_deref().is_some_and(|it| !is_icon(it)) {
            return Err(bad("DOCUMENT_INVALID"));
        }
        let topic = self.topic(asked, "edit the topic")?;
        let same_name = name.as_ref().is_none_or(|it| *it == topic.name);
        let same_icon = icon.as_ref().is_none_or(|it| Some(it) == topic.icon.as_ref());
        if same_name && same_icon {
            return Err(bad("TOPIC_NOT_MODIFIED"));
        }
        topic.name = name.unwrap_or_else(|| topic.name.clone());
        topic.icon = icon.or_else(|| topic.icon.clone());
        Ok(json!(true))
    }

    pub(super) fn shut_topic(&mut self, asked: &Asked<'_>, closed: bool) -> Result<Value, Refusal> {
        let topic = self.topic(asked, "close the topic")?;
        if topic.closed == closed {
            return Err(bad("TOPIC_NOT_MODIFIED"));
        }
        topic.closed = closed;
        Ok(json!(true))
    }

    pub(super) fn drop_topic(&mut self, asked: &Asked<'_>) -> Result<Value, Refusal> {
        let room = self.room(asked)?;
        if room.is_forum && !room.standing(asked.bot).has_deletes() {
            return Err(bad("not enough rights to delete the topic"));
        }
        let topic = self.topic(asked, "delete the topic")?;
        topic.deleted = true;
        let thread_id = Some(topic.thread_id);
        self.room_mut(asked)?.messages.retain(|_, it| it.thread_id != thread_id);
        Ok(json!(true))
    }
}

fn check_name(name: &str) -> Result<(), Refusal> {
    match units(name.trim()) {
        0 => Err(bad("TOPIC_TITLE_EMPTY")),
        it if it > LONGEST => Err(bad("topic name is too long")),
        _ => Ok(()),
    }
}
