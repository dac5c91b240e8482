//! Accounts, chats and messages as the Bot API writes them.

use serde_json::{Value, json};

use super::world::{Account, File, Message, Room, Standing, World};

/// Telegram's account behind people who write as the group itself.
const ANONYMOUS: i64 = 1_087_968_824;

pub(super) fn account(it: &Account) -> Value {
    let mut out = json!({"id": it.id, "is_bot": it.is_bot, "first_name": it.name});
    if let Some(username) = &it.username {
        out["username"] = json!(username);
    }
    out
}

pub(super) fn chat(world: &World, room: &Room) -> Value {
    if room.id > 0 {
        let person = world.account(room.id);
        let mut out = json!({"id": room.id, "type": "private", "first_name": person.name});
        if let Some(username) = person.username {
            out["username"] = json!(username);
        }
        return out;
    }
    let mut out = json!({"id": room.id, "type": "supergroup", "title": room.title});
    if room.is_forum {
        out["is_forum"] = json!(true);
    }
    out
}

/// Files have another id for every bot.
pub(super) fn file_id(file: &File, bot: i64) -> String {
    format!("AgAD-{}-{bot}", file.number)
}

fn file(file: &File, bot: i64) -> Value {
    let size = file.bytes.len();
    let id = file_id(file, bot);
    let mut out = json!({"file_id": id, "file_unique_id": format!("u{}", file.number), "file_size": size});
    match file.kind.as_str() {
        "photo" => {
            let with = |side: u32| {
                let mut it = out.clone();
                it["width"] = json!(side);
                it["height"] = json!(side);
                it
            };
            return json!([with(90), with(1280)]);
        }
        "video" => {
            out["width"] = json!(640);
            out["height"] = json!(480);
        }
        _ => {}
    }
    if file.kind != "document" {
        out["duration"] = json!(3);
    }
    if file.kind != "voice" {
        out["file_name"] = json!(file.name);
    }
    out["mime_type"] = json!(file.mime);
    out
}

/// A message, as `bot` sees it.
pub(super) fn message(world: &World, room: &Room, it: &Message, bot: i64) -> Value {
    let mut out = small(world, room, it);
    if let Some(fields) = it.other.as_object() {
        for (key, value) in fields {
            out[key.as_str()] = value.clone();
        }
    }
    if let Some(edited) = it.edited_at_ms {
        out["edit_date"] = json!(edited / 1000);
    }
    match &it.file {
        Some(found) => {
            out[found.kind.as_str()] = file(found, bot);
            if !it.text.is_empty() {
                out["caption"] = json!(it.text);
            }
        }
        None if it.text.is_empty() => {}
        None => out["text"] = json!(it.text),
    }
    // In a topic every message replies at least to the topic.
    let topic = it.thread_id.and_then(|id| room.topics.get(&id));
    if let Some(reply) = it.reply_to.and_then(|id| room.messages.get(&id)) {
        let mut reply_to = small(world, room, reply);
        if !reply.text.is_empty() {
            reply_to["text"] = json!(reply.text);
        }
        markup(&mut reply_to, reply);
        out["reply_to_message"] = reply_to;
    } else if let Some(topic) = topic {
        out["reply_to_message"] = json!({
            "message_id": topic.thread_id, "message_thread_id": topic.thread_id, "is_topic_message": true,
            "date": it.at_ms / 1000, "chat": chat(world, room), "from": account(&world.account(topic.by)),
            "forum_topic_created": {"name": topic.name, "icon_color": topic.colour},
        });
    }
    markup(&mut out, it);
    out
}

/// The buttons under a message, also where another one replies to it.
fn markup(out: &mut Value, it: &Message) {
    if it.buttons.is_empty() {
        return;
    }
    let row = |row: &Vec<super::world::Button>| -> Value {
        row.iter().map(|it| json!({"text": it.text, "callback_data": it.data})).collect()
    };
    out["reply_markup"] = json!({"inline_keyboard": it.buttons.iter().map(row).collect::<Value>()});
}

fn small(world: &World, room: &Room, it: &Message) -> Value {
    let mut out = json!({
        "message_id": it.message_id, "date": it.at_ms / 1000, "chat": chat(world, room),
        "from": account(&world.account(it.from)),
    });
    if it.anonymous {
        let name = "GroupAnonymousBot";
        out["from"] = json!({"id": ANONYMOUS, "is_bot": true, "first_name": "Group", "username": name});
        out["sender_chat"] = chat(world, room);
    }
    if let Some(thread) = it.thread_id {
        out["message_thread_id"] = json!(thread);
        out["is_topic_message"] = json!(true);
    }
    out
}

/// A member of a group.
pub(super) fn member(world: &World, id: i64, standing: Standing) -> Value {
    let user = account(&world.account(id));
    match standing {
        Standing::Creator => json!({"user": user, "status": "creator", "is_anonymous": false}),
        Standing::Administrator { topics, pins, deletes } => json!({
            "user": user, "status": "administrator", "can_be_edited": false, "is_anonymous": false,
            "can_manage_chat": true, "can_change_info": false, "can_delete_messages": deletes,
            "can_manage_video_chats": false, "can_invite_users": true, "can_restrict_members": false,
            "can_promote_members": false, "can_manage_topics": topics, "can_pin_messages": pins,
            "can_post_stories": false, "can_edit_stories": false, "can_delete_stories": false,
        }),
        Standing::Member => json!({"user": user, "status": "member"}),
        Standing::Left => json!({"user": user, "status": "left"}),
        Standing::Kicked => json!({"user": user, "status": "kicked", "until_date": 0}),
    }
}
