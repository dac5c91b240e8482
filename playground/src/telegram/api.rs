//! The methods of the Bot API, over the lists of [`World`].

mod messages;
mod topics;
mod updates;

use serde_json::{Value, json};

use super::args::Args;
use super::world::{Room, Standing, World};
use super::{Options, shape};

/// Icons that topics can have.
const ICONS: &[&str] = &["📰", "💡", "🔥", "❗️", "❓", "‼️", "💬", "🗣", "🤖", "✅", "🏁", "✍️"];
/// Bots may fetch files up to this size, bytes.
const MOST_TO_FETCH: usize = 20 * 1024 * 1024;

/// What Telegram says instead of doing it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) code: u16,
    pub(super) description: String,
    pub(super) retry_after: Option<u64>,
    pub(super) moved_to: Option<i64>,
}

pub(super) fn bad(what: &str) -> Refusal {
    Refusal { code: 400, description: format!("Bad Request: {what}"), retry_after: None, moved_to: None }
}

pub(super) fn forbidden(what: &str) -> Refusal {
    Refusal { code: 403, description: format!("Forbidden: {what}"), retry_after: None, moved_to: None }
}

pub(super) fn flood(retry_after: u64) -> Refusal {
    let description = format!("Too Many Requests: retry after {retry_after}");
    Refusal { code: 429, description, retry_after: Some(retry_after), moved_to: None }
}

/// One call: who, what, when.
pub(super) struct Asked<'a> {
    pub(super) bot: i64,
    pub(super) args: &'a Args,
    pub(super) now_ms: u64,
    pub(super) options: &'a Options,
}

impl World {
    /// Does what `method` says.
    pub(super) fn call(&mut self, method: &str, asked: &Asked<'_>) -> Result<Value, Refusal> {
        let method = method.to_ascii_lowercase();
        self.admit(&method, asked)?;
        match method.as_str() {
            "getme" => Ok(self.me(asked.bot)),
            "getchat" => self.room(asked).map(|it| shape::chat(self, it)).map(full),
            "getchatmember" => self.member(asked),
            "getfile" => self.file(asked),
            "getforumtopiciconstickers" => Ok(ICONS.iter().map(|it| sticker(it)).collect()),
            "createforumtopic" => self.create_topic(asked),
            "editforumtopic" => self.edit_topic(asked),
            "closeforumtopic" => self.shut_topic(asked, true),
            "reopenforumtopic" => self.shut_topic(asked, false),
            "deleteforumtopic" => self.drop_topic(asked),
            "sendmessage" => self.send(asked, None),
            "sendphoto" => self.send(asked, Some("photo")),
            "sendvoice" => self.send(asked, Some("voice")),
            "sendaudio" => self.send(asked, Some("audio")),
            "senddocument" => self.send(asked, Some("document")),
            "sendvideo" => self.send(asked, Some("video")),
            "editmessagetext" => self.edit_text(asked),
            "editmessagereplymarkup" => self.edit_buttons(asked),
            "deletemessage" => self.delete(asked),
            "pinchatmessage" => self.pin(asked, true),
            "unpinchatmessage" => self.pin(asked, false),
            "answercallbackquery" => self.answer(asked),
            "setmessagereaction" => self.react(asked),
            "setwebhook" => self.set_hook(asked),
            "deletewebhook" => self.drop_hook(asked),
            "getwebhookinfo" => Ok(self.hook(asked.bot)),
            _ => Err(Refusal { code: 404, ..not_found() }),
        }
    }

    /// Telegram's limits: messages to one group, calls of one bot.
    fn admit(&mut self, method: &str, asked: &Asked<'_>) -> Result<(), Refusal> {
        let chat = asked.args.number("chat_id").unwrap_or(0);
        let is_message = method.starts_with("send");
        let counts = is_message
            || method.starts_with("edit")
            || method.ends_with("forumtopic")
            || method.contains("pinchat")
            || method == "setmessagereaction";
        if !counts {
            return Ok(());
        }
        let Some(bot) = self.bots.get_mut(&asked.bot) else { return Ok(()) };
        let mut wait = asked.options.per_bot.wait(&mut bot.taken, asked.now_ms);
        let room = self.rooms.get_mut(&World::key(asked.bot, chat)).filter(|it| is_message && it.id < 0);
        let taken = room.map(|it| it.taken.entry(asked.bot).or_default());
        if let Some(taken) = taken {
            wait = wait.max(asked.options.per_group.wait(taken, asked.now_ms));
            if wait.is_none() {
                taken.push_back(asked.now_ms);
            }
        }
        match wait {
            Some(wait) => Err(flood(wait.div_ceil(1000).max(1))),
            None => {
                bot.taken.push_back(asked.now_ms);
                Ok(())
            }
        }
    }

    fn me(&self, bot: i64) -> Value {
        let mut me = shape::account(&self.account(bot));
        me["can_join_groups"] = json!(true);
        me["can_read_all_group_messages"] = json!(false);
        me["supports_inline_queries"] = json!(false);
        me
    }

    /// The chat of a call, when the bot may be there.
    pub(super) fn room(&self, asked: &Asked<'_>) -> Result<&Room, Refusal> {
        let chat = asked.args.number("chat_id").ok_or_else(|| bad("chat_id is empty"))?;
        let room = self.rooms.get(&Self::key(asked.bot, chat)).ok_or_else(|| bad("chat not found"))?;
        if let Some(id) = room.moved_to {
            let what = "group chat was upgraded to a supergroup chat";
            return Err(Refusal { moved_to: Some(id), ..bad(what) });
        }
        if room.blocked {
            return Err(forbidden("bot was blocked by the user"));
        }
        match room.standing(asked.bot) {
            Standing::Kicked => Err(forbidden("bot was kicked from the supergroup chat")),
            Standing::Left if room.id < 0 => Err(forbidden("bot is not a member of the supergroup chat")),
            _ => Ok(room),
        }
    }

    pub(super) fn room_mut(&mut self, asked: &Asked<'_>) -> Result<&mut Room, Refusal> {
        let key = Self::key(asked.bot, self.room(asked)?.id);
        self.rooms.get_mut(&key).ok_or_else(|| bad("chat not found"))
    }

    fn member(&self, asked: &Asked<'_>) -> Result<Value, Refusal> {
        let room = self.room(asked)?;
        let user = asked.args.number("user_id").ok_or_else(|| bad("invalid user_id specified"))?;
        let known = self.bots.contains_key(&user) || self.people.contains_key(&user);
        if !known && !room.members.contains_key(&user) {
            return Err(bad("PARTICIPANT_ID_INVALID"));
        }
        Ok(shape::member(self, user, room.standing(user)))
    }

    /// A file this bot has seen.
    pub(super) fn seen(&self, file_id: &str, bot: i64) -> Option<&super::world::File> {
        self.files.iter().find(|it| shape::file_id(it, bot) == file_id)
    }

    fn file(&self, asked: &Asked<'_>) -> Result<Value, Refusal> {
        let id = asked.args.text("file_id").unwrap_or_default();
        let file = self.seen(&id, asked.bot).ok_or_else(|| bad("invalid file_id"))?;
        if file.bytes.len() > MOST_TO_FETCH {
            return Err(bad("file is too big"));
        }
        let path = format!("{}s/file_{}", file.kind, file.number);
        let (unique, size) = (format!("u{}", file.number), file.bytes.len());
        Ok(json!({"file_id": id, "file_unique_id": unique, "file_size": size, "file_path": path}))
    }
}

pub(super) fn not_found() -> Refusal {
    Refusal { code: 404, description: "Not Found".to_owned(), retry_after: None, moved_to: None }
}

fn full(mut chat: Value) -> Value {
    chat["accent_color_id"] = json!(1);
    chat["max_reaction_count"] = json!(11);
    chat["accepted_gift_types"] = json!({"unlimited_gifts": true, "limited_gifts": true, "unique_gifts": true,
        "premium_subscription": true});
    chat
}

fn sticker(emoji: &str) -> Value {
    let code = emoji.chars().next().map_or(0, u32::from);
    json!({"file_id": format!("S{code}"), "file_unique_id": format!("U{code}"), "type": "custom_emoji",
        "width": 100, "height": 100, "is_animated": true, "is_video": false, "emoji": emoji,
        "custom_emoji_id": icon(emoji), "file_size": 9})
}

/// Id of the icon that shows `emoji`.
pub(super) fn icon(emoji: &str) -> String {
    format!("53{:08}", emoji.chars().next().map_or(0, u32::from))
}

/// The icon is one of those offered.
pub(super) fn is_icon(id: &str) -> bool {
    id.is_empty() || ICONS.iter().any(|it| icon(it) == id)
}
